// Package logbook writes down what the program did, to be read later: a log of JSON Lines that is
// turned over when it gets long, and a dump of what goes over the wire.
//
//   - A caller never waits for a disk: lines queue within a bound, what does not fit is counted,
//     and the count stands in the file.
//     does not fit is counted, and the count stands in the file.
//   - Whatever goes wrong with a file is said once and stops nothing.
//   - Every text is one clean line without secrets and payers' numbers: no label, no message
//     and no frame can break a line, or pass for another entry. References stay whole.
//   - Files are their owner's alone (0600).
//   - After Close nothing is left behind but the goroutine of lumberjack's that tidies up,
//     which sleeps.
package logbook

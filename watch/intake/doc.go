// Package intake reads the payments that a merchant's own software hands over: as
// arguments, as JSON Lines or CSV, from files that grow and from standard input.
//
//   - A bad line is reported, with its source, its number and a reason in one clean line, and the
//     rest goes on. Nothing is dropped without a report.
//   - A value that can be read in two ways is refused.
//   - Unknown keys and columns are named once and never kept.
//   - No reason repeats a phone number, or more than a few characters of a line.
//   - A line that tillwatch has written itself is recognized and keeps its meaning.
//
// Handed of a payment is zero, except in a line of an export: the caller knows the time.
package intake

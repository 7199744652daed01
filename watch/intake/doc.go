// Package intake reads the payments that a merchant's own software hands over: as
// arguments, as JSON Lines or CSV, from files that grow and from standard input.
//
//   - A bad line is reported, with its source and number and a reason in one clean line,
//     and the rest goes on. Nothing that came is dropped in silence.
//   - Keys and columns that are not ours are ignored and never kept.
//   - No reason repeats a phone number, or more of a line than a few characters.
//
// A payment's Handed is left zero: who takes it in knows when that was.
package intake

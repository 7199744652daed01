// Package intake reads the payments that a merchant's own software hands over: as
// arguments, as JSON Lines or CSV, from files that grow and from standard input.
//
//   - A bad line is reported, with its source and number and a reason in one clean line,
//     and the rest goes on. Nothing that came is dropped in silence.
//   - What can be read in two ways is refused.
//   - Keys and columns that are not known are named once and never kept.
//   - No reason repeats a phone number, or more of a line than a few characters.
//   - A line that tillwatch has written itself is known, and keeps its meaning.
//
// A payment's Handed is zero, except in a line of an export: the caller knows the time.
package intake

// Package load makes payments at a rate and measures what becomes of them: the whole life of
// each, from the checkout to its verified result.
//
//   - It is an open model: payments arrive when they are due, whatever became of those before.
//     Latencies count from then, so a stall of the program is in them. Ten thousand at most are
//     being made at once: a payment that is due then begins late.
//   - It makes payments and hands them over; they are watched as any other, and what a result
//     is only the watchers say.
//   - A payment's reference is in the journal before it is executed.
//   - Nothing here knows of a screen or of a sandbox.
package load

package watch

import "time"

// Past is a payment as a journal has it: what was known when it was last told of. It is a
// value.
type Past struct {
	Known
	Verdict Verdict   // as it was then
	At      time.Time // wall time at which the newest of it was learned
	Rev     uint64    // of the Snapshot that told it

	// Least is more than any Rev that earlier runs can have published, those included that were
	// killed before the journal had it; 0: unknown.
	Least uint64
}

package watch

import "time"

// Snapshot is the whole of what is known about one payment, numbered. It is a value: who
// has one may keep it, and nothing changes in it afterwards.
type Snapshot struct {
	Known
	Judgement

	Rev      uint64    // grows by one with each Snapshot of the payment
	At       time.Time // wall time at which this was learned
	Link     Link
	Trouble  string    // what is wrong with this row's hearing or asking, one clean line; empty: nothing
	NextRead time.Time // wall time of the next read by plan; zero: none is planned
	Old      bool      // its end was known before this run, so it is no news
	Channel  Channel   // how far the channel has come, and the counts of its hints
}

// Channel is what a watcher knows of its realtime channel.
type Channel struct {
	Ready      time.Time // wall time of the last `system ok`; zero: not ready
	Duplicates uint32    // hints that said what was known
	Dropped    uint32    // events about another reference, error rows, rows without a status, rows of a flood
	Lost       bool      // a read found the end and no hint came within 3 s
	Wrong      bool      // a hint claimed another end than the API's
	Late       bool      // a hint came after the API had told us, or over 3 s later than the best
}

// VerifiedAt is the wall time of the answer that ended the payment; zero before.
func (s *Snapshot) VerifiedAt() time.Time { return s.Final.At }

// freshFor is how long after it was verified an end may be told as news.
const freshFor = time.Minute

// EndedSince reports whether this Snapshot publishes a verified end, PAID or NOT PAID, for the
// first time since then: no earlier run had it, and the answer came at since or later, or only just
// now. "Just now" is for a clock that was set back in between: by the wall clock alone all ends
// would lie in the past until it has caught up, and none would be reported.
func (s *Snapshot) EndedSince(since time.Time) bool {
	at := s.VerifiedAt()
	if s.Old || at.IsZero() || s.Verdict != Paid && s.Verdict != NotPaid {
		return false
	}
	return !at.Before(since) || s.At.Sub(at) < freshFor
}

// HeardAt is the wall time of the last answer from Dollr about this payment; zero: none.
func (s *Snapshot) HeardAt() time.Time {
	if at := s.Changed.Answer().At; at.After(s.Latest.At) {
		return at
	}
	return s.Latest.At
}

// Amount is what is to be shown: what Dollr charges once it has said so, else what the
// merchant expects. Only the first may be totalled.
func (s *Snapshot) Amount() Money {
	if charged := s.Charged(); charged.Said() {
		return charged
	}
	return s.Expected
}

package load

import (
	"container/list"
	"slices"
	"time"

	"tillwatch/watch"
)

// Sample is everything about one payment: one row of the raw export. Its times are whole
// microseconds, so that rows add up to what a Report says.
type Sample struct {
	Number   int      // from 1, in the order in which payments were due
	ID       watch.ID // empty: it was never handed over
	Session  int64    // 0: it has none
	Scenario string
	Method   string      // as in a plan, e.g. "mtn-lr"
	Amount   watch.Money // what Dollr charges once it has said so, before what was asked for

	Due   int64         // microseconds since 1970 by the wall clock, when it should have begun
	Begun int64         // microseconds after Due
	Took  [stages]int64 // of each stage, in the order of a Report's; -1: not measured

	Verdict watch.Verdict
	Status  string // Dollr's last word
	Failure string // the call that failed and how, e.g. "checkout: 429"; else why it is NOT PAID
	Fact    int64  // microseconds after Due, when the API began to say its last word; -1: not known
}

// DueAt is when it should have begun, by the wall clock.
func (s *Sample) DueAt() time.Time { return time.UnixMicro(s.Due).UTC() }

// payment is a Sample that may still change.
type payment struct {
	Sample
	due, start time.Duration // since the run began; latencies count from start
	handed     time.Duration // 0: not yet, as for all that follow
	turned     time.Duration
	keyed      time.Duration
	joined     time.Duration
	readied    time.Duration // 0 also when it was lost again
	lost       time.Duration // when a channel that was ready was so no more, the last time
	hinted     time.Duration // the first hint with a final word
	told       time.Duration // PAID or NOT PAID

	away        *list.Element // in book.away; nil: it is not
	turns, keys uint32
	keyless     bool // this turn brought no key
	made        bool // nothing more will be called for it
	failed      bool // never executed, or unknown
	doubtful    bool // of failed: it may come through after all
	cut         bool // of failed: the run ended while it was being made
	ended       bool // its verdict ends the watching
	heals       bool // it is a CHECK for want of an answer, which will come
	over        bool // it is among those that are over
	open        bool // no result yet
	counted     outcome

	became  watch.Verdict // what really became of it; Waiting: we have not learned that
	charged watch.Money   // and what the payer really was
}

// outcome is a verdict, or that there will be none.
type outcome uint8

// failure is the outcome in addition to the verdicts.
const (
	failure  = outcome(watch.Stopped) + 1
	outcomes = failure + 1
)

// outcome is where the payment counts.
func (p *payment) outcome() outcome {
	if p.failed && (p.Verdict == watch.Waiting || p.Verdict == watch.Confirming) {
		return failure
	}
	return outcome(p.Verdict)
}

// waits reports whether there is a result to wait for.
func (p *payment) waits() bool {
	o := p.outcome()
	return !p.made || p.heals || o == outcome(watch.Waiting) || o == outcome(watch.Confirming) || o == failure && p.cut
}

// settled reports whether nothing more becomes of it.
func (p *payment) settled() bool { return p.ended || p.failed && !p.doubtful }

// needsChannel reports whether there is something to hear of, and a watcher that listens.
func (p *payment) needsChannel() bool { return !p.settled() && p.Verdict != watch.Stopped }

// Samples are the payments that are over, in the order in which they ended, and behind them
// those that have begun and are not. missing is how many are not kept any more. While the run
// goes on, rows that are copied later may know more than those before.
func (r *Run) Samples() (samples []Sample, missing int) {
	var all []*payment
	r.locked(func() {
		b := &r.book
		all = append(slices.Clone(b.kept()), ordered(b.running)...)
		missing = b.missing
	})
	samples = make([]Sample, 0, len(all))
	for some := range slices.Chunk(all, 1000) { // the watchers pass between
		r.locked(func() {
			for _, p := range some {
				samples = append(samples, p.Sample)
			}
		})
	}
	return samples, missing
}

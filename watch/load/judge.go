package load

import (
	"time"

	"tillwatch/watch"
)

// Fact is what a sandbox says really became of one payment.
type Fact struct {
	ID      watch.ID
	Verdict watch.Verdict // Waiting: there is no last word
	At      time.Time     // wall time when the API began to say so
	Amount  watch.Money   // what the payer was charged
}

// Judge compares our results with what really became of all payments, and measures how long
// we took to tell it. It is for when the run has ended and every word is in; facts of other
// payments are passed over. A result without a fact is wrong.
func (r *Run) Judge(all []Fact) {
	byID := make(map[watch.ID]*Fact, len(all))
	for i := range all {
		byID[all[i].ID] = &all[i]
	}
	r.mu.Lock()
	defer r.mu.Unlock()
	r.isJudged = true
	r.judged = Truth{}
	results := 0
	for _, p := range r.book.byID {
		fact := byID[p.ID]
		if fact != nil && fact.Verdict != watch.Waiting && !fact.At.IsZero() {
			p.Fact = max(0, fact.At.UnixMicro()-p.Due)
		}
		if p.Verdict != watch.Paid && p.Verdict != watch.NotPaid {
			continue
		}
		results++
		if fact == nil || fact.Verdict != p.Verdict || p.Verdict == watch.Paid && !sameMoney(p.Amount, fact.Amount) {
			r.judged.Wrong++
			continue
		}
		r.judged.Right++
		if p.Fact >= 0 {
			r.book.measure(p, factToTold, p.due+time.Duration(p.Fact)*time.Microsecond, p.told)
		}
	}
	r.judged.Unjudged = r.book.counts[watch.Paid] + r.book.counts[watch.NotPaid] - results
}

// sameMoney reports whether two amounts are the same, as far as both are said.
func sameMoney(a, b watch.Money) bool {
	return !a.Said() || !b.Said() || a.Comparable(b) && a.Cmp(b) == 0
}

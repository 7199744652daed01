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

// Learn takes in what a sandbox says of some payments while the run goes on, and measures how
// long we took to tell it. It judges nothing, for what it is told may be of a moment ago; see
// [Run.Judge].
func (r *Run) Learn(some []Fact) {
	r.mu.Lock()
	defer r.mu.Unlock()
	if r.book.closed {
		return
	}
	for i := range some {
		if p := r.book.byID[some[i].ID]; p != nil {
			r.book.learn(p, &some[i])
		}
	}
	r.release(r.now())
}

// learn notes when the API began to say a payment's last word, and how long we took to tell
// it, if we have. The rest is for when we do.
func (b *book) learn(p *payment, fact *Fact) {
	if fact.Verdict == watch.Waiting || fact.At.IsZero() {
		return
	}
	p.Fact = max(0, fact.At.UnixMicro()-p.Due)
	if p.told != 0 && p.agrees(fact) {
		b.measureFact(p, p.told)
	}
}

// measureFact notes how long we took from the fact, if it is known, to telling it. What was
// told before it was so shows only that two clocks differ, or that one was set.
func (b *book) measureFact(p *payment, told time.Duration) {
	from := p.due + time.Duration(p.Fact)*time.Microsecond
	if p.Fact >= 0 && from <= told+time.Millisecond {
		b.measure(p, factToTold, from, told)
	}
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
		if fact != nil {
			r.book.learn(p, fact)
		}
		if p.Verdict != watch.Paid && p.Verdict != watch.NotPaid {
			continue
		}
		results++
		if fact == nil || !p.agrees(fact) {
			r.judged.Wrong++
			continue
		}
		r.judged.Right++
	}
	r.judged.Unjudged = r.book.counts[watch.Paid] + r.book.counts[watch.NotPaid] - results
}

// agrees reports whether our result is what really became of the payment.
func (p *payment) agrees(fact *Fact) bool {
	return fact.Verdict == p.Verdict && (p.Verdict != watch.Paid || sameMoney(p.Amount, fact.Amount))
}

// sameMoney reports whether two amounts are the same, as far as both are said.
func sameMoney(a, b watch.Money) bool {
	return !a.Said() || !b.Said() || a.Comparable(b) && a.Cmp(b) == 0
}

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

// Learn takes in what a sandbox says of some payments, and measures how long we took to tell
// it. It judges nothing, for what it is told may be of a moment ago; see [Run.Learned] and
// [Run.Judge]. What is learned twice is the same as once.
func (r *Run) Learn(some []Fact) {
	r.mu.Lock()
	defer r.mu.Unlock()
	for i := range some {
		if p := r.book.byID[some[i].ID]; p != nil {
			r.book.learn(p, &some[i])
		} else if some[i].Verdict != watch.Waiting {
			r.book.early.put(&some[i])
		}
	}
	r.release(r.now())
}

// early are facts of unknown payments: most belong to other runs, but a hosted payment may have had
// its last word before it was handed over. The newest are kept.
type early struct {
	facts map[watch.ID]Fact
	order []watch.ID // a ring
	next  int
}

const earlyMost = 10_000

func (e *early) put(fact *Fact) {
	if e.facts == nil {
		e.facts = map[watch.ID]Fact{}
	}
	if _, known := e.facts[fact.ID]; !known && len(e.order) < earlyMost {
		e.order = append(e.order, fact.ID)
	} else if !known {
		delete(e.facts, e.order[e.next])
		e.order[e.next] = fact.ID
		e.next = (e.next + 1) % earlyMost
	}
	e.facts[fact.ID] = *fact
}

// Learned says that every last word which the API had begun to say when the sandbox was asked
// has come in by [Run.Learn]. Results of before then can be judged, so those that are too many
// to be kept may leave.
func (r *Run) Learned(asked time.Time) {
	r.mu.Lock()
	defer r.mu.Unlock()
	if r.born.IsZero() {
		return
	}
	r.book.learned = max(r.book.learned, asked.Sub(r.born))
	r.book.tidy()
}

// learn notes a payment's last word and when the API began to say it, and how long we took to
// tell it, if we have. The rest is for when we do.
func (b *book) learn(p *payment, fact *Fact) {
	if fact.Verdict == watch.Waiting {
		return
	}
	p.became, p.charged = fact.Verdict, fact.Amount
	if fact.At.IsZero() {
		return
	}
	p.Fact = max(0, fact.At.UnixMicro()-p.Due)
	if p.told != 0 && p.agrees() {
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

// Judge learns the rest and compares our results with what really became of all payments. It
// is for when the run has ended and every word is in; facts of other payments are passed over.
// A result without a fact is wrong.
func (r *Run) Judge(rest []Fact) {
	r.Learn(rest)
	r.mu.Lock()
	defer r.mu.Unlock()
	r.isJudged = true
	r.judged = r.book.left
	for _, p := range r.book.byID {
		if p.result() {
			r.judged.count(p)
		}
	}
}

// count counts a payment whose result and whose fact are known.
func (t *Truth) count(p *payment) {
	if p.agrees() {
		t.Right++
	} else {
		t.Wrong++
	}
}

// result reports whether we say what became of the payment.
func (p *payment) result() bool { return p.Verdict == watch.Paid || p.Verdict == watch.NotPaid }

// agrees reports whether our result is what really became of the payment, as far as we have
// learned.
func (p *payment) agrees() bool {
	return p.became == p.Verdict && (p.Verdict != watch.Paid || sameMoney(p.Amount, p.charged))
}

// canLeave reports whether nothing is lost with a payment that is over: it has no result, or what
// is known is enough to judge it, or no more will be learned.
func (b *book) canLeave(p *payment) bool {
	return !b.learns || !p.result() || p.became != watch.Waiting || p.told <= b.learned
}

// leave counts the result of a payment that is not kept any more.
func (b *book) leave(p *payment) {
	switch {
	case !p.result():
	case !b.learns, !b.canLeave(p):
		b.left.Unjudged++
	default:
		b.left.count(p)
	}
}

// sameMoney reports whether two amounts are the same, as far as both are said.
func sameMoney(a, b watch.Money) bool {
	return !a.Said() || !b.Said() || a.Comparable(b) && a.Cmp(b) == 0
}

package load

import (
	"cmp"
	"slices"
	"time"
	"unique"

	"tillwatch/watch"
)

// Note takes every event of every payment, from any goroutine, when it happens. It is quick,
// and a payment that is not of this run is none of its business.
func (r *Run) Note(e watch.Event) {
	if !interesting(e.Kind) {
		return
	}
	r.mu.Lock()
	defer r.mu.Unlock()
	if p := r.book.byID[e.ID]; p != nil && !r.book.closed {
		r.book.note(p, &e, r.stamp())
	}
}

// Tell takes every Snapshot when it has been committed and is shown, likewise.
func (r *Run) Tell(s watch.Snapshot) {
	id := s.ID()
	r.mu.Lock()
	defer r.mu.Unlock()
	if p := r.book.byID[id]; p != nil && !r.book.closed && !s.Old {
		r.hear(p, &s, r.stamp())
	}
}

// hear takes in what is known of a payment.
func (r *Run) hear(p *payment, s *watch.Snapshot, now time.Duration) {
	status := s.Latest.Status
	if s.Final.Status != "" {
		status = s.Final.Status
	}
	if later := s.Changed.Answer().Status; later != "" {
		status = later
	}
	if status != p.Status {
		p.Status = kept(status)
	}
	if charged := s.Charged(); charged.Said() && charged != p.Amount {
		p.Amount = charged
	}
	p.Verdict, p.ended = s.Verdict, s.Ended()
	p.heals = s.Reason == watch.Unconfirmed || s.Reason == watch.Unanswered || s.Reason == watch.Unreadable
	if p.told == 0 && (s.Verdict == watch.Paid || s.Verdict == watch.NotPaid) {
		r.ends(p, s, now)
	}
	r.weigh(p)
}

// ends takes in that a payment has its result.
func (r *Run) ends(p *payment, s *watch.Snapshot, now time.Duration) {
	b := &r.book
	p.told = now
	r.pace.ends(now)
	b.measure(p, hintToVerified, p.hinted, now)
	b.measure(p, startToEnd, p.start, now)
	b.measureFact(p, now)
	if s.Verdict == watch.Paid {
		b.measure(p, startToPaid, p.start, now)
	} else if p.Failure == "" {
		p.Failure = kept(watch.Safe(s.Final.Gateway, 80))
	}
	if p.hinted == 0 && p.Session != 0 {
		b.channel.ByPoll++
	}
}

// weigh counts a payment anew, and passes on one that is over.
func (r *Run) weigh(p *payment) {
	last, over := r.book.weigh(p)
	if !p.needsChannel() {
		r.book.comesBack(p, r.stamp())
	}
	if over && r.c.Sample != nil {
		now := r.now()
		r.held = append(r.held, held{p, now})
		r.release(now)
	}
	if last && r.state == Draining {
		r.look()
	}
}

// held is a payment that is over, and since when.
type held struct {
	*payment
	since time.Duration
}

// factPatience is how long a sample waits for its fact, which is looked up once a second.
const factPatience = 3 * time.Second

// release passes on the samples that wait for nothing any more, in their order.
func (r *Run) release(now time.Duration) {
	for len(r.held) > 0 {
		h := &r.held[0]
		if r.c.Learns && h.told != 0 && h.became == watch.Waiting && now-h.since < factPatience {
			return
		}
		r.put(h.payment)
		*h = held{}
		if r.held = r.held[1:]; len(r.held) == 0 {
			r.held = nil
		}
	}
}

// put leaves a payment for Sample, if there is room.
func (r *Run) put(p *payment) {
	if len(r.news) >= r.c.Ahead {
		r.leftOut++
		return
	}
	r.news = append(r.news, p.Sample)
	select {
	case r.rang <- struct{}{}:
	default:
	}
}

// kept is a word that thousands of payments share, once in memory.
func kept(word string) string {
	if word == "" {
		return ""
	}
	return unique.Make(word).Value()
}

// ordered are payments by their number.
func ordered(of map[int]*payment) []*payment {
	all := make([]*payment, 0, len(of))
	for _, p := range of {
		all = append(all, p)
	}
	slices.SortFunc(all, func(a, b *payment) int { return cmp.Compare(a.Number, b.Number) })
	return all
}

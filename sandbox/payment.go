package sandbox

import (
	"time"
)

// payment is one collection, or one hosted checkout. Server.mu guards all of it.
type payment struct {
	reference string // as the merchant wrote it; empty when hosted
	row       int64  // its id in the table
	source    *source
	session   *session // nil when hosted
	account   *account // nil when hosted
	scenario  *scenario
	link      *link
	method    string
	charge    string // what the payer is charged: the decimal as it goes on the wire

	landed  bool   // until then its status is 404
	status  string // what the API says
	shown   string // what the table says
	reason  *scenario
	steps   []step // what is still to come
	turn    int    // grows when the steps are changed, so that an older timer does nothing
	waiting bool   // its next step is held until a control call acts

	executed  time.Time // monotonic, as all of these
	since     time.Time // when the API began to say status
	committed time.Time // when the table began to say shown
	written   *moment   // when a socket was first told so; nil before the first row
}

// begin lets a payment live by its steps, the first of them after its own time. The
// caller holds mu.
func (s *Server) begin(p *payment, steps []step) {
	p.steps, p.landed = steps, true
	p.executed = time.Now()
	p.turn++
	for len(p.steps) > 0 && p.steps[0].after <= 0 && !p.steps[0].held {
		s.take(p)
	}
	s.schedule(p)
}

// schedule waits for the payment's next step, if it has one. The caller holds mu.
func (s *Server) schedule(p *payment) {
	p.waiting = len(p.steps) > 0 && p.steps[0].held
	if len(p.steps) == 0 || p.waiting {
		return
	}
	// A presenter may rewrite the steps before their time has come; then turn has grown, and
	// this one must not be taken.
	turn := p.turn
	wait := s.queue.afterPaced
	if p.steps[0].real {
		wait = s.queue.after
	}
	wait(s.lasting(p.steps[0]), func() {
		s.mu.Lock()
		if p.turn == turn {
			p.turn++
			s.take(p)
			s.schedule(p)
		}
		s.mu.Unlock()
		s.flush()
	})
}

// lasting is how long a step waits, at the sandbox's speed. The caller holds mu.
func (s *Server) lasting(st step) time.Duration {
	if st.real {
		return st.after
	}
	return max(0, time.Duration(float64(st.after)/s.speed))
}

// take makes the payment's next step come true. It is the one place where a status
// changes. The caller holds mu.
func (s *Server) take(p *payment) {
	st := p.steps[0]
	p.steps = p.steps[1:]
	if p.reference == "" {
		p.status, p.since = st.status, time.Now()
		s.moveSource(p.source, st.status)
		return
	}
	if st.side != tableOnly {
		p.status, p.since, p.reason = st.status, time.Now(), st.s
		s.moveSource(p.source, sourceStatusOf(st.status))
	}
	if st.side != apiOnly {
		s.record(p, st.status)
	}
}

// sourceStatusOf is what an execution's status means for what it pays. A failed attempt
// leaves the source open for another.
func sourceStatusOf(status string) string {
	switch status {
	case completed:
		return sourcePaid
	case failed:
		return sourceActive
	}
	return sourceProcessing
}

// finish takes all steps that are left up to the first end, now. A payment that waits for
// a presenter, or has no end, stays as it is. The caller holds mu.
func (s *Server) finish(p *payment) {
	if len(p.steps) == 0 || final(p.status) || p.waiting {
		return
	}
	p.turn++
	for len(p.steps) > 0 && !final(p.status) && !p.steps[0].held {
		s.take(p)
	}
	s.schedule(p)
}

// wallOf is the server's clock as a payment's own link shows it.
func (s *Server) wallOf(p *payment) time.Time {
	if p.link.name == "clock" && !s.faults.on(ClockAhead) {
		return time.Now().Add(clockAhead)
	}
	return s.wall()
}

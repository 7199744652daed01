package load

import (
	"math"
	"math/rand/v2"
	"time"
)

// schedule says when arrivals are due. The rate is a line: it may be ramped, and is then
// even. Each arrival takes a share of the area under it: one, or a share drawn so that gaps
// are exponential. So a rate that changes keeps the fraction of the gap that has passed, and
// no arrival is lost or doubled by it.
//
// Its clock counts the time in which people may arrive: it stands still in a pause, and with
// it the ramp.
type schedule struct {
	from, base float64 // where the line begins, in seconds, and the area up to there
	rate       float64 // at from
	goal       float64 // after the ramp
	over       float64 // how long the ramp takes; 0: none, and goal is the rate
	next       float64 // the area at which the next arrival is due
	share      func() float64
}

func newSchedule(p Plan) *schedule {
	s := &schedule{rate: p.Rate, goal: p.Rate, share: func() float64 { return 1 }}
	if p.RampOver > 0 {
		s.goal, s.over = p.Ramp, p.RampOver.Seconds()
	}
	if !p.Even {
		r := rand.New(rand.NewPCG(p.Seed, 0))
		s.share = r.ExpFloat64
	}
	s.next = s.share()
	return s
}

// rateAt is the rate at a time of the schedule's clock, which must not be before the last
// change.
func (s *schedule) rateAt(clock time.Duration) float64 {
	if past := clock.Seconds() - s.from; past < s.over {
		return s.rate + (s.goal-s.rate)*past/s.over
	}
	return s.goal
}

// area is how many arrivals would have been due by then, were none drawn: the integral of
// the rate.
func (s *schedule) area(clock time.Duration) float64 {
	past := clock.Seconds() - s.from
	if past < s.over {
		return s.base + past*(s.rate+s.rateAt(clock))/2
	}
	return s.base + s.over*(s.rate+s.goal)/2 + (past-s.over)*s.goal
}

// due is when the next arrival is due, rounded up, so that who sleeps until then finds it
// due; false: never, at this rate.
func (s *schedule) due() (clock time.Duration, ever bool) {
	at := s.from // due by rounding alone
	left, ramped := s.next-s.base, s.over*(s.rate+s.goal)/2
	switch {
	case left > ramped && s.goal <= 0:
		return 0, false
	case left > ramped:
		at += s.over + (left-ramped)/s.goal
	case left > 0:
		// The area of a trapeze, solved for its width; written so that a flat one is no special
		// case, and that nothing is lost when it is nearly flat.
		slope := (s.goal - s.rate) / s.over
		at += 2 * left / (s.rate + math.Sqrt(max(0, s.rate*s.rate+2*slope*left)))
	}
	if at > farOff {
		return 0, false
	}
	return time.Duration(math.Ceil(at * 1e9)), true
}

// farOff is later than any run, in seconds, and can still be a Duration.
const farOff = 100 * 365 * 24 * 3600

// take is the next arrival, if it is due by then.
func (s *schedule) take(by time.Duration) (clock time.Duration, due bool) {
	clock, ever := s.due()
	if !ever || clock > by {
		return 0, false
	}
	s.next += s.share()
	return clock, true
}

// change has the rate go to goal within over, evenly, from now on. What was due by now must
// have been taken.
func (s *schedule) change(now time.Duration, goal float64, over time.Duration) {
	s.base, s.rate = s.area(now), s.rateAt(now)
	s.from, s.goal, s.over = now.Seconds(), goal, over.Seconds()
}

// ramp is to which rate the schedule is on its way, and for how long still; zero: there is
// no ramp under way.
func (s *schedule) ramp(now time.Duration) (goal float64, left time.Duration) {
	if past := now.Seconds() - s.from; past < s.over {
		return s.goal, time.Duration((s.over - past) * 1e9)
	}
	return 0, 0
}

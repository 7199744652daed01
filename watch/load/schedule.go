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
// Its clock counts seconds in which people may arrive: it stands still in a pause, and with
// it the ramp.
type schedule struct {
	from, base float64 // where the line begins, and the area up to there
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
func (s *schedule) rateAt(at float64) float64 {
	if past := at - s.from; past < s.over {
		return s.rate + (s.goal-s.rate)*past/s.over
	}
	return s.goal
}

// area is how many arrivals would have been due by then, were none drawn: the integral of
// the rate.
func (s *schedule) area(at float64) float64 {
	past := at - s.from
	if past < s.over {
		return s.base + past*(s.rate+s.rateAt(at))/2
	}
	return s.base + s.over*(s.rate+s.goal)/2 + (past-s.over)*s.goal
}

// due is when the next arrival is due; false: never, at this rate.
func (s *schedule) due() (at float64, ever bool) {
	left := s.next - s.base
	if ramped := s.over * (s.rate + s.goal) / 2; left > ramped {
		if s.goal <= 0 {
			return 0, false
		}
		return s.from + s.over + (left-ramped)/s.goal, true
	}
	if left <= 0 {
		return s.from, true // due by rounding alone
	}
	// The area of a trapeze, solved for its width; written so that a flat one is no special
	// case, and that nothing is lost when it is nearly flat.
	slope := (s.goal - s.rate) / s.over
	root := math.Sqrt(max(0, s.rate*s.rate+2*slope*left))
	return s.from + 2*left/(s.rate+root), true
}

// take is the next arrival, if it is due by then.
func (s *schedule) take(by float64) (at float64, due bool) {
	at, ever := s.due()
	if !ever || at > by {
		return 0, false
	}
	s.next += s.share()
	return at, true
}

// change has the rate go to goal within over, evenly, from now on. What was due by now must
// have been taken.
func (s *schedule) change(now, goal float64, over time.Duration) {
	s.base, s.rate = s.area(now), s.rateAt(now)
	s.from, s.goal, s.over = now, goal, over.Seconds()
}

// ramp is to which rate the schedule is on its way, and for how long still; zero: there is
// no ramp under way.
func (s *schedule) ramp(now float64) (goal, left float64) {
	if left = s.from + s.over - now; left <= 0 || s.over == 0 {
		return 0, 0
	}
	return s.goal, left
}

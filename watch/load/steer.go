package load

import (
	"fmt"
	"time"
)

// Steer does what a person wants of the run, from now on, and says in a few words what it
// did. It returns at once, at any time.
func (r *Run) Steer(s Steering) string {
	r.mu.Lock()
	defer r.mu.Unlock()
	defer r.look()
	if r.born.IsZero() {
		if s.Verb != Stop {
			return "the run has not begun"
		}
		r.state = Ended // what is to watch over it may find a reason before it begins
		return "stopped before it began"
	}
	now := r.now()
	r.catchUp(now) // payments that were due before came as they were
	switch {
	case r.state == Ended:
		return "the run has ended"
	case s.Verb == Stop:
		r.end(now)
		return fmt.Sprintf("stopped; %d without a result", r.unresolved())
	case r.state == Draining:
		return fmt.Sprintf("arrivals have ended; %d under way", r.unresolved())
	}
	switch s.Verb {
	case Drain:
		return r.drainNow(now)
	case Pause:
		return r.pause(now)
	case Burst:
		return r.burst(now, s.Count)
	}
	return r.changeRate(now, s)
}

// changeRate is a new rate, at once or by a ramp. A ramp that is under way ends.
func (r *Run) changeRate(now time.Duration, s Steering) string {
	clock := r.clock(now)
	rate := r.schedule.rateAt(clock)
	goal, over := rate, time.Duration(0)
	switch s.Verb {
	case SlowerByOne:
		goal--
	case FasterByOne:
		goal++
	case SlowerByTenth:
		goal -= rate / 10
	case FasterByTenth:
		goal += rate / 10
	case Ramp:
		if !rateAllowed(s.Rate) || s.Over < 0 {
			return fmt.Sprintf("a rate must be from 0 to %d a second", RateMost)
		}
		goal, over = s.Rate, s.Over
	default:
		return "nothing that a run can do"
	}
	goal = min(max(goal, 0), RateMost)
	r.schedule.change(clock, goal, over)
	if over > 0 {
		return fmt.Sprintf("to %.1f arrivals/s within %v", goal, over)
	}
	return fmt.Sprintf("%.1f arrivals/s", goal)
}

func (r *Run) pause(now time.Duration) string {
	if r.state == Paused {
		r.state = Running
		r.halted += now - r.since
		return fmt.Sprintf("going on at %.1f arrivals/s", r.schedule.rateAt(r.clock(now)))
	}
	r.state, r.since = Paused, now
	return fmt.Sprintf("paused: nobody arrives; %d under way go on", r.unresolved())
}

// burst has some arrive at once, in a pause too.
func (r *Run) burst(now time.Duration, n int) string {
	if n <= 0 {
		n = UsualBurst
	}
	n = min(n, burstMost)
	if r.plan.Payments > 0 {
		n = min(n, r.plan.Payments-r.due)
	}
	for range n {
		r.arrives(now)
	}
	return fmt.Sprintf("%d more arrive at once", n)
}

// burstMost is as many as a run may have in a second.
const burstMost = RateMost

func (r *Run) drainNow(now time.Duration) string {
	if r.state == Paused {
		r.halted += now - r.since
	}
	r.drain(now)
	return fmt.Sprintf("draining: nobody arrives any more; %d under way", r.unresolved())
}

// unresolved is how many have arrived and have no result.
func (r *Run) unresolved() int { return r.book.open }

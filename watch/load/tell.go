package load

import (
	"cmp"
	"slices"
	"time"

	"tillwatch/watch"
)

// Report is how the run stands. It returns at once, at any time.
func (r *Run) Report() Report {
	rep := Report{Corrected: !r.plan.AsBegun, Calls: r.calls()}
	var hints *watch.HintCounts
	if r.c.Hints != nil {
		h := r.c.Hints()
		hints = &h
	}
	if r.c.Faults != nil {
		rep.Faults = r.c.Faults()
	}
	var now moment
	r.locked(func() { now = r.tellMoment(&rep) })
	if hints != nil {
		c := &rep.Channel
		c.Lost, c.Wrong, c.Late, c.Duplicates, c.Dropped = hints.Lost, hints.Wrong, hints.Late, hints.Duplicates, hints.Dropped
	}
	r.sums.tell(&rep, now.fresh, now.seconds)
	is := facts{&rep, hints != nil, r.c.Calls != nil, now.judged, now.mean}
	for _, e := range r.c.Expect {
		rep.Expected = append(rep.Expected, e.judge(&is))
	}
	return rep
}

// Met reports whether all that is expected of the run is so. What was never measured is not.
func (r *Run) Met() bool {
	return !slices.ContainsFunc(r.Report().Expected, func(e Expected) bool { return !e.Met })
}

// moment is what a Report needs in addition, of the moment that it describes.
type moment struct {
	fresh   []reading // to be added up
	seconds []int32   // those of the Series
	judged  bool
	mean    float64
}

// tellMoment tells what must be of one moment. The caller holds mu, as for all that follow.
func (r *Run) tellMoment(rep *Report) moment {
	now := r.tellTime(rep)
	b := &r.book
	rep.Outcomes, rep.Channel, rep.Truth = b.outcomes(), b.channelAt(now), r.judged
	rep.Unresolved, rep.LeftOut = b.open, r.leftOut
	rep.Arrivals.Open = rep.Outcomes.Waiting + rep.Outcomes.Confirming
	for of := range stages {
		rep.Stages = append(rep.Stages, Stage{Errors: b.errors[of].n, Error: b.errors[of].most()})
	}
	m := moment{fresh: b.fresh, seconds: r.series(&rep.Series, now), judged: r.isJudged, mean: r.mean(now)}
	b.fresh = nil
	return m
}

// tellTime tells where the run stands in time, and returns when that is.
func (r *Run) tellTime(rep *Report) time.Duration {
	if r.born.IsZero() {
		rep.State, rep.Arrivals.Target = r.state, r.plan.Rate
		return 0
	}
	now := r.now()
	if r.state != Ended {
		if r.catchUp(now); len(r.waiting) > 0 || r.state == Ended {
			r.look()
		}
	}
	if r.state == Ended {
		now = r.ended
	}
	rep.State, rep.Took = r.state, now
	a := &rep.Arrivals
	a.Due, a.Begun, a.Actual = r.due, r.book.begun, r.pace.actual(now)
	if r.state == Running || r.state == Paused {
		clock := r.clock(now)
		a.Target = r.schedule.rateAt(clock)
		if goal, left := r.schedule.ramp(clock); left > 0 {
			a.Goal, a.GoalIn = goal, left
		}
		if r.plan.For > 0 {
			rep.Left = max(0, r.plan.For-clock)
		}
	}
	if len(r.waiting) > 0 && r.state != Ended {
		a.Late = now - r.waiting[0].due
	}
	return now
}

// mean is how many began a second while people could arrive.
func (r *Run) mean(now time.Duration) float64 {
	over := now
	if r.state == Draining || r.state == Ended {
		over = r.closed
	}
	if over -= r.halted; r.state == Paused {
		over -= now - r.since
	}
	if over <= 0 {
		return 0
	}
	return float64(r.book.begun) / over.Seconds()
}

// series tells the seconds that are over but for what took how long, and which these are.
func (r *Run) series(s *Series, now time.Duration) (seconds []int32) {
	last := int64(now / time.Second) // is not over yet
	if r.state == Ended {
		last++ // nothing more will come of it
	}
	for second := max(0, last-SeriesMost); second < last; second++ {
		s.Arrivals = append(s.Arrivals, float64(in(r.pace.arrivals[:], second)))
		s.Ended = append(s.Ended, float64(in(r.pace.ended[:], second)))
		seconds = append(seconds, int32(second))
	}
	return seconds
}

// outcomes are what is known of all payments that have begun.
func (b *book) outcomes() Outcomes {
	of := func(v watch.Verdict) int { return b.counts[outcome(v)] }
	return Outcomes{
		Paid: of(watch.Paid), NotPaid: of(watch.NotPaid), Check: of(watch.Check), Stopped: of(watch.Stopped),
		Confirming: of(watch.Confirming), Waiting: of(watch.Waiting), Failed: b.counts[failure],
	}
}

// tell adds fresh readings up and tells what all are.
func (s *sums) tell(rep *Report, fresh []reading, seconds []int32) {
	s.add(fresh)
	s.mu.Lock()
	defer s.mu.Unlock()
	for of := range stages {
		st := s.stage(of)
		st.Errors, st.Error = rep.Stages[of].Errors, rep.Stages[of].Error
		rep.Stages[of] = st
	}
	for i := range s.bars {
		rep.Bars = append(rep.Bars, s.bar(i))
	}
	if len(seconds) > 0 {
		s.turn(seconds[len(seconds)-1] + 1)
	}
	for _, second := range seconds {
		rep.Series.Slowest = append(rep.Series.Slowest, s.slowestIn(second))
	}
}

// calls are how often Dollr's API answered with which code.
func (r *Run) calls() []Call {
	if r.c.Calls == nil {
		return nil
	}
	times := map[int]uint64{}
	for _, c := range r.c.Calls() {
		times[c.Code] += c.Times
	}
	calls := make([]Call, 0, len(times))
	for code, n := range times {
		calls = append(calls, Call{code, n})
	}
	slices.SortFunc(calls, func(a, b Call) int {
		return cmp.Or(cmp.Compare(b.Times, a.Times), cmp.Compare(a.Code, b.Code))
	})
	return calls
}

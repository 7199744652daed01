package load_test

import (
	"math"
	"testing"
	"time"

	"tillwatch/watch/load"
)

// steers does what a person does, who is told so.
func (s *counter) steers(want string, what load.Steering) {
	s.Helper()
	if got := s.run.Steer(what); got != want {
		s.Errorf("at %v it says %q, want %q", time.Since(s.born), got, want)
	}
}

func TestSteer_SaysWhatItDid(t *testing.T) {
	plan := one(0)
	plan.Rate = 12
	open(t, load.Config{Plan: plan}, func(s *counter) {
		s.steers("13.0 arrivals/s", load.Steering{Verb: load.FasterByOne})
		s.steers("14.3 arrivals/s", load.Steering{Verb: load.FasterByTenth})
		s.steers("12.9 arrivals/s", load.Steering{Verb: load.SlowerByTenth})
		s.steers("0.5 arrivals/s", load.Steering{Verb: load.Ramp, Rate: 0.5})
		s.steers("0.0 arrivals/s", load.Steering{Verb: load.SlowerByOne})
		s.steers("1.0 arrivals/s", load.Steering{Verb: load.FasterByOne})
		s.steers("to 21.0 arrivals/s within 20s", load.Steering{Verb: load.Ramp, Rate: 21, Over: 20 * time.Second})
		rep := s.at(5 * time.Second)
		if a := rep.Arrivals; a.Target != 6 || a.Goal != 21 || a.GoalIn != 15*time.Second {
			s.Errorf("%+v", a)
		}
		s.steers("paused: nobody arrives; 17 under way go on", load.Steering{Verb: load.Pause})
		s.steers("20 more arrive at once", load.Steering{Verb: load.Burst})
		rep = s.at(100 * time.Second) // the ramp waits too
		if a := rep.Arrivals; rep.State != load.Paused || a.Target != 6 || a.GoalIn != 15*time.Second || a.Due != 37 || a.Begun != 37 {
			s.Errorf("%v, %+v", rep.State, a)
		}
		s.steers("going on at 6.0 arrivals/s", load.Steering{Verb: load.Pause})
		rep = s.at(115 * time.Second)
		if a := rep.Arrivals; a.Target != 21 || a.Goal != 0 || a.GoalIn != 0 || a.Due != 37+203 { // (6+21)/2*15, and half a one before
			s.Errorf("%+v", a)
		}
		s.steers("a rate must be from 0 to 10000 a second", load.Steering{Verb: load.Ramp, Rate: math.NaN()})
		s.steers("a rate must be from 0 to 10000 a second", load.Steering{Verb: load.Ramp, Rate: 10_001})
		s.steers("3 more arrive at once", load.Steering{Verb: load.Burst, Count: 3})
		s.steers("nothing that a run can do", load.Steering{})
		s.steers("draining: nobody arrives any more; 243 under way", load.Steering{Verb: load.Drain})
		s.steers("arrivals have ended; 243 under way", load.Steering{Verb: load.FasterByOne})
		s.steers("stopped; 243 without a result", load.Steering{Verb: load.Stop})
		s.steers("the run has ended", load.Steering{Verb: load.Burst})
	})
}

// A plan's length is that in which people may arrive, so a pause makes the run longer.
func TestRun_EndsAsPlanned(t *testing.T) {
	plan := one(0)
	plan.Rate, plan.For = 10, 10*time.Second
	open(t, load.Config{Plan: plan}, func(s *counter) {
		if rep := s.at(4 * time.Second); rep.Left != 6*time.Second {
			s.Errorf("%v are left", rep.Left)
		}
		s.run.Steer(load.Steering{Verb: load.Pause})
		if rep := s.at(34 * time.Second); rep.Left != 6*time.Second {
			s.Errorf("%v are left", rep.Left)
		}
		s.run.Steer(load.Steering{Verb: load.Pause})
		rep := s.at(40 * time.Second)
		if rep.State != load.Draining || rep.Arrivals.Begun != 100 || rep.Left != 0 {
			s.Errorf("%v, %+v", rep.State, rep.Arrivals)
		}
	})
}

// A burst is part of the number that a plan allows.
func TestRun_ABurstStaysWithinThePlan(t *testing.T) {
	open(t, load.Config{Plan: one(15)}, func(s *counter) {
		s.at(5 * time.Second)
		s.steers("10 more arrive at once", load.Steering{Verb: load.Burst})
		if rep := s.at(6 * time.Second); rep.State != load.Draining || rep.Arrivals.Begun != 15 {
			s.Errorf("%v, %+v", rep.State, rep.Arrivals)
		}
	})
}

// Before its beginning and twice there is no run.
func TestRun_RunsOnce(t *testing.T) {
	open(t, load.Config{Plan: one(1)}, func(s *counter) {
		if err := s.run.Run(t.Context()); err == nil {
			s.Error("it runs twice")
		}
	})
	r, err := load.New(load.Config{Shop: &counter{}, Hand: (&counter{}).hand, Plan: one(1)})
	if err != nil {
		t.Fatal(err)
	}
	if said := r.Steer(load.Steering{Verb: load.Burst}); said != "the run has not begun" {
		t.Errorf("it says %q", said)
	}
	if rep := r.Report(); rep.Arrivals.Target != 1 || len(rep.Stages) != 13 || len(rep.Bars) != 8 || rep.State != load.Running {
		t.Errorf("%+v", rep)
	}
}

// What a run stands on may be gone before it begins: then it ends at once.
func TestSteer_AStopBeforeTheBeginningIsNotForgotten(t *testing.T) {
	s := &counter{T: t}
	run, err := load.New(load.Config{Shop: s, Hand: s.hand, Plan: one(3)})
	if err != nil {
		t.Fatal(err)
	}
	s.run = run
	s.steers("the run has not begun", load.Steering{Verb: load.Burst})
	s.steers("stopped before it began", load.Steering{Verb: load.Stop})
	if err := run.Run(t.Context()); err != nil {
		t.Error(err)
	}
	if rep := run.Report(); rep.State != load.Ended || rep.Arrivals.Due != 0 || len(s.handed) != 0 {
		t.Errorf("%+v", rep)
	}
}

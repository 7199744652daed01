package load_test

import (
	"testing"
	"time"

	"tillwatch/watch"
	"tillwatch/watch/load"
)

const ms = time.Millisecond

// one is a plan of payments a second apart.
func one(n int) load.Plan {
	mix, _ := load.ParseScenarios("paid")
	by, _ := load.ParseMethods("mtn-lr")
	return load.Plan{Rate: 1, Even: true, Payments: n, Mix: mix, Methods: by, DrainFor: time.Minute}
}

// A call before the execution that fails fails the payment: it is not tried again, and the
// stage's most frequent word says why.
func TestRun_WhatFailsBeforeTheExecutionIsNotTriedAgain(t *testing.T) {
	for name, fault := range map[string]error{"checkout": code(429, watch.FaultThrottled), "session": code(503, watch.FaultDown), "account": code(0, watch.FaultOffline)} {
		open(t, load.Config{Plan: one(3)}, func(s *counter) {
			s.set(func() { s.fails[name] = fault })
			rep := s.at(5 * time.Second)
			want := map[string]string{"checkout": "429", "session": "503", "account": "no answer"}[name]
			if rep.State != load.Ended || rep.Outcomes.Failed != 3 || s.called(name) != 3 || s.called("execute") != 0 || len(s.ids()) != 0 {
				s.Errorf("%s: %v, %+v, %d handed over", name, rep.State, rep.Outcomes, len(s.ids()))
			}
			if st := stageOf(rep, name); st.N != 0 || st.Errors != 3 || st.Error != want {
				s.Errorf("%+v", st)
			}
			samples, _ := s.run.Samples()
			if len(samples) != 3 || samples[0].Failure != name+": "+want || samples[0].ID != "" {
				s.Errorf("%+v", samples)
			}
		})
	}
}

// A payment is handed over with all that its merchant knows, and executed when it is kept.
func TestRun_ExecutesWhatIsKept(t *testing.T) {
	open(t, load.Config{Plan: one(1)}, func(s *counter) {
		s.set(func() { s.shelf = true })
		rep := s.at(20 * time.Second)
		if s.called("execute") != 0 || stageOf(rep, "stored").N != 0 || rep.Outcomes.Waiting != 1 {
			s.Errorf("%d executed, %+v", s.called("execute"), rep.Outcomes)
		}
		p := s.handed[0]
		if p.Session == 0 || len(p.Reference) != 36 || p.SourceID == 0 || p.SourceType == "" || p.Label != "Load 1" || !p.Expected.Said() ||
			p.Method != "MTN_MOMO_LBR" || p.Phone.Reveal() != "231883456789" || !p.Executed.IsZero() {
			s.Errorf("it was handed over as %+v", p)
		}
	})
}

// What is kept when the run has ended changes nothing of what was said at its end.
func TestRun_NothingIsMeasuredAfterTheEnd(t *testing.T) {
	open(t, load.Config{Plan: one(1)}, func(s *counter) {
		s.set(func() { s.shelf = true })
		s.at(2 * time.Second)
		s.steers("stopped; 1 without a result", load.Steering{Verb: load.Stop})
		<-s.run.Done()
		s.keeps[0]()
		samples, _ := s.run.Samples()
		if st := stageOf(s.at(3*time.Second), "stored"); st.N != 0 || samples[0].Took[3] != -1 {
			s.Errorf("%+v, %+v", st, samples)
		}
	})
}

// An execution whose answer is lost may have come through: its reference is asked for, and it
// is never executed again.
func TestRun_AsksAboutAnExecutionWithoutAnAnswer(t *testing.T) {
	open(t, load.Config{Plan: one(2)}, func(s *counter) {
		s.set(func() { s.fails["execute"] = code(502, watch.FaultDown) })
		s.at(1500 * ms)
		s.set(func() { s.landed[s.handed[0].Reference] = true }) // it lands late; the second never does
		rep := s.at(20 * time.Second)
		if s.called("execute") != 2 || rep.Outcomes.Waiting != 1 || rep.Outcomes.Failed != 1 || rep.State != load.Draining {
			s.Errorf("%d executed, %v, %+v", s.called("execute"), rep.State, rep.Outcomes)
		}
		if st := stageOf(rep, "execute"); st.N != 0 || st.Errors != 2 || st.Error != "502" {
			s.Errorf("%+v", st)
		}
		s.tell(0, watch.Paid)
		if rep = s.at(21 * time.Second); rep.State != load.Ended || rep.Outcomes.Paid != 1 || rep.Outcomes.Failed != 1 {
			s.Errorf("%v, %+v", rep.State, rep.Outcomes)
		}
		samples, _ := s.run.Samples()
		if len(samples) != 2 || samples[0].Failure != "execute: 502, found by its reference" || samples[1].Failure != "execute: 502" {
			s.Errorf("%+v", samples)
		}
	})
}

// What Dollr says no to is no question, and what nobody knew of may be paid after all.
func TestRun_ARefusedExecutionHasFailed(t *testing.T) {
	open(t, load.Config{Plan: one(1)}, func(s *counter) {
		s.set(func() { s.fails["execute"] = code(422, watch.FaultRejected) })
		if rep := s.at(2 * time.Second); rep.State != load.Ended || s.called("collection") != 0 || rep.Outcomes.Failed != 1 {
			s.Errorf("%v, %+v", rep.State, rep.Outcomes)
		}
	})
	open(t, load.Config{Plan: one(2)}, func(s *counter) {
		s.set(func() { s.fails["execute"] = code(0, watch.FaultOffline) })
		if rep := s.at(8500 * ms); rep.Outcomes.Failed != 1 || rep.Outcomes.Waiting != 1 || s.called("collection") != 7 {
			s.Errorf("%+v after %d questions", rep.Outcomes, s.called("collection"))
		}
		s.tell(0, watch.Paid) // the watchers heard of it later
		if rep := s.at(30 * time.Second); rep.State != load.Ended || rep.Outcomes.Failed != 1 || rep.Outcomes.Paid != 1 {
			s.Errorf("%v, %+v", rep.State, rep.Outcomes)
		}
	})
}

// What cannot be handed over is not executed.
func TestRun_DoesNotExecuteWhatNobodyWatches(t *testing.T) {
	open(t, load.Config{Plan: one(1)}, func(s *counter) {
		s.set(func() { s.refuse = errNothing })
		rep := s.at(2 * time.Second)
		if rep.State != load.Ended || s.called("execute") != 0 || rep.Outcomes.Failed != 1 || stageOf(rep, "stored").Error != "refused" {
			s.Errorf("%v, %+v", rep.State, rep.Outcomes)
		}
	})
	open(t, load.Config{Plan: one(1)}, func(s *counter) { // a journal from before, an environment made anew
		s.set(func() { s.known, s.takes["checkout"] = true, 20*ms })
		s.at(1020 * ms)
		s.tell(0, watch.Paid, func(snap *watch.Snapshot) { snap.Old = true })
		rep := s.at(2 * time.Second)
		if rep.State != load.Ended || s.called("execute") != 0 || rep.Outcomes.Failed != 1 || stageOf(rep, "stored").Error != "known before" {
			s.Errorf("%v, %+v", rep.State, rep.Outcomes)
		}
		if st := stageOf(rep, "stored"); st.N != 0 || st.Errors != 1 { // one or the other
			s.Errorf("%+v", st)
		}
	})
}

// A hosted payment is watched by its source; nothing of it is executed here.
func TestRun_HostedPaymentsAreWatchedByTheirSource(t *testing.T) {
	plan := one(1)
	plan.Methods, _ = load.ParseMethods("hosted")
	open(t, load.Config{Plan: plan}, func(s *counter) {
		s.at(2 * time.Second)
		if p := s.handed[0]; !p.Hosted() || p.SourceID == 0 || p.Session != 0 || s.called("session")+s.called("execute") != 0 {
			s.Errorf("it was handed over as %+v", p)
		}
		s.tell(0, watch.Paid, func(snap *watch.Snapshot) { snap.Final.Status = watch.SourcePaid })
		rep := s.at(3 * time.Second)
		if rep.State != load.Ended || rep.Outcomes.Paid != 1 || stageOf(rep, "stored").N != 1 || stageOf(rep, "execute").N != 0 || rep.Channel.ByPoll != 0 {
			s.Errorf("%v, %+v", rep.State, rep)
		}
	})
}

// Who is late is late for everybody: a shop that stands still for 3 s keeps nobody from
// arriving, and the wait is in what is measured.
func TestRun_AStallIsMeasured(t *testing.T) {
	plan := one(0)
	plan.Rate = 10
	open(t, load.Config{Plan: plan}, func(s *counter) {
		s.set(func() { s.takes["checkout"] = 50 * ms })
		s.at(5 * time.Second)
		for wait := 3000 * ms; wait > 50*ms; wait -= 100 * ms { // the shop takes calls, and answers all of them at once
			s.set(func() { s.takes["checkout"] = wait })
			s.at(5*time.Second + 3000*ms - wait + 100*ms)
		}
		s.set(func() { s.takes["checkout"] = 50 * ms })
		rep := s.at(10 * time.Second)
		if rep.Arrivals.Due != 100 || rep.Arrivals.Begun != 100 {
			s.Errorf("%+v", rep.Arrivals)
		}
		if st := stageOf(rep, "checkout"); st.P50 > 500*ms || st.P90 < time.Second || st.P99 < 2900*ms {
			s.Errorf("%+v", st)
		}
	})
}

// A run that is told to end does, whatever is under way; and what is cut off is no error.
func TestRun_EndsAtOnceWhenItIsTold(t *testing.T) {
	for name, end := range map[string]func(*counter){
		"stop": func(s *counter) { s.run.Steer(load.Steering{Verb: load.Stop}) },
		"ctx":  func(s *counter) { s.stop() },
	} {
		plan := one(0)
		plan.Rate = 20
		open(t, load.Config{Plan: plan}, func(s *counter) {
			s.set(func() { s.takes["session"] = time.Hour })
			s.at(2 * time.Second)
			s.set(func() { s.takes["session"] = 0 })
			s.at(3 * time.Second)
			end(s)
			rep := s.at(3 * time.Second)
			if rep.State != load.Ended || rep.Took != 3*time.Second || rep.Arrivals.Begun != 60 || rep.Outcomes.Waiting != 20 || rep.Outcomes.Failed != 40 {
				s.Errorf("%s: %v after %v, %+v", name, rep.State, rep.Took, rep.Outcomes)
			}
			if st := stageOf(rep, "session"); st.Errors != 0 {
				s.Errorf("%+v", st)
			}
			samples, missing := s.run.Samples()
			if len(samples) != 60 || missing != 0 || samples[0].Failure != "session: cut off" {
				s.Errorf("%d samples, the first %+v", len(samples), samples[0])
			}
			s.tell(0, watch.Paid) // comes too late to change anything
			if rep = s.at(4 * time.Second); rep.Outcomes.Paid != 0 || rep.Took != 3*time.Second {
				s.Errorf("%+v", rep)
			}
		})
	}
}

// An API that hangs is not asked by more and more: those who are due wait until others are
// made, and it shows that they do.
func TestRun_MakesNotWithoutAnEndAtOnce(t *testing.T) {
	plan := one(0)
	plan.Rate = 0
	open(t, load.Config{Plan: plan, AtOnce: 100}, func(s *counter) {
		s.set(func() { s.takes["checkout"] = time.Minute })
		s.run.Steer(load.Steering{Verb: load.Burst, Count: 100})
		s.run.Steer(load.Steering{Verb: load.Burst, Count: 7})
		if a := s.at(10 * time.Second).Arrivals; a.Due != 107 || a.Begun != 100 || a.Late.Round(ms) != 10*time.Second || s.called("checkout") != 100 {
			s.Errorf("%+v, %d are asked", a, s.called("checkout"))
		}
		if a := s.at(61 * time.Second).Arrivals; a.Begun != 107 || a.Late != 0 || s.called("checkout") != 107 {
			s.Errorf("%+v, %d are asked", a, s.called("checkout"))
		}
		if samples, _ := s.run.Samples(); samples[106].Begun < (59 * time.Second).Microseconds() {
			s.Errorf("it is %d µs late", samples[106].Begun)
		}
	})
}

package load_test

import (
	"fmt"
	"math/rand/v2"
	"testing"
	"time"

	"tillwatch/watch"
	"tillwatch/watch/load"
)

// Whatever customers, the shop and a person do, by chance, a Report adds up, the samples are
// the payments that have begun, each streamed once, and the run ends when it is told to drain.
func TestRun_AddsUpWhateverHappens(t *testing.T) {
	for seed := range uint64(40) {
		t.Run(fmt.Sprint(seed), func(t *testing.T) {
			r := rand.New(rand.NewPCG(seed, 3))
			streamed := map[int]int{}
			plan := load.Plan{Rate: 20 * r.Float64(), Seed: seed, DrainFor: 30 * time.Second, Even: r.IntN(2) == 0, AsBegun: r.IntN(4) == 0}
			plan.Methods, _ = load.ParseMethods("mtn-lr=3,card=1,hosted=1")
			open(t, load.Config{Plan: plan, Sample: func(s load.Sample) { streamed[s.Number]++ }}, func(s *counter) {
				for at := time.Duration(0); at < 20*time.Second; {
					at += time.Duration(r.IntN(500)) * ms
					mustAddUp(s, s.at(at))
					s.anything(r)
				}
				s.run.Steer(load.Steering{Verb: load.Drain})
				s.set(func() { clear(s.takes) })
				rep := s.at(52 * time.Second)
				mustAddUp(s, rep)
				if rep.State != load.Ended {
					s.Errorf("it is %v, %+v", rep.State, rep.Outcomes)
				}
				<-s.run.Done()
				if len(streamed) != rep.Arrivals.Begun {
					s.Errorf("%d were streamed, %d have begun", len(streamed), rep.Arrivals.Begun)
				}
				for number, times := range streamed {
					if times != 1 {
						s.Errorf("payment %d was streamed %d times", number, times)
					}
				}
			})
		})
	}
}

// anything is one thing that may happen.
func (s *counter) anything(r *rand.Rand) {
	calls := []string{"checkout", "session", "account", "execute", "collection"}
	call := calls[r.IntN(len(calls))]
	switch r.IntN(8) {
	case 0:
		s.set(func() { s.fails[call] = code([]int{0, 401, 422, 429, 503}[r.IntN(5)], watch.FaultKind(1+r.IntN(6))) })
	case 1:
		s.set(func() { clear(s.fails) })
	case 2:
		s.set(func() { s.takes[call] = time.Duration(r.IntN(3000)) * ms })
	case 3:
		s.set(func() { s.landed["all"] = !s.landed["all"] })
	case 4:
		verbs := []load.Verb{load.SlowerByOne, load.FasterByOne, load.SlowerByTenth, load.FasterByTenth, load.Pause, load.Pause, load.Burst, load.Ramp}
		s.run.Steer(load.Steering{Verb: verbs[r.IntN(len(verbs))], Rate: 20 * r.Float64(), Over: time.Duration(r.IntN(9)) * time.Second, Count: r.IntN(30)})
	default:
		n := len(s.ids())
		for range min(n, r.IntN(20)) {
			which := r.IntN(n)
			kinds := []watch.EventKind{watch.EventJoining, watch.EventKey, watch.EventNoKey, watch.EventJoined, watch.EventReady, watch.EventLost, watch.EventHint}
			s.note(which, kinds[r.IntN(len(kinds))], func(e *watch.Event) { e.Word, e.From = "COMPLETED", watch.FromAPI })
			s.tell(which, watch.Verdict(r.IntN(6)))
		}
	}
}

func mustAddUp(s *counter, rep load.Report) {
	s.Helper()
	o, a := rep.Outcomes, rep.Arrivals
	for _, n := range []int{o.Paid, o.NotPaid, o.Check, o.Stopped, o.Confirming, o.Waiting, o.Failed, a.Due - a.Begun} {
		if n < 0 {
			s.Fatalf("fewer than none: %+v, %+v", o, a)
		}
	}
	if o.Paid+o.NotPaid+o.Check+o.Stopped+o.Confirming+o.Waiting+o.Failed != a.Begun || a.Open != o.Waiting+o.Confirming || a.Late != 0 && rep.State != load.Ended {
		s.Fatalf("%+v, %+v", o, a)
	}
	samples, missing := s.run.Samples()
	if len(samples) != a.Begun || missing != 0 {
		s.Fatalf("%d samples, %d have begun", len(samples), a.Begun)
	}
	seen, verdicts := map[int]bool{}, map[watch.Verdict]int{}
	n := make([]uint64, len(rep.Stages))
	for _, sample := range samples {
		if seen[sample.Number] || sample.Number < 1 || sample.Number > a.Due {
			s.Fatalf("payment %d is there twice, or was never due", sample.Number)
		}
		seen[sample.Number] = true
		verdicts[sample.Verdict]++
		for i, took := range sample.Took {
			if took >= 0 {
				n[i]++
			}
		}
	}
	if verdicts[watch.Paid] != o.Paid || verdicts[watch.NotPaid] != o.NotPaid || verdicts[watch.Check] != o.Check || verdicts[watch.Stopped] != o.Stopped {
		s.Fatalf("the samples are %v, the report says %+v", verdicts, o)
	}
	bars := uint64(0)
	for _, b := range rep.Bars {
		bars += b.N
	}
	for i, st := range rep.Stages {
		if st.N != n[i] || st.Name == "start_to_paid" && st.N != bars || (st.Errors == 0) != (st.Error == "") {
			s.Fatalf("%+v, %d samples, %d in bars", st, n[i], bars)
		}
	}
}

package load_test

import (
	"fmt"
	"testing"
	"time"

	"tillwatch/watch"
	"tillwatch/watch/load"
)

// However long a run is, no result leaves memory before the sandbox was asked about it.
func TestRun_JudgesWhatItDoesNotKeep(t *testing.T) {
	open(t, load.Config{Plan: one(12), Keep: 3, Learns: true}, func(s *counter) {
		s.at(12500 * ms)
		ids, began := s.ids(), s.born.Add(12*time.Second)
		fact := func(n int, v watch.Verdict) load.Fact { return load.Fact{ID: ids[n], Verdict: v, At: began} }
		kept := func(want, missing int) {
			s.Helper()
			if samples, gone := s.run.Samples(); len(samples) != want || gone != missing {
				s.Errorf("%d are kept and %d are not, want %d and %d", len(samples), gone, want, missing)
			}
		}
		for n := range 5 {
			s.tell(n, watch.Paid)
		}
		kept(12, 0) // two are too many, and wait to be judged
		s.run.Learn([]load.Fact{fact(0, watch.Paid), fact(1, watch.NotPaid)})
		kept(12, 0)
		s.tell(5, watch.Paid)
		kept(10, 2) // their last word is known: one is right, one is wrong
		s.run.Learned(time.Now().Add(-time.Second))
		kept(10, 2) // what was asked before they were told says nothing of them
		s.at(13 * time.Second)
		s.run.Learned(time.Now())
		kept(9, 3) // of this the sandbox would know by now: it is wrong
		for n := 6; n < 12; n++ {
			s.run.Learn([]load.Fact{fact(n, watch.Paid)})
			s.tell(n, watch.Paid)
		}
		<-s.run.Done()
		if truth := s.run.Report().Truth; truth != (load.Truth{}) {
			s.Errorf("before: %+v", truth)
		}
		s.run.Judge([]load.Fact{fact(11, watch.NotPaid)})
		s.run.Judge(nil) // again changes nothing
		if truth := s.run.Report().Truth; truth != (load.Truth{Right: 6, Wrong: 6}) {
			s.Errorf("%+v", truth)
		}
	})
}

// A sandbox that cannot be asked fills no memory: then it is said that nobody compared.
func TestRun_WaitsForNoSandboxWithoutAnEnd(t *testing.T) {
	open(t, load.Config{Plan: one(12), Keep: 3, Learns: true}, func(s *counter) {
		s.at(12500 * ms)
		for n := range 12 {
			s.tell(n, watch.Paid)
		}
		<-s.run.Done()
		if samples, gone := s.run.Samples(); len(samples) != 6 || gone != 6 {
			s.Errorf("%d are kept and %d are not", len(samples), gone)
		}
		s.run.Judge(nil)
		if truth := s.run.Report().Truth; truth != (load.Truth{Wrong: 6, Unjudged: 6}) {
			s.Errorf("%+v", truth)
		}
	})
}

// A hosted page may be paid, and the sandbox may say so, before we hand the payment over: what
// was learned then holds, whatever is told of others in between.
func TestRun_JudgesWhatWasOverBeforeItWasHandedOver(t *testing.T) {
	plan := one(1)
	plan.Methods, _ = load.ParseMethods("hosted")
	open(t, load.Config{Plan: plan, Learns: true}, func(s *counter) {
		s.at(500 * ms)
		for _, id := range []watch.ID{"ORDER:1", "INVOICE:1"} {
			s.run.Learn([]load.Fact{{ID: id, Verdict: watch.Paid, At: s.born.Add(time.Second)}})
		}
		for n := range 9998 {
			s.run.Learn([]load.Fact{{ID: watch.ID(fmt.Sprintf("another-%d", n)), Verdict: watch.NotPaid}})
		}
		s.at(2 * time.Second)
		s.tell(0, watch.Paid)
		<-s.run.Done()
		s.run.Learned(time.Now())
		s.run.Judge(nil)
		if truth := s.run.Report().Truth; truth != (load.Truth{Right: 1}) {
			s.Errorf("%+v", truth)
		}
	})
}

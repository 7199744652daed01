package load_test

import (
	"slices"
	"testing"
	"time"

	"tillwatch/watch"
	"tillwatch/watch/load"
)

// text is an event's Text.
func text(why string) func(*watch.Event) { return func(e *watch.Event) { e.Text = why } }

// Each part of a channel's way is measured from the end of the one before, and once; what
// goes wrong is counted where it does.
func TestRun_MeasuresAChannelsWay(t *testing.T) {
	open(t, load.Config{Plan: one(2)}, func(s *counter) {
		s.at(1100 * ms)
		s.note(0, watch.EventJoining)
		s.at(1300 * ms)
		s.note(0, watch.EventNoKey, func(e *watch.Event) { e.From, e.Code = watch.FromAPI, 429 })
		s.note(0, watch.EventLost, text("realtime key: too many")) // of which the key is the cause
		s.at(2 * time.Second)
		s.note(0, watch.EventJoining)
		s.at(2400 * ms)
		s.note(0, watch.EventKey)
		s.at(2500 * ms)
		s.note(0, watch.EventLost, text("the join was refused: ChannelRateLimitReached: too many channels"))
		s.at(3 * time.Second)
		s.note(0, watch.EventJoining)
		s.note(0, watch.EventKey)
		s.at(3030 * ms)
		s.note(0, watch.EventJoined)
		s.at(4 * time.Second)
		s.note(0, watch.EventLost, text("the subscription was never confirmed"))
		s.note(0, watch.EventJoining) // with the key that it has
		s.at(4020 * ms)
		s.note(0, watch.EventJoined)
		s.at(4500 * ms)
		s.note(0, watch.EventReady)
		s.note(0, watch.EventReady) // again, it may hide a gap
		s.at(5 * time.Second)
		s.note(0, watch.EventLost, text("the connection broke"))
		s.note(0, watch.EventJoining)
		s.note(0, watch.EventKey)
		s.note(0, watch.EventJoined)
		s.at(5700 * ms)
		s.note(0, watch.EventReady)
		s.note(1, watch.EventJoining)
		s.note(1, watch.EventLost, text("the join had no answer"))
		s.note(1, watch.EventJoining)
		s.note(1, watch.EventNoKey) // we have no use for one any more, which is no error
		s.note(1, watch.EventLost, text("the channel is no longer wanted"))
		s.run.Note(watch.Event{ID: "another", From: watch.FromAPI, Kind: watch.EventNoKey}) // not of this run
		rep := s.at(6 * time.Second)
		for _, want := range []struct {
			name   string
			took   time.Duration
			errors uint64
			word   string
		}{
			{"turn", 100 * ms, 0, ""},
			{"key", 400 * ms, 1, "429"},
			{"join", 30 * ms, 2, "ChannelRateLimitReached"},
			{"ready", 480 * ms, 1, "lost"},
		} {
			st := stageOf(rep, want.name)
			if st.Name != "turn" && (st.N != 1 || st.Max != want.took) || st.P50 != st.P99 && st.Name != "turn" || st.Errors != want.errors || st.Error != want.word {
				s.Errorf("%+v, want %+v", st, want)
			}
		}
		if st := stageOf(rep, "turn"); st.N != 2 || st.P50 != 100*ms && st.P50.Round(ms) != 100*ms {
			s.Errorf("%+v", st)
		}
		if c := rep.Channel; c.Rejoins != 5 || c.Gap != 700*ms || c.Minted != 3 || c.Renewed != 2 {
			s.Errorf("%+v", c)
		}
	})
}

// What a payment's newest Snapshot says is where it counts, and one that has been PAID may
// move once more.
func TestRun_OutcomesFollowTheNewestWord(t *testing.T) {
	var streamed []load.Sample
	c := load.Config{Plan: one(4), Sample: func(s load.Sample) { streamed = append(streamed, s) }}
	open(t, c, func(s *counter) {
		s.at(4500 * ms)
		s.note(0, watch.EventHint, func(e *watch.Event) { e.Word = "processing" })
		s.tell(0, watch.Confirming)
		s.note(0, watch.EventHint, func(e *watch.Event) { e.Word = "completed" })
		s.tell(1, watch.Check) // asking has failed for a while
		rep := s.at(4600 * ms)
		if o := rep.Outcomes; o != (load.Outcomes{Confirming: 1, Check: 1, Waiting: 2}) || rep.Arrivals.Open != 3 {
			s.Errorf("%+v", o)
		}
		s.tell(0, watch.Paid)
		s.tell(1, watch.NotPaid)
		s.tell(2, watch.Paid)
		if o := s.at(4700 * ms).Outcomes; o != (load.Outcomes{Paid: 2, NotPaid: 1, Waiting: 1}) {
			s.Errorf("%+v", o)
		}
		s.tell(2, watch.Check, func(snap *watch.Snapshot) {
			snap.Reason, snap.Changed = watch.Contradicted, watch.Keep(watch.Answer{Code: 200, Status: watch.StatusFailed})
		})
		rep = s.at(4800 * ms)
		if o := rep.Outcomes; o != (load.Outcomes{Paid: 1, NotPaid: 1, Check: 1, Waiting: 1}) {
			s.Errorf("%+v", o)
		}
		if st := stageOf(rep, "start_to_paid"); st.N != 2 || st.Max != 3600*ms {
			s.Errorf("%+v", st) // it was told PAID, and that took so long
		}
		if st := stageOf(rep, "start_to_end"); st.N != 3 {
			s.Errorf("%+v", st)
		}
		if st := stageOf(rep, "hint_to_verified"); st.N != 1 || st.Max != 100*ms || rep.Channel.ByPoll != 2 {
			s.Errorf("%+v, %d by poll", st, rep.Channel.ByPoll)
		}
		if b := rep.Bars; b[0].N != 1 || b[1].N != 1 || b[1].From != 2*time.Second || b[1].To != 5*time.Second || b[7].To != 0 {
			s.Errorf("%+v", b)
		}
		s.tell(3, watch.Stopped)
		if rep = s.at(5 * time.Second); rep.State != load.Ended || rep.Outcomes.Stopped != 1 {
			s.Errorf("%v, %+v", rep.State, rep.Outcomes)
		}
		if got := rep.Series; !slices.Equal(got.Arrivals, []float64{0, 1, 1, 1, 1}) || !slices.Equal(got.Ended, []float64{0, 0, 0, 0, 3}) ||
			len(got.Slowest) != 5 || got.Slowest[4].Round(ms) != 100*ms || got.Slowest[3] != 0 {
			s.Errorf("%+v", got)
		}
	})
	var order []int
	for _, s := range streamed {
		order = append(order, s.Number)
	}
	if !slices.Equal(order, []int{1, 2, 3, 4}) || streamed[1].Failure != "PAYMENT_NOT_APPROVED" || streamed[2].Verdict != watch.Paid || streamed[3].Verdict != watch.Stopped {
		t.Errorf("streamed %v: %+v", order, streamed)
	}
}

// A CHECK for want of an answer heals when Dollr answers again, so it is waited for; one that a
// person has to look into is not.
func TestRun_DrainsPastACheckThatDoesNotHeal(t *testing.T) {
	because := func(why watch.Reason) func(*watch.Snapshot) { return func(s *watch.Snapshot) { s.Reason = why } }
	open(t, load.Config{Plan: one(2)}, func(s *counter) {
		s.at(2500 * ms)
		s.tell(0, watch.Check, because(watch.Unanswered))
		s.tell(1, watch.Check, because(watch.Unconfirmed))
		s.tell(1, watch.Check, because(watch.Unreadable))
		if rep := s.at(3 * time.Second); rep.State != load.Draining || rep.Outcomes.Check != 2 {
			s.Errorf("during an outage: %v, %+v", rep.State, rep.Outcomes)
		}
		s.tell(0, watch.Waiting) // an answer has healed it
		s.tell(1, watch.NotPaid)
		if rep := s.at(4 * time.Second); rep.State != load.Draining || rep.Arrivals.Open != 1 {
			s.Errorf("%v, %+v", rep.State, rep.Arrivals)
		}
		s.tell(0, watch.Check, because(watch.Overdue))
		if rep := s.at(5 * time.Second); rep.State != load.Ended || rep.Outcomes.Check != 1 {
			s.Errorf("%v, %+v", rep.State, rep.Outcomes)
		}
	})
}

// While the run goes on a sandbox tells what became of payments, some before we do and some
// behind: each is measured once, from when the API knew.
func TestRun_LearnsTheFactsWhileItRuns(t *testing.T) {
	open(t, load.Config{Plan: one(3)}, func(s *counter) {
		s.at(4 * time.Second)
		ids, at := s.ids(), s.born.Add(3500*ms)
		fact := func(n int, v watch.Verdict) load.Fact { return load.Fact{ID: ids[n], Verdict: v, At: at} }
		s.tell(0, watch.Paid)
		s.run.Learn([]load.Fact{fact(0, watch.Paid), fact(1, watch.Waiting), fact(2, watch.NotPaid), {ID: "another", Verdict: watch.Paid, At: at}})
		s.at(5 * time.Second)
		s.tell(2, watch.NotPaid)
		s.run.Learn([]load.Fact{fact(0, watch.Paid), fact(2, watch.NotPaid)}) // once more
		rep := s.run.Report()
		if st := stageOf(rep, "fact_to_told"); st.N != 2 || st.P50.Round(ms) != 500*ms || st.Max.Round(ms) != 1500*ms {
			s.Errorf("%+v", st)
		}
		if rep.Truth != (load.Truth{}) {
			s.Errorf("nothing was judged: %+v", rep.Truth)
		}
	})
}

// Nobody waits for ever.
func TestRun_WaitsForResultsAsLongAsThePlanSays(t *testing.T) {
	open(t, load.Config{Plan: one(2)}, func(s *counter) {
		if rep := s.at(61900 * ms); rep.State != load.Draining {
			s.Errorf("%v", rep.State)
		}
		if rep := s.at(62 * time.Second); rep.State != load.Ended || rep.Took != 62*time.Second || rep.Outcomes.Waiting != 2 {
			s.Errorf("%v after %v, %+v", rep.State, rep.Took, rep.Outcomes)
		}
	})
}

// Who was never begun, is still being made or only looks bad for want of an answer has no result
// either, whatever the outcomes call it; who was refused has one.
func TestRun_KnowsWhatHasNoResult(t *testing.T) {
	none, err := load.ParseExpectation("open==0")
	if err != nil {
		t.Fatal(err)
	}
	open(t, load.Config{Plan: one(5), AtOnce: 1, Expect: []load.Expectation{none}}, func(s *counter) {
		s.at(1500 * ms)
		s.tell(0, watch.Check, func(s *watch.Snapshot) { s.Reason = watch.Unanswered })
		s.set(func() { s.fails["checkout"] = code(400, watch.FaultRejected) })
		s.at(2500 * ms)
		s.set(func() { s.fails["checkout"], s.takes["checkout"] = nil, time.Hour })
		<-s.run.Done()
		rep := s.run.Report()
		if o := rep.Outcomes; o.Check != 1 || o.Failed != 2 || rep.Arrivals.Due != 5 || rep.Arrivals.Begun != 3 || rep.Unresolved != 4 {
			s.Errorf("%+v, %+v, %d unresolved", o, rep.Arrivals, rep.Unresolved)
		}
		if e := rep.Expected[0]; e.Met || e.Value != "4" {
			s.Errorf("that none is open is %+v", e)
		}
	})
}

// Memory has an end: the oldest of those that are over leave, and it is said how many.
func TestRun_KeepsNoMoreSamplesThanItIsTold(t *testing.T) {
	streamed := 0
	open(t, load.Config{Plan: one(10), Keep: 3, Sample: func(load.Sample) { streamed++ }}, func(s *counter) {
		s.at(10500 * ms)
		for n := range 8 {
			s.tell(n, watch.Paid)
		}
		samples, missing := s.run.Samples()
		var numbers []int
		for _, sample := range samples {
			numbers = append(numbers, sample.Number)
		}
		if !slices.Equal(numbers, []int{6, 7, 8, 9, 10}) || missing != 5 {
			s.Errorf("kept %v, %d missing", numbers, missing)
		}
		s.tell(0, watch.Check) // it is not kept, so nobody knows any more
		if o := s.run.Report().Outcomes; o.Paid != 8 || o.Waiting != 2 {
			s.Errorf("%+v", o)
		}
		s.tell(8, watch.Paid)
		s.tell(9, watch.Paid)
		<-s.run.Done()
		var facts []load.Fact
		for n, id := range s.ids() {
			verdict := watch.Paid
			if n == 9 {
				verdict = watch.NotPaid
			}
			facts = append(facts, load.Fact{ID: id, Verdict: verdict, At: time.Now()})
		}
		s.run.Judge(facts)
		if truth := s.run.Report().Truth; truth != (load.Truth{Right: 2, Wrong: 1, Unjudged: 7}) {
			s.Errorf("%+v", truth)
		}
	})
	if streamed != 10 {
		t.Errorf("%d were streamed", streamed)
	}
}

// Whoever takes samples too slowly fills no memory: some are left out, and counted.
func TestRun_LeavesOutWhatASlowReaderCannotTake(t *testing.T) {
	var streamed []int
	var goOn chan struct{}
	sample := func(one load.Sample) {
		<-goOn
		streamed = append(streamed, one.Number)
	}
	open(t, load.Config{Plan: one(10), Ahead: 3, Sample: sample}, func(s *counter) {
		goOn = make(chan struct{}) // of this bubble
		s.at(10500 * ms)
		for n := range 8 {
			s.tell(n, watch.Paid)
			s.at(10600 * ms)
		}
		if rep := s.run.Report(); rep.LeftOut != 4 || rep.Outcomes.Paid != 8 || rep.Unresolved != 2 {
			s.Errorf("%d are left out, %+v, %d unresolved", rep.LeftOut, rep.Outcomes, rep.Unresolved)
		}
		close(goOn)
		s.at(10700 * ms)
		s.tell(8, watch.Paid)
		s.tell(9, watch.Paid)
		<-s.run.Done()
		if rep := s.run.Report(); rep.LeftOut != 4 || rep.Unresolved != 0 {
			s.Errorf("%d are left out, %d unresolved", rep.LeftOut, rep.Unresolved)
		}
	})
	if !slices.Equal(streamed, []int{1, 2, 3, 4, 9, 10}) { // the first waits in the reader's hands
		t.Errorf("streamed %v", streamed)
	}
}

// A result is right when the sandbox says the same of the same money.
func TestRun_JudgesByWhatReallyHappened(t *testing.T) {
	open(t, load.Config{Plan: one(6)}, func(s *counter) {
		s.at(10 * time.Second)
		for n, verdict := range []watch.Verdict{watch.Paid, watch.Paid, watch.Paid, watch.NotPaid, watch.Paid, watch.Check} {
			s.tell(n, verdict)
		}
		<-s.run.Done()
		if truth := s.run.Report().Truth; truth != (load.Truth{}) {
			s.Errorf("before: %+v", truth)
		}
		ids := s.ids()
		at := s.born.Add(9 * time.Second)
		amount := func(n int) watch.Money { return s.handed[n].Expected }
		facts := []load.Fact{
			{ID: ids[0], Verdict: watch.Paid, At: at, Amount: amount(0)},
			{ID: ids[1], Verdict: watch.Paid, At: at, Amount: watch.Money{Amount: "0.01", Currency: amount(1).Currency}},
			{ID: ids[2], Verdict: watch.NotPaid, At: at},
			{ID: ids[3], Verdict: watch.NotPaid, At: at.Add(time.Hour), Amount: amount(3)}, // clocks differ
			// of the fifth the sandbox knows nothing
			{ID: ids[5], Verdict: watch.Paid, At: at, Amount: amount(5)},
			{ID: "another", Verdict: watch.Paid, At: at},
		}
		s.run.Judge(facts)
		s.run.Judge(facts) // again changes nothing
		rep := s.run.Report()
		if rep.Truth != (load.Truth{Right: 2, Wrong: 3}) {
			s.Errorf("%+v", rep.Truth)
		}
		if st := stageOf(rep, "fact_to_told"); st.N != 1 || st.Max != time.Second || st.P50 != time.Second {
			s.Errorf("%+v", st)
		}
	})
}

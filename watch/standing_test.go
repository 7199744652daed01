package watch

import (
	"context"
	"errors"
	"testing"
	"testing/synctest"
	"time"
)

// witnesses are payments that were answered at the seconds 1, 2, 3 …
func witnesses(n int) (*outage, []*standing) {
	o := &outage{}
	var all []*standing
	for i := range n {
		s := &standing{summon: func() {}}
		all = append(all, s)
		o.answer(s, noon.Add(time.Duration(i+1)*sec))
	}
	return o, all
}

var (
	fault500   = &Fault{Kind: FaultDown, Code: 500}
	faultReset = &Fault{Kind: FaultOffline}
	fault403   = &Fault{Kind: FaultGated, Code: 403}
)

func TestWitness_WhoWasAnsweredLastIsAskedFirstAndThenTheOthers(t *testing.T) {
	o, all := witnesses(3)
	late := noon.Add(time.Minute)
	o.fail(&standing{}, fault500, late)
	for i, want := range []int{2, 1, 0, 2} {
		if got := o.witness(time.Time{}, late.Add(time.Duration(i)*sec)); got != all[want] {
			t.Fatalf("question %d is not put to payment %d", i, want)
		}
	}
	all[1].busy = true
	o.retire(all[0])
	o.retire(all[0]) // again, as when it is verified after its end
	for range 2 {
		if o.witness(time.Time{}, late) != all[2] {
			t.Error("one that is asked already, or has ended, is asked")
		}
	}
	all[2].busy = true
	if o.witness(time.Time{}, late) != nil {
		t.Error("one that is asked already is asked")
	}
}

func TestWitness_IsAskedOnlyInDoubt(t *testing.T) {
	o, all := witnesses(1) // answered at second 1
	at := func(s float64) time.Time { return noon.Add(time.Duration(s * float64(sec))) }
	if o.witness(time.Time{}, at(60)) != nil || o.witness(at(58.1), at(60)) != nil {
		t.Error("nothing has failed, and no call takes long")
	}
	if o.witness(at(58), at(60)) != all[0] {
		t.Error("a call takes two seconds")
	}
	o.fail(&standing{}, fault500, at(1))
	if o.witness(time.Time{}, at(3.9)) != nil {
		t.Error("less than three seconds without an answer")
	}
	if o.witness(time.Time{}, at(4)) != all[0] {
		t.Error("three seconds without an answer")
	}
	o.answer(all[0], at(5))
	if o.witness(time.Time{}, at(60)) != nil {
		t.Error("it has answered")
	}
}

func TestOutage_WhatSpeaksForAll(t *testing.T) {
	o, all := witnesses(2)
	stranger := &standing{}
	for i := range 10 { // as often as it likes
		o.fail(stranger, fault500, noon.Add(time.Duration(10+i)*sec))
	}
	if o.conclude(noon.Add(time.Minute)) || o.failures != 0 {
		t.Fatal("one that was never answered speaks for all")
	}
	o.fail(all[0], fault500, noon.Add(20*sec))
	o.fail(all[0], fault500, noon.Add(21*sec))
	if o.failures != 1 {
		t.Fatalf("%d failures of one payment speak for all", o.failures)
	}
	o.fail(all[1], fault500, noon.Add(21*sec)) // none is left
	o.fail(stranger, fault500, noon.Add(22*sec))
	if o.failures != 3 || o.conclude(noon.Add(23*sec-1)) {
		t.Fatalf("%d failures, or down within three seconds", o.failures)
	}
	if !o.conclude(noon.Add(23*sec)) || o.broken != fault500 || o.conclude(noon.Add(24*sec)) {
		t.Error("it is not down, or is so twice")
	}
	o.fail(stranger, fault403, noon.Add(25*sec))
	o.fail(all[0], faultReset, noon.Add(26*sec))
	if o.broken != faultReset {
		t.Errorf("the reason is not the newest: %v", o.broken)
	}
	o.answer(stranger, noon.Add(27*sec))
	if o.broken != nil || !o.mended.Equal(noon.Add(27*sec)) || all[0].in(o.number).failed != 0 {
		t.Error("the first answer does not free all")
	}
}

func TestOutage_AWitnessHasToFailAfterThreeSecondsWhileThereAreSome(t *testing.T) {
	o, all := witnesses(5)
	for i := range 3 {
		o.fail(all[i], fault500, noon.Add(10*sec))
	}
	if o.conclude(noon.Add(time.Minute)) {
		t.Error("three failed at once, and two were not asked")
	}
	o.fail(all[3], fault500, noon.Add(13*sec))
	if !o.conclude(noon.Add(13 * sec)) {
		t.Error("one was asked three seconds later, and has failed")
	}
}

// The login is refused when no other was answered with the same credentials since.
func TestOutage_ARefusalIsOnesOwnWhenOthersWereAnsweredSince(t *testing.T) {
	o, all := witnesses(1)
	refused := &standing{}
	o.fail(refused, fault403, noon.Add(5*sec))
	o.answer(all[0], noon.Add(6*sec))
	o.retire(all[0]) // it has ended
	for i := range 5 {
		o.fail(refused, fault403, noon.Add(time.Duration(10+i)*sec))
	}
	if o.failures != 0 {
		t.Error("one payment is refused, and it speaks for all")
	}
	for i := range 5 {
		o.fail(&standing{}, fault403, noon.Add(time.Duration(20+i)*sec))
	}
	if o.failures != 5 {
		t.Error("new ones are refused too, and do not speak for all")
	}
}

func TestOutage_SinceWhenTheLineIsDead(t *testing.T) {
	o, all := witnesses(2)
	o.fail(&standing{}, faultReset, noon.Add(9*sec))
	if !o.offline.IsZero() {
		t.Error("one that does not speak for all makes the line dead")
	}
	o.fail(all[0], faultReset, noon.Add(10*sec))
	o.fail(all[1], faultReset, noon.Add(11*sec))
	if !o.offline.Equal(noon.Add(10 * sec)) {
		t.Errorf("it is dead since %v", o.offline)
	}
	o.fail(&standing{}, fault500, noon.Add(12*sec)) // that is an HTTP answer
	if !o.offline.IsZero() {
		t.Error("an HTTP answer came, and the line is called dead")
	}
	o.fail(all[0], faultReset, noon.Add(13*sec))
	o.answer(all[1], noon.Add(14*sec))
	if !o.offline.IsZero() || o.failures != 0 || o.troubled {
		t.Error("an answer came, and something is left of the trouble")
	}
}

// A 429 of one payment alone is waited out by it alone, longer each time, and a person who asks
// is not made to wait.
func TestThrottle_OnePaymentsOwn(t *testing.T) {
	withMany(t, DefaultStatusRate, Config{}, func(m *many) {
		m.hand(5, "", false)
		time.Sleep(2 * time.Second)
		it := m.hand(1, "429 alone", false)[0]
		time.Sleep(70 * time.Second)
		m.mu.Lock()
		var at []time.Time
		for _, r := range m.reads {
			if r.id == it.id {
				at = append(at, r.at)
			}
		}
		m.mu.Unlock()
		want := []time.Duration{sec, 2 * sec, 4 * sec, 8 * sec, 16 * sec, 30 * sec}
		if len(at) != len(want)+1 {
			m.Fatalf("it was read %d times", len(at))
		}
		for i, w := range want {
			if gap := at[i+1].Sub(at[i]) - answersIn; gap < w || gap > w+100*time.Millisecond {
				t.Errorf("pause %d is %v, want %v", i, gap, w)
			}
		}
		if h := m.fleet.Health(); h.Trouble != NoTrouble || h.StatusRate != DefaultStatusRate {
			t.Errorf("the others: %v, at %v reads a second", h.Trouble, h.StatusRate)
		}
		m.does([]*play{it}, "")
		m.fleet.Verify(it.id)
		time.Sleep(time.Second)
		if m.of(it).answered == 0 {
			t.Error("a person asked, and it waits on")
		}
	})
}

func TestTurn_OutsideAFleetDoesNotWait(t *testing.T) {
	if err := Turn(t.Context()); err != nil {
		t.Error(err)
	}
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	if err := Turn(ctx); !errors.Is(err, context.Canceled) {
		t.Errorf("of a call that has ended: %v", err)
	}
}

// Every exchange of a call has its turn, and is counted.
func TestTurn_WaitsForTheRate(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		b := newBudget(10, 10, func(bool, error) {})
		counted := map[bool]int{}
		b.again = func(status bool) { counted[status]++ }
		for range burst {
			if err := b.turn(t.Context(), b.status); err != nil {
				t.Fatal(err)
			}
		}
		begun := time.Now()
		for range 5 {
			_ = b.turn(t.Context(), b.status)
		}
		if took := time.Since(begun); took != 500*time.Millisecond {
			t.Errorf("five at ten a second took %v", took)
		}
		ctx, cancel := context.WithTimeout(t.Context(), time.Millisecond)
		defer cancel()
		if b.turn(ctx, b.status) == nil {
			t.Error("a call that has ended has its turn")
		}
		if err := b.turn(t.Context(), b.keys); err != nil || counted[true] != burst+6 || counted[false] != 1 {
			t.Errorf("%v, counted %v", err, counted)
		}
	})
}

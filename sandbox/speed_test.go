package sandbox

import (
	"math"
	"strings"
	"sync"
	"testing"
	"testing/synctest"
	"time"
)

// near says whether two times are the same but for the rounding of a division.
func near(a, b time.Duration) bool { return (a - b).Abs() < time.Microsecond }

// lived plays one order at speed 1, lets do act during it, and gives when it had its last
// word.
func lived(t *testing.T, o Order, do func(*testing.T, *Server)) (d time.Duration) {
	t.Helper()
	tell(t, Options{Seed: 3}, func(t *testing.T, m *merchant) {
		m.start(o)
		do(t, m.s)
		time.Sleep(30 * time.Minute)
		d = m.s.Truth()[0].At.Sub(m.s.born)
	})
	return d
}

func hurry(t *testing.T, s *Server, speed float64) {
	t.Helper()
	if err := s.SetSpeed(speed); err != nil {
		t.Fatal(err)
	}
	if s.Speed() != speed || s.State().Speed != speed {
		t.Errorf("speed %v is said to be %v and %v", speed, s.Speed(), s.State().Speed)
	}
}

// A presenter is impatient four seconds into it: only what is left goes faster.
func TestSetSpeed_WhatIsLeftCountsAtTheNewSpeed(t *testing.T) {
	const before, between = 4 * time.Second, time.Second
	for _, o := range []Order{{Scenario: "declined"}, {Scenario: "lapsed"}, {Scenario: "new-status"},
		{Scenario: "declined", After: 10 * time.Second}, {Scenario: "hosted-paid"}} {
		alone := lived(t, o, func(*testing.T, *Server) {})
		faster := lived(t, o, func(t *testing.T, s *Server) {
			time.Sleep(before)
			hurry(t, s, 4)
		})
		if want := before + (alone-before)/4; !near(faster, want) {
			t.Errorf("%+v took %v alone, and %v when it was hurried: want %v", o, alone, faster, want)
		}
		back := lived(t, o, func(t *testing.T, s *Server) {
			time.Sleep(before)
			hurry(t, s, 4)
			time.Sleep(between / 4)
			hurry(t, s, 0.5)
		})
		if want := before + between/4 + 2*(alone-before-between); !near(back, want) {
			t.Errorf("%+v took %v alone, and %v when it was hurried and calmed: want %v", o, alone, back, want)
		}
	}
}

func TestSetSpeed_LeavesRealTimesAlone(t *testing.T) {
	impatient := func(t *testing.T, s *Server) {
		time.Sleep(30 * time.Second)
		hurry(t, s, 100)
	}
	if d := lived(t, Order{Scenario: "late-paid"}, impatient); d < lateAfter || d > lateAfter+2*time.Second {
		t.Errorf("late-paid came after %v", d)
	}
	tell(t, Options{}, func(t *testing.T, m *merchant) {
		if err := m.s.SetFor(Errors, 10*time.Second); err != nil {
			t.Fatal(err)
		}
		hurry(t, m.s, 100)
		if time.Sleep(9 * time.Second); len(m.s.State().Faults) != 1 {
			t.Error("a fault ended before its time")
		}
		if time.Sleep(2 * time.Second); len(m.s.State().Faults) != 0 {
			t.Error("a fault did not end")
		}
	})
}

// While one presenter turns the knob this way and that, payments go on, each to its end.
func TestSetSpeed_WhilePaymentsComeAndGo(t *testing.T) {
	tell(t, Options{Seed: 5, Speed: 20}, func(t *testing.T, m *merchant) {
		var together sync.WaitGroup
		for knob := range 3 {
			together.Go(func() {
				for i := range 50 {
					hurriedly := []float64{0.5, 8, 64}[(knob+i)%3]
					if err := m.s.SetSpeed(hurriedly); err != nil {
						t.Error(err)
					}
					time.Sleep(7 * time.Millisecond)
				}
			})
		}
		together.Go(func() {
			for range 200 {
				if _, err := m.s.Start(Order{Scenario: "declined"}); err != nil {
					t.Error(err)
				}
				time.Sleep(time.Millisecond)
			}
		})
		together.Wait()
		time.Sleep(time.Minute)
		if st := m.s.State(); st.Statuses[failed] != 200 || st.Running != 0 {
			t.Errorf("they ended as %v, %d still running", st.Statuses, st.Running)
		}
	})
}

func TestSetSpeed_RefusesWhatIsNoSpeed(t *testing.T) {
	tell(t, Options{Speed: 4}, func(t *testing.T, m *merchant) {
		for _, bad := range []float64{0, -1, 0.09, 101, math.Inf(1), math.NaN()} {
			if err := m.s.SetSpeed(bad); err == nil || !strings.Contains(err.Error(), "must be from 0.1 to 100") {
				t.Errorf("speed %v: %v", bad, err)
			}
		}
		if m.s.Speed() != 4 {
			t.Errorf("the speed is %v", m.s.Speed())
		}
	})
}

func TestQueue_StretchesPacedTimesAndKeepsTheirOrder(t *testing.T) {
	tell(t, Options{}, func(t *testing.T, m *merchant) {
		var q queue
		defer q.close()
		born := time.Now()
		var order []string
		note := func(name string, want time.Duration) func() {
			return func() {
				order = append(order, name)
				if got := time.Since(born); got != want {
					t.Errorf("%s came after %v, want %v", name, got, want)
				}
			}
		}
		q.afterPaced(8*time.Second, note("first", 2*time.Second))
		q.afterPaced(8*time.Second, note("second", 2*time.Second))
		q.after(3*time.Second, note("real", 3*time.Second))
		q.afterPaced(20*time.Second, note("last", 5*time.Second))
		q.stretch(0.25)
		time.Sleep(time.Minute)
		synctest.Wait() // the last of them wrote what is read now
		if got := strings.Join(order, " "); got != "first second real last" {
			t.Errorf("they came as %s", got)
		}
	})
}

func TestQueue_APanicIsToldAndStopsNoOther(t *testing.T) {
	tell(t, Options{}, func(t *testing.T, m *merchant) {
		var told []string
		q := queue{fault: func(what, stack string) { told = append(told, what) }}
		defer q.close()
		done := false
		q.after(time.Second, func() { panic("no") })
		q.after(2*time.Second, func() { done = true })
		time.Sleep(time.Minute)
		synctest.Wait()
		if !done || len(told) != 1 || told[0] != "the sandbox failed (string)" {
			t.Errorf("done %v, told %q", done, told)
		}
	})
}

package watch

import (
	"context"
	"testing"
	"testing/synctest"
	"time"
)

func TestRoom_WhatIsLateGoesByWhatIsUsual(t *testing.T) {
	l := newLane(20)
	if l.late() != lateLeast {
		t.Errorf("before any answer a call is late after %v", l.late())
	}
	l.answeredIn(0)
	if l.usual != time.Millisecond {
		t.Errorf("an answer at once makes %v usual", l.usual)
	}
	l.usual = 0
	for range 20 {
		l.answeredIn(50 * time.Millisecond)
	}
	if l.usual != 50*time.Millisecond || l.late() != lateLeast {
		t.Errorf("usual is %v, and late %v", l.usual, l.late())
	}
	for range 30 { // half of them take five seconds
		l.answeredIn(5 * sec)
		l.answeredIn(50 * time.Millisecond)
	}
	if l.usual > 100*time.Millisecond {
		t.Errorf("half of all are slow, and usual is %v", l.usual)
	}
	for range 30 { // now all
		l.answeredIn(5 * sec)
	}
	if l.usual != 5*sec || l.late() != 15*sec {
		t.Errorf("all are slow: usual is %v, and late %v", l.usual, l.late())
	}
	l.answeredIn(50 * time.Millisecond)
	if l.usual != 2500*time.Millisecond {
		t.Errorf("a quick one makes %v usual", l.usual)
	}
}

// hanging is a budget with so many calls in the air that hang, and what they are told.
func hanging(t *testing.T, n int, session func(q *queue, given func() int)) {
	t.Helper()
	withBudget(t, 1000, func(q *queue) {
		q.asks("usual", readPoll)
		time.Sleep(time.Second)
		given := 0
		for range n {
			a := &ask{kind: readPoll, asked: time.Now(), deadline: time.Now(), index: -1}
			a.call = func(ctx context.Context) error {
				select {
				case <-ctx.Done():
				case <-time.After(10 * time.Second):
				}
				return &Fault{Kind: FaultOffline, Text: "timed out"}
			}
			a.done = func(err error, _ time.Time) {
				q.mu.Lock()
				defer q.mu.Unlock()
				if err == errOvertaken {
					given++
				}
			}
			q.put(q.status, a)
		}
		synctest.Wait()
		session(q, func() int {
			q.mu.Lock()
			defer q.mu.Unlock()
			return given
		})
		time.Sleep(time.Minute)
	})
}

// A lane full of calls that hang gives one up for each call that waits, when it is late, and
// none when nothing waits.
func TestRoom_ACallThatHangsMakesWay(t *testing.T) {
	hanging(t, inFlight, func(q *queue, given func() int) {
		time.Sleep(2 * sec)
		if given() != 0 {
			t.Fatalf("%d calls were given up for nothing", given())
		}
		for range 5 {
			q.asks("healthy", readPoll)
		}
		if n := len(q.calls()) - 1; n != 5 || given() < 1 || given() > 5 {
			t.Errorf("%d of 5 were made, and %d given up", n, given())
		}
	})
}

func TestRoom_ACallIsGivenUpNoSoonerThanItIsLate(t *testing.T) {
	hanging(t, inFlight, func(q *queue, given func() int) {
		q.asks("healthy", readPoll)
		time.Sleep(lateLeast - 10*time.Millisecond)
		if given() != 0 || len(q.calls()) != 1 {
			t.Errorf("%d calls were given up before they are late", given())
		}
		time.Sleep(20 * time.Millisecond)
		if given() != 1 || len(q.calls()) != 2 {
			t.Errorf("%d calls were given up", given())
		}
	})
}

// With one place left nothing has to make way.
func TestRoom_NothingIsGivenUpWhileThereIsAPlace(t *testing.T) {
	hanging(t, inFlight-1, func(q *queue, given func() int) {
		time.Sleep(2 * sec)
		for range 20 {
			q.asks("healthy", readPoll)
			time.Sleep(10 * time.Millisecond)
		}
		if n := len(q.calls()) - 1; given() != 0 || n != 20 {
			t.Errorf("%d were given up, and %d of 20 made", given(), n)
		}
	})
}

// Payments that hung before have a quarter of the places, and keep them for as long as a call
// may take.
func TestRoom_WhatHungBeforeHasAQuarter(t *testing.T) {
	withBudget(t, 1000, func(q *queue) {
		q.asks("usual", readPoll)
		time.Sleep(time.Second)
		now, given := 0, 0
		for range 40 {
			a := &ask{kind: readPoll, asked: time.Now(), deadline: time.Now(), index: -1, standing: &standing{hung: true}}
			a.call = func(ctx context.Context) error {
				q.mu.Lock()
				now++
				q.mu.Unlock()
				select {
				case <-ctx.Done():
					q.mu.Lock()
					given++
					q.mu.Unlock()
				case <-time.After(10 * time.Second):
				}
				q.mu.Lock()
				now--
				q.mu.Unlock()
				return &Fault{Kind: FaultOffline, Text: "timed out"}
			}
			a.done = func(error, time.Time) {}
			q.put(q.status, a)
		}
		for range 4 {
			time.Sleep(2 * sec)
			q.mu.Lock()
			if now != mostHanging {
				t.Errorf("%d calls are made at once, want %d", now, mostHanging)
			}
			q.mu.Unlock()
		}
		q.mu.Lock()
		if given != 0 {
			t.Errorf("%d were given up", given)
		}
		q.mu.Unlock()
		time.Sleep(time.Minute)
		q.budget.mu.Lock()
		defer q.budget.mu.Unlock()
		if q.status.hanging != 0 || q.status.queues.len() != 0 {
			t.Errorf("in the end %d places are taken", q.status.hanging)
		}
	})
}

package watch

import (
	"fmt"
	"slices"
	"testing"
	"time"
)

// readsBetween is the payments that were read in that part of the session, in order.
func (m *many) readsBetween(from, to time.Duration) []ID {
	m.mu.Lock()
	defer m.mu.Unlock()
	var ids []ID
	for _, r := range m.reads {
		if at := r.at.Sub(m.born); at >= from && at < to {
			ids = append(ids, r.id)
		}
	}
	return ids
}

func last(said []Snapshot) Snapshot { return said[len(said)-1] }

// trouble is what the banner says.
func (m *many) trouble() Trouble { return m.fleet.Health().Trouble }

// Everything fails. After three seconds without any answer the API is down: one payment a
// second is asked, each in its turn, and the first answer frees all the others.
func TestOutage_OneProbeASecondAndTheFirstAnswerFreesAll(t *testing.T) {
	for does, banner := range map[string]Trouble{"500": APIDown, "401": LoginRefused, "403": LoginRefused} {
		t.Run(does, func(t *testing.T) {
			withMany(t, 50, Config{}, func(m *many) {
				all := m.hand(100, "", false)
				time.Sleep(10 * time.Second)
				m.does(all, does)
				time.Sleep(2900 * time.Millisecond)
				if got := m.trouble(); got != NoTrouble {
					t.Errorf("after 2.9 s it is %v already", got)
				}
				time.Sleep(2 * time.Second)
				if got := m.trouble(); got != banner {
					t.Errorf("after five seconds it is %q, want %v", got, banner)
				}
				time.Sleep(5 * time.Second)
				from := time.Since(m.born)
				time.Sleep(60 * time.Second)
				probes := m.readsBetween(from, time.Since(m.born))
				if n := len(probes); n < 59 || n > 61 {
					t.Errorf("%d probes in a minute", n)
				}
				slices.Sort(probes)
				if n := len(slices.Compact(probes)); n < 59 {
					t.Errorf("only %d payments were asked in their turn", n)
				}
				for _, it := range all {
					if s := last(m.of(it).said); s.Verdict != Check || s.Link != Down {
						t.Errorf("%s is %v by %v", it.id, s.Verdict, s.Link)
					}
				}
				m.does(all, "")
				m.endOver(all, 0)
				time.Sleep(4 * time.Second)
				m.took(all)
				time.Sleep(5 * time.Second)
				if got := m.trouble(); got != NoTrouble {
					t.Errorf("once it is over it is %v", got)
				}
			})
		})
	}
}

// The payment that was answered last is the best probe: it is the first to be asked.
func TestOutage_WhoWasAnsweredLastIsAskedFirst(t *testing.T) {
	withBudget(t, 100, func(q *queue) {
		q.fails(&Fault{Kind: FaultDown, Code: 500, Text: "500"})
		for range 3 {
			q.asks("down", readPoll)
		}
		time.Sleep(3001 * time.Millisecond)
		q.doubt(time.Now())
		if q.open() == nil {
			q.Fatal("it is not down")
		}
		for i, answered := range []int{3, 9, 5, 7} {
			a := q.asks(fmt.Sprint("answered ", answered), readPoll)
			q.mu.Lock()
			q.budget.mu.Lock()
			a.standing.answered = q.born.Add(time.Duration(answered) * time.Hour)
			a.standing.failed = i % 2 // of 9 and 7 a read has failed since
			q.budget.mu.Unlock()
			q.mu.Unlock()
		}
		time.Sleep(4500 * time.Millisecond)
		want := []string{"down", "down", "down", "answered 5", "answered 3", "answered 9", "answered 7"}
		if got := q.calls()[:7]; !slices.Equal(got, want) {
			t.Errorf("asked %v, want %v", got, want)
		}
	})
}

// Dollr asks for a day's pause. It is obeyed for a minute, then one call asks whether it is
// over. What a person asks is asked at once even then, and does not prolong the pause.
func TestOutage_ADaysRetryAfterIsObeyedForAMinute(t *testing.T) {
	withMany(t, DefaultStatusRate, Config{}, func(m *many) {
		all := m.hand(20, "", false)
		time.Sleep(10 * time.Second)
		m.does(all, "429")
		time.Sleep(2 * time.Second)
		if h := m.fleet.Health(); h.Trouble != SlowedDown || h.Until.Sub(h.Since) > time.Minute {
			t.Errorf("%v until %v", h.Trouble, h.Until.Sub(h.Since))
		}
		paused := time.Since(m.born)
		time.Sleep(30 * time.Second)
		if n := len(m.readsBetween(paused, time.Since(m.born))); n != 0 {
			t.Errorf("%d reads within the pause", n)
		}
		for range 3 { // a person asks, and asks again
			before := m.of(all[3]).reads
			m.fleet.Verify(all[3].id)
			time.Sleep(2 * time.Second)
			if got := m.of(all[3]).reads; got != before+1 {
				t.Errorf("a person asked, and it was asked %d times", got-before)
			}
		}
		from := time.Since(m.born)
		time.Sleep(75*time.Second - from)
		if n := len(m.readsBetween(from, time.Since(m.born))); n != 1 {
			t.Errorf("%d reads to see whether it is over, want 1", n)
		}
		if got := m.trouble(); got != SlowedDown {
			t.Errorf("it is %v while it goes on", got)
		}
		m.does(all, "")
		before := m.of(all[4]).reads
		m.fleet.Verify(all[4].id)
		time.Sleep(time.Second)
		if m.of(all[4]).reads != before+1 || m.of(all[4]).answered == 0 {
			t.Error("a person asked, and it was not asked")
		}
		time.Sleep(75 * time.Second)
		if got := m.trouble(); got != NoTrouble {
			t.Errorf("a minute after its end it is %v", got)
		}
		for _, it := range all {
			for _, s := range m.of(it).said {
				if s.Failing() {
					m.Fatalf("%s is called failing: %q", it.id, s.Trouble)
				}
			}
		}
	})
}

// While the API is down a person's question is the next probe.
func TestOutage_APersonsQuestionIsTheNextProbe(t *testing.T) {
	withMany(t, DefaultStatusRate, Config{}, func(m *many) {
		all := m.hand(200, "500", false)
		time.Sleep(20 * time.Second)
		before := m.of(all[150]).reads
		m.fleet.Verify(all[150].id)
		time.Sleep(1100 * time.Millisecond)
		if m.of(all[150]).reads != before+1 {
			t.Error("it was not asked within a second")
		}
	})
}

// No call gets an answer, the line is dead: it takes five seconds to say so, and it is said
// since the first call without one.
func TestOutage_NoInternet(t *testing.T) {
	for _, does := range []string{"hang", "reset"} {
		withMany(t, DefaultStatusRate, Config{}, func(m *many) {
			all := m.hand(50, "", false)
			time.Sleep(10 * time.Second)
			m.does(all, does)
			dead := m.fleet.wall()
			time.Sleep(4500 * time.Millisecond)
			if got := m.trouble(); got == NoInternet {
				t.Errorf("%s: after 4.5 s it is %v", does, got)
			}
			time.Sleep(3 * time.Second)
			if h := m.fleet.Health(); h.Trouble != NoInternet || h.Since.Sub(dead) > 2*time.Second {
				t.Errorf("%s: it is %v since %v", does, h.Trouble, h.Since.Sub(dead))
			}
			time.Sleep(20 * time.Second)
			m.does(all, "")
			time.Sleep(12 * time.Second)
			if got := m.trouble(); got != NoTrouble {
				t.Errorf("%s: once it is over it is %v", does, got)
			}
		})
	}
}

// A payment whose own reads fail is asked again after 1 2 4 8 15 and then 30 s.
func TestOutage_APaymentThatFailsWaitsAlone(t *testing.T) {
	withMany(t, DefaultStatusRate, Config{}, func(m *many) {
		m.hand(10, "", false)
		time.Sleep(5 * time.Second)
		failing := m.hand(1, "500", false)[0]
		time.Sleep(2 * time.Minute)
		m.mu.Lock()
		defer m.mu.Unlock()
		var at []time.Time
		for _, r := range m.reads {
			if r.id == failing.id {
				at = append(at, r.at)
			}
		}
		want := []time.Duration{sec, 2 * sec, 4 * sec, 8 * sec, 15 * sec, 30 * sec, 30 * sec}
		if len(at) <= len(want) {
			m.Fatalf("read %d times", len(at))
		}
		for i, w := range want {
			if gap := at[i+1].Sub(at[i]); gap < w*9/10 || gap > w*11/10+200*time.Millisecond {
				t.Errorf("the wait after failure %d is %v, want %v", i+1, gap, w)
			}
		}
	})
}

// A bug in a part of the engine that is no payment's is logged, and the engine goes on.
func TestBudget_GoesOnAfterABugOfItsOwn(t *testing.T) {
	withBudget(t, 100, func(q *queue) {
		var broke []string
		q.broke = func(what string, err *panicError) {
			q.mu.Lock()
			defer q.mu.Unlock()
			broke = append(broke, what+": "+err.Error())
		}
		working := q.status.limiter
		q.budget.mu.Lock()
		q.status.limiter = nil // as a bug would leave it
		q.budget.mu.Unlock()
		q.asks("one", readPoll)
		time.Sleep(2500 * time.Millisecond)
		q.budget.mu.Lock()
		q.heard = func(bool, error) { panic("a bug, on purpose") }
		q.status.limiter = working
		q.budget.mu.Unlock()
		time.Sleep(2 * time.Second)
		q.mu.Lock()
		defer q.mu.Unlock()
		if _, told := q.ended["one"]; !told {
			t.Error("the outcome was not told")
		}
		if n := len(broke); n < 3 || n > 5 {
			t.Errorf("told %d times: %q", n, broke)
		}
	})
}

// Everybody is new when Dollr begins to say 429, but for one old payment that is not due. It is
// not asked twenty times a second for that.
func TestOutage_NewcomersThatAreAllSentAwaySlowTheWholeDown(t *testing.T) {
	withMany(t, DefaultStatusRate, Config{}, func(m *many) {
		m.hand(1, "", false)
		time.Sleep(time.Hour)
		m.hand(500, "429", false)
		from := time.Since(m.born)
		time.Sleep(30 * time.Second)
		if n := len(m.readsBetween(from, time.Since(m.born))); n > inFlight+20 {
			t.Errorf("%d calls were made", n)
		}
		if got := m.trouble(); got != SlowedDown {
			t.Errorf("it is %q", got)
		}
	})
}

// Everything fails for a while. When Dollr answers again, one operator is still in trouble, and each
// second a new payment of that one is handed over. None of those is answered, so none of them may be
// taken for a better probe than all that were answered before.
func TestOutage_NewcomersThatFailDoNotKeepItUp(t *testing.T) {
	withMany(t, DefaultStatusRate, Config{}, func(m *many) {
		healthy := m.hand(20, "", false)
		time.Sleep(10 * time.Second)
		m.does(healthy, "500")
		trickle := func(n int) {
			for range n {
				m.hand(1, "500", false)
				time.Sleep(time.Second)
			}
		}
		trickle(60)
		if got := m.trouble(); got != APIDown {
			m.Fatalf("the banner says %v", got)
		}
		m.does(healthy, "")
		m.endOver(healthy, 0)
		trickle(60)
		m.took(healthy) // all of them have a verdict by now
	})
}

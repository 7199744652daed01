package watch

import (
	"context"
	"fmt"
	"slices"
	"sync"
	"testing"
	"testing/synctest"
	"time"
)

// queue is a budget whose calls the test answers.
type queue struct {
	*testing.T
	*budget
	born time.Time

	mu    sync.Mutex
	made  []string
	times []time.Duration
	fault *Fault
	ended map[string]error
}

func withBudget(t *testing.T, perSecond float64, session func(*queue)) {
	t.Helper()
	synctest.Test(t, func(t *testing.T) {
		q := &queue{T: t, born: time.Now(), ended: map[string]error{}}
		q.budget = newBudget(perSecond, perSecond, func(bool, error) {})
		ctx, cancel := context.WithCancel(t.Context())
		over := make(chan struct{})
		go func() { defer close(over); q.run(ctx) }()
		session(q)
		cancel()
		<-over
	})
}

// asks puts a call into the status lane.
func (q *queue) asks(name string, k readKind) *ask {
	now := time.Now()
	a := &ask{kind: k, asked: now, deadline: now.Add(k.lead()), index: -1}
	a.call = func(context.Context) error {
		defer time.Sleep(time.Millisecond) // so that calls overlap
		q.mu.Lock()
		defer q.mu.Unlock()
		q.made = append(q.made, name)
		q.times = append(q.times, time.Since(q.born))
		if q.fault != nil {
			return q.fault
		}
		return nil
	}
	a.done = func(err error, _ time.Time) {
		q.mu.Lock()
		defer q.mu.Unlock()
		q.ended[name] = err
	}
	q.put(q.status, a)
	return a
}

func (q *queue) fails(f *Fault) {
	q.mu.Lock()
	defer q.mu.Unlock()
	q.fault = f
}

// calls is what was called so far.
func (q *queue) calls() []string {
	synctest.Wait()
	q.mu.Lock()
	defer q.mu.Unlock()
	return slices.Clone(q.made)
}

func TestBudget_TheMostUrgentGoesFirst(t *testing.T) {
	withBudget(t, 1, func(q *queue) {
		for i := range burst {
			q.asks(fmt.Sprint(i), readPoll)
		}
		if n := len(q.calls()); n != burst {
			t.Fatalf("%d of the burst were called", n)
		}
		q.asks("slow", readSlow)
		q.asks("poll", readPoll)
		q.asks("gap", readGap)
		q.asks("first", readFirst)
		late := q.asks("hastened", readSlow)
		q.asks("verify", readVerify)
		q.asks("user", readUser)
		q.drop(q.status, q.asks("dropped", readUser))
		q.hasten(q.status, late, readVerify, time.Now().Add(-time.Minute))
		time.Sleep(7 * time.Second)
		want := []string{"user", "hastened", "verify", "first", "gap", "poll", "slow"}
		if got := q.calls()[burst:]; !slices.Equal(got, want) {
			t.Errorf("called %v, want %v", got, want)
		}
	})
}

func TestBudget_NobodyStarves(t *testing.T) {
	withBudget(t, 1, func(q *queue) {
		for range burst {
			q.asks("burst", readPoll)
		}
		synctest.Wait()
		q.asks("patient", readSlow)
		for range 40 { // verifies come faster than they can be made
			q.asks("verify", readVerify)
			q.asks("verify", readVerify)
			time.Sleep(time.Second)
		}
		if !slices.Contains(q.calls(), "patient") {
			t.Error("forty seconds on, the slow read still waits")
		}
	})
}

func TestBudget_A429HalvesTheRateAndIsWaitedOut(t *testing.T) {
	withBudget(t, 20, func(q *queue) {
		q.fails(&Fault{Kind: FaultThrottled, RetryAfter: 14 * time.Second, Text: "429"})
		for i := range 10 {
			q.asks(fmt.Sprint(i), readPoll)
		}
		if n := len(q.calls()); n != 10 {
			t.Fatalf("%d called", n)
		}
		time.Sleep(time.Millisecond)
		synctest.Wait()
		l := q.load(time.Now())
		if l.statusRate != 10 || l.queued != 10 || l.slowed.Sub(q.born).Round(time.Second) != 14*time.Second {
			t.Errorf("one storm: rate %v, %d queued, paused for %v", l.statusRate, l.queued, l.slowed.Sub(q.born))
		}
		q.fails(nil)
		time.Sleep(13900 * time.Millisecond)
		if n := len(q.calls()); n != 10 {
			t.Fatalf("%d called before Retry-After was over", n-10)
		}
		time.Sleep(2 * time.Second)
		if n := len(q.calls()); n != 20 {
			t.Errorf("%d of 10 called after it", n-10)
		}
		time.Sleep(2 * time.Minute)
		if rate := q.load(time.Now()).statusRate; rate != 20 {
			t.Errorf("two minutes later the rate is %v", rate)
		}
	})
}

func TestBudget_TakesA429ThatWasUnderWayBeforeAGoodAnswer(t *testing.T) {
	withBudget(t, 20, func(q *queue) {
		for name, after := range map[string]time.Duration{"first 429": 1, "good": 2, "second 429": 3} {
			a := &ask{asked: time.Now(), deadline: time.Now(), index: -1}
			tries := 0
			a.call = func(context.Context) error {
				time.Sleep(after * 10 * time.Millisecond)
				if tries++; tries == 1 && name != "good" {
					return &Fault{Kind: FaultThrottled, Text: "429"} // and no Retry-After
				}
				return nil
			}
			a.done = func(err error, _ time.Time) {
				q.mu.Lock()
				defer q.mu.Unlock()
				q.ended[name] = err
			}
			q.put(q.status, a)
		}
		time.Sleep(5 * time.Second)
		q.mu.Lock()
		defer q.mu.Unlock()
		if len(q.ended) != 3 {
			t.Errorf("only %v came to an end", q.ended)
		}
	})
}

func TestBudget_OneCallThatAlwaysGets429DoesNotHoldUpTheRest(t *testing.T) {
	withBudget(t, 20, func(q *queue) {
		a := &ask{asked: time.Now(), deadline: time.Now(), index: -1}
		a.call = func(context.Context) error {
			time.Sleep(50 * time.Millisecond)
			return &Fault{Kind: FaultThrottled, Text: "429"}
		}
		a.done = func(error, time.Time) {}
		q.put(q.status, a)
		time.Sleep(10 * time.Minute)
		for i := range 20 {
			q.asks(fmt.Sprint(i), readPoll)
		}
		time.Sleep(3 * time.Minute)
		if n := len(q.calls()); n != 20 {
			t.Errorf("three minutes on, %d of 20 others were called", n)
		}
	})
}

func TestBudget_AsksOnceWhetherAStormIsOver(t *testing.T) {
	withBudget(t, 20, func(q *queue) {
		q.fails(&Fault{Kind: FaultThrottled, RetryAfter: 5 * time.Second, Text: "429"})
		for i := range 30 {
			q.asks(fmt.Sprint(i), readPoll)
		}
		first := len(q.calls())
		time.Sleep(21 * time.Second)
		if n := len(q.calls()) - first; n != 4 {
			t.Errorf("%d calls to see whether it was over, want one each 5 s", n)
		}
		if rate := q.load(time.Now()).statusRate; rate != 10 {
			t.Errorf("the rate was lowered to %v for one storm", rate)
		}
		q.fails(nil)
		time.Sleep(7 * time.Second)
		if queued := q.load(time.Now()).queued; queued != 0 {
			t.Errorf("%d of 30 still wait once it is over", queued)
		}
	})
}

func TestBudget_NeverSlowsDownToNothing(t *testing.T) {
	withBudget(t, 20, func(q *queue) {
		q.fails(&Fault{Kind: FaultThrottled, Text: "429"})
		q.asks("a", readPoll)
		time.Sleep(20 * time.Minute)
		rate := q.load(time.Now()).statusRate
		if rate < leastRate {
			t.Errorf("the rate is %v", rate)
		}
		n := len(q.calls())
		time.Sleep(time.Minute)
		if got := len(q.calls()) - n; got < 2 {
			t.Errorf("asked %d times in a minute of 429", got)
		}
	})
}

func TestBudget_ProbesOnceASecondWhileDollrIsDown(t *testing.T) {
	withBudget(t, 100, func(q *queue) {
		q.fails(&Fault{Kind: FaultDown, Code: 502, Text: "502"})
		for i := range 3 {
			q.asks(fmt.Sprint("down ", i), readPoll)
		}
		if n := len(q.calls()); n != 3 {
			t.Fatalf("%d called", n)
		}
		time.Sleep(2900 * time.Millisecond)
		q.doubt(time.Now())
		if q.open() != nil {
			t.Fatal("down within three seconds")
		}
		time.Sleep(101 * time.Millisecond)
		q.doubt(time.Now())
		for i := range 20 {
			q.asks(fmt.Sprint("queued ", i), readPoll)
		}
		time.Sleep(5 * time.Second)
		if n := len(q.calls()) - 3; n != 6 {
			t.Errorf("%d probes at once and in five seconds", n)
		}
		q.fails(nil)
		time.Sleep(1100 * time.Millisecond)
		if n := len(q.calls()) - 3; n != 20 {
			t.Errorf("after the first answer %d of 20 were called", n)
		}
	})
}

func TestBudget_TellsThoseWhoWaitThatDollrIsDown(t *testing.T) {
	within(t, Config{StatusRate: 1}, func(d *desk) {
		d.says("500")
		for i := range 80 { // more than the burst: some are never asked about
			d.hand(func(p *Payment) { p.Session, p.Reference = 0, fmt.Sprintf("%08d-0000-4000-8000-000000000000", i) })
		}
		d.pass(35 * time.Second)
		newest := map[ID]Snapshot{}
		for _, s := range d.said {
			newest[s.ID()] = s
		}
		for id, s := range newest {
			if s.Verdict != Check || s.Link != Down {
				t.Errorf("%s is %v by %v while nobody can be asked", id, s.Verdict, s.Link)
			}
		}
	})
}

func TestBudget_ABriefTroubleIsNotHeldAgainstThoseWhoWait(t *testing.T) {
	within(t, Config{}, func(d *desk) {
		d.says("500")
		for i := range 2000 { // a queue of 100 s
			d.hand(func(p *Payment) {
				p.Session, p.Reference = 0, fmt.Sprintf("%08d-0000-4000-8000-000000000000", i)
			})
		}
		d.pass(3 * time.Second)
		d.says(StatusProcessing)
		d.pass(40 * time.Second)
		newest := map[ID]Snapshot{}
		for _, s := range d.said {
			newest[s.ID()] = s
		}
		failing := 0
		for _, s := range newest {
			if s.Failing() {
				failing++
			}
		}
		if failing > burst {
			t.Errorf("%d rows are called failing: three reads failed, and the rest only waits", failing)
		}
	})
}

func TestBudget_RowsDoNotFlickerWhileMostCallsFail(t *testing.T) {
	within(t, Config{}, func(d *desk) {
		d.says("500")
		d.hand(func(p *Payment) { p.Session = 0 })
		for i := range 200 { // the last of them waits for 10 s and more
			d.hand(func(p *Payment) {
				p.Session, p.Reference = 0, fmt.Sprintf("%08d-0000-4000-8000-000000000000", i)
			})
		}
		for range 12 { // it opens and closes again
			d.pass(700 * time.Millisecond)
			d.fleet.budget.mu.Lock()
			d.fleet.budget.status.alive(time.Now())
			d.fleet.budget.mu.Unlock()
			d.pass(100 * time.Millisecond)
		}
		told, most := map[ID]int{}, 0
		for _, s := range d.said {
			told[s.ID()]++
			most = max(most, told[s.ID()])
		}
		if most > 8 {
			t.Errorf("one row changed %d times", most)
		}
	})
}

func TestBudget_APanicInACallIsItsOwnFault(t *testing.T) {
	withBudget(t, 100, func(q *queue) {
		a := &ask{asked: time.Now(), index: -1, call: func(context.Context) error { panic("on purpose") }}
		var got error
		a.done = func(err error, _ time.Time) { got = err }
		q.put(q.status, a)
		synctest.Wait()
		if got == nil {
			t.Error("nobody was told")
		}
		q.asks("next", readPoll)
		if !slices.Contains(q.calls(), "next") {
			t.Error("the lane stands still")
		}
	})
}

func TestTrust_IsLostAndEarned(t *testing.T) {
	changes := 0
	tr := trust{changed: func() { changes++ }}
	if !tr.held() {
		t.Error("not trusted at first")
	}
	tr.final(false)
	if !tr.held() {
		t.Error("one lost hint is no proof")
	}
	tr.final(false)
	if tr.held() || changes != 1 {
		t.Error("two lost hints of ten must do")
	}
	for range trustOver - 1 {
		tr.final(true)
	}
	if !tr.held() || changes != 2 {
		t.Error("nine good ones in a row do not earn it back")
	}

	tr.lag("a", -5*time.Second, time.Minute) // the database's clock is ahead
	tr.lag("a", -4*time.Second, time.Minute)
	if !tr.held() {
		t.Error("a lag of one second more is fine")
	}
	if tr.lag("a", 20*time.Second, 2*time.Second) || !tr.held() {
		t.Error("a row from before the channel was ready is held against it")
	}
	for range 2 {
		if !tr.lag("a", -time.Second, time.Minute) || !tr.held() {
			t.Error("four seconds over the best lag is late, and one payment's lag is its own")
		}
	}
	if !tr.lag("b", -time.Second, time.Minute) || tr.held() {
		t.Error("two payments' hints are late, and still all are trusted")
	}
	for range lagOver {
		tr.lag("a", -5*time.Second, time.Minute)
	}
	if !tr.held() {
		t.Error("in time again, and still not trusted")
	}
}

// Two channels were late, and trust was lost. One of them stays late for good, and the other ones
// are in time again: it is not held against those.
func TestTrust_OneChannelThatIsAlwaysLateDoesNotKeepItLost(t *testing.T) {
	var tr trust
	lag := func(id ID, d time.Duration) { tr.lag(id, d, time.Minute) }
	for _, id := range []ID{"a", "b", "c"} {
		lag(id, 200*time.Millisecond)
	}
	lag("a", 10*time.Second)
	lag("b", 10*time.Second)
	if tr.held() {
		t.Fatal("two payments' hints are late, and still all are trusted")
	}
	for range lagOver {
		lag("a", 10*time.Second)
		lag("c", 200*time.Millisecond)
	}
	if !tr.held() {
		t.Error("the others are in time again, and still not trusted")
	}
}

// After a 429, an API that hangs: the breaker's probe a second goes on all the same.
func TestBudget_ProbesOnceASecondAfterA429Too(t *testing.T) {
	withBudget(t, 20, func(q *queue) {
		mode, started := "429", 0
		for range 100 {
			a := &ask{asked: time.Now(), deadline: time.Now(), index: -1, done: func(error, time.Time) {}}
			a.call = func(context.Context) error {
				q.mu.Lock()
				now := mode
				started++
				q.mu.Unlock()
				if now == "429" {
					return &Fault{Kind: FaultThrottled, RetryAfter: time.Second, Text: "429"}
				}
				time.Sleep(10 * time.Second)
				return &Fault{Kind: FaultOffline, Text: "timed out"}
			}
			q.put(q.status, a)
		}
		time.Sleep(100 * time.Millisecond)
		q.mu.Lock()
		mode = "hang"
		q.mu.Unlock()
		time.Sleep(40 * time.Second) // by now the breaker is open
		q.mu.Lock()
		before := started
		q.mu.Unlock()
		time.Sleep(20 * time.Second)
		q.mu.Lock()
		defer q.mu.Unlock()
		if n := started - before; n < 19 || n > 21 {
			t.Errorf("%d probes in 20 s", n)
		}
	})
}

// A good answer ends the caution, however long it took and whatever was given back since.
func TestBudget_ASlowGoodAnswerEndsTheStorm(t *testing.T) {
	withBudget(t, 20, func(q *queue) {
		storm := true
		var started []time.Duration
		for range 60 {
			a := &ask{asked: time.Now(), deadline: time.Now(), index: -1, done: func(error, time.Time) {}}
			a.call = func(context.Context) error {
				q.mu.Lock()
				now := storm
				started = append(started, time.Since(q.born))
				q.mu.Unlock()
				if now {
					return &Fault{Kind: FaultThrottled, RetryAfter: 5 * time.Second, Text: "429"}
				}
				time.Sleep(8 * time.Second)
				return nil
			}
			q.put(q.status, a)
		}
		time.Sleep(time.Millisecond)
		q.mu.Lock()
		storm = false
		q.mu.Unlock()
		for range 15 {
			time.Sleep(time.Second)
			q.load(time.Now()) // as Health does, which gives the rate back
		}
		q.mu.Lock()
		defer q.mu.Unlock()
		after := 0
		for _, at := range started {
			if at > 13*time.Second {
				after++
			}
		}
		if after < 5 {
			t.Errorf("after the good answer at 13 s %d calls were made: %v", after, started[50:])
		}
	})
}

// The database's clock of one payment's server is an hour behind, or its rows tell nonsense. All
// others are held against each other.
func TestTrust_OnePaymentsNonsenseDoesNotMakeTheOthersLate(t *testing.T) {
	for name, order := range map[string][]ID{"it comes first": {"liar", "a", "b", "c"}, "it comes last": {"a", "b", "c", "liar"}} {
		t.Run(name, func(t *testing.T) {
			var tr trust
			for range 3 {
				for _, id := range order {
					d := 200 * time.Millisecond
					if id == "liar" {
						d = -time.Hour
					}
					tr.lag(id, d, time.Minute)
				}
			}
			for _, id := range []ID{"a", "b", "c", "new"} {
				if tr.lag(id, 300*time.Millisecond, time.Minute) {
					t.Errorf("%s is late", id)
				}
			}
			if !tr.held() {
				t.Error("nothing is trusted any more")
			}
			if !tr.lag("a", 4*time.Second, time.Minute) || !tr.held() || !tr.lag("b", 4*time.Second, time.Minute) || tr.held() {
				t.Error("what is late by four seconds at two of them is not noticed, or at one is held against all")
			}
		})
	}
}

// A channel whose hints come late is not relied on, and those of the others are.
func TestTrust_ALateChannelIsPolledAlone(t *testing.T) {
	withMany(t, DefaultStatusRate, Config{Window: WindowUntilFinal}, func(m *many) {
		all := m.hand(5, "", true)
		time.Sleep(20 * time.Second)
		for _, it := range all {
			m.commit(it, 100*time.Millisecond)
		}
		m.commit(all[0], 10*time.Second)
		time.Sleep(time.Second)
		before, other := m.of(all[0]).reads, m.of(all[1]).reads
		time.Sleep(20 * time.Second)
		if n := m.of(all[0]).reads - before; n < 4 {
			t.Errorf("the late one was read %d times in 20 s", n)
		}
		if n := m.of(all[1]).reads - other; n > 3 {
			t.Errorf("another one was read %d times in 20 s", n)
		}
		if !m.fleet.Health().Trusted {
			t.Error("no channel is trusted any more")
		}
	})
}

package watch

import (
	"bytes"
	"context"
	"fmt"
	"log/slog"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"testing/synctest"
	"time"
)

// The screen asks for Health while payments come in and people press keys: no lock of the
// fleet may be waited for by who holds a watcher's, and the other way round.
func TestFleet_TellsItsHealthWhilePaymentsComeIn(t *testing.T) {
	fleet := New(Config{API: &desk{T: t, status: StatusCompleted, born: time.Now()}, Tell: func(Snapshot) {}})
	ctx, cancel := context.WithCancel(t.Context())
	ended := make(chan struct{})
	go func() { defer close(ended); _ = fleet.Run(ctx) }()

	stop := make(chan struct{})
	var busy, health sync.WaitGroup
	busy.Go(func() {
		for i := range 20_000 {
			p := Payment{Reference: fmt.Sprintf("%08d-0000-4000-8000-000000000000", i%40)}
			if _, err := fleet.Add(p); err != nil {
				t.Error(err)
			}
			fleet.Resume(p.ID()) // wakes one that has ended
		}
	})
	health.Go(func() {
		for {
			select {
			case <-stop:
				return
			default:
				fleet.Health()
			}
		}
	})
	over := make(chan struct{})
	go func() { defer close(over); busy.Wait(); close(stop); health.Wait() }()
	select {
	case <-over:
	case <-time.After(20 * time.Second):
		t.Fatal("the fleet and its watchers wait for each other")
	}
	cancel()
	<-ended
}

// Two times with a monotonic reading are compared by it, and it stands still while the
// machine sleeps: a payment an hour old would pass for a fresh one.
func TestFleet_CountsAgesByTheWallAlone(t *testing.T) {
	// Outside a bubble, for in one no time has a monotonic reading.
	ctx, cancel := context.WithCancel(t.Context())
	defer cancel()
	var told Snapshot
	fleet := New(Config{API: &desk{T: t, status: StatusCompleted, born: time.Now()}, Tell: func(s Snapshot) {
		told = s
		cancel()
	}})
	if _, err := fleet.Add(Payment{Reference: ref}); err != nil {
		t.Fatal(err)
	}
	_ = fleet.Run(ctx)
	for name, at := range map[string]time.Time{"handed": told.Handed, "told": told.At} {
		if at.IsZero() || at != at.Round(0) {
			t.Errorf("%s at %v", name, at)
		}
	}
}

func TestFleet_AsksNoKeyForAChannelThatWasLeft(t *testing.T) {
	within(t, Config{}, func(d *desk) {
		d.takes(2 * sec)
		d.hand()
		d.keys(&Fault{Kind: FaultThrottled, Code: 429, RetryAfter: 5 * time.Second, Text: "429"})
		d.mu.Lock()
		line := d.line
		d.mu.Unlock()
		ctx, leave := context.WithCancel(d.Context())
		go func() {
			time.Sleep(time.Second)
			leave()
		}()
		if _, err := line.Token(ctx); err == nil {
			t.Error("a key was given")
		}
		d.pass(time.Minute)
		if n := d.fleet.Health().Keys; n != 1 {
			t.Errorf("asked for %d keys", n)
		}
	})
}

// A load run's own calls may find out that the login is refused before a read does. Whoever
// has mended it asks at once, and a payment that had no answer is read without its wait.
func TestFleet_ARefusedLoginIsTriedAgainAtOnce(t *testing.T) {
	wait, forgot := 42*time.Second, 0
	within(t, Config{Outlook: func(h *Health) { h.LoginWait = wait }, Forget: func() { forgot++ }}, func(d *desk) {
		if h := d.fleet.Health(); h.Trouble != LoginRefused || h.Until.Sub(d.fleet.wall()) != 42*time.Second {
			t.Errorf("%v until %v", h.Trouble, h.Until)
		}
		wait = 0
		if h := d.fleet.Health(); h.Trouble != NoTrouble {
			t.Errorf("%v", h.Trouble)
		}
		d.says("401")
		d.hand(func(p *Payment) { p.Executed = d.born.Add(-20 * time.Minute) })
		d.pass(40 * time.Second)
		asked := d.asked()
		d.says(StatusCompleted)
		d.fleet.Retry()
		d.pass(time.Second) // the API is down for all, so there is one probe a second
		if got := d.asked(); forgot != 1 || got != asked+1 {
			t.Errorf("forgot %d times, read %d times, want 1 and %d", forgot, got, asked+1)
		}
		d.fleet.Retry()
		d.pass(time.Millisecond)
		if got := d.asked(); got != asked+1 {
			t.Errorf("read %d times, though nothing had failed", got-asked)
		}
	})
}

func TestFleet_AKeyDoesNotHideThatStatusesAreGated(t *testing.T) {
	within(t, Config{}, func(d *desk) {
		d.says("403")
		d.hand()
		d.pass(6 * sec)
		if _, err := d.token(); err != nil {
			t.Fatal(err)
		}
		if h := d.fleet.Health(); h.Trouble != LoginRefused {
			t.Errorf("the program's trouble is %v", h.Trouble)
		}
		d.says(StatusProcessing)
		d.pass(3 * sec)
		if h := d.fleet.Health(); h.Trouble != NoTrouble {
			t.Errorf("the program's trouble is still %v", h.Trouble)
		}
	})
}

func TestFleet_AClockSetBackDoesNotPutACheckOff(t *testing.T) {
	within(t, Config{}, func(d *desk) {
		d.hand()
		d.tells(Notice{Kind: Ready})
		d.pass(5 * sec)
		d.tells(row(StatusCompleted))
		d.mu.Lock()
		d.skew = -time.Hour
		d.mu.Unlock()
		d.pass(33 * sec)
		d.want(Check, Live)
		if r := d.last().Reason; r != Unconfirmed {
			t.Errorf("reason %d", r)
		}
	})
}

func TestFleet_SurvivesAPanicOfWhoeverItTells(t *testing.T) {
	told := 0
	synctest.Test(t, func(t *testing.T) {
		d := &desk{T: t, status: StatusProcessing, born: time.Now()}
		fleet := New(Config{API: d, Tell: func(Snapshot) {
			if told++; told > 1 {
				panic("a bug, on purpose")
			}
		}})
		ctx, cancel := context.WithTimeout(t.Context(), time.Minute)
		defer cancel()
		if _, err := fleet.Add(Payment{Reference: ref}); err != nil {
			t.Fatal(err)
		}
		_ = fleet.Run(ctx)
	})
	if told != 3 { // the first, the one that broke, and its CHECK
		t.Errorf("told %d times", told)
	}
}

// What takes the events may be what is broken: of a payment whose history nobody can note, the
// CHECK is told all the same, and the others go on.
func TestFleet_SurvivesAPanicOfWhoeverNotes(t *testing.T) {
	var verdicts []Verdict
	synctest.Test(t, func(t *testing.T) {
		d := &desk{T: t, status: StatusProcessing, born: time.Now()}
		fleet := New(Config{API: d, Note: func(Event) { panic("a bug, on purpose") },
			Tell: func(s Snapshot) { verdicts = append(verdicts, s.Verdict) }})
		ctx, cancel := context.WithTimeout(t.Context(), time.Minute)
		defer cancel()
		if _, err := fleet.Add(Payment{Reference: ref}); err != nil {
			t.Fatal(err)
		}
		_ = fleet.Run(ctx)
	})
	if len(verdicts) == 0 || verdicts[len(verdicts)-1] != Check {
		t.Errorf("told %v", verdicts)
	}
}

func TestWatcher_TakesAReadInThatCameBehindAPanic(t *testing.T) {
	within(t, Config{}, func(d *desk) {
		d.takes(3 * sec)
		d.hand(func(p *Payment) { p.Session = 0 })
		w := d.fleet.watchers[ID(ref)].watcher
		w.mu.Lock()
		w.mail = append(w.mail, func() { panic("a bug, on purpose") }) // it rings no bell: the outcome comes behind it
		w.mu.Unlock()
		d.pass(5 * sec)
		d.want(Check, Done)
		d.says(StatusCompleted)
		d.fleet.Verify(ID(ref))
		d.pass(5 * sec)
		d.want(Paid, Done)
	})
}

func TestFleet_SaysNoInternetWhileTheFirstCallStillHangs(t *testing.T) {
	within(t, Config{}, func(d *desk) {
		d.hand(func(p *Payment) { p.Session = 0 })
		d.says("hang")
		d.pass(6 * sec)
		if h := d.fleet.Health(); h.Trouble != NoTrouble {
			t.Errorf("%v, four seconds into the first call", h.Trouble)
		}
		d.pass(2 * sec)
		h := d.fleet.Health()
		if h.Trouble != NoInternet || h.Text == "" || h.Since.Sub(d.born) > 3*sec {
			t.Errorf("%v (%q) since %v", h.Trouble, h.Text, h.Since.Sub(d.born))
		}
		for range 40 { // the call fails, others hang and fail: all that is one outage
			d.pass(sec)
			if again := d.fleet.Health(); again.Trouble != NoInternet || again.Since != h.Since {
				t.Fatalf("at %v: %v since %v", time.Since(d.born), again.Trouble, again.Since.Sub(d.born))
			}
		}
	})
}

// A till whose clock is an hour fast learns the time: ages go on, and so does the patience.
func TestFleet_AClockSetBackDoesNotStopTheAges(t *testing.T) {
	jumps := 0
	within(t, Config{Jumped: func() { jumps++ }}, func(d *desk) {
		d.hand(func(p *Payment) { p.Session = 0 })
		d.pass(10 * sec)
		d.jump(-time.Hour)
		d.pass(50 * sec)
		if s := d.last(); !s.Slow {
			t.Errorf("after a minute it is %v, slow %v", s.Verdict, s.Slow)
		}
		d.pass(4 * time.Minute)
		if s := d.last(); s.Verdict != Check || s.Reason != Overdue {
			t.Errorf("after five minutes it is %v by reason %d", s.Verdict, s.Reason)
		}
		if n := d.asked(); n > 70 {
			t.Errorf("%d reads: its age stood still", n)
		}
		if jumps != 1 {
			t.Errorf("the jump was told %d times", jumps)
		}
	})
}

// While a program is stopped, by ctrl+z for one, both clocks go on, and its sockets die.
func TestFleet_AStoppedProgramAsksAboutEverythingWhenItGoesOn(t *testing.T) {
	var jumps atomic.Int32
	within(t, Config{Jumped: func() {
		if jumps.Add(1) == 1 {
			time.Sleep(20 * sec) // nothing of the fleet's looks at a clock for so long
		}
	}}, func(d *desk) {
		d.hand()
		d.tells(Notice{Kind: Ready})
		d.jump(time.Minute)
		d.pass(10 * sec)
		if n := jumps.Load(); n != 1 {
			t.Fatalf("the jump is told %d times", n)
		}
		d.pass(12 * sec)
		if n := jumps.Load(); n != 2 {
			t.Errorf("stopped for 20 s, it tells of %d jumps", n)
		}
	})
}

// After a night with the lid closed the first thing said about a payment is not CHECK, for
// the answer that says PAID is a second away.
func TestFleet_ASuspendedPaymentIsAskedBeforeItIsCalledOverdue(t *testing.T) {
	within(t, Config{}, func(d *desk) {
		d.hand()
		d.tells(Notice{Kind: Ready})
		d.pass(20 * sec)
		d.says(StatusCompleted)
		d.takes(sec)
		before := len(d.said)
		d.jump(time.Hour)
		d.pass(5 * sec)
		d.want(Paid, Done)
		for _, s := range d.said[before:] {
			if s.Verdict == Check {
				t.Errorf("it was CHECK by reason %d on the way", s.Reason)
			}
		}
		d.says(StatusProcessing)
		_, _ = d.fleet.Add(Payment{Reference: "650e8400-e29b-41d4-a716-446655440000"})
		d.pass(20 * sec)
		d.says("hang")
		d.jump(time.Hour)
		d.pass(16 * sec)
		if s := d.last(); s.Verdict != Check {
			t.Errorf("nobody answers, and it is %v", s.Verdict)
		}
	})
}

func TestFleet_TellsSinceWhenTheChannelIsDown(t *testing.T) {
	since := time.Date(2026, 11, 25, 9, 0, 0, 0, time.UTC)
	down := true
	within(t, Config{Outlook: func(h *Health) {
		if down {
			h.Trouble, h.Text, h.Since = ChannelDown, "no way to its network", since
		}
	}}, func(d *desk) {
		d.says("500")
		d.hand(func(p *Payment) { p.Session = 0 })
		d.pass(10 * sec)
		if h := d.fleet.Health(); h.Trouble != APIDown || h.Since.Equal(since) {
			t.Errorf("the worse trouble is %v since %v", h.Trouble, h.Since)
		}
		d.says(StatusProcessing)
		d.pass(6 * sec)
		if h := d.fleet.Health(); h.Trouble != ChannelDown || !h.Since.Equal(since) {
			t.Errorf("then it is %v since %v, want since %v", h.Trouble, h.Since, since)
		}
		down = false
		if h := d.fleet.Health(); h.Trouble != NoTrouble || !h.Since.IsZero() {
			t.Errorf("at last it is %v since %v", h.Trouble, h.Since)
		}
	})
}

// A key whose turn comes when the channel is of no more use is not asked for.
func TestFleet_AsksNoKeyForAChannelOfNoMoreUse(t *testing.T) {
	within(t, Config{}, func(d *desk) {
		d.keys(&Fault{Kind: FaultThrottled, Code: 429, RetryAfter: 40 * time.Second, Text: "429"})
		d.hand()
		failed := make(chan error, 1)
		go func() {
			_, err := d.token()
			failed <- err
		}()
		d.pass(sec)
		d.keys(nil)
		d.pass(time.Minute)
		if err := <-failed; err == nil || d.fleet.Health().Keys != 1 {
			t.Errorf("the key came with %v after %d calls", err, d.fleet.Health().Keys)
		}
	})
}

// A type and an id belong together: half of one source and half of another is none.
func TestFleet_FillsASourceAsAPair(t *testing.T) {
	within(t, Config{}, func(d *desk) {
		add := func(want Addition, p Payment) {
			t.Helper()
			p.Reference = ref
			if got, err := d.fleet.Add(p); got != want || err != nil {
				t.Errorf("%+v was %v, %v, want %v", p, got, err, want)
			}
			d.pass(sec)
		}
		add(Added, Payment{SourceType: "ORDER"})
		add(Kept, Payment{SourceType: "INVOICE", SourceID: 7})
		add(Filled, Payment{SourceType: "ORDER", SourceID: 5, Expected: Money{"18.0", "USD"}})
		add(Again, Payment{SourceType: "ORDER", SourceID: 5, Expected: Money{"18.00", "USD"}})
		add(Kept, Payment{Expected: Money{"7.00", "USD"}, Label: "new"})
		if s := d.last(); s.SourceType != "ORDER" || s.SourceID != 5 || s.Expected != (Money{"18.0", "USD"}) || s.Label != "new" {
			t.Errorf("it is known as %+v", s.Payment)
		}
	})
}

// The usual source type asks for keys, and is not told of the payment as if it were its own.
func TestFleet_TheUsualSourceTypeIsForKeysAlone(t *testing.T) {
	within(t, Config{SourceType: "INVOICE"}, func(d *desk) {
		d.hand(func(p *Payment) { p.SourceType, p.SourceID = "", 0 })
		d.wantChannels(1, 0)
		if s := d.last(); s.SourceType != "" {
			t.Errorf("its source type is %q", s.SourceType)
		}
	})
}

// The journal is worse than being slowed down, and better than hearing nothing at all.
func TestHealth_SaysThatTheJournalIsNotWritten(t *testing.T) {
	unkept := ""
	within(t, Config{Outlook: func(h *Health) { h.Unkept, h.UnkeptSince = unkept, time.Unix(1, 0) }}, func(d *desk) {
		d.hand()
		d.pass(2 * sec)
		unkept = "the disk is full"
		if h := d.fleet.Health(); h.Trouble != NotKept || h.Text != unkept || !h.Since.Equal(time.Unix(1, 0)) {
			t.Errorf("%v (%q) since %v", h.Trouble, h.Text, h.Since)
		}
		d.says("offline")
		d.pass(20 * sec)
		if h := d.fleet.Health(); h.Trouble != NoInternet || h.Unkept == "" {
			t.Errorf("offline it is %v, unkept %q", h.Trouble, h.Unkept)
		}
		d.says(StatusProcessing)
		unkept = ""
		d.pass(20 * sec)
		if h := d.fleet.Health(); h.Trouble != NoTrouble || !h.Since.IsZero() {
			t.Errorf("at the end %v since %v", h.Trouble, h.Since)
		}
	})
}

// Who is told of a jump of the clocks has a bug. It is logged, and all payments are asked about.
func TestFleet_SurvivesAPanicOfWhoIsToldOfAJump(t *testing.T) {
	var log bytes.Buffer
	c := Config{Jumped: func() { panic("a bug, on purpose") }, Log: slog.New(slog.NewTextHandler(&log, nil))}
	within(t, c, func(d *desk) {
		d.hand()
		d.tells(Notice{Kind: Ready})
		d.pass(3 * sec)
		d.says(StatusCompleted)
		d.jump(time.Hour)
		d.want(Paid, Done)
		d.jump(time.Hour)
	})
	if n := strings.Count(log.String(), "panicked"); n != 2 {
		t.Errorf("%d panics are in the log: %s", n, &log)
	}
}

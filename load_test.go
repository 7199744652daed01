package main

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"tillwatch/config"
	"tillwatch/sandbox"
	"tillwatch/sandbox/remote"
	"tillwatch/ui"
	"tillwatch/ui/lines"
	"tillwatch/watch"
	"tillwatch/watch/dollr"
	"tillwatch/watch/load"
)

// Should a load run ever come so far with the live API's address, nothing is asked there.
func TestLoad_TheLiveAPIIsRefusedWhenItIsAsked(t *testing.T) {
	s := &shift{asked: config.Load{Own: true}}
	settings, err := config.Given([]string{"DOLLR_BASE_URL=https://api.heydollr.app", "DOLLR_CLIENT_ID=shop", "DOLLR_CLIENT_SECRET=hush-hush"})
	if err != nil {
		t.Fatal(err)
	}
	s.job = newJob(settings, config.JSON)
	var out, said bytes.Buffer
	s.lines, s.aside = lines.New(&out, lines.JSON), lines.NewAside(&said, false)
	s.wire()
	asked := false
	s.job.prepare = func(api *dollr.Client, _ func(string, string)) error {
		_, err := api.Login(t.Context())
		if asked = err != nil && strings.Contains(err.Error(), "this is Dollr's live API: a load run would ask real customers for money"); !asked {
			t.Errorf("the login ends with %v", err)
		}
		return errors.New("enough")
	}
	if err := s.job.run(t.Context(), func(context.Context) {}); err == nil || !asked {
		t.Errorf("it ends with %v", err)
	}
}

// Nor is the channel opened there, though the API is our sandbox's.
func TestLoad_NoSocketIsOpenedAtTheLiveAPI(t *testing.T) {
	box, base := openSandbox(t)
	settings, err := config.Given(append(box.Env(base), "SUPABASE_URL=https://realtime.heydollr.app"))
	if err != nil {
		t.Fatal(err)
	}
	j := newJob(settings, config.JSON)
	j.own, j.stake.own, j.unasked = true, true, config.RefuseLive
	var out, said bytes.Buffer
	j.lines, j.aside = lines.New(&out, lines.JSON), lines.NewAside(&said, false)
	ctx, cancel := context.WithTimeout(t.Context(), patience)
	defer cancel()
	found := watch.Health{}
	err = j.run(ctx, func(ctx context.Context) {
		in, err := box.Start(sandbox.Order{Scenario: "stuck"})
		if err != nil {
			t.Error(err)
		}
		j.take("the test", watch.Payment{Session: in.SessionID, Reference: in.ReferenceID, SourceType: in.SourceType})
		for every := time.NewTicker(20 * time.Millisecond); ctx.Err() == nil; <-every.C {
			if h := j.fleet.Health(); strings.Contains(h.Text, "this is Dollr's live API") {
				found = h
				cancel()
			}
		}
	})
	if found.Trouble != watch.ChannelDown {
		t.Errorf("the trouble is %v: %s, and it ends with %v", found.Trouble, found.Text, err)
	}
}

func TestLoad_BadWordsAreRefusedBeforeAnythingStarts(t *testing.T) {
	for want, l := range map[string]config.Load{
		`--scenarios: unknown scenario "payd"; known are paid, `:   {Scenarios: "payd=3"},
		`--methods: unknown method "cash"; known are mtn-lr, `:     {Methods: "cash"},
		`--expect: expectation "fast": it compares nothing; `:      {Expect: []string{"fast"}},
		`--links "offline": must be one of clean, premature, join`: {Links: "offline"},
		`--samples: run.csv is there already: give the name of`:    {Samples: filepath.Join(t.TempDir(), "run.csv")},
	} {
		if l.Samples != "" {
			if err := os.WriteFile(l.Samples, []byte("kept"), 0o600); err != nil {
				t.Fatal(err)
			}
		}
		l.Own, l.Rate, l.Speed, l.Limits, l.Drain, l.Output = true, 1, 1, "default", time.Minute, config.JSON
		err := loadRun(t.Context(), l)
		if err == nil || !strings.HasPrefix(err.Error(), want) || strings.Contains(err.Error(), "\n") {
			t.Errorf("got  %v\nwant %s", err, want)
		}
		if text, _ := os.ReadFile(l.Samples); l.Samples != "" && string(text) != "kept" {
			t.Errorf("the file became %q", text)
		}
	}
	l := config.Load{Own: true, Rate: 1, Speed: 1, Limits: "default", Drain: time.Minute, Output: config.JSON, Samples: filepath.Join(t.TempDir(), "no", "run.csv")}
	if err := loadRun(t.Context(), l); err == nil || !strings.HasPrefix(err.Error(), "--samples: ") || !strings.Contains(err.Error(), "no such file or directory") {
		t.Errorf("a folder that is not there: %v", err)
	}
}

func TestFactOf_IsTheLastWordThatAWatcherWaitsFor(t *testing.T) {
	at := time.Date(2026, 11, 26, 14, 30, 0, 0, time.UTC)
	truth := func(scenario, status string, final bool) sandbox.Truth {
		return sandbox.Truth{Reference: "AB-1", SourceType: "ORDER", SourceID: 5, Scenario: scenario, Status: status, Final: final, At: at, Amount: "12.50", Currency: "USD"}
	}
	for name, c := range map[string]struct {
		truth sandbox.Truth
		want  watch.Verdict
		timed bool
	}{
		"paid":                        {truth("paid", "COMPLETED", true), watch.Paid, true},
		"failed":                      {truth("declined", "FAILED", true), watch.NotPaid, true},
		"a page that was left":        {truth("hosted-canceled", "CANCELED", true), watch.NotPaid, true},
		"under way":                   {truth("paid", "PROCESSING", false), watch.Waiting, false},
		"it never landed":             {truth("not-landed", "", false), watch.Waiting, false},
		"paid, to be taken back":      {truth("flip", "COMPLETED", false), watch.Paid, true},
		"paid, and taken back":        {truth("flip", "FAILED", true), watch.Paid, false},
		"a flip that is not paid yet": {truth("flip", "PROCESSING", false), watch.Waiting, false},
	} {
		got := factOf(c.truth)
		if got.ID != "ab-1" || got.Verdict != c.want || got.At.IsZero() == c.timed || got.Amount.String() != "USD 12.50" {
			t.Errorf("%s is %+v", name, got)
		}
	}
	hosted := truth("hosted-paid", "PAID", true)
	if hosted.Reference = ""; factOf(hosted).ID != "ORDER:5" || factOf(hosted).Verdict != watch.Paid {
		t.Errorf("a hosted payment is %+v", factOf(hosted))
	}
}

func TestLoad_ARefusedLoginIsOneThatNobodyEverGot(t *testing.T) {
	for name, c := range map[string]struct {
		counts []dollr.Count
		want   bool
	}{
		"nothing yet":         {nil, false},
		"no answer":           {[]dollr.Count{{Call: "token", Code: 0, Times: 3}}, false},
		"refused":             {[]dollr.Count{{Call: "token", Code: 0, Times: 3}, {Call: "token", Code: 401, Times: 1}}, true},
		"forbidden":           {[]dollr.Count{{Call: "token", Code: 403, Times: 1}}, true},
		"refused in between":  {[]dollr.Count{{Call: "token", Code: 200, Times: 1}, {Call: "token", Code: 401, Times: 1}}, false},
		"another call's 401":  {[]dollr.Count{{Call: "status/collection", Code: 401, Times: 1}}, false},
		"an API that is down": {[]dollr.Count{{Call: "token", Code: 503, Times: 9}}, false},
	} {
		if got := loginRefused(c.counts); got != c.want {
			t.Errorf("%s: refused is %v", name, got)
		}
	}
}

// ended is a shift whose run is over, with one payment that our sandbox says was PAID.
func ended(t *testing.T, expect ...string) *shift {
	t.Helper()
	s := &shift{job: newJob(config.Settings{}, config.JSON), finished: true}
	for _, text := range expect {
		e, err := load.ParseExpectation(text)
		if err != nil {
			t.Fatal(err)
		}
		s.expect = append(s.expect, e)
	}
	run, err := load.New(load.Config{
		Shop:   new(dollr.Client),
		Hand:   func(watch.Payment, func()) (watch.Addition, error) { return 0, nil },
		Expect: s.expect,
	})
	if err != nil {
		t.Fatal(err)
	}
	run.Judge(nil)
	s.run = run
	return s
}

func TestLoad_HowItEndsIsTheExitStatus(t *testing.T) {
	going, cut := context.Background(), func() context.Context {
		ctx, cancel := context.WithCancel(context.Background())
		cancel()
		return ctx
	}()
	fault := errors.New("the disk is full")
	for name, c := range map[string]struct {
		ctx    context.Context
		err    error
		faults error
		change func(*shift)
		want   error
		says   string
	}{
		"all is well":                 {ctx: going},
		"a fault of the job":          {ctx: going, err: fault, want: fault},
		"a fault beside it":           {ctx: going, err: config.Exit(130), faults: fault, want: fault},
		"interrupted before its end":  {ctx: cut, err: config.Exit(130), want: config.Exit(130)},
		"an endless one, interrupted": {ctx: cut, change: func(s *shift) { s.finished = false }},
		"unmet":                       {ctx: going, change: func(s *shift) { *s = *ended(t, "paid>=70%", "begun==0") }, want: config.Exit(6), says: "tillwatch: expected paid>=70%: nothing was measured\n"},
		"unmet, interrupted":          {ctx: cut, err: config.Exit(130), change: func(s *shift) { *s = *ended(t, "paid>=70%") }, want: config.Exit(130)},
		"unmet, on a board":           {ctx: going, change: func(s *shift) { *s = *ended(t, "paid>=70%"); s.output = config.Board }},
		"the reader has gone":         {ctx: going, change: func(s *shift) { *s = *ended(t, "paid>=70%"); s.finished = false }},
		"refused by the fleet":        {ctx: going, err: config.Exit(5), want: config.Exit(5)},
		"refused from the start":      {ctx: going, change: func(s *shift) { s.refused.Store(true) }, want: config.Exit(5)},
		"not begun":                   {ctx: going, err: config.Refuse("no"), change: func(s *shift) { s.run = nil }, want: config.Refuse("no")},
	} {
		s := ended(t)
		if c.change != nil {
			c.change(s)
		}
		var err error
		said := said(t, func() { err = s.verdict(c.ctx, c.err, c.faults) })
		if (err == nil) != (c.want == nil) || err != nil && err.Error() != c.want.Error() || said != c.says {
			t.Errorf("%s ends with %v and says %q", name, err, said)
		}
	}
	s := ended(t)
	s.unjudged = errors.New("it does not answer")
	if err := s.verdict(going, nil, nil); err == nil || err.Error() != "nobody knows whether the verdicts are right: it does not answer" {
		t.Errorf("our own sandbox that cannot be asked: %v", err)
	}
}

// kiosk is a shop that sells one thing.
type kiosk struct{ load.Shop }

func (kiosk) CreateCheckout(context.Context, dollr.CheckoutRequest) (dollr.Checkout, error) {
	return dollr.Checkout{SourceType: "ORDER", SourceID: 5}, nil
}
func (kiosk) CreateSession(context.Context, string, int64) (dollr.Session, error) {
	return dollr.Session{ID: 55}, nil
}
func (kiosk) CreateAccount(context.Context, dollr.AccountRequest) (dollr.Account, error) {
	return dollr.Account{ID: "7"}, nil
}
func (kiosk) Execute(context.Context, dollr.ExecutionRequest) (watch.Answer, error) {
	return watch.Answer{}, nil
}

// A verdict that the sandbox knows nothing of goes before all else, on a board too.
func TestLoad_AWrongVerdictIsSaidLoudly(t *testing.T) {
	s := ended(t)
	var run *load.Run
	run, err := load.New(load.Config{
		Shop: kiosk{}, Plan: load.Plan{Rate: 100, Payments: 1},
		Hand: func(p watch.Payment, kept func()) (watch.Addition, error) {
			kept()
			run.Tell(watch.Snapshot{Known: watch.Known{Payment: p}, Judgement: watch.Judgement{Verdict: watch.Paid}, Link: watch.Done})
			return watch.Added, nil
		},
	})
	if err != nil {
		t.Fatal(err)
	}
	if err := run.Run(t.Context()); err != nil {
		t.Fatal(err)
	}
	run.Judge(nil)
	s.run = run
	for _, output := range []config.Output{config.JSON, config.Board} {
		s.output = output
		err := s.verdict(t.Context(), config.Exit(130), errors.New("the disk is full"))
		var status config.Exit
		if err == nil || !strings.HasPrefix(err.Error(), "WRONG verdicts: 1. ") || errors.As(err, &status) {
			t.Errorf("it ends with %v", err)
		}
	}
}

func TestSamples_AFullDiskIsAFaultAtTheEnd(t *testing.T) {
	name := filepath.Join(t.TempDir(), "run.jsonl")
	s, err := openSamples(name)
	if err != nil {
		t.Fatal(err)
	}
	s.put(load.Sample{Number: 1, Scenario: "paid"})
	s.file.Close() // a disk that takes no more
	s.put(load.Sample{Number: 2})
	s.put(load.Sample{Number: 3})
	if err := s.close(ended(t).run); err == nil || !strings.HasPrefix(err.Error(), "not all samples are in their file: ") {
		t.Errorf("it ends with %v", err)
	}
	if text, _ := os.ReadFile(name); strings.Count(string(text), "\n") != 1 || !strings.Contains(string(text), `"scenario":"paid"`) {
		t.Errorf("the file is %q", text)
	}
	if s, err = openSamples(filepath.Join(t.TempDir(), "RUN.CSV")); err != nil {
		t.Fatal(err)
	}
	name = s.file.Name()
	s.put(load.Sample{Number: 1, Scenario: "paid"})
	s.put(load.Sample{Number: 2, Scenario: "=cmd"})
	if info, err := os.Stat(name); err != nil || info.Mode().Perm() != 0o600 {
		t.Errorf("the file is %v, %v", info.Mode(), err)
	}
	if text, _ := os.ReadFile(name); strings.Count(string(text), "number,") != 1 || strings.Count(string(text), "\n") != 3 || !strings.Contains(string(text), "'=cmd") {
		t.Errorf("the file is %q", text)
	}
	if err := s.close(nil); err != nil {
		t.Error(err)
	}
	if _, err := os.Stat(name); !os.IsNotExist(err) {
		t.Errorf("a run that did not begin leaves a file: %v", err)
	}
}

// Samples that a slow disk did not take are missed by whoever reads the file.
func TestSamples_WhatWasLeftOutIsAFaultAtTheEnd(t *testing.T) {
	file, err := openSamples(filepath.Join(t.TempDir(), "run.jsonl"))
	if err != nil {
		t.Fatal(err)
	}
	s, tooSlow := new(shift), make(chan struct{})
	s.run, err = load.New(load.Config{
		Shop: kiosk{}, Plan: load.Plan{Rate: 1000, Payments: 5}, Ahead: 1,
		Hand: func(p watch.Payment, kept func()) (watch.Addition, error) {
			kept()
			s.run.Tell(watch.Snapshot{Known: watch.Known{Payment: p}, Judgement: watch.Judgement{Verdict: watch.Paid}, Link: watch.Done})
			return watch.Added, nil
		},
		Sample: func(one load.Sample) {
			<-tooSlow
			file.put(one)
		},
	})
	if err != nil {
		t.Fatal(err)
	}
	over := make(chan error)
	go func() { over <- s.run.Run(t.Context()) }()
	soon(t, "all have ended", func() bool { return s.run.Report().State == load.Ended })
	n := s.run.Report().LeftOut // one is in the reader's hands, if it was quick, and one waits
	close(tooSlow)
	if err := <-over; err != nil {
		t.Fatal(err)
	}
	want := fmt.Sprintf("not all samples are in their file: it took them too slowly, so %d were left out", n)
	if err := file.close(s.run); n < 3 || err == nil || err.Error() != want {
		t.Errorf("%d are left out, and it ends with %v", n, err)
	}
}

// Whatever answers at an address on this machine may call itself a sandbox and name faults.
func TestFaultDesk_FaultsOfAnotherDoNoHarm(t *testing.T) {
	d := newFaultDesk(nil)
	d.keep(append(slices.Repeat([]sandbox.Fault{"hang"}, 40), "late"))
	if on := d.on(); len(on) != faultsMost {
		t.Errorf("%d faults are told of", len(on))
	}
	d.keep([]sandbox.Fault{sandbox.Hang, "\x1b[2J\nPAID \u009b1m231883456789"})
	r := load.Report{Faults: d.on()}
	words, line := string(wordsOf(time.Now(), r)), string(objectOf(everySecond, time.Now(), r).line())
	if !strings.Contains(words, ", faults: hang PAID ") || strings.Count(words, "\n") != 1 || strings.Contains(words, "\x1b") {
		t.Errorf("it is said %q", words)
	}
	for _, text := range []string{words, line} {
		if strings.Contains(text, "\u009b") || strings.Contains(text, "231883456789") {
			t.Errorf("it is said %q", text)
		}
	}
}

// A sandbox that was started anew during a run has not made the run's first payments, and may
// not call what was said of them wrong.
func TestTruth_OfASandboxThatIsYoungerThanTheRunIsNone(t *testing.T) {
	_, base := openSandbox(t)
	control, err := remote.New(base)
	if err != nil {
		t.Fatal(err)
	}
	defer control.Close()
	s := ended(t)
	s.hands, s.began = newFaultDesk(control), time.Now()
	if err := s.lastLook(t.Context()); err != nil {
		t.Errorf("of one that was there before: %v", err)
	}
	s.age = time.Hour
	if err := s.lastLook(t.Context()); err == nil || err.Error() != "the sandbox was started anew while the run went on" {
		t.Errorf("of one that is younger: %v", err)
	}
}

// The board's own summary stands above the run's, so that a small terminal ends with what
// became of the run; and so do notes that waited for the screen to be gone.
func TestLoad_TheRunHasTheLastWord(t *testing.T) {
	box, base := openSandbox(t)
	settings, err := config.Given(box.Env(base))
	if err != nil {
		t.Fatal(err)
	}
	out, err := os.CreateTemp(t.TempDir(), "said")
	if err != nil {
		t.Fatal(err)
	}
	terminal := os.Stdout
	os.Stdout = out
	defer func() { os.Stdout = terminal }()
	s := &shift{asked: config.Load{Own: true, Expect: []string{"begun==0"}}}
	if err := s.read(); err != nil {
		t.Fatal(err)
	}
	s.job = newJob(settings, config.Board)
	s.aside = lines.NewAside(out, true)
	s.wire()
	s.job.show = func(context.Context, *ui.Model, *watch.Latest) (ui.Summary, error) {
		s.aside.Note("something that waited")
		return ui.Summary{Title: "the board"}, nil
	}
	if err := s.job.run(t.Context(), func(context.Context) {}); err != nil {
		t.Error(err)
	}
	text, err := os.ReadFile(out.Name())
	if err != nil {
		t.Fatal(err)
	}
	at := -1
	for _, part := range []string{"tillwatch board [?] the board", "something that waited", "tillwatch load [", "Outcomes: none"} {
		next := strings.Index(string(text), part)
		if next <= at {
			t.Errorf("%q does not come behind what should stand above it:\n%s", part, text)
		}
		at = next
	}
	if !strings.HasSuffix(string(text), "OK expected begun==0: 0\n") && !strings.HasSuffix(string(text), "XX expected begun==0: nothing was measured\n") {
		t.Errorf("it ends with something else:\n%s", text)
	}
}

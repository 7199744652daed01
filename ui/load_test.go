package ui

import (
	"errors"
	"fmt"
	"image/color"
	"slices"
	"strings"
	"testing"
	"time"

	tea "charm.land/bubbletea/v2"
	"github.com/charmbracelet/colorprofile"
	"github.com/charmbracelet/x/exp/golden"

	"tillwatch/watch"
	"tillwatch/watch/load"
)

const (
	ms  = time.Millisecond
	sec = time.Second
)

// calmRun is a load run that goes well.
func calmRun() load.Report {
	stage := func(name, title string, n uint64, p50, p90, p95, p99, most time.Duration) load.Stage {
		return load.Stage{Name: name, Title: title, N: n, P50: p50, P90: p90, P95: p95, P99: p99, Max: most}
	}
	r := load.Report{
		State: load.Running, Took: 3*time.Minute + 12*sec, Left: 6*time.Minute + 48*sec, Corrected: true,
		Arrivals: load.Arrivals{Target: 12, Actual: 11.8, Goal: 20, GoalIn: 40 * sec, Due: 2212, Begun: 2212, Open: 97},
		Stages: []load.Stage{
			stage("checkout", "checkout", 2212, 21*ms, 48*ms, 71*ms, 180*ms, 410*ms),
			stage("session", "session", 2212, 14*ms, 31*ms, 40*ms, 90*ms, 210*ms),
			stage("account", "account", 2211, 12*ms, 28*ms, 39*ms, 88*ms, 200*ms),
			stage("stored", "stored", 2211, 420*time.Microsecond, 1200*time.Microsecond, 2*ms, 9*ms, 31*ms),
			stage("execute", "execute", 2210, 30*ms, 61*ms, 80*ms, 210*ms, 480*ms),
			stage("turn", "join turn", 2210, 2*ms, 8*ms, 15*ms, 40*ms, 90*ms),
			stage("key", "key", 2210, 142*ms, 310*ms, 402*ms, 911*ms, 1800*ms),
			stage("join", "join", 2207, 221*ms, 540*ms, 688*ms, 1500*ms, 9980*ms),
			stage("ready", "ready", 2203, 1340*ms, 2410*ms, 2800*ms, 4120*ms, 6020*ms),
			stage("hint_to_verified", "hint>verified", 1680, 96*ms, 240*ms, 311*ms, 870*ms, 2200*ms),
			stage("start_to_paid", "start>PAID", 1711, 22400*ms, 56800*ms, 73900*ms, 150200*ms, 299100*ms),
			stage("start_to_end", "start>end", 2113, 21100*ms, 55*sec, 71*sec, 149*sec, 299100*ms),
			{Name: "fact_to_told", Title: "fact>told"},
		},
		Outcomes: load.Outcomes{Paid: 1711, NotPaid: 402, Check: 2, Waiting: 92, Confirming: 5},
		Channel:  load.Channel{Lost: 31, ByPoll: 12, Late: 19, Duplicates: 4, Rejoins: 118, Gap: 11200 * ms, Away: 3, Minted: 2331, Renewed: 121},
		Bars:     histogram(212, 590, 655, 198, 44, 12, 0),
		Calls:    calls(200, 9204, 201, 2212, 404, 31),
	}
	for i := range 100 {
		r.Series.Arrivals = append(r.Series.Arrivals, 8+float64(i%9))
		r.Series.Ended = append(r.Series.Ended, float64(i%13))
		r.Series.Slowest = append(r.Series.Slowest, time.Duration(i%7)*130*ms)
	}
	r.Expected = []load.Expected{
		{Text: "start_to_paid.p99<200s", Value: "150s", Met: true}, {Text: "paid>=70%", Value: "77.4%", Met: true},
		{Text: "wrong==0", Value: "0", Met: true},
	}
	return r
}

// histogram is a histogram with so many payments in each bar.
func histogram(counts ...uint64) []load.Bar {
	edges := []time.Duration{0, 10 * sec, 20 * sec, 40 * sec, 80 * sec, 160 * sec, 300 * sec, 0}
	list := make([]load.Bar, len(counts))
	for i, n := range counts {
		list[i] = load.Bar{From: edges[i], To: edges[i+1], N: n}
	}
	return list
}

// calls are codes and how often each came.
func calls(pairs ...int) []load.Call {
	var list []load.Call
	for i := 0; i < len(pairs); i += 2 {
		list = append(list, load.Call{Code: pairs[i], Times: uint64(pairs[i+1])})
	}
	return list
}

// troubledRun is one in which nearly everything goes wrong.
func troubledRun() load.Report {
	r := calmRun()
	r.Arrivals = load.Arrivals{Target: 20, Actual: 13.4, Due: 4210, Begun: 4102, Open: 1204, Late: 5400 * ms}
	for i := range r.Stages {
		switch s := &r.Stages[i]; s.Name {
		case "key":
			s.Errors, s.Error, s.P99, s.Max = 213, "429", 14*sec, 31*sec
		case "join":
			s.Errors, s.Error = 4, "TIMED_OUT"
		case "ready":
			s.Errors, s.Error = 2, "no system ok"
		}
	}
	r.Outcomes = load.Outcomes{Paid: 2204, NotPaid: 611, Check: 71, Confirming: 60, Waiting: 1144, Stopped: 3, Failed: 9}
	r.Channel.Wrong, r.Channel.Dropped, r.Channel.Lost = 2, 17, 1310
	r.Calls = calls(200, 12033, 201, 4102, 429, 213, 404, 31, 503, 7, 0, 3)
	r.Faults = []string{"throttle", "cut"}
	r.Expected = append(r.Expected, load.Expected{Text: "http.429==0", Value: "213"}, load.Expected{Text: "fact_to_told.p99<5s"})
	r.Expected[0] = load.Expected{Text: "start_to_paid.p99<60s", Value: "150s"}
	r.Corrected = false
	return r
}

// shop is a load run in a test: it tells what the test puts into it, and keeps what it was
// asked to do.
type shop struct {
	report  load.Report
	steered []load.Steering
	set     []string
	err     error // of an export
	exports int
}

// onRun gives a screen a load run.
func onRun(s *shop) func(*Options) {
	return func(o *Options) {
		o.Title = "lr-0142"
		o.Load = &Load{
			Report: func() load.Report { return s.report },
			Steer: func(do load.Steering) string {
				s.steered = append(s.steered, do)
				switch do.Verb {
				case load.FasterByOne:
					s.report.Arrivals.Target++
				case load.Pause:
					s.report.State = load.Paused
				case load.Stop:
					s.report.State = load.Ended
				}
				return fmt.Sprintf("%.1f arrivals/s", s.report.Arrivals.Target)
			},
			Faults: func() []Choice {
				return []Choice{{"throttle", "status calls are answered 429"}, {"cut", "sockets are cut"}, {"offline", "nothing answers"}}
			},
			SetFault: func(name string, on bool) string {
				s.set = append(s.set, fmt.Sprint(name, " ", on))
				if on {
					s.report.Faults = append(s.report.Faults, name)
				} else {
					s.report.Faults = slices.DeleteFunc(slices.Clone(s.report.Faults), func(f string) bool { return f == name })
				}
				return "fault " + name
			},
			Export: func() (string, error) {
				s.exports++
				return "written: samples.csv, 2,212 payments", s.err
			},
			Note: "sandbox in a process of its own; this run touches no real money",
		}
	}
}

// busy is the health of a program under a load run.
func busy(s *screen) *screen {
	s.health = watch.Health{
		Stake: watch.Sim, Heard: s.m.now, Sockets: 2, Channels: 97, Ready: 95, Joins: 2, StatusRate: 20, KeyRate: 20,
		Reads: 1000, Keys: 500, Trusted: true,
	}
	s.after(time.Second)
	for range 5 {
		s.health.Reads += 6
		s.health.Keys += 12
		s.after(time.Second)
	}
	return s
}

func TestLoad_Looks(t *testing.T) {
	looks := []struct {
		name string
		run  func() load.Report
		do   func(*screen)
	}{
		{"calm", calmRun, func(*screen) {}},
		{"trouble", troubledRun, func(s *screen) {
			s.health.Trouble, s.health.Since, s.health.Until = watch.SlowedDown, s.m.now.Add(-12*sec), s.m.now.Add(9*sec)
			s.health.Queued, s.health.Delay, s.health.Throttled, s.health.StatusRate = 412, 13400*ms, 213, 2.5
			s.after(0)
		}},
		{"paused", func() load.Report {
			r := calmRun()
			r.State, r.Arrivals.Actual, r.Arrivals.GoalIn = load.Paused, 0, 0
			return r
		}, func(*screen) {}},
		{"draining", func() load.Report {
			r := calmRun()
			r.State, r.Arrivals, r.Left = load.Draining, load.Arrivals{Due: 2212, Begun: 2212, Open: 41}, 0
			return r
		}, func(*screen) {}},
		{"ended", func() load.Report {
			r := calmRun()
			r.State, r.Arrivals, r.Left = load.Ended, load.Arrivals{Due: 2212, Begun: 2212}, 0
			r.Outcomes = load.Outcomes{Paid: 1780, NotPaid: 430, Check: 2}
			r.Stages[12] = load.Stage{Name: "fact_to_told", Title: "fact>told", N: 2210, P50: 140 * ms, P90: 300 * ms, P95: 510 * ms, P99: 2100 * ms, Max: 8 * sec}
			r.Expected = append(r.Expected, load.Expected{Text: "fact_to_told.p99<2s", Value: "2.10s"})
			return r
		}, func(*screen) {}},
		{"begun", func() load.Report {
			return load.Report{Arrivals: load.Arrivals{Target: 12}, Corrected: true, Stages: slices.Clone(calmRun().Stages[:0])}
		}, func(*screen) {}},
		{"ramp", calmRun, func(s *screen) { s.press("R", "down") }},
		{"faults", troubledRun, func(s *screen) { s.press("E", "down") }},
		{"stop", calmRun, func(s *screen) { s.press("K") }},
		{"help", calmRun, func(s *screen) { s.press("?") }},
	}
	for _, l := range looks {
		sizes := [][2]int{{120, 40}, {80, 24}, {40, 10}, {20, 4}}
		if l.name == "calm" { // and what becomes of it between those
			sizes = append(sizes, [2]int{80, 40}, [2]int{40, 30}, [2]int{100, 14}, [2]int{60, 20}, [2]int{120, 20}, [2]int{120, 16})
		}
		for _, size := range sizes {
			for _, theme := range themesOfGoldens() {
				if theme.name != "nocolor" && l.name != "trouble" {
					continue // the others have no colour that it does not have
				}
				t.Run(fmt.Sprintf("%s/%dx%d/%s", l.name, size[0], size[1], theme.name), func(t *testing.T) {
					s := newScreen(t, size[0], size[1], onRun(&shop{report: l.run()})).send(theme.msgs...)
					l.do(busy(s))
					if theme.name == "nocolor" {
						golden.RequireEqual(t, s.text()+"\n")
						return
					}
					golden.RequireEqual(t, s.m.View().Content+"\n")
				})
			}
		}
	}
}

func TestLoad_FitsEverySize(t *testing.T) {
	for _, run := range []func() load.Report{calmRun, troubledRun, func() load.Report { return load.Report{} }} {
		s := newScreen(t, 80, 24, onRun(&shop{report: run()}), func(o *Options) { o.Title = strings.Repeat("long ", 20) })
		for w := range 130 {
			for _, h := range []int{1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 12, 14, 16, 19, 20, 22, 24, 28, 33, 40, 60} {
				s.send(tea.WindowSizeMsg{Width: w + 1, Height: h})
			}
		}
		for _, pressed := range []string{"R", "esc", "E", "esc", "K"} {
			for _, size := range [][2]int{{120, 40}, {80, 24}, {40, 10}, {20, 4}, {20, 1}, {1, 1}} {
				s.send(tea.WindowSizeMsg{Width: size[0], Height: size[1]})
			}
			s.press(pressed)
		}
	}
}

func TestLoad_TheProgramBeginsOnItAndGoesBackToIt(t *testing.T) {
	s := newScreen(t, 80, 24, onRun(&shop{report: calmRun()})).want("LOAD", "RUNNING 00:03:12", "no real money")
	s.press("1").wantNot("RUNNING").want("STATUS").press("2").want("RUNNING")
	s.press("4").want("SHIFT").press("esc").want("RUNNING").press("3").want("LOG").press("esc").want("RUNNING")
	s.press("?").want("HELP").press("?").want("RUNNING").press("esc").want("STATUS")
	s.press("4", "esc").want("STATUS").press("?", "esc").want("STATUS")
}

func TestLoad_WithoutARunOneLineSaysSo(t *testing.T) {
	s := newScreen(t, 80, 24).send(counter()).press("2").want("there is no load run; tillwatch load starts one", "STATUS")
	s.press("4", "2").want("there is no load run", "SHIFT").press("?").wantNot("fewer", "LOAD RUN")
	newScreen(t, 80, 24, atCounter).send(counter()).press("2").wantNot("no load run")
}

func TestLoad_KeysSteerTheRun(t *testing.T) {
	run := &shop{report: calmRun()}
	s := newScreen(t, 120, 40, onRun(run)).press("]").want("13.0 arrivals/s", "target 13.0/s").press("[", "}", "{", "B", "p").want("PAUSED").press("d")
	want := []load.Verb{load.FasterByOne, load.SlowerByOne, load.FasterByTenth, load.SlowerByTenth, load.Burst, load.Pause, load.Drain}
	var got []load.Verb
	for _, did := range run.steered {
		got = append(got, did.Verb)
	}
	if !slices.Equal(got, want) {
		t.Errorf("the run was told %v, want %v", got, want)
	}
	s.press("3").want("load: 13.0 arrivals/s")
}

func TestLoad_ItsKeysCanBeChanged(t *testing.T) {
	changed := map[string][]string{"stop-run": {"X"}, "faster": {"+"}, "load": {"L"}}
	if at, err := CheckKeys(changed); err != nil {
		t.Fatalf("%s: %v", at, err)
	}
	run := &shop{report: calmRun()}
	s := newScreen(t, 80, 24, onRun(run), func(o *Options) { o.Changed = changed }).want("[ + -1 +1/s", "X stop")
	s.press("+").want("target 13.0/s").press("K").want(`"K" does nothing here`).press("X").want("X = stop").press("X").want("ENDED")
	s.send(flashEndMsg{s.m.flash.id}).press("1").want("L load run").press("L").want("ENDED")
}

func TestLoad_ARampIsARateAndATime(t *testing.T) {
	run := &shop{report: calmRun()}
	s := newScreen(t, 80, 24, onRun(run)).press("R").want("RAMP ARRIVALS from 12.0/s", "half", "x10", "to 120.0 arrivals", "RUNNING")
	s.press("down", "enter").want("RAMP TO 24.0/s WITHIN", "30 s", "5 min").press("down", "down", "enter").wantNot("RAMP TO")
	s.press("R", "n", "enter", "enter").press("R", "esc").want("hint>verified")
	want := []load.Steering{{Verb: load.Ramp, Rate: 24, Over: time.Minute}, {Verb: load.Ramp, Over: 10 * time.Second}}
	if !slices.Equal(run.steered, want) {
		t.Errorf("the run was told %v, want %v", run.steered, want)
	}
	s.press("R", "1", "7", ".", "5", "5", "backspace").want("> 17.5", "to 17.5 arrivals a second").press("enter").want("RAMP TO 17.5/s").press("enter")
	if last := run.steered[len(run.steered)-1]; last != (load.Steering{Verb: load.Ramp, Rate: 17.5, Over: 10 * time.Second}) {
		t.Errorf("after a rate was typed the run was told %v", last)
	}
	s.press("R", "9", "9", "9", "9", "9").want("> 9999 ", "to 9999.0 arrivals").wantNot("99999").press("esc")
	run.report.Arrivals.Target = 0
	s.after(time.Second).press("R").want("to 50.0 arrivals a second").wantNot("double")
}

func TestLoad_StoppingAsksOnce(t *testing.T) {
	run := &shop{report: calmRun()}
	s := newScreen(t, 80, 24, onRun(run))
	s.press("K").want("Stop the run now? 97 payments have no result yet. K = stop, others = go on")
	s.press("esc").wantNot("Stop the run").press("K", "x").wantNot("Stop the run").want("RUNNING")
	if len(run.steered) != 0 {
		t.Fatalf("a no did %v", run.steered)
	}
	s.press("K", "K").want("ENDED")
	if len(run.steered) != 1 || run.steered[0].Verb != load.Stop {
		t.Errorf("a yes did %v", run.steered)
	}
	s.press("]").want("the run has ended").press("K").want("ended already").press("R").want("the run has ended")
	if len(run.steered) != 1 {
		t.Errorf("after its end the run was told %v", run.steered[1:])
	}
}

func TestLoad_QuittingAsksWhilePaymentsAreOpen(t *testing.T) {
	run := &shop{report: calmRun()}
	s := newScreen(t, 80, 24, onRun(run)).press("q").want("Quit? 97 payments have no result yet").press("esc").press("K", "ctrl+c").want("Quit? 97")
	s.press("esc")
	run.report.Arrivals.Open, run.report.State = 0, load.Ended
	s.cmds = nil
	if s.press("q"); !s.quits() {
		t.Error("it did not quit with nothing open")
	}
}

func TestLoad_FaultsAreSwitchedOneByOne(t *testing.T) {
	run := &shop{report: troubledRun()}
	s := newScreen(t, 80, 24, onRun(run)).want("FAULTS ON 2: throttle, cut").press("E").want("[x] throttle", "[x] cut", "[ ] offline")
	s.press("enter").settle().want("[ ] throttle").press("down", "down", "enter").settle().want("[x] offline").press("esc").want("FAULTS ON 2: cut, offline")
	if got := strings.Join(run.set, ","); got != "throttle false,offline true" {
		t.Errorf("set %s", got)
	}
	s = newScreen(t, 80, 24, onRun(run), func(o *Options) { o.Load.Faults = nil }).press("E").want("no faults to be had here")
	s.press("?", "pgdown").want("faults of the whole sandbox")
}

func TestLoad_ExportsOnceAtATimeAndSaysTheFile(t *testing.T) {
	run := &shop{report: calmRun()}
	s := newScreen(t, 80, 24, onRun(run)).press("e").want("writing the raw samples").press("e").want("being written already")
	s.settle().want("written: samples.csv, 2,212 payments")
	run.err = errors.New("samples.csv: no space left, +231883456789")
	s.press("e").settle().want("the raw samples were not written: samples.csv: no space left").wantNot("231883456789")
	if run.exports != 2 {
		t.Errorf("it was written %d times", run.exports)
	}
}

func TestLoad_ATimersFewMillisecondsAreNoNews(t *testing.T) {
	for _, size := range [][2]int{{120, 40}, {80, 24}, {40, 10}, {20, 4}} {
		run := &shop{report: calmRun()}
		run.report.Arrivals.Late = 99 * time.Millisecond
		s := newScreen(t, size[0], size[1], onRun(run)).wantNot("LATE")
		run.report.Arrivals.Late = 100 * time.Millisecond
		s.after(time.Second).want("LATE 100ms")
	}
}

func TestLoad_TheBoardShowsWhatIsOpenNotThePaymentThatCameFirst(t *testing.T) {
	s := newScreen(t, 80, 24, onRun(&shop{report: calmRun()})).send(SnapshotsMsg{pay("first", 1, executed(time.Minute))})
	s.send(SnapshotsMsg{pay("first", 2, executed(time.Minute), ended("COMPLETED", 0, "1.00", "USD")), pay("second", 1, executed(time.Second))}).press("1")
	s.send(SnapshotsMsg{pay("second", 2, executed(time.Second))}).wantCursor("second").want("follow attention")
	s.press("G").wantCursor("first").send(SnapshotsMsg{pay("third", 1, executed(time.Second))}).wantCursor("first").wantNot("follow")
}

func TestLoad_SaysWhatIsWrongLoudly(t *testing.T) {
	for _, size := range [][2]int{{120, 40}, {80, 24}, {40, 10}} {
		newScreen(t, size[0], size[1], onRun(&shop{report: calmRun()})).wantNot("LATE", "NOT MET", "NOT corrected", "FAULTS", "faults: ")
		newScreen(t, size[0], size[1], onRun(&shop{report: troubledRun()})).want("LATE 5.40s", "NOT MET", "NOT corrected", "throttle")
	}
	newScreen(t, 20, 4, onRun(&shop{report: troubledRun()})).want("LATE 5.40s", "OK 2,204", "XX 611", "RUNNING")
}

func TestLoad_SaysWhatASandboxSaysOfTheResults(t *testing.T) {
	for want, truth := range map[string]load.Truth{
		"outcomes (verified)": {}, "outcomes: all 2,113 right": {Right: 2113}, "outcomes: 2 WRONG of 2,113": {Right: 2111, Wrong: 2},
		"outcomes: 120,000 not compared, 4": {Right: 400_000, Unjudged: 120_000},
	} {
		r := calmRun()
		r.State, r.Truth = load.Ended, truth
		for _, size := range [][2]int{{80, 24}, {120, 40}} {
			s := newScreen(t, size[0], size[1], onRun(&shop{report: r})).want(want)
			if truth.Unjudged > 0 {
				s.wantNot("outcomes: all")
			}
		}
	}
}

func TestLoad_NothingMovesWhenNothingChanges(t *testing.T) {
	s := busy(newScreen(t, 120, 40, onRun(&shop{report: calmRun()})))
	s.after(0)
	before := s.text()
	if s.after(0); s.text() != before {
		t.Errorf("it changed from\n%s\nto\n%s", before, s.text())
	}
}

func TestLoad_TextFromOutsideIsClean(t *testing.T) {
	run := troubledRun()
	bad := "\x1b[31mred\u202e\n"
	run.Stages[6].Error, run.Stages[6].Title, run.Faults[0], run.Expected[0].Text, run.Expected[0].Value = bad, bad, bad, bad, bad
	for _, size := range [][2]int{{120, 40}, {80, 24}, {40, 10}} {
		s := newScreen(t, size[0], size[1], onRun(&shop{report: run}), func(o *Options) { o.Load.Note = bad })
		if frame := s.m.View().Content; strings.Contains(frame, "\x1b[31mred") || strings.Contains(frame, "\u202e") {
			t.Errorf("it went through:\n%q", frame)
		}
	}
	if run.Faults[0] != bad {
		t.Error("the screen changed the run's own report")
	}
}

func TestLoad_ChartsAreASCIIWithoutColour(t *testing.T) {
	s := newScreen(t, 120, 40, onRun(&shop{report: calmRun()})).want("#####").wantNot("█", "▁")
	s.send(tea.ColorProfileMsg{Profile: colorprofile.TrueColor}, tea.BackgroundColorMsg{Color: color.Black}).want("█████", "▁").wantNot("####")
}

func TestFigures_AreShortAndRead(t *testing.T) {
	for d, want := range map[time.Duration]string{
		0: "0.0ms", 420 * time.Microsecond: "0.4ms", 9940 * time.Microsecond: "9.9ms", 9960 * time.Microsecond: "10ms",
		142 * ms: "142ms", 999400 * time.Microsecond: "999ms", 999600 * time.Microsecond: "1.00s", 1340 * ms: "1.34s",
		9996 * ms: "10.0s", 22400 * ms: "22.4s", 99960 * ms: "100s", 150200 * ms: "150s", 4 * time.Hour: "4h", -sec: "0ms",
	} {
		if got := lapse(d); got != want {
			t.Errorf("%v is %q, want %q", d, got, want)
		}
	}
	for n, want := range map[int]string{0: "0", 999: "999", 1000: "1,000", 9204: "9,204", 1234567: "1,234,567", -3: "0"} {
		if got := commas(n); got != want {
			t.Errorf("%d is %q, want %q", n, got, want)
		}
	}
	if got := counted(1234567, 6); got != "1.2M" {
		t.Errorf("1,234,567 in 6 columns is %q", got)
	}
	if got := percent(1, 0) + percent(1711, 2212); got != "-77.4%" {
		t.Errorf("percents are %q", got)
	}
}

func TestCharts_ShowTheSmallestPartAndNoMoreThanTheirRoom(t *testing.T) {
	for _, plain := range []bool{false, true} {
		if bar(0, 100, 20, plain) != "" || width(bar(1, 100000, 20, plain)) != 1 || width(bar(100, 100, 20, plain)) != 20 {
			t.Errorf("bars are %q %q %q", bar(0, 100, 20, plain), bar(1, 100000, 20, plain), bar(100, 100, 20, plain))
		}
		for part := range 50 {
			if used, free := meter(float64(part), 20, 10, plain); width(used)+width(free) != 10 {
				t.Errorf("the meter of %d is %q %q", part, used, free)
			}
		}
		line := string(sparkline(nil, []float64{9, 9, 0, 1, 2, 4, 8}, 6, plain))
		if width(line) != 6 || []rune(line)[1] != ' ' {
			t.Errorf("the sparkline is %q", line)
		}
		if short := string(sparkline(nil, []float64{1}, 3, plain)); !strings.HasPrefix(short, "  ") || width(short) != 3 {
			t.Errorf("a short one is %q", short)
		}
	}
}

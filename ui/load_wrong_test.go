package ui

import (
	"slices"
	"testing"
	"time"

	"tillwatch/watch"
	"tillwatch/watch/load"
)

// A login that is refused fails every payment for a minute: the screen says so, when that
// ends, and which key ends it at once, which does nothing else.
func TestLoad_ARefusedLoginSaysWhatEndsIt(t *testing.T) {
	for size, want := range map[[2]int]string{
		{120, 40}: "LOGIN REFUSED: no payment can be made. It tries again by itself in 42s; v = now. Dollr answered last at",
		{80, 24}:  "LOGIN REFUSED: no payment can be made. It tries again by itself in 42s; v = now",
		{40, 10}:  "LOGIN REFUSED: again in 42s; v = now",
	} {
		run, tried := &shop{report: calmRun()}, 0
		s := busy(newScreen(t, size[0], size[1], onRun(run), func(o *Options) { o.Load.Retry = func() { tried++ } }))
		s.press("v").want("the login is not refused")
		if tried != 0 {
			t.Fatal("it was tried though nothing is refused")
		}
		s.send(flashEndMsg{s.m.flash.id})
		s.health.Trouble, s.health.Since, s.health.Until = watch.LoginRefused, s.m.now.Add(-18*sec), s.m.now.Add(43*sec)
		s.after(time.Second).want(want).wantNot("hand over")
		if s.press("v"); tried != 1 {
			t.Errorf("tried %d times", tried)
		}
	}
}

// What fails may be the questions alone: that payments cannot be made is said only where it is so.
func TestLoad_SaysWhatATroubleMeansForTheRun(t *testing.T) {
	for trouble, want := range map[watch.Trouble]string{
		watch.APIDown:    "DOLLR API DOWN: no result can be verified. It tries again by itself",
		watch.NoInternet: "NO INTERNET: no payment can be made. It tries again by itself",
	} {
		run := &shop{report: calmRun()}
		s := busy(newScreen(t, 80, 24, onRun(run)))
		s.health.Trouble, s.health.Since = trouble, s.m.now.Add(-18*sec)
		s.after(time.Second).want(want).wantNot("= now")
		run.report.State = load.Ended
		s.after(time.Second).want(trouble.String() + ": no result can be verified").wantNot("can be made")
	}
}

func TestLoad_ItsKeysSayByHowMuch(t *testing.T) {
	s := newScreen(t, 120, 60, onRun(&shop{report: calmRun()})).want("[ ] -1 +1/s  { } -10 +10%", "B burst 20")
	s.press("?").want("one arrival a second more", "a tenth of the rate more (10%)", "burst: 20 arrivals at once, whatever the rate")
}

// Where there is no room for all stages, one that fails or holds the run up takes the place of
// one that goes well.
func TestLoad_AStageThatGoesWrongHasALine(t *testing.T) {
	for _, size := range [][2]int{{80, 24}, {80, 16}} {
		run := &shop{report: calmRun()}
		s := busy(newScreen(t, size[0], size[1], onRun(run))).wantNot("join turn", "checkout")
		run.report.Stages = slices.Clone(run.report.Stages)
		run.report.Stages[5].P99 = 4 * sec // more joins than joins_rate allows
		s.after(time.Second).want("join turn", "start>PAID")
		run.report.Stages[5].P99 = 40 * ms
		run.report.Stages[0].Errors, run.report.Stages[0].Error = 84, "401"
		s.after(time.Second).want("checkout", "84 401", "start>PAID").wantNot("join turn")
	}
}

// A result that a sandbox contradicts is the worst that a run can find: no size hides it.
func TestLoad_SaysAtEverySizeThatAResultIsWrong(t *testing.T) {
	r := calmRun()
	r.State, r.Truth = load.Ended, load.Truth{Right: 2111, Wrong: 2}
	for _, size := range [][2]int{{120, 40}, {80, 24}, {60, 14}, {40, 30}, {40, 10}, {30, 6}, {24, 8}, {20, 4}, {12, 3}} {
		newScreen(t, size[0], size[1], onRun(&shop{report: r})).want("2 WRONG")
	}
}

// What waits to be read, such as why the run has ended, is said at every size, under a banner too.
func TestLoad_SaysThatNotesWait(t *testing.T) {
	const said = "1 note, the run's sandbox has ended; the run ends with it"
	for size, want := range map[[2]int]string{{120, 40}: "1 note, the run's", {80, 24}: "1 note", {40, 10}: "1 note"} {
		s := busy(newScreen(t, size[0], size[1], onRun(&shop{report: calmRun()}), func(o *Options) { o.Status = func() string { return said } }))
		s.after(time.Second).want("1 note")
		s.health.Trouble, s.health.Since = watch.APIDown, s.m.now.Add(-18*sec)
		s.after(time.Second).want("DOLLR API DOWN", want)
	}
	newScreen(t, 80, 24, onRun(&shop{report: calmRun()})).wantNot("note")
}

// An expectation that is too long for its column keeps its bound, which is what it is about.
func TestLoad_AnExpectationKeepsItsBound(t *testing.T) {
	r := calmRun()
	r.Expected = []load.Expected{{Text: "hint_to_verified.p999<1m20s", Value: "16.25s", Met: true}}
	newScreen(t, 120, 40, onRun(&shop{report: r})).want(".p999<1m20s ", "16.25s").wantNot("hint_to_verified.p999")
}

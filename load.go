package main

import (
	"context"
	"errors"
	"fmt"
	"os"
	"slices"
	"sync"
	"sync/atomic"
	"time"

	"github.com/charmbracelet/x/term"

	"tillwatch/config"
	"tillwatch/sandbox/remote"
	"tillwatch/ui/lines"
	"tillwatch/watch/dollr"
	"tillwatch/watch/load"
)

// shift is one load run: the job that watches its payments, and what makes and judges them.
type shift struct {
	*job
	asked   config.Load
	plan    load.Plan
	expect  []load.Expectation
	run     *load.Run // there once the job runs
	api     *dollr.Client
	ground  *ground    // of our own sandbox; nil: there is none
	hands   *faultDesk // of a sandbox, ours or not; nil: there is none
	samples *samples   // nil: not wanted

	age      time.Duration // of a sandbox, ours or not, when the run was still to come
	since    time.Duration // of what is learned from it; see [sandbox.Truth]
	began    time.Time     // the run, when everything that it makes was still to come
	refused  atomic.Bool   // Dollr refuses the credentials
	finished bool          // the run came to its own end
	judged   bool
	unjudged error // why the sandbox could not be asked, though it is ours
}

// loadRun is `tillwatch load`.
func loadRun(ctx context.Context, l config.Load) error {
	s := &shift{asked: l}
	if err := s.read(); err != nil {
		return err
	}
	output := possible(l.Output)
	if err := s.ends(output); err != nil {
		return err
	}
	settings, err := s.stand(ctx)
	if err != nil {
		return err
	}
	if s.ground != nil {
		defer func() { _ = s.ground.stop(true) }() // again, should anything fail before the end
	}
	for _, text := range l.Notes {
		note("%s", text)
	}
	s.job = newJob(settings, output)
	if s.samples, err = openSamples(l.Samples); err != nil {
		return err
	}
	s.wire()
	err = s.job.run(ctx, s.play)
	faults := s.samples.close(s.run)
	if s.ground != nil {
		faults = errors.Join(faults, s.ground.stop(s.unjudged == nil))
	}
	return s.verdict(ctx, err, faults)
}

// read understands what was asked in the words of other packages.
func (s *shift) read() error {
	l := s.asked
	s.plan = load.Plan{
		Rate: l.Rate, Ramp: l.Ramp, RampOver: l.RampOver, For: l.For, Payments: l.Payments, Even: l.Even,
		Seed: l.Seed, DrainFor: l.Drain, AsBegun: l.AsBegun,
	}
	var err error
	if l.Scenarios != "" {
		if s.plan.Mix, err = load.ParseScenarios(l.Scenarios); err != nil {
			return config.Refuse("--scenarios: %w", err)
		}
	}
	if l.Methods != "" {
		if s.plan.Methods, err = load.ParseMethods(l.Methods); err != nil {
			return config.Refuse("--methods: %w", err)
		}
	}
	for _, text := range l.Expect {
		e, err := load.ParseExpectation(text)
		if err != nil {
			return config.Refuse("--expect: %w", err)
		}
		s.expect = append(s.expect, e)
	}
	if err := sandboxFor(l).Check(); l.Own && err != nil {
		return config.Refuse("--%w", err) // the others were checked, so it is --links
	}
	return nil
}

// ends gives a run that must end an end of its own where no user can steer it: once the rate is 0
// for good, no more payments arrive.
func (s *shift) ends(output config.Output) error {
	p := &s.plan
	switch {
	case output == config.Board:
	case p.RampOver == 0 && p.Rate == 0:
		return config.Refuse("--rate 0: nobody would ever arrive; give another rate, or a --ramp")
	case p.Payments == 0, p.For > 0:
	case p.RampOver > 0 && p.Ramp == 0:
		p.For = p.RampOver
	}
	return nil
}

// stand finds out where the run stands: on a sandbox of its own, which it starts, or at an
// address, which may be that of one.
func (s *shift) stand(ctx context.Context) (config.Settings, error) {
	l := s.asked
	if !l.Own {
		return l.Settings, s.meet(ctx)
	}
	start := within
	if l.Apart {
		start = func(_ context.Context, l config.Load) (ground, error) { return apart(l) }
	}
	g, err := start(ctx, l)
	if err != nil {
		return config.Settings{}, err
	}
	settings, err := l.On(g.variables)
	if err == nil {
		var control *remote.Client
		if control, err = remote.New(settings.BaseURL); err == nil {
			s.ground, s.hands = &g, newFaultDesk(control)
			return settings, nil
		}
	}
	_ = g.stop(true)
	return settings, fmt.Errorf("reading what the sandbox says: %w", err)
}

// meetingHush is how long an address may take to say what it is before that is worth a word.
const meetingHush = time.Second

// meet finds out whether an address is that of a sandbox. Its error says that the caller has given
// up waiting.
func (s *shift) meet(ctx context.Context) error {
	control, err := remote.New(s.asked.BaseURL)
	if err != nil {
		return nil // it is no sandbox
	}
	late := time.AfterFunc(meetingHush, func() {
		guarded(func() {
			note("waiting up to %v for %s to say whether it is a sandbox; ctrl+c ends that", remote.CallLimit, s.asked.BaseURL)
		})
	})
	state, err := control.State(ctx)
	late.Stop()
	if err == nil {
		s.hands, s.age = newFaultDesk(control), time.Duration(state.Uptime*float64(time.Second))
		s.since = max(0, s.age-rounding)
		return nil
	}
	control.Close()
	switch {
	case ctx.Err() != nil:
		return config.Exit(config.ExitInterrupted)
	case errors.Is(err, remote.ErrSilent):
		note("it does not say so: the run goes on as at an environment that is none, and nobody judges its verdicts")
	}
	return nil
}

// wire makes the job one of a load run.
func (s *shift) wire() {
	j, own := s.job, s.asked.Own
	j.own, j.stake.own, j.board.Fleeting = own, own, own
	j.endless = s.plan.For == 0 && s.plan.Payments == 0
	j.alone, j.unasked, j.prepare, j.closing = true, config.RefuseLive, s.prepare, s.close
	s.onScreen()
}

// prepare makes the run, once there is a fleet to hand its payments to. A panic in it is a
// fault.
func (s *shift) prepare(api *dollr.Client, fault func(what, stack string)) error {
	c := load.Config{
		Shop: api, Hand: s.fleet.Hand, Plan: s.plan, Expect: s.expect, Calls: api.Counts, Hints: s.hints, Fault: fault,
	}
	if s.hands != nil {
		c.Faults, c.Learns = s.hands.on, true
	}
	if s.samples != nil {
		c.Sample = s.samples.put
	}
	run, err := load.New(c)
	if err != nil {
		return config.Refuse("the plan of the run: %w", err)
	}
	s.api, s.run = api, run
	s.noted, s.told = run.Note, run.Tell
	return nil
}

// play runs the run. At the same time it publishes each second where there is no screen, and looks
// after the sandbox.
func (s *shift) play(ctx context.Context) {
	beside, stop := context.WithCancel(ctx)
	var work sync.WaitGroup
	if s.output != config.Board {
		work.Go(func() { s.guarded(func() { s.tick(beside) }) })
	}
	if s.hands != nil {
		work.Go(func() { s.guarded(func() { s.hands.look(beside) }) })
		work.Go(func() { s.guarded(func() { s.learn(beside) }) })
	}
	if s.ground != nil {
		work.Go(func() { s.guarded(func() { s.missed(beside) }) })
	}
	s.began = time.Now()
	err := s.run.Run(ctx)
	s.finished = err == nil && ctx.Err() == nil
	stop()
	work.Wait()
	if s.output != config.Board {
		s.heedRefusal() // the reader of the lines may have ended it before
	}
	s.judge() // now, so that the screen shows it
}

// missed ends the run when its sandbox ends before it: nothing would come any more.
func (s *shift) missed(ctx context.Context) {
	select {
	case <-ctx.Done():
	case <-s.ground.gone:
		s.aside.Alarm("the run's sandbox has ended; the run ends with it")
		s.run.Steer(load.Steering{Verb: load.Stop})
	}
}

// tick publishes each second, and ends a run whose credentials are refused.
func (s *shift) tick(ctx context.Context) {
	eachSecond(ctx, func(at time.Time) {
		if r := s.run.Report(); s.output == config.JSON {
			s.lines.Put(objectOf(everySecond, at, r).line())
		} else {
			s.lines.Put(wordsOf(at, r))
		}
		s.heedRefusal()
	})
}

// eachSecond does something once a second until ctx ends.
func eachSecond(ctx context.Context, do func(at time.Time)) {
	every := time.NewTicker(time.Second)
	defer every.Stop()
	for {
		select {
		case <-ctx.Done():
			return
		case at := <-every.C:
			do(at)
		}
	}
}

// heedRefusal ends a run whose credentials are refused, and says so once.
func (s *shift) heedRefusal() {
	if loginRefused(s.api.Counts()) && !s.refused.Swap(true) {
		s.aside.Alarm("Dollr refuses the credentials")
		s.run.Steer(load.Steering{Verb: load.Stop})
	}
}

// loginRefused reports whether a token was refused and none was ever given.
func loginRefused(counts []dollr.Count) bool {
	refused := false
	for _, c := range counts {
		if c.Call != "token" {
			continue
		}
		if c.Code >= 200 && c.Code <= 299 {
			return false
		}
		refused = refused || c.Code == 401 || c.Code == 403
	}
	return refused
}

// close says the last words, when nothing is published any more and the sandbox can still be asked.
func (s *shift) close() {
	if s.run == nil {
		return
	}
	at, report := time.Now(), s.run.Report()
	stake, _ := s.stake.whose()
	text := func(width int) string { return summaryText(at, stake, s.asked.Seed, report, s.judged, width) }
	switch s.output {
	case config.Board:
		width, _, err := term.GetSize(os.Stdout.Fd())
		if err != nil {
			width = textWidth
		}
		fmt.Fprint(words(os.Stdout), text(width))
	case config.JSON:
		s.lines.Put(summaryOf(at, report, s.asked.Seed, s.judged).line())
	default:
		s.lines.Put([]byte(text(textWidth)))
	}
}

// verdict is how the program ends, given how the job did and what else went wrong.
func (s *shift) verdict(ctx context.Context, err, faults error) error {
	if s.run == nil {
		return err
	}
	var status config.Exit
	if errors.As(err, &status) {
		err = nil
	}
	report := s.run.Report()
	switch wrong := report.Truth.Wrong; {
	case wrong > 0:
		return errors.Join(fmt.Errorf("WRONG verdicts: %d. The sandbox made something else of these payments: a bug in tillwatch, please report it", wrong), err)
	case err != nil:
		return err
	case faults != nil:
		return faults
	case s.unjudged != nil:
		return fmt.Errorf("nobody knows whether the verdicts are right: %w", s.unjudged)
	case s.output == config.Board:
		return nil // what a person has seen and ended is no failure
	case s.refused.Load():
		return config.Exit(lines.LoginRefused)
	case status != 0:
		return status
	case !s.finished && ctx.Err() == nil:
		return nil // the reader has gone: a quiet end
	}
	if !allMet(report.Expected) {
		return config.Exit(config.ExitUnmet)
	}
	if o := report.Outcomes; s.finished && o.Failed > 0 && o.Failed == report.Arrivals.Begun {
		return fmt.Errorf("none of the payments could be made%s", cause(report.Stages))
	}
	return s.unresolved(report)
}

// unresolved says how many results have not come although the run waited for them. A user with an
// expectation about open payments has said how many may be open.
func (s *shift) unresolved(r load.Report) error {
	said := slices.ContainsFunc(s.expect, func(e load.Expectation) bool { return e.Of() == "open" })
	if !s.finished || r.Unresolved == 0 || said {
		return nil
	}
	note("without a result %v after arrivals ended: %s of %s payments (--drain waits longer, --expect 'open<=N' allows N)",
		s.asked.Drain, thousands(r.Unresolved), thousands(r.Arrivals.Due))
	return config.Exit(lines.SomeUnresolved)
}

// allMet says which expectations are not met, and reports whether all are.
func allMet(expected []load.Expected) bool {
	met := true
	for _, e := range expected {
		if !e.Met {
			met = false
			note("expected %s: %s", e.Text, orElse(e.Value, "nothing was measured"))
		}
	}
	return met
}

// cause returns the first failure of making payments; empty if it is unknown.
func cause(stages []load.Stage) string {
	for _, st := range stages {
		if st.Errors > 0 {
			return fmt.Sprintf(": %s, %s", st.Name, st.Error)
		}
	}
	return ""
}

func orElse(text, otherwise string) string {
	if text == "" {
		return otherwise
	}
	return text
}

package main

import (
	"context"
	"errors"
	"slices"
	"strings"
	"sync"
	"time"

	"tillwatch/sandbox"
	"tillwatch/sandbox/remote"
	"tillwatch/ui"
	"tillwatch/watch"
	"tillwatch/watch/load"
)

// faultDesk is where the faults of a sandbox are switched. What is on is looked up now and
// then, so that whoever draws a screen waits for nobody.
type faultDesk struct {
	control *remote.Client
	mu      sync.Mutex
	faults  []string
}

func newFaultDesk(control *remote.Client) *faultDesk { return &faultDesk{control: control} }

// look keeps what is on up to date until ctx ends: somebody else may switch it, and some
// faults end by themselves.
func (d *faultDesk) look(ctx context.Context) {
	every := time.NewTicker(time.Second)
	defer every.Stop()
	for {
		select {
		case <-ctx.Done():
			return
		case <-every.C:
			if on, err := d.control.FaultsOn(ctx); err == nil { // else what was known is as good
				d.keep(on)
			}
		}
	}
}

// faultsMost is how many faults are told of at once: many more than a sandbox has.
const faultsMost = 32

// keep takes what a server says of its faults, which may be any server on this machine.
func (d *faultDesk) keep(on []sandbox.Fault) {
	on = on[:min(len(on), faultsMost)]
	names := make([]string, len(on))
	for i, fault := range on {
		names[i] = watch.Clean(watch.MaskNumbers(watch.Clean(string(fault), 200)), 40)
	}
	d.mu.Lock()
	defer d.mu.Unlock()
	d.faults = names
}

// on are the faults that are on. The caller owns the slice.
func (d *faultDesk) on() []string {
	d.mu.Lock()
	defer d.mu.Unlock()
	return slices.Clone(d.faults)
}

// all are those that there are.
func (d *faultDesk) all() []ui.Choice {
	var all []ui.Choice
	for _, c := range sandbox.Faults() {
		all = append(all, ui.Choice(c))
	}
	return all
}

// set switches one, and says what it did. It waits for the sandbox.
func (d *faultDesk) set(name string, on bool) string {
	now, err := d.control.Set(context.Background(), sandbox.Fault(name), on)
	if err != nil {
		return watch.Clean(err.Error(), 120)
	}
	d.keep(now)
	switch {
	case !on:
		return name + " is over"
	case sandbox.Fault(name).Momentary():
		return name + " has happened"
	}
	return name + " is on"
}

// hints are how honest the channels have been.
func (s *shift) hints() watch.HintCounts { return s.fleet.Health().Hints }

// judge has the run's verdicts compared with what became of the payments, where a sandbox
// can tell.
func (s *shift) judge() {
	if s.hands == nil {
		return
	}
	defer s.hands.control.Close()
	if all, _ := s.api.Simulated(); !all { // nobody was there to judge
		return
	}
	truth, err := s.truth(context.Background())
	if err != nil {
		if s.asked.Own {
			s.unjudged = err
		} else {
			s.aside.Alarm("the verdicts are not compared with the truth: %v", err)
		}
		return
	}
	s.run.Judge(factsOf(truth))
	s.judged = true
}

// truth is what the sandbox says of all its payments. One that is younger than the run has
// not made the first of them, so it knows nothing that could make a verdict wrong.
func (s *shift) truth(ctx context.Context) ([]sandbox.Truth, error) {
	ran := time.Since(s.began) // before it is asked: what the answer takes makes it older
	state, err := s.hands.control.State(ctx)
	if err != nil {
		return nil, err
	}
	if up := time.Duration(state.Uptime * float64(time.Second)); up < ran {
		return nil, errors.New("the sandbox was started anew while the run went on")
	}
	return s.hands.control.Truth(ctx, 0)
}

// learn tells the run each second what the sandbox knows since the second before, until ctx
// ends: how quick we are is then on the screen, whatever customers take.
func (s *shift) learn(ctx context.Context) {
	every := time.NewTicker(time.Second)
	defer every.Stop()
	since := time.Duration(0)
	for {
		select {
		case <-ctx.Done():
			return
		case <-every.C:
			truth, err := s.hands.control.Truth(ctx, since)
			if err != nil {
				continue // what was missed comes with the next
			}
			for _, t := range truth {
				since = max(since, t.Since)
			}
			s.run.Learn(factsOf(truth))
		}
	}
}

func factsOf(truth []sandbox.Truth) []load.Fact {
	facts := make([]load.Fact, len(truth))
	for i, t := range truth {
		facts[i] = factOf(t)
	}
	return facts
}

// lastWords are the verdicts of a sandbox's last words.
var lastWords = map[string]watch.Verdict{
	"COMPLETED": watch.Paid, "PAID": watch.Paid, "FAILED": watch.NotPaid, "CANCELED": watch.NotPaid,
}

// factOf is what the sandbox says of one payment. What is taken back was PAID, and rightly
// said to be; that is the last word that a watcher waits for.
func factOf(t sandbox.Truth) load.Fact {
	p := watch.Payment{Reference: t.Reference, SourceType: strings.ToUpper(t.SourceType), SourceID: t.SourceID}
	f := load.Fact{ID: p.ID()}
	f.Amount, _ = watch.ParseMoney(t.Amount, t.Currency) // one that cannot be read is not said
	switch word, last := lastWords[t.Status]; {
	case !last:
	case t.Scenario == "flip" && t.Final:
		f.Verdict = watch.Paid // since when, nobody knows any more
	case t.Scenario == "flip", t.Final:
		f.Verdict, f.At = word, t.At
	}
	return f
}

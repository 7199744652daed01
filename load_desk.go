package main

import (
	"context"
	"slices"
	"sync"
	"time"

	"tillwatch/sandbox"
	"tillwatch/sandbox/remote"
	"tillwatch/ui"
	"tillwatch/watch"
)

// faultDesk is where the faults of a sandbox are switched. It looks up from time to time which are
// on, so that drawing a screen never waits for the sandbox.
type faultDesk struct {
	control *remote.Client
	mu      sync.Mutex
	faults  []string
}

func newFaultDesk(control *remote.Client) *faultDesk { return &faultDesk{control: control} }

// look keeps the list of faults up to date until ctx ends: another client may switch them, and some
// end by themselves.
func (d *faultDesk) look(ctx context.Context) {
	eachSecond(ctx, func(time.Time) {
		if on, err := d.control.FaultsOn(ctx); err == nil { // else what was known is as good
			d.keep(on)
		}
	})
}

// faultsMost is how many faults are told of at once: many more than a sandbox has.
const faultsMost = 32

// keep takes what a server says of its faults, which may be any server on this machine.
func (d *faultDesk) keep(on []sandbox.Fault) {
	on = on[:min(len(on), faultsMost)]
	names := make([]string, len(on))
	for i, fault := range on {
		names[i] = watch.Safe(string(fault), 40)
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
		return watch.Safe(err.Error(), 120)
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

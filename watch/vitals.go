package watch

import (
	"context"
	"errors"
	"sync"
	"sync/atomic"
	"time"
)

// vitals is what the fleet notes of its own health.
type vitals struct {
	reads, keys atomic.Uint64 // calls made

	mu        sync.Mutex
	hints     HintCounts
	throttled uint64

	answered time.Time // wall time of the last HTTP answer of any kind
	heard    time.Time // wall time of the last answer about a payment
	fault    *Fault    // the last call's; nil: it was answered
	trouble  Trouble
	since    time.Time
}

func (v *vitals) start(wall time.Time) { v.answered = wall }

// offlineAfter is how long no call may get an HTTP answer before we say NO INTERNET.
const offlineAfter = 5 * time.Second

// ClockOffBy is how far Dollr's clock may be from ours before we say so; its Date header
// has whole seconds and a mobile line may take some.
const ClockOffBy = 30 * time.Second

// stepOver is how far they may drift apart before what was learned of lags is worth
// nothing: a lag that seems 4 s longer would be held against the channel for ever.
const stepOver = time.Second

// jumpOver is how far wall and monotonic clock may drift apart within a second: more is a
// suspended machine or a clock that was set.
const jumpOver = 5 * time.Second

// count changes the counts of hints.
func (f *Fleet) count(change func(*HintCounts)) {
	f.vitals.mu.Lock()
	defer f.vitals.mu.Unlock()
	change(&f.vitals.hints)
}

// heard records the outcome of a call for a status or a key.
func (f *Fleet) heard(status bool, err error) {
	wall := f.wall()
	v := &f.vitals
	v.mu.Lock()
	defer v.mu.Unlock()
	var fault *Fault
	if err != nil && !errors.As(err, &fault) {
		return // a bug says nothing about Dollr
	}
	v.fault = fault
	switch {
	case fault == nil && status:
		v.heard = wall
	case fault != nil && fault.Kind == FaultThrottled:
		v.throttled++
	}
	if fault == nil || fault.Kind != FaultOffline {
		v.answered = wall
	}
}

// exchanged counts an exchange of a call after its first.
func (f *Fleet) exchanged(status bool) {
	if status {
		f.vitals.reads.Add(1)
	} else {
		f.vitals.keys.Add(1)
	}
}

// broke records a panic in a goroutine that serves the whole fleet. The goroutine goes on.
func (f *Fleet) broke(what string, err *panicError) {
	f.log.Error(what+" panicked", "panic", err.Error(), "stack", err.stack)
}

// minded checks once a second what no watcher can see: whether Dollr is back for good, whether it
// answers at all, and whether the clocks have jumped apart. When Dollr is back, and after a jump,
// every payment is due at once, because it is unknown what was missed.
func (f *Fleet) minded(ctx context.Context) {
	tick := time.NewTicker(time.Second)
	defer tick.Stop()
	mono, wall := time.Now(), f.wall()
	for {
		select {
		case <-ctx.Done():
			return
		case <-tick.C:
		}
		if err := attempt(func() {
			nowMono, nowWall := time.Now(), f.wall()
			jump := nowWall.Round(0).Sub(wall.Round(0)) - nowMono.Sub(mono)
			stopped := nowMono.Sub(mono) > time.Second+jumpOver // as after ctrl+z
			mono, wall = nowMono, nowWall
			f.mind(nowMono, jump, stopped)
		}); err != nil {
			f.broke("the minder of the fleet", err)
		}
	}
}

// mind does what is due once a second. jump is by how much the clocks have jumped apart. stopped
// says that the program stood still while both clocks went on.
func (f *Fleet) mind(now time.Time, jump time.Duration, stopped bool) {
	if f.budget.calm(now) {
		f.each((*watcher).askAfterOutage)
	}
	f.budget.doubt(now)
	if jump.Abs() > stepOver {
		f.trust.forget()
	}
	if jump.Abs() > jumpOver || stopped {
		if jump.Abs() <= jumpOver {
			jump = 0
		}
		f.each(func(w *watcher) { w.clockSet(jump) })
		if f.jumped != nil {
			f.jumped()
		}
	}
}

// askAfterOutage makes a watcher whose last read failed ask again, for now it may be
// answered; by its age alone that could take two minutes.
func (w *watcher) askAfterOutage() {
	if w.known.Failing() && w.read == nil {
		w.plan.failures = 0
		w.dueNow()
	}
}

// clockSet makes the watcher ask at once. When the clock was set back our own stamps go
// with it, or ages would stand still, and the CHECKs that count from them wait, until the
// wall has caught up. But what was set forward before is only taken back: stamps from
// before that are right again. What the merchant told of its clock is the merchant's.
func (w *watcher) clockSet(jump time.Duration) {
	k, wall := &w.known, w.fleet.wall()
	if jump > 0 {
		if w.ahead == 0 {
			w.aheadFrom = wall
		}
		w.ahead += jump
	} else {
		back := min(-jump, w.ahead)
		for _, at := range []*time.Time{&k.Handed, &k.Begun, &k.Hint.At, &k.Hint.Claimed, &k.FailedSince} {
			switch {
			case at.IsZero():
			case at.Before(w.aheadFrom) && !at.After(wall):
				*at = at.Add(jump + back)
			default:
				*at = at.Add(jump)
			}
		}
		if w.ahead -= back; w.ahead < jumpOver {
			w.ahead, w.aheadFrom = 0, time.Time{}
		}
	}
	k.Woken = wall
	w.dueNow()
}

// Health is the state of the whole program as of now. It costs a look at each call that
// waits, so ask once or twice a second.
func (f *Fleet) Health() Health {
	wall := f.wall()
	var h Health
	all := f.all()
	h.Payments = len(all)
	for _, w := range all {
		if w.busy() {
			h.Open++
		}
	}
	now := time.Now()
	busy := f.budget.load(now)
	h.StatusRate, h.KeyRate, h.Queued, h.Delay = busy.statusRate, busy.keyRate, busy.queued, busy.delay
	h.Trusted = f.trust.held()
	if f.outlook != nil {
		f.outlook(&h)
	}

	v := &f.vitals
	v.mu.Lock()
	defer v.mu.Unlock()
	h.Hints, h.Heard, h.Throttled = v.hints, v.heard, v.throttled
	h.Reads, h.Keys = v.reads.Load(), v.keys.Load()
	broken := f.budget.open()
	var silent time.Time // when calls that speak for all stopped getting HTTP answers
	if !busy.silent.IsZero() {
		silent = wall.Add(busy.silent.Sub(now))
	}
	if v.trouble == NoInternet && !v.answered.After(v.since) {
		// The call that hung longest has failed by now; that is no answer, and no new outage.
		silent = earliest(silent, v.since)
	}
	switch {
	case !silent.IsZero() && wall.Sub(v.answered) >= offlineAfter && wall.Sub(silent) >= offlineAfter:
		h.set(NoInternet, orElse(v.fault, &Fault{Text: "no call to Dollr is answered"}))
	case h.LoginWait > 0, broken.refuses():
		h.set(LoginRefused, &Fault{Text: "Dollr refuses the credentials"})
		for _, f := range []*Fault{broken, v.fault} {
			if f.refuses() {
				h.set(LoginRefused, f)
			}
		}
		if h.LoginWait > 0 {
			h.Until = wall.Add(h.LoginWait)
		}
	case broken != nil:
		h.set(APIDown, broken)
	case h.Unkept != "":
		h.Trouble, h.Text = NotKept, h.Unkept
	case !busy.slowed.IsZero():
		h.Trouble, h.Text = SlowedDown, "Dollr asks us to slow down (429)"
		h.Until = wall.Add(busy.slowed.Sub(now))
	case h.Delay > busyAfter:
		h.Trouble, h.Text = SlowedDown, "more to ask than the budget allows"
	case h.Trouble == ChannelDown:
	case h.Skew.Abs() >= ClockOffBy:
		h.Trouble, h.Text = ClockOff, "this machine's clock and Dollr's differ by "+h.Skew.Abs().Round(time.Second).String()
	}
	if h.Trouble != v.trouble {
		v.trouble, v.since = h.Trouble, wall
		switch h.Trouble {
		case NoInternet:
			v.since = silent
		case NotKept:
			v.since = h.UnkeptSince
		}
	}
	switch {
	case h.Trouble == NoTrouble:
		h.Since = time.Time{}
	case h.Trouble != ChannelDown || h.Since.IsZero(): // of that one, who told us knows
		h.Since = v.since
	}
	return h
}

// busyAfter is how long a call may wait for its turn before the header says so.
const busyAfter = 10 * time.Second

// refuses reports whether a fault says that Dollr refuses our credentials. f may be nil.
func (f *Fault) refuses() bool {
	return f != nil && (f.Kind == FaultLogin || f.Kind == FaultGated)
}

func (h *Health) set(t Trouble, f *Fault) {
	h.Trouble = t
	if f != nil {
		h.Text = f.Text
	}
}

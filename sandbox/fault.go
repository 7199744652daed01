package sandbox

import (
	"fmt"
	"io"
	"net/http"
	"slices"
	"sync"
	"time"
)

// Fault is a trouble of the whole sandbox, switched while it runs.
type Fault string

// The faults. Those of the last group happen once when they are set, and are never on
// afterwards.
const (
	Throttle    Fault = "throttle"    // every call of /v1 is answered 429 with Retry-After 5
	Errors      Fault = "errors"      // status questions are answered 500, 502 and 503 in turn
	Unreachable Fault = "unreachable" // connections end without an answer, sockets too
	Hang        Fault = "hang"        // calls are taken and never answered; sockets are cut and none opens
	Slow        Fault = "slow"        // every answer takes 3 s longer
	LockedOut   Fault = "locked-out"  // the credentials are refused, and every token with them
	ClockAhead  Fault = "clock"       // the server's clock is 3:10 ahead
	DeadKeys    Fault = "dead-keys"   // realtime keys are handed out that are over already
	Deaf        Fault = "deaf"        // realtime drops all changes, its heartbeats stay green
	Refuse      Fault = "refuse"      // realtime refuses new sockets with 429
	StallJoins  Fault = "stall-joins" // realtime answers no join until it is over, 10 s if no time is given
	Restart     Fault = "restart"     // realtime's sockets close with 1012, and realtime does not answer for 8 s

	Revoke      Fault = "revoke"      // bearer tokens are withdrawn before their time; new ones are good
	Freeze      Fault = "freeze"      // realtime stands still for 20 s, or the time given
	Cut         Fault = "cut"         // realtime's sockets are cut without a close frame
	Reload      Fault = "reload"      // realtime says that it disconnects, then closes with 1012
	Crash       Fault = "crash"       // every channel crashes
	Resubscribe Fault = "resubscribe" // every channel hears a second "system ok"
)

// allFaults is the order in which they are listed, in words for who looks on.
var allFaults = []Choice{
	{string(Throttle), "Dollr wants fewer questions"},
	{string(Errors), "Dollr fails when it is asked"},
	{string(Unreachable), "the internet is gone"},
	{string(Hang), "nothing is answered any more"},
	{string(Slow), "every answer takes 3 s longer"},
	{string(LockedOut), "Dollr refuses our credentials"},
	{string(ClockAhead), "Dollr's clock is 3:10 ahead"},
	{string(DeadKeys), "realtime keys are over as soon as they come"},
	{string(Deaf), "realtime tells of nothing, and seems well"},
	{string(Refuse), "realtime takes nobody any more"},
	{string(StallJoins), "realtime answers no join, for 10 s"},
	{string(Restart), "realtime is restarted, for 8 s"},
	{string(Revoke), "the login is withdrawn, a new one is good"},
	{string(Freeze), "realtime stands still for 20 s"},
	{string(Cut), "all sockets are cut"},
	{string(Reload), "realtime says goodbye to all"},
	{string(Crash), "every channel crashes"},
	{string(Resubscribe), "every channel is ready a second time"},
}

// momentary faults pass by themselves.
var momentary = []Fault{Revoke, Freeze, Cut, Reload, Crash, Resubscribe}

const (
	throttleWait = 5 * time.Second
	slowBy       = 3 * time.Second
	stallFor     = 10 * time.Second
	restartFor   = 8 * time.Second
	freezeFor    = 20 * time.Second
	refuseFor    = 100 * 365 * 24 * time.Hour // until it is switched off
)

// Faults lists all faults. The caller owns the slice.
func Faults() []Choice { return slices.Clone(allFaults) }

// Momentary says whether a fault happens once when it is set, and is never on.
func (f Fault) Momentary() bool { return slices.Contains(momentary, f) }

// FaultsOn lists the faults that are on, in the order of Faults. The caller owns the slice.
func (s *Server) FaultsOn() []Fault { return s.faults.list() }

// faults are those that are on. Its bell is closed and replaced at every change, so that
// calls that hang are woken.
type faults struct {
	mu    sync.RWMutex
	set   map[Fault]uint64 // the switching that put it on
	count uint64
	bell  chan struct{}
}

func (f *faults) on(fault Fault) bool {
	f.mu.RLock()
	defer f.mu.RUnlock()
	return f.set[fault] > 0
}

// hanging returns the bell that rings at the next switching while calls hang, else nil. Both are
// read at once, because a bell that is read later may never ring.
func (f *faults) hanging() <-chan struct{} {
	f.mu.RLock()
	defer f.mu.RUnlock()
	if f.set[Hang] == 0 {
		return nil
	}
	return f.bell
}

// list is what is on, in the order of allFaults.
func (f *faults) list() []Fault {
	f.mu.RLock()
	defer f.mu.RUnlock()
	list := []Fault{}
	for _, c := range allFaults {
		if fault := Fault(c.Name); f.set[fault] > 0 {
			list = append(list, fault)
		}
	}
	return list
}

// put switches a fault and returns the number of this switching.
func (f *faults) put(fault Fault, on bool) uint64 {
	f.mu.Lock()
	defer f.mu.Unlock()
	f.count++
	if f.set == nil {
		f.set = map[Fault]uint64{}
	}
	if delete(f.set, fault); on {
		f.set[fault] = f.count
	}
	close(f.bell)
	f.bell = make(chan struct{})
	return f.count
}

// Set switches a fault of the whole sandbox on or off. A fault that passes by itself
// happens when it is set on; setting it off does nothing.
func (s *Server) Set(fault Fault, on bool) error { return s.set(fault, on, 0) }

// SetFor switches a fault on, and off again after d, unless it was switched anew in the meantime. d
// is real time, whatever the speed.
func (s *Server) SetFor(fault Fault, d time.Duration) error {
	if d <= 0 {
		return fmt.Errorf("a fault must last longer than 0 seconds")
	}
	return s.set(fault, true, d)
}

func (s *Server) set(fault Fault, on bool, d time.Duration) error {
	if !isNamed(allFaults, string(fault)) {
		return fmt.Errorf("unknown fault %q; known are %s", fault, namesOf(allFaults))
	}
	if fault == Revoke && on {
		s.revoked.Add(1)
	}
	if fault.Momentary() {
		s.realtimeFault(fault, on, d)
		return nil
	}
	switch { // these last for a time that realtime is told beforehand
	case d > 0:
	case fault == StallJoins:
		d = stallFor
	case fault == Restart:
		d = restartFor
	}
	// Announce the fault first, then act on it: a request that is on the way in must not slip
	// through.
	turn := s.faults.put(fault, on) // tells this switching from a later one
	s.realtimeFault(fault, on, d)
	if !on || d == 0 {
		return nil
	}
	s.queue.after(d, func() {
		s.faults.mu.RLock()
		same := s.faults.set[fault] == turn
		s.faults.mu.RUnlock()
		if same {
			_ = s.set(fault, false, 0) // the name is known to be good
		}
	})
	return nil
}

// realtimeFault is the realtime side's part in a fault.
func (s *Server) realtimeFault(fault Fault, on bool, d time.Duration) {
	orElse := func(usual time.Duration) time.Duration {
		if d > 0 {
			return d
		}
		return usual
	}
	switch {
	case fault == Deaf:
		s.rt.Deafen(on)
	case fault == Refuse && !on:
		s.rt.Refuse(0, "", 0)
	case fault == StallJoins && !on:
		s.rt.StallJoins(0)
	case fault == Restart && !on:
		s.rt.Restarted()
	case !on: // the others have nothing to undo there
	case fault == Refuse:
		s.rt.Refuse(http.StatusTooManyRequests, "Too many connected users", orElse(refuseFor))
	case fault == StallJoins:
		s.rt.StallJoins(d)
	case fault == Freeze:
		s.rt.Freeze(orElse(freezeFor))
	case fault == Cut, fault == Unreachable, fault == Hang:
		s.rt.CutSockets(0)
	case fault == Restart:
		s.rt.Restart(1012, d)
	case fault == Reload:
		s.rt.Disconnect()
	case fault == Crash:
		s.rt.CrashChannels()
	case fault == Resubscribe:
		s.rt.Resubscribe()
	}
}

// unreachable drops the call, at once or after it has hung, while a fault says so.
func (s *Server) unreachable(c *call) {
	hung, gone := false, false
	if s.faults.hanging() != nil { // only a body that was read to its end shows that its sender has gone
		_, _ = io.Copy(io.Discard, io.LimitReader(c.r.Body, maxBody)) // a broken one is as good
	}
	for bell := s.faults.hanging(); bell != nil && !gone; bell = s.faults.hanging() {
		hung = true
		select {
		case <-bell: // some fault was switched, perhaps another one
		case <-c.r.Context().Done():
			gone = true
		case <-s.done:
			gone = true
		}
	}
	// What has hung stays unanswered, for its caller has long given it up.
	if hung || s.faults.on(Unreachable) {
		panic(http.ErrAbortHandler)
	}
}

// misbehaves lets the faults of the API do their work, and reports whether the call has
// been answered by one.
func (s *Server) misbehaves(c *call) bool {
	if s.faults.on(Slow) {
		late := time.NewTimer(slowBy)
		defer late.Stop()
		select {
		case <-late.C:
		case <-c.r.Context().Done():
			panic(http.ErrAbortHandler)
		case <-s.done:
			panic(http.ErrAbortHandler)
		}
		s.unreachable(c) // by now, perhaps
	}
	switch {
	case s.faults.on(Throttle):
		c.tooMany(throttleWait)
		return true
	case c.status && s.faults.on(Errors):
		c.serverError(int(s.errors.Add(1)))
		return true
	}
	return false
}

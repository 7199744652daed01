package lines

import (
	"sync"

	"tillwatch/watch"
)

// Exit statuses of a run without a screen, from the table in README.
const (
	AllPaid        = 0
	SomeNotPaid    = 3
	SomeUnresolved = 4 // or a CHECK, or a line that was refused
	LoginRefused   = 5
)

// Tally counts what became of the payments of a run. Its methods may be called from any
// goroutine; make one with [NewTally].
type Tally struct {
	mu      sync.Mutex
	states  map[watch.ID]state
	open    int // not ended
	notPaid int
	doubt   int // neither PAID nor NOT PAID
	bad     int // lines refused
	blind   bool
	login   bool

	changed chan struct{}
}

type state struct {
	verdict watch.Verdict
	ended   bool
	rev     uint64
}

// NewTally makes an empty Tally.
func NewTally() *Tally {
	return &Tally{states: map[watch.ID]state{}, changed: make(chan struct{}, 1)}
}

// Expect notes a payment that was handed over, before anything is known of it: without
// this a run could end before its first Snapshot.
func (t *Tally) Expect(id watch.ID) {
	t.mu.Lock()
	defer t.mu.Unlock()
	if _, known := t.states[id]; !known {
		t.count(state{}, 1)
		t.states[id] = state{}
	}
}

// Put notes a Snapshot, unless a newer one of the payment was noted already.
func (t *Tally) Put(s watch.Snapshot) {
	// A payment that was stopped, or whose watcher panicked, is not asked about any more: a run
	// that waited for its end would wait forever.
	now := state{verdict: s.Verdict, ended: s.Ended() || s.Link == watch.Done, rev: s.Rev}
	t.mu.Lock()
	defer t.mu.Unlock()
	before, known := t.states[s.ID()]
	if known && before.rev > now.rev {
		return
	}
	if known {
		t.count(before, -1)
	}
	t.count(now, 1)
	t.states[s.ID()] = now
	t.ring()
}

// count adds or takes away one payment in that state.
func (t *Tally) count(s state, n int) {
	if !s.ended {
		t.open += n
	}
	switch s.verdict {
	case watch.Paid:
	case watch.NotPaid:
		t.notPaid += n
	default:
		t.doubt += n
	}
}

// Blind notes whether there are payments that cannot be read, and so are not watched.
func (t *Tally) Blind(on bool) {
	t.mu.Lock()
	defer t.mu.Unlock()
	t.blind = on
}

// Refused notes a line that was not understood.
func (t *Tally) Refused() {
	t.mu.Lock()
	defer t.mu.Unlock()
	t.bad++
}

// Health notes whether Dollr accepts the credentials just now.
func (t *Tally) Health(h watch.Health) {
	t.mu.Lock()
	defer t.mu.Unlock()
	t.login = h.Trouble == watch.LoginRefused
	t.ring()
}

func (t *Tally) ring() {
	select {
	case t.changed <- struct{}{}:
	default: // it rings already
	}
}

// Changed rings after Put and Health. One reader is served.
func (t *Tally) Changed() <-chan struct{} { return t.changed }

// Open is how many payments have not ended.
func (t *Tally) Open() int {
	t.mu.Lock()
	defer t.mu.Unlock()
	return t.open
}

// Status is the exit status of a run that ends now.
func (t *Tally) Status() int {
	t.mu.Lock()
	defer t.mu.Unlock()
	switch {
	case t.login:
		return LoginRefused
	case t.doubt > 0 || t.bad > 0 || t.blind:
		return SomeUnresolved
	case t.notPaid > 0:
		return SomeNotPaid
	}
	return AllPaid
}

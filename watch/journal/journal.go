package journal

import (
	"context"
	"errors"
	"io/fs"
	"os"
	"sync"
	"time"

	"github.com/gofrs/flock"

	"tillwatch/watch"
)

// Config is what a journal needs. Whatever it calls must not block.
type Config struct {
	Path     string // of the database's file; empty: in memory, for a demo
	BaseURL  string // with ClientID and Real: whose payments these are
	ClientID string // only a fingerprint of it is stored
	Real     bool   // whether it is real money

	// Retain is how long ended and stopped payments are kept whole after their newest news; 0 is
	// for ever. Then their histories go and the names in them, and enough is kept to know them
	// again. Unresolved ones stay whole.
	Retain time.Duration
	// Agreed reports whether our clock and Dollr's agree; nil: they do. Nothing is swept by a
	// clock that may be wrong. It must return at once.
	Agreed func() bool

	Wall func() time.Time // for stamps; nil: time.Now

	// Tell takes every Snapshot, in order for each payment: from the goroutine that told the
	// journal, or, if it was held until it was on disk, from one of the journal's.
	Tell func(watch.Snapshot)

	// Retell asks for all Snapshots anew: the file was made anew, or could not be written
	// for a while. It is called from a goroutine of its own without any lock held. If the
	// journal could not be opened at first, Load now tells what it holds.
	Retell func()

	// Say takes one clean line for the log and standard error; bad is whether it needs a
	// person's attention.
	Say func(text string, bad bool)

	// Fault is called for a panic in a goroutine of the journal. lost says that something that was
	// to be passed on was not. Otherwise only the journal is affected, and it has reported that.
	Fault func(what, stack string, lost bool)

	test hooks
}

// hooks are what tests change. The zero hooks are the program's.
type hooks struct {
	opened func(*store) error // after a file was opened for writing
	before func(*batch) error // before a batch is written
	steps  []string           // instead of migrations
	room   func(string) error // replaces room

	batch, retry, retries, stuck, glance, close, look time.Duration
}

// The waits of a journal.
const (
	batchWait   = 100 * time.Millisecond // from the first entry of a batch to its writing
	firstRetry  = time.Second            // from a failure to the first try to write again
	nextRetry   = 5 * time.Second        // and to each further one
	flutter     = time.Minute            // what fails again so soon is tried as seldom as one that never came back
	stuckAfter  = 5 * time.Second        // a write under way for so long counts as failed
	glanceEvery = 5 * time.Second        // at whether the file is still there, while nothing is written
	closeWait   = 4 * time.Second        // for what is being written, when the program ends
	lookAfter   = 2 * time.Second        // from opening a file to checking it
	sweepEvery  = 24 * time.Hour
	queueMost   = 50_000 // events that wait to be written; more are dropped and counted
)

func (h *hooks) fill() {
	for _, d := range []struct {
		have  *time.Duration
		usual time.Duration
	}{{&h.batch, batchWait}, {&h.retry, firstRetry}, {&h.retries, nextRetry}, {&h.stuck, stuckAfter}, {&h.glance, glanceEvery}, {&h.close, closeWait}, {&h.look, lookAfter}} {
		if *d.have == 0 {
			*d.have = d.usual
		}
	}
	if h.room == nil {
		h.room = room
	}
	if h.steps == nil {
		h.steps = migrations
	}
}

// Journal is the durable store of one program's payments. Its methods may be called from
// any goroutine.
type Journal struct {
	c    Config
	path string // resolved

	stir, hurry chan struct{}   // stir: a batch has begun; hurry: a batch must not wait. Each holds one ring
	bell        chan struct{}   // something can be passed on
	mend        chan chan bool  // asks the writer to try at once
	quit, done  chan struct{}   // quit: the writer must end; done: it has ended
	living      context.Context // ends with Close
	leave       context.CancelFunc
	heralded    chan struct{}  // the herald has ended
	behind      sync.WaitGroup // work that no caller waits for: publishing again, checking the file

	// the writer's alone
	lock    *flock.Flock
	kept    bool        // the lock file was there before us
	damaged bool        // the file is to be moved aside
	was     os.FileInfo // the missing file to which the log next to it belongs; nil: no file is missing
	swept   time.Time
	tried   bool      // the writer has tried to open the file
	opened  bool      // the file was opened at least once
	full    bool      // the disk was full, and it must be shown that it no longer is
	well    time.Time // when writing last worked again

	mu      sync.Mutex
	store   *store        // nil while nothing can be written
	open    *batch        // what is to be written next
	air     *batch        // what is being written; nil: nothing is
	passed  uint64        // batches up to this one are on disk, or given up
	decided chan struct{} // closed, and made anew, when passed grows
	owed    []owed
	holding map[watch.ID]int // Snapshots of each payment among owed or being passed on
	marks   map[watch.ID]mark
	unread  map[watch.ID]bool // payments that Recall could not read
	trouble string
	since   time.Time
	down    bool
	dropped int // events, since it is down
	closing bool
	lost    bool // it was written again when what was missed could not be published any more
	ending  bool // the writer has ended, or was given up
	over    bool // owed Snapshots are not passed on any more
	ill     error
	treated chan struct{} // closed once ill has been seen to
}

// Open opens or creates the journal. An error means that this file cannot be used: it is a
// [*BusyError], [*OwnerError], [*VersionError], [*AccessError] or [*ForeignError]. A failing disk
// is no error: the journal then works in memory, reports that, and tries again.
func Open(c Config) (*Journal, error) {
	if c.Wall == nil {
		c.Wall = time.Now
	}
	if c.Tell == nil {
		c.Tell = func(watch.Snapshot) {}
	}
	if c.Retell == nil {
		c.Retell = func() {}
	}
	if c.Agreed == nil {
		c.Agreed = func() bool { return true }
	}
	if c.Say == nil {
		c.Say = func(string, bool) {}
	}
	if c.Fault == nil {
		c.Fault = func(string, string, bool) {}
	}
	c.test.fill()
	j := &Journal{
		c: c, path: resolved(c.Path),
		stir: make(chan struct{}, 1), hurry: make(chan struct{}, 1), bell: make(chan struct{}, 1),
		quit: make(chan struct{}), done: make(chan struct{}), heralded: make(chan struct{}),
		mend: make(chan chan bool), open: newBatch(1), decided: make(chan struct{}), holding: map[watch.ID]int{}, marks: map[watch.ID]mark{},
	}
	j.living, j.leave = context.WithCancel(context.Background())
	if err := j.reopen(); err != nil {
		if ours := refusal(err); ours != nil {
			j.leave()
			j.withdraw(ours)
			return nil, ours
		}
		j.fail(err)
	}
	go func() {
		defer close(j.done)
		watch.Guarded(j.write, j.broken)
	}()
	go watch.Guarded(j.herald, j.lostly)
	return j, nil
}

// Trouble is why nothing is written just now, in one clean line, and since when; empty
// while all is well.
func (j *Journal) Trouble() (text string, since time.Time) {
	j.mu.Lock()
	defer j.mu.Unlock()
	return j.trouble, j.since
}

// mendWait bounds how long Mend waits, twice.
const mendWait = time.Second

// Mend tries at once to write again if nothing is being written, and reports whether something is.
// Mend does not call Retell: its caller, for instance before the end, publishes all that is known
// afterwards. It waits 2 s at most for a disk that hangs.
func (j *Journal) Mend() bool {
	if text, _ := j.Trouble(); text == "" {
		return true
	}
	done := make(chan bool, 1)
	late := time.NewTimer(mendWait)
	defer late.Stop()
	select {
	case j.mend <- done:
	case <-j.done:
		return false
	case <-late.C:
		return false
	}
	late.Reset(mendWait)
	select {
	case ok := <-done:
		return ok
	case <-late.C:
		return false
	}
}

// Close writes what waits and gives the file to others. A disk that hangs costs a few
// seconds. Tell, Note and Keep may still be called: they pass on and store nothing.
func (j *Journal) Close() error {
	j.mu.Lock()
	again := j.closing
	j.closing = true
	j.mu.Unlock()
	if again {
		return nil
	}
	j.leave()
	close(j.quit)
	late := time.NewTimer(j.c.test.close)
	defer late.Stop()
	var err error
	select {
	case <-j.done:
		j.mu.Lock()
		switch {
		case j.down:
			err = errors.New(j.trouble)
		case j.lost:
			err = errors.New("the disk answered too late")
		}
		j.mu.Unlock()
	case <-late.C:
		err = errors.New("the journal " + shown(j.path) + " is still being written: the disk does not answer")
	}
	j.mu.Lock()
	j.giveUp()
	j.ending = true
	j.mu.Unlock()
	ring(j.bell)
	<-j.heralded
	j.behind.Wait()
	return err
}

// ring rings a bell that holds one ring.
func ring(bell chan struct{}) {
	select {
	case bell <- struct{}{}:
	default: // it rings already
	}
}

// errGone is the error of a file that is not the one that was opened.
var errGone = errors.New("its file was removed or replaced")

// present reports whether the file is still the one that was opened.
func (s *store) present() error {
	if s.path == "" {
		return nil
	}
	now, err := os.Stat(s.path)
	switch {
	case errors.Is(err, fs.ErrNotExist), err == nil && !os.SameFile(now, s.file):
		return errGone
	}
	return err
}

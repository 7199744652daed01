// Package hook runs the merchant's own command on every verified result: a sound, a
// notification, a line in the till's own books.
//
//   - It runs once for each payment, when the status API has told us that it is PAID or NOT
//     PAID. A hint never runs it, nor does a payment that was stopped or that needs a look.
//   - What a run before this one has learned is no news, and runs nothing.
//   - The command is a list of words and no shell reads them: what a customer or Dollr has
//     written is never part of it. It learns of the payment on its standard input alone.
//   - None of the credentials is in its environment.
//   - The program never waits for it: [Runner.Put] returns at once, two commands run at a time, and
//     the others wait for their turn.
//   - Nothing of it reaches the screen: what it writes is cleaned, masked and logged.
//   - When nothing runs there is no goroutine, and after [Runner.Close] there is none at all.
package hook

import (
	"context"
	"errors"
	"fmt"
	"os"
	"sync"
	"time"

	"tillwatch/watch"
)

// atOnce is how many commands run at a time: a slow one must not hold up all others, and a
// busy hour must not start a hundred.
const atOnce = 2

// defaultLimit is how long a command may take. It tells of a result; what takes longer than
// this waits for something that does not come.
const defaultLimit = 10 * time.Second

// Config is what a Runner needs. Encode, Stake and Log are required with a Command.
type Config struct {
	Command []string      // the program and its arguments, run without a shell; empty: no hook
	Sim     bool          // the sandbox's payments run it too
	Limit   time.Duration // of one run, what it starts included; 0: 10 s

	Encode func(watch.Snapshot) []byte // what the command reads
	Stake  func() watch.Stake          // whose money it is, asked at every result
	// Log takes one clean line, bad when it says that something went wrong. It is called
	// from several goroutines.
	Log func(text string, bad bool)
	// Ran is told of each run that is over: how long it took, and in one clean line what
	// went wrong, empty if nothing did. It may be nil, and is called from several goroutines.
	Ran func(s watch.Snapshot, took time.Duration, trouble string)
	// Fault is called after Log for a panic, with its stack for a log. It may be nil.
	Fault func(what, stack string)
}

// Runner runs the command. Make one with [New]; its methods may be called from any
// goroutine. A Runner without a command does nothing.
type Runner struct {
	c       Config
	since   time.Time // what was verified before and is told only now is the past
	environ []string

	living context.Context // every run's; it ends when Close has lost its patience
	end    context.CancelCauseFunc
	work   sync.WaitGroup // a goroutine for each command that runs

	unasked sync.Once // has been said: not for the sandbox
	mu      sync.Mutex
	fired   map[watch.ID]struct{}
	waiting []watch.Snapshot // without a limit: small, and at most one for each payment
	working int
	closed  bool
}

// Why a run was cut short.
var (
	errLate  = errors.New("it was still running")
	errEnded = errors.New("it was still running when tillwatch ended")
)

// New makes a Runner for results that are verified from now on. Whether its command can be
// found is for [Check] to say, before.
func New(c Config) *Runner {
	if c.Limit == 0 {
		c.Limit = defaultLimit
	}
	r := &Runner{c: c, since: time.Now(), environ: harmless(os.Environ()), fired: map[watch.ID]struct{}{}}
	r.living, r.end = context.WithCancelCause(context.Background())
	return r
}

// Put takes a Snapshot, and runs the command for it if it is the first that tells the
// verified end of its payment. It never blocks.
func (r *Runner) Put(s watch.Snapshot) {
	if len(r.c.Command) == 0 || !s.EndedSince(r.since) {
		return
	}
	if !r.first(s.ID()) {
		return
	}
	if r.c.Stake() == watch.Sim && !r.c.Sim {
		// Once, or who tries a hook on the sandbox looks for what is wrong with it.
		r.unasked.Do(func() {
			r.c.Log("it is not run for the sandbox's payments; hook_sim = true has it run for them too", false)
		})
		return
	}
	r.mu.Lock()
	defer r.mu.Unlock()
	if r.closed {
		return
	}
	r.waiting = append(r.waiting, s)
	if r.working < atOnce {
		r.working++
		r.work.Go(r.serve)
	}
}

// first notes that the payment has ended, and reports whether that is news.
func (r *Runner) first(id watch.ID) bool {
	r.mu.Lock()
	defer r.mu.Unlock()
	_, known := r.fired[id]
	r.fired[id] = struct{}{}
	return !known
}

// serve runs the command for what waits, until nothing does.
func (r *Runner) serve() {
	for {
		s, more := r.next()
		if !more {
			return
		}
		watch.Guarded(func() { r.run(s) }, func(what, stack string) { r.broken(s, what, stack) })
	}
}

// broken reports a panic while the command ran for a payment. The other payments still get their
// turn.
func (r *Runner) broken(s watch.Snapshot, what, stack string) {
	r.c.Log(watch.Clean(string(s.ID()), nameMost)+": "+what, true)
	if r.c.Fault != nil {
		r.c.Fault(what, stack)
	}
}

// next takes the oldest that waits. If there is none, or no time for it, the goroutine that
// asked is no longer counted: the lock that Put takes too leaves no result behind.
func (r *Runner) next() (watch.Snapshot, bool) {
	r.mu.Lock()
	defer r.mu.Unlock()
	if len(r.waiting) == 0 || r.living.Err() != nil {
		r.working--
		return watch.Snapshot{}, false
	}
	s := r.waiting[0]
	r.waiting[0] = watch.Snapshot{} // the slice must not keep its texts alive
	r.waiting = r.waiting[1:]
	return s, true
}

// Close takes no more results, and returns when the command has run for all that were
// taken. When ctx ends before, it kills what runs, logs how many results never had their
// turn, and returns soon.
func (r *Runner) Close(ctx context.Context) {
	r.mu.Lock()
	r.closed = true
	r.mu.Unlock()
	done := make(chan struct{})
	go func() {
		defer close(done)
		r.work.Wait()
	}()
	select {
	case <-done:
	case <-ctx.Done():
		r.end(errEnded)
		<-done
	}
	r.end(nil)

	r.mu.Lock()
	left := len(r.waiting)
	r.waiting = nil
	r.mu.Unlock()
	switch {
	case left == 1:
		r.c.Log("not run for 1 result: tillwatch ended before its turn", true)
	case left > 1:
		r.c.Log(fmt.Sprintf("not run for %d results: tillwatch ended before their turn", left), true)
	}
}

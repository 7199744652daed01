package main

import (
	"context"
	"os"
	"os/signal"
	"sync"
	"sync/atomic"
	"syscall"
	"time"

	"tillwatch/config"
	"tillwatch/hook"
)

const (
	// leaveLimit bounds an ending that the user or the system has asked for. Each part has its own
	// bound, together about 20 s. This bound is for a hang in an unexpected place.
	leaveLimit = 30 * time.Second

	hookGrace = 5 * time.Second        // how long the hook may go on when the user has ended the run
	hookHush  = 250 * time.Millisecond // a wait that is over by then is not worth a word
)

// giveUp ends the program with status 1, even if something hangs. It first runs lastly, for a
// second at most.
func giveUp(lastly func()) {
	note("something hangs, and is given up after %v", leaveLimit)
	done := make(chan struct{})
	go func() {
		defer close(done)
		lastly()
	}()
	select {
	case <-done:
	case <-time.After(time.Second):
	}
	os.Exit(1)
}

// kill ends the hook at once.
func (e *ending) kill() {
	e.hurry()
	e.hook.Close(e.second)
}

// ending winds the merchant's command down. The command has a session of its own, so a signal that
// ends tillwatch does not reach it. However tillwatch ends, it must kill the command with
// everything that it started, or the command would run on past its 10 seconds.
type ending struct {
	hook   *hook.Runner
	note   func(format string, args ...any)
	first  context.Context // ends with the first signal
	second context.Context // ends with one more
	hurry  context.CancelFunc
	waits  atomic.Bool // the hook is all that is left to wait for
	mu     sync.Mutex
	ended  bool        // over was called
	last   *time.Timer // ends the program once it is started
	leave  func()      // signals are the system's again
	over   func()      // called when nothing is left that could hang
}

// begin starts the time within which the program must end.
func (e *ending) begin() {
	e.mu.Lock()
	defer e.mu.Unlock()
	if !e.ended { // a signal's goroutine may run after over
		e.last.Reset(leaveLimit)
	}
}

// newEnding makes the ending of a run that the first signal ends through signalled. Without
// a hook the second one is the system's.
func newEnding(signalled context.Context, hooked bool, h *hook.Runner, note func(string, ...any)) *ending {
	e := &ending{hook: h, note: note, first: signalled}
	e.second, e.hurry = context.WithCancel(context.WithoutCancel(signalled))
	e.last = time.AfterFunc(leaveLimit, func() { giveUp(e.kill) })
	e.last.Stop()
	unbound := context.AfterFunc(signalled, e.begin)
	e.over = func() {
		unbound()
		e.mu.Lock()
		defer e.mu.Unlock()
		e.ended = true
		e.last.Stop()
	}
	if e.leave = e.hurry; !hooked {
		return e
	}
	// These signals are not read. The channel only keeps a signal from killing the program between
	// the first signal and the moment when it listens for the second.
	held := make(chan os.Signal, 1)
	signal.Notify(held, os.Interrupt, syscall.SIGTERM)
	stop := context.AfterFunc(signalled, func() { guarded(func() { e.listen(held) }) })
	e.leave = func() {
		stop()
		e.hurry()
		signal.Stop(held)
	}
	return e
}

// listen waits for a second signal. SIGHUP is none: a closed terminal sends it twice. While
// the hook is waited for the signal ends that alone; before, it ends a winding down that
// takes too long, as it does in a run without a hook.
func (e *ending) listen(held chan os.Signal) {
	again := make(chan os.Signal, 1)
	signal.Notify(again, os.Interrupt, syscall.SIGTERM)
	defer signal.Stop(again)
	signal.Stop(held)
	select {
	case <-e.second.Done(): // all is over
		return
	case <-again:
	}
	if e.waits.Load() {
		e.hurry()
		return
	}
	e.kill()
	os.Exit(config.ExitInterrupted)
}

// wait waits for the hook: for a moment if the user ended the run, and for all results if the run
// came to its own end. A signal ends the wait, and what still runs is killed. After that a signal
// ends the program.
func (e *ending) wait(complete bool) {
	defer e.leave()
	e.waits.Store(true)
	enough, said := e.first, "waiting for the hook; ctrl+c ends that"
	if !complete {
		if e.first.Err() != nil {
			enough = e.second
		}
		var cancel context.CancelFunc
		enough, cancel = context.WithTimeout(enough, hookGrace)
		defer cancel()
		said = "waiting up to 5 s for the hook; ctrl+c ends that"
	}
	late := time.AfterFunc(hookHush, func() { guarded(func() { e.note(said) }) })
	defer late.Stop()
	e.hook.Close(enough)
}

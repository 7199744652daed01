package watch

import (
	"fmt"
	"runtime/debug"
)

// A panic is a fault of this program. It becomes one payment's CHECK, and its stack goes
// to the log.

// Guarded runs f. A panic ends f alone, and Guarded calls broke with a few words that hold no value
// and with the stack, which is for a log. Every goroutine of the program must begin with it,
// because an unrecovered panic ends the program and leaves the terminal as the screen had set it.
func Guarded(f func(), broke func(what, stack string)) {
	if err := attempt(f); err != nil {
		broke(err.text, err.stack)
	}
}

// attempt calls f and catches its panic.
func attempt(f func()) (err *panicError) {
	defer func() {
		if r := recover(); r != nil {
			err = newPanic(r)
		}
	}()
	f()
	return nil
}

func (w *watcher) crash(err *panicError) {
	w.fleet.log.Error("a watcher panicked", "payment", w.id, "panic", err.Error(), "stack", err.stack)
	w.known.Panic, w.plan.asked = err.Error(), false
	note := func() { w.note(Event{From: FromUs, Kind: EventFault, Text: err.Error()}) }
	for _, f := range []func(){note, w.hangUp, w.dropRead, w.tell} {
		if err := attempt(f); err != nil { // what broke may break again
			w.fleet.log.Error("a watcher panicked again", "payment", w.id, "stack", err.stack)
		}
	}
}

// panicMost bounds the value of a panic, in characters.
const panicMost = 2000

// panicError is a panic that was caught in a goroutine. Its text names no values, because they may
// hold anything.
type panicError struct {
	text  string
	stack string
}

func newPanic(r any) *panicError {
	text := "this program failed (a bug)"
	if err, ok := r.(error); ok {
		text = fmt.Sprintf("%s: %T", text, err)
	}
	return &panicError{text: text, stack: Safe(fmt.Sprint(r), panicMost) + "\n" + string(debug.Stack())}
}

// Error is fit for a screen; the stack is for the log.
func (e *panicError) Error() string { return e.text }

package supabase

import (
	"fmt"
	"runtime/debug"
	"time"
)

// Guarded runs f. It reports a panic to fault, in words that hold no value and with the stack. If
// fault is nil the panic goes on. The caller may own a screen, and only it can restore the
// terminal.
func Guarded(fault func(what, stack string), f func()) {
	defer func() {
		if fault == nil {
			return
		}
		if r := recover(); r != nil {
			fault(fmt.Sprintf("the sandbox failed (%T)", r), string(debug.Stack()))
		}
	}()
	f()
}

// after runs f after d, in a goroutine of its own.
func (s *Server) after(d time.Duration, f func()) *time.Timer {
	return time.AfterFunc(d, func() { Guarded(s.opt.Fault, f) })
}

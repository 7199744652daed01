package supabase

import (
	"fmt"
	"runtime/debug"
	"time"
)

// Guarded runs f. A panic in it is told to fault, in words that hold no value and with its
// stack; without a fault it goes on. The program around a sandbox may have a screen, which only
// it can put right.
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

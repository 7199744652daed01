package load

import (
	"fmt"
	"runtime/debug"
)

// guarded runs f, and tells Config.Fault of a panic in it: a program with a screen cannot put
// its terminal right after a panic in a goroutine that it doesn't know. It reports whether f
// came to its end.
func (r *Run) guarded(f func()) (whole bool) {
	defer func() {
		if r.c.Fault == nil {
			return // the panic goes on
		}
		if p := recover(); p != nil {
			stack := string(debug.Stack())
			r.faults.Do(func() { r.c.Fault(fmt.Sprintf("the load run failed (%T)", p), stack) }) // the value may hold anything
		}
	}()
	f()
	return true
}

// broken takes in that a payment's goroutine did not come to its end.
func (r *Run) broken(a arrival) {
	r.locked(func() {
		p := r.book.running[a.number]
		if p == nil {
			r.book.open-- // it was never begun
			return
		}
		p.made, p.failed, p.doubtful, p.Failure = true, true, true, "a bug in tillwatch"
		r.weigh(p)
	})
}

// locked runs f under mu, which it gives back whatever happens in f.
func (r *Run) locked(f func()) {
	r.mu.Lock()
	defer r.mu.Unlock()
	f()
}

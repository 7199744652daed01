package realtime

import (
	"fmt"
	"runtime/debug"
)

// guarded runs f and tells Config.Fault of a panic in it. A program with a screen cannot
// put its terminal right after a panic in a goroutine that it doesn't know.
func (c *Client) guarded(f func()) {
	defer func() {
		if c.fault == nil {
			return // the panic goes on
		}
		if r := recover(); r != nil {
			stack := string(debug.Stack())
			// The value itself may hold anything, a key too.
			c.faults.Do(func() { c.fault(fmt.Sprintf("the realtime client failed (%T)", r), stack) })
		}
	}()
	f()
}

// spawn starts a goroutine that Close waits for.
func (c *Client) spawn(f func()) { c.work.Go(func() { c.guarded(f) }) }

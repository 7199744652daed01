package watch

import (
	"context"
	"sync"
)

// mostHands is how many goroutines work off the watchers' mail at once. What they do is
// short and waits for nothing but a lock, so a few serve ten thousand payments; and what is
// due for all of them at once is a queue of ten thousand pointers, not ten thousand stacks.
const mostHands = 16

// crew works off the mail of the watchers: a few goroutines, which are there while there is
// something to do. A goroutine a payment would keep its stack while it waits, and telling a
// Snapshot needs one of 8 KiB: at ten thousand payments that was the largest part of the
// program's memory.
type crew struct {
	mu    sync.Mutex
	ctx   context.Context // nil before begin
	due   []*watcher      // oldest first
	hands int             // goroutines at work
	wait  sync.WaitGroup
}

// begin lets the crew work until ctx ends.
func (c *crew) begin(ctx context.Context) {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.ctx = ctx
}

// put queues a watcher, and reports whether the crew works at all. It never blocks.
func (c *crew) put(w *watcher) bool {
	c.mu.Lock()
	defer c.mu.Unlock()
	if c.ctx == nil || c.ctx.Err() != nil {
		return false
	}
	c.due = append(c.due, w)
	if c.hands < mostHands {
		c.hands++
		c.wait.Go(c.serve)
	}
	return true
}

// serve works until nothing is due.
func (c *crew) serve() {
	before := new(Known)
	for w := c.next(); w != nil; w = c.next() {
		w.turn(before)
	}
}

// next takes the watcher that has waited longest; nil: none does, or ctx has ended, and the
// goroutine that asked is no longer counted.
func (c *crew) next() *watcher {
	c.mu.Lock()
	defer c.mu.Unlock()
	if len(c.due) == 0 || c.ctx.Err() != nil {
		c.hands--
		return nil
	}
	w := c.due[0]
	c.due[0] = nil
	if c.due = c.due[1:]; len(c.due) == 0 {
		c.due = nil
	}
	return w
}

// end waits until nobody is at work, once ctx has ended.
func (c *crew) end() {
	c.mu.Lock()   // who is in put has seen a living ctx
	c.mu.Unlock() //nolint:staticcheck // the lock itself is the point
	c.wait.Wait()
}

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
	soon  []*watcher      // those that heard of an end, oldest first
	due   []*watcher      // the others
	taken uint            // how often somebody was taken
	hands int             // goroutines at work
	wait  sync.WaitGroup
}

// begin lets the crew work until ctx ends.
func (c *crew) begin(ctx context.Context) {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.ctx = ctx
}

// put queues a watcher, before most others if it is soon, and reports whether the crew works at
// all. It never blocks.
func (c *crew) put(w *watcher, soon bool) bool {
	c.mu.Lock()
	defer c.mu.Unlock()
	if c.ctx == nil || c.ctx.Err() != nil {
		return false
	}
	if soon {
		c.soon = append(c.soon, w)
	} else {
		c.due = append(c.due, w)
	}
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

// othersTurn is how often one of the others is taken though somebody has heard of an end: a
// server that tells nothing but ends must not hold them up.
const othersTurn = 8

// next takes the watcher whose turn it is; nil: none waits, or ctx has ended, and the
// goroutine that asked is no longer counted. An end is what people wait for, and hundreds may
// hear at the same moment that their payment goes on.
func (c *crew) next() *watcher {
	c.mu.Lock()
	defer c.mu.Unlock()
	queue := &c.soon
	if c.taken++; len(c.soon) == 0 || c.taken%othersTurn == 0 && len(c.due) > 0 {
		queue = &c.due
	}
	if len(*queue) == 0 || c.ctx.Err() != nil {
		c.hands--
		return nil
	}
	w := (*queue)[0]
	(*queue)[0] = nil
	if *queue = (*queue)[1:]; len(*queue) == 0 {
		*queue = nil
	}
	return w
}

// end waits until nobody is at work, once ctx has ended.
func (c *crew) end() {
	c.mu.Lock()   // who is in put has seen a living ctx
	c.mu.Unlock() //nolint:staticcheck // the lock itself is the point
	c.wait.Wait()
}

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
	due   []*watcher      // the others, and some that have gone over to soon
	taken uint            // how many watchers were taken
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
	c.enter(w, soon)
	if c.hands < mostHands {
		c.hands++
		c.wait.Go(c.serve)
	}
	return true
}

// hasten moves a watcher that waits among the others before most of them. It leaves a watcher alone
// that is being worked on.
func (c *crew) hasten(w *watcher) {
	c.mu.Lock()
	defer c.mu.Unlock()
	if w.place == placeDue {
		c.enter(w, true) // its place among the others is passed over, or is its next one's
	}
}

// enter gives a watcher its place. Under mu.
func (c *crew) enter(w *watcher, soon bool) {
	if soon {
		c.soon, w.place = append(c.soon, w), placeSoon
	} else {
		c.due, w.place = append(c.due, w), placeDue
	}
}

// place is where a watcher waits for the crew.
type place uint8

const (
	placeNone place = iota // nowhere
	placeDue
	placeSoon
)

// serve works until nothing is due.
func (c *crew) serve() {
	before := new(Known)
	for w := c.next(); w != nil; w = c.next() {
		w.turn(before)
	}
}

// othersTurn is how often one of the others is taken although a watcher has heard of an end: a
// server that sends nothing but ends must not hold them up.
const othersTurn = 8

// next takes the watcher whose turn it is; nil: none waits, or ctx has ended, and the
// goroutine that asked is no longer counted. An end is what people wait for, and hundreds may
// hear at the same moment that their payment goes on.
func (c *crew) next() *watcher {
	c.mu.Lock()
	defer c.mu.Unlock()
	for {
		queue, from := &c.soon, placeSoon
		if len(c.soon) == 0 || (c.taken+1)%othersTurn == 0 && len(c.due) > 0 {
			queue, from = &c.due, placeDue
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
		if w.place == from {
			c.taken++
			w.place = placeNone
			return w
		}
	}
}

// end waits until no worker is busy, once ctx has ended.
func (c *crew) end() {
	c.mu.Lock()   // who is in put has seen a living ctx
	c.mu.Unlock() //nolint:staticcheck // the lock itself is the point
	c.wait.Wait()
}

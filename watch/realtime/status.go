package realtime

import (
	"sync/atomic"
	"time"
)

// Status is how a Client is doing. It is a plain value, cheap to get every second.
type Status struct {
	Sockets  int    // open
	Channels int    // opened and neither Over nor closed
	Ready    int    // of these, ready
	Queued   int    // of these, waiting for their turn, a key or a socket
	Joins    uint64 // joins sent, ever
	Dropped  Drops
	// Trouble is what keeps channels from being joined; its zero value is none.
	Trouble Trouble
}

// Drops counts frames that were dropped, by why, since New.
type Drops struct {
	Malformed uint64 // not JSON, not a frame, or a frame with two meanings
	Binary    uint64 // we ask for nothing that comes in binary
	Event     uint64 // an event, or a word of one, that the client ignores
	Topic     uint64 // a topic that is not on that socket
	Stale     uint64 // of an earlier join, or an answer that is not awaited any more
}

// Trouble is why sockets cannot be opened, or why joins pause.
type Trouble struct {
	Since  time.Time // wall clock
	Status int       // HTTP status of a refused upgrade; 0 if there was no such answer
	Text   string    // one clean line; empty without trouble
	Page   bool      // no Realtime server answered; see DialError
}

// dropCounters are counted by readers and the loop alike.
type dropCounters struct {
	malformed, binary, event, topic, stale atomic.Uint64
}

// Status says how c is doing. It may be called at any time, also after Close.
func (c *Client) Status() Status {
	c.statusMu.Lock()
	status := c.status
	c.statusMu.Unlock()
	status.Dropped = Drops{
		Malformed: c.drops.malformed.Load(),
		Binary:    c.drops.binary.Load(),
		Event:     c.drops.event.Load(),
		Topic:     c.drops.topic.Load(),
		Stale:     c.drops.stale.Load(),
	}
	return status
}

// publish shows the loop's state to Status. It runs once a turn.
func (c *Client) publish() {
	open := 0
	for _, s := range c.sockets {
		if s.open {
			open++
		}
	}
	c.statusMu.Lock()
	defer c.statusMu.Unlock()
	c.status = Status{
		Sockets:  open,
		Channels: len(c.open),
		Ready:    c.readies,
		Queued:   c.waiting(),
		Joins:    c.joins,
		Trouble:  c.trouble,
	}
}

// troubled notes what went wrong; Since stays while one trouble follows another.
func (c *Client) troubled(status int, text string) {
	if c.trouble.Text == "" {
		c.trouble.Since = time.Now().Round(0)
	}
	c.trouble.Status, c.trouble.Text, c.trouble.Page = status, text, false
}

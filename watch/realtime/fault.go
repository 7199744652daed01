package realtime

import (
	"context"
	"fmt"
	"runtime/debug"
	"time"
)

// A panic in the client or in a function that it was given is a bug, and must cost as little as
// possible. The client calls Config.Fault and then ends what the panic happened to:
//
//   - Token: the channel gets no key and is Over.
//   - Hear, Wanted: the channel is Over.
//   - Refuse: the host is refused. Dump: the dump ends.
//   - A socket's dial, reader or writer: the connection ends, and the socket dials again later.
//   - The loop: the client ends as a whole. Every channel is Lost and Over, channels that are
//     opened later too, and Status has the Trouble.

// mostFaults is how many panics the client survives, so that a panic that repeats ends the client.
const mostFaults = 20

// errBug is the error of what a panic has ended.
var errBug error = bugError{}

type bugError struct{}

// Error names no value, because the value could be a key.
func (bugError) Error() string { return "the realtime client failed (a bug in tillwatch)" }

// Permanent reports that another try would fail too.
func (bugError) Permanent() bool { return true }

// attempt runs f and returns errBug if it panics. Without Config.Fault the panic goes on.
func (c *Client) attempt(f func()) (err error) {
	if c.fault == nil {
		f()
		return nil
	}
	defer func() {
		if r := recover(); r != nil {
			c.report(r, string(debug.Stack()))
			err = errBug
		}
	}()
	f()
	return nil
}

// report reports a panic to Config.Fault. It passes only the value's type, because the value could
// hold a key.
func (c *Client) report(r any, stack string) {
	defer func() { _ = recover() }() // a panic in Fault cannot be reported
	switch n := c.faults.Add(1); {
	case n == mostFaults:
		c.post(func(now time.Time) { c.fail(now) })
		fallthrough
	case n < mostFaults:
		c.fault(fmt.Sprintf("the realtime client failed (%T)", r), stack)
	}
}

// spawn starts a goroutine that Close waits for.
func (c *Client) spawn(f func()) { c.work.Go(func() { _ = c.attempt(f) }) }

// fail ends the client as a whole, because its state cannot be trusted after a panic in the loop.
// The loop goes on for later callers, but plans nothing any more.
func (c *Client) fail(now time.Time) {
	if c.failed {
		return
	}
	c.failed = true
	c.cancel()
	for ch := range c.open {
		// The call may panic again, so each step is guarded by itself.
		_ = c.attempt(func() { c.detach(ch) })
		ch.state = ended
		_ = c.attempt(func() { ch.tell(Notice{Kind: Lost, Err: errBug, Over: true}) })
	}
	for _, s := range c.sockets {
		if s.link != nil {
			s.link.cancel(errBug)
		}
		s.link, s.open = nil, false
	}
	clear(c.open)
	c.sockets, c.alarms, c.readies, c.minting = nil, alarms{}, 0, 0
	c.queue.Init()
	c.keyed.Init()
	c.renewal.Init()
	c.trouble = Trouble{}
	c.troubled(0, errBug.Error())
}

// guardedDump returns dump, which it stops calling after a panic.
func (c *Client) guardedDump(dump func(Frame)) func(Frame) {
	if dump == nil {
		return nil
	}
	return func(f Frame) {
		if !c.noDump.Load() && c.attempt(func() { dump(f) }) != nil {
			c.noDump.Store(true)
		}
	}
}

// guardedRefuse returns refuse, except that a panic in it refuses the host.
func (c *Client) guardedRefuse(refuse func(string) error) func(string) error {
	if refuse == nil {
		return nil
	}
	return func(host string) (err error) {
		if bug := c.attempt(func() { err = refuse(host) }); bug != nil {
			return bug
		}
		return err
	}
}

// token calls the channel's Token.
func (ch *Channel) token(ctx context.Context) (key Token, err error) {
	if bug := ch.client.attempt(func() { key, err = ch.spec.Token(ctx) }); bug != nil {
		return Token{}, bug
	}
	return key, err
}

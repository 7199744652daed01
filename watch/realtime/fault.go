package realtime

import (
	"context"
	"fmt"
	"runtime/debug"
	"time"
)

// A panic in the client or in a function that it was given is a bug, and must cost as little
// as it can. Config.Fault is told of it, and then what it happened to ends:
//
//   - Token: no key comes, the channel is Over.
//   - Hear, Wanted: the channel is Over.
//   - Refuse: the host is refused. Dump: there is no more dump.
//   - A socket's dial, reader or writer: the connection ends, and the socket dials again later.
//   - The loop: the client ends as a whole. Every channel is Lost and Over, those that are
//     opened later too, and Status tells the trouble.

// mostFaults is how many panics the client survives. One that happens again and again ends it.
const mostFaults = 20

// errBug is the error of what a panic has ended.
var errBug error = bugError{}

type bugError struct{}

// Error names no value: it could be a key.
func (bugError) Error() string { return "the realtime client failed (a bug in tillwatch)" }

// Permanent says that trying again would fail again.
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

// report tells of a panic. What it tells is short, for the value may hold anything, a key too.
func (c *Client) report(r any, stack string) {
	defer func() { _ = recover() }() // there is nobody left to tell that the telling fails
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

// fail ends the client as a whole: its state can't be trusted after a panic in the loop. The
// loop goes on for those who come later, but plans nothing any more.
func (c *Client) fail(now time.Time) {
	if c.failed {
		return
	}
	c.failed = true
	c.cancel()
	for ch := range c.open {
		// What failed may fail again, so each step stands alone.
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

// guardedDump is dump until it panics.
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

// guardedRefuse refuses every host for which refuse panics.
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

// token calls ch's Token.
func (ch *Channel) token(ctx context.Context) (key Token, err error) {
	if bug := ch.client.attempt(func() { key, err = ch.spec.Token(ctx) }); bug != nil {
		return Token{}, bug
	}
	return key, err
}

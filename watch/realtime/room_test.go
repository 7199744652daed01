package realtime

import (
	"context"
	"errors"
	"fmt"
	"strings"
	"sync/atomic"
	"testing"
	"time"
)

// A server chooses how much it sends and how fast it reads. What that may cost us is bounded:
// the numbers are those of timing.go.

func TestRoom_ASubscriptionThatIsConfirmedEndlesslyIsToldTenTimes(t *testing.T) {
	start(t, Config{}, func(s *theServer, c *Client) {
		o := many(t, c, "t", 1)[0]
		p := s.all()[0]
		for range 5_000 {
			p.subscribed("realtime:t0")
		}
		after(8 * time.Second)
		if n := strings.Count(o.kinds(), "ready"); n != readiesMost-1 { // one was told before
			t.Errorf("it was told %d times that it is ready", n)
		}
		after(2 * time.Second) // the last of them may have hidden a gap
		if n := strings.Count(o.kinds(), "ready"); n != readiesMost {
			t.Errorf("it was told %d times, want one more at the end of the period", n)
		}
		o.forget()
		after(time.Minute)
		p.subscribed("realtime:t0")
		after(time.Second)
		o.wants("ready")
	})
}

func TestRoom_ASubscriptionThatComesAndGoesIsBelievedTenTimes(t *testing.T) {
	start(t, Config{}, func(s *theServer, c *Client) {
		o := many(t, c, "t", 1)[0]
		p := s.all()[0]
		broken := func() {
			p.send(p.ref("realtime:t0"), "", "realtime:t0", "system", `{"extension":"postgres_changes","status":"error","message":"{:error, \"Too many database timeouts\"}"}`)
		}
		for range 1_000 {
			broken()
			p.subscribed("realtime:t0")
		}
		after(8 * time.Second)
		if n := len(strings.Fields(o.kinds())); n > 2*readiesMost+1 || o.isReady() || c.Status().Ready != 0 {
			t.Errorf("it was told %d things; it is ready: %v, %+v", n, o.isReady(), c.Status())
		}
		after(2 * time.Second)
		if !o.isReady() || c.Status().Ready != 1 { // the last word was ok
			t.Errorf("it heard %s, and the status is %+v", o.kinds(), c.Status())
		}
		for range 1_000 {
			p.subscribed("realtime:t0")
			broken()
		}
		after(30 * time.Second)
		if o.isReady() || c.Status().Ready != 0 { // the last word was error
			t.Errorf("it heard %s, and the status is %+v", o.kinds(), c.Status())
		}
	})
}

func TestRoom_ALateAnswerIsLeftOnceMoreHoweverOftenItComes(t *testing.T) {
	start(t, Config{}, func(s *theServer, c *Client) {
		var first atomic.Pointer[sent]
		s.play = func(p *peer, f sent) {
			if f.event == eventJoin && first.CompareAndSwap(nil, &f) {
				return
			}
			if f.event != eventLeave {
				p.calm(f)
			}
		}
		(&owner{t: t}).open(c, "t")
		after(joinPatience + time.Second)
		p := s.all()[0]
		for range 1_000 {
			p.accept(*first.Load())
		}
		after(time.Second)
		if n := len(p.got("phx_leave")); n != 2 {
			t.Errorf("%d leaves, want 2", n)
		}
	})
}

// A connection that takes nothing may not have us keep what we say.
func TestRoom_WhatWaitsForAConnectionIsBounded(t *testing.T) {
	start(t, Config{}, func(s *theServer, c *Client) {
		o := many(t, c, "t", 1)[0]
		p := s.all()[0]
		p.set(func(p *peer) { p.freeze = make(chan struct{}) })
		var waited int
		c.post(func(time.Time) {
			l := c.sockets[0].link
			for range 10 * outMost {
				c.sockets[0].send("1", "1", "realtime:t0", eventLeave, noPayload{})
				if l.ctx.Err() != nil {
					break
				}
			}
			l.out.mu.Lock()
			waited = len(l.out.items)
			l.out.mu.Unlock()
		})
		after(3 * time.Second)
		if waited > outMost+1 {
			t.Errorf("%d messages waited", waited)
		}
		o.wants("lost joining joined ready")
		if o.reason() != errStuck.Error() {
			t.Errorf("lost because %v", o.lastErr())
		}
	})
}

// Large messages wait for the loop one by one.
func TestRoom_LargeMessagesWaitOneByOne(t *testing.T) {
	start(t, Config{}, func(s *theServer, c *Client) {
		o := many(t, c, "t", 1)[0]
		p := s.all()[0]
		resume := make(chan struct{})
		c.post(func(time.Time) { <-resume }) // the loop stands still
		var sent atomic.Int64
		large := `{"id":1,"x":"` + strings.Repeat("x", 2<<20) + `"}`
		go func() {
			for range 20 {
				p.change("realtime:t0", large)
				sent.Add(1)
			}
		}()
		after(time.Second)
		if n := sent.Load(); n > 3 { // one waits, one waits for its place, one is in buffers
			t.Errorf("%d messages of 2 MiB were taken by a loop that stands still", n)
		}
		close(resume)
		after(time.Second)
		if n := strings.Count(o.kinds(), "changed"); n != 20 {
			t.Errorf("%d changes were heard", n)
		}
	})
}

// A server may allow a socket one channel, and would then get a socket for each payment. What the
// user has set is another matter.
func TestRoom_SocketsAreBoundedHoweverFewChannelsTheServerAllows(t *testing.T) {
	open := map[*Channel]struct{}{}
	for range 10_000 {
		open[&Channel{}] = struct{}{}
	}
	for _, tc := range []struct{ perSocket, allowed, want int }{
		{90, 90, 112}, {50, 90, 200}, {1, 90, socketsMost}, {10, 10, 1000}, {1, 10, 1000}, {1, 1, 10_000},
	} {
		c := &Client{open: open, perSocket: tc.perSocket, allowed: tc.allowed}
		if got := c.mostSockets() - spareSockets; got != tc.want {
			t.Errorf("%d sockets of %d channels, where %d were set; want %d", got, tc.perSocket, tc.allowed, tc.want)
		}
	}
}

func TestRoom_ARowOfManyColumnsIsNotRemembered(t *testing.T) {
	row := columns{}
	for i := range mostColumns {
		row[fmt.Sprint(i)] = []byte("1")
	}
	if kept := merge(nil, &Change{Type: "INSERT", Record: row}); kept != nil {
		t.Errorf("%d columns are kept, which take far more than their text", len(kept))
	}
}

// A key is not looked into, but one that cannot be a key would cost its neighbours 5 s at the
// server, or end the channel to which it is pushed.
func TestKey_ThatCannotBeOneIsNeverSent(t *testing.T) {
	for name, bad := range map[string]string{
		"empty": "", "blanks": " \n\t", "two lines": "eyJh.eyJz\n.c2ln", "a blank": "eyJh eyJz", "an escape": "eyJh\x1b[2J",
		"a NUL": "eyJh\x00", "letters of others": "ключ", "no text": "\xff\xfe", "endless": strings.Repeat("x", keyLimit+1),
	} {
		t.Run(name, func(t *testing.T) {
			start(t, Config{}, func(s *theServer, c *Client) {
				at := time.Now()
				joining := (&owner{t: t, next: func(int) (Token, error) { return Token{Text: bad}, nil }}).open(c, "joining")
				renewing := (&owner{t: t, next: func(n int) (Token, error) {
					if n == 1 {
						return Token{Text: "good", Expires: at.Add(30 * time.Second)}, nil
					}
					return Token{Text: bad, Expires: time.Now().Add(time.Hour)}, nil
				}}).open(c, "renewing")
				after(29 * time.Second)
				renewing.wants("joining joined ready")
				if !strings.HasPrefix(joining.kinds(), "joining lost joining lost") || !strings.HasPrefix(joining.reason(), "the key ") {
					t.Errorf("it heard %s, %v", joining.kinds(), joining.lastErr())
				}
				for _, p := range s.all() {
					if n := len(p.got("access_token")); n != 0 {
						t.Errorf("%d keys were pushed", n)
					}
					for _, f := range p.got("phx_join") {
						if f.topic != "realtime:renewing" {
							t.Errorf("a join of %s was sent", f.topic)
						}
					}
				}
			})
		})
	}
}

// The server strips blanks around a key, so a key with some is the same key.
func TestKey_BlanksAroundItMakeNoOtherKey(t *testing.T) {
	start(t, Config{}, func(s *theServer, c *Client) {
		at := time.Now()
		o := (&owner{t: t, next: func(n int) (Token, error) {
			return Token{Text: "key" + strings.Repeat("\n", n%2), Expires: at.Add(time.Minute)}, nil
		}}).open(c, "t")
		after(50 * time.Second)
		o.wants("joining joined ready")
		p := s.all()[0]
		if n := len(p.got("access_token")); n != 0 || !strings.Contains(string(p.got("phx_join")[0].payload), `"access_token":"key"`) {
			t.Errorf("%d pushes; the join was %s", n, p.got("phx_join")[0].payload)
		}
	})
}

// A life of centuries must not overflow into one that is over.
func TestKey_ThatLivesForCenturiesIsNotRenewedAtOnce(t *testing.T) {
	start(t, Config{}, func(_ *theServer, c *Client) {
		o := (&owner{t: t, life: 290 * 365 * 24 * time.Hour}).open(c, "t")
		after(time.Hour)
		o.wants("joining joined ready")
		if o.keys != 1 {
			t.Errorf("it was asked for %d keys", o.keys)
		}
	})
}

// A key that never comes holds up the end of nothing: not of the channel, not of the client.
func TestKey_ThatNeverComesHoldsNothingUp(t *testing.T) {
	start(t, Config{}, func(_ *theServer, c *Client) {
		ch := c.Open(Spec{Topic: "t", Hear: func(Notice) {}, Token: func(ctx context.Context) (Token, error) {
			<-ctx.Done()
			return Token{}, errors.New("too late")
		}})
		after(time.Hour)
		ch.Close()
		after(time.Second)
		if st := c.Status(); st.Channels != 0 || st.Queued != 0 {
			t.Errorf("the status is %+v", st)
		}
	})
}

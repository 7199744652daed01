package realtime

import (
	"context"
	"errors"
	"net"
	"net/http"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"
)

// faults notes what Config.Fault is told.
type faults struct {
	mu    sync.Mutex
	texts []string
}

func (f *faults) note(what, stack string) {
	f.mu.Lock()
	defer f.mu.Unlock()
	f.texts = append(f.texts, what+"\n"+stack)
}

// wants checks that Fault was told of so many panics, whose stacks name the function, and
// nothing of what they hold.
func (f *faults) wants(t *testing.T, n int, function string) {
	t.Helper()
	f.mu.Lock()
	defer f.mu.Unlock()
	if len(f.texts) != n {
		t.Errorf("%d panics were told of, want %d", len(f.texts), n)
	}
	for _, text := range f.texts {
		if what, stack, _ := strings.Cut(text, "\n"); strings.Contains(what, "key-1") || !strings.Contains(stack, function) {
			t.Errorf("it says %q", text)
		}
	}
}

// A function of a channel's owner that panics costs that channel, and no other one.
func TestFault_OfAnOwnerEndsItsChannelAlone(t *testing.T) {
	for name, broken := range map[string]struct {
		owner func(t *testing.T) *owner
		heard string
	}{
		"Hear": {func(t *testing.T) *owner {
			return &owner{t: t, then: func(n Notice) {
				if n.Kind == Ready {
					panic("key-1 slipped out")
				}
			}}
		}, "joining joined ready lost!"},
		"Hear, each time": {func(t *testing.T) *owner { return &owner{t: t, then: func(Notice) { panic("key-1 slipped out") }} }, "joining lost!"},
		"Token": {func(t *testing.T) *owner {
			return &owner{t: t, next: func(int) (Token, error) { panic("key-1 slipped out") }}
		}, "joining lost!"},
		"Wanted": {func(t *testing.T) *owner {
			return &owner{t: t, want: func(time.Duration) bool { panic("key-1 slipped out") }}
		}, "joining lost!"},
		"Token, at a renewal": {func(t *testing.T) *owner {
			return &owner{t: t, life: 30 * time.Second, next: func(n int) (Token, error) {
				if n > 1 {
					panic("key-1 slipped out")
				}
				return Token{Text: "key", Expires: time.Now().Add(30 * time.Second)}, nil
			}}
		}, "joining joined ready"}, // its key is good until it ends
	} {
		t.Run(name, func(t *testing.T) {
			told := &faults{}
			start(t, Config{Fault: told.note}, func(s *theServer, c *Client) {
				calm := many(t, c, "calm", 1)[0]
				o := broken.owner(t).open(c, "broken")
				after(25 * time.Second)
				o.wants(broken.heard)
				if o.lastErr() != nil && !errors.Is(o.lastErr(), errBug) {
					t.Errorf("lost because %v", o.lastErr())
				}
				if n := len(told.texts); n == 0 || n > 3 {
					t.Errorf("%d panics were told of", n)
				}
				told.wants(t, len(told.texts), "fault_test.go")
				for _, p := range s.all() {
					p.change("realtime:calm0", `{"id":1}`)
				}
				after(time.Second)
				calm.wants("changed")
			})
		})
	}
}

// A socket whose connection, reader or writer panics dials again, and its channels come back.
func TestFault_OfASocketCostsItsConnection(t *testing.T) {
	for name, breaks := range map[string]func(conn *brokenConn){
		"reader": func(conn *brokenConn) { conn.read.Store(true) },
		"writer": func(conn *brokenConn) { conn.write.Store(true) },
	} {
		t.Run(name, func(t *testing.T) {
			told := &faults{}
			start(t, Config{Fault: told.note}, func(s *theServer, _ *Client) {
				var last atomic.Pointer[brokenConn]
				carrier := transport(nil)
				carrier.DialContext = func(ctx context.Context, network, address string) (net.Conn, error) {
					conn, err := s.dial(ctx, network, address)
					last.Store(&brokenConn{Conn: conn})
					return last.Load(), err
				}
				defer carrier.CloseIdleConnections()
				c := New(Config{URL: "http://memory", HTTP: &http.Client{Transport: carrier}, Fault: told.note})
				defer c.Close()
				o := (&owner{t: t}).open(c, "t")
				after(time.Second)
				o.wants("joining joined ready")
				breaks(last.Load())
				s.all()[0].send("", "", "phoenix", "phx_reply", `{"status":"ok"}`) // there is something to read
				after(6 * time.Second)                                             // and a heartbeat to write
				o.wants("joining joined ready lost joining joined ready")
				if o.reason() != errBug.Error() {
					t.Errorf("lost because %v", o.lastErr())
				}
				told.wants(t, 1, "brokenConn")
			})
		})
	}
}

// brokenConn panics in reads or writes once it is told to.
type brokenConn struct {
	net.Conn
	read, write atomic.Bool
}

func (c *brokenConn) Read(p []byte) (int, error) {
	n, err := c.Conn.Read(p)
	if c.read.Load() {
		panic("key-1 slipped out")
	}
	return n, err
}

func (c *brokenConn) Write(p []byte) (int, error) {
	if c.write.Load() {
		panic("key-1 slipped out")
	}
	return c.Conn.Write(p)
}

// brokenTransport panics so many times.
type brokenTransport struct {
	http.RoundTripper
	left atomic.Int64
}

func (b *brokenTransport) RoundTrip(r *http.Request) (*http.Response, error) {
	if b.left.Add(-1) >= 0 {
		panic("key-1 slipped out")
	}
	return b.RoundTripper.RoundTrip(r)
}

func TestFault_OfADialIsTriedAgain(t *testing.T) {
	told := &faults{}
	start(t, Config{}, func(s *theServer, _ *Client) {
		broken := &brokenTransport{RoundTripper: s.client.Transport}
		broken.left.Store(2)
		c := New(Config{URL: "http://memory", HTTP: &http.Client{Transport: broken}, Fault: told.note})
		defer c.Close()
		o := (&owner{t: t}).open(c, "t")
		after(time.Millisecond)
		if got := c.Status().Trouble.Text; got != errBug.Error() {
			t.Errorf("the trouble is %q", got)
		}
		after(10 * time.Second)
		o.wants("joining lost joining joined ready")
		told.wants(t, 2, "brokenTransport")
		if got := c.Status().Trouble; got.Text != "" {
			t.Errorf("the trouble is still %q", got.Text)
		}
	})
}

// A dial that panics for ever ends the client after a while, and says so.
func TestFault_ThatComesAgainAndAgainEndsTheClient(t *testing.T) {
	told := &faults{}
	start(t, Config{}, func(*theServer, *Client) {
		broken := &brokenTransport{}
		broken.left.Store(1000)
		c := New(Config{URL: "http://memory", HTTP: &http.Client{Transport: broken}, Fault: told.note})
		defer c.Close()
		o := (&owner{t: t}).open(c, "t")
		after(10 * time.Minute)
		if !strings.HasSuffix(o.kinds(), " lost!") {
			t.Errorf("it heard %s", o.kinds())
		}
		told.wants(t, mostFaults, "brokenTransport")
	})
}

// After a panic in the loop nothing that it holds can be trusted: all channels are told, at any
// moment of their lives, and those that come later too.
func TestFault_OfTheLoopEndsTheClientAndTellsEveryChannel(t *testing.T) {
	told := &faults{}
	start(t, Config{Fault: told.note, ChannelsPerSocket: 2}, func(s *theServer, c *Client) {
		ready := many(t, c, "ready", 2)
		resting := (&owner{t: t, next: func(int) (Token, error) { return Token{}, errors.New("not now") }}).open(c, "resting")
		after(time.Second)
		waiting := (&owner{t: t}).open(c, "waiting") // queued, or with a key and no socket
		asks := make(chan struct{})
		asking := (&owner{t: t, next: func(int) (Token, error) { <-asks; return Token{Text: "late"}, nil }}).open(c, "asking")
		c.post(func(time.Time) { panic("key-1 slipped out") })
		after(time.Second)
		for _, o := range append(ready, resting, waiting, asking) {
			if !strings.HasSuffix(o.kinds(), "lost!") || !errors.Is(o.lastErr(), errBug) {
				t.Errorf("%s heard %q (%v)", o.ch.spec.Topic, o.kinds(), o.lastErr())
			}
			o.forget()
		}
		close(asks)
		later := (&owner{t: t}).open(c, "later")
		c.Doubt()
		ready[0].ch.Close()
		after(2 * time.Minute)
		later.wants("lost!")
		for _, o := range append(ready, resting, waiting, asking) {
			o.wants("")
		}
		st := c.Status()
		if st.Trouble.Text != errBug.Error() || st.Trouble.Since.IsZero() || st.Channels+st.Ready+st.Queued+st.Sockets != 0 || s.open() != 0 {
			t.Errorf("the status is %+v, and %d sockets are open", st, s.open())
		}
		told.wants(t, 1, "fault_test.go")
	})
}

// An alarm is the loop's too.
func TestFault_OfAnAlarmEndsTheClient(t *testing.T) {
	told := &faults{}
	start(t, Config{Fault: told.note}, func(_ *theServer, c *Client) {
		o := many(t, c, "t", 1)[0]
		c.post(func(now time.Time) {
			c.alarms.set(&alarm{ring: func(time.Time) { panic("key-1 slipped out") }}, now.Add(time.Second))
		})
		after(2 * time.Second)
		o.wants("lost!")
		told.wants(t, 1, "fault_test.go")
	})
}

// What only looks on, or only forbids, costs no channel.
func TestFault_OfTheDumpEndsTheDump(t *testing.T) {
	told, frames := &faults{}, 0
	start(t, Config{Fault: told.note, Dump: func(Frame) { frames++; panic("key-1 slipped out") }}, func(_ *theServer, c *Client) {
		many(t, c, "t", 1)
		after(time.Minute)
		if frames != 1 {
			t.Errorf("%d frames were dumped after a panic", frames-1)
		}
		told.wants(t, 1, "fault_test.go")
	})
}

func TestFault_OfRefuseRefusesTheHost(t *testing.T) {
	told := &faults{}
	start(t, Config{Fault: told.note, Refuse: func(string) error { panic("key-1 slipped out") }}, func(s *theServer, c *Client) {
		o := (&owner{t: t}).open(c, "t")
		after(100 * time.Millisecond)
		o.wants("joining lost")
		if n, _ := s.upgrades(); n != 0 || !strings.Contains(o.reason(), errBug.Error()) {
			t.Errorf("%d upgrades were asked for; lost because %v", n, o.lastErr())
		}
		told.wants(t, 1, "fault_test.go")
	})
}

// Fault itself is a function that may panic.
func TestFault_ThatCannotBeToldIsNotTheEnd(t *testing.T) {
	start(t, Config{Fault: func(string, string) { panic("no disk") }}, func(_ *theServer, c *Client) {
		o := (&owner{t: t, next: func(int) (Token, error) { panic("key-1 slipped out") }}).open(c, "t")
		after(time.Second)
		o.wants("joining lost!")
	})
}

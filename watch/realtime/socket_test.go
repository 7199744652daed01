package realtime

import (
	"context"
	"fmt"
	"net/http"
	"strings"
	"sync/atomic"
	"testing"
	"testing/synctest"
	"time"

	"github.com/coder/websocket"
)

// many opens n channels named prefix0, prefix1, … and waits until they are ready.
func many(t *testing.T, c *Client, prefix string, n int) []*owner {
	t.Helper()
	owners := make([]*owner, n)
	for i := range owners {
		owners[i] = (&owner{t: t}).open(c, fmt.Sprint(prefix, i))
	}
	after(time.Duration(n)*25*time.Millisecond + time.Second)
	for _, o := range owners {
		o.wants("joining joined ready")
		o.forget()
	}
	return owners
}

func TestClient_AHalfOpenSocketStallsThenIsReplaced(t *testing.T) {
	start(t, Config{}, func(s *theServer, c *Client) {
		o := many(t, c, "t", 1)[0]
		s.all()[0].set(func(p *peer) { p.deaf = true })
		began := time.Now()
		after(7 * time.Second)
		o.wants("stalled")
		if st := c.Status(); st.Ready != 1 {
			t.Errorf("ready %d while stalled: it is not lost yet", st.Ready)
		}
		after(5 * time.Second)
		o.wants("stalled lost joining joined ready")
		if lost := o.times[1].Sub(began); lost > 10*time.Second {
			t.Errorf("lost after %v, want 10 s of silence at most", lost)
		}
		if got := o.reason(); got != "the server fell silent" {
			t.Errorf("lost because %q", got)
		}
		if s.open() != 1 {
			t.Errorf("%d sockets open, want the new one alone", s.open())
		}
	})
}

func TestClient_AServerFrozenForAMomentCostsNoChannel(t *testing.T) {
	start(t, Config{}, func(s *theServer, c *Client) {
		owners := many(t, c, "t", 3)
		p := s.all()[0]
		p.set(func(p *peer) { p.freeze = make(chan struct{}) })
		after(8 * time.Second)
		p.thaw()
		after(10 * time.Second)
		for _, o := range owners {
			o.wants("stalled resumed")
		}
		if len(s.all()) != 1 {
			t.Error("another socket was opened")
		}
	})
}

func TestClient_AFrozenServerIsLeftAndFoundAgain(t *testing.T) {
	start(t, Config{}, func(s *theServer, c *Client) {
		owners := many(t, c, "t", 3)
		p := s.all()[0]
		p.set(func(p *peer) { p.freeze = make(chan struct{}) })
		s.set(func(s *theServer) { s.down = true })
		after(20 * time.Second)
		for _, o := range owners {
			o.wants("stalled lost")
		}
		if st := c.Status(); st.Trouble.Text == "" || st.Sockets != 0 || st.Queued != 3 {
			t.Errorf("status %+v, want trouble and three in the queue", st)
		}
		s.set(func(s *theServer) { s.down = false })
		p.thaw()
		after(11 * time.Second)
		for _, o := range owners {
			o.wants("stalled lost joining joined ready")
		}
		if st := c.Status(); st.Trouble != (Trouble{}) {
			t.Errorf("trouble %+v is still told", st.Trouble)
		}
	})
}

func TestClient_ReconnectsAfterEveryCloseCode(t *testing.T) {
	for _, code := range []int{1000, 1001, 1006, 1011, 1012, 4000} {
		t.Run(fmt.Sprint(code), func(t *testing.T) {
			start(t, Config{ChannelsPerSocket: 1}, func(s *theServer, c *Client) {
				owners := many(t, c, "t", 6)
				began := time.Now()
				for _, p := range s.all() {
					go p.closeWith(code)
				}
				after(2 * time.Second)
				for _, o := range owners {
					o.wants("lost joining joined ready")
				}
				first, last := s.dials()[6].Sub(began), s.dials()[11].Sub(began)
				if len(s.dials()) != 12 || last >= time.Second || last-first < 10*time.Millisecond {
					t.Errorf("%d dials, %v to %v after the close; want 12 spread over a second", len(s.dials()), first, last)
				}
				if err := owners[0].reason(); code != 1006 && !strings.Contains(err, fmt.Sprint(code)) {
					t.Errorf("lost because %q, want the code", err)
				}
			})
		})
	}
}

func TestClient_WaitsLongerForAServerThatStaysAway(t *testing.T) {
	start(t, Config{}, func(s *theServer, c *Client) {
		many(t, c, "t", 1)
		s.set(func(s *theServer) { s.down = true })
		s.all()[0].closeWith(1012)
		after(60 * time.Second)
		most := []time.Duration{2, 5, 10, 10, 10}
		tries := s.dials()[1:]
		if len(tries) < 5 || len(tries) > 40 {
			t.Fatalf("%d dials in a minute", len(tries))
		}
		for i, longest := range most {
			if gap := tries[i+1].Sub(tries[i]); gap > longest*time.Second {
				t.Errorf("%v between dials %d and %d, want %d s at most", gap, i, i+1, longest)
			}
		}
	})
}

func TestClient_ReachesAServerThatClosesWithAnAnnouncement(t *testing.T) {
	start(t, Config{}, func(s *theServer, c *Client) {
		o := many(t, c, "t", 1)[0]
		p := s.all()[0]
		p.send("", "", "realtime:t0", "system", `{"extension":"system","status":"ok","message":"Server requested disconnect"}`)
		synctest.Wait()
		o.wants("")
		p.closeWith(1012)
		after(2 * time.Second)
		o.wants("lost joining joined ready")
		if want := "the server closed the socket with code 1012: Server requested disconnect"; o.reason() != want {
			t.Errorf("lost because %q, want %q", o.lastErr(), want)
		}
	})
}

func TestClient_ARefusedUpgradeIsTroubleAndNobodysEnd(t *testing.T) {
	cases := map[string]struct {
		status int
		body   string
		text   string
	}{
		"expired key":     {401, `{"error":"Token has expired"}`, "Token has expired"},
		"suspended":       {403, `{"error":"Realtime was disabled for this tenant"}`, "Realtime was disabled for this tenant"},
		"wrong vsn":       {403, ``, "Forbidden"},
		"unknown tenant":  {404, `{"error":"Tenant not found"}`, "Tenant not found"},
		"too many users":  {429, `{"error":"Too many connected users"}`, "Too many connected users"},
		"database down":   {500, `Internal Server Error`, "Internal Server Error"},
		"a key is quoted": {401, `{"error":"bad\nkey anon-key and eyJhbGciOiJIUzI1NiJ9.e30.sig"}`, "bad key ••• and •••"},
		"a redirect":      {302, ``, "a redirect, HTTP 302"},
		"a portal":        {200, `<html>please log in</html>`, "a web page, HTTP 200"},
	}
	for name, tc := range cases {
		t.Run(name, func(t *testing.T) {
			start(t, Config{}, func(s *theServer, c *Client) {
				defer s.client.CloseIdleConnections()
				s.refuse = func(w http.ResponseWriter) bool {
					time.Sleep(2 * time.Second) // as the real server does
					if tc.status == 302 {
						w.Header().Set("Location", "http://elsewhere/")
					}
					w.WriteHeader(tc.status)
					fmt.Fprint(w, tc.body)
					return true
				}
				o := (&owner{t: t}).open(c, "t")
				after(2 * time.Second)
				o.wants("joining lost")
				tr := c.Status().Trouble
				if tr.Status != tc.status || tr.Text != tc.text || tr.Since.IsZero() {
					t.Errorf("trouble %+v, want %d %q", tr, tc.status, tc.text)
				}
				if strings.Contains(o.reason(), "anon-key") {
					t.Errorf("the key is in the error: %v", o.lastErr())
				}
				since := tr.Since
				after(28 * time.Second)
				if n, _ := s.upgrades(); n < 3 || n > 12 {
					t.Errorf("%d upgrades in 30 s", n)
				}
				if tr := c.Status().Trouble; tr.Since != since {
					t.Error("the trouble's beginning moved")
				}
				s.set(func(s *theServer) { s.refuse = nil })
				after(23 * time.Second)
				o.wants("joining lost joining joined ready")
				if o.keys != 1 {
					t.Errorf("%d keys were got, want the first one kept", o.keys)
				}
				if st := c.Status(); st.Trouble != (Trouble{}) {
					t.Errorf("trouble %+v is still told", st.Trouble)
				}
			})
		})
	}
}

func TestClient_ADialFailureNamesItsKindAndNotItsAddress(t *testing.T) {
	start(t, Config{}, func(s *theServer, c *Client) {
		s.down = true
		o := (&owner{t: t}).open(c, "t")
		synctest.Wait()
		o.wants("joining lost")
		if got := o.reason(); got != "cannot reach the realtime server: the connection failed" {
			t.Errorf("lost because %q", got)
		}
	})
}

func TestClient_ABlackHoleIsGivenUpAfterTenSeconds(t *testing.T) {
	start(t, Config{}, func(s *theServer, c *Client) {
		stuck := make(chan struct{})
		s.refuse = func(http.ResponseWriter) bool { <-stuck; return true }
		defer close(stuck)
		o := (&owner{t: t}).open(c, "t")
		after(9 * time.Second)
		o.wants("joining")
		after(time.Second)
		o.wants("joining lost")
		if got := c.Status().Trouble.Text; got != "no answer in time" {
			t.Errorf("trouble %q", got)
		}
	})
}

func TestClient_DoesNotTakeItsOwnSleepForTheServersDeath(t *testing.T) {
	start(t, Config{}, func(s *theServer, c *Client) {
		// An owner that blocks, which it must not, stops the loop as a suspended process
		// would: alarms ring late, and nothing could be read meanwhile.
		o := &owner{t: t}
		o.then = func(n Notice) {
			if n.Kind == Changed {
				time.Sleep(30 * time.Second)
			}
		}
		o.open(c, "t")
		after(time.Second)
		s.all()[0].change("realtime:t", `{"id":1}`)
		after(60 * time.Second)
		o.wants("joining joined ready changed")
		if len(s.all()) != 1 {
			t.Error("the socket was given up")
		}
	})
}

func TestClient_AChannelNobodyWantsDoesNotRejoin(t *testing.T) {
	start(t, Config{}, func(s *theServer, c *Client) {
		var served atomic.Bool
		o := &owner{t: t, want: func(time.Duration) bool { return !served.Load() }}
		o.open(c, "t")
		after(time.Second)
		served.Store(true)
		s.all()[0].closeWith(1012)
		after(20 * time.Second)
		o.wants("joining joined ready lost!")
		if len(s.all()) != 1 || c.Status().Channels != 0 {
			t.Errorf("%d sockets and %d channels", len(s.all()), c.Status().Channels)
		}
	})
}

func TestClient_AChannelWhoseTurnComesTooLateGetsNoKey(t *testing.T) {
	start(t, Config{}, func(s *theServer, c *Client) {
		o := &owner{t: t, want: func(time.Duration) bool { return false }}
		o.open(c, "t")
		after(20 * time.Second)
		o.wants("lost!")
		if c.Status().Channels != 0 || len(s.all()) > 1 {
			t.Errorf("%d sockets and %d channels", len(s.all()), c.Status().Channels)
		}
	})
}

func TestClient_ForgetsSocketsThatNobodyNeedsAnyMore(t *testing.T) {
	start(t, Config{ChannelsPerSocket: 2}, func(s *theServer, c *Client) {
		owners := many(t, c, "t", 6)
		s.set(func(s *theServer) { s.down = true })
		for _, p := range s.all() {
			p.closeWith(1006)
		}
		after(30 * time.Second)
		for _, o := range owners[1:] {
			o.ch.Close()
			o.ch.Close() // and again, when it is over already
		}
		after(30 * time.Second)
		before := len(s.dials())
		after(60 * time.Second)
		if n := len(s.dials()) - before; n > 30 {
			t.Errorf("%d dials a minute for one channel", n)
		}
		s.set(func(s *theServer) { s.down = false })
		after(11 * time.Second)
		if !owners[0].isReady() || s.open() != 1 {
			t.Errorf("it heard %q, %d sockets are open", owners[0].kinds(), s.open())
		}
		owners[0].ch.Close()
		after(time.Second)
		if st := c.Status(); st.Channels != 0 || st.Trouble != (Trouble{}) {
			t.Errorf("status %+v, want nothing", st)
		}
	})
}

func TestClient_CountsWhatItDrops(t *testing.T) {
	start(t, Config{}, func(s *theServer, c *Client) {
		o := many(t, c, "t", 1)[0]
		p := s.all()[0]
		for _, frame := range []string{`nonsense`, `[1,2]`, `{"topic":"a"}`, `[null,null,"realtime:t0","postgres_changes",{"data":5}]`} {
			p.raw(frame)
		}
		p.conn.Write(context.Background(), websocket.MessageBinary, []byte{4, 0, 1})
		p.send("", "", "realtime:t0", "presence_state", `{}`)
		p.send("", "", "realtime:t0", "something new", `{}`)
		p.change("realtime:nobody", `{"id":1}`)
		p.send("99", "99", "realtime:t0", "phx_close", `{}`)
		p.send("99", "", "realtime:t0", "system", `{"status":"ok","extension":"postgres_changes"}`)
		after(time.Second)
		if got, want := c.Status().Dropped, (Drops{Malformed: 4, Binary: 1, Event: 2, Topic: 1, Stale: 2}); got != want {
			t.Errorf("dropped %+v, want %+v", got, want)
		}
		o.wants("changed") // the unreadable one may have been a hint
	})
}

func TestClient_ALargeRowArrivesAndOneTooLargeCostsTheSocket(t *testing.T) {
	start(t, Config{}, func(s *theServer, c *Client) {
		o := many(t, c, "t", 1)[0]
		p := s.all()[0]
		p.change("realtime:t0", `{"id":1,"big":"`+strings.Repeat("x", 3<<20)+`"}`)
		after(time.Second)
		o.wants("changed")
		p.change("realtime:t0", `{"id":1,"big":"`+strings.Repeat("x", 9<<20)+`"}`)
		after(3 * time.Second)
		o.wants("changed lost joining joined ready")
	})
}

func TestClient_CloseLeavesNothingBehindAtAnyMoment(t *testing.T) {
	// Each moment is another part of a life: minting, dialling, joining, ready,
	// stalled, dead, waiting to dial. The bubble fails if a goroutine stays.
	for ms := 0; ms <= 26_000; ms += 650 {
		synctest.Test(t, func(t *testing.T) {
			s := newServer(t)
			c := New(Config{URL: "http://memory", HTTP: s.client, ChannelsPerSocket: 3})
			for i := range 7 {
				(&owner{t: t}).open(c, fmt.Sprint("t", i))
			}
			go func() {
				time.Sleep(5 * time.Second)
				for _, p := range s.all() {
					p.set(func(p *peer) { p.freeze = make(chan struct{}) })
				}
				s.set(func(s *theServer) { s.down = true })
			}()
			time.Sleep(time.Duration(ms) * time.Millisecond)
			began := time.Now()
			c.Close()
			c.Close()
			if took := time.Since(began); took > byeTimeout {
				t.Errorf("closing after %d ms took %v", ms, took)
			}
			late := (&owner{t: t}).open(c, "late")
			late.ch.Close()
			time.Sleep(6 * time.Second) // the freezer's goroutine
		})
	}
}

package realtime

import (
	"errors"
	"testing"
	"time"
)

// TestClient_AnUnansweredJoinDoesNotKeepThePauseGoing: after a refusal of the server's own
// we go one join at a time. A join that hangs, from before or since, must not make all
// others wait for its 35 s.
func TestClient_AnUnansweredJoinDoesNotKeepThePauseGoing(t *testing.T) {
	start(t, Config{}, func(s *theServer, c *Client) {
		refused := false
		s.play = func(p *peer, f sent) {
			switch {
			case f.event == "phx_join" && (f.topic == "realtime:hangs" || f.topic == "realtime:hangs too"):
			case f.event == "phx_join" && f.topic == "realtime:refused" && !refused:
				refused = true
				time.Sleep(2 * time.Second)
				p.deny(f, "DatabaseLackOfConnections: Database can't accept more connections")
			default:
				p.calm(f)
			}
		}
		(&owner{t: t}).open(c, "hangs")
		after(2 * time.Second)
		first := (&owner{t: t}).open(c, "refused")
		after(100 * time.Millisecond)
		(&owner{t: t}).open(c, "hangs too")
		after(4 * time.Second)
		first.wants("joining lost joining joined ready")

		// Now the hanging join is the first after the pause.
		refused = false
		second := (&owner{t: t}).open(c, "refused")
		after(3 * time.Second)
		second.ch.Close()
		third := (&owner{t: t}).open(c, "hangs too")
		fourth := (&owner{t: t}).open(c, "fine")
		after(9 * time.Second)
		third.wants("joining")
		if !fourth.isReady() {
			t.Errorf("the join behind the hanging one heard %q", fourth.kinds())
		}
	})
}

func TestClient_TroubleEndsWithThoseItKeptFromJoining(t *testing.T) {
	start(t, Config{}, func(s *theServer, c *Client) {
		many(t, c, "t", 3)
		s.set(func(s *theServer) {
			s.play = func(p *peer, f sent) {
				if f.event == "phx_join" {
					p.deny(f, "DatabaseLackOfConnections: Database can't accept more connections")
					return
				}
				p.calm(f)
			}
		})
		late := (&owner{t: t}).open(c, "late")
		after(5 * time.Second)
		if c.Status().Trouble.Text == "" {
			t.Error("no trouble while a channel cannot be joined")
		}
		late.ch.Close() // its payment was settled by polling
		after(time.Second)
		if st := c.Status(); st.Ready != 3 || st.Trouble != (Trouble{}) {
			t.Errorf("%d ready, trouble %+v; want 3 and none", st.Ready, st.Trouble)
		}
	})
}

// After a sleep the sockets are asked at once whether they live, and those that don't are
// left as soon as that is known.
func TestClient_AsksItsSocketsWhenInDoubt(t *testing.T) {
	start(t, Config{}, func(s *theServer, c *Client) {
		o := (&owner{t: t}).open(c, "t")
		after(6 * time.Second) // the next heartbeat is due in 4 s
		p := s.all()[0]
		before := len(p.got("heartbeat"))
		p.set(func(p *peer) { p.deaf = true })
		c.Doubt()
		after(10 * time.Millisecond)
		if n := len(p.got("heartbeat")); n != before+1 {
			t.Errorf("%d heartbeats at once, want one", n-before)
		}
		after(2 * time.Second)
		o.wants("joining joined ready stalled")
	})
}

// A program that stood still is told to doubt its sockets when it goes on. That it was the one
// that was silent counts all the same.
func TestClient_DoubtIsNoReasonToGiveASocketUp(t *testing.T) {
	start(t, Config{}, func(s *theServer, c *Client) {
		o := (&owner{t: t}).open(c, "t")
		after(time.Second)
		stands := []time.Duration{time.Second, 20 * time.Second}
		o.then = func(n Notice) {
			if n.Kind == Changed {
				time.Sleep(stands[0]) // and all of the client with it
				stands = stands[1:]
			}
		}
		s.all()[0].change("realtime:t", `{"id":1}`)
		s.all()[0].change("realtime:t", `{"id":1}`)
		after(time.Millisecond)
		c.Doubt()
		after(25 * time.Second)
		if o.wants("joining joined ready changed changed"); len(s.all()) != 1 {
			t.Errorf("%d sockets", len(s.all()))
		}
	})
}

// While the machine sleeps the monotonic clock stands still, and keys grow old unseen: what
// was got before is not sent to the server again, which would sleep 5 s on each.
func TestClient_AfterASleepNoKeyOfBeforeIsUsed(t *testing.T) {
	start(t, Config{}, func(s *theServer, c *Client) {
		o := (&owner{t: t, life: 10 * time.Minute}).open(c, "t")
		after(time.Second)
		s.set(func(s *theServer) { s.down = true })
		waiting := (&owner{t: t, life: 10 * time.Minute}).open(c, "t") // of the same topic: it needs a socket
		after(time.Second)
		if waiting.keys != 1 {
			t.Fatalf("%d keys are got for the one that waits", waiting.keys)
		}
		c.Doubt()
		s.all()[0].closeWith(1006)
		s.set(func(s *theServer) { s.down = false })
		after(15 * time.Second)
		for _, p := range s.all()[1:] {
			for _, join := range p.got("phx_join") {
				if key := keyOf(t, join); key != "key-2" {
					t.Errorf("one joined with %s", key)
				}
			}
		}
		if !o.isReady() || !waiting.isReady() {
			t.Errorf("they heard %q and %q", o.kinds(), waiting.kinds())
		}
	})
}

// Where the server is found again, that it could not be reached is no trouble any more, though
// nobody can join yet, for no other key is to be had.
func TestClient_ThatItCouldNotBeReachedIsOverWhenItIsReached(t *testing.T) {
	start(t, Config{}, func(s *theServer, c *Client) {
		s.set(func(s *theServer) { s.down = true })
		o := &owner{t: t, next: func(n int) (Token, error) {
			if n > 1 {
				return Token{}, errors.New("no key")
			}
			return Token{Text: "key-1", Expires: time.Now().Add(10 * time.Second)}, nil
		}}
		o.open(c, "t")
		after(30 * time.Second)
		if got := c.Status().Trouble.Text; got != "the connection failed" {
			t.Errorf("trouble %q", got)
		}
		s.set(func(s *theServer) { s.down = false })
		after(12 * time.Second)
		if st := c.Status(); st.Sockets != 1 || st.Trouble != (Trouble{}) {
			t.Errorf("status %+v", st)
		}
	})
}

package realtime

import (
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

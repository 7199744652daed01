package realtime

import (
	"fmt"
	"strings"
	"testing"
	"time"
)

// far has the server stand so far away: it answers at once, and each answer takes that long.
// A topic with "bad" in it is refused.
func (s *theServer) far(trip time.Duration) {
	s.set(func(s *theServer) {
		s.play = func(p *peer, f sent) {
			time.AfterFunc(trip, func() {
				if f.event == "phx_join" && strings.Contains(f.topic, "bad") {
					p.deny(f, "InvalidJWTToken: Token has expired 60 seconds ago")
					return
				}
				p.calm(f)
			})
		}
	})
}

// A long way to the server must not make the joins of a socket wait for each other.
func TestClient_JoinsManyOverALongWay(t *testing.T) {
	start(t, Config{}, func(s *theServer, c *Client) {
		s.far(300 * time.Millisecond)
		for i := range 90 {
			(&owner{t: t}).open(c, fmt.Sprint("t", i))
		}
		after(9 * time.Second)
		if st := c.Status(); st.Ready != 90 || st.Sockets != 1 {
			t.Errorf("after 9 s: %+v", st)
		}
		s.all()[0].closeWith(1006)
		after(10 * time.Second)
		if st := c.Status(); st.Ready != 90 || st.Sockets != 1 || st.Joins != 180 {
			t.Errorf("10 s after the socket broke: %+v", st)
		}
	})
}

// Where the server is near, or has refused a join, one at a time is out.
func TestClient_SendsOneJoinAtATimeWhereThatCostsNothing(t *testing.T) {
	for name, first := range map[string]string{"near": "good", "after a refusal": "bad", "on the next socket after it": "bad"} {
		t.Run(name, func(t *testing.T) {
			start(t, Config{}, func(s *theServer, c *Client) {
				s.far(300 * time.Millisecond)
				if name == "near" {
					s.far(5 * time.Millisecond)
				}
				(&owner{t: t}).open(c, first)
				after(time.Second)
				if name == "on the next socket after it" {
					s.all()[0].closeWith(1006)
					after(5 * time.Second)
				}
				for _, s := range c.sockets {
					s.resting = time.Time{}
				}
				s.far(300 * time.Millisecond)
				for i := range 4 {
					(&owner{t: t}).open(c, fmt.Sprint("t", i))
				}
				after(3 * time.Second)
				for _, p := range s.all() {
					joins := p.got("phx_join")
					for i := 2; i < len(joins); i++ {
						if gap := joins[i].at.Sub(joins[i-1].at); gap < 300*time.Millisecond {
							t.Errorf("on socket %d join %d came %v after the one before", p.id, i, gap)
						}
					}
				}
				if st := c.Status(); st.Ready < 4 || len(s.all()) > 2 {
					t.Errorf("%d sockets, status %+v", len(s.all()), st)
				}
			})
		})
	}
}

// A join that is closed while others are behind it, and one that is answered out of turn,
// leave none of the others waiting.
func TestClient_JoinsBehindEachOtherAreEachAnswered(t *testing.T) {
	start(t, Config{}, func(s *theServer, c *Client) {
		s.far(300 * time.Millisecond)
		(&owner{t: t}).open(c, "first")
		after(time.Second)
		held := map[string]func(){}
		s.set(func(s *theServer) {
			s.play = func(p *peer, f sent) {
				if f.event == "phx_join" {
					s.set(func(*theServer) { held[f.topic] = func() { p.calm(f) } })
					return
				}
				p.calm(f)
			}
		})
		var owners []*owner
		for _, topic := range []string{"a", "b", "c", "d"} {
			owners = append(owners, (&owner{t: t}).open(c, topic))
		}
		after(200 * time.Millisecond)
		if len(held) != 4 {
			t.Fatalf("%d joins are out, want 4", len(held))
		}
		owners[1].ch.Close()
		held["realtime:c"]()
		after(10 * time.Millisecond)
		for _, topic := range []string{"a", "b", "d"} {
			held["realtime:"+topic]()
		}
		after(10 * time.Millisecond)
		owners[0].wants("joining joined ready")
		owners[1].wants("joining")
		owners[2].wants("joining joined ready")
		owners[3].wants("joining joined ready")
		if n := len(s.all()[0].got("phx_leave")); n != 2 { // when it was closed, and when it was accepted all the same
			t.Errorf("the closed one was left %d times", n)
		}
		if s := c.sockets[0]; s.out != nil || len(s.behind) != 0 {
			t.Error("the socket still waits")
		}
	})
}

// farAway is a client with one channel, far from its server, and four whose joins are out
// behind each other on the same socket, in this order. The server holds them back, and
// answers heartbeats.
func farAway(t *testing.T, s *theServer, c *Client) (owners []*owner, held []func(func(*peer, sent))) {
	t.Helper()
	s.far(300 * time.Millisecond)
	(&owner{t: t}).open(c, "first")
	after(time.Second)
	s.set(func(s *theServer) {
		s.play = func(p *peer, f sent) {
			if f.event == "phx_join" && p.id == 0 {
				s.set(func(*theServer) { held = append(held, func(answer func(*peer, sent)) { answer(p, f) }) })
				return
			}
			p.calm(f)
		}
	})
	for _, topic := range []string{"a", "b", "c", "d"} {
		owners = append(owners, (&owner{t: t}).open(c, topic))
		after(50 * time.Millisecond) // or their keys might come in another order
	}
	if len(held) != 4 {
		t.Fatalf("%d joins are out, want 4", len(held))
	}
	return owners, held
}

// A server that answers a join in no time that we bear answers none of those behind it
// either: they are not waited for one after another, for minutes.
func TestClient_JoinsBehindOneThatIsGivenUpAreGivenUpToo(t *testing.T) {
	start(t, Config{}, func(s *theServer, c *Client) {
		owners, held := farAway(t, s, c)
		after(40 * time.Second)
		for _, o := range owners {
			o.wants("joining lost joining joined ready")
		}
		first := s.all()[0]
		if n := len(first.got("phx_leave")); n != 4 {
			t.Errorf("%d of them were left", n)
		}
		for _, join := range held {
			join((*peer).accept)
		}
		after(time.Second)
		if n := len(first.got("phx_leave")); n != 8 || len(first.joined) != 1 {
			t.Errorf("they were accepted after all: %d leaves, and the server knows %d", n, len(first.joined))
		}
	})
}

// One that waited long behind another is still watched over once it is accepted: should its
// subscription never be confirmed, it joins anew.
func TestClient_OneThatWasLongBehindAnotherIsNotForgotten(t *testing.T) {
	start(t, Config{}, func(s *theServer, c *Client) {
		owners, held := farAway(t, s, c)
		after(34 * time.Second)
		held[0]((*peer).calm)
		after(2 * time.Second)
		for _, join := range held[1:] {
			join((*peer).accept) // and no system ok
		}
		after(time.Second)
		if !owners[0].isReady() {
			t.Errorf("the first heard %q", owners[0].kinds())
		}
		owners[1].wants("joining joined")
		s.set(func(s *theServer) { s.play = nil })
		after(40 * time.Second)
		owners[1].wants("joining joined lost joining joined ready")
	})
}

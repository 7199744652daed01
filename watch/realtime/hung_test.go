package realtime

import (
	"context"
	"strings"
	"sync/atomic"
	"testing"
	"time"
)

// hangs makes the server work on such joins for longer than we bear silence, as the real
// one does without its database: nothing else is answered on that socket meanwhile.
func (s *theServer) hangs(topic string) {
	s.set(func(s *theServer) {
		s.play = func(p *peer, f sent) {
			if f.event == "phx_join" && strings.Contains(f.topic, topic) {
				time.Sleep(28 * time.Second)
				p.deny(f, "UnableToConnectToProject: Realtime was unable to connect to the project database")
				return
			}
			p.calm(f)
		}
	})
}

// losses is how often these owners' channels were lost, all in all.
func losses(owners []*owner) (n int) {
	for _, o := range owners {
		n += strings.Count(o.kinds(), "lost")
	}
	return n
}

// One join that hangs costs the neighbours on its socket their channel once, and is not
// tried on every other socket.
func TestClient_AJoinThatHangsIsTriedTwiceAndNotBesideOthersAgain(t *testing.T) {
	start(t, Config{ChannelsPerSocket: 30}, func(s *theServer, c *Client) {
		healthy := append(many(t, c, "t", 20), many(t, c, "u", 20)...)
		s.hangs("bad")
		bad := (&owner{t: t}).open(c, "bad")
		after(5 * time.Minute)
		if n := losses(healthy); n > 30 {
			t.Errorf("40 neighbours were lost %d times", n)
		}
		if kinds := bad.kinds(); strings.Count(kinds, "lost") != 2 || bad.ch.state != ended {
			t.Errorf("the one that hangs heard %q", kinds)
		}
		if st := c.Status(); st.Ready != 40 || st.Sockets > 3 || st.Trouble.Text != "" {
			t.Errorf("then it stands so: %+v", st)
		}
	})
}

// While every join hangs those that are ready are left in peace, and somebody is told.
func TestClient_WithoutADatabaseJoinsWaitAndTheReadyOnesLive(t *testing.T) {
	start(t, Config{}, func(s *theServer, c *Client) {
		old := many(t, c, "t", 200)
		before := c.Status().Joins
		s.hangs("")
		fresh := (&owner{t: t}).open(c, "fresh")
		after(2 * time.Minute)
		if n := losses(old); n > 90 {
			t.Errorf("200 that were ready were lost %d times: more than one socket's", n)
		}
		st := c.Status()
		if joins := st.Joins - before; joins > 25 || len(s.all()) > 3+25 {
			t.Errorf("%d joins and %d sockets in two minutes", joins, len(s.all()))
		}
		if st.Trouble.Text == "" {
			t.Error("nobody is told that joins are not answered")
		}
		s.set(func(s *theServer) { s.play = nil })
		after(time.Minute)
		if st := c.Status(); st.Ready != 201 || st.Trouble.Text != "" {
			t.Errorf("a minute after the database is back: %+v, and fresh heard %q", st, fresh.kinds())
		}
	})
}

// A key that was long in coming opens no channel that nobody wants any more.
func TestClient_AKeyThatComesTooLateIsNotUsed(t *testing.T) {
	start(t, Config{}, func(_ *theServer, c *Client) {
		var wanted atomic.Bool
		wanted.Store(true)
		var heard []string
		c.Open(Spec{
			Topic: "t", Changes: []Binding{{Event: "*"}},
			Token: func(context.Context) (Token, error) {
				time.Sleep(time.Minute)
				return Token{Text: "k", Expires: time.Now().Add(time.Minute)}, nil
			},
			Wanted: func(time.Duration) bool { return wanted.Load() },
			Hear:   func(n Notice) { heard = append(heard, n.Kind.String()) },
		})
		after(30 * time.Second)
		wanted.Store(false)
		after(31 * time.Second)
		if got := strings.Join(heard, " "); got != "joining lost" || c.Status().Joins != 0 {
			t.Errorf("it heard %q, and %d joins were sent", got, c.Status().Joins)
		}
	})
}

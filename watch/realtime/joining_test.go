package realtime

import (
	"fmt"
	"strings"
	"testing"
	"time"
)

// refusing plays a server that refuses joins of topics with "bad" in them, 5 s after
// it got them and with the whole socket waiting, as the real one does.
func refusing(reason string) func(p *peer, f sent) {
	return func(p *peer, f sent) {
		if f.event == "phx_join" && strings.Contains(f.topic, "bad") {
			time.Sleep(5 * time.Second)
			p.deny(f, reason)
			return
		}
		p.calm(f)
	}
}

func TestClient_ARefusedJoinRestsItsSocketAlone(t *testing.T) {
	start(t, Config{ChannelsPerSocket: 3}, func(s *theServer, c *Client) {
		owners := many(t, c, "t", 3)                   // all that fit on a socket
		owners = append(owners, many(t, c, "u", 2)...) // on the next
		s.set(func(s *theServer) { s.play = refusing("JwtSignatureError: Failed to validate JWT signature") })
		began := time.Now()
		bad := (&owner{t: t}).open(c, "bad")
		after(6 * time.Second)
		bad.wants("joining lost joining")
		for _, o := range owners[:3] {
			o.wants("")
		}
		for _, o := range owners[3:] {
			o.wants("stalled resumed")
		}
		good := (&owner{t: t}).open(c, "good")
		after(10 * time.Second)
		good.wants("joining joined ready")
		bad.wants("joining lost joining lost!")
		if got := bad.reason(); got != "the join was refused: JwtSignatureError: Failed to validate JWT signature" {
			t.Errorf("over because %q", got)
		}
		after(time.Second)
		for _, p := range s.all() {
			var refused time.Time
			for _, j := range p.got("phx_join") {
				if !refused.IsZero() && j.at.Sub(refused) < refusedRest {
					t.Errorf("socket %d got a join %v after it refused one", p.id, j.at.Sub(refused))
				}
				if strings.Contains(j.topic, "bad") {
					refused = j.at.Add(5 * time.Second)
				}
			}
		}
		if bad.keys != 2 {
			t.Errorf("%d keys, want a new one for the second try", bad.keys)
		}
		after(time.Until(began.Add(36 * time.Second)))
		n := len(s.all()[1].got("phx_join"))
		(&owner{t: t}).open(c, "later")
		after(time.Second)
		if len(s.all()[1].got("phx_join")) != n+1 {
			t.Error("the socket that refused takes no joins 30 s later")
		}
	})
}

func TestClient_AJoinWithoutAnAnswerIsLeftAfter35Seconds(t *testing.T) {
	start(t, Config{}, func(s *theServer, c *Client) {
		var unanswered []sent
		s.play = func(p *peer, f sent) {
			if f.event == "phx_join" && f.topic == "realtime:mute" && p.id == 0 {
				unanswered = append(unanswered, f)
				return
			}
			p.calm(f)
		}
		mute := (&owner{t: t}).open(c, "mute")
		after(500 * time.Millisecond)
		others := []*owner{(&owner{t: t}).open(c, "a"), (&owner{t: t}).open(c, "b")}
		after(2 * time.Second)
		for _, o := range others {
			o.wants("joining joined ready") // on a second socket, not held up
		}
		after(32 * time.Second)
		mute.wants("joining")
		after(2 * time.Second)
		mute.wants("joining lost joining joined ready")
		p := s.all()[0]
		if n := len(p.got("phx_leave")); n != 1 || p.got("phx_leave")[0].joinRef != unanswered[0].ref {
			t.Fatalf("leaves %+v, want one of join %s", p.got("phx_leave"), unanswered[0].ref)
		}
		// The ok comes late, after all: it must be left again, and heard by nobody.
		p.accept(unanswered[0])
		after(time.Second)
		leaves := p.got("phx_leave")
		if len(leaves) != 2 || leaves[1].joinRef != unanswered[0].ref {
			t.Errorf("leaves %+v, want a second one", leaves)
		}
		mute.wants("joining lost joining joined ready")
		if c.Status().Dropped.Stale != 0 {
			t.Errorf("dropped %+v, though the answers were awaited", c.Status().Dropped)
		}
	})
}

func TestClient_ASubscriptionThatIsNeverConfirmedIsTriedAgain(t *testing.T) {
	start(t, Config{}, func(s *theServer, c *Client) {
		n := 0
		s.play = func(p *peer, f sent) {
			if f.event == "phx_join" {
				if n++; n == 1 {
					p.accept(f)
					return
				}
			}
			p.calm(f)
		}
		o := (&owner{t: t}).open(c, "t")
		after(34 * time.Second)
		o.wants("joining joined")
		if c.Status().Ready != 0 {
			t.Error("ready without a system ok")
		}
		after(3 * time.Second)
		o.wants("joining joined lost joining joined ready")
	})
}

func TestClient_RefusalsThatNameTheServerPauseEverybody(t *testing.T) {
	for _, reason := range []string{
		"ClientJoinRateLimitReached: Too many joins per second",
		"IncreaseConnectionPool: Please increase your connection pool size",
		"UnableToConnectToProject: Realtime was unable to connect to the project database",
		"RealtimeRestarting: Realtime is restarting, please standby",
		"TimeoutOnRpcCall: Node request timeout",
	} {
		t.Run(strings.Split(reason, ":")[0], func(t *testing.T) {
			start(t, Config{}, func(s *theServer, c *Client) {
				refused := 0
				s.play = func(p *peer, f sent) {
					if f.event == "phx_join" && refused < 3 {
						refused++
						time.Sleep(500 * time.Millisecond)
						p.deny(f, reason)
						return
					}
					p.calm(f)
				}
				owners := make([]*owner, 5)
				for i := range owners {
					owners[i] = (&owner{t: t}).open(c, fmt.Sprint("t", i))
				}
				after(2 * time.Second)
				if got := c.Status().Trouble.Text; got != reason {
					t.Errorf("trouble %q, want %q", got, reason)
				}
				after(14 * time.Second)
				for i, o := range owners {
					if !strings.HasSuffix(o.kinds(), "joining joined ready") || strings.Contains(o.kinds(), "!") {
						t.Errorf("channel %d heard %q, want it ready in the end", i, o.kinds())
					}
				}
				joins := s.all()[0].got("phx_join")
				if joins[0].topic != joins[1].topic || joins[1].topic != joins[2].topic {
					t.Error("the refused channel lost its place")
				}
				for i, least := range []time.Duration{500, 1000, 2500} {
					if gap := joins[i+1].at.Sub(joins[i].at) - 500*time.Millisecond; gap < least*time.Millisecond {
						t.Errorf("pause %d was %v, want %d ms at least", i+1, gap, least)
					}
				}
				if len(s.all()) != 1 || c.Status().Trouble != (Trouble{}) {
					t.Errorf("%d sockets, trouble %+v; want one and none", len(s.all()), c.Status().Trouble)
				}
			})
		})
	}
}

func TestClient_AJoinThatWasOutBeforeARefusalDoesNotEndThePause(t *testing.T) {
	start(t, Config{ChannelsPerSocket: 1}, func(s *theServer, c *Client) {
		s.play = func(p *peer, f sent) {
			switch {
			case f.event == "phx_join" && p.id == 0:
				time.Sleep(300 * time.Millisecond)
				p.deny(f, "ClientJoinRateLimitReached: Too many joins per second")
				s.set(func(s *theServer) { s.play = nil })
			case f.event == "phx_join":
				time.Sleep(600 * time.Millisecond)
				p.calm(f)
			default:
				p.calm(f)
			}
		}
		(&owner{t: t}).open(c, "a")
		(&owner{t: t}).open(c, "b")
		after(700 * time.Millisecond)
		if st := c.Status(); st.Joins != 2 || st.Ready != 1 || st.Trouble.Text == "" {
			t.Errorf("status %+v, want one ready and the pause still on", st)
		}
		after(time.Second)
		if st := c.Status(); st.Ready != 2 || st.Trouble != (Trouble{}) {
			t.Errorf("status %+v, want both ready", st)
		}
	})
}

func TestClient_LearnsThatAServerAllowsFewerChannelsASocket(t *testing.T) {
	start(t, Config{}, func(s *theServer, c *Client) {
		s.play = func(p *peer, f sent) {
			p.mu.Lock()
			full := len(p.joined) >= 3
			p.mu.Unlock()
			if f.event == "phx_join" && full {
				time.Sleep(5 * time.Second)
				p.deny(f, "ChannelRateLimitReached: Too many channels")
				return
			}
			p.calm(f)
		}
		owners := make([]*owner, 9)
		for i := range owners {
			owners[i] = (&owner{t: t}).open(c, fmt.Sprint("t", i))
		}
		after(40 * time.Second)
		for i, o := range owners {
			if !o.isReady() {
				t.Errorf("channel %d heard %q", i, o.kinds())
			}
		}
		for _, p := range s.all() {
			if n := len(p.got("phx_join")); n > 4 {
				t.Errorf("socket %d got %d joins, want 4 at most: it refused the fourth", p.id, n)
			}
		}
	})
}

func TestClient_AChannelThatEndsBeforeItsJoinIsAnsweredFreesTheSocket(t *testing.T) {
	start(t, Config{}, func(s *theServer, c *Client) {
		n := 0
		s.play = func(p *peer, f sent) {
			if n++; f.event == "phx_join" && n == 1 {
				p.send(f.ref, f.ref, f.topic, "phx_error", `{"reason":"channel_crash"}`)
				return
			}
			p.calm(f)
		}
		o := (&owner{t: t}).open(c, "t")
		after(500 * time.Millisecond)
		o.wants("joining lost joining joined ready")
		if len(s.all()) != 1 {
			t.Errorf("%d sockets, want the same one", len(s.all()))
		}
	})
}

func TestClient_WhenSocketsRunOutACanaryTries(t *testing.T) {
	start(t, Config{}, func(s *theServer, c *Client) {
		sick := true
		s.play = func(p *peer, f sent) {
			if f.event == "phx_join" && sick {
				return // no answer, though the socket speaks
			}
			p.calm(f)
		}
		owners := make([]*owner, 20)
		for i := range owners {
			owners[i] = (&owner{t: t}).open(c, fmt.Sprint("t", i))
		}
		after(30 * time.Second)
		if n := len(s.all()); n != 9 {
			t.Errorf("%d sockets for 20 channels, want 1 and 8 spare", n)
		}
		joins := c.Status().Joins
		if joins != 9 {
			t.Errorf("%d joins out, want one a socket and then a pause", joins)
		}
		after(7 * time.Second)
		s.set(func(*theServer) { sick = false })
		after(70 * time.Second)
		for i, o := range owners {
			if !strings.HasSuffix(o.kinds(), "ready") {
				t.Errorf("channel %d heard %q", i, o.kinds())
			}
		}
	})
}

func TestClient_ACanaryThatIsAcceptedEndsThePause(t *testing.T) {
	start(t, Config{ChannelsPerSocket: 1}, func(s *theServer, c *Client) {
		sick := true
		s.play = func(p *peer, f sent) {
			if f.event == "phx_join" && sick {
				p.deny(f, "JwtSignatureError: Failed to validate JWT signature")
				return
			}
			p.calm(f)
		}
		var owners []*owner
		for i := range 6 {
			owners = append(owners, (&owner{t: t}).open(c, fmt.Sprint("bad", i)))
		}
		after(3 * time.Second)
		for _, o := range owners {
			if !strings.HasSuffix(o.kinds(), "lost!") {
				t.Fatalf("%s heard %q, want it over", o.ch.spec.Topic, o.kinds())
			}
		}
		sick = false
		began := time.Now()
		good := (&owner{t: t}).open(c, "good")
		after(time.Second)
		good.wants("joining joined ready")
		if took := good.times[1].Sub(began); took > 100*time.Millisecond {
			t.Errorf("the canary took %v", took)
		}
	})
}

func TestClient_ASubscriptionErrorIsOver(t *testing.T) {
	start(t, Config{}, func(s *theServer, c *Client) {
		s.play = func(p *peer, f sent) {
			if f.event == "phx_join" {
				p.accept(f)
				p.send(f.ref, "", f.topic, "system", `{"extension":"postgres_changes","status":"error","message":"Unable to subscribe to changes with given parameters."}`)
				return
			}
			p.calm(f)
		}
		o := (&owner{t: t}).open(c, "t")
		after(5 * time.Second)
		o.wants("joining joined lost!")
		if len(s.all()[0].got("phx_leave")) != 1 {
			t.Error("the channel was not left")
		}
		if st := c.Status(); st.Channels != 0 {
			t.Errorf("status %+v, want no channel", st)
		}
	})
}

func TestClient_ACrashedChannelRejoinsButNotInAHurryForEver(t *testing.T) {
	start(t, Config{}, func(s *theServer, c *Client) {
		s.play = func(p *peer, f sent) {
			p.calm(f)
			if f.event == "phx_join" {
				p.send(f.ref, f.ref, f.topic, "phx_error", `{"reason":"channel_crash"}`)
			}
		}
		o := (&owner{t: t}).open(c, "t")
		after(60 * time.Second)
		joins := s.all()[0].got("phx_join")
		if len(joins) < 8 || len(joins) > 60 {
			t.Errorf("%d joins in a minute", len(joins))
		}
		if gap := joins[1].at.Sub(joins[0].at); gap > time.Second {
			t.Errorf("the first rejoin came after %v", gap)
		}
		if o.reason() != "the channel crashed at the server" {
			t.Errorf("lost because %q", o.lastErr())
		}
	})
}

func TestClient_TwoChannelsOfOneTopicUseTwoSockets(t *testing.T) {
	start(t, Config{}, func(s *theServer, c *Client) {
		a, b := (&owner{t: t}).open(c, "same"), (&owner{t: t}).open(c, "same")
		after(time.Second)
		a.wants("joining joined ready")
		b.wants("joining joined ready")
		if len(s.all()) != 2 {
			t.Errorf("%d sockets, want 2", len(s.all()))
		}
	})
}

func TestChannel_ClosedAndOpenedAgainHearsOnlyOfItsNewLife(t *testing.T) {
	start(t, Config{}, func(s *theServer, c *Client) {
		old := many(t, c, "t", 1)[0]
		old.ch.Close()
		again := (&owner{t: t}).open(c, "t0")
		after(time.Second)
		old.wants("")
		again.wants("joining joined ready")
		if st := c.Status(); st.Dropped != (Drops{}) || st.Channels != 1 || len(s.all()) != 1 {
			t.Errorf("status %+v on %d sockets", st, len(s.all()))
		}
	})
}

func TestChannel_ClosedWhileItsJoinIsOutIsLeft(t *testing.T) {
	start(t, Config{}, func(s *theServer, c *Client) {
		s.play = func(p *peer, f sent) {
			if f.event == "phx_join" {
				time.Sleep(500 * time.Millisecond)
			}
			p.calm(f)
		}
		o := (&owner{t: t}).open(c, "t")
		after(100 * time.Millisecond)
		o.ch.Close()
		after(3 * time.Second)
		o.wants("joining")
		p := s.all()[0]
		if ref := p.ref("realtime:t"); ref != "" {
			t.Errorf("the server still has the channel, join %s", ref)
		}
	})
}

func TestChannel_MayBeClosedAndOpenedFromInsideHear(t *testing.T) {
	start(t, Config{}, func(s *theServer, c *Client) {
		next := &owner{t: t}
		o := &owner{t: t}
		o.then = func(n Notice) {
			if n.Kind == Ready {
				o.ch.Close()
				next.open(c, "next")
			}
		}
		o.open(c, "t")
		after(time.Second)
		s.all()[0].change("realtime:t", `{"id":1}`)
		after(time.Second)
		o.wants("joining joined ready")
		next.wants("joining joined ready")
	})
}

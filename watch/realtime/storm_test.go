package realtime

import (
	"fmt"
	"math/rand/v2"
	"net/http"
	"testing"
	"time"
)

// follows is what an owner may hear after what: the state machine as it sees it.
var follows = map[Kind][]Kind{
	0:       {Joining, Lost},
	Joining: {Joined, Lost},
	Joined:  {Ready, Lost},
	Ready:   {Ready, Changed, Stalled, Lost},
	Changed: {Ready, Changed, Stalled, Lost},
	Stalled: {Resumed, Lost},
	Resumed: {Ready, Changed, Stalled, Lost},
	Lost:    {Joining, Ready, Lost}, // ready, when the server has subscribed it after all
}

// wantsSense checks the order of all that o heard.
func (o *owner) wantsSense() {
	o.t.Helper()
	o.mu.Lock()
	defer o.mu.Unlock()
	last := Notice{}
	for i, n := range o.heard {
		ok := false
		for _, kind := range follows[last.Kind] {
			ok = ok || kind == n.Kind
		}
		if !ok || last.Over {
			o.t.Errorf("notice %d is %v after %v (over: %v)", i, n.Kind, last.Kind, last.Over)
		}
		last = n
	}
}

// TestClient_ComesThroughAStorm throws every fault at the client that the other stories
// tell one by one, at random, then lets the weather clear: all that was not told to be
// over must be ready, the server must agree, and what was told must make sense.
func TestClient_ComesThroughAStorm(t *testing.T) {
	for seed := range uint64(20) {
		t.Run(fmt.Sprint(seed), func(t *testing.T) {
			start(t, Config{ChannelsPerSocket: 10}, func(s *theServer, c *Client) {
				trip := time.Duration(seed%3) * 200 * time.Millisecond
				storm(t, s, c, rand.New(rand.NewPCG(seed, 7)), trip)
			})
		})
	}
}

// storm is one storm. The server, trip away, works on the frames of a socket one by one.
func storm(t *testing.T, s *theServer, c *Client, r *rand.Rand, trip time.Duration) {
	busy := map[*peer]time.Time{}                              // guarded by s.mu
	clear, dice := false, rand.New(rand.NewPCG(r.Uint64(), 7)) // both guarded by s.mu
	s.set(func(s *theServer) {
		s.play = func(p *peer, f sent) {
			s.mu.Lock()
			defer s.mu.Unlock()
			luck := dice.IntN(40)
			if clear || f.event != "phx_join" {
				luck = -1
			}
			work, answer := time.Duration(1), func() { p.calm(f) }
			deny := func(reason string) { work, answer = 5*time.Second, func() { p.deny(f, reason) } }
			switch luck {
			case 0:
				answer = func() {}
			case 1:
				deny("MalformedJWT: The token provided is not a valid JWT")
			case 2:
				deny("DatabaseLackOfConnections: Database can't accept more connections")
			case 3:
				answer = func() { p.accept(f) } // and no system ok
			case 4:
				answer = func() { p.deny(f, "join crashed") }
			case 5: // the database is away, and comes back or not
				answer = func() {
					p.accept(f)
					p.unready(f.topic, `{:error, \"Too many database timeouts\"}`)
					if f.ref > "5" {
						time.AfterFunc(8*time.Second, func() {
							if p.ref(f.topic) == f.joinRef {
								p.subscribed(f.topic)
							}
						})
					}
				}
			case 6:
				deny("ClientJoinRateLimitReached: Too many joins per second")
				refuse := answer
				answer = func() {
					refuse()
					p.closeWith(1001)
				}
			}
			if f.event == "access_token" {
				answer = func() {
					time.AfterFunc(2*time.Second, func() {
						if p.ref(f.topic) == f.joinRef {
							p.subscribed(f.topic)
						}
					})
				}
			}
			at := time.Now().Add(trip)
			if at.Before(busy[p]) {
				at = busy[p]
			}
			busy[p] = at.Add(work)
			time.AfterFunc(time.Until(busy[p]), answer)
		}
	})
	owners := make([]*owner, 60)
	for i := range owners {
		owners[i] = (&owner{t: t, life: time.Duration(20+i) * time.Second}).open(c, fmt.Sprint("t", i))
	}
	for range 40 {
		time.Sleep(time.Duration(r.IntN(12_000)) * time.Millisecond)
		all := s.all()
		if len(all) == 0 {
			continue
		}
		p := all[len(all)-1-r.IntN(min(len(all), 10))]
		switch r.IntN(8) {
		case 0:
			p.set(func(p *peer) { p.deaf = true })
		case 1:
			p.set(func(p *peer) {
				if p.freeze == nil {
					p.freeze = make(chan struct{})
				}
			})
			time.AfterFunc(time.Duration(r.IntN(20))*time.Second, p.thaw)
		case 2:
			go p.closeWith(1012)
		case 3:
			go p.closeWith(1006)
		case 4:
			s.set(func(s *theServer) { s.down = !s.down })
		case 5:
			s.set(func(s *theServer) {
				s.refuse = func(w http.ResponseWriter) bool { w.WriteHeader(429); return true }
			})
		case 6:
			s.set(func(s *theServer) { s.refuse = nil })
		case 7:
			p.raw("nonsense")
			for _, o := range owners[:10] {
				if topic := o.ch.topic(); p.ref(topic) != "" {
					p.expire(topic)
				}
			}
		}
	}
	s.set(func(s *theServer) { clear, s.down, s.refuse = true, false, nil })
	for _, p := range s.all() {
		p.thaw()
	}
	after(100 * time.Second)
	ready := 0
	for _, o := range owners {
		o.wantsSense()
		over := len(o.heard) > 0 && o.heard[len(o.heard)-1].Over
		if !over && !o.isReady() {
			t.Errorf("%s is not ready: …%s", o.ch.topic(), o.kinds()[max(0, len(o.kinds())-200):])
		}
		if o.isReady() {
			ready++
		}
	}
	known := 0
	for _, p := range s.all() {
		p.mu.Lock()
		if p.gone == nil && !p.deaf {
			known += len(p.joined)
		}
		p.mu.Unlock()
	}
	if st := c.Status(); st.Ready != ready || known != ready || st.Channels != ready || st.Queued != 0 {
		t.Errorf("%d are ready, the server knows %d, status %+v", ready, known, st)
	}
}

// A server that goes down again and again soon after it is up is not asked in a hurry for
// ever, though it takes the joins; each costs a key.
func TestClient_WaitsLongerForSocketsThatDieSoon(t *testing.T) {
	start(t, Config{}, func(s *theServer, c *Client) {
		s.play = func(p *peer, f sent) {
			p.calm(f)
			if f.event == "phx_join" {
				time.AfterFunc(2*time.Second, func() { p.closeWith(1011) })
			}
		}
		o := (&owner{t: t}).open(c, "t")
		after(2 * time.Minute)
		if dials := len(s.dials()); dials < 12 || dials > 32 {
			t.Errorf("%d dials in two minutes", dials)
		}
		s.set(func(s *theServer) { s.play = nil })
		after(30 * time.Second)
		o.forget()
		s.all()[len(s.all())-1].closeWith(1012)
		after(1100 * time.Millisecond)
		o.wants("lost joining joined ready")
	})
}

// One whose sockets die before anybody could join is a trouble to be told of.
func TestClient_NamesAServerWhoseSocketsDieAtOnce(t *testing.T) {
	start(t, Config{}, func(s *theServer, c *Client) {
		s.play = func(p *peer, _ sent) { p.closeWith(1011) }
		o := (&owner{t: t}).open(c, "t")
		after(time.Minute)
		if got := c.Status().Trouble.Text; got != "the server closed the socket with code 1011" {
			t.Errorf("trouble %q", got)
		}
		s.set(func(s *theServer) { s.play = nil })
		after(11 * time.Second)
		if st := c.Status(); !o.isReady() || st.Trouble != (Trouble{}) {
			t.Errorf("status %+v, heard %q", st, o.kinds())
		}
	})
}

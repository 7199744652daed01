package realtime

import (
	"net/http"
	"strings"
	"testing"
	"time"
)

const tooManyJoins = "ClientJoinRateLimitReached: Too many joins per second"

// Over its limit of joins the real server closes the whole socket of each that asks, and
// refuses new ones, until the mean of a minute has fallen. Those that are ready must not
// pay for that again and again.
func TestClient_AJoinThatIsTooManyTakesNoNeighboursAlongAgain(t *testing.T) {
	start(t, Config{}, func(s *theServer, c *Client) {
		old := many(t, c, "t", 270)
		for i := range 90 { // there is room on each of the three sockets
			old[i*3].ch.Close()
		}
		s.set(func(s *theServer) {
			s.play = func(p *peer, f sent) {
				if f.event == "phx_join" {
					time.Sleep(5 * time.Second)
					p.deny(f, tooManyJoins)
					p.closeWith(1001)
					return
				}
				p.calm(f)
			}
			s.refuse = func(w http.ResponseWriter) bool {
				time.Sleep(2 * time.Second)
				w.WriteHeader(http.StatusTooManyRequests)
				_, _ = w.Write([]byte(`{"error":"Too many joins per second"}`))
				return true
			}
		})
		fresh := (&owner{t: t}).open(c, "fresh")
		after(time.Minute)
		if n := losses(old); n > 60 {
			t.Errorf("180 that were ready were lost %d times: more than one socket's", n)
		}
		s.set(func(s *theServer) { s.play, s.refuse = nil, nil })
		after(30 * time.Second)
		if st := c.Status(); st.Ready != 181 || st.Trouble.Text != "" {
			t.Errorf("half a minute after it is over: %+v, and fresh heard %q", st, fresh.kinds())
		}
	})
}

// A server that refuses joins because of its database sleeps 5 s on each: their
// neighbours are held up once.
func TestClient_ARefusalOfTheServersHoldsUpNoNeighboursAgain(t *testing.T) {
	start(t, Config{}, func(s *theServer, c *Client) {
		old := many(t, c, "t", 100)
		s.set(func(s *theServer) {
			s.play = func(p *peer, f sent) {
				if f.event == "phx_join" {
					time.Sleep(5 * time.Second)
					p.deny(f, "DatabaseLackOfConnections: Database can't accept more connections, Realtime won't connect")
					return
				}
				p.calm(f)
			}
		})
		(&owner{t: t}).open(c, "fresh")
		after(2 * time.Minute)
		stalls := 0
		for _, o := range old {
			stalls += strings.Count(o.kinds(), "stalled")
		}
		if stalls > 90 {
			t.Errorf("100 that were ready were stalled %d times: more than one socket's", stalls)
		}
		s.set(func(s *theServer) { s.play = nil })
		after(20 * time.Second)
		if st := c.Status(); st.Ready != 101 || st.Sockets > 3 {
			t.Errorf("when it is over: %+v", st)
		}
	})
}

// Where no socket can be had any more, a channel joins beside the others all the same.
func TestClient_JoinsBesideOthersWhereNoSocketCanBeHad(t *testing.T) {
	start(t, Config{}, func(s *theServer, c *Client) {
		many(t, c, "t", 50)
		refused := false
		s.set(func(s *theServer) {
			s.play = func(p *peer, f sent) {
				if f.event == "phx_join" && !refused {
					refused = true
					p.deny(f, "InitializingProjectConnection: Connecting to the project database")
					return
				}
				p.calm(f)
			}
			s.refuse = func(w http.ResponseWriter) bool {
				w.WriteHeader(http.StatusTooManyRequests)
				_, _ = w.Write([]byte(`{"error":"Too many connected users"}`))
				return true
			}
		})
		o := (&owner{t: t}).open(c, "fresh")
		after(30 * time.Second)
		if !o.isReady() {
			t.Errorf("it heard %q, the last error being %v", o.kinds(), o.lastErr())
		}
	})
}

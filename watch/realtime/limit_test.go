package realtime

import (
	"fmt"
	"sync/atomic"
	"testing"
	"time"
)

// TestClient_AllChannelsFindRoomWhereSocketsTakeFew is a project that allows 30 channels a
// socket: 12 sockets of 90 and the spare ones would not be enough for 1,000.
func TestClient_AllChannelsFindRoomWhereSocketsTakeFew(t *testing.T) {
	start(t, Config{}, func(s *theServer, c *Client) {
		var refusals atomic.Int64
		s.play = func(p *peer, f sent) {
			p.mu.Lock()
			full := len(p.joined) >= 30
			p.mu.Unlock()
			if f.event == "phx_join" && full {
				refusals.Add(1)
				time.Sleep(5 * time.Second)
				p.deny(f, "ChannelRateLimitReached: Too many channels")
				return
			}
			p.calm(f)
		}
		owners := make([]*owner, 1000)
		for i := range owners {
			owners[i] = (&owner{t: t}).open(c, fmt.Sprint("t", i))
		}
		after(90 * time.Second)
		waiting := 0
		for _, o := range owners {
			if !o.isReady() {
				waiting++
			}
		}
		if st := c.Status(); waiting > 0 || st.Sockets > 34+spareSockets || st.Trouble != (Trouble{}) {
			t.Errorf("%d not ready, %d sockets, trouble %+v", waiting, st.Sockets, st.Trouble)
		}
		if got := refusals.Load(); got > 20 {
			t.Errorf("%d joins refused before the limit was learnt", got)
		}
	})
}

// Where the limit of a socket falls, those that have more are full, no more than that: they
// are no reason to open sockets that nobody needs.
func TestClient_OpensNoMoreSocketsThanItNeedsWhenTheLimitFalls(t *testing.T) {
	start(t, Config{}, func(s *theServer, c *Client) {
		many(t, c, "t", 200)
		s.set(func(s *theServer) {
			s.play = func(p *peer, f sent) {
				p.mu.Lock()
				full := len(p.joined) >= 15
				p.mu.Unlock()
				if f.event == "phx_join" && full {
					p.deny(f, "ChannelRateLimitReached: Too many channels")
					return
				}
				p.calm(f)
			}
		})
		o := (&owner{t: t}).open(c, "one more")
		after(10 * time.Second)
		if st := c.Status(); !o.isReady() || st.Sockets != 4 {
			t.Errorf("it heard %q, status %+v", o.kinds(), st)
		}
	})
}

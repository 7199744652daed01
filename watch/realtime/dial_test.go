package realtime

import (
	"testing"
	"time"
)

// TestClient_AServerThatIsAwayIsAskedOnceASecond has 40 sockets lose their server. Each
// has its own wait, but together they must not knock 40 times as often; and the first
// that gets through brings back all, whatever their own waits still are.
func TestClient_AServerThatIsAwayIsAskedOnceASecond(t *testing.T) {
	start(t, Config{ChannelsPerSocket: 1}, func(s *theServer, c *Client) {
		owners := many(t, c, "t", 40)
		s.set(func(s *theServer) { s.down = true })
		for _, p := range s.all() {
			p.closeWith(1006)
		}
		after(20 * time.Second) // all waits have grown to 10 s
		before := len(s.dials())
		after(time.Minute)
		if got := len(s.dials()) - before; got < 30 || got > 130 {
			t.Errorf("%d dials in a minute, want about one a second", got)
		}
		s.set(func(s *theServer) { s.down = false })
		after(4 * time.Second)
		for _, o := range owners {
			if !o.isReady() {
				t.Errorf("%s is not ready 4 s after the server is back: %s", o.ch.topic(), o.kinds())
			}
		}
		if got := c.Status(); got.Sockets != 40 || got.Trouble != (Trouble{}) {
			t.Errorf("status %+v, want 40 sockets and no trouble", got)
		}
	})
}

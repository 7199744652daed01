package realtime

import (
	"fmt"
	"testing"
	"time"
)

// TestClient_BadKeysDoNotHoldUpTheGood is a rush of which every tenth key is refused. Each
// refusal takes a socket out for 35 s, so there are soon no sockets left for joins; whoever
// was refused must not be the canary, nor the first on the sockets that come back.
func TestClient_BadKeysDoNotHoldUpTheGood(t *testing.T) {
	start(t, Config{}, func(s *theServer, c *Client) {
		s.set(func(s *theServer) { s.play = refusing("InvalidJWTToken: Token has expired 7 seconds ago") })
		var good, bad []*owner
		for i := range 1000 {
			if i%10 == 3 {
				bad = append(bad, (&owner{t: t}).open(c, fmt.Sprint("bad", i)))
			} else {
				good = append(good, (&owner{t: t}).open(c, fmt.Sprint("good", i)))
			}
		}
		after(150 * time.Second)
		late := 0
		for _, o := range good {
			if !o.isReady() {
				late++
			}
		}
		if late > 0 {
			t.Errorf("%d of %d good channels are not ready after 150 s", late, len(good))
		}
		after(10 * time.Minute)
		for _, o := range bad {
			o.wants("joining lost joining lost!")
		}
		if got, most := c.Status().Sockets, 12+spareSockets; got > most {
			t.Errorf("%d sockets, want %d at most", got, most)
		}
	})
}

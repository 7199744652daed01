package supabase

import (
	"runtime"
	"testing"
	"testing/synctest"
	"time"
)

// Channels cost no goroutine: what a socket costs does not grow with them.
func TestServer_AThousandChannelsAreTenSockets(t *testing.T) {
	tell(t, Options{Limits: DefaultLimits()}, func(s *story) {
		var sockets []*client
		for i := range 10 {
			c := s.dial()
			for n := i * 100; n < (i+1)*100; n++ {
				c.join(reference(n), s.key(n, time.Hour))
			}
			sockets = append(sockets, c)
		}
		time.Sleep(time.Second)
		if st := s.Stats(); st.Channels != 1000 || st.Sockets != 10 || st.Users != 10 {
			t.Fatalf("counted %+v", st)
		}
		synctest.Wait()
		// Of each socket: the server's reader and actor, the client's reader and its pipe.
		if n := runtime.NumGoroutine(); n > 80 {
			t.Errorf("%d goroutines for ten sockets", n)
		}
		for _, c := range sockets {
			c.news()
		}
		s.Commit(insert(457, "PENDING"))
		time.Sleep(time.Second)
		for i, c := range sockets {
			if i == 4 {
				c.expect("INSERT PENDING")
			} else {
				c.expect()
			}
		}
	})
}

package dollr

import (
	"context"
	"net"
	"net/http"
	"sync"
	"sync/atomic"
	"testing"
	"testing/synctest"
	"time"
)

// vanishing is a connection that a changed network has forgotten: what is written is lost
// and nothing comes, and nobody is told.
type vanishing struct {
	net.Conn
	gone *atomic.Bool
}

func (c vanishing) Write(p []byte) (int, error) {
	if c.gone.Load() {
		return len(p), nil
	}
	return c.Conn.Write(p)
}

// A suspend or another network leaves a pool of connections that are dead without a word.
// One call has to find that out, not one for each of them.
func TestClient_ANetworkThatChangedCostsOneTimeOut(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		s, end := open(t, func(w http.ResponseWriter, r *http.Request) {
			time.Sleep(200 * time.Millisecond) // so that calls at once need connections of their own
			says(200, processing)(w, r)
		})
		defer time.Sleep(time.Minute)
		defer end()
		carrier := s.Client.http.Transport.(*http.Transport)
		dial := carrier.DialContext
		now := new(atomic.Bool)
		var mu sync.Mutex
		carrier.DialContext = func(ctx context.Context, network, address string) (net.Conn, error) {
			conn, err := dial(ctx, network, address)
			mu.Lock()
			defer mu.Unlock()
			return vanishing{conn, now}, err
		}
		busy := func(n int) {
			var all sync.WaitGroup
			for range n {
				all.Go(func() { _, _ = s.collection() })
			}
			all.Wait()
		}
		busy(30)
		cut := time.Now()
		mu.Lock()
		now.Store(true)        // every connection that there is
		now = new(atomic.Bool) // those to come are good
		mu.Unlock()
		tries := 0
		for _, err := s.collection(); err != nil; _, err = s.collection() {
			tries++
		}
		if took := time.Since(cut); tries != 0 && took > callLimit+time.Second {
			t.Errorf("Dollr was heard again after %v and %d calls", took, tries)
		}
		if tries == 0 {
			t.Error("the first call found a connection that works: nothing was tested")
		}
	})
}

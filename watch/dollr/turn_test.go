package dollr

import (
	"context"
	"fmt"
	"net"
	"net/http"
	"strings"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"tillwatch/watch"
)

// One payment's status is refused with a 401, again and again, and so is the new token that is
// asked for. The others go on with the token that they have: it is good for them.
func TestToken_OnePayments401IsItsOwn(t *testing.T) {
	play(t, func(w http.ResponseWriter, r *http.Request) {
		if strings.HasSuffix(r.URL.Path, "/one") {
			says(401, `{"detail":"Could not validate credentials"}`)(w, r)
			return
		}
		says(200, processing)(w, r)
	}, func(s *stage) {
		s.mu.Lock()
		s.token = func(n int, w http.ResponseWriter) {
			if n > 1 { // from now on the token call hangs
				time.Sleep(30 * time.Second)
			}
			fmt.Fprintf(w, `{"access_token":"token-%d","expires_in":60}`, n)
		}
		s.mu.Unlock()
		if _, err := s.collection(); err != nil {
			t.Fatal(err)
		}
		go func() {
			for range 20 {
				_, _ = s.Collection(context.Background(), "one")
				time.Sleep(time.Second)
			}
		}()
		for range 60 {
			time.Sleep(time.Second)
			begun := time.Now()
			if _, err := s.collection(); err != nil || time.Since(begun) > 0 {
				t.Fatalf("another payment waits %v and gets %v", time.Since(begun), err)
			}
		}
		time.Sleep(5 * time.Minute) // the calls that hang have their end
	})
}

// A refused key is a matter of its channel. That the login is refused, the token call says.
func TestRealtimeKey_A401CostsOnlyItsChannel(t *testing.T) {
	play(t, says(401, `{"detail":"realtime is not yours"}`), func(s *stage) {
		_, err := s.RealtimeKey(context.Background(), 55, "ORDER", reference)
		f := s.fault(err, watch.FaultGated)
		if !f.Permanent() || !strings.Contains(f.Text, "(401): realtime is not yours") || strings.Contains(f.Text, "credentials") {
			t.Errorf("permanent %t, %q", f.Permanent(), f.Text)
		}
		if _, refused := s.LoginRefused(); refused {
			t.Error("the login is called refused")
		}
	})
	play(t, says(200, processing), func(s *stage) {
		s.token = func(_ int, w http.ResponseWriter) { w.WriteHeader(401) }
		_, err := s.RealtimeKey(context.Background(), 55, "ORDER", reference)
		if f := s.fault(err, watch.FaultLogin); f.Permanent() {
			t.Error("a refused login is for good")
		}
	})
}

// fleetOf is a fleet of so many payments, at a rate, that asks s.
func fleetOf(s *stage, payments int, rate float64) (end func()) {
	fleet := watch.New(watch.Config{API: s.Client, Tell: func(watch.Snapshot) {}, StatusRate: rate})
	ctx, cancel := context.WithCancel(context.Background())
	over := make(chan struct{})
	go func() { defer close(over); _ = fleet.Run(ctx) }()
	for i := range payments {
		if _, err := fleet.Add(watch.Payment{Reference: fmt.Sprintf("%08d-0000-4000-8000-000000000000", i)}); err != nil {
			s.t.Fatal(err)
		}
	}
	return func() { cancel(); <-over }
}

// arrivals notes when requests came, and holds every stretch of time to a rate and its burst.
type arrivals struct {
	mu sync.Mutex
	at []time.Time
}

func (a *arrivals) note() {
	a.mu.Lock()
	defer a.mu.Unlock()
	a.at = append(a.at, time.Now())
}

func (a *arrivals) judge(t *testing.T, rate float64) (n int) {
	t.Helper()
	a.mu.Lock()
	defer a.mu.Unlock()
	const burst = 50
	for i, from := range a.at {
		for j := i; j < len(a.at); j++ {
			if most := burst + rate*a.at[j].Sub(from).Seconds(); float64(j-i+1) > most+0.01 {
				t.Fatalf("from %v on %d requests came in %v, at most %.1f are right", from.Sub(a.at[0]), j-i+1, a.at[j].Sub(from), most)
			}
		}
	}
	return len(a.at)
}

// A server answers the first request on each connection and resets it at the second, when it
// has read that one. net/http then repeats the request by itself.
func TestBudget_CountsWhatNetHTTPRepeatsByItself(t *testing.T) {
	var all arrivals
	repeated := 0
	synctest.Test(t, func(t *testing.T) {
		served := map[net.Conn]int{}
		s, end := open(t, func(w http.ResponseWriter, r *http.Request) {
			conn := r.Context().Value(connKey{}).(net.Conn)
			all.note()
			all.mu.Lock()
			served[conn]++
			n := served[conn]
			if n > 1 {
				repeated++
			}
			all.mu.Unlock()
			if n == 1 {
				says(404, `{}`)(w, r)
				return
			}
			hijacked, _, err := w.(http.Hijacker).Hijack()
			if err != nil {
				t.Error(err)
				return
			}
			_ = hijacked.Close()
		})
		defer time.Sleep(time.Minute)
		defer end()
		stop := fleetOf(s, 300, 20)
		time.Sleep(time.Minute)
		stop()
	})
	if n := all.judge(t, 20); repeated < n/4 {
		t.Errorf("%d of %d requests were reset", repeated, n)
	}
}

type connKey struct{}

// The second try of a call with a fresh token has a turn of its own.
func TestBudget_CountsTheSecondTryWithAFreshToken(t *testing.T) {
	var all arrivals
	synctest.Test(t, func(t *testing.T) {
		s, end := open(t, func(w http.ResponseWriter, r *http.Request) {
			all.note()
			says(401, `{}`)(w, r)
		})
		defer time.Sleep(time.Minute)
		defer end()
		s.token = func(n int, w http.ResponseWriter) {
			time.Sleep(time.Second) // so that a burst of calls is refused before the next token is there
			fmt.Fprintf(w, `{"access_token":"token-%d","expires_in":60}`, n)
		}
		if _, err := s.Login(t.Context()); err != nil {
			t.Fatal(err)
		}
		time.Sleep(5 * time.Second)
		stop := fleetOf(s, 300, 20)
		time.Sleep(30 * time.Second)
		stop()
	})
	if n := all.judge(t, 20); n < 100 {
		t.Errorf("only %d requests came", n)
	}
}

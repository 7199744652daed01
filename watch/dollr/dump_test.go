package dollr

import (
	"context"
	"encoding/json"
	"fmt"
	"net/http"
	"strings"
	"sync"
	"testing"
	"time"

	"tillwatch/watch"
)

// overheard plays a Dollr, and keeps what the Client tells of its calls.
func overheard(t *testing.T, answer http.HandlerFunc, scene func(s *stage, heard func() []Exchange)) {
	t.Helper()
	play(t, answer, func(s *stage) {
		var mu sync.Mutex
		var all []Exchange
		s.dump = func(e Exchange) {
			mu.Lock()
			defer mu.Unlock()
			all = append(all, e)
		}
		scene(s, func() []Exchange {
			mu.Lock()
			defer mu.Unlock()
			return all
		})
	})
}

func TestDump_TellsOfEveryExchange(t *testing.T) {
	overheard(t, func(w http.ResponseWriter, r *http.Request) {
		time.Sleep(time.Second)
		w.Header().Set("Retry-After", "14")
		w.Header().Set("Set-Cookie", "nobody's business")
		says(429, `{"detail":"too many","client_secret":"x","phone":231771234567}`)(w, r)
	}, func(s *stage, heard func() []Exchange) {
		_, err := s.collection()
		s.fault(err, watch.FaultThrottled)
		_, _ = s.RealtimeKey(context.Background(), 55, "ORDER", reference)
		_, _ = s.Source(context.Background(), "ORDER", 1234567890)
		all := heard()
		if len(all) != 4 {
			t.Fatalf("told of %d exchanges, want a token and three calls", len(all))
		}
		for i, want := range []struct{ method, url, body string }{
			{"POST", "http://127.0.0.1:8080/v1/jwt/client/obtain/token", `{"client_id":"•••","client_secret":"•••"}`},
			{"GET", "http://127.0.0.1:8080/v1/status/collection/" + reference, ""},
			{"POST", "http://127.0.0.1:8080/v1/realtime-keys/collection", `{"reference_id":"` + reference + `","session_id":55,"source_type":"ORDER"}`},
			{"GET", "http://127.0.0.1:8080/v1/status/source?source_id=1234567890&source_type=ORDER", ""},
		} {
			e := all[i]
			if body := strings.Join(strings.Fields(e.Body), ""); e.Method != want.method || e.URL != want.url || body != want.body {
				t.Errorf("exchange %d is %s %s %s", i, e.Method, e.URL, e.Body)
			}
		}
		e := all[1]
		if e.Code != 429 || e.Took != time.Second || e.Header["Authorization"] != hidden || e.Header["User-Agent"] != "tillwatch" ||
			e.Answered["Retry-After"] != "14" || e.Answered["Set-Cookie"] != "" || e.Err != "" ||
			!strings.Contains(e.Answer, `"detail": "too many"`) || !strings.Contains(e.Answer, `"phone": "231******567"`) {
			t.Errorf("got %+v", e)
		}
	})
}

func TestDump_TellsOfACallWithoutAnAnswer(t *testing.T) {
	overheard(t, func(http.ResponseWriter, *http.Request) { time.Sleep(time.Minute) }, func(s *stage, heard func() []Exchange) {
		_, err := s.collection()
		s.fault(err, watch.FaultOffline)
		if e := heard()[1]; e.Code != 0 || e.Err == "" || e.Took != callLimit || e.Answer != "" {
			t.Errorf("got %+v", e)
		}
	})
}

// TestDump_HasNoSecret has Dollr throw everything it was told back at us.
func TestDump_HasNoSecret(t *testing.T) {
	var used string
	overheard(t, func(w http.ResponseWriter, r *http.Request) {
		used = r.Header.Get("Authorization")
		text, _ := json.Marshal(fmt.Sprint(testID, " ", testSecret, " ", used, " ", phone.Reveal()))
		w.Header().Set("X-Request-Id", used+phone.Reveal())
		says(400, `{"detail":`+string(text)+`,"access_token":"key-9876"}`)(w, r)
	}, func(s *stage, heard func() []Exchange) {
		_, _ = s.collection()
		_, _ = s.RealtimeKey(context.Background(), 5, "ORDER", reference)
		_, _ = s.CreateCheckout(context.Background(), CheckoutRequest{PartyPhone: phone})
		_, _ = s.PredictProvider(context.Background(), phone)
		if used != "Bearer token-1" || len(heard()) < 5 {
			t.Fatalf("%d exchanges, the last with %q", len(heard()), used)
		}
		for _, e := range heard() {
			if found := leaks(fmt.Sprintf("%+v", e)); found != "" {
				t.Errorf("%s is in %+v", found, e)
			}
		}
	})
}

// A token is told of before anybody has read it, and a server may repeat it under another name.
func TestDump_HidesATokenThatComesUnderTwoNames(t *testing.T) {
	overheard(t, says(200, processing), func(s *stage, heard func() []Exchange) {
		s.token = func(_ int, w http.ResponseWriter) {
			fmt.Fprint(w, `{"access_token":"opaque-7f3a99","expires_in":60,"note":"you got opaque-7f3a99 now"}`)
		}
		if _, err := s.collection(); err != nil {
			t.Fatal(err)
		}
		if e := heard()[0]; strings.Contains(e.Answer, "opaque") || !strings.Contains(e.Answer, "you got ••• now") {
			t.Errorf("got %s", e.Answer)
		}
	})
}

func TestDump_NobodyWhoListensCostsNothing(t *testing.T) {
	s, end := open(t, says(200, processing))
	defer end()
	ctx := context.Background()
	token, fault := s.Client.tokens.get(ctx)
	if fault != nil {
		t.Fatal(fault)
	}
	q := question{name: "status/collection", method: http.MethodGet, path: "/v1/status/collection/" + reference}
	without := testing.AllocsPerRun(200, func() { _, _ = s.carry(ctx, q, token) })
	with := testing.AllocsPerRun(200, func() { _, _ = s.exchange(ctx, q, token) })
	if with > without+2 { // the connection's own goroutines allocate too
		t.Errorf("a call allocates %v times, and %v without the hook", with, without)
	}
}

func BenchmarkExchange(b *testing.B) {
	s, end := open(b, says(200, processing))
	defer end()
	for name, dump := range map[string]func(Exchange){"nobody listens": nil, "dumped": func(Exchange) {}} {
		b.Run(name, func(b *testing.B) {
			s.dump = dump
			b.ReportAllocs()
			for b.Loop() {
				if _, err := s.collection(); err != nil {
					b.Fatal(err)
				}
			}
		})
	}
}

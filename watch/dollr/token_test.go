package dollr

import (
	"context"
	"fmt"
	"net/http"
	"strings"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"tillwatch/watch"
)

func TestToken_AThousandCallersShareOneRequest(t *testing.T) {
	play(t, says(200, processing), func(s *stage) {
		s.Client.http.Transport.(*http.Transport).MaxConnsPerHost = 0
		s.token = func(n int, w http.ResponseWriter) {
			time.Sleep(time.Second) // all callers are waiting by then
			fmt.Fprintf(w, `{"access_token":"token-%d","expires_in":60}`, n)
		}
		var all sync.WaitGroup
		for range 1000 {
			all.Go(func() {
				if _, err := s.collection(); err != nil {
					t.Error(err)
				}
			})
		}
		all.Wait()
		if tokens, calls := s.asked(); tokens != 1 || calls != 1000 {
			t.Errorf("asked for %d tokens and %d statuses, want 1 and 1000", tokens, calls)
		}
	})
}

func TestToken_IsRenewedWhenUnderFiveMinutesAreLeftAndNobodyWaits(t *testing.T) {
	var seen string
	play(t, func(w http.ResponseWriter, r *http.Request) {
		seen = r.Header.Get("Authorization")
		says(200, processing)(w, r)
	}, func(s *stage) {
		s.token = func(n int, w http.ResponseWriter) {
			if n > 1 {
				time.Sleep(3 * time.Second)
			}
			fmt.Fprintf(w, `{"access_token":"token-%d","expires_in":60}`, n) // minutes
		}
		ask := func(wantToken string, wantAsked int) {
			t.Helper()
			begun := time.Now()
			if _, err := s.collection(); err != nil {
				t.Fatal(err)
			}
			if time.Since(begun) != 0 {
				t.Errorf("the call waited %s for a renewal", time.Since(begun))
			}
			synctest.Wait()
			if tokens, _ := s.asked(); tokens != wantAsked || seen != "Bearer "+wantToken {
				t.Errorf("after %d token calls used %q, want %d and %s", tokens, seen, wantAsked, wantToken)
			}
		}
		ask("token-1", 1)
		time.Sleep(55*time.Minute - time.Second)
		ask("token-1", 1)
		time.Sleep(time.Second)
		ask("token-1", 2) // five minutes are left: the next is on its way
		time.Sleep(4 * time.Second)
		ask("token-2", 2)
	})
}

func TestToken_StillServesWhileItsRenewalFails(t *testing.T) {
	play(t, says(200, processing), func(s *stage) {
		s.token = func(n int, w http.ResponseWriter) {
			if n > 1 {
				says(503, `{}`)(w, nil)
				return
			}
			fmt.Fprint(w, `{"access_token":"token-1","expires_in":60}`)
		}
		for _, wait := range []time.Duration{0, 55 * time.Minute, time.Second, time.Second, failedPause} {
			time.Sleep(wait)
			if _, err := s.collection(); err != nil {
				t.Fatal(err)
			}
			synctest.Wait()
		}
		if tokens, _ := s.asked(); tokens != 3 { // at the start, in its last five minutes, and after a pause
			t.Errorf("asked for %d tokens, want 3", tokens)
		}
		time.Sleep(renewBefore)
		_, err := s.collection() // the old one ended meanwhile
		if f := s.fault(err, watch.FaultDown); f.Code != 503 || !strings.Contains(f.Text, "getting a token") {
			t.Errorf("got %d %q", f.Code, f.Text)
		}
	})
}

func TestToken_LivesAsItsAnswerSays(t *testing.T) {
	tests := map[string]struct {
		expires string
		serves  time.Duration // how long it is used without another request
	}{
		"an hour":              {`60`, 55 * time.Minute},
		"as text":              {`"60"`, 55 * time.Minute},
		"missing":              {``, assumedLife - lastUse},
		"null":                 {`null`, assumedLife - lastUse},
		"zero":                 {`0`, assumedLife - lastUse},
		"negative":             {`-3`, assumedLife - lastUse},
		"no number":            {`"soon"`, assumedLife - lastUse},
		"not a number":         {`"NaN"`, assumedLife - lastUse},
		"absurd":               {`1e12`, assumedLife - lastUse},
		"hexadecimal":          {`"0x1p6"`, assumedLife - lastUse},
		"a list":               {`[60]`, assumedLife - lastUse},
		"more next to it":      {`60,"more":[1,{"a":2}]`, 55 * time.Minute},
		"under five minutes":   {`2`, 2*time.Minute - 10*time.Second},
		"exactly five minutes": {`5`, 5*time.Minute - 10*time.Second},
		"twelve seconds":       {`0.2`, 6 * time.Second},
	}
	for name, test := range tests {
		t.Run(name, func(t *testing.T) {
			play(t, says(200, processing), func(s *stage) {
				s.token = func(n int, w http.ResponseWriter) {
					field := ""
					if test.expires != "" {
						field = `,"expires_in":` + test.expires
					}
					fmt.Fprintf(w, `{"access_token":"token-%d"%s}`, n, field)
				}
				for i, wait := range []time.Duration{0, test.serves - time.Millisecond, time.Millisecond} {
					time.Sleep(wait)
					if _, err := s.collection(); err != nil {
						t.Fatal(err)
					}
					synctest.Wait()
					want := 1
					if i == 2 {
						want = 2
					}
					if tokens, _ := s.asked(); tokens != want {
						t.Errorf("call %d: %d tokens were asked for, want %d", i, tokens, want)
					}
				}
			})
		})
	}
}

func TestToken_AStormOf401sCostsOneRefresh(t *testing.T) {
	play(t, func(w http.ResponseWriter, r *http.Request) {
		time.Sleep(100 * time.Millisecond)
		if r.Header.Get("Authorization") == "Bearer token-1" {
			says(401, `{"detail":"Could not validate credentials"}`)(w, r)
			return
		}
		says(200, processing)(w, r)
	}, func(s *stage) {
		s.Client.http.Transport.(*http.Transport).MaxConnsPerHost = 16 // so some come late
		var all sync.WaitGroup
		for range 500 {
			all.Go(func() {
				if _, err := s.collection(); err != nil {
					t.Error(err)
				}
			})
		}
		all.Wait()
		if tokens, calls := s.asked(); tokens != 2 || calls > 1000 {
			t.Errorf("asked for %d tokens and %d statuses, want 2 and at most 1000", tokens, calls)
		}
	})
}

func TestToken_RefusedAgainAfterARefreshIsALoginFault(t *testing.T) {
	play(t, says(401, `{"detail":"Not authenticated"}`), func(s *stage) {
		for range 10 {
			_, err := s.collection()
			if f := s.fault(err, watch.FaultLogin); f.Code != 401 || !strings.Contains(f.Text, "Not authenticated") {
				t.Errorf("got %d %q", f.Code, f.Text)
			}
		}
		if tokens, calls := s.asked(); tokens != 2 || calls != 11 {
			t.Errorf("asked for %d tokens and %d statuses, want 2 and 11", tokens, calls)
		}
		time.Sleep(deniedPause)
		_, err := s.collection()
		s.fault(err, watch.FaultLogin)
		if tokens, _ := s.asked(); tokens != 3 {
			t.Errorf("asked for %d tokens after the pause, want 3", tokens)
		}
	})
}

func TestToken_ARefusalIsRememberedForAMinuteOrUntilForgotten(t *testing.T) {
	for _, code := range []int{400, 401, 403, 422} {
		play(t, says(200, processing), func(s *stage) {
			refuse := true
			s.token = func(_ int, w http.ResponseWriter) {
				if refuse {
					says(code, `{"detail":"unknown client"}`)(w, nil)
					return
				}
				fmt.Fprint(w, `{"access_token":"good","expires_in":60}`)
			}
			asked := func(want int) {
				t.Helper()
				if tokens, _ := s.asked(); tokens != want {
					t.Errorf("%d: asked for %d tokens, want %d", code, tokens, want)
				}
			}
			var all sync.WaitGroup
			for range 1000 {
				all.Go(func() { _, err := s.collection(); s.fault(err, watch.FaultLogin) })
			}
			all.Wait()
			asked(1)
			time.Sleep(refusedPause - time.Millisecond)
			_, err := s.collection()
			if f := s.fault(err, watch.FaultLogin); strings.Count(f.Text, "getting a token") != 1 {
				t.Errorf("%d: a remembered refusal says %q", code, f.Text)
			}
			asked(1)
			if wait, refused := s.LoginRefused(); !refused || wait != time.Millisecond {
				t.Errorf("%d: refused %v, for another %v", code, refused, wait)
			}
			s.Forget()
			_, err = s.collection()
			s.fault(err, watch.FaultLogin)
			asked(2)
			refuse = false
			time.Sleep(refusedPause)
			if _, err := s.collection(); err != nil {
				t.Errorf("%d: after the minute: %v", code, err)
			}
			if _, refused := s.LoginRefused(); refused {
				t.Errorf("%d: refused though a token serves", code)
			}
			asked(3)
		})
	}
}

func TestToken_AWaiterGivesUpWithItsContextAndTheRefreshGoesOn(t *testing.T) {
	play(t, says(200, processing), func(s *stage) {
		s.token = func(n int, w http.ResponseWriter) {
			time.Sleep(5 * time.Second)
			fmt.Fprintf(w, `{"access_token":"token-%d","expires_in":60}`, n)
		}
		ctx, cancel := context.WithTimeout(context.Background(), time.Second)
		defer cancel()
		begun := time.Now()
		_, err := s.Collection(ctx, reference)
		s.fault(err, watch.FaultOffline)
		if waited := time.Since(begun); waited != time.Second {
			t.Errorf("gave up after %s, want 1s", waited)
		}
		if _, err := s.collection(); err != nil {
			t.Error(err)
		}
		if tokens, _ := s.asked(); tokens != 1 {
			t.Errorf("asked for %d tokens, want 1", tokens)
		}
	})
}

func TestToken_AnUnusableOneIsAFault(t *testing.T) {
	for _, body := range []string{
		`{}`, `[]`, `null`, `nonsense`, `{"access_token":""}`, `{"access_token":null}`,
		`{"access_token":12345}`, `{"access_token":true}`, `{"access_token":["x"]}`, `{"access_token":"x","access_token":"x"}`,
		`{"access_token":"x","expires_in":60,"expires_in":1}`, `{"Access_Token":"x"}`, `{"access_token":"x"}{}`,
		`{"access_token":"two words"}`, `{"access_token":"a\r\nb: c"}`, `{"access_token":"é"}`,
		`{"access_token":"` + strings.Repeat("x", 17<<10) + `"}`,
	} {
		play(t, says(200, processing), func(s *stage) {
			s.token = func(_ int, w http.ResponseWriter) { fmt.Fprint(w, body) }
			_, err := s.collection()
			if f := s.fault(err, watch.FaultDown); !strings.Contains(f.Text, "makes no sense") {
				t.Errorf("%.40s: got %q", body, f.Text)
			}
		})
	}
}

func TestToken_APanicInTheRefreshIsAFaultAndNotTheEnd(t *testing.T) {
	play(t, says(200, processing), func(s *stage) {
		fetch := s.Client.tokens.fetch
		s.Client.tokens.fetch = func() (bearer, *watch.Fault) { panic(testSecret) }
		_, err := s.collection()
		if f := s.fault(err, watch.FaultDown); !strings.HasSuffix(f.Text, "this program failed (a bug)") || strings.Contains(f.Text, testSecret) {
			t.Errorf("got %q", f.Text)
		}
		s.Client.tokens.fetch = fetch
		if _, err := s.collection(); err != nil {
			t.Error(err)
		}
	})
}

// Whatever 4xx the token's page gives, it is asked again once a minute and not with every read.
func TestToken_APageThatRefusesIsNotAskedWithEveryRead(t *testing.T) {
	for _, code := range []int{http.StatusMethodNotAllowed, http.StatusGone, http.StatusUnauthorized} {
		play(t, says(200, processing), func(s *stage) {
			s.token = func(_ int, w http.ResponseWriter) { w.WriteHeader(code) }
			for range 30 {
				if _, err := s.collection(); err == nil {
					t.Fatal("it was answered without a token")
				}
				time.Sleep(time.Second)
			}
			if tokens, _ := s.asked(); tokens != 1 {
				t.Errorf("after %d the token was asked for %d times in half a minute", code, tokens)
			}
		})
	}
}

func TestToken_IsAskedForInDollrsForm(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		var got map[string]any
		var bearer []string
		s, end := open(t, says(200, processing))
		defer end()
		server := s.Client.http.Transport
		s.Client.http.Transport = roundTrip(func(r *http.Request) (*http.Response, error) {
			if strings.HasSuffix(r.URL.Path, "/obtain/token") {
				body, _ := r.GetBody()
				bearer = r.Header.Values("Authorization")
				got = decode(t, &http.Request{Body: body})
			}
			return server.RoundTrip(r)
		})
		if _, err := s.collection(); err != nil {
			t.Fatal(err)
		}
		if len(got) != 2 || got["client_id"] != testID || got["client_secret"] != testSecret || bearer != nil {
			t.Errorf("asked with %v and Authorization %q", got, bearer)
		}
	})
}

type roundTrip func(*http.Request) (*http.Response, error)

func (f roundTrip) RoundTrip(r *http.Request) (*http.Response, error) { return f(r) }

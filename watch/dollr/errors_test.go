package dollr

import (
	"context"
	"crypto/tls"
	"crypto/x509"
	"errors"
	"fmt"
	"net"
	"net/http"
	"net/http/httptest"
	"strings"
	"sync"
	"syscall"
	"testing"
	"time"

	"tillwatch/watch"
)

func TestCall_EndsAfterTenSecondsWhateverHangs(t *testing.T) {
	tests := map[string]struct {
		answer http.HandlerFunc
		kind   watch.FaultKind
		text   string
	}{
		"no answer": {func(_ http.ResponseWriter, r *http.Request) { <-r.Context().Done() }, watch.FaultOffline, "timed out after 10s"},
		"half an answer": {func(w http.ResponseWriter, r *http.Request) {
			fmt.Fprint(w, `{"status":`)
			w.(http.Flusher).Flush()
			<-r.Context().Done()
		}, watch.FaultDown, "broke off: timed out after 10s"},
		"a byte a second": {func(w http.ResponseWriter, r *http.Request) {
			for r.Context().Err() == nil {
				fmt.Fprint(w, " ")
				w.(http.Flusher).Flush()
				time.Sleep(time.Second)
			}
		}, watch.FaultDown, "broke off: timed out after 10s"},
	}
	for name, test := range tests {
		t.Run(name, func(t *testing.T) {
			play(t, test.answer, func(s *stage) {
				begun := time.Now()
				_, err := s.collection()
				if f := s.fault(err, test.kind); !strings.HasSuffix(f.Text, test.text) {
					t.Errorf("got %q, want …%s", f.Text, test.text)
				}
				if took := time.Since(begun); took != callLimit {
					t.Errorf("it took %s, want 10s", took)
				}
			})
		})
	}
}

func TestCall_TheLimitHoldsForTokenRefreshAndRetryTogether(t *testing.T) {
	play(t, func(w http.ResponseWriter, r *http.Request) {
		time.Sleep(4 * time.Second)
		says(401, `{}`)(w, r)
	}, func(s *stage) {
		s.token = func(n int, w http.ResponseWriter) {
			time.Sleep(3 * time.Second)
			fmt.Fprintf(w, `{"access_token":"token-%d","expires_in":60}`, n)
		}
		begun := time.Now()
		_, err := s.collection() // 3 s, 4 s, 3 s: no time is left for the retry
		s.fault(err, watch.FaultOffline)
		if took := time.Since(begun); took != callLimit {
			t.Errorf("it took %s, want 10s", took)
		}
	})
}

func TestCall_EndsWithItsContext(t *testing.T) {
	play(t, func(_ http.ResponseWriter, r *http.Request) { <-r.Context().Done() }, func(s *stage) {
		ctx, cancel := context.WithCancel(context.Background())
		time.AfterFunc(time.Second, cancel)
		begun := time.Now()
		_, err := s.Collection(ctx, reference)
		if f := s.fault(err, watch.FaultOffline); !strings.HasSuffix(f.Text, "given up before Dollr answered") {
			t.Errorf("got %q", f.Text)
		}
		if took := time.Since(begun); took != time.Second {
			t.Errorf("it took %s, want 1s", took)
		}
	})
}

func TestCall_AHugeBodyIsAFaultAndIsNotRead(t *testing.T) {
	sent := 0
	play(t, func(w http.ResponseWriter, _ *http.Request) {
		part := []byte(strings.Repeat(" ", 64<<10))
		for range 160 { // 10 MiB
			if _, err := w.Write(part); err != nil {
				return
			}
			sent += len(part)
		}
	}, func(s *stage) {
		_, err := s.collection()
		if f := s.fault(err, watch.FaultDown); !strings.Contains(f.Text, "longer than 1 MiB") {
			t.Errorf("got %q", f.Text)
		}
		s.Client.http.Transport.(*http.Transport).CloseIdleConnections()
		time.Sleep(time.Second)
		if sent > 2<<20 {
			t.Errorf("%d bytes were read", sent)
		}
	})
}

func TestCall_FollowsNoRedirect(t *testing.T) {
	for _, code := range []int{301, 302, 303, 307, 308} {
		play(t, func(w http.ResponseWriter, r *http.Request) {
			http.Redirect(w, r, "http://127.0.0.1:8080/v1/elsewhere?token="+testSecret, code)
		}, func(s *stage) {
			_, err := s.collection()
			f := s.fault(err, watch.FaultDown)
			if !strings.Contains(f.Text, "redirect") || f.Code != code || strings.Contains(f.Text, "elsewhere") {
				t.Errorf("%d: got %q", code, f.Text)
			}
			if _, calls := s.asked(); calls != 1 {
				t.Errorf("%d: %d calls were made, want 1", code, calls)
			}
		})
	}
}

func TestCall_IsMadeOnceWhateverItGets(t *testing.T) {
	for _, code := range []int{400, 403, 404, 408, 409, 422, 429, 500, 502, 503, 504} {
		play(t, says(code, `{}`), func(s *stage) {
			_, _ = s.collection()
			_, _ = s.Execute(context.Background(), ExecutionRequest{Session: 1})
			if _, calls := s.asked(); calls != 2 {
				t.Errorf("%d: two calls were made as %d", code, calls)
			}
		})
	}
}

func TestThrottled_SaysHowLongInBothForms(t *testing.T) {
	tests := map[string]struct {
		after string
		want  time.Duration
	}{
		"seconds":             {"14", 14 * time.Second},
		"a date":              {"Sat, 01 Jan 2000 00:30:14 GMT", 14 * time.Second},
		"a date in the past":  {"Sat, 01 Jan 2000 00:29:00 GMT", 0},
		"nothing":             {"", 0},
		"negative":            {"-5", 0},
		"nonsense":            {"soon", 0},
		"a fraction":          {"1.5", 0},
		"a power":             {"1e9", 0},
		"a minute":            {"60", time.Minute},
		"a day":               {"86400", time.Hour},
		"a date in a century": {"Fri, 01 Jan 2100 00:00:00 GMT", time.Hour},
		"more than fits":      {"99999999999999999999", time.Hour},
		"less than fits":      {"-99999999999999999999", 0},
		"a date before all":   {"Mon, 01 Jan 0001 00:00:00 GMT", 0},
		"words after it":      {"60 seconds", 0},
	}
	for name, test := range tests {
		t.Run(name, func(t *testing.T) {
			play(t, func(w http.ResponseWriter, r *http.Request) {
				w.Header().Set("Date", "Sat, 01 Jan 2000 00:30:00 GMT") // its clock is half an hour ahead
				if test.after != "" {
					w.Header().Set("Retry-After", test.after)
				}
				says(429, `{"detail":"Too many"}`)(w, r)
			}, func(s *stage) {
				_, err := s.collection()
				if f := s.fault(err, watch.FaultThrottled); f.RetryAfter != test.want || f.Code != 429 {
					t.Errorf("got %s (%q), want %s", f.RetryAfter, f.Text, test.want)
				}
			})
		})
	}
}

func TestRetryAfter_WithoutADateIsHeldAgainstOurClock(t *testing.T) {
	wall := time.Date(2026, 1, 1, 0, 0, 0, 0, time.UTC)
	header := http.Header{"Retry-After": {"Thu, 01 Jan 2026 00:00:30 GMT"}}
	if got := retryAfter(header, wall); got != 30*time.Second {
		t.Errorf("got %s, want 30s", got)
	}
}

func TestOffline_SaysWhyInAFewWords(t *testing.T) {
	tests := map[string]error{
		"no such host":           &net.OpError{Op: "dial", Err: &net.DNSError{Err: "no such host", Name: "secret.host", IsNotFound: true}},
		"could not be looked up": &net.DNSError{Err: "server misbehaving", Name: "secret.host"},
		"connection refused":     &net.OpError{Op: "dial", Err: syscall.ECONNREFUSED},
		"connection reset":       &net.OpError{Op: "read", Err: syscall.ECONNRESET},
		"network unreachable":    syscall.ENETUNREACH,
		"TLS: certificate signed by an unknown authority": &tls.CertificateVerificationError{Err: x509.UnknownAuthorityError{}},
		"TLS: certificate is for another host":            x509.HostnameError{Certificate: &x509.Certificate{}, Host: "secret.host"},
		"TLS: certificate has expired":                    x509.CertificateInvalidError{Reason: x509.Expired},
		"TLS: certificate is not valid":                   x509.CertificateInvalidError{Reason: x509.TooManyIntermediates},
		"TLS: the host does not speak it":                 tls.RecordHeaderError{Msg: "first record"},
		"TLS: the host refuses the connection":            tls.AlertError(40),
		"connection failed: something odd":                errors.New("something\n\x1b[31m odd"),
	}
	for want, cause := range tests {
		play(t, says(200, processing), func(s *stage) {
			s.Client.http.Transport = roundTrip(func(*http.Request) (*http.Response, error) { return nil, cause })
			_, err := s.collection()
			f := s.fault(err, watch.FaultOffline)
			if !strings.Contains(f.Text, want) || strings.Contains(f.Text, "secret.host") || f.Code != 0 {
				t.Errorf("%v: got %q, want %q", cause, f.Text, want)
			}
			if !s.Answered().IsZero() {
				t.Errorf("%v counts as an answer", cause)
			}
		})
	}
}

func TestOffline_AServerWithABadCertificateGetsNothing(t *testing.T) {
	asked := false
	server := httptest.NewUnstartedServer(http.HandlerFunc(func(http.ResponseWriter, *http.Request) { asked = true }))
	server.Config.ErrorLog = discardLog()
	server.StartTLS()
	defer server.Close()
	c, err := New(Config{BaseURL: server.URL, ClientID: testID, ClientSecret: testSecret})
	if err != nil {
		t.Fatal(err)
	}
	defer c.Close()
	_, err = c.Collection(context.Background(), reference)
	s := &stage{t: t, Client: c}
	if f := s.fault(err, watch.FaultOffline); !strings.HasSuffix(f.Text, "TLS: certificate signed by an unknown authority") {
		t.Errorf("got %q", f.Text)
	}
	if asked {
		t.Error("the secret went to a server that is not known")
	}
}

func TestOffline_NobodyListens(t *testing.T) {
	listener, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	address := listener.Addr().String()
	if err := listener.Close(); err != nil {
		t.Fatal(err)
	}
	c, err := New(Config{BaseURL: "http://" + address, ClientID: testID, ClientSecret: testSecret})
	if err != nil {
		t.Fatal(err)
	}
	defer c.Close()
	_, err = c.Collection(context.Background(), reference)
	s := &stage{t: t, Client: c}
	if f := s.fault(err, watch.FaultOffline); f.Text != "reading a payment's status: getting a token: connection refused" {
		t.Errorf("got %q", f.Text)
	}
}

// TestTransport_CarriesAllCallsOnOneHTTP2Connection guards the settings of our own
// transport, which Go would else take as a wish for HTTP/1.
func TestTransport_CarriesAllCallsOnOneHTTP2Connection(t *testing.T) {
	s := &stage{t: t, calls: map[string]int{}}
	var mu sync.Mutex
	from := map[string]bool{}
	s.answer = func(w http.ResponseWriter, r *http.Request) {
		mu.Lock()
		defer mu.Unlock()
		if from[r.RemoteAddr] = true; r.ProtoMajor != 2 {
			t.Errorf("asked over %s", r.Proto)
		}
		says(200, processing)(w, r)
	}
	server := httptest.NewUnstartedServer(s)
	server.EnableHTTP2 = true
	server.StartTLS()
	defer server.Close()
	c, err := New(Config{BaseURL: server.URL, ClientID: testID, ClientSecret: testSecret})
	if err != nil {
		t.Fatal(err)
	}
	defer c.Close()
	c.http.Transport.(*http.Transport).TLSClientConfig = &tls.Config{
		MinVersion: tls.VersionTLS12, RootCAs: server.Client().Transport.(*http.Transport).TLSClientConfig.RootCAs,
	}
	for range 20 {
		if _, err := c.Collection(context.Background(), reference); err != nil {
			t.Fatal(err)
		}
	}
	if len(from) != 1 {
		t.Errorf("20 calls came over %d connections", len(from))
	}
}

package dollr

import (
	"bytes"
	"context"
	"encoding/json"
	"fmt"
	"io"
	"log"
	"log/slog"
	"net/http"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"tillwatch/watch"
)

func discardLog() *log.Logger { return log.New(io.Discard, "", 0) }

const phone = watch.Phone("231771234567")

// leaks names the secret that text gives away, if any.
func leaks(text string) string {
	for _, secret := range []string{testID, testSecret, "token-1", "token-2", "key-9876", "pi_3_secret_77", phone.Reveal()} {
		if strings.Contains(text, secret) {
			return secret
		}
	}
	return ""
}

func TestSecrets_NoPrinterShowsThem(t *testing.T) {
	play(t, says(200, processing), func(s *stage) {
		if _, err := s.collection(); err != nil { // a token is held now
			t.Fatal(err)
		}
		config := Config{BaseURL: "https://api.example/x", ClientID: testID, ClientSecret: testSecret, HTTP: s.Client.http}
		holder := struct {
			Config Config
			hidden *Client
		}{config, s.Client}
		for _, value := range []any{config, &config, s.Client, holder, &holder, s.Client.secret, []Config{config}} {
			for _, verb := range []string{"%v", "%+v", "%#v", "%s", "%q", "%x", "%d"} {
				if found := leaks(fmt.Sprintf(verb, value)); found != "" {
					t.Errorf("%s of %T shows %s", verb, value, found)
				}
			}
			encoded, err := json.Marshal(value)
			if found := leaks(string(encoded)); found != "" || err != nil {
				t.Errorf("JSON of %T shows %q, %v", value, found, err)
			}
			var text, lines bytes.Buffer
			slog.New(slog.NewTextHandler(&text, nil)).Info("x", "value", value)
			slog.New(slog.NewJSONHandler(&lines, nil)).Info("x", "value", value)
			if found := leaks(text.String() + lines.String()); found != "" {
				t.Errorf("slog of %T shows %s", value, found)
			}
		}
		if shown := fmt.Sprint(config); !strings.Contains(shown, "api.example") {
			t.Errorf("a Config prints as %q, without its host", shown)
		}
	})
}

// TestSecrets_NoErrorRepeatsThem has Dollr throw everything it was told back at us, with
// every code, in every call.
func TestSecrets_NoErrorRepeatsThem(t *testing.T) {
	echo := strings.Join([]string{
		testID, testSecret, "Bearer token-1, token-1", "pi_3_secret_77", "eyJhbGciOiJIUzI1NiJ9.eyJhIjoxfQ.c2ln",
		"phone " + phone.Reveal(), "+231 77 123 4567", "to\u200bken-1", "\x1b]0;title\x07",
	}, " ")
	quoted, err := json.Marshal(echo)
	if err != nil {
		t.Fatal(err)
	}
	bodies := []string{
		`{"detail":` + string(quoted) + `}`,
		`{"detail":[{"loc":["body",` + string(quoted) + `],"msg":` + string(quoted) + `,"input":"` + testSecret + `"}]}`,
		`{"message":{"client_secret":"` + testSecret + `","phone":"231771234567","why":` + string(quoted) + `}}`,
		`{"status":` + string(quoted) + `,"client_secret":"pi_3_secret_77","access_token":"key-9876","expires_in":` + string(quoted) + `}`,
	}
	for _, code := range []int{200, 202, 302, 400, 401, 403, 404, 422, 429, 500, 503} {
		for i, body := range bodies {
			play(t, func(w http.ResponseWriter, r *http.Request) {
				used := strings.TrimPrefix(r.Header.Get("Authorization"), "Bearer ")
				says(code, strings.ReplaceAll(body, "token-1", used))(w, r)
			}, func(s *stage) {
				ctx := context.Background()
				var errs []error
				keep := func(_ any, err error) { errs = append(errs, err) }
				a, err := s.collection()
				if found := leaks(a.Detail + a.Gateway + a.Wallet); found != "" {
					t.Errorf("%d, body %d: an answer shows %s", code, i, found)
				}
				errs = append(errs, err)
				keep(s.RealtimeKey(ctx, 5, "ORDER", reference))
				keep(s.CreateCheckout(ctx, CheckoutRequest{PartyPhone: phone}))
				keep(s.CreateAccount(ctx, AccountRequest{Phone: phone}))
				keep(s.PredictProvider(ctx, phone))
				keep(s.Execute(ctx, ExecutionRequest{Session: 5}))
				for _, err := range errs {
					if err == nil {
						continue
					}
					text := fmt.Sprintf("%v %#v", err, err)
					if found := leaks(text); found != "" || strings.Contains(text, "eyJ") || strings.ContainsRune(text, '\x1b') {
						t.Errorf("%d, body %d: %s is in %q", code, i, found, text)
					}
				}
			})
		}
	}
}

func TestSecrets_HalfAOneIsNotShownEither(t *testing.T) {
	long := strings.Repeat("abcdefghij", 60)
	for _, text := range []string{
		strings.Repeat("token-"+long+" ", 3), "x" + strings.Repeat(" token-"+long, 3), strings.Repeat("token-"+long, 3),
	} {
		play(t, says(500, `{"detail":"`+text+`"}`), func(s *stage) {
			s.token = func(_ int, w http.ResponseWriter) {
				fmt.Fprintf(w, `{"access_token":"token-%s","expires_in":60}`, long)
			}
			_, err := s.collection()
			if f := s.fault(err, watch.FaultDown); strings.Contains(f.Text, "abc") {
				t.Errorf("got %q", f.Text)
			}
		})
	}
}

func TestSecrets_TheTokenCallsErrorsRepeatNone(t *testing.T) {
	for _, code := range []int{200, 400, 401, 403, 404, 422, 429, 500} {
		play(t, says(200, processing), func(s *stage) {
			s.token = func(_ int, w http.ResponseWriter) {
				says(code, `{"detail":"client `+testID+` with `+testSecret+` is unknown"}`)(w, nil)
			}
			_, err := s.collection()
			if err == nil || leaks(err.Error()) != "" {
				t.Errorf("%d: got %v", code, err)
			}
		})
	}
}

// TestSecrets_ClientSecretOfACardHasNoPlaceInTheCode greps: what is never named is never
// kept. Its own name is used by the token call and by what masks it.
func TestSecrets_ClientSecretOfACardHasNoPlaceInTheCode(t *testing.T) {
	files, err := filepath.Glob("*.go")
	if err != nil || len(files) < 8 {
		t.Fatalf("found %d files, %v", len(files), err)
	}
	for _, file := range files {
		if strings.HasSuffix(file, "_test.go") {
			continue
		}
		text, err := os.ReadFile(file)
		if err != nil {
			t.Fatal(err)
		}
		for i, line := range strings.Split(string(text), "\n") {
			code, _, _ := strings.Cut(line, "//")
			if strings.Contains(code, "client_secret") && !strings.Contains(code, `"client_secret": c.secret.reveal()`) {
				t.Errorf("%s:%d reads client_secret: %s", file, i+1, line)
			}
		}
	}
}

func TestTally_KnowsWhoAnsweredAndWhen(t *testing.T) {
	sandbox := true
	play(t, func(w http.ResponseWriter, r *http.Request) {
		if sandbox {
			w.Header().Set(sandboxHeader, "")
		}
		w.Header().Set("Date", time.Now().Add(190*time.Second).UTC().Format(http.TimeFormat)) // 3:10 ahead
		time.Sleep(time.Second)
		says(503, `{}`)(w, r)
	}, func(s *stage) {
		check := func(wantAll, wantAny bool, wantStake watch.Stake) {
			t.Helper()
			all, any := s.Simulated()
			stake, host := s.Stake()
			if all != wantAll || any != wantAny || stake != wantStake || host != "127.0.0.1" {
				t.Errorf("simulated %t, %t, %s at %s; want %t, %t, %s", all, any, stake, host, wantAll, wantAny, wantStake)
			}
		}
		check(false, false, watch.Test) // by its address
		if _, known := s.Skew(); known || !s.Answered().IsZero() {
			t.Error("something was heard before anything was asked")
		}
		s.token = func(_ int, w http.ResponseWriter) {
			w.Header().Set(sandboxHeader, "1")
			fmt.Fprint(w, `{"access_token":"token-1","expires_in":60}`)
		}
		_, err := s.collection()
		s.fault(err, watch.FaultDown)
		check(true, true, watch.Sim)
		// The date was set a second before the answer came; half of the trip is allowed for.
		if skew, known := s.Skew(); !known || skew != 190*time.Second {
			t.Errorf("the skew is %s, want 3m10s", skew)
		}
		if ago := time.Since(s.Answered()); ago != 0 {
			t.Errorf("answered %s ago, want now", ago)
		}
		sandbox = false
		time.Sleep(time.Minute)
		_, err = s.collection()
		s.fault(err, watch.FaultDown)
		check(false, true, watch.Test)
		s.Client.http.Transport = roundTrip(func(*http.Request) (*http.Response, error) { return nil, io.EOF })
		_, err = s.collection()
		s.fault(err, watch.FaultOffline)
		want := []Count{{"status/collection", 0, 1}, {"status/collection", 503, 2}, {"token", 200, 1}}
		if got := s.Counts(); fmt.Sprint(got) != fmt.Sprint(want) {
			t.Errorf("counted %v, want %v", got, want)
		}
	})
}

func TestSecret_OneOfSixLettersIsHiddenAndAShorterOneIsAWord(t *testing.T) {
	for secret, want := range map[string]string{"s3cr3t": "no " + hidden + " here", "s3cr3": "no s3cr3 here"} {
		c, err := New(Config{BaseURL: "http://127.0.0.1", ClientID: testID, ClientSecret: secret})
		if err != nil {
			t.Fatal(err)
		}
		if got := c.tidy("no "+secret+" here", 100); got != want {
			t.Errorf("%s: %q, want %q", secret, got, want)
		}
		c.Close()
	}
}

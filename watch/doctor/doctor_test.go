package doctor

import (
	"context"
	"net/http"
	"net/http/httptest"
	"regexp"
	"strings"
	"testing"
	"time"

	"go.uber.org/goleak"

	"tillwatch/sandbox"
	"tillwatch/watch"
	"tillwatch/watch/dollr"
	"tillwatch/watch/realtime"
)

func TestMain(m *testing.M) { goleak.VerifyTestMain(m) }

// shop is a merchant with a sandbox to look at, on a real port of this machine.
type shop struct {
	t      *testing.T
	box    *sandbox.Server
	base   string
	config Config
	secret []string // what no line may hold
}

func newShop(t *testing.T, opt sandbox.Options) *shop {
	t.Helper()
	opt.ClientSecret, opt.Scale = "hush-hush-hush", 0.01 // a refusal of Realtime's takes seconds
	opt.ClientID = "sandbox"
	box := sandbox.New(opt)
	listener, err := sandbox.Listen("127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	ctx, stop := context.WithCancel(context.Background())
	served := make(chan error, 1)
	go func() { served <- box.Serve(ctx, listener) }()
	t.Cleanup(func() {
		stop()
		if err := <-served; err != nil {
			t.Error(err)
		}
	})
	s := &shop{t: t, box: box, base: "http://" + listener.Addr().String()}
	s.config = Config{BaseURL: s.base, Realtime: realtime.Config{URL: s.base, APIKey: box.AnonKey()}}
	s.secret = []string{"hush-hush-hush", box.AnonKey(), "eyJ"} // how every token begins
	s.login("hush-hush-hush")
	return s
}

func (s *shop) login(secret string) {
	s.t.Helper()
	api, err := dollr.New(dollr.Config{BaseURL: s.base, ClientID: "sandbox", ClientSecret: secret})
	if err != nil {
		s.t.Fatal(err)
	}
	s.t.Cleanup(api.Close)
	s.config.API = api
	s.secret = append(s.secret, secret)
}

// sells starts a payment, at which the doctor then looks.
func (s *shop) sells(o sandbox.Order) {
	s.t.Helper()
	in, err := s.box.Start(o)
	if err != nil {
		s.t.Fatal(err)
	}
	s.config.Payment = &watch.Payment{Session: in.SessionID, Reference: in.ReferenceID, SourceType: in.SourceType, SourceID: in.SourceID}
	s.secret = append(s.secret, in.Phone)
}

// looks runs the doctor and returns what it wrote, of which no line may be too wide or hold
// a secret.
func (s *shop) looks() (string, Outcome) {
	s.t.Helper()
	var out strings.Builder
	outcome := Run(s.t.Context(), &out, s.config)
	for _, secret := range s.secret {
		if secret != "" && strings.Contains(out.String(), secret) {
			s.t.Errorf("%q is in\n%s", secret, out.String())
		}
	}
	for line := range strings.Lines(out.String()) {
		if len([]rune(line)) > columns+1 {
			s.t.Errorf("too wide: %s", line)
		}
	}
	return out.String(), outcome
}

// has checks that there is a line of this beginning and, at once or in its further lines,
// these words.
func has(t *testing.T, out, begin string, words ...string) {
	t.Helper()
	for i, line := range strings.Split(out, "\n") {
		if !strings.HasPrefix(line, begin) {
			continue
		}
		rest := strings.Split(out, "\n")[i:]
		whole := strings.TrimSpace(rest[0])
		for _, more := range rest[1:] {
			if !strings.HasPrefix(more, " ") {
				break
			}
			whole += " " + strings.TrimSpace(more)
		}
		for _, word := range words {
			if !strings.Contains(whole, word) {
				t.Errorf("nothing of %q in %q", word, whole)
			}
		}
		return
	}
	t.Errorf("no line begins with %q in\n%s", begin, out)
}

func TestRun_OnAGoodSandboxAllIsWell(t *testing.T) {
	s := newShop(t, sandbox.Options{})
	s.sells(sandbox.Order{Scenario: "stuck", Amount: "53.25", Currency: "USD"})
	s.config.Title = "tillwatch, here"
	s.config.Terminal = Terminal{In: true, Out: true, Width: 80, Height: 24, Term: "xterm", Colours: "16 colours", Locale: "C.UTF-8", UTF8: true}
	out, outcome := s.looks()
	if outcome != (Outcome{}) {
		t.Errorf("it found %+v", outcome)
	}
	out = regexp.MustCompile(`<1 ms|\d+ ms|\d\.\d s`).ReplaceAllString(strings.ReplaceAll(out, s.base, "BASE"), "N ms")
	out = strings.ReplaceAll(out, strings.TrimPrefix(s.base, "http://"), "HOST")
	out = regexp.MustCompile(`answer\s+N\s+ms`).ReplaceAllString(out, "answer N ms")
	out = regexp.MustCompile(`Dollr says (PENDING|PROCESSING)`).ReplaceAllString(out, "Dollr says WORD")
	out = strings.ReplaceAll(out, "lives 299 seconds", "lives 300 seconds")
	if want := `tillwatch, here

SETTINGS
OK  settings file  none: there is no home folder to look in

NETWORK
OK  dollr       HOST answers: connection N ms, answer N ms
OK  supabase    HOST answers: connection N ms, answer N ms

DOLLR
OK  token       lives 60 minutes (expires_in 60, in minutes), took N ms
OK  clock       as Dollr's, to the second
OK  money       SIM: every answer came from a sandbox, at 127.0.0.1
OK  payment     Dollr says WORD, USD 53.25; took N ms
OK  key         lives 300 seconds (expires_in, in seconds), took N ms

CHANNEL
OK  socket      opened in N ms: the anon key is accepted
OK  heartbeat   answered in N ms
OK  join        answered in N ms
OK  system ok   changes are told from N ms after the join

TERMINAL
OK  terminal    xterm, 16 colours, 80 x 24
OK  letters     UTF-8 (C.UTF-8)
OK  clipboard   y copies to the desktop's and the terminal's

All is well.
`; out != want {
		t.Errorf("it says\n%s\nwant\n%s", out, want)
	}
}

func TestRun_EachTroubleIsALineWithWhatToDo(t *testing.T) {
	type line struct {
		begin string
		words []string
	}
	for name, c := range map[string]struct {
		opt     sandbox.Options
		fault   sandbox.Fault
		change  func(*shop)
		lines   []line
		refused bool
		bad     int
	}{
		"a clock that is wrong": {
			fault: sandbox.ClockAhead, bad: 1,
			lines: []line{{"XX  clock", []string{"this machine's clock is 3 minutes 10 seconds behind Dollr's", "-> switch on automatic time"}}},
		},
		"too many calls": {
			fault: sandbox.Throttle,
			lines: []line{
				{"??  token", []string{"Dollr asks us to slow down for 5s (429)", "-> too many calls just now"}},
				{"??  payment", []string{"not tried: there is no token"}}, {"??  join", []string{"not tried: there is no key"}},
			},
		},
		"a status API that fails": {
			fault: sandbox.Errors, bad: 1,
			lines: []line{{"XX  payment", []string{"Dollr's API is in trouble (50", "-> it is on Dollr's side"}}, {"OK  system ok", nil}},
		},
		"a secret that is wrong": {
			change: func(s *shop) { s.login("mistyped-secret") }, refused: true, bad: 1,
			lines: []line{
				{"XX  token", []string{"Dollr refuses the credentials (401)", "-> copy client id and secret anew"}},
				{"OK  clock", nil}, {"OK  socket", nil},
			},
		},
		"an anon key that is wrong": {
			change: func(s *shop) { s.config.Realtime.APIKey = "other-key"; s.secret = append(s.secret, "other-key") }, bad: 1,
			lines: []line{{"XX  socket", []string{"401", "-> check supabase_anon_key"}}, {"OK  key", nil}, {"??  join", []string{"there is no socket"}}},
		},
		"a Realtime that is elsewhere": {
			change: func(s *shop) { s.config.Realtime.URL += "/elsewhere" }, bad: 1,
			lines: []line{{"XX  socket", []string{"404", "-> check supabase_url"}}},
		},
		"a web page instead of a Realtime": {
			change: func(s *shop) {
				page := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) {
					_, _ = w.Write([]byte("<html><title>OK</title>"))
				}))
				s.t.Cleanup(page.Close)
				s.config.Realtime.URL = page.URL
			}, bad: 1,
			lines: []line{{"XX  socket", []string{"a web page, HTTP 200", "-> check supabase_url, and whether a proxy or a login page answers"}}},
		},
		"a Realtime that is full": {
			fault: sandbox.Refuse, bad: 1,
			lines: []line{{"XX  socket", []string{"429 Too many connected users", "-> it is full"}}},
		},
		"keys that are over": {
			fault: sandbox.DeadKeys, bad: 1,
			lines: []line{{"OK  key", nil}, {"XX  join", []string{"Supabase says: ", "expired"}}, {"??  system ok", []string{"the channel was not joined"}}},
		},
		"keys that live too short": {
			opt: sandbox.Options{KeyLife: 2 * time.Second}, bad: 1,
			lines: []line{{"XX  key", []string{"too short to join"}}, {"??  join", []string{"there is no key"}}},
		},
		"no internet": {
			fault: sandbox.Unreachable, bad: 4,
			lines: []line{{"XX  dollr", []string{"the connection broke while waiting for an answer"}}, {"XX  socket", []string{"look at NETWORK above"}}},
		},
		"a token whose units look mixed up": {
			opt:   sandbox.Options{TokenLife: 3600 * time.Minute},
			lines: []line{{"??  token", []string{"lives 60 hours (expires_in 3600, in minutes)", "-> Dollr counts in minutes"}}},
		},
		"a token that lives too short": {
			opt:   sandbox.Options{TokenLife: 2 * time.Minute},
			lines: []line{{"??  token", []string{"lives only 2 minutes (expires_in 2, in minutes)"}}},
		},
		"a payment that nobody knows": {
			change: func(s *shop) { s.config.Payment.Reference = "550e8400-e29b-41d4-a716-446655440000" },
			lines:  []line{{"??  payment", []string{"Dollr does not know it (404)", "-> before the customer pays"}}},
		},
		"a payment of no session": {
			change: func(s *shop) { s.config.Payment.Session = 0 },
			lines:  []line{{"OK  payment", nil}, {"??  key", []string{"it needs session, reference and type", "-> tillwatch doctor SESSION"}}},
		},
		"a hosted payment": {
			change: func(s *shop) { s.sells(sandbox.Order{Hosted: true}) },
			lines:  []line{{"OK  payment", []string{"Dollr says "}}, {"??  key", []string{"or the payment is polled"}}},
		},
		"another machine's money": {
			change: func(s *shop) { s.config.API, s.config.Lacking = nil, "there is no client secret" },
			lines: []line{
				{"??  token", []string{"not tried: there is no client secret"}}, {"OK  money", []string{"TEST: 127.0.0.1 is not Dollr's own API"}},
				{"OK  clock", nil}, {"??  payment", []string{"not tried: there is no client secret"}},
			},
		},
		"no Supabase": {
			change: func(s *shop) { s.config.Realtime = realtime.Config{} },
			lines:  []line{{"??  socket", []string{"no usable supabase_url and supabase_anon_key, so every payment is polled", "-> set SUPABASE_URL"}}},
		},
		"no base URL": {
			change: func(s *shop) {
				s.config.BaseURL, s.config.API, s.config.Lacking = "", nil, "there is no usable dollr_base_url"
			},
			lines: []line{{"??  dollr", []string{"not tried: there is no usable dollr_base_url"}}, {"??  clock", nil}, {"??  money", nil}},
		},
	} {
		t.Run(name, func(t *testing.T) {
			s := newShop(t, c.opt)
			s.sells(sandbox.Order{Scenario: "stuck"})
			if c.change != nil {
				c.change(s)
			}
			if c.fault != "" {
				if err := s.box.Set(c.fault, true); err != nil {
					t.Fatal(err)
				}
			}
			out, outcome := s.looks()
			for _, l := range c.lines {
				has(t, out, l.begin, l.words...)
			}
			if outcome.Bad != c.bad || outcome.Refused != c.refused {
				t.Errorf("it found %+v in\n%s", outcome, out)
			}
		})
	}
}

func TestRun_EndsWithItsContext(t *testing.T) {
	s := newShop(t, sandbox.Options{})
	if err := s.box.Set(sandbox.Hang, true); err != nil {
		t.Fatal(err)
	}
	ctx, cancel := context.WithCancel(t.Context())
	var out strings.Builder
	Run(ctx, writer(func(text string) {
		if out.WriteString(text); strings.Contains(text, "NETWORK") {
			time.AfterFunc(10*time.Millisecond, cancel)
		}
	}), s.config)
	if strings.Contains(out.String(), "DOLLR") || strings.Contains(out.String(), "All is well") {
		t.Errorf("it went on:\n%s", out.String())
	}
}

// writer is a function that takes what is written.
type writer func(string)

func (w writer) Write(text []byte) (int, error) {
	w(string(text))
	return len(text), nil
}

// An answer that repeats what it was asked with, or a payer's number, is told without.
func TestRun_AnAnswerThatRepeatsSecretsIsToldWithoutThem(t *testing.T) {
	s := newShop(t, sandbox.Options{})
	echo := http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		w.WriteHeader(http.StatusUnprocessableEntity)
		_, _ = w.Write([]byte(`{"detail":"hush-hush-hush \u001b[31m231883456789 eyJhbGciOiJIUzI1NiJ9.eyJzdWIiOiIxIn0.c2lnbmF0dXJl"}`))
	})
	s.secret = append(s.secret, "231883456789", "\x1b")
	s.base = serve(t, echo)
	s.config.BaseURL = s.base
	s.login("hush-hush-hush")
	out, _ := s.looks()
	has(t, out, "XX  token", "231******789", "•••")
}

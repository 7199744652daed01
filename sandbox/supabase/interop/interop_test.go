//go:build interop

// Package interop runs the official Supabase client for JavaScript, unmodified, against
// package supabase. It needs node and, once, npm.
package interop

import (
	"bufio"
	"bytes"
	"encoding/json"
	"fmt"
	"io"
	"log"
	"net/http"
	"net/http/httptest"
	"os"
	"os/exec"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"tillwatch/sandbox/supabase"
)

const (
	table   = "checkout_payment_intent_public_status"
	patient = 30 * time.Second // for one line; the client's own waits are up to 10 s
	startUp = 12 * time.Second // a life that outlasts node's start on a busy machine
)

// TestMain installs the packages that package-lock.json names, if they are not there.
func TestMain(m *testing.M) {
	if _, err := exec.LookPath("node"); err != nil {
		log.Fatalf("the interop tests need node: %v", err)
	}
	if _, err := os.Stat("node_modules"); err != nil {
		if out, err := exec.Command("npm", "ci", "--ignore-scripts").CombinedOutput(); err != nil {
			log.Fatalf("npm ci: %v\n%s", err, out)
		}
	}
	os.Exit(m.Run())
}

// reference of payment n.
func reference(n int) string { return fmt.Sprintf("550e8400-e29b-41d4-a716-%012d", n) }

// server is a Supabase project on loopback.
type server struct {
	*supabase.Server
	url string
	vsn atomic.Value // of the last upgrade
}

func serve(t *testing.T, opt supabase.Options) *server {
	opt.Tables = []supabase.Table{{
		Name: table, Key: "id", Published: true,
		Columns: []supabase.Column{{Name: "id", Type: "int8"}, {Name: "reference_id", Type: "uuid"},
			{Name: "status", Type: "text"}, {Name: "amount", Type: "numeric"}},
		Visible: func(claims map[string]any, row supabase.Row) bool {
			return claims["reference_id"] == row["reference_id"]
		},
	}}
	s := &server{Server: supabase.New(opt)}
	web := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		s.vsn.Store(r.URL.Query().Get("vsn"))
		s.ServeHTTP(w, r)
	}))
	s.url = web.URL
	t.Cleanup(func() { s.Server.Close(); web.Close() })
	return s
}

// key mints the realtime key of payment n.
func (s *server) key(n int, life time.Duration) string {
	return s.Mint("authenticated", map[string]any{"reference_id": reference(n)}, life)
}

func (s *server) commit(kind string, n int, status string) {
	s.Commit(supabase.Change{Table: table, Type: kind, Row: supabase.Row{"id": n, "reference_id": reference(n),
		"status": status, "amount": json.Number("12.50")}})
}

// story is what a program is told.
func (s *server) story(n int, life time.Duration) map[string]any {
	return map[string]any{"url": s.url, "anonKey": s.AnonKey(), "session": 55,
		"reference": reference(n), "token": s.key(n, life)}
}

// program is a running .mjs file.
type program struct {
	t      *testing.T
	in     io.Writer
	lines  chan string
	errors *bytes.Buffer
}

// start runs a program until the test ends. It ends with its standard input, so that a test
// that panics leaves none behind.
func start(t *testing.T, file string, story map[string]any) *program {
	t.Helper()
	text, err := json.Marshal(story)
	if err != nil {
		t.Fatal(err)
	}
	cmd := exec.Command("node", file)
	cmd.Env = append(os.Environ(), "STORY="+string(text))
	p := &program{t: t, lines: make(chan string, 1000), errors: &bytes.Buffer{}}
	cmd.Stderr = p.errors
	in, err := cmd.StdinPipe()
	if err != nil {
		t.Fatal(err)
	}
	out, err := cmd.StdoutPipe()
	if err != nil {
		t.Fatal(err)
	}
	if err := cmd.Start(); err != nil {
		t.Fatalf("starting node: %v", err)
	}
	p.in = in
	go func() {
		defer close(p.lines)
		for scan := bufio.NewScanner(out); scan.Scan(); {
			p.lines <- scan.Text()
		}
	}()
	t.Cleanup(func() {
		_ = in.Close()
		for range p.lines { // until it has ended
		}
		if err := cmd.Wait(); err != nil || p.errors.Len() > 0 {
			t.Errorf("%s: %v\n%s", file, err, p.errors)
		}
	})
	return p
}

// news is one line of a program.
type news struct {
	Reference, Status, Error string
	System, Message          string
	Change                   string
	Row                      map[string]any
}

// String is the news in few words: what happened, and why.
func (n news) String() string {
	switch {
	case n.Status != "":
		return strings.TrimSpace(n.Status + " " + n.Error)
	case n.System != "":
		return "system " + n.System + ": " + n.Message
	}
	return fmt.Sprint(n.Change, " ", n.Row["status"])
}

// expect waits for these news, in this order and with nothing between. An end of * matches
// any end.
func (p *program) expect(want ...string) {
	p.t.Helper()
	for _, w := range want {
		got := p.next().String()
		head, open := strings.CutSuffix(w, "*")
		if got != w && !(open && strings.HasPrefix(got, head)) {
			p.t.Fatalf("the client says %q, want %q", got, w)
		}
	}
}

func (p *program) next() news {
	p.t.Helper()
	select {
	case line, ok := <-p.lines:
		if !ok {
			p.t.Fatalf("the program ended")
		}
		var n news
		if err := json.Unmarshal([]byte(line), &n); err != nil {
			p.t.Fatalf("the program printed %q", line)
		}
		return n
	case <-time.After(patient):
		p.t.Fatalf("no news for %v", patient)
	}
	return news{}
}

func (p *program) order(order string, with map[string]any) {
	p.t.Helper()
	line := map[string]any{"order": order}
	for key, value := range with {
		line[key] = value
	}
	if err := json.NewEncoder(p.in).Encode(line); err != nil {
		p.t.Fatal(err)
	}
}

const systemOk = "system ok: Subscribed to PostgreSQL"

// As recorded in 01-js: SUBSCRIBED, then the system frame, the changes, CLOSED on leaving.
func TestMerchant_HearsInsertAndUpdates(t *testing.T) {
	t.Parallel()
	for _, version := range []string{"1.0.0", "2.0.0"} {
		t.Run(version, func(t *testing.T) {
			t.Parallel()
			hearsInsertAndUpdates(t, version)
		})
	}
}

func hearsInsertAndUpdates(t *testing.T, version string) {
	s := serve(t, supabase.Options{Limits: supabase.DefaultLimits()})
	story := s.story(1, time.Hour)
	story["realtime"] = map[string]any{"vsn": version}
	p := start(t, "merchant.mjs", story)
	p.expect("SUBSCRIBED", systemOk)
	if asked := s.vsn.Load(); asked != version {
		t.Errorf("the client speaks version %v", asked)
	}
	s.commit("INSERT", 1, "PENDING")
	p.expect("INSERT PENDING")
	s.commit("INSERT", 2, "PENDING") // somebody else's
	s.commit("UPDATE", 1, "PROCESSING")
	s.commit("UPDATE", 1, "COMPLETED")
	p.expect("UPDATE PROCESSING")
	if n := p.next(); n.String() != "UPDATE COMPLETED" || n.Row["amount"] != 12.5 || n.Row["reference_id"] != reference(1) {
		t.Errorf("heard %+v", n)
	}
	p.order("leave", nil)
	p.expect("CLOSED")
}

// As recorded in 03c: the reason is in the error, and it tries again with the same token.
func TestMerchant_RefusedTokenIsAChannelError(t *testing.T) {
	t.Parallel()
	s := serve(t, supabase.Options{Scale: 0.1})
	p := start(t, "merchant.mjs", s.story(1, -1000*time.Second))
	p.expect("CHANNEL_ERROR InvalidJWTToken: Token has expired 10*", "CHANNEL_ERROR InvalidJWTToken: Token has expired 10*")
}

// As recorded in 04e: an expired channel is CLOSED and stays so.
func TestMerchant_ExpiryIsClosed(t *testing.T) {
	t.Parallel()
	s := serve(t, supabase.Options{})
	p := start(t, "merchant.mjs", s.story(1, startUp))
	p.expect("SUBSCRIBED", systemOk, "system error: Token has expired 0 seconds ago", "CLOSED")
}

// As recorded in 04f: a token renewed in time gets another "system ok", and the old one's
// end is not felt.
func TestMerchant_RenewedTokenLivesOn(t *testing.T) {
	t.Parallel()
	s := serve(t, supabase.Options{})
	p := start(t, "merchant.mjs", s.story(1, startUp))
	p.expect("SUBSCRIBED", systemOk)
	expired := time.After(startUp + 2*time.Second)
	p.order("renew", map[string]any{"token": s.key(1, time.Hour)})
	p.expect(systemOk)
	<-expired
	s.commit("INSERT", 1, "PENDING")
	p.expect("INSERT PENDING")
}

// As recorded in 10 and 24, and told of 22: every way a socket ends is a CHANNEL_ERROR, then
// SUBSCRIBED again. A restart takes it two tries, the second 3 s after the end.
func TestMerchant_ComesBackAfterEveryKindOfEnd(t *testing.T) {
	t.Parallel()
	for name, end := range map[string]struct {
		do    func(*server)
		words []string
	}{
		"cut":     {func(s *server) { s.CutSockets(0) }, []string{"CHANNEL_ERROR socket closed: 1006"}},
		"idle":    {func(s *server) { s.CutSockets(1000) }, []string{"CHANNEL_ERROR socket closed: 1000"}},
		"away":    {func(s *server) { s.CutSockets(1001) }, []string{"CHANNEL_ERROR socket closed: 1001"}},
		"restart": {func(s *server) { s.Restart(1012, 2*time.Second) }, []string{"CHANNEL_ERROR socket closed: 1012"}},
		"kill":    {func(s *server) { s.Restart(0, 2*time.Second) }, []string{"CHANNEL_ERROR socket closed: 1006"}},
		"reload": {func(s *server) { s.Disconnect() },
			[]string{"system ok: Server requested disconnect", "CHANNEL_ERROR socket closed: 1012"}},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			s := serve(t, supabase.Options{})
			p := start(t, "merchant.mjs", s.story(1, time.Hour))
			p.expect("SUBSCRIBED", systemOk)
			end.do(s)
			p.expect(append(end.words, "SUBSCRIBED", systemOk)...)
			s.commit("INSERT", 1, "PENDING")
			p.expect("INSERT PENDING")
		})
	}
}

// The idle close of recording 24, ten times sooner than the client's heartbeat wants it.
func TestMerchant_ComesBackAfterTheIdleClose(t *testing.T) {
	t.Parallel()
	s := serve(t, supabase.Options{Scale: 0.1})
	p := start(t, "merchant.mjs", s.story(1, time.Hour))
	p.expect("SUBSCRIBED", systemOk, "CHANNEL_ERROR socket closed: 1000", "SUBSCRIBED", systemOk)
}

// A join that is never answered is TIMED_OUT, and the client tries again by itself.
func TestMerchant_JoinNeverAnsweredIsTimedOut(t *testing.T) {
	t.Parallel()
	var joins atomic.Int64
	s := serve(t, supabase.Options{Link: func(string) supabase.Link {
		return supabase.Link{NoReply: joins.Add(1) == 1}
	}})
	story := s.story(1, time.Hour)
	story["realtime"] = map[string]any{"timeout": 1000}
	p := start(t, "merchant.mjs", story)
	p.expect("TIMED_OUT", "SUBSCRIBED", systemOk)
}

// A half-open socket is found by its heartbeat alone, two of which must pass.
func TestMerchant_LeavesAHalfOpenSocket(t *testing.T) {
	t.Parallel()
	var joins atomic.Int64
	s := serve(t, supabase.Options{Link: func(string) supabase.Link {
		return supabase.Link{HalfOpen: joins.Add(1) == 1}
	}})
	story := s.story(1, time.Hour)
	story["realtime"] = map[string]any{"heartbeatIntervalMs": 500}
	p := start(t, "merchant.mjs", story)
	p.expect("SUBSCRIBED", systemOk, "CHANNEL_ERROR*", "SUBSCRIBED", systemOk)
}

// As recorded in 13b: it says SUBSCRIBED for a table that will never tell anything.
func TestMerchant_WrongTableIsSubscribedAndSilent(t *testing.T) {
	t.Parallel()
	s := serve(t, supabase.Options{})
	story := s.story(1, time.Hour)
	story["table"], story["unfiltered"] = "not_published", true
	p := start(t, "merchant.mjs", story)
	p.expect("SUBSCRIBED", "system error: Unable to subscribe to changes with given parameters. "+
		"Please check Realtime is enabled for the given connect parameters: "+
		"[event: *, schema: public, table: not_published, filters: [], select: nil]")
}

// One socket holds several tokens; each channel hears its own payment, one that expires
// takes no other with it, and all of them come back after a cut.
func TestTokens_SeveralOnOneSocket(t *testing.T) {
	t.Parallel()
	s := serve(t, supabase.Options{Limits: supabase.DefaultLimits()})
	story := s.story(0, 0)
	var payments []map[string]any
	for n := range 3 {
		life := time.Hour
		if n == 0 {
			life = startUp
		}
		payments = append(payments, map[string]any{"reference": reference(n), "token": s.key(n, life)})
	}
	story["payments"] = payments
	p := start(t, "tokens.mjs", story)
	await(p, map[int][]string{0: {"SUBSCRIBED", systemOk}, 1: {"SUBSCRIBED", systemOk}, 2: {"SUBSCRIBED", systemOk}})
	if st := s.Stats(); st.Sockets != 1 || st.Channels != 3 {
		t.Errorf("three channels on one socket expected: %+v", st)
	}
	for n := range 3 {
		s.commit("INSERT", n, fmt.Sprint("PENDING ", n))
	}
	await(p, map[int][]string{0: {"INSERT PENDING 0"}, 1: {"INSERT PENDING 1"}, 2: {"INSERT PENDING 2"}})
	await(p, map[int][]string{0: {"system error: Token has expired 0 seconds ago", "CLOSED"}})
	s.CutSockets(0)
	lost := "CHANNEL_ERROR socket closed: 1006"
	await(p, map[int][]string{1: {lost, "SUBSCRIBED", systemOk}, 2: {lost, "SUBSCRIBED", systemOk}})
	s.commit("UPDATE", 2, "COMPLETED")
	await(p, map[int][]string{2: {"UPDATE COMPLETED"}})
}

// await waits until each payment has told exactly this, in its order.
func await(p *program, want map[int][]string) {
	p.t.Helper()
	left := 0
	for _, words := range want {
		left += len(words)
	}
	for ; left > 0; left-- {
		n := p.next()
		payment := -1
		for i := range want {
			if reference(i) == n.Reference {
				payment = i
			}
		}
		if words := want[payment]; len(words) == 0 || words[0] != n.String() {
			p.t.Fatalf("payment %s says %q, want %q", n.Reference, n, words)
		}
		want[payment] = want[payment][1:]
	}
}

//go:build unix

package main

import (
	"bytes"
	"encoding/base64"
	"encoding/hex"
	"encoding/json"
	"errors"
	"fmt"
	"html"
	"io"
	"net/http"
	"net/http/httptest"
	"net/url"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"sync"
	"syscall"
	"testing"
	"time"

	"tillwatch/sandbox"
	"tillwatch/watch/journal"
)

// gossip stands before a sandbox. It tells the seeker every secret that passes, and says
// secrets and numbers aloud wherever a careless server could: in messages and in errors.
type gossip struct {
	*seeker
	box *sandbox.Server

	mu     sync.Mutex
	payers map[string]string // numbers by reference
	asked  map[string]int    // by path, without what names a payment
	cards  int
}

// loud is what it says beside its answers.
func (g *gossip) loud(r *http.Request, payer string) string {
	body, _ := io.ReadAll(r.Body)
	r.Body = io.NopCloser(bytes.NewReader(body)) // for who answers
	var sent struct {
		Secret string `json:"client_secret"`
	}
	_ = json.Unmarshal(body, &sent) // most bodies have none
	return fmt.Sprintf("aloud for +%s %s %s %s, %s, with %s, key %s and secret %s", payer[:3], payer[3:5], payer[5:9], payer[9:], payer,
		r.Header.Get("Authorization"), r.URL.Query().Get("apikey"), sent.Secret)
}

func (g *gossip) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	g.secret("a bearer token", strings.TrimPrefix(r.Header.Get("Authorization"), "Bearer "))
	kind, reference := r.URL.Path, ""
	if rest, status := strings.CutPrefix(kind, "/v1/status/"); status {
		kind, reference, _ = strings.Cut(rest, "/")
	}
	g.mu.Lock()
	g.asked[kind]++
	payer := g.payers[reference]
	turn := g.asked[kind]
	g.mu.Unlock()
	if payer == "" {
		payer = someone
	}
	loud := g.loud(r, payer)
	refuse := func(code int, field string) {
		w.Header().Set("Retry-After", "1")
		w.WriteHeader(code)
		_ = json.NewEncoder(w).Encode(map[string]string{field: loud, "phone": payer})
	}
	switch key := r.URL.Query().Get("apikey"); {
	case strings.HasPrefix(r.URL.Path, "/realtime/") && key != g.box.AnonKey():
		refuse(http.StatusForbidden, "error")
		return
	case strings.HasPrefix(r.URL.Path, "/realtime/"):
		g.box.Handler().ServeHTTP(w, r)
		return
	case kind == "collection" && payer == silenced:
		refuse(http.StatusUnprocessableEntity, "detail")
		return
	case kind == "collection" && turn == 2:
		refuse(http.StatusInternalServerError, "detail")
		return
	case kind == "collection" && turn == 4:
		refuse(http.StatusUnauthorized, "detail")
		return
	case kind == "collection" && turn == 6:
		refuse(http.StatusTooManyRequests, "detail")
		return
	case turn == 2 && (strings.HasSuffix(kind, "/realtime-keys/collection") || strings.HasSuffix(kind, "/token")):
		refuse(http.StatusServiceUnavailable, "detail")
		return
	}
	if strings.HasPrefix(r.URL.Path, "/sandbox/") { // who directs the play
		g.box.Handler().ServeHTTP(w, r)
		return
	}
	answer := httptest.NewRecorder()
	g.box.Handler().ServeHTTP(answer, r)
	for name, values := range answer.Header() {
		w.Header()[name] = values
	}
	w.Header().Del("Content-Length")
	w.WriteHeader(answer.Code)
	_, _ = w.Write(g.louder(r, answer.Body.Bytes(), loud, payer))
}

// written are the ways in which a server, a proxy or another program may repeat a secret.
func written(secret string) []string {
	inJSON, _ := json.Marshal(secret)
	twice, _ := json.Marshal(string(inJSON))
	return []string{
		string(inJSON), string(twice), url.QueryEscape(secret), url.QueryEscape(url.PathEscape(secret)), html.EscapeString(secret),
		base64.StdEncoding.EncodeToString([]byte("shop:" + secret)), base64.URLEncoding.EncodeToString([]byte(secret)),
		hex.EncodeToString([]byte(secret)), strings.Join(strings.Split(secret, ""), "\u200b"), "\x1b[1m" + secret[:9] + "\x1b[0m" + secret[9:],
		"https://shop:" + url.PathEscape(secret) + "@till.example/", "client_secret=" + url.QueryEscape(secret),
	}
}

// more is what it says in fields of its own: whatever their names are, and in JSON within JSON.
func (g *gossip) more(r *http.Request, payer string) map[string]any {
	said := map[string]any{
		"mobile_number": payer, "payer": map[string]string{"number": "0" + payer[3:], "reference_id": payer}, "wallet_id": json.Number(payer[3:]),
		"card_number": payer + "4242", "customer_reference": payer, "payee_name": "aloud " + payer, payer: "aloud", "amount": json.Number("1500000.00"),
	}
	for _, zero := range scripts {
		said["number in "+string(zero)] = "aloud " + inScript(payer, zero)
	}
	token := strings.TrimPrefix(r.Header.Get("Authorization"), "Bearer ")
	for i, text := range append(written(hush), written(g.box.AnonKey())...) {
		said[fmt.Sprint("way ", i)] = "aloud " + text + " it is"
	}
	inner, _ := json.Marshal(map[string]string{"client_secret": mistyped, "note": "aloud " + token, "password": mistyped})
	deeper, _ := json.Marshal(map[string]string{"body": string(inner), "text": `aloud {"access_token":"` + mistyped + `"`})
	said["body"], said["log"] = string(deeper), "aloud "+string(deeper)
	return said
}

// louder is an answer that says more than it should.
func (g *gossip) louder(r *http.Request, body []byte, loud, payer string) []byte {
	var fields map[string]any
	decoder := json.NewDecoder(bytes.NewReader(body))
	decoder.UseNumber()
	if decoder.Decode(&fields) != nil {
		return body
	}
	if token, ok := fields["access_token"].(string); ok {
		kind := "a realtime key"
		if strings.HasSuffix(r.URL.Path, "/token") {
			kind = "a bearer token"
		}
		g.secret(kind, token)
	}
	if _, ok := fields["client_secret"]; ok {
		g.mu.Lock()
		g.cards++
		secret := fmt.Sprintf("pi_3Nq7Hush%d_secret_Wm4hush%04d", g.cards, g.cards)
		g.mu.Unlock()
		g.secret("a card's client_secret", secret)
		fields["client_secret"] = secret
		fields["next_action"] = map[string]string{"url": "https://bank.example/?payment_intent_client_secret=" + secret}
		fields["wallet_message"] = "approve " + secret
	}
	for _, name := range []string{"gateway_message", "wallet_message", "detail"} {
		if text, ok := fields[name].(string); ok {
			fields[name] = text + " " + loud
		}
	}
	if _, status := fields["reference_id"]; status && fields["access_token"] == nil {
		fields["heard"] = g.more(r, payer)
	}
	said, err := json.Marshal(fields)
	if err != nil {
		return body
	}
	return said
}

// shop is a merchant's machine: what tillwatch is given lies in the folder in, where secrets
// are at home, and all that it writes in the others.
type shop struct {
	*testing.T
	*gossip
	root string
	env  []string
	runs int
}

const (
	someone  = "231779899789" // who pays none of these payments
	silenced = "231779862129" // about whom Dollr refuses to be asked
	// hush is a secret with every sign that is written another way somewhere, and with digits in
	// a row, as a payer's number has them.
	hush     = `k9+Zq/7"w&<e>hush-2317798607-hush-Xy52`
	mistyped = "hush-mistyped-41234567890aa-secret"
	wrongKey = "sb_publishable_hush-98765432109-7r6t5"
)

func openShop(t *testing.T) *shop {
	t.Helper()
	s := &shop{T: t, root: t.TempDir(), gossip: &gossip{seeker: newSeeker(), payers: map[string]string{}, asked: map[string]int{}}}
	s.box = sandbox.New(sandbox.Options{Seed: 3, Speed: 100, ClientID: "shop", ClientSecret: hush})
	server := httptest.NewServer(s.gossip)
	t.Cleanup(func() {
		s.box.Close() // its sockets too, for which the server would not wait
		server.Close()
	})
	for _, folder := range []string{"in", "home", "out"} {
		if err := os.Mkdir(filepath.Join(s.root, folder), 0o700); err != nil {
			t.Fatal(err)
		}
	}
	s.env = append(s.box.Env(server.URL), "PATH="+os.Getenv("PATH"), "HOME="+filepath.Join(s.root, "home"), "LANG=C.UTF-8")
	s.secret("the client secret", hush)
	s.secret("a mistyped secret", mistyped)
	s.secret("the anon key", s.box.AnonKey())
	s.secret("a wrong anon key", wrongKey)
	s.phone(someone)
	return s
}

// given puts a file where tillwatch may read it.
func (s *shop) given(name, text string) {
	s.Helper()
	if err := os.WriteFile(filepath.Join(s.root, "in", name), []byte(text), 0o600); err != nil {
		s.Fatal(err)
	}
}

// sells starts payments, whose lines become a file and whose names are returned.
func (s *shop) sells(name string, orders ...sandbox.Order) (names []string) {
	s.Helper()
	var text bytes.Buffer
	for _, order := range orders {
		if order.Phone != "" {
			s.phone(order.Phone)
		}
		in, err := s.box.Start(order)
		if err != nil {
			s.Fatal(err)
		}
		if order.Phone != "" {
			s.gossip.mu.Lock()
			s.payers[in.ReferenceID] = order.Phone
			s.gossip.mu.Unlock()
		}
		if err := json.NewEncoder(&text).Encode(in); err != nil {
			s.Fatal(err)
		}
		name := fmt.Sprintf("%s:%d", in.SourceType, in.SourceID)
		if in.ReferenceID != "" {
			name = fmt.Sprintf("%d:%s:%s", in.SessionID, in.ReferenceID, in.SourceType)
		}
		names = append(names, name)
	}
	s.given(name, text.String())
	return names
}

// command is a tillwatch in the folder out, with more or other variables.
func (s *shop) command(env []string, args ...string) *exec.Cmd {
	s.Helper()
	program, err := exec.LookPath("tillwatch")
	if err != nil {
		s.Fatal(err)
	}
	c := exec.Command(program, args...)
	c.Dir, c.Env = filepath.Join(s.root, "out"), append(append([]string{}, s.env...), env...)
	return c
}

// says runs tillwatch to its end, keeps what it says in two files, and returns both with the
// exit status.
func (s *shop) says(env []string, args ...string) (status int, out, said string) {
	s.Helper()
	c := s.command(env, args...)
	var outs, errs bytes.Buffer
	c.Stdout, c.Stderr = &outs, &errs
	if err := c.Start(); err != nil {
		s.Fatal(err)
	}
	hung := time.AfterFunc(patience, func() { _ = c.Process.Signal(syscall.SIGQUIT) })
	defer hung.Stop()
	var exit *exec.ExitError
	if err := c.Wait(); err != nil && !errors.As(err, &exit) {
		s.Fatal(err)
	}
	s.kept(args[0], outs.String(), errs.String())
	return c.ProcessState.ExitCode(), outs.String(), errs.String()
}

// kept keeps what a run has said.
func (s *shop) kept(name, out, said string) {
	s.Helper()
	s.runs++
	for end, text := range map[string]string{"stdout": out, "stderr": said} {
		path := filepath.Join(s.root, "out", fmt.Sprintf("%02d-%s.%s", s.runs, name, end))
		if err := os.WriteFile(path, []byte(text), 0o600); err != nil {
			s.Fatal(err)
		}
	}
}

// dies runs tillwatch until it has said the words, ends it with a signal that makes Go write
// all its stacks, and returns those.
func (s *shop) dies(words string, signal os.Signal, env []string, args ...string) string {
	s.Helper()
	p := &process{Cmd: s.command(env, args...), news: make(chan struct{}, 1)}
	p.Stdout, p.Stderr = writer{p, &p.out}, writer{p, &p.err}
	if err := p.Start(); err != nil {
		s.Fatal(err)
	}
	for late := time.After(patience); !strings.Contains(p.soFar(), words); {
		select {
		case <-p.news:
			continue
		case <-late:
			s.Errorf("it never says %s", words)
		}
		break
	}
	if err := p.Process.Signal(signal); err != nil {
		s.Error(err)
	}
	_ = p.Wait() // it was killed
	s.kept("killed", p.out.String(), p.err.String())
	return p.err.String()
}

// soFar is what it has written.
func (p *process) soFar() string {
	p.mu.Lock()
	defer p.mu.Unlock()
	return p.out.String() + p.err.String()
}

// wants checks that a text has these words: where nothing was said nothing could leak.
func (s *shop) wants(what, text string, words ...string) {
	s.Helper()
	for _, word := range words {
		if !strings.Contains(text, word) {
			s.Errorf("%s has no %q", what, word)
		}
	}
}

// A merchant's bad day, with everything that tillwatch writes: lines, errors, log, dump,
// journal, exports, bundles, the doctor's words, what the hook is given, and the stacks of a
// program that was killed. Only the folder in has secrets and payers' numbers in it.
func TestSecrets_NothingThatTheProgramWritesHasOne(t *testing.T) {
	s := openShop(t)
	morning := s.sells("morning.jsonl",
		sandbox.Order{Phone: "231779860789", Label: "Table 4 +231 77 986 0789"},
		sandbox.Order{Phone: "231779861039", Label: "Amina 0779-861-039", Link: "duplicates"},
		sandbox.Order{Phone: "231779860049", Label: "77 98.60.049", Link: "garbage"},
		sandbox.Order{Phone: "231779863789", Label: "Order (231) 77 9863 789", Link: "key-refused"},
		sandbox.Order{Phone: "231779864789", Label: "Musu 231779864789", Link: "channel-error"},
		sandbox.Order{Scenario: "card-paid", Label: "a card"},
		sandbox.Order{Scenario: "card-declined", Label: "another card"},
		sandbox.Order{Scenario: "card-3ds", Label: "a card to approve"},
		sandbox.Order{Scenario: "hosted-paid", Phone: "231779865789", Label: "page of 0779865789"},
		sandbox.Order{Phone: silenced, Label: "stuck 079862129"},
	)
	evening := s.sells("evening.jsonl",
		sandbox.Order{Phone: "231779866789", Label: "Table 9 (+231) 779866789"},
		sandbox.Order{Phone: "231779867069", Label: "231 779 867 069"},
		sandbox.Order{Scenario: "card-3ds", Label: "the last card"},
	)
	s.secret("a card's client_secret in a file", "pi_3Aa9Hush_secret_Zz8hush7")
	s.secret("a token in a file", "eyJhbGciOiJIUzI1NiJ9.eyJzdWIiOiJodXNoLWh1c2gifQ.aHVzaC1odXNoLW9mLWEtZmlsZQ")
	const bad = "+231 77 989 9789 pi_3Aa9Hush_secret_Zz8hush7 Bearer eyJhbGciOiJIUzI1NiJ9.eyJzdWIiOiJodXNoLWh1c2gifQ.aHVzaC1odXNoLW9mLWEtZmlsZQ"
	s.given("bad.jsonl", strings.Join([]string{
		`{"session_id":55,"phone":"231779899789"}`,
		`{"reference_id":"` + bad + `"}`,
		`{"reference_id":"550e8400-e29b-41d4-a716-446655440000","source_type":"` + bad + `"}`,
		`{"reference_id":"550e8400-e29b-41d4-a716-446655440000","phone":"` + bad + `"}`,
		`{"reference_id":"550e8400-e29b-41d4-a716-446655440000","executed_at":"` + bad + `","label":"x"}`,
		bad, `{"phone":231779899789`,
	}, "\n"))
	s.given("aloud", bad+"\naloud "+strings.Join(written(hush), "\naloud ")+"\naloud "+inScript(someone, scripts[0])+" "+hush+"\n")
	hooked := []string{"TILLWATCH_HOOK_SIM=true", `TILLWATCH_HOOK=["sh", "-c", "cat >>told; env >>environment; cat ../in/aloud; exit 3"]`}

	// The log is nearly full, so that it is turned over.
	state := filepath.Join(s.root, "home", ".local", "state", "tillwatch")
	base := s.env[0][len("DOLLR_BASE_URL="):]
	log := strings.TrimSuffix(journal.DefaultName(base, "shop", false), ".db") + ".log"
	if err := errors.Join(os.MkdirAll(state, 0o700), os.WriteFile(filepath.Join(state, log), bytes.Repeat([]byte("{}\n"), 10<<20/3-1000), 0o600)); err != nil {
		t.Fatal(err)
	}

	debug := []string{"--log-level", "debug", "--dump", "wire.jsonl", "--no-follow"}
	_, out, said := s.says(hooked, append([]string{"watch", "--json", "--timeout", "10s", "-f", "../in/morning.jsonl", "-f", "../in/bad.jsonl"}, debug...)...)
	s.wants("the run's output", out, `"verdict":"PAID"`, `"verdict":"NOT PAID"`, "231******789")
	s.wants("what the run says", said, "bad.jsonl, line 1: ", "bad.jsonl, line 6: ", "hook: ", "231******789", "•••", "aloud •••", "aloud 231******789 •••")
	if err := errors.Join(s.box.Set(sandbox.Revoke, true), s.box.SetFor(sandbox.Throttle, time.Second)); err != nil {
		t.Fatal(err)
	}
	_, out, _ = s.says(hooked, append([]string{"watch", "--plain", "--timeout", "6s", "-f", "../in/evening.jsonl"}, debug...)...)
	s.wants("the plain run's output", out, "PAID", "231******")

	s.loads()
	s.refused(evening[0])
	s.doors(evening[0])
	s.looksBack(append(morning, evening...))
	s.crashes()

	written := s.harmlessFiles(t, filepath.Join(s.root, "out"))
	kept := s.harmlessFiles(t, filepath.Join(s.root, "home"))
	for _, end := range []string{".stdout", ".stderr", ".jsonl", ".log", ".db", ".db-wal", ""} {
		if written[end] == 0 {
			t.Errorf("nothing was written that ends with %q: %v", end, written)
		}
	}
	if kept[".db"] == 0 || kept[".log"]+kept[".gz"] < 2 {
		t.Errorf("the journal or the log is missing, or the log was not turned over: %v", kept)
	}
	for kind, least := range map[string]int{"a bearer token": 3, "a realtime key": 8, "a card's client_secret": 6, "a payer's number": 10} {
		if n := s.counts[kind]; n < least {
			t.Errorf("of %s only %d were there to be seen, want %d", kind, n, least)
		}
	}
	for file, words := range map[string][]string{
		"wire.jsonl": {`"kind":"http"`, `"phx_join"`, `"client_secret":"•••"`, `"gateway_message":"`, "231******",
			`"way 0":"aloud `, `"way 11":"aloud `, `"mobile_number":"231******`, `"customer_reference":"231******`, `"number in ٠":"aloud 231******`,
			`"amount":1500000.00`, `"payee_name":"aloud 231******`},
		"told":        {`"verdict":"PAID"`},
		"environment": {"TILLWATCH_HOOK=", "HOME="},
	} {
		text, err := os.ReadFile(filepath.Join(s.root, "out", file))
		if err != nil {
			t.Error(err)
		}
		s.wants(file, string(text), words...)
	}
}

// refused are runs that come to nothing, for what they were given is wrong.
func (s *shop) refused(payment string) {
	s.Helper()
	wrong := []string{"DOLLR_CLIENT_SECRET=" + mistyped}
	watch := []string{"watch", "--json", "--timeout", "3s", "--no-follow", "--log-level", "debug", "-f", "../in/evening.jsonl", "--journal", "refused.db", "--log-file", "refused.log", "--dump", "refused.jsonl"}
	status, out, _ := s.says(wrong, watch...)
	if s.wants("a refused run", out, "LOGIN REFUSED"); status != 5 {
		s.Errorf("a wrong secret ends with %d", status)
	}
	_, out, _ = s.says([]string{"SUPABASE_ANON_KEY=" + wrongKey}, watch...)
	s.wants("a run with a wrong key", out, "CHANNEL DOWN")
	if status, out, _ = s.says(wrong, "doctor", payment); status != 5 {
		s.Errorf("the doctor of a wrong secret ends with %d: %s", status, out)
	}
	_, out, _ = s.says([]string{"SUPABASE_ANON_KEY=" + wrongKey}, "doctor", payment)
	s.wants("the doctor", out, "XX  socket")

	s.given("unquoted.toml", "dollr_client_secret = "+mistyped+"\n")
	s.given("misnamed.toml", "dollr_client_secert = \""+mistyped+"\"\n")
	s.given("number.toml", "dollr_client_secret = [\""+mistyped+"\"]\nsupabase_anon_key_file = \""+mistyped+"\"\n")
	s.given("secret", mistyped+"\n"+mistyped+"\n")
	for _, settings := range [][]string{
		{"--config", "../in/unquoted.toml"}, {"--config", "../in/misnamed.toml"}, {"--config", "../in/number.toml"},
		{"--client-secret-file", mistyped}, {"--client-secret-file", "../in/secret"},
	} {
		for _, command := range []string{"watch", "doctor"} {
			status, _, _ := s.says([]string{"DOLLR_CLIENT_SECRET=", "SUPABASE_ANON_KEY="}, append([]string{command, payment}, settings...)...)
			if status != map[string]int{"watch": 2, "doctor": 4}[command] {
				s.Errorf("%s %v ends with %d", command, settings[:1], status)
			}
		}
	}
	for _, env := range [][]string{
		{"DOLLR_BASE_URL=http://shop:" + mistyped + "@127.0.0.1:1"}, {"DOLLR_BASE_URL=http://127.0.0.1:1/?client_secret=" + mistyped},
		{"SUPABASE_URL=http://127.0.0.1:1/?apikey=" + mistyped}, {"DOLLR_CLIENT_SECRET_FILE=" + mistyped},
		{`TILLWATCH_HOOK=["curl -H 'X: ` + mistyped + `' http://127.0.0.1:1"]`},
	} {
		for _, command := range []string{"watch", "doctor"} {
			if status, _, _ := s.says(env, command, "--config", "../in/none.toml", payment); status == 0 {
				s.Errorf("%s takes %s", command, strings.SplitN(env[0], "=", 2)[0])
			}
		}
	}
	for _, args := range [][]string{
		{"watch", "--client-secret", mistyped}, {"watch", "--client-secret=" + mistyped},
		{"watch", "55:" + someone + ":ORDER"}, {"doctor", someone}, {"export", "--support", "ORDER:x" + someone},
	} {
		if status, _, _ := s.says(nil, args...); status != 2 {
			s.Errorf("%s ends with %d", args[:1], status)
		}
	}
}

// doors are runs that others on this machine, or a slip of the hand, would have do what was not
// meant. Each is refused by name and repeats nothing.
func (s *shop) doors(payment string) {
	s.Helper()
	s.secret("a secret key of Supabase", "sb_secret_hush-98765432109x")
	s.given("open-hook", "#!/bin/sh\ncat ../in/aloud\n")
	s.given("open.toml", "dollr_base_url = 'http://127.0.0.1:1'\ndollr_client_id = 'shop'\ndollr_client_secret = '"+mistyped+"'\n")
	s.given("elsewhere.toml", "dollr_base_url = 'http://127.0.0.1:1'\n")
	in := filepath.Join(s.root, "in")
	if err := errors.Join(os.Chmod(filepath.Join(in, "open-hook"), 0o777), os.Chmod(filepath.Join(in, "open.toml"), 0o666)); err != nil {
		s.Fatal(err)
	}
	for want, run := range map[string][]string{
		"SUPABASE_ANON_KEY: it is a secret key of Supabase":            {"SUPABASE_ANON_KEY=sb_secret_hush-98765432109x"},
		"DOLLR_CLIENT_SECRET: it is in quotes":                         {`DOLLR_CLIENT_SECRET="` + mistyped + `"`},
		"DOLLR_CLIENT_SECRET: it begins or ends with a blank":          {"DOLLR_CLIENT_SECRET=" + mistyped + " "},
		`"open-hook" is not run: ` + in + "/open-hook can be changed":  {`TILLWATCH_HOOK=["../in/open-hook"]`},
		"can be changed by others (mode 0666) and sets dollr_base_url": {"DOLLR_BASE_URL=", "--config", "../in/open.toml"},
		"an address in the file goes only with the credentials":        {"DOLLR_BASE_URL=", "--config", "../in/elsewhere.toml"},
	} {
		args := append([]string{"watch", payment}, run[1:]...)
		if status, _, said := s.says(run[:1], args...); status != 2 || !strings.Contains(said, want) {
			s.Errorf("%s: status %d, %s", want, status, said)
		}
	}
	if err := os.Symlink("../in/bad.jsonl", filepath.Join(s.root, "out", "link.log")); err != nil {
		s.Fatal(err)
	}
	before, _ := os.ReadFile(filepath.Join(in, "bad.jsonl"))
	_, out, said := s.says(nil, "watch", payment, "--json", "--timeout", "3s", "--journal", "doors.db", "--log-file", "link.log")
	s.wants("a run with a link for its log", out, `"verdict":`)
	s.wants("what it says of the link", said, "it is a symbolic link")
	if after, err := os.ReadFile(filepath.Join(in, "bad.jsonl")); err != nil || !bytes.Equal(before, after) {
		s.Errorf("the link was written through: %v", err)
	}
	if err := os.Remove(filepath.Join(s.root, "out", "link.log")); err != nil { // what it leads to has secrets
		s.Fatal(err)
	}
}

// looksBack is what a merchant takes out of the journal.
func (s *shop) looksBack(payments []string) {
	s.Helper()
	_, out, _ := s.says(nil, "export")
	s.wants("the export", out, ",PAID,", ",NOT PAID,", "231******789", "231******039")
	_, out, _ = s.says(nil, "export", "--format", "jsonl")
	s.wants("the export", out, `"gateway_message":"PAYMENT_NOT_APPROVED aloud for 231******039`)
	all := ""
	for _, payment := range payments {
		_, out, _ := s.says(nil, "export", "--support", payment)
		s.wants("a bundle", out, "support bundle", "what happened")
		all += out
	}
	s.wants("the bundles", all, `"client_secret": "•••"`, "payer: 231******789", "-> HTTP 200 COMPLETED", `"way 0": "aloud `, `"amount": 1500000.00`,
		`"wallet_id": "77`, "aloud 231******")
	_, out, _ = s.says(nil, "doctor", payments[1])
	s.wants("the doctor", out, "OK  payment", "OK  socket")
}

// crashes are runs that Go ends with the stacks of all goroutines, the registers too.
func (s *shop) crashes() {
	s.Helper()
	s.sells("waiting.jsonl", sandbox.Order{Phone: "231779868129", Label: "0779868129"}, sandbox.Order{Scenario: "card-3ds"})
	for name, signal := range map[string]syscall.Signal{"quit": syscall.SIGQUIT, "abort": syscall.SIGABRT} {
		said := s.dies(`"status":"PROCESSING"`, signal, []string{"GOTRACEBACK=system"}, "watch", "--json", "-f", "../in/waiting.jsonl",
			"--journal", name+".db", "--log-file", name+".log", "--dump", name+".jsonl", "--log-level", "debug")
		s.wants("what Go writes", said, "goroutine ", "tillwatch/watch", "[")
	}
}

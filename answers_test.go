package main

import (
	"io"
	"net/http"
	"net/http/httptest"
	"path"
	"strings"
	"sync"

	"github.com/rogpeppe/go-internal/testscript"
)

// teller is a Dollr that says what a script wants, and nothing else.
type teller struct {
	mu     sync.Mutex
	bodies map[string]string // by what is asked about: a reference, or the number of a source
}

func (d *teller) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	w.Header().Set("Content-Type", "application/json")
	if r.Method == http.MethodPost {
		_, _ = io.WriteString(w, `{"access_token":"eyJ-token","expires_in":60}`)
		return
	}
	name := path.Base(r.URL.Path)
	if name == "source" {
		name = r.URL.Query().Get("source_id")
	}
	d.mu.Lock()
	defer d.mu.Unlock()
	_, _ = io.WriteString(w, d.bodies[name])
}

// answers starts a teller, with an address and credentials, or has it say other things from
// now on: each line of a file is a name and the body of the answer about it.
func (s *stage) answers(ts *testscript.TestScript, args []string) {
	bodies := map[string]string{}
	for line := range strings.Lines(ts.ReadFile(args[0])) {
		name, body, _ := strings.Cut(strings.TrimSpace(line), " ")
		bodies[name] = body
	}
	if s.teller == nil {
		s.teller = &teller{}
		server := httptest.NewServer(s.teller)
		ts.Defer(server.Close)
		ts.Setenv("DOLLR_BASE_URL", server.URL)
		ts.Setenv("DOLLR_CLIENT_ID", "shop")
		ts.Setenv("DOLLR_CLIENT_SECRET", "hush-hush-of-the-shop")
		s.secrets = append(s.secrets, "hush-hush")
	}
	s.teller.mu.Lock()
	defer s.teller.mu.Unlock()
	s.teller.bodies = bodies
}

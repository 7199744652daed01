package config

import (
	"context"
	"os"
	"path/filepath"
	"strings"
	"testing"
)

// session is one start of the program by a person: a home, an environment, a command
// line, and what came of it.
type session struct {
	t       *testing.T
	home    string
	environ []string
	words   Vocabulary

	watch   *Watch
	demo    *Demo
	load    *Load
	sandbox *Sandbox
	doctor  *Doctor
	code    int
	out     string
	said    string
}

func newSession(t *testing.T, environ ...string) *session {
	home, err := os.MkdirTemp("", "home-") // t.TempDir's parents are as open as the umask says
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = os.RemoveAll(home) })
	return &session{t: t, home: home, environ: append([]string{"HOME=" + home}, environ...)}
}

// file writes a file in the session's home and returns its path.
func (s *session) file(name, text string, mode os.FileMode) string {
	s.t.Helper()
	path := filepath.Join(s.home, name)
	if err := os.MkdirAll(filepath.Dir(path), 0o700); err != nil {
		s.t.Fatal(err)
	}
	if err := os.WriteFile(path, []byte(text), mode); err != nil {
		s.t.Fatal(err)
	}
	if err := os.Chmod(path, mode); err != nil { // whatever the umask is
		s.t.Fatal(err)
	}
	return path
}

// settings writes the usual settings file.
func (s *session) settings(text string) *session {
	s.t.Helper()
	s.file(".config/tillwatch/config.toml", text, 0o600)
	return s
}

func (s *session) run(args ...string) *session {
	s.t.Helper()
	s.watch, s.demo, s.load, s.sandbox, s.doctor = nil, nil, nil, nil, nil
	var out, said strings.Builder
	s.code = Execute(context.Background(), System{Args: args, Environ: s.environ, Out: &out, Err: &said, Vocabulary: s.words}, Runs{
		Watch:   func(_ context.Context, w Watch) error { s.watch = &w; return nil },
		Demo:    func(_ context.Context, d Demo) error { s.demo = &d; return nil },
		Load:    func(_ context.Context, l Load) error { s.load = &l; return nil },
		Sandbox: func(_ context.Context, b Sandbox) error { s.sandbox = &b; return nil },
		Doctor:  func(_ context.Context, d Doctor) error { s.doctor = &d; return nil },
	})
	s.out, s.said = out.String(), said.String()
	return s
}

// refused checks that the start ended with status 2 before anything ran, and that the
// words of it are said.
func (s *session) refused(words ...string) *session {
	s.t.Helper()
	if s.code != ExitUsage || s.watch != nil || s.demo != nil || s.load != nil || s.sandbox != nil || s.doctor != nil {
		s.t.Fatalf("status %d, ran %v; want a refusal. Said: %s", s.code, s.watch != nil, s.said)
	}
	for _, word := range words {
		if !strings.Contains(s.said, word) {
			s.t.Errorf("nothing of %q in: %s", word, s.said)
		}
	}
	if s.out != "" {
		s.t.Errorf("standard output is not empty: %q", s.out)
	}
	return s
}

// watches checks that watch ran, and returns what it got.
func (s *session) watches() Watch {
	s.t.Helper()
	if s.watch == nil || s.code != 0 {
		s.t.Fatalf("watch did not run: status %d, said: %s", s.code, s.said)
	}
	return *s.watch
}

// demos checks that demo ran, and returns what it got.
func (s *session) demos() Demo {
	s.t.Helper()
	if s.demo == nil || s.code != 0 {
		s.t.Fatalf("demo did not run: status %d, said: %s", s.code, s.said)
	}
	return *s.demo
}

// loads checks that load ran, and returns what it got.
func (s *session) loads() Load {
	s.t.Helper()
	if s.load == nil || s.code != 0 {
		s.t.Fatalf("load did not run: status %d, said: %s", s.code, s.said)
	}
	return *s.load
}

// origin is where a setting came from, in words.
func (s *session) origin(key string) string {
	s.t.Helper()
	for _, o := range s.watches().Origins() {
		if o.Key == key {
			return o.String()
		}
	}
	return ""
}

// login is the least environment with which watch runs.
func login() []string {
	return []string{"DOLLR_CLIENT_ID=shop", "DOLLR_CLIENT_SECRET=hush-hush"}
}

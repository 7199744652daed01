//go:build interop

// Package interop lets the official Supabase client for JavaScript, unmodified, go a
// merchant's whole way against package sandbox, and listen beside our own watching. It
// uses the packages of sandbox/supabase/interop.
package interop

import (
	"bufio"
	"bytes"
	"context"
	"encoding/json"
	"fmt"
	"log"
	"os"
	"os/exec"
	"strings"
	"testing"
	"time"

	"tillwatch/sandbox"
)

const patience = time.Minute // for one line of a program; only a fault takes so long

func TestMain(m *testing.M) {
	if _, err := exec.LookPath("node"); err != nil {
		log.Fatalf("the interop tests need node: %v", err)
	}
	if _, err := os.Stat("../supabase/interop/node_modules"); err != nil {
		log.Fatal("the packages are not there: npm ci --ignore-scripts --prefix sandbox/supabase/interop")
	}
	os.Exit(m.Run())
}

// box is a sandbox on loopback, and what a client of it must know.
type box struct {
	*sandbox.Server
	env map[string]string
}

func open(t *testing.T, opt sandbox.Options) *box {
	t.Helper()
	listener, err := sandbox.Listen("127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	b := &box{Server: sandbox.New(opt), env: map[string]string{}}
	for _, pair := range b.Env("http://" + listener.Addr().String()) {
		name, value, _ := strings.Cut(pair, "=")
		b.env[name] = value
	}
	ctx, stop := context.WithCancel(context.Background())
	served := make(chan error, 1)
	go func() { served <- b.Serve(ctx, listener) }()
	t.Cleanup(func() {
		stop()
		if err := <-served; err != nil {
			t.Error(err)
		}
	})
	return b
}

// news is one line of a program: a step of the way, or what a channel told.
type news struct {
	Step   string
	Code   int
	Answer map[string]any

	Reference, Status, Error string
	System, Message          string
	Change                   string
	Row                      map[string]any
}

// String is the news in few words.
func (n news) String() string {
	switch {
	case n.Step != "":
		return fmt.Sprint(n.Step, " ", n.Code)
	case n.Status != "":
		return strings.TrimSpace(n.Status + " " + n.Error)
	case n.System != "":
		return "system " + n.System + ": " + n.Message
	}
	return fmt.Sprint(n.Change, " ", n.Row["status"])
}

// program is a running .mjs file.
type program struct {
	t     *testing.T
	lines chan string
}

// start runs a program, which has to end before its test does.
func (b *box) start(t *testing.T, file string, story map[string]any) *program {
	t.Helper()
	for name, of := range map[string]string{"api": "DOLLR_BASE_URL", "id": "DOLLR_CLIENT_ID",
		"secret": "DOLLR_CLIENT_SECRET", "url": "SUPABASE_URL", "anonKey": "SUPABASE_ANON_KEY"} {
		story[name] = b.env[of]
	}
	text, err := json.Marshal(story)
	if err != nil {
		t.Fatal(err)
	}
	cmd := exec.Command("node", file)
	cmd.Env = append(os.Environ(), "STORY="+string(text))
	var said bytes.Buffer
	cmd.Stderr = &said
	if _, err := cmd.StdinPipe(); err != nil { // a program ends with it, should this test panic
		t.Fatal(err)
	}
	out, err := cmd.StdoutPipe()
	if err != nil {
		t.Fatal(err)
	}
	if err := cmd.Start(); err != nil {
		t.Fatalf("starting node: %v", err)
	}
	p := &program{t: t, lines: make(chan string, 1000)}
	go func() { // ends with the program
		defer close(p.lines)
		for scan := bufio.NewScanner(out); scan.Scan(); {
			p.lines <- scan.Text()
		}
	}()
	t.Cleanup(func() {
		if t.Failed() { // else it has ended by itself
			_ = cmd.Process.Kill()
		}
		for range p.lines {
		}
		if err := cmd.Wait(); !t.Failed() && (err != nil || said.Len() > 0) {
			t.Errorf("%s: %v\n%s", file, err, said.String())
		}
	})
	return p
}

// next waits for the program's next line; none means that it has ended.
func (p *program) next() (news, bool) {
	p.t.Helper()
	var n news
	select {
	case line, ok := <-p.lines:
		if err := json.Unmarshal([]byte(line), &n); ok && err != nil {
			p.t.Fatalf("the program printed %q", line)
		}
		return n, ok
	case <-time.After(patience):
		p.t.Fatalf("no news for %v", patience)
	}
	return n, false
}

// expect waits for these words and returns their news.
func (p *program) expect(want string) news {
	p.t.Helper()
	n, ok := p.next()
	if !ok || n.String() != want {
		p.t.Fatalf("the program says %q %v, want %q", n, n.Answer, want)
	}
	return n
}

// ended waits for the program's end, before which it says nothing more.
func (p *program) ended() {
	p.t.Helper()
	if n, more := p.next(); more {
		p.t.Fatalf("the program goes on: %q", n)
	}
}

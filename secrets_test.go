//go:build unix

package main

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"log"
	"maps"
	"net/http"
	"net/http/httptest"
	"net/http/httputil"
	"net/url"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"syscall"
	"testing"
	"time"

	"tillwatch/sandbox"
	"tillwatch/watch/journal"
)

// listened is a base URL in front of a sandbox, where everything that is secret is noted. Its
// operators say whose wallet was asked, as some do.
func listened(t *testing.T, to string, h *hush) string {
	t.Helper()
	target, err := url.Parse(to)
	if err != nil {
		t.Fatal(err)
	}
	server := httptest.NewServer(&httputil.ReverseProxy{
		ErrorLog: log.New(io.Discard, "", 0), // a program that was killed leaves much undone
		Rewrite: func(r *httputil.ProxyRequest) {
			r.SetURL(target)
			h.add(anonKey, r.In.URL.Query().Get("apikey"))
			if token, is := strings.CutPrefix(r.In.Header.Get("Authorization"), "Bearer "); is {
				h.add(bearerToken, token)
			}
		},
		ModifyResponse: func(answer *http.Response) error {
			if !strings.HasPrefix(answer.Header.Get("Content-Type"), "application/json") {
				return nil
			}
			text, err := io.ReadAll(answer.Body)
			answer.Body.Close()
			if err != nil {
				return err
			}
			var body any
			if err := json.Unmarshal(text, &body); err != nil {
				return err
			}
			h.learn(answer.Request.URL.Path, body)
			text = bytes.ReplaceAll(text, []byte("The customer did"), []byte("The customer +231 88-345-6039 did"))
			answer.Body, answer.ContentLength = io.NopCloser(bytes.NewReader(text)), int64(len(text))
			answer.Header.Set("Content-Length", fmt.Sprint(len(text)))
			return nil
		},
	})
	t.Cleanup(server.Close)
	return server.URL
}

// day is a shop's day with every command, and all that it leaves behind.
type day struct {
	*testing.T
	home, folder string
	env          []string
	left         map[string]string // by what or where it is
}

func (d *day) command(args ...string) *exec.Cmd {
	d.Helper()
	program, err := exec.LookPath("tillwatch")
	if err != nil {
		d.Fatal(err)
	}
	c := exec.Command(program, args...)
	c.Dir, c.Env = d.folder, d.env
	return c
}

// runs runs one command to its end. What it has written is left under that name.
func (d *day) runs(status int, name string, args ...string) {
	d.Helper()
	var out, said bytes.Buffer
	c := d.command(args...)
	c.Stdout, c.Stderr = &out, &said
	hung := time.AfterFunc(patience, func() { _ = c.Process.Kill() })
	defer hung.Stop()
	var exit *exec.ExitError
	if err := c.Run(); err != nil && !errors.As(err, &exit) {
		d.Fatal(err)
	}
	d.left[name+", output"], d.left[name+", errors"] = out.String(), said.String()
	if got := c.ProcessState.ExitCode(); got != status {
		d.Errorf("%s ends with %d, want %d", name, got, status)
	}
}

// crashes runs one command until its output has the words, and kills it so that it tells where
// it was.
func (d *day) crashes(name, words string, args ...string) {
	d.Helper()
	p := &process{Cmd: d.command(args...), news: make(chan struct{}, 1)}
	p.Stdout, p.Stderr = writer{p, &p.out}, writer{p, &p.err}
	if err := p.Start(); err != nil {
		d.Fatal(err)
	}
	defer func() {
		if p.ProcessState == nil { // the words did not come
			_ = p.Process.Kill()
			_ = p.Wait()
		}
	}()
	c := &counter{T: d.T, process: p}
	c.says(words)
	c.gets(syscall.SIGQUIT)
	_ = p.Wait() // its status is that of a crash
	d.left[name+", output"], d.left[name+", errors"] = p.out.String(), p.err.String()
}

// collects reads every file that the day has left. All but the hook's own are their owner's
// alone.
func (d *day) collects() {
	d.Helper()
	for _, root := range []string{d.home, d.folder} {
		err := filepath.WalkDir(root, func(path string, entry fs.DirEntry, err error) error {
			if err != nil || entry.IsDir() {
				return err
			}
			name := filepath.Base(path)
			d.left[name] = read(d.T, path)
			info, err := entry.Info()
			if err != nil {
				return err
			}
			if mode := info.Mode(); name != "told" && name != "env" && mode != 0o600 {
				d.Errorf("%s is %v", name, mode)
			}
			return nil
		})
		if err != nil {
			d.Error(err)
		}
	}
}

func TestSecrets_AWholeDayWritesNoneAnywhere(t *testing.T) {
	h := &hush{words: map[string]string{}}
	box := sandbox.New(sandbox.Options{Seed: 1, Speed: 100, ClientID: "the-shop", ClientSecret: "open-sesame-by-the-sea"})
	listener, err := sandbox.Listen("127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	serving, stop := context.WithCancel(context.Background())
	served := make(chan error, 1)
	go func() { served <- box.Serve(serving, listener) }()
	t.Cleanup(func() {
		stop()
		if err := <-served; err != nil {
			t.Error(err)
		}
		box.Close()
	})
	base := listened(t, "http://"+listener.Addr().String(), h)
	const mistyped = "open-barley-by-the-sea-side"
	h.add(clientSecret, "open-sesame-by-the-sea")
	h.add(wrongSecret, mistyped)
	h.add(anonKey, box.AnonKey())

	kept := strings.TrimSuffix(journal.DefaultName(base, "the-shop", false), ".db")
	given := t.TempDir() // what is handed over is the merchant's, numbers and all
	pay := func(file string, orders ...sandbox.Order) []sandbox.Intake {
		var all []sandbox.Intake
		var lines []string
		for _, o := range orders {
			in, err := box.Start(o)
			if err != nil {
				t.Fatal(err)
			}
			line, err := json.Marshal(in)
			if err != nil {
				t.Fatal(err)
			}
			h.add(fullNumber, o.Phone)
			all, lines = append(all, in), append(lines, string(line))
		}
		if file == "pay.jsonl" { // a list of somebody else's, and two slips of the hand
			lines = append(lines, `{"reference_id":"231 88 345 6789","phone":"231883456789"}`,
				`{"reference_id":"`+box.AnonKey()+`"}`, `call +231-88-345-6049 about `+box.AnonKey())
		}
		if err := os.WriteFile(filepath.Join(given, file), []byte(strings.Join(lines, "\n")+"\n"), 0o600); err != nil {
			t.Fatal(err)
		}
		return all
	}
	payments := pay("pay.jsonl",
		sandbox.Order{Scenario: "paid", Phone: "231883456789", Label: "Table 4, +231 88 345 6789"},
		sandbox.Order{Scenario: "declined", Phone: "231883456039", Label: "231-883-456-039 (Ama)"},
		sandbox.Order{Scenario: "low-balance", Phone: "231883456049", Label: "call (0)88.345.6049"},
		sandbox.Order{Scenario: "new-status", Phone: "250783456159", Label: "00250783456159"},
		sandbox.Order{Scenario: "hosted-paid", Phone: "231773456789", Label: "page of 077 345 6789"},
		sandbox.Order{Scenario: "card-paid", Label: "a card"},
	)

	d := &day{T: t, home: t.TempDir(), folder: t.TempDir(), left: map[string]string{}}
	d.env = append(box.Env(base), "PATH="+os.Getenv("PATH"), "HOME="+d.home, "GOTRACEBACK=all", "GOCOVERDIR="+os.Getenv("GOCOVERDIR"),
		"TILLWATCH_LOG_LEVEL=debug", "TILLWATCH_HOOK_SIM=true", `TILLWATCH_HOOK=["sh", "-c", "cat >>told; env >>env"]`)
	file := filepath.Join(given, "pay.jsonl")
	d.runs(4, "watch --json", "watch", "--json", "--dump", "dump.jsonl", "-f", file, "--no-follow")
	d.runs(4, "watch --plain", "watch", "--plain", "--dump", "plain.jsonl", "-f", file, "--no-follow", "--journal", "plain.db")
	d.runs(0, "export", "export")
	d.runs(0, "export --format jsonl", "export", "--format", "jsonl")
	for i, in := range payments {
		name := in.ReferenceID
		if name == "" {
			name = fmt.Sprintf("%s:%d", in.SourceType, in.SourceID)
		}
		d.runs(0, fmt.Sprintf("export --support of payment %d", i+1), "export", "--support", name)
	}
	first := fmt.Sprintf("%d:%s:%s", payments[0].SessionID, payments[0].ReferenceID, payments[0].SourceType)
	d.runs(0, "doctor", "doctor", first)
	d.runs(2, "watch of a number", "watch", "--json", "231883456789")
	d.runs(2, "watch of a key", "watch", "--json", box.AnonKey())
	d.runs(2, "export of a number", "export", "--support", "231883456789")
	pay("crash.jsonl", sandbox.Order{Scenario: "stuck", Phone: "231883456129", Label: "88 345 6129"})
	d.crashes("watch that crashes", `"status":"PROCESSING"`, "watch", "--json", "--dump", "crash.jsonl", "-f", filepath.Join(given, "crash.jsonl"))
	d.env = append(d.env, "DOLLR_CLIENT_SECRET="+mistyped)
	d.runs(5, "watch with a wrong secret", "watch", "--json", "--dump", "wrong.jsonl", "-f", file, "--no-follow", "--journal", "wrong.db")
	d.runs(5, "doctor with a wrong secret", "doctor", first)
	d.collects()

	for name, text := range d.left {
		for _, kind := range h.in(text) {
			t.Errorf("%s gives away: %s", name, kind)
		}
	}
	t.Run("and it had much to tell", func(t *testing.T) {
		for _, kind := range []string{clientSecret, wrongSecret, anonKey, bearerToken, realtimeKey, stripeSecret, fullNumber} {
			if !slices.Contains(slices.Collect(maps.Values(h.words)), kind) {
				t.Errorf("the day had no %s", kind)
			}
		}
		d.left["journal"], d.left["log"] = d.left[kept+".db"], d.left[kept+".log"]
		for name, words := range map[string]string{
			"told": `"label":"Table 4, 231******789"`, "env": "TILLWATCH_HOOK", "journal": "SQLite format 3", "log": `"level":"DEBUG"`,
			"dump.jsonl": "231******039", "plain.jsonl": "phx_join", "crash.jsonl": "phx_join", "wrong.jsonl": "/obtain/token",
			"watch that crashes, errors": "goroutine 1 ", "watch --json, errors": `line 9: "call 231******049 about •••"`,
			"watch --plain, output": "231******789", "export, output": "231******789", "doctor, output": "system ok",
		} {
			if !strings.Contains(d.left[name], words) {
				t.Errorf("%s has no %s", name, words)
			}
		}
	})
	t.Run("and any of it would be found", h.isFound)
}

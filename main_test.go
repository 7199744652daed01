package main

import (
	"bytes"
	"context"
	"fmt"
	"os"
	"os/exec"
	"os/signal"
	"path/filepath"
	"slices"
	"strings"
	"syscall"
	"testing"

	"github.com/rogpeppe/go-internal/testscript"

	"tillwatch/config"
	"tillwatch/sandbox"
	"tillwatch/ui"
	"tillwatch/ui/lines"
	"tillwatch/watch"
	"tillwatch/watch/dollr"
)

// programs are what the tests' own program can be run as.
var programs = map[string]func(){"tillwatch": main, crowdServer: serveCrowd}

func TestMain(m *testing.M) {
	// Under nohup, and in some pipelines, SIGHUP is ignored, and what we start would inherit
	// that; a caught signal is not inherited.
	signal.Notify(make(chan os.Signal, 1), syscall.SIGHUP)
	testscript.Main(m, programs)
}

// arrows are the imports of our own that each package may have; a package that is not
// here may not be. They keep the watching from knowing a screen, the sandbox from sharing
// a mistake with what it tests, and the settings from reaching into what they set.
var arrows = map[string][]string{
	"tillwatch":                  {"…"}, // main knows all
	"tillwatch/config":           {"tillwatch/watch/loopback", "tillwatch/watch/safefile"},
	"tillwatch/hook":             {"tillwatch/watch", "tillwatch/watch/safefile"},
	"tillwatch/sandbox":          {"tillwatch/sandbox/supabase"},
	"tillwatch/sandbox/remote":   {"tillwatch/sandbox"},
	"tillwatch/sandbox/show":     {"tillwatch/sandbox"},
	"tillwatch/sandbox/supabase": {},
	"tillwatch/ui":               {"tillwatch/ui/patient", "tillwatch/watch", "tillwatch/watch/load"},
	"tillwatch/ui/lines":         {"tillwatch/watch"},
	"tillwatch/ui/patient":       {},
	"tillwatch/watch":            {},
	"tillwatch/watch/doctor":     {"tillwatch/watch", "tillwatch/watch/dollr", "tillwatch/watch/loopback", "tillwatch/watch/realtime", "tillwatch/watch/wire"},
	"tillwatch/watch/dollr":      {"tillwatch/watch", "tillwatch/watch/loopback"},
	"tillwatch/watch/intake":     {"tillwatch/watch"},
	"tillwatch/watch/journal":    {"tillwatch/watch", "tillwatch/watch/safefile"},
	"tillwatch/watch/load":       {"tillwatch/watch", "tillwatch/watch/dollr"},
	"tillwatch/watch/logbook":    {"tillwatch/watch", "tillwatch/watch/safefile"},
	"tillwatch/watch/loopback":   {},
	"tillwatch/watch/realtime":   {"tillwatch/watch", "tillwatch/watch/loopback"},
	"tillwatch/watch/safefile":   {},
	"tillwatch/watch/wire":       {"tillwatch/watch", "tillwatch/watch/realtime"},

	"tillwatch/sandbox/interop/compare": {}, // it knows the built program alone
}

func TestImports_FollowTheArrows(t *testing.T) {
	out, err := exec.CommandContext(t.Context(), "go", "list", "-f", `{{.ImportPath}} {{join .Imports " "}}`, "./...").Output()
	if err != nil {
		t.Fatalf("listing the packages: %v", err)
	}
	for line := range strings.Lines(string(out)) {
		words := strings.Fields(line)
		if len(words) == 1 {
			continue // it imports nothing; most such are tests alone
		}
		allowed, known := arrows[words[0]]
		if !known {
			t.Errorf("%s has no arrows: say what it may import", words[0])
		}
		for _, imported := range words[1:] {
			if strings.HasPrefix(imported, "tillwatch") && !slices.Contains(allowed, imported) && !slices.Contains(allowed, "…") {
				t.Errorf("%s may not import %s", words[0], imported)
			}
		}
	}
}

// strict are the packages that read JSON from outside. They read it with
// github.com/go-json-experiment/json, which refuses a name that comes twice and matches names
// exactly; encoding/json takes the last of two, and names in any letters.
var strict = []string{
	"tillwatch/sandbox/remote",
	"tillwatch/watch/doctor",
	"tillwatch/watch/intake",
	"tillwatch/watch/realtime",
	"tillwatch/watch/wire",
}

func TestImports_WhatReadsFromOutsideReadsStrictly(t *testing.T) {
	out, err := exec.CommandContext(t.Context(), "go", append([]string{"list", "-f", `{{.ImportPath}} {{join .Imports " "}}`}, strict...)...).Output()
	if err != nil {
		t.Fatalf("listing the packages: %v", err)
	}
	seen := 0
	for line := range strings.Lines(string(out)) {
		words := strings.Fields(line)
		if slices.Contains(words[1:], "encoding/json") {
			t.Errorf("%s imports encoding/json", words[0])
		}
		seen++
	}
	if seen != len(strict) {
		t.Errorf("%d of %d packages were looked at", seen, len(strict))
	}
}

func TestReadme_ListsThePresentersKeys(t *testing.T) {
	text, err := os.ReadFile("README.md")
	if err != nil {
		t.Fatal(err)
	}
	for _, extra := range presenter(nil) {
		help := extra.Help()
		if row := fmt.Sprintf("| `%s` | %s |\n", help.Key, help.Desc); !strings.Contains(string(text), row) {
			t.Errorf("README has no row %s", row)
		}
	}
}

func TestDemo_ThePresentersKeysWin(t *testing.T) {
	changed := map[string][]string{"verify": {"n"}, "stop": {"v"}, "quit": {"Q"}}
	if got := besides(presenter(nil), changed); got != nil {
		t.Errorf("v is the key of verify again, and stop keeps it: %v", got)
	}
	delete(changed, "stop")
	if got := besides(presenter(nil), changed); len(got) != 1 || got["quit"][0] != "Q" {
		t.Errorf("kept %v", got)
	}
}

func TestDemo_NoUsualKeyHidesThePresenters(t *testing.T) {
	for _, e := range presenter(nil) {
		for _, pressed := range e.Keys() {
			if _, err := ui.CheckKeys(map[string][]string{"raw": {pressed}}); err != nil { // which works where they do
				t.Errorf("%s: %v", pressed, err)
			}
		}
	}
}

func TestStake_OfOurOwnSandboxIsKnownBeforeItHasAnswered(t *testing.T) {
	api, err := dollr.New(dollr.Config{BaseURL: "http://127.0.0.1:1", ClientID: "shop", ClientSecret: "hush-hush"})
	if err != nil {
		t.Fatal(err)
	}
	defer api.Close()
	n := stakeNote{api: api, own: true}
	if stake, _ := n.whose(); stake != watch.Sim {
		t.Errorf("a demo begins as %v", stake)
	}
	n.own = false
	if stake, _ := n.whose(); stake != watch.Test {
		t.Errorf("an address of this machine begins as %v", stake)
	}
}

func TestStake_IsSaidOnceAndRealBeforeAnybodyIsAsked(t *testing.T) {
	for base, want := range map[string]string{
		"https://api.heydollr.app": "tillwatch: REAL money, at api.heydollr.app\n",
		"https://dollr.example":    "", // its first answer, or the end, will tell
	} {
		api, err := dollr.New(dollr.Config{BaseURL: base, ClientID: "shop", ClientSecret: "hush-hush"})
		if err != nil {
			t.Fatal(err)
		}
		defer api.Close()
		var said bytes.Buffer
		aside, n := lines.NewAside(&said, false), stakeNote{api: api}
		n.say(aside, false)
		n.say(aside, false)
		if said.String() != want {
			t.Errorf("at the start of %s it says %q, want %q", base, said.String(), want)
		}
		n.say(aside, true)
		n.say(aside, true)
		if strings.Count(said.String(), "\n") != 1 || want == "" && said.String() != "tillwatch: TEST host dollr.example: not Dollr's own API\n" {
			t.Errorf("at the end of %s it has said %q", base, said.String())
		}
	}
}

// openSandbox serves a sandbox of quick customers until the test ends, and returns its URL.
func openSandbox(t *testing.T) (*sandbox.Server, string) {
	t.Helper()
	box := sandbox.New(sandbox.Options{Seed: 1, Speed: 100})
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
	return box, "http://" + listener.Addr().String()
}

// A run that ends by itself owes its hook every result, also those that came last.
func TestJob_TellsTheHookOfEveryResultBeforeItEnds(t *testing.T) {
	box, base := openSandbox(t)
	settings, err := config.Given(box.Env(base))
	if err != nil {
		t.Fatal(err)
	}

	for asked, want := range map[bool]int{false: 0, true: 6} {
		told := filepath.Join(t.TempDir(), "told")
		settings.Hook, settings.HookSim, settings.LogFile = []string{"tee", "-a", told}, asked, config.LogOff
		var out, said bytes.Buffer
		j := newJob(settings, config.JSON)
		j.lines, j.aside = lines.New(&out, lines.JSON), lines.NewAside(&said, false)
		err := j.run(t.Context(), func(context.Context) {
			for range 6 {
				in, err := box.Start(sandbox.Order{Scenario: "paid"})
				if err != nil {
					t.Error(err)
				}
				j.take("the test", watch.Payment{Session: in.SessionID, Reference: in.ReferenceID, SourceType: in.SourceType})
			}
		})
		if err != nil {
			t.Errorf("asked for SIM %v: %v", asked, err)
		}
		text, err := os.ReadFile(told)
		if err != nil && asked {
			t.Error(err)
		}
		notes := map[bool]int{false: 1, true: want}[asked] // that it is not run is said once
		if got := strings.Count(string(text), "\n"); got != want || strings.Count(said.String(), "tillwatch: hook: ") != notes {
			t.Errorf("asked for SIM %v: told of %d, want %d; it said\n%s", asked, got, want, said.String())
		}
		for line := range strings.Lines(string(text)) {
			if !strings.Contains(out.String(), line) || !strings.Contains(line, `"verdict":"PAID"`) {
				t.Errorf("told %swhich is no line of\n%s", line, out.String())
			}
		}
	}
}

func TestWatch_RefusesAHookThatCannotRun(t *testing.T) {
	w := config.Watch{Output: config.JSON, Payments: []string{"ORDER:5"}}
	w.Hook = []string{"~/bin/bell"}
	err := watchPayments(t.Context(), w)
	if want := `the hook's command: "bell" cannot be run: no shell reads ~, so write the whole path`; err == nil || err.Error() != want {
		t.Errorf("got  %v\nwant %s", err, want)
	}
}

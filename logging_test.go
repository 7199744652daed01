package main

import (
	"context"
	"errors"
	"io"
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"testing"
	"time"

	"tillwatch/config"
	"tillwatch/sandbox"
	"tillwatch/ui/lines"
	"tillwatch/watch"
)

// logged is the log of a run of one payment on a sandbox.
func logged(t *testing.T, change func(*config.Settings)) (log, said string, err error) {
	t.Helper()
	box, base := openSandbox(t)
	settings, err := config.Given(box.Env(base))
	if err != nil {
		t.Fatal(err)
	}
	settings.LogFile = filepath.Join(t.TempDir(), "test.log")
	change(&settings)
	j := newJob(settings, config.JSON)
	var aside strings.Builder
	j.lines, j.aside = lines.New(io.Discard, lines.JSON), lines.NewAside(&aside, false)
	err = j.run(t.Context(), func(context.Context) {
		in, err := box.Start(sandbox.Order{Scenario: "paid", Label: "Table 4"})
		if err != nil {
			t.Error(err)
		}
		j.take("the test", watch.Payment{Session: in.SessionID, Reference: in.ReferenceID, SourceType: in.SourceType, Label: in.Label,
			Executed: time.Now().Add(-10 * time.Second)}) // so it is asked about at once
	})
	return read(t, settings.LogFile), aside.String(), err
}

func read(t *testing.T, path string) string {
	t.Helper()
	text, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	return string(text)
}

// has checks that a text has a line that matches, so many times.
func has(t *testing.T, text, pattern string, times int) {
	t.Helper()
	if n := len(regexp.MustCompile("(?m)"+pattern).FindAllString(text, -1)); n != times {
		t.Errorf("%d times %s, want %d, in\n%s", n, pattern, times, text)
	}
}

func TestLog_HasTheHooksResults(t *testing.T) {
	log, _, err := logged(t, func(s *config.Settings) { s.Hook, s.HookSim = []string{"true"}, true })
	if err != nil {
		t.Error(err)
	}
	has(t, log, `"level":"INFO","msg":"hook","payment":".*","label":"Table 4","verdict":"PAID","took_ms":[0-9]+\}$`, 1)

	log, said, _ := logged(t, func(s *config.Settings) { s.Hook, s.HookSim = []string{"sh", "-c", "echo no bell; exit 3"}, true })
	has(t, log, `"level":"WARN","msg":"hook failed","payment":".*","label":"Table 4","verdict":"PAID","took_ms":[0-9]+,"error":"it failed, exit status 3"\}$`, 1)
	has(t, log, `"msg":"said","text":"hook: Table 4: no bell"\}$`, 1)
	has(t, said, `^tillwatch: hook: Table 4: it failed, exit status 3$`, 1)
}

func TestLog_HasTheProgramsTroublesAndNoSecret(t *testing.T) {
	log, _, err := logged(t, func(s *config.Settings) {
		s.ClientSecret = config.NewSecret("not-the-secret-of-this-shop")
	})
	if status := config.Exit(0); !errors.As(err, &status) || status != lines.LoginRefused {
		t.Errorf("it ends with %v", err)
	}
	has(t, log, `"level":"WARN","msg":"trouble","trouble":"LOGIN REFUSED","text":`, 1)
	has(t, log, `(?s)"level":"WARN","msg":"call failed","payment":"[^"]*","label":"Table 4","from":"API".*`, 1) // and once more after a second, perhaps
	has(t, log, `"msg":"end",.*"verdicts":\{"WAITING":1\},.*"status":5\}$`, 1)
	if strings.Contains(log, "not-the-secret") {
		t.Errorf("a secret is in\n%s", log)
	}
}

// crashed is how a run ends that panics.
func crashed(t *testing.T, logFile string) (err error, said string) {
	j := newJob(config.Settings{BaseURL: "http://127.0.0.1:1", LogFile: logFile, ClientSecret: config.NewSecret("hush-hush")}, config.JSON)
	var aside strings.Builder
	j.aside = lines.NewAside(&aside, true) // as while a screen is up
	func() {
		if err := j.record(); err != nil {
			t.Error(err)
		}
		defer j.end(&err)
		panic("a bug of 231883456789 with hush-hush")
	}()
	return err, aside.String()
}

// A fault of ours has its stack in the log. What was panicked with is nowhere else, and
// there without secrets and numbers.
func TestLog_HasAPanicThatEndsTheRun(t *testing.T) {
	path := filepath.Join(t.TempDir(), "test.log")
	err, said := crashed(t, path)
	if want := "this program failed: a bug in tillwatch, please report it"; err == nil || err.Error() != want || said != "" {
		t.Errorf("it ends with %v and says %q", err, said)
	}
	log := read(t, path)
	has(t, log, `"level":"ERROR","msg":"panic","error":"a bug of 231\*{6}789 with •••","stack":"goroutine .*logging_test.go:[0-9]+`, 1)
	has(t, log, `"msg":"end"`, 1)
}

func TestLog_WithoutALogAPanicsStackIsSaid(t *testing.T) {
	err, said := crashed(t, config.LogOff)
	has(t, said, `^tillwatch: panic: goroutine .*logging_test.go:[0-9]+`, 1)
	if err == nil || strings.Contains(said, "hush") || strings.Contains(said, "a bug of") {
		t.Errorf("it ends with %v and says\n%s", err, said)
	}
}

func TestLog_WithoutAHomeThereIsNoneAndThatIsSaid(t *testing.T) {
	t.Setenv("HOME", "")
	t.Setenv("XDG_STATE_HOME", "")
	said := new(strings.Builder)
	j := newJob(config.Settings{BaseURL: "http://127.0.0.1:1"}, config.JSON)
	j.aside = lines.NewAside(said, false)
	if err := j.record(); err != nil || j.records.book != nil {
		t.Errorf("got %v", err)
	}
	has(t, said.String(), `^tillwatch: no log is written: neither XDG_STATE_HOME nor HOME is set`, 1)
	j.records.said("nobody minds", true)
	j.records.ran(watch.Snapshot{}, time.Second, "")
	var err error
	j.end(&err)
}

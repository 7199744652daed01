//go:build unix

package main

import (
	"bufio"
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"io"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"syscall"
	"testing"
	"time"

	"tillwatch/config"
	"tillwatch/sandbox"
	"tillwatch/ui/lines"
)

// lingering is a hook that goes on for ever, as does what it has started. Both hold the
// pipe alive open: who reads it hears that they have begun, and its end with theirs.
const lingering = `exec 3>alive; sleep 300 & echo begun >&3; wait`

// counter is a tillwatch with that hook, whose payment is paid.
type counter struct {
	*testing.T
	*process
	alive *bufio.Reader
}

func openCounter(t *testing.T, args ...string) *counter {
	t.Helper()
	box, base := openSandbox(t)
	in, err := box.Start(sandbox.Order{Scenario: "paid"})
	if err != nil {
		t.Fatal(err)
	}
	line, err := json.Marshal(in)
	if err != nil {
		t.Fatal(err)
	}
	folder := t.TempDir()
	alive := filepath.Join(folder, "alive")
	if err := errors.Join(os.WriteFile(filepath.Join(folder, "payments.jsonl"), line, 0o600), syscall.Mkfifo(alive, 0o600)); err != nil {
		t.Fatal(err)
	}
	words, err := json.Marshal([]string{"sh", "-c", lingering})
	if err != nil {
		t.Fatal(err)
	}
	program, err := exec.LookPath("tillwatch")
	if err != nil {
		t.Fatal(err)
	}
	p := &process{Cmd: exec.Command(program, append([]string{"watch", "--json", "-f", "payments.jsonl"}, args...)...), news: make(chan struct{}, 1)}
	p.Dir, p.Stdout, p.Stderr = folder, writer{p, &p.out}, writer{p, &p.err}
	p.Env = append(box.Env(base),
		"PATH="+os.Getenv("PATH"), "HOME="+folder, "TILLWATCH_HOOK="+string(words), "TILLWATCH_HOOK_SIM=true")
	if err := p.Start(); err != nil {
		t.Fatal(err)
	}
	c := &counter{T: t, process: p}
	t.Cleanup(func() {
		if p.ProcessState == nil { // the test has failed before its end
			_ = p.Process.Kill()
			_ = p.Wait()
		}
	})
	opened := make(chan *os.File, 1)
	go func() {
		file, err := os.Open(alive) // returns when the hook opens it too
		if err != nil {
			t.Error(err)
		}
		opened <- file
	}()
	select {
	case file := <-opened:
		t.Cleanup(func() { file.Close() })
		c.alive = bufio.NewReader(file)
		if said, err := c.alive.ReadString('\n'); err != nil || said != "begun\n" {
			t.Fatalf("the hook begins with %q, %v", said, err)
		}
	case <-time.After(patience):
		t.Fatal("the hook does not begin")
	}
	return c
}

func (c *counter) gets(signals ...os.Signal) {
	c.Helper()
	for _, s := range signals {
		if err := c.Process.Signal(s); err != nil {
			c.Fatal(err)
		}
	}
}

// says waits until a line of what it has written holds the words.
func (c *counter) says(words string) {
	c.Helper()
	late := time.After(patience)
	for {
		c.mu.Lock()
		said := c.out.String() + c.err.String()
		c.mu.Unlock()
		if strings.Contains(said, words) {
			return
		}
		select {
		case <-c.news:
		case <-late:
			c.Fatalf("no %q in:\n%s", words, said)
		}
	}
}

// ends waits for the end of the program and of the hook with all that it has started, and
// returns the exit status.
func (c *counter) ends() int {
	c.Helper()
	hung := time.AfterFunc(patience, func() { _ = c.Process.Signal(syscall.SIGQUIT) })
	defer hung.Stop()
	var exit *exec.ExitError
	if err := c.Wait(); err != nil && !errors.As(err, &exit) {
		c.Fatal(err)
	}
	gone := make(chan error, 1)
	go func() {
		_, err := io.Copy(io.Discard, c.alive)
		gone <- err
	}()
	select {
	case err := <-gone:
		if err != nil {
			c.Error(err)
		}
	case <-time.After(patience): // whoever has been killed is gone long before
		c.Errorf("the hook, or what it has started, runs on; tillwatch said\n%s", c.err.String())
	}
	return c.ProcessState.ExitCode()
}

// What an interrupted source has not handed over yet nobody can have waited for.
func TestJob_AnInterruptedRunIsNeverComplete(t *testing.T) {
	settings, err := config.Given([]string{
		"DOLLR_CLIENT_ID=shop", "DOLLR_CLIENT_SECRET=hush-hush", "DOLLR_BASE_URL=http://127.0.0.1:1",
	})
	if err != nil {
		t.Fatal(err)
	}
	settings.LogFile = config.LogOff
	for range 500 {
		ctx, interrupt := context.WithCancel(t.Context())
		j := newJob(settings, config.JSON)
		j.lines, j.aside = lines.New(io.Discard, lines.JSON), lines.NewAside(io.Discard, false)
		interrupt() // before anything has begun
		err := j.run(ctx, func(ctx context.Context) { <-ctx.Done() })
		if status := config.Exit(0); !errors.As(err, &status) || status != config.ExitInterrupted {
			t.Fatalf("it ends with %v", err)
		}
	}
}

const (
	cutShort = "it was still running when tillwatch ended, and was killed\n"
	waitsFor = "tillwatch: waiting up to 5 s for the hook; ctrl+c ends that\n"
)

func TestEnding_ASecondSignalEndsTheWaitForTheHook(t *testing.T) {
	for name, second := range map[string]os.Signal{"INT": os.Interrupt, "TERM": syscall.SIGTERM} {
		t.Run(name, func(t *testing.T) {
			c := openCounter(t)
			c.gets(os.Interrupt)
			c.says(waitsFor)
			began := time.Now()
			c.gets(second)
			status := c.ends()
			if took := time.Since(began); took >= hookGrace-hookHush {
				t.Errorf("it ended after %v", took)
			}
			if said := c.err.String(); status != 0 || !strings.HasSuffix(said, cutShort) || strings.Count(said, "waiting") != 1 {
				t.Errorf("status %d; it said\n%s", status, said)
			}
		})
	}
}

// A closed terminal sends its SIGHUP twice, which must not take the hook's moment away.
func TestEnding_ASecondHangupEndsNothing(t *testing.T) {
	c := openCounter(t)
	c.gets(syscall.SIGHUP)
	c.says(waitsFor)
	c.gets(syscall.SIGHUP, syscall.SIGTERM)
	if status := c.ends(); status != 0 || !strings.HasSuffix(c.err.String(), cutShort) {
		t.Errorf("status %d; it said\n%s", status, c.err.String())
	}
}

// Whenever the second signal comes, nothing that the hook has started outlives us.
func TestEnding_TwoSignalsAtOnceLeaveNobodyBehind(t *testing.T) {
	for range 2 {
		c := openCounter(t)
		c.gets(os.Interrupt, syscall.SIGTERM)
		if status := c.ends(); status != 0 && status != 130 {
			t.Errorf("status %d; it said\n%s", status, c.err.String())
		}
	}
}

func TestEnding_ARunThatHasComeToItsEndSaysThatItWaits(t *testing.T) {
	c := openCounter(t, "--no-follow")
	c.says("tillwatch: waiting for the hook; ctrl+c ends that\n")
	c.gets(os.Interrupt)
	if status := c.ends(); status != 0 || !bytes.HasSuffix(c.err.Bytes(), []byte(cutShort)) {
		t.Errorf("status %d; it said\n%s", status, c.err.String())
	}
}

// A run whose time is up has ended by itself: ctrl+c while it waits does not change how.
func TestEnding_ASignalAfterTheEndIsNoInterruption(t *testing.T) {
	c := openCounter(t, "--timeout", "2s")
	c.says(waitsFor)
	c.gets(os.Interrupt)
	if status := c.ends(); status != 0 || !strings.HasSuffix(c.err.String(), cutShort) {
		t.Errorf("status %d; it said\n%s", status, c.err.String())
	}
}

// The signal came at the same moment as the end, and its goroutine comes behind over: nothing ends a
// program half a minute later in which all went well.
func TestEnding_ASignalThatComesBehindTheEndSetsNoTimer(t *testing.T) {
	signalled, signal := context.WithCancel(t.Context())
	e := newEnding(signalled, false, nil, t.Logf)
	e.begin()
	e.over()
	e.begin() // as the goroutine of the signal does
	if e.last.Stop() {
		t.Error("its timer runs")
	}
	signal()
	e.leave()
}

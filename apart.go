package main

import (
	"bufio"
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"os/exec"
	"strconv"
	"strings"
	"sync"
	"time"

	"tillwatch/config"
	"tillwatch/sandbox"
	"tillwatch/watch"
)

// ground is a sandbox of our own that a load run is on.
type ground struct {
	variables []string        // what a watcher of it needs, as NAME=value
	gone      <-chan struct{} // closed when it has ended, by itself or by stop

	// stop ends it, and returns when it is gone. One that is not alive any more, for it does
	// not answer, is not waited for.
	stop func(alive bool) error
}

// sandboxFor are the options of a load run's own sandbox.
func sandboxFor(l config.Load) sandbox.Options {
	return sandbox.Options{Seed: l.Seed, Speed: l.Speed, Limits: l.Limits, Links: l.Links}
}

// within starts a sandbox in this process. It outlives ctx, for the watchers do.
func within(ctx context.Context, l config.Load) (ground, error) {
	options := sandboxFor(l)
	options.Fault = crash
	box := sandbox.New(options)
	listener, err := sandbox.Listen("127.0.0.1:0")
	if err != nil {
		box.Close()
		return ground{}, fmt.Errorf("starting the sandbox: %w", err)
	}
	serving, cancel := context.WithCancel(context.WithoutCancel(ctx))
	gone := make(chan struct{})
	var served error
	go func() {
		defer close(gone)
		served = bug{"the sandbox failed"}
		guarded(func() { served = box.Serve(serving, listener) })
	}()
	return ground{variables: box.Env("http://" + listener.Addr().String()), gone: gone, stop: func(bool) error {
		cancel()
		<-gone
		return served
	}}, nil
}

const (
	startLimit = 15 * time.Second // for a process to say where it listens
	endLimit   = 2 * time.Second  // and to end once it is let go
	saidMost   = 2 << 10          // bytes of what it says that are kept
)

// apart starts this program once more, as a sandbox in a process of its own.
func apart(l config.Load) (ground, error) {
	program, err := os.Executable()
	if err != nil {
		return ground{}, fmt.Errorf(startingApart+"%w", err)
	}
	c := exec.Command(program, sandboxArguments(l)...) //nolint:gosec // this very program
	c.Env = withoutCredentials(os.Environ())
	return startApart(c, startLimit)
}

const startingApart = "starting the sandbox in a process of its own: "

// sandboxArguments are the command line of a load run's own sandbox.
func sandboxArguments(l config.Load) []string {
	args := []string{
		"sandbox", "--addr", "127.0.0.1:0", "--print-env", "--until-eof", "--limits", l.Limits,
		"--seed", strconv.FormatUint(l.Seed, 10), "--speed", strconv.FormatFloat(l.Speed, 'g', -1, 64),
	}
	if l.Links != "" {
		args = append(args, "--links", l.Links)
	}
	return args
}

// startApart starts a sandbox and reads where it listens, which it must say within limit. It holds one end of the other's
// standard input: however we end, that end is let go, and the other ends too. Nothing that
// it writes reaches the screen.
func startApart(c *exec.Cmd, limit time.Duration) (ground, error) {
	hold, errIn := c.StdinPipe()
	out, errOut := c.StdoutPipe()
	said := new(firstWords)
	c.Stderr = said
	if err := errors.Join(errIn, errOut); err != nil {
		return ground{}, fmt.Errorf(startingApart+"%w", err)
	}
	if err := c.Start(); err != nil {
		return ground{}, fmt.Errorf(startingApart+"%w", err)
	}
	line, gone := make(chan string, 1), make(chan struct{})
	go func() {
		defer close(gone)
		defer close(line) // the first word starts the command; a second one is empty
		guarded(func() {
			first, _ := bufio.NewReader(io.LimitReader(out, saidMost)).ReadString('\n')
			line <- first
			_, _ = io.Copy(io.Discard, out)
			_ = c.Wait() // its exit status says nothing: either the caller ends it, or its absence shows
		})
	}()
	stop := func(alive bool) error {
		_ = hold.Close()
		if alive && !soonGone(gone) {
			note("the run's sandbox has not ended within %v, and is killed", endLimit)
		}
		_ = c.Process.Kill() // which a process that is gone does not mind
		<-gone
		return nil
	}
	late := time.NewTimer(limit)
	defer late.Stop()
	select {
	case first := <-line:
		if rest, found := strings.CutPrefix(first, "export "); found {
			return ground{variables: strings.Fields(rest), gone: gone, stop: stop}, nil
		}
		_ = stop(true)
		return ground{}, errors.New(startingApart + said.line("it does not say where it listens"))
	case <-late.C:
		_ = stop(false)
		return ground{}, fmt.Errorf(startingApart+"it says nothing within %v", limit)
	}
}

// soonGone waits for a process that was let go, and reports whether it ends.
func soonGone(gone <-chan struct{}) bool {
	late := time.NewTimer(endLimit)
	defer late.Stop()
	select {
	case <-gone:
		return true
	case <-late.C:
		return false
	}
}

// withoutCredentials is an environment for who needs no credential.
func withoutCredentials(environ []string) []string {
	var kept []string
	for _, pair := range environ {
		name, _, _ := strings.Cut(strings.ToUpper(pair), "=")
		if !strings.HasPrefix(name, "DOLLR_") && !strings.HasPrefix(name, "SUPABASE_") && !strings.HasPrefix(name, "TILLWATCH_") {
			kept = append(kept, pair)
		}
	}
	return kept
}

// firstWords keeps the beginning of what a process says.
type firstWords struct {
	mu   sync.Mutex
	text bytes.Buffer
}

// Write takes all, and never fails: the process is not to wait.
func (w *firstWords) Write(text []byte) (int, error) {
	w.mu.Lock()
	defer w.mu.Unlock()
	w.text.Write(text[:min(len(text), max(0, saidMost-w.text.Len()))])
	return len(text), nil
}

// line is its first line, clean; or else what is said when there is none.
func (w *firstWords) line(otherwise string) string {
	w.mu.Lock()
	defer w.mu.Unlock()
	first, _, _ := strings.Cut(strings.TrimPrefix(w.text.String(), "tillwatch: "), "\n")
	if first = watch.SafeExact(first, 300); first == "" {
		return otherwise
	}
	return first
}

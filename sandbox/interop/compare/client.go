package main

import (
	"bufio"
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"os"
	"os/exec"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"time"
)

// contender is one of those that are compared.
type contender struct {
	name string
	argv []string
	env  []string
	exit int // its status when some payments are not paid
}

// contenders are those with these names, in their usual order.
func contenders(s settings, names []string) []contender {
	all := []contender{{
		name: "tillwatch", exit: 3,
		argv: []string{s.program, "watch", "--json", "-f", "-"},
		env: []string{"TILLWATCH_STATUS_RATE=2000", "TILLWATCH_KEY_RATE=2000", "TILLWATCH_JOINS_RATE=2000",
			"TILLWATCH_REALTIME_WINDOW=until-final"},
	}}
	for _, form := range []string{"plain", "tuned", "raw"} {
		all = append(all, contender{name: form, argv: []string{"node", s.theirs, form}})
	}
	return slices.DeleteFunc(all, func(c contender) bool { return !slices.Contains(names, c.name) })
}

// command is a program on this core alone, if one is given. taskset becomes the program, so
// their process is the same. The context's end kills it.
func command(ctx context.Context, core string, argv ...string) *exec.Cmd {
	if core != "" {
		argv = append([]string{"taskset", "-c", core}, argv...)
	}
	return exec.CommandContext(ctx, argv[0], argv[1:]...) //nolint:gosec // the programs are those of the flags
}

// printed is a line of a client, and when it came out of the pipe.
type printed struct {
	text []byte
	at   time.Time
}

// told is what is read of a line.
type told struct {
	Reference string `json:"reference_id"`
	Link      string `json:"link"`
	Verdict   string `json:"verdict"`
	Amount    string `json:"amount"`
	Currency  string `json:"currency"`
	Trouble   string `json:"trouble"`

	at time.Time
}

// client is a running contender. One goroutine reads its lines and stamps them, for all
// contenders alike; the rest belongs to the caller.
type client struct {
	contender
	cmd   *exec.Cmd
	home  string
	in    io.WriteCloser
	said  bytes.Buffer
	lines chan printed

	live     map[string]bool
	ends     map[string]told // the first result of each payment
	troubles int             // lines that tell one
}

// start starts a contender with the addresses and credentials of a sandbox, and a home of its
// own. The context's end kills it.
func start(ctx context.Context, core string, c contender, env []string) (*client, error) {
	home, err := os.MkdirTemp("", "compare-")
	if err != nil {
		return nil, err
	}
	w := &client{contender: c, home: home, cmd: command(ctx, core, c.argv...),
		lines: make(chan printed, 1<<16), live: map[string]bool{}, ends: map[string]told{}}
	w.cmd.Dir, w.cmd.Stderr = home, &w.said
	w.cmd.Env = append(append([]string{"HOME=" + home, "PATH=" + os.Getenv("PATH")}, env...), c.env...)
	var out io.ReadCloser
	if w.in, err = w.cmd.StdinPipe(); err == nil {
		if out, err = w.cmd.StdoutPipe(); err == nil {
			err = w.cmd.Start()
		}
	}
	if err != nil {
		return nil, errors.Join(err, os.RemoveAll(home))
	}
	go func() { // ends with the client
		defer close(w.lines)
		for scan := bufio.NewScanner(out); scan.Scan(); {
			w.lines <- printed{bytes.Clone(scan.Bytes()), time.Now()}
		}
	}()
	return w, nil
}

// hand gives payments to the client.
func (w *client) hand(payments ...string) error {
	_, err := io.WriteString(w.in, strings.Join(payments, "\n")+"\n")
	return w.failure(err)
}

// close says that no more payments come.
func (w *client) close() error { return w.failure(w.in.Close()) }

// failure adds what a client said before it broke.
func (w *client) failure(err error) error {
	if err == nil {
		return nil
	}
	for range w.lines { // until it has ended
	}
	_ = w.cmd.Wait() // what it said is the better reason
	return fmt.Errorf("%w; it says: %s", err, bytes.TrimSpace(w.said.Bytes()))
}

// until reads lines until enough says so; nil reads to the client's end.
func (w *client) until(ctx context.Context, enough func() bool) error {
	for enough == nil || !enough() {
		line, more := <-w.lines // they end with the context, which kills the client
		switch {
		case ctx.Err() != nil:
			return fmt.Errorf("%w: %d channels ready, %d results", context.Cause(ctx), len(w.live), len(w.ends))
		case !more && enough != nil:
			return w.failure(errTooEarly)
		case !more:
			return nil
		}
		if err := w.note(line); err != nil {
			return err
		}
	}
	return nil
}

var errTooEarly = errors.New("it has ended too early")

// pass reads lines for a time.
func (w *client) pass(ctx context.Context, d time.Duration) error {
	over := time.After(d)
	for {
		select {
		case <-over:
			return nil
		case line, more := <-w.lines:
			if ctx.Err() != nil {
				return context.Cause(ctx)
			}
			if !more {
				return w.failure(errTooEarly)
			}
			if err := w.note(line); err != nil {
				return err
			}
		}
	}
}

func (w *client) note(line printed) error {
	t := told{at: line.at}
	if err := json.Unmarshal(line.text, &t); err != nil {
		return fmt.Errorf("a line that is no JSON object of ours: %w: %.200q", err, line.text)
	}
	if t.Trouble != "" {
		w.troubles++
	}
	if t.Link == "LIVE" {
		w.live[t.Reference] = true
	}
	if _, known := w.ends[t.Reference]; !known && (t.Verdict == "PAID" || t.Verdict == "NOT PAID") {
		w.ends[t.Reference] = t
	}
	return nil
}

// usage is what a process has taken up to now.
type usage struct {
	rss  int // KiB
	user time.Duration
	sys  time.Duration
}

func (u usage) cpu() time.Duration { return u.user + u.sys }

var resident = regexp.MustCompile(`VmRSS:\s*([0-9]+) kB`)

// tick is the unit of /proc/PID/stat, which is the same on every Linux.
const tick = 10 * time.Millisecond

// usage reads what the client has taken so far.
func (w *client) usage(u *usage) error {
	status, err := os.ReadFile(fmt.Sprintf("/proc/%d/status", w.cmd.Process.Pid))
	if err != nil {
		return fmt.Errorf("memory is read from /proc, as on Linux: %w", err)
	}
	found := resident.FindSubmatch(status)
	if found == nil {
		return fmt.Errorf("no VmRSS in %q", status)
	}
	u.rss, _ = strconv.Atoi(string(found[1]))
	stat, err := os.ReadFile(fmt.Sprintf("/proc/%d/stat", w.cmd.Process.Pid))
	if err != nil {
		return err
	}
	// The name in brackets may hold blanks; utime and stime are the 14th and 15th field.
	fields := strings.Fields(string(stat[bytes.LastIndexByte(stat, ')')+1:]))
	for i, into := range []*time.Duration{&u.user, &u.sys} {
		ticks, err := strconv.Atoi(fields[11+i])
		if err != nil {
			return fmt.Errorf("reading the CPU time in %q: %w", stat, err)
		}
		*into = time.Duration(ticks) * tick
	}
	return nil
}

// wait waits for the end of a client whose lines have ended, and gives what it took in all.
func (w *client) wait() (usage, error) {
	err := w.cmd.Wait()
	var exit *exec.ExitError
	if errors.As(err, &exit) && exit.ExitCode() == w.exit {
		err = nil
	}
	if err != nil {
		return usage{}, fmt.Errorf("%w; it says: %s", err, bytes.TrimSpace(w.said.Bytes()))
	}
	return usage{user: w.cmd.ProcessState.UserTime(), sys: w.cmd.ProcessState.SystemTime()}, nil
}

// kill ends a client that a failure left running, and removes its home.
func (w *client) kill() {
	if w.cmd.ProcessState == nil {
		_ = w.cmd.Process.Kill()
		for range w.lines {
		}
		_ = w.cmd.Wait() // it was killed
	}
	_ = os.RemoveAll(w.home) // of the system's temporary files
}

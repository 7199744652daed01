//go:build crash

package watch_test

import (
	"bufio"
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"flag"
	"io"
	"math/rand/v2"
	"os/exec"
	"path/filepath"
	"strconv"
	"strings"
	"syscall"
	"testing"
	"time"
)

var kills = flag.Int("kills", 20, "how often the program is killed")

// TestCrash_NothingIsLostDoubledOrWrong kills the program with SIGKILL again and again while
// payments arrive, some by a file and some by a pipe, all rounds on one journal. After every
// kill the journal is held to all that was ever shown, and at the end to all that was ever
// handed over.
func TestCrash_NothingIsLostDoubledOrWrong(t *testing.T) {
	t.Logf("seed %d, %d kills", *seed, *kills)
	box := openSandbox(t, "--speed", "10", "--limits", *limits, "--seed", strconv.FormatUint(*seed, 10))
	box.home = t.TempDir()
	p := newPlug(box, openShop(box, *seed))
	trading, closing := context.WithCancel(t.Context())
	defer closing()
	p.shop.open(trading)
	draw := rand.New(rand.NewPCG(*seed, 0))
	for n := range *kills {
		args := []string{"-f", p.shop.file, "-"}
		if n%4 == 3 {
			args = nil // what the journal holds without a result
		}
		after := moment(draw)
		r := p.round(after, args...)
		t.Logf("round %d: killed after %v, %d lines, %s", n+1, after, len(r.lines), r.phase)
		p.examine(r)
		if t.Failed() {
			t.Fatalf("round %d: killed after %v, %s", n+1, after, r.phase)
		}
	}
	closing()
	p.shop.shut()
	for _, args := range [][]string{{"--no-follow", "-f", p.shop.file}, nil} {
		p.examine(p.round(0, append(args, "--timeout", patience.String())...))
	}
	p.judge()
	p.tell()
}

// moment is when a round's kill comes: from the first few milliseconds, when the journal is
// opened, to a second and a half; early more often than late, for a start is short.
func moment(draw *rand.Rand) time.Duration {
	u := draw.Float64()
	return time.Duration(3+1497*u*u) * time.Millisecond
}

// plug is a till whose plug is pulled: one journal, and all that was ever shown of it.
type plug struct {
	*stage
	shop    *shop
	books   string          // a line of each result that the hook was told
	kept    map[string]kept // the journal's payments after the last round
	seen    map[string]told // the newest line of every payment that was ever shown
	ends    map[string]kept // every end that was ever shown or in the journal
	lines   int             // in all rounds
	phases  map[phase]int   // of the kills
	started time.Time
}

// phase is how far a run had come when it was killed.
type phase string

const (
	beforeLine phase = "before the first line"
	restoring  phase = "while what it knew was taken up"
	middle     phase = "in the middle"
	byItself   phase = "it had ended by itself"
)

// round is one run of the program.
type round struct {
	*run
	phase phase
}

func newPlug(box *stage, s *shop) *plug {
	return &plug{
		stage: box, shop: s, books: filepath.Join(box.home, "books.jsonl"), kept: map[string]kept{},
		seen: map[string]told{}, ends: map[string]kept{}, phases: map[phase]int{}, started: time.Now(),
	}
}

// round runs the program until it is killed, or with no time for that to its own end.
func (p *plug) round(after time.Duration, args ...string) *round {
	p.Helper()
	known := p.expected(len(args) > 0)
	cmd := p.command(append([]string{"watch", "--json"}, args...)...)
	hook, _ := json.Marshal([]string{"/bin/sh", "-c", "cat >>" + p.books})
	cmd.Env = append(cmd.Env, "TILLWATCH_HOOK="+string(hook), "TILLWATCH_HOOK_SIM=true",
		"TILLWATCH_STATUS_RATE="+strconv.Itoa(*rate), "TILLWATCH_KEY_RATE="+strconv.Itoa(*rate))
	var said bytes.Buffer
	cmd.Stderr = &said
	out, err := cmd.StdoutPipe()
	if err != nil {
		p.Fatal(err)
	}
	var in io.WriteCloser
	if len(args) > 0 && args[len(args)-1] == "-" {
		if in, err = cmd.StdinPipe(); err != nil {
			p.Fatal(err)
		}
	}
	r := &round{run: &run{stage: p.stage, start: time.Now()}}
	if err := cmd.Start(); err != nil {
		p.Fatal(err)
	}
	if after > 0 {
		defer time.AfterFunc(after, func() { _ = cmd.Process.Kill() }).Stop()
	}
	p.shop.hand(in)
	read := bufio.NewReader(out)
	for {
		line, err := read.ReadString('\n')
		if err != nil {
			break // what has no end was not shown
		}
		r.lines = append(r.lines, printed{strings.TrimSuffix(line, "\n"), time.Now()})
	}
	p.shop.hand(nil)
	var exit *exec.ExitError
	if err := cmd.Wait(); err != nil && !errors.As(err, &exit) {
		p.Fatalf("waiting for the program: %v", err)
	}
	for line := range strings.Lines(said.String()) {
		if !strings.Contains(line, "SIM:") && !strings.Contains(line, "waiting for the hook") {
			p.Errorf("on standard error it says %q", line)
		}
	}
	r.status, r.phase = cmd.ProcessState.ExitCode(), byItself
	switch ended := cmd.ProcessState.Sys().(syscall.WaitStatus); {
	case ended.Signaled() && ended.Signal() == syscall.SIGKILL:
		r.phase = r.reached(known)
	case r.status != 0 && r.status != 3:
		p.Errorf("it ends with status %d, saying %q", r.status, said.String())
	}
	if after > 0 {
		p.phases[r.phase]++
	}
	p.lines += len(r.lines)
	return r
}

// expected are the payments that the next run has from the journal and must tell of: with
// its file those that came by that, else those without a result.
func (p *plug) expected(given bool) map[string]bool {
	names := map[string]bool{}
	byFile := p.shop.given(wayFile)
	for who, row := range p.kept {
		if given && byFile[who] || !given && !row.ended() {
			names[who] = true
		}
	}
	return names
}

// reached is how far the run had come by the lines it has written.
func (r *round) reached(known map[string]bool) phase {
	if len(r.lines) == 0 {
		return beforeLine
	}
	for _, p := range r.lines {
		var line told
		if json.Unmarshal([]byte(p.text), &line) == nil {
			delete(known, name(line.Reference, line.SourceType, line.SourceID))
		}
	}
	if len(known) > 0 {
		return restoring
	}
	return middle
}

// tell is what docs/journal.md quotes.
func (p *plug) tell() {
	file, pipe := p.shop.given(wayFile), p.shop.given(wayPipe)
	p.Logf("%d kills in %.0f s: %d %s, %d %s, %d %s; %d times %s", *kills, time.Since(p.started).Seconds(),
		p.phases[beforeLine], beforeLine, p.phases[restoring], restoring, p.phases[middle], middle, p.phases[byItself], byItself)
	lost := 0
	for who := range pipe {
		if _, there := p.kept[who]; !there {
			lost++
		}
	}
	p.Logf("%d payments: %d by a file, %d by a pipe, of which %d went with it and were never shown; %d lines",
		len(file)+len(pipe), len(file), len(pipe), lost, p.lines)
	p.Logf("the hook was told of %d of %d results", p.hooked(), len(p.ends))
	p.Logf("settings: %d reads and keys/s, sandbox speed 10, limits %s, seed %d", *rate, *limits, *seed)
}

//go:build faults

package watch_test

import (
	"bytes"
	"context"
	"encoding/json"
	"flag"
	"fmt"
	"os"
	"path/filepath"
	"strconv"
	"strings"
	"sync"
	"testing"
	"time"
)

var rounds = flag.Int("rounds", 1, "how often each line suffers each kind of fault")

// TestFaults_EveryPaymentEndsRight has the program watch payments over two bad lines, one
// to the API and one to the channels, which a fault proxy makes slow, narrow, deaf, torn
// or dead by turns. The schedule is drawn from the seed that the run prints.
func TestFaults_EveryPaymentEndsRight(t *testing.T) {
	troubles, calm := drawTroubles(*seed, *rounds)
	t.Logf("seed %d, %d rounds of faults, the last one over after %.1f s:", *seed, *rounds, calm.Seconds())
	for _, f := range troubles {
		t.Logf("  %v", f)
	}
	box := openSandbox(t, "--speed", *speed, "--limits", *limits, "--seed", strconv.FormatUint(*seed, 10))
	proxy := openProxy(t, *seed, box.base)
	file := box.pay(shares, *payments, *links)
	open := &connections{ports: proxy.port}
	box.look = open.look

	each := strconv.Itoa(*rate)
	running, ended := context.WithCancel(t.Context())
	var directing sync.WaitGroup
	played := 0
	directing.Go(func() { played = proxy.play(running, troubles) })
	run := box.watch(file, append(proxy.env(), "TILLWATCH_STATUS_RATE="+each, "TILLWATCH_KEY_RATE="+each,
		"TILLWATCH_JOINS_RATE="+strconv.Itoa(*joins), "TILLWATCH_REALTIME_WINDOW="+*window)...)
	ended()
	directing.Wait()

	run.sockets = open.most[socketLine] // its own: the proxy keeps some that it has given up
	run.judge(*payments)
	run.judgeRates(*rate, *joins)
	run.judgeMemory(*payments)
	run.judgeRecovery()
	if most := open.most[httpLine]; most > mostCalls {
		t.Errorf("%d connections to the API at once, at most %d are promised", most, mostCalls)
	}
	if most := mostDials(run.sockets, troubles, run.end.Sub(run.start)); proxy.accepted(socketLine) > most {
		t.Errorf("%d sockets were opened one after another, at most %d are right", proxy.accepted(socketLine), most)
	}
	if len(troubles) != played && run.end.Sub(run.start) > calm {
		t.Errorf("%d of %d faults happened", played, len(troubles))
	}
	run.tell(fmt.Sprintf("%d payments, %d reads and keys/s, %d joins/s, window %s, links %s, sandbox speed %s, limits %s, seed %d, %d of %d faults",
		*payments, *rate, *joins, *window, *links, *speed, *limits, *seed, played, len(troubles)))
	t.Logf("connections: %d sockets opened in all, %d to the API; at once at most %d and %d",
		proxy.accepted(socketLine), proxy.accepted(httpLine), open.most[socketLine], open.most[httpLine])
}

// mostCalls is how many connections the API client keeps at most.
const mostCalls = 160

// judgeRates holds every stretch of the run to the rates that were set. What a line held
// up comes in a lump at its end: of calls those in the air, of joins one a socket.
func (r *run) judgeRates(rate, joins int) {
	r.Helper()
	const burst, inTheAir = 50, 64
	for _, lane := range []struct {
		name  string
		count func(load) int
		rate  int
		spare int
	}{
		{"reads", func(l load) int { return l.Reads }, rate, burst + inTheAir},
		{"realtime keys", func(l load) int { return l.Keys }, rate, burst + inTheAir},
		{"joins", func(l load) int { return l.Realtime.JoinsAsked }, joins, r.sockets},
	} {
		worst, peak := 0.0, 0.0
		for i, from := range r.loads {
			for _, to := range r.loads[i+1:] {
				n, span := float64(lane.count(to)-lane.count(from)), to.Uptime-from.Uptime
				worst = max(worst, n-float64(lane.rate)*span)
				if span >= 1 {
					peak = max(peak, n/span)
				}
			}
		}
		if worst > float64(lane.spare) {
			r.Errorf("%s: in some stretch %.0f more came than %d a second, at most %d more are right", lane.name, worst, lane.rate, lane.spare)
		}
		last := r.loads[len(r.loads)-1]
		r.Logf("%s: %d in all, at most %.0f a second over a second or longer, %.0f more than the rate at once",
			lane.name, lane.count(last), peak, worst)
	}
}

// judgeMemory holds the program to so much a payment, its own size apart.
func (r *run) judgeMemory(payments int) {
	r.Helper()
	const own, each = 48 << 10, 48 // KiB
	if most := own + payments*each; r.peak > most {
		r.Errorf("%d KiB of memory at most, for %d payments %d are right", r.peak, payments, most)
	}
}

// judgeRecovery wants every trouble of the whole program that was told to be over.
func (r *run) judgeRecovery() {
	r.Helper()
	told, last := 0, ""
	for _, p := range r.lines {
		var line struct {
			Verdict, Trouble string
		}
		if json.Unmarshal([]byte(p.text), &line) == nil && line.Verdict == "" {
			told, last = told+1, line.Trouble
		}
	}
	if told == 0 || last != "" {
		r.Errorf("of %d lines about the whole program the last is %q: want some, and the last to say that it is over", told, last)
	}
}

// mostDials is how often that many sockets may be opened in a run: each once, once more
// for a broken link or a rest, and in every trouble of its line as often as the back-off of
// 1 2 5 10 s lets it break; with full jitter that is half of those waits on average.
func mostDials(sockets int, troubles []trouble, took time.Duration) int {
	each := 2.0
	for _, f := range troubles {
		if f.line == socketLine && f.from < took {
			each += 2 + (f.until-f.from).Seconds()/5
		}
	}
	return int(float64(sockets) * each)
}

// connections is how many the program has open to each line, at most.
type connections struct {
	ports map[string]int
	most  map[string]int
}

// look counts them as the system does: those in its table that are among the program's
// open files.
func (c *connections) look(pid int) {
	if c.most == nil {
		c.most = map[string]int{}
	}
	lineOf := map[string]string{} // by the name that the file has
	table, err := os.ReadFile(fmt.Sprintf("/proc/%d/net/tcp", pid))
	if err != nil {
		return // it has ended
	}
	for row := range bytes.Lines(table) {
		cells := strings.Fields(string(row))
		if len(cells) < 10 {
			continue
		}
		_, port, _ := strings.Cut(cells[2], ":")
		for line, p := range c.ports {
			if port == fmt.Sprintf("%04X", p) {
				lineOf["socket:["+cells[9]+"]"] = line
			}
		}
	}
	now := map[string]int{}
	files, _ := filepath.Glob(fmt.Sprintf("/proc/%d/fd/*", pid))
	for _, file := range files {
		if name, err := os.Readlink(file); err == nil && lineOf[name] != "" {
			now[lineOf[name]]++
		}
	}
	for line, n := range now {
		c.most[line] = max(c.most[line], n)
	}
}

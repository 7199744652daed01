package main

import (
	"context"
	"encoding/json"
	"fmt"
	"math"
	"math/big"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"runtime"
	"slices"
	"strings"
	"time"
)

// result is what one run of one client took.
type result struct {
	payments    int
	base        usage // with none watched
	ready       usage // when the last was subscribed
	rested      usage // with all subscribed, after the rest
	all         usage // at the end; it has no RSS then
	subscribed  state // what the sandbox counted then
	ended       state // and at the end
	subscribing time.Duration
	waits       []time.Duration // from the write on the socket to the line, shortest first
	early       int             // lines before that, found by reading in the meantime; not among waits
	troubles    int
}

var meaning = map[string]string{"COMPLETED": "PAID", "FAILED": "NOT PAID"}

// judge holds the results against the truth, and takes the times. It tells the first wrong one.
func (r *result) judge(truth []fate, ends map[string]told) error {
	r.payments = len(truth)
	untold := 0
	for _, f := range truth {
		end, known := ends[f.Reference]
		switch {
		case !known:
			return fmt.Errorf("no result of %s, which is %s", f.Reference, f.Status)
		case end.Verdict != meaning[f.Status] || !same(end.Amount, f.Amount) || end.Currency != f.Currency:
			return fmt.Errorf("%s is %s %s %s and told as %s %s %s", f.Reference,
				f.Status, f.Amount, f.Currency, end.Verdict, end.Amount, end.Currency)
		case f.Written.IsZero(): // it was found by asking, and its channel left before the server looked
			untold++
		}
		if wait := end.at.Sub(f.Written); wait > 0 && !f.Written.IsZero() {
			r.waits = append(r.waits, wait)
		} else {
			r.early++
		}
	}
	if len(r.waits) == 0 || untold > max(1, len(truth)/20) {
		return fmt.Errorf("%d lines came before their channel was told, and %d of %d channels never were, though they were ready",
			r.early, untold, len(truth))
	}
	slices.Sort(r.waits)
	return nil
}

// same says whether two decimals are the same number: JavaScript keeps no scale.
func same(a, b string) bool {
	x, xOK := new(big.Rat).SetString(a)
	y, yOK := new(big.Rat).SetString(b)
	return xOK && yOK && x.Cmp(y) == 0
}

// wait is a percentile of the times, by nearest rank, in milliseconds.
func (r *result) wait(percent float64) float64 {
	rank := max(1, int(math.Ceil(percent/100*float64(len(r.waits)))))
	return float64(r.waits[rank-1]) / float64(time.Millisecond)
}

// each is the memory a payment in KiB, over the base.
func (r *result) each() float64 { return float64(r.rested.rss-r.base.rss) / float64(r.payments) }

func (r *result) cpu() float64     { return r.all.cpu().Seconds() }
func (r *result) p50() float64     { return r.wait(50) }
func (r *result) p99() float64     { return r.wait(99) }
func (r *result) longest() float64 { return r.wait(100) }
func (r *result) none() float64    { return float64(r.base.rss) / 1024 }
func (r *result) full() float64    { return float64(r.rested.rss) / 1024 }
func (r *result) reads() float64   { return float64(r.ended.Reads) }
func (r *result) toReady() float64 { return r.subscribing.Seconds() }
func (r *result) sockets() float64 { return float64(r.subscribed.Realtime.Sockets) }

// describe prints on what and with what it is measured.
func describe(ctx context.Context, s settings) error {
	node, err := exec.CommandContext(ctx, "node", "--version").Output()
	if err != nil {
		return fmt.Errorf("asking node for its version: %w", err)
	}
	packages, err := versions(filepath.Join(filepath.Dir(s.theirs), "../../supabase/interop/node_modules"))
	if err != nil {
		return err
	}
	fmt.Printf("Machine: %s; %s; %s %s/%s; node %s; %s.\n\n", processor(), kernel(),
		runtime.Version(), runtime.GOOS, runtime.GOARCH, strings.TrimSpace(string(node)), packages)
	cores := "no cores of their own"
	if s.client != "" {
		cores = fmt.Sprintf("client on core %s, sandbox on core %s", s.client, s.server)
	}
	fmt.Printf("Set-up: %d payments, %g ends a second, a fourth of them not paid; %s; sandbox --limits none --key-life 15m; "+
		"memory after %v of rest; tillwatch with %s, journal and log on.\n\n", s.payments, s.rate, cores, s.rest, strings.Join(contenders(s, []string{"tillwatch"})[0].env, " "))
	return nil
}

// versions are those of the packages that theirs.mjs uses, as they are installed.
func versions(modules string) (string, error) {
	var all []string
	for _, name := range []string{"@supabase/supabase-js", "@supabase/realtime-js", "ws"} {
		text, err := os.ReadFile(filepath.Join(modules, name, "package.json"))
		if err != nil {
			return "", fmt.Errorf("the packages are not there: npm ci --prefix sandbox/supabase/interop: %w", err)
		}
		var is struct{ Version string }
		if err := json.Unmarshal(text, &is); err != nil {
			return "", fmt.Errorf("reading the version of %s: %w", name, err)
		}
		all = append(all, name+" "+is.Version)
	}
	return strings.Join(all, ", "), nil
}

var model = regexp.MustCompile(`(?m)^model name\s*:\s*(.+)$`)

func processor() string {
	text, _ := os.ReadFile("/proc/cpuinfo") // some processors have no model's name there
	if found := model.FindSubmatch(text); found != nil {
		return string(found[1])
	}
	return "unknown processor"
}

func kernel() string {
	text, err := os.ReadFile("/proc/sys/kernel/osrelease")
	if err != nil {
		return "unknown kernel"
	}
	return "Linux " + strings.TrimSpace(string(text))
}

func heading() {
	fmt.Println("| run | client | RSS: none, all | a payment | sockets | all subscribed after | status reads | CPU: start, subscribing, rest, events | user + system | write to line: p50, p99, max |")
	fmt.Println("|---|---|---|---|---|---|---|---|---|---|")
}

// row prints one run.
func (r *result) row(n int, name string) {
	between := func(a, b usage) float64 { return (b.cpu() - a.cpu()).Seconds() }
	fmt.Printf("| %d | %s | %.1f, %.1f MiB | %.1f KiB | %d | %.2f s | %d | %.2f, %.2f, %.2f, %.2f s | %.2f + %.2f s | %.2f, %.2f, %.2f ms",
		n, name, r.none(), r.full(), r.each(), r.subscribed.Realtime.Sockets, r.toReady(), r.ended.Reads,
		r.base.cpu().Seconds(), between(r.base, r.ready), between(r.ready, r.rested), between(r.rested, r.all),
		r.all.user.Seconds(), r.all.sys.Seconds(), r.p50(), r.p99(), r.longest())
	if r.early > 0 {
		fmt.Printf("; %d before it", r.early)
	}
	if r.troubles > 0 {
		fmt.Printf("; %d troubles", r.troubles)
	}
	fmt.Println(" |")
}

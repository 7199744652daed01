//go:build linux

package main

import (
	"flag"
	"fmt"
	"math"
	"os"
	"os/exec"
	"regexp"
	"runtime"
	"runtime/debug"
	"slices"
	"strconv"
	"strings"
	"testing"
	"time"

	"golang.org/x/sys/unix"

	"tillwatch/sandbox"
	"tillwatch/watch"
)

var (
	crowdSize   = flag.Int("crowd", 10_000, "payments of BenchmarkCrowd, of which each has an event every 5 s")
	crowdPinned = flag.Bool("pin", true, "BenchmarkCrowd puts watcher and server on a core each, where there is taskset")
)

const (
	eachEvery  = 5 * time.Second        // from one event of a payment to the next
	crowdTime  = 10 * time.Second       // of events in one op
	keyEvery   = 40 * time.Millisecond  // a key's repeat rate
	settleTime = 5 * time.Second        // until what a burst left is given back
	frameTime  = 500 * time.Millisecond // more than any frame takes
)

// BenchmarkCrowd is the whole program but for its terminal, with ten thousand payments that
// are all LIVE: HTTP, websockets, fleet, journal in a file, and the board in Bubble Tea's
// loop, against a sandbox in a process of its own, over TCP. Each payment has an event every
// five seconds, so 2,000 a second in all; a row's word goes from PENDING to PROCESSING and
// back, which ends nothing and has nothing read. An op is ten seconds of that.
//
// "events" is from the sandbox's commit to the end of the Update that has changed the row:
// the sandbox's poll (10 ms here, half a second in the real server), our client, the fleet,
// the journal, and the pump's 50 ms are in it; "hint" is the part until the watcher has it.
// "cores" is our own CPU time by the clock. What is LIVE and has said nothing is read again
// after 10 s, so the first ops also have a read of every payment in them.
//
// "keys" presses j and k by turns while that goes on: from the key's byte in the input to the
// View that shows the cursor on another row (view), and to the write of it, which is at most
// 30 times a second (p50, p99).
//
//	go test -run '^$' -bench Crowd -benchtime 3x .
func BenchmarkCrowd(b *testing.B) {
	pin := canPin()
	server := openCrowd(b, pin)
	if pin {
		was := runtime.GOMAXPROCS(1)
		tasksetCore(b, os.Getpid(), 0)
		b.Cleanup(func() {
			runtime.GOMAXPROCS(was)
			_ = exec.Command("taskset", "-apc", fmt.Sprintf("0-%d", runtime.NumCPU()-1), strconv.Itoa(os.Getpid())).Run()
		})
	}
	board := openBoard(b, server.env)
	time.Sleep(frameTime)
	debug.FreeOSMemory()
	base := memory(b, "VmRSS")
	begun := spent(b)
	lines := server.ask(crowdOrder{Start: *crowdSize}).Lines
	board.hand(b, lines)
	cost := spent(b) - begun
	time.Sleep(settleTime)
	live := memory(b, "VmRSS")

	rate := float64(*crowdSize) / eachEvery.Seconds()
	order := crowdOrder{Rate: rate, Events: int(rate * crowdTime.Seconds())}
	b.Run("events", func(b *testing.B) {
		tell(b, rate)
		var hints, rows []time.Duration
		before := spent(b)
		for b.Loop() {
			hint, row := board.lags(b, lines, server.ask(order))
			hints, rows = append(hints, hint...), append(rows, row...)
		}
		report(b, hints, "hint-")
		report(b, rows, "")
		b.ReportMetric((spent(b)-before).Seconds()/b.Elapsed().Seconds(), "cores")
		b.ReportMetric(float64(live-base)/float64(*crowdSize), "KiB/payment")
		b.ReportMetric(float64(live)/1024, "RSS-MiB")
		b.ReportMetric(float64(memory(b, "VmHWM"))/1024, "peak-MiB")
		b.ReportMetric(cost.Seconds(), "s-CPU-to-LIVE")
	})
	b.Run("keys", func(b *testing.B) {
		tell(b, rate)
		var views, screens []time.Duration
		for b.Loop() {
			over := make(chan struct{})
			go func() { defer close(over); server.ask(order) }()
			for pressed := false; ; pressed = !pressed {
				view, screen := board.press(b, [...]string{"j", "k"}[len(views)%2])
				views, screens = append(views, view), append(screens, screen)
				select {
				case <-over:
				case <-time.After(keyEvery - screen%keyEvery):
					continue
				}
				break
			}
		}
		report(b, views, "view-")
		report(b, screens, "")
	})
}

// tell prints the set-up.
func tell(b *testing.B, rate float64) {
	b.Logf("%d payments, all LIVE, %.0f events/s; %s %s/%s, %s; sandbox without limits, keys of 15 min, poll of %s; "+
		"rates 2000, window until-final, journal in a file, board of 120x40", *crowdSize, rate, runtime.Version(), runtime.GOOS, runtime.GOARCH, coresTold(), crowdPoll)
}

// canPin reports whether watcher and server can have a core each.
func canPin() bool {
	_, err := exec.LookPath("taskset")
	return *crowdPinned && err == nil && runtime.NumCPU() > 1
}

// coresTold says whether they do.
func coresTold() string {
	if canPin() {
		return "watcher and server on a core each, by taskset"
	}
	return fmt.Sprintf("watcher and server share %d cores: no taskset, or -pin=false", runtime.NumCPU())
}

// lags is how long each event took to its watcher, and to its row.
func (o *onlooker) lags(tb testing.TB, lines []sandbox.Intake, news crowdNews) (hints, rows []time.Duration) {
	last := len(news.At) - 1
	named := func(i int) watch.ID { return watch.ID(strings.ToLower(lines[(news.First+i)%len(lines)].ReferenceID)) }
	find := func(i int) sighting {
		for _, s := range o.seen[named(i)] {
			if s.hint >= news.At[i] {
				return s
			}
		}
		return sighting{}
	}
	for i, late := 0, time.Now().Add(crowdTime); i <= last; {
		o.mu.Lock()
		at := find(i)
		o.mu.Unlock()
		switch {
		case at.row != 0:
			hints, rows = append(hints, time.Duration(at.hint-news.At[i])), append(rows, time.Duration(at.row-news.At[i]))
			i++
		case time.Now().After(late):
			tb.Fatalf("event %d of %d has not come to its row", i, last+1)
		default:
			time.Sleep(time.Millisecond)
		}
	}
	o.mu.Lock()
	clear(o.seen)
	o.mu.Unlock()
	return hints, rows
}

// press presses a key and waits until the screen shows it.
func (b *crowdBoard) press(tb testing.TB, key string) (view, screen time.Duration) {
	b.mu.Lock()
	b.from, b.wants, b.moved = b.under, true, time.Time{}
	b.mu.Unlock()
	at := time.Now()
	if _, err := b.keys.Write([]byte(key)); err != nil {
		tb.Fatal(err)
	}
	select {
	case <-b.screen:
	case <-time.After(crowdTime):
		tb.Fatalf("%q moves nothing; the cursor is on %q", key, b.under)
	}
	screen = time.Since(at)
	b.mu.Lock()
	defer b.mu.Unlock()
	return b.moved.Sub(at), screen
}

// report tells percentiles by nearest rank, in milliseconds.
func report(b *testing.B, all []time.Duration, name string) {
	slices.Sort(all)
	for _, p := range []float64{50, 99} {
		at := all[max(int(math.Ceil(p/100*float64(len(all))))-1, 0)]
		b.ReportMetric(float64(at)/float64(time.Millisecond), fmt.Sprintf("%sp%.0f-ms", name, p))
	}
}

// memory is a line of this process's status, in KiB.
func memory(tb testing.TB, name string) int { return memoryOf(tb, "self", name) }

// memoryOf is a line of a process's status, in KiB.
func memoryOf(tb testing.TB, process, name string) int {
	text, err := os.ReadFile("/proc/" + process + "/status")
	if err != nil {
		tb.Fatal(err)
	}
	found := regexp.MustCompile(name + `:\s*([0-9]+) kB`).FindSubmatch(text)
	if found == nil {
		tb.Fatalf("no %s in\n%s", name, text)
	}
	n, _ := strconv.Atoi(string(found[1]))
	return n
}

// spent is the CPU time of this process.
func spent(tb testing.TB) time.Duration {
	var r unix.Rusage
	if err := unix.Getrusage(unix.RUSAGE_SELF, &r); err != nil {
		tb.Fatal(err)
	}
	return time.Duration(r.Utime.Nano() + r.Stime.Nano())
}

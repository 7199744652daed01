//go:build faults

package watch_test

import (
	"fmt"
	"maps"
	"math/rand/v2"
	"slices"
	"strings"
	"time"
)

// trouble is one thing that is wrong with one of the two lines for a while.
type trouble struct {
	line        string // httpLine or socketLine
	from, until time.Duration
	kind        string
	stream      string         // the direction that suffers; of down both
	how         map[string]int // Toxiproxy's attributes of a toxic
}

// The two lines: to Dollr's API, and to Supabase Realtime.
const (
	httpLine   = "http"
	socketLine = "websocket"
)

// String is the trouble as a run prints it.
func (f trouble) String() string {
	text := fmt.Sprintf("%5.1f s to %5.1f s  %-9s  %s", f.from.Seconds(), f.until.Seconds(), f.line, f.kind)
	if f.stream != "" {
		text += " " + f.stream
	}
	for _, name := range slices.Sorted(maps.Keys(f.how)) {
		text += fmt.Sprintf(" %s=%d", strings.ReplaceAll(name, "_", "-"), f.how[name])
	}
	return text
}

// kinds are all troubles, how long each lasts in tenths of a second, and how it is drawn.
// A black hole may outlast the 10 s after which a silent socket is given up and a call timed
// out; the others are what a bad mobile line does.
var kinds = []struct {
	name        string
	least, most int
	how         func(*rand.Rand) map[string]int
}{
	{"latency", 30, 70, func(r *rand.Rand) map[string]int {
		wait := 50 + r.IntN(1500) // milliseconds
		return map[string]int{"latency": wait, "jitter": r.IntN(wait)}
	}},
	{"bandwidth", 30, 70, func(r *rand.Rand) map[string]int { return map[string]int{"rate": 1 + r.IntN(20)} }},         // KB/s
	{"slow_close", 30, 70, func(r *rand.Rand) map[string]int { return map[string]int{"delay": 500 + r.IntN(4500)} }},   // milliseconds
	{"timeout", 80, 140, func(*rand.Rand) map[string]int { return map[string]int{"timeout": 0} }},                      // half open: nothing comes through
	{"reset_peer", 30, 70, func(r *rand.Rand) map[string]int { return map[string]int{"timeout": r.IntN(300)} }},        // milliseconds
	{"limit_data", 30, 70, func(r *rand.Rand) map[string]int { return map[string]int{"bytes": 200 + r.IntN(20_000)} }}, // then it is closed
	{"slicer", 30, 70, func(r *rand.Rand) map[string]int {
		size := 8 + r.IntN(200)
		return map[string]int{"average_size": size, "size_variation": size / 2, "delay": 100 + r.IntN(5000)} // microseconds
	}},
	{"down", 30, 80, func(*rand.Rand) map[string]int { return nil }}, // nobody listens
}

// drawTroubles is the whole of what happens to the lines, by the seed alone. In each round
// every line suffers every kind once, in an order of its own, with calm stretches between;
// what the two suffer overlaps as it falls.
func drawTroubles(seed uint64, rounds int) (all []trouble, end time.Duration) {
	for n, line := range []string{httpLine, socketLine} {
		r := rand.New(rand.NewPCG(seed, uint64(n)))
		tenths := func(least, most int) time.Duration {
			return time.Duration(least+r.IntN(most-least+1)) * 100 * time.Millisecond
		}
		at := time.Duration(0)
		for range rounds {
			for _, i := range r.Perm(len(kinds)) {
				k := kinds[i]
				from := at + tenths(15, 45)
				at = from + tenths(k.least, k.most)
				f := trouble{line: line, from: from, until: at, kind: k.name, how: k.how(r)}
				if f.how != nil {
					f.stream = []string{"upstream", "downstream"}[r.IntN(2)]
				}
				all = append(all, f)
			}
		}
		end = max(end, at)
	}
	slices.SortStableFunc(all, func(a, b trouble) int { return int(a.from - b.from) })
	return all, end
}

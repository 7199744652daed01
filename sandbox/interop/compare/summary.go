package main

import (
	"cmp"
	"fmt"
	"slices"
)

// medians prints each client's, over its runs.
func (s settings) medians(all map[string][]result) {
	fmt.Printf("\n| median of %d | RSS: none, all | a payment | sockets | all subscribed after | status reads | user + system | write to line: p50, p99, max |\n|---|---|---|---|---|---|---|---|\n", s.runs)
	for _, c := range s.clients {
		m := func(measure func(*result) float64) float64 {
			var values []float64
			for n := range all[c.name] {
				values = append(values, measure(&all[c.name][n]))
			}
			return median(values)
		}
		fmt.Printf("| %s | %.1f, %.1f MiB | %.1f KiB | %.0f | %.2f s | %.0f | %.2f s | %.1f, %.1f, %.1f ms |\n", c.name,
			m((*result).none), m((*result).full), m((*result).each), m((*result).sockets), m((*result).toReady),
			m((*result).reads), m((*result).cpu), m((*result).p50), m((*result).p99), m((*result).longest))
	}
}

// ratios prints theirs by ours, run by run: the median with the least and the most.
func (s settings) ratios(all map[string][]result) {
	ours := all["tillwatch"]
	if len(ours) == 0 || len(s.clients) == 1 {
		return
	}
	fmt.Printf("\n| theirs by ours, run by run | RSS a payment | user + system | p99 | ours has the lower p99 |\n|---|---|---|---|---|\n")
	for _, c := range s.clients {
		theirs := all[c.name]
		if c.name == "tillwatch" {
			continue
		}
		lower := 0
		for n := range ours {
			if ours[n].p99() < theirs[n].p99() {
				lower++
			}
		}
		by := func(measure func(*result) float64) string {
			var quotients []float64
			for n := range ours {
				quotients = append(quotients, measure(&theirs[n])/measure(&ours[n]))
			}
			return spread(quotients)
		}
		fmt.Printf("| %s | %s | %s | %s | %d of %d |\n", c.name, by((*result).each),
			by((*result).cpu), by((*result).p99), lower, len(ours))
	}
}

// spread is a median with the least and the most.
func spread(values []float64) string {
	return fmt.Sprintf("%.1f (%.1f to %.1f)", median(values), slices.Min(values), slices.Max(values))
}

// median sorts the values.
func median(values []float64) float64 {
	slices.SortFunc(values, cmp.Compare)
	n := len(values)
	return (values[(n-1)/2] + values[n/2]) / 2
}

//go:build scale || faults || crash

package watch_test

import (
	"encoding/json"
	"fmt"
	"math"
	"slices"
	"strings"
	"time"
)

// told is what these tests read of a line.
type told struct {
	Reference  string    `json:"reference_id"`
	SourceType string    `json:"source_type"`
	SourceID   int64     `json:"source_id"`
	Rev        uint64    `json:"rev"`
	Verdict    string    `json:"verdict"`
	Link       string    `json:"link"`
	Heard      time.Time `json:"heard_at"`
	Verified   time.Time `json:"verified_at"`
	Amount     string    `json:"amount"`
	Currency   string    `json:"currency"`

	printed time.Time
}

// fate is what the sandbox made of a payment.
type fate struct {
	Reference  string    `json:"reference_id"`
	SourceType string    `json:"source_type"`
	SourceID   int64     `json:"source_id"`
	Scenario   string    `json:"scenario"`
	Link       string    `json:"link"`
	Status     string    `json:"status"`
	Final      bool      `json:"final"`
	At         time.Time `json:"at"` // since when the API says so
	Amount     string    `json:"amount"`
	Currency   string    `json:"currency"`
}

func name(reference, sourceType string, id int64) string {
	if reference != "" {
		return strings.ToLower(reference)
	}
	return fmt.Sprintf("%s:%d", sourceType, id)
}

// meaning is the verdict that each of Dollr's last words stands for.
var meaning = map[string]string{"COMPLETED": "PAID", "PAID": "PAID", "FAILED": "NOT PAID", "CANCELED": "NOT PAID"}

// stories are the run's lines by payment, each line held to the schema.
func (r *run) stories() map[string][]told {
	r.Helper()
	schema := readSchema(r.T, "../docs/json.md")
	all := map[string][]told{}
	for _, p := range r.lines {
		if err := schema.check(p.text); err != nil {
			r.Errorf("%v\n%s", err, p.text)
			continue
		}
		line := told{printed: p.at}
		if err := json.Unmarshal([]byte(p.text), &line); err != nil {
			r.Errorf("%v\n%s", err, p.text)
			continue
		}
		if line.Verdict == "" {
			continue // trouble of the whole program
		}
		who := name(line.Reference, line.SourceType, line.SourceID)
		before := all[who]
		if len(before) > 0 && line.Rev <= before[len(before)-1].Rev {
			r.Errorf("rev goes from %d to %d\n%s", before[len(before)-1].Rev, line.Rev, p.text)
		}
		all[who] = append(before, line)
	}
	return all
}

// judge holds every line to what the sandbox knows to be true.
func (r *run) judge(payments int) {
	r.Helper()
	stories := r.stories()
	if len(r.fates) != payments || len(stories) != payments {
		r.Errorf("the sandbox made %d payments and %d were told of, want %d", len(r.fates), len(stories), payments)
	}
	want := 0
	for _, f := range r.fates {
		if !f.Final {
			r.Errorf("%+v has not ended", f)
		}
		if meaning[f.Status] == "NOT PAID" {
			want = 3
		}
		for _, wrong := range f.against(stories[name(f.Reference, f.SourceType, f.SourceID)]) {
			r.Errorf("%s (%s, %s): %s", name(f.Reference, f.SourceType, f.SourceID), f.Scenario, f.Link, wrong)
		}
	}
	if r.status != want {
		r.Errorf("exit status %d, want %d", r.status, want)
	}
	if most := mostSockets(payments); r.sockets > most {
		r.Errorf("%d sockets at once, at most %d are promised", r.sockets, most)
	}
}

// mostSockets is how many sockets the design allows for so many payments.
func mostSockets(payments int) int { return (payments+89)/90 + 8 }

// against compares what was told of a payment with what became of it.
func (f fate) against(lines []told) (wrong []string) {
	say := func(format string, args ...any) { wrong = append(wrong, fmt.Sprintf(format, args...)) }
	if len(lines) == 0 {
		return []string{"nothing was told"}
	}
	last := lines[len(lines)-1]
	if last.Verdict != meaning[f.Status] || last.Link != "DONE" {
		say("it ends as %s by %s, the truth is %s", last.Verdict, last.Link, f.Status)
	}
	if last.Amount != f.Amount || last.Currency != f.Currency {
		say("it cost %s %s, not %s %s", f.Currency, f.Amount, last.Currency, last.Amount)
	}
	for _, line := range lines {
		wrong = append(wrong, f.denies(line)...)
	}
	return wrong
}

// denies is what a line says of an end that is not so, or was not so yet.
func (f fate) denies(line told) (wrong []string) {
	if line.Verdict != "PAID" && line.Verdict != "NOT PAID" {
		return nil
	}
	// Stamps are whole milliseconds, cut off.
	if line.printed.Before(f.At) || line.Verified.Before(f.At.Truncate(time.Millisecond)) {
		wrong = append(wrong, fmt.Sprintf("%s was said at %v, verified at %v, and is true since %v", line.Verdict, line.printed, line.Verified, f.At))
	}
	if line.Verdict != meaning[f.Status] {
		wrong = append(wrong, fmt.Sprintf("%s was said, the truth is %s", line.Verdict, f.Status))
	}
	return wrong
}

// times tells how long things took: from when the API has the last word to its line, and
// what it took to have all payments in view.
func (r *run) times() {
	var all, live, polled, ready []time.Duration
	var heard, fact, verdict time.Time
	stories := r.stories()
	for _, f := range r.fates {
		link := "" // in the last line before the fact
		var first, channel time.Time
		for _, line := range stories[name(f.Reference, f.SourceType, f.SourceID)] {
			if first.IsZero() && !line.Heard.IsZero() {
				first = line.printed
			}
			if channel.IsZero() && line.Link == "LIVE" {
				channel = line.printed
				ready = append(ready, channel.Sub(r.start))
			}
			if line.printed.Before(f.At) {
				link = line.Link
			}
			if line.Verdict != meaning[f.Status] {
				continue
			}
			took := line.printed.Sub(later(f.At, r.start))
			all = append(all, took)
			if link == "LIVE" {
				live = append(live, took)
			} else {
				polled = append(polled, took)
			}
			verdict = later(verdict, line.printed)
			break
		}
		heard, fact = later(heard, first), later(fact, f.At)
	}
	r.Logf("set-up of the watching: first line after %.2f s, the last payment's first answer after %.2f s",
		r.lines[0].at.Sub(r.start).Seconds(), heard.Sub(r.start).Seconds())
	r.Logf("start to LIVE: %s", spread(ready))
	r.Logf("fact to line, all: %s", spread(all))
	r.Logf("fact to line, LIVE at the fact: %s", spread(live))
	r.Logf("fact to line, not LIVE at the fact: %s", spread(polled))
	r.Logf("last fact after %.1f s, last verdict after %.1f s", fact.Sub(r.start).Seconds(), verdict.Sub(r.start).Seconds())
}

func later(a, b time.Time) time.Time {
	if a.After(b) {
		return a
	}
	return b
}

// spread is a set of times in percentiles by nearest rank, in seconds.
func spread(all []time.Duration) string {
	if len(all) == 0 {
		return "none"
	}
	slices.Sort(all)
	at := func(p float64) float64 {
		return all[max(int(math.Ceil(p*float64(len(all))))-1, 0)].Seconds()
	}
	return fmt.Sprintf("n %d, p50 %.3f s, p90 %.3f s, p99 %.3f s, max %.3f s", len(all), at(.5), at(.9), at(.99), at(1))
}

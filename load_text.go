package main

import (
	"fmt"
	"strconv"
	"strings"
	"time"

	"github.com/charmbracelet/x/ansi"

	"tillwatch/watch"
	"tillwatch/watch/load"
)

// textWidth is how wide the summary of a load run is at most.
const textWidth = 80

// summaryText is what is left to say of a load run, for a person: several lines, each ended,
// within 80 columns, or so many if they are fewer. What matters most comes last, where a small
// terminal still shows it: what became of the payments, whether that is right, and what was
// expected.
func summaryText(at time.Time, stake watch.Stake, seed uint64, r load.Report, judged bool, width int) string {
	t := &summary{width: max(20, min(width, textWidth))}
	t.line("tillwatch load [%s] seed %d, %s after %s, %s", stake, seed, r.State, clock(r.Took), at.Format("2 Jan 2006 15:04:05"))
	t.stages(r.Stages)
	if r.Corrected {
		t.line("Times count from when a payment was due (corrected for coordinated omission).")
	} else {
		t.line("Times count from when a payment was begun (--as-begun): stalls are not in them.")
	}
	c := r.Channel
	t.line("Hints: lost %d, wrong %d, late %d, duplicates %d, dropped %d", c.Lost, c.Wrong, c.Late, c.Duplicates, c.Dropped)
	t.list("Found by asking, without a hint: ", "; ", steadiness(c))
	t.list("Answers: ", ", ", codes(r.Calls))
	t.line("Arrivals: %s due, %s begun, %s without a result", thousands(r.Arrivals.Due), thousands(r.Arrivals.Begun), thousands(r.Unresolved))
	t.list("Outcomes: ", ", ", counts(r.Outcomes))
	if judged {
		text := fmt.Sprintf("The sandbox says: %s right, %s WRONG", thousands(r.Truth.Right), thousands(r.Truth.Wrong))
		if n := r.Truth.Unjudged; n > 0 {
			text += fmt.Sprintf(", %s not kept, so not compared", thousands(n))
		}
		t.line("%s", text)
	}
	if r.LeftOut > 0 {
		t.line("Samples: %s left out, for their file took them too slowly", thousands(r.LeftOut))
	}
	for _, e := range r.Expected {
		mark, value := "OK", e.Value
		if !e.Met {
			mark = "XX"
		}
		if value == "" {
			value = "nothing was measured"
		}
		t.line("%s expected %s: %s", mark, watch.Clean(e.Text, 45), watch.Clean(value, 20))
	}
	return t.String()
}

// summary is a text of so many columns.
type summary struct {
	strings.Builder
	width int
}

// line writes a line, or where there is no room for all of it several.
func (t *summary) line(format string, args ...any) {
	text := ansi.Truncate(fmt.Sprintf(format, args...), textWidth, "…")
	t.WriteString(ansi.Wrap(text, t.width, "") + "\n")
}

// stages is the table of how long each part of a payment's life took. A narrow one has the
// columns that matter most.
func (t *summary) stages(stages []load.Stage) {
	row := func(title, n, errors, p50, p90, p95, p99, most string) {
		if t.width < textWidth {
			t.line("%-14s%8s%9s%9s", ansi.Truncate(title, 14, "…"), n, p50, p99)
			return
		}
		t.line("%s", strings.TrimRight(fmt.Sprintf("%-15s%8s%7s%8s%8s%8s%8s%8s", title, n, errors, p50, p90, p95, p99, most), " "))
	}
	row("STAGE", "N", "ERR", "P50", "P90", "P95", "P99", "MAX")
	for _, s := range stages {
		switch n, errors := thousands(int(s.N)), strconv.FormatUint(s.Errors, 10); {
		case s.N > 0:
			row(s.Title, n, errors, brief(s.P50), brief(s.P90), brief(s.P95), brief(s.P99), brief(s.Max))
		case s.Errors > 0:
			row(s.Title, n, errors, "", "", "", "", "")
		}
		switch {
		case s.Errors == 0:
		case t.width < textWidth:
			t.line("  %s errors, mostly %s", thousands(int(s.Errors)), orElse(watch.Clean(s.Error, 20), "unknown"))
		case s.Error != "":
			t.line("  most of the errors: %s", watch.Clean(s.Error, 50))
		}
	}
}

// steadiness is how steady the channels were.
func steadiness(c load.Channel) []string {
	gap := "longest gap: " + brief(c.Gap)
	if c.Away > 0 {
		gap += ", " + thousands(c.Away) + " still away"
	}
	return []string{strconv.FormatUint(c.ByPoll, 10), "joined again: " + strconv.FormatUint(c.Rejoins, 10), gap}
}

// counts are the outcomes that there are.
func counts(o load.Outcomes) []string {
	var all []string
	for _, c := range []struct {
		n    int
		word string
	}{
		{o.Paid, "PAID"}, {o.NotPaid, "NOT PAID"}, {o.Check, "CHECK"}, {o.Stopped, "STOPPED"},
		{o.Confirming, "CONFIRMING"}, {o.Waiting, "WAITING"}, {o.Failed, "never executed"},
	} {
		if c.n > 0 {
			all = append(all, thousands(c.n)+" "+c.word)
		}
	}
	if all == nil {
		return []string{"none"}
	}
	return all
}

// codes are the answers of the API by their code.
func codes(calls []load.Call) []string {
	var all []string
	for _, c := range calls {
		code := strconv.Itoa(c.Code)
		if c.Code == 0 {
			code = "none"
		}
		all = append(all, code+" x"+thousands(int(c.Times)))
	}
	if all == nil {
		return []string{"none"}
	}
	return all
}

// list writes a list behind a title, on as many lines as it needs.
func (t *summary) list(title, between string, list []string) {
	width := len(title)
	t.WriteString(title)
	for i, text := range list {
		switch {
		case i == 0 && width+len(text) <= t.width:
		case width+len(between)+len(text) > t.width:
			if i > 0 {
				t.WriteString(strings.TrimRight(between, " "))
			}
			t.WriteString("\n  ")
			width = 2
		default:
			t.WriteString(between)
			width += len(between)
		}
		t.WriteString(text)
		width += len(text)
	}
	t.WriteByte('\n')
}

// thousands is a number with its thousands apart.
func thousands(n int) string {
	text := strconv.Itoa(n)
	for at := len(text) - 3; at > 0; at -= 3 {
		text = text[:at] + "," + text[at:]
	}
	return text
}

// clock is a time as 2:05, or 1:02:05.
func clock(d time.Duration) string {
	s := int(d.Round(time.Second) / time.Second)
	if s >= 3600 {
		return fmt.Sprintf("%d:%02d:%02d", s/3600, s/60%60, s%60)
	}
	return fmt.Sprintf("%d:%02d", s/60, s%60)
}

// brief is a time in at most seven columns, to the digits that matter.
func brief(d time.Duration) string {
	switch {
	case d == 0:
		return "0s"
	case d < 10*time.Millisecond:
		return strconv.FormatFloat(float64(d)/float64(time.Millisecond), 'f', 2, 64) + "ms"
	case d < time.Second:
		return strconv.Itoa(int(d.Round(time.Millisecond)/time.Millisecond)) + "ms"
	case d < 10*time.Second:
		return strconv.FormatFloat(d.Seconds(), 'f', 2, 64) + "s"
	case d < 10*time.Minute:
		return strconv.FormatFloat(d.Seconds(), 'f', 1, 64) + "s"
	}
	return clock(d)
}

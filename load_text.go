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
// within 80 columns.
func summaryText(at time.Time, stake watch.Stake, seed uint64, r load.Report, judged bool) string {
	var b strings.Builder
	line := func(format string, args ...any) {
		b.WriteString(ansi.Truncate(fmt.Sprintf(format, args...), textWidth, "…") + "\n")
	}
	line("tillwatch load [%s] seed %d, %s after %s, %s", stake, seed, r.State, clock(r.Took), at.Format("2 Jan 2006 15:04:05"))
	a, o := r.Arrivals, r.Outcomes
	line("Arrivals: %s due, %s begun, %s without a result", thousands(a.Due), thousands(a.Begun), thousands(a.Open))
	wrapped(&b, "Outcomes: ", ", ", counts(o))
	line("%-15s%8s%7s%8s%8s%8s%8s%8s", "STAGE", "N", "ERR", "P50", "P90", "P95", "P99", "MAX")
	for _, s := range r.Stages {
		if s.N == 0 && s.Errors == 0 {
			continue
		}
		text := fmt.Sprintf("%-15s%8s%7d", s.Title, thousands(int(s.N)), s.Errors)
		if s.N > 0 {
			text += fmt.Sprintf("%8s%8s%8s%8s%8s", brief(s.P50), brief(s.P90), brief(s.P95), brief(s.P99), brief(s.Max))
		}
		line("%s", text)
		if s.Errors > 0 && s.Error != "" {
			line("  most of the errors: %s", watch.Clean(s.Error, 50))
		}
	}
	if r.Corrected {
		line("Times count from when a payment was due (corrected for coordinated omission).")
	} else {
		line("Times count from when a payment was begun (--as-begun): stalls are not in them.")
	}
	c := r.Channel
	line("Hints: lost %d, wrong %d, late %d, duplicates %d, dropped %d", c.Lost, c.Wrong, c.Late, c.Duplicates, c.Dropped)
	wrapped(&b, "Found by asking, without a hint: ", "; ", steadiness(c))
	wrapped(&b, "Answers: ", ", ", codes(r.Calls))
	if judged {
		t := r.Truth
		text := fmt.Sprintf("The sandbox says: %s right, %s WRONG", thousands(t.Right), thousands(t.Wrong))
		if t.Unjudged > 0 {
			text += fmt.Sprintf(", %s not kept, so not compared", thousands(t.Unjudged))
		}
		line("%s", text)
	}
	for _, e := range r.Expected {
		mark, value := "OK", e.Value
		if !e.Met {
			mark = "XX"
		}
		if value == "" {
			value = "nothing was measured"
		}
		line("%s expected %s: %s", mark, watch.Clean(e.Text, 45), watch.Clean(value, 20))
	}
	return b.String()
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

// wrapped writes a list behind a title, on as many lines as it needs.
func wrapped(b *strings.Builder, title, between string, list []string) {
	width := len(title)
	b.WriteString(title)
	for i, text := range list {
		switch {
		case i == 0:
		case width+len(between)+len(text) > textWidth:
			b.WriteString(strings.TrimRight(between, " ") + "\n  ")
			width = 2
		default:
			b.WriteString(between)
			width += len(between)
		}
		b.WriteString(text)
		width += len(text)
	}
	b.WriteByte('\n')
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

package ui

import (
	"strconv"
	"strings"
	"time"

	tea "charm.land/bubbletea/v2"

	"tillwatch/watch"
)

// copyBundle copies what Dollr's support asks for (its API page, "Errors"): reference, times
// in UTC, method and URL, and the whole answers, without secrets and with the payer masked.
func (m *Model) copyBundle() tea.Cmd {
	rows, ask := m.meant(), m.options.Desk.History
	if len(rows) == 0 {
		return m.say("no payment is selected", true)
	}
	host, stake, now := foreign(m.options.API), m.health.Stake, m.now
	known := make([]row, 0, len(rows))
	for _, r := range rows {
		known = append(known, r.copied())
	}
	what := "support bundle of " + plural(len(known), "payment")
	if len(known) == 1 {
		what = "support bundle of " + known[0].texts().label
	}
	return safely(func() tea.Msg {
		var b strings.Builder
		for i := range known {
			var entries []watch.Entry
			if ask != nil {
				entries, _ = ask(known[i].id)
			}
			if i > 0 {
				b.WriteByte('\n')
			}
			writeBundle(&b, &known[i], entries, host, stake, now)
		}
		return bundleMsg{b.String(), what}
	})
}

// Bundle is what Dollr's support asks for about one payment, as a text: api is the address at
// which Dollr is asked. It holds no secret, and of a payer's number only what is shown.
func Bundle(s watch.Snapshot, entries []watch.Entry, api string, stake watch.Stake, now time.Time) string {
	var b strings.Builder
	writeBundle(&b, &row{Snapshot: &s, id: s.ID()}, entries, foreign(api), stake, now)
	return b.String()
}

// writeBundle writes one payment's part.
func writeBundle(b *strings.Builder, r *row, entries []watch.Entry, host string, stake watch.Stake, now time.Time) {
	fact := func(name, value string) {
		if value != "" {
			b.WriteString(name + ": " + value + "\n")
		}
	}
	b.WriteString("tillwatch support bundle [" + stake.String() + "], " + utc(now) + "\n")
	fact("reference_id", foreign(r.Reference))
	if r.Session != 0 {
		fact("session_id", strconv.FormatInt(r.Session, 10))
	}
	if r.SourceID != 0 {
		fact("source", foreign(r.SourceType)+" "+strconv.FormatInt(r.SourceID, 10))
	}
	fact("label", foreign(r.Label))
	fact("method", foreign(r.Method))
	fact("payer", foreign(r.Phone.String()))
	fact("expected", r.Expected.String())
	if r.Verdict == watch.Paid {
		fact("charged", r.Charged().String())
	} else {
		fact("asked of the customer", r.Charged().String()+masked(r.Unread()))
	}
	fact("executed (as the merchant says)", utc(r.Executed))
	fact("begun (by Dollr's answers)", utc(r.Begun))
	fact("verdict", strings.TrimSpace(r.Verdict.String()+" "+reasons[r.Reason]))
	b.WriteString("request headers: Authorization: Bearer (not shown), Accept: application/json\n")
	for _, a := range [...]struct {
		name string
		watch.Answer
	}{{"final answer", r.Final}, {"later answer", r.Changed.Answer()}, {"newest answer", r.Latest}} {
		if a.Code != 0 {
			b.WriteString(a.name + ": " + utc(a.At) + " GET " + host + foreign(asked(r.Payment, a.Answer)) + " -> HTTP " + strconv.Itoa(a.Code) +
				" " + word(a.Status) + ", " + strconv.FormatInt(a.Took.Milliseconds(), 10) + " ms\n")
		}
	}
	b.WriteString("what happened (UTC):\n")
	for _, e := range entries {
		b.WriteString("  " + utc(e.At) + " " + e.From.String() + " " + happened(e) + "\n")
		for text := range strings.SplitSeq(rawText(e.Raw), "\n") {
			if e.Raw != "" {
				b.WriteString("    " + indented(text) + "\n")
			}
		}
	}
}

// asked is the path and the query that brought an answer.
func asked(p watch.Payment, a watch.Answer) string {
	if p.Hosted() {
		return a.Path + "?source_type=" + p.SourceType + "&source_id=" + strconv.FormatInt(p.SourceID, 10)
	}
	return a.Path + "/" + p.Reference
}

// utc is a time as support wants it; empty for none.
func utc(t time.Time) string {
	if t.IsZero() {
		return ""
	}
	return t.UTC().Format("2006-01-02T15:04:05.000Z")
}

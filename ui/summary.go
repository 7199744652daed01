package ui

import (
	"strconv"
	"strings"
	"time"

	"tillwatch/watch"
)

// Summary is what is left to say after the screen has gone: the day's verified money, how
// many payments stand where, and those whose end is not known.
type Summary struct {
	At       time.Time
	Stake    watch.Stake
	Title    string
	Totals   []Total               // verified on the day of At, by currency
	Silent   int                   // PAID on that day, without an amount from Dollr
	Others   int                   // PAID with another's money, as a sandbox's: in no total
	Verdicts map[watch.Verdict]int // how many payments stand where
	Open     []watch.Snapshot      // neither PAID nor NOT PAID, worst first; CHECK and STOPPED too
	Lost     bool                  // nothing was kept: the open ones are forgotten
}

// summary makes the Summary of this moment.
func (m *Model) summary() Summary {
	t := m.table
	t.tally.settle(t.all, m.now, m.whose())
	s := Summary{
		At: m.now, Stake: m.health.Stake, Title: m.options.Title, Silent: t.tally.silent, Others: t.tally.others, Lost: m.unkept() && !m.options.Fleeting,
		Totals: append([]Total(nil), t.tally.totals...), Verdicts: map[watch.Verdict]int{},
	}
	for v, n := range t.tally.verdicts {
		if n > 0 {
			s.Verdicts[watch.Verdict(v)] = n
		}
	}
	for _, r := range m.unverified() {
		s.Open = append(s.Open, *r.Snapshot)
	}
	return s
}

// mostOpen bounds the open payments that the text names one by one.
const mostOpen = 20

// String is the Summary for a person, several lines, each ended. It claims nothing that
// was not verified, and says what will not be remembered.
func (s Summary) String() string { return s.text("", mostOpen) }

// Brief is the Summary where more is to be said below it: it names three payments of a kind.
func (s Summary) Brief() string { return s.text("board", 3) }

// text is the Summary under a heading, with at most so many open payments.
func (s Summary) text(heading string, most int) string {
	var b strings.Builder
	b.WriteString("tillwatch " + heading)
	if heading != "" {
		b.WriteByte(' ')
	}
	b.WriteString("[" + s.Stake.String() + "]")
	if s.Title != "" {
		b.WriteString(" " + s.Title)
	}
	b.WriteString(", " + s.At.Format("2 Jan 2006 15:04:05") + "\n")

	b.WriteString("Paid today (verified): ")
	for i, total := range s.Totals {
		if i > 0 {
			b.WriteString(", ")
		}
		b.WriteString(total.Money.String() + " x" + strconv.Itoa(total.Count))
	}
	if s.Silent > 0 {
		if len(s.Totals) > 0 {
			b.WriteString(", ")
		}
		b.WriteString("without an amount x" + strconv.Itoa(s.Silent))
	}
	if len(s.Totals) == 0 && s.Silent == 0 {
		b.WriteString("nothing")
	}
	if s.Others > 0 {
		b.WriteString("; " + otherMoney + " x" + strconv.Itoa(s.Others))
	}
	b.WriteString("\nPayments:")
	count := 0
	for _, v := range [...]watch.Verdict{watch.Paid, watch.NotPaid, watch.Check, watch.Confirming, watch.Waiting, watch.Stopped} {
		if n := s.Verdicts[v]; n > 0 {
			if count > 0 {
				b.WriteByte(',')
			}
			b.WriteString(" " + strconv.Itoa(n) + " " + v.String())
			count++
		}
	}
	if count == 0 {
		b.WriteString(" none")
	}
	b.WriteByte('\n')
	s.writeOpen(&b, most)
	return b.String()
}

// writeOpen names the payments that the user still has to find out about.
func (s Summary) writeOpen(b *strings.Builder, most int) {
	if len(s.Open) == 0 {
		if len(s.Verdicts) > 0 {
			b.WriteString("Every payment has its result.\n")
		}
		return
	}
	var odd []watch.Snapshot // which have an answer that is not right
	var open []watch.Snapshot
	for _, snap := range s.Open {
		if snap.Ended() && snap.Verdict == watch.Check {
			odd = append(odd, snap)
		} else {
			open = append(open, snap)
		}
	}
	writeRows(b, "Answered, and not right: in no total, do not hand over:\n", odd, most)
	writeRows(b, "Result NOT known, do not hand over:\n", open, most)
	if s.Lost {
		b.WriteString("They were kept in memory only: hand them over again to go on watching.\n")
	}
}

// writeRows names payments under a title, a line each.
func writeRows(b *strings.Builder, title string, list []watch.Snapshot, most int) {
	for i, snap := range list {
		if i == 0 {
			b.WriteString(title)
		}
		if i == most {
			b.WriteString("  and " + strconv.Itoa(len(list)-i) + " more\n")
			return
		}
		r := row{Snapshot: &snap, id: snap.ID()}
		amount := snap.Amount().String()
		if doubtful := snap.Verdict == watch.Check && snap.Ended() && !snap.Charged().Said(); amount == "" || doubtful {
			amount = first(masked(snap.Unread()), "no amount")
			if doubtful && snap.Expected.Said() {
				amount += " (expected " + snap.Expected.String() + ")"
			}
		}
		if c, e := snap.Charged(), snap.Expected; c.Said() && e.Said() && (!c.Comparable(e) || c.Cmp(e) != 0) {
			amount += " (expected " + e.String() + ")"
		}
		id := foreign(snap.Reference)
		if snap.Hosted() {
			id = foreign(string(r.id))
		}
		b.WriteString("  " + strings.TrimSpace(snap.Verdict.String()+" "+reasons[snap.Reason]) + "  " + amount + "  " + r.texts().label + "  " + id + "\n")
	}
}

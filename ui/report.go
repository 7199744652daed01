package ui

import (
	"maps"
	"slices"
	"strconv"
	"strings"

	tea "charm.land/bubbletea/v2"
	"github.com/shopspring/decimal"

	"tillwatch/watch"
)

// export writes the report where the program keeps such files.
func (m *Model) export() tea.Cmd {
	name, text, save := "tillwatch-shift-"+m.now.Format("2006-01-02-1504")+".txt", m.report(), m.options.Desk.Save
	return safely(func() tea.Msg {
		path, err := save(name, text)
		if err != nil {
			return flashMsg{"the report was not written: " + masked(err.Error()), true}
		}
		return flashMsg{"written: " + foreign(path), false}
	})
}

// report is the shift as a text: totals, counts, and every open payment.
func (m *Model) report() string {
	text := m.summary().text("shift report", len(m.table.all)) + m.ended() + m.shift.check.report()
	if strings.Contains(m.status, notTaken) {
		text += "Nobody watches what was not taken: " + m.status + "\n"
	}
	return text
}

// ended are the payments that have their result, in the order in which it was verified, and
// what came in today by each method: what a till is closed with.
func (m *Model) ended() string {
	var rows []*row
	for _, r := range m.table.all {
		if r = m.newestOf(r); r.verified() {
			rows = append(rows, r)
		}
	}
	if len(rows) == 0 {
		return ""
	}
	slices.SortStableFunc(rows, func(a, b *row) int { return a.VerifiedAt().Compare(b.VerifiedAt()) })
	var b strings.Builder
	by := map[string]*running{}
	b.WriteString("Verified " + m.since() + ":\n")
	for _, r := range rows {
		note := ""
		if m.table.tally.firstOf(r) != nil {
			note = "  counted already, under the same invoice or order"
		} else if in := incomeOf(r); in.ok && m.table.tally.today(in.at) {
			name := first(r.means, "no method") + "\x00" + in.money.Currency
			if by[name] == nil {
				by[name] = &running{}
			}
			by[name].count++
			if d, err := decimal.NewFromString(in.money.Amount); err == nil { // else Dollr named none
				by[name].sum = by[name].sum.Add(d)
			}
		}
		b.WriteString("  " + r.VerifiedAt().In(m.now.Location()).Format("2 Jan 15:04:05") + "  " + r.Verdict.String() + "  " +
			r.Amount().String() + "  " + r.label + "  " + r.means + "  " + foreign(string(r.id)) + note + "\n")
	}
	for _, name := range slices.Sorted(maps.Keys(by)) {
		digits := by[name].sum.StringFixed(max(0, -by[name].sum.Exponent()))
		method, currency, _ := strings.Cut(name, "\x00")
		sum := watch.Money{Amount: digits, Currency: currency}.String()
		if by[name].sum.IsZero() {
			sum = "without an amount"
		}
		b.WriteString("Today by method: " + method + "  " + sum + " x" + strconv.Itoa(by[name].count) + "\n")
	}
	return b.String()
}

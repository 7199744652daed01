package ui

import (
	"maps"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/shopspring/decimal"

	"charm.land/bubbles/v2/key"
	tea "charm.land/bubbletea/v2"

	"tillwatch/watch"
)

// shift is the end of somebody's day: what came in, what is still open, and whether Dollr
// still says the same of what had ended.
type shift struct {
	open   []*row // no verified result, worst first
	cursor watch.ID
	at     int // the cursor's place in open
	top    int // first of them on the screen
	check  recheck
}

// gather finds the payments whose end is not known. It walks all of them, so it is done
// when there is news and the shift is looked at, not for every frame.
func (m *Model) gather() {
	m.shift.open = m.unverified()
	for i, r := range m.shift.open {
		if r.id == m.shift.cursor {
			m.shift.at = i
			return
		}
	}
	m.moveShift(0)
}

// unverified are the payments that are neither PAID nor NOT PAID, worst first, those that
// the user stopped last.
func (m *Model) unverified() []*row {
	var open []*row
	for _, r := range m.table.all {
		if !r.verified() {
			open = append(open, r)
		}
	}
	slices.SortFunc(open, byAttention)
	return open
}

// moveShift moves the cursor among the open payments.
func (m *Model) moveShift(by int) {
	s := &m.shift
	s.at = max(0, min(s.at+by, len(s.open)-1))
	s.cursor = ""
	if len(s.open) > 0 {
		s.cursor = s.open[s.at].id
	}
}

// drawShift draws the day: totals, counts, and the open payments with as many lines as are
// left.
func (m *Model) drawShift(p *pen) {
	look, badge := m.badge()
	day := m.now.Format("Mon 2 Jan 2006, 15:04:05")
	if m.width < terseBelow {
		day = m.now.Format("2 Jan 15:04")
	}
	p.put(look, badge)
	p.put(roleStrong, " SHIFT")
	if room := p.limit - p.col - width(day) - 4; m.options.Title != "" && room >= width(m.options.Title) {
		p.put(roleStrong, "  "+m.options.Title)
	}
	if p.limit-p.col-1 > width(day) {
		p.to(p.limit - width(day) - 1)
		p.put(roleFaint, day)
	}
	p.end()
	banner := m.bannerLines()
	m.banner(p, banner)
	ruled := m.height >= ruledFrom
	switch {
	case ruled && banner == 0:
		m.statusRule(p)
	case ruled && banner < 4:
		p.rule()
	}
	m.shiftTotals(p)
	if m.height >= 8 {
		m.shiftCounts(p)
	}
	if text := m.shift.check.String(); text != "" && m.height >= 6 {
		p.say(roleStrong, text)
	}
	if ruled {
		p.rule()
	}
	foot := m.footLines()
	if m.height >= 6 {
		m.shiftTitle(p)
	}
	lines := m.height - p.done - foot
	if ruled {
		lines--
	}
	lines = max(1, lines)
	s := &m.shift
	s.top = max(0, min(s.top, len(s.open)-lines), min(s.at, s.top))
	if s.at >= s.top+lines {
		s.top = s.at - lines + 1
	}
	rows := s.open[s.top:min(s.top+lines, len(s.open))]
	m.rowsAt, m.rowHeight, m.rowsWidth, m.drawn = p.done, 1, m.width, rows
	v := &sight{now: m.now}
	cols := layout(v, m.columns, rows, m.width)
	for i := range lines {
		if i < len(rows) {
			m.drawRow(p, cols, v, rows[i], rows[i].id == s.cursor)
		}
		p.end()
	}
	if ruled {
		p.rule()
	}
	m.foot(p, foot)
}

// shiftTotals are the verified sums of the day, a line a currency where there is room.
func (m *Model) shiftTotals(p *pen) {
	t := &m.table.tally
	if m.height < 16+len(t.totals) || m.width < terseBelow || len(t.totals) == 0 {
		m.totals(p)
		return
	}
	digits := 0
	for _, total := range t.totals {
		digits = max(digits, width(total.Money.String()))
	}
	for i, total := range t.totals {
		title := ""
		if i == 0 {
			title = m.totalsTitle()
		}
		p.skip(1)
		p.cell(roleStrong, title, width(m.totalsTitle())+3, false)
		text := total.Money.String()
		if digits > p.limit/2 {
			p.say(roleAlarm, total.Money.Currency+" ###")
			continue
		}
		p.cell(roleGood, text, digits, true)
		p.put(roleText, "   in "+plural(total.Count, "payment"))
		if total.Money.Currency == "" {
			p.put(roleAlarm, "  no currency")
		}
		p.end()
	}
	if t.silent > 0 {
		p.skip(1)
		p.cell(roleStrong, "", width(m.totalsTitle())+3, false)
		p.put(roleAlarm, plural(t.silent, "payment")+" more, of which Dollr named no amount")
		p.end()
	}
}

// shiftCounts are how many payments ended how, whatever the day.
func (m *Model) shiftCounts(p *pen) {
	v := &m.table.tally.verdicts
	p.skip(1)
	for _, c := range [...]watch.Verdict{watch.Paid, watch.NotPaid, watch.Stopped} {
		text := c.Mark() + " " + c.String() + " " + strconv.Itoa(v[c])
		if v[c] == 0 || p.col+3+len(text) > p.limit {
			continue
		}
		p.put(verdictRoles[c], text)
		p.skip(3)
	}
	if n := m.table.tally.twice; n > 0 {
		if text := plural(n, "row") + " of a sale that counts already"; p.col+width(text) < p.limit {
			p.put(roleAlarm, text)
			p.skip(3)
		}
	}
	note := "since tillwatch was started"
	if p.col == 1 {
		note = "nothing has ended " + note
	}
	if p.col+width(note) < p.limit {
		p.put(roleFaint, note)
	}
	p.end()
}

// shiftTitle says how many payments somebody has to find out about.
func (m *Model) shiftTitle(p *pen) {
	n := len(m.shift.open)
	lost := strings.Contains(m.status, notTaken)
	if lost && n == 0 {
		p.say(roleAlarm, longest(p.limit-1, "OPEN 0, but "+m.status, "OPEN 0, but lines were "+notTaken, notTaken))
		return
	}
	if n == 0 {
		if len(m.table.all) == 0 {
			p.say(roleFaint, "No payments yet.")
			return
		}
		p.say(roleText, longest(p.limit-1, "OPEN 0: every payment has its result.", "OPEN 0"))
		return
	}
	verb := " has no result. "
	if n > 1 {
		verb = " have no result. "
	}
	p.say(roleAlarm, longest(p.limit-1, "OPEN: "+plural(n, "payment")+verb+"Do not hand over.",
		"OPEN "+strconv.Itoa(n)+", do not hand over", "OPEN "+strconv.Itoa(n)))
}

// pressShift is a key on the shift screen.
func (m *Model) pressShift(msg tea.KeyPressMsg) tea.Cmd {
	page := max(1, m.height-10)
	switch k := m.keys; {
	case key.Matches(msg, k.Back):
		m.view = viewBoard
	case key.Matches(msg, k.Up):
		m.moveShift(-1)
	case key.Matches(msg, k.Down):
		m.moveShift(1)
	case key.Matches(msg, k.PageUp), key.Matches(msg, k.HalfUp):
		m.moveShift(-page)
	case key.Matches(msg, k.PageDown), key.Matches(msg, k.HalfDown):
		m.moveShift(page)
	case key.Matches(msg, k.Top):
		m.moveShift(-len(m.shift.open))
	case key.Matches(msg, k.Bottom):
		m.moveShift(len(m.shift.open))
	case key.Matches(msg, k.Detail):
		return m.visit(m.shift.cursor)
	case key.Matches(msg, k.Verify):
		return m.verify(m.table.rows[m.shift.cursor])
	case key.Matches(msg, k.Recheck):
		return m.startRecheck()
	case key.Matches(msg, k.Export):
		return m.export()
	case key.Matches(msg, k.Copy):
		return m.copyText(m.report(), "the report")
	default:
		cmd, _ := m.pressAnywhere(msg)
		return cmd
	}
	return nil
}

// visit opens a payment's detail on the board.
func (m *Model) visit(id watch.ID) tea.Cmd {
	if id == "" {
		return m.say("no payment is selected", true)
	}
	if !m.table.visible(id) {
		m.table.look(filter{})
	}
	m.table.goTo(id)
	m.follow, m.await = followOff, ""
	m.view, m.detail, m.raw, m.scroll = viewBoard, true, false, 0
	return m.recall()
}

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
// what came in by each method: what a till is closed with.
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
	b.WriteString("Verified since tillwatch was started:\n")
	for _, r := range rows {
		note := ""
		if m.table.tally.firstOf(r) != nil {
			note = "  counted already, under the same invoice or order"
		} else if in := incomeOf(r); in.ok && in.money.Said() {
			name := r.means + " " + in.money.Currency
			if by[name] == nil {
				by[name] = &running{}
			}
			d, err := decimal.NewFromString(in.money.Amount)
			if err == nil { // Money is made of checked decimals
				by[name].sum, by[name].count = by[name].sum.Add(d), by[name].count+1
			}
		}
		b.WriteString("  " + r.VerifiedAt().In(m.now.Location()).Format("2 Jan 15:04:05") + "  " + r.Verdict.String() + "  " +
			r.Amount().String() + "  " + r.label + "  " + r.means + "  " + foreign(string(r.id)) + note + "\n")
	}
	for _, name := range slices.Sorted(maps.Keys(by)) {
		digits := by[name].sum.StringFixed(max(0, -by[name].sum.Exponent()))
		method, currency, _ := cutLast(name, " ")
		b.WriteString("By method: " + strings.TrimSpace(method) + "  " + watch.Money{Amount: digits, Currency: currency}.String() + " x" + strconv.Itoa(by[name].count) + "\n")
	}
	return b.String()
}

// cutLast cuts s around the last sep.
func cutLast(s, sep string) (before, after string, found bool) {
	if i := strings.LastIndex(s, sep); i >= 0 {
		return s[:i], s[i+len(sep):], true
	}
	return s, "", false
}

// plural is a number of things in words.
func plural(n int, thing string) string {
	if n != 1 {
		thing += "s"
	}
	return strconv.Itoa(n) + " " + thing
}

// Rechecking asks a few at a time, so that payments that wait for their result do not wait
// behind those that have one.
const (
	recheckAtOnce = 5
	recheckFor    = 30 * time.Second // then it counts as not answered
)

// recheck asks Dollr again about every payment that has ended.
type recheck struct {
	began   time.Time
	waiting []watch.ID             // to be asked
	out     map[watch.ID]time.Time // asked then, no answer yet
	all     int
	same    int
	changed int
	silent  int
}

// running reports whether there is something left to ask or to hear.
func (c *recheck) running() bool { return len(c.waiting)+len(c.out) > 0 }

// startRecheck begins to ask about all that have ended, unless that goes on already.
func (m *Model) startRecheck() tea.Cmd {
	c := &m.shift.check
	if c.running() {
		return m.say("the recheck goes on: "+strconv.Itoa(c.all-len(c.waiting)-len(c.out))+" of "+strconv.Itoa(c.all), false)
	}
	*c = recheck{began: m.now, out: map[watch.ID]time.Time{}}
	for _, r := range m.table.all {
		if r.Ended() {
			c.waiting = append(c.waiting, r.id)
		}
	}
	if c.all = len(c.waiting); c.all == 0 {
		return m.say("no payment has ended yet: there is nothing to ask again about", false)
	}
	m.write("recheck of " + plural(c.all, "payment"))
	m.askAgain()
	return nil
}

// askAgain asks about the next few, and gives up those that nobody has answered about.
func (m *Model) askAgain() {
	c := &m.shift.check
	for id, at := range c.out {
		if m.now.Sub(at) >= recheckFor {
			delete(c.out, id)
			c.silent++
		}
	}
	for len(c.waiting) > 0 && len(c.out) < recheckAtOnce {
		id := c.waiting[0]
		c.waiting = c.waiting[1:]
		c.out[id] = m.now
		m.options.Desk.Verify(id)
	}
}

// hears counts the answer about a payment that was asked about again.
func (c *recheck) hears(s *watch.Snapshot) {
	if len(c.out) == 0 {
		return
	}
	at, asked := c.out[s.ID()]
	if !asked || s.HeardAt().Before(at) {
		return
	}
	delete(c.out, s.ID())
	if s.Changed.Code != 0 && s.Changed.At.After(c.began) { // and not long ago
		c.changed++
	} else {
		c.same++
	}
}

// String is how the recheck stands, in one line; empty when there was none.
func (c *recheck) String() string {
	if c.all == 0 {
		return ""
	}
	changed := ", " + strconv.Itoa(c.changed) + " changed"
	switch {
	case c.running():
		return "Recheck runs: " + strconv.Itoa(c.all-len(c.waiting)-len(c.out)) + " of " + plural(c.all, "payment") + changed + "."
	case c.silent > 0:
		return "Recheck NOT COMPLETE: no answer about " + strconv.Itoa(c.silent) + " of " + plural(c.all, "payment") + changed + ". Do it again."
	}
	return "Recheck done: Dollr was asked again about " + plural(c.all, "payment") + changed + "."
}

// report is the recheck's line in a text.
func (c *recheck) report() string {
	if c.all == 0 {
		return ""
	}
	return c.String() + " It began at " + c.began.Format("15:04:05") + ".\n"
}

package ui

import (
	"slices"
	"strconv"
	"strings"

	"charm.land/bubbles/v2/key"
	tea "charm.land/bubbletea/v2"

	"tillwatch/watch"
)

// shift is the end of a cashier's day: what came in, what is still open, and whether Dollr still
// says the same of what had ended.
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
	s.top = max(0, min(s.top, s.at, len(s.open)-lines))
	if s.at >= s.top+lines {
		s.top = s.at - lines + 1
	}
	rows := s.open[s.top:min(s.top+lines, len(s.open))]
	m.rowsAt, m.rowHeight, m.rowsWidth, m.drawn = p.done, 1, m.width, rows
	v := &sight{now: m.now, twice: m.isTwice}
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
		p.put(roleAlarm, plural(t.silent, "payment")+" more, of which Dollr named no amount or no currency")
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
	note := m.since()
	if p.col == 1 {
		note = "nothing has ended " + note
	}
	if p.col+width(note) < p.limit {
		p.put(roleFaint, note)
	}
	p.end()
}

// since is from when on results are on the board.
func (m *Model) since() string {
	from := m.options.From
	if from.IsZero() {
		return "since tillwatch was started"
	}
	return "since " + from.In(m.now.Location()).Format("2 Jan 15:04")
}

// shiftTitle says how many payments the user has to find out about.
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
	odd := 0 // they have an answer, and need a person
	for _, r := range m.shift.open {
		if r.Ended() {
			odd++
		}
	}
	text := "OPEN: " + plural(n-odd, "payment") + " without a result"
	if odd > 0 {
		text += ", " + strconv.Itoa(odd) + " with one that is not right"
	}
	p.say(roleAlarm, longest(p.limit-1, text+". Do not hand over.",
		"OPEN "+strconv.Itoa(n)+", do not hand over", "OPEN "+strconv.Itoa(n)))
}

// pressShift is a key on the shift screen.
func (m *Model) pressShift(msg tea.KeyPressMsg) tea.Cmd {
	page := max(1, m.height-10)
	switch k := m.keys; {
	case key.Matches(msg, k.Back):
		m.show(m.base)
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
		if cmd, done := m.pressAnywhere(msg); done {
			return cmd
		}
		return m.nothing(msg)
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
	m.follow, m.await, m.strayed = followOff, "", false
	m.show(viewBoard)
	m.detail, m.raw, m.scroll = true, false, 0
	return m.recall()
}

package ui

import (
	"slices"
	"strconv"
	"strings"
)

// drawRows draws the titles and the rows into so many lines, and the detail next to them if it is
// open. It returns how many rows there was room for.
func (m *Model) drawRows(p *pen, lines int) int {
	board, pane := m.width, []line(nil)
	switch {
	case m.menu != nil && m.width < paneFrom:
		m.drawMenu(p, lines)
		return 0
	case m.menu != nil:
		board = m.width - paneWidth(m.width) - 1
		pane = m.menu.lines(paneWidth(m.width)-2, lines)
	case m.paned():
		board = m.width - paneWidth(m.width) - 1
		pane = m.detailLines(paneWidth(m.width) - 2)
		m.scroll = max(0, min(m.scroll, len(pane)-lines))
		pane = pane[m.scroll:]
	}
	titled := m.height >= 10 && board >= terseBelow
	room := lines
	if titled {
		room--
	}
	// Only the rows on the screen are looked at from here on, whatever the fleet holds.
	m.room = room
	rows := m.table.window(room, m.peek())
	if worst := m.worst(room); worst != nil && !slices.Contains(rows, worst) {
		rows = append([]*row{worst}, m.table.window(room-1, false)...)
	}
	m.rowsAt, m.rowHeight, m.rowsWidth, m.drawn = p.done, 1, board, rows
	if titled {
		m.rowsAt++
	}
	v := &sight{now: m.shownAt(), twice: m.isTwice}
	cols := layout(v, m.columns, rows, board)
	for i := range lines {
		p.limit = board
		at := i
		if titled {
			at--
		}
		switch {
		case at < 0:
			m.titles(p, cols, v)
		case at < len(rows):
			m.drawRow(p, cols, v, rows[at], rows[at].id == m.table.cursor)
		case at == 0:
			m.empty(p)
		}
		if board < m.width {
			p.chosen = false
			p.to(board)
			p.limit = m.width
			p.put(roleRule, "│")
			p.skip(1)
			switch {
			case i == lines-1 && len(pane) > lines:
				p.put(roleFaint, strconv.Itoa(len(pane)-i)+" more lines (pgdn)")
			case i < len(pane):
				p.spans(pane[i])
			}
		}
		p.end()
	}
	return room
}

// drawMenu draws a menu in place of the rows, if there is no room next to them.
func (m *Model) drawMenu(p *pen, lines int) {
	m.drawn = nil
	list := m.menu.lines(m.width-2, lines)
	for i := range lines {
		if i < len(list) {
			p.skip(1)
			p.spans(list[i])
		}
		p.end()
	}
}

// rowsRule is the rule under the rows, which says where in the list they are.
func (m *Model) rowsRule(p *pen, rows int) {
	if n := len(m.table.shown); n > rows && rows > 0 {
		top := m.table.top
		if m.peek() {
			top = 0
		}
		p.put(roleRule, "─ ")
		p.put(roleFaint, strconv.Itoa(top+1)+"-"+strconv.Itoa(top+rows)+" of "+strconv.Itoa(n))
		p.put(roleRule, " ")
	}
	p.rule()
}

// worst is the payment that the smallest screens show whatever the cursor is on; nil on
// all others.
func (m *Model) worst(room int) *row {
	if m.height >= 6 || room < 2 {
		return nil
	}
	return m.table.worst()
}

// idle reports whether a person only looks on, at the board in its own order.
func (m *Model) idle() bool {
	return m.now.Sub(m.pressed) >= idleAfter && m.view == viewBoard && m.form == nil && m.asking == askNothing && m.follow == followOff && m.menu == nil && m.table.order == 0 && !m.table.reverse && m.table.filter.empty() &&
		!m.detail && m.held == nil && m.prompt.kind == promptNone
}

// peek reports whether the top of the board is shown instead of the cursor's row: on a counter
// where no one presses keys, what needs attention most must be in view.
func (m *Model) peek() bool { return len(m.table.shown) > 0 && m.table.at >= m.room && m.idle() }

// rest lets go of a finished payment while no keys are pressed. The advice is then about what needs
// attention, and no old "you may hand over" stands above a customer who waits. An open payment
// keeps the cursor, wherever it is.
func (m *Model) rest() {
	m.table.arrange()
	if r := m.table.selected(); r != nil && !r.open() && m.idle() && m.table.at > 0 {
		m.table.move(-m.table.at)
		m.strayed = true
	}
}

// titles are the columns' names; the one that rows are sorted by has a ^, or a v when the
// order is turned round.
func (m *Model) titles(p *pen, cols []placed, v *sight) {
	p.skip(1)
	for _, c := range cols {
		p.skip(c.space(v))
		title := c.title
		if orders[m.table.order] == c.column {
			if title += "^"; m.table.reverse {
				title = c.title + "v"
			}
		}
		if c.title == "STATUS" {
			title = "   " + title
		}
		p.cell(roleFaint, title, c.w, c.right)
	}
}

// drawRow writes one payment. Cells are padded text with ready-made colour codes; a box of
// Lip Gloss for each cost ten times as much.
func (m *Model) drawRow(p *pen, cols []placed, v *sight, r *row, chosen bool) {
	p.chosen = chosen
	switch marked := m.marked[r.id]; {
	case chosen && marked:
		p.put(roleChosen, "»")
	case chosen:
		p.put(roleChosen, ">")
	case marked:
		p.put(roleChosen, "*")
	default:
		p.skip(1)
	}
	if m.width < tinyBelow {
		p.put(verdictRole(r), r.Verdict.Mark()) // and no blank: the label's last letter is worth more
		p.put(moneyRole(r), tinyAmount(r, p.limit-p.col))
		p.skip(1)
		p.put(roleText, r.label)
	} else {
		for _, c := range cols {
			p.skip(c.space(v))
			p.cell(c.role(r), c.cell(v, r, c.w), c.w, c.right)
		}
	}
	if p.chosen { // its background reaches the edge
		p.to(p.limit)
	}
}

// tinyAmount is an amount that needs no neighbours to be aligned with. It loses what says
// nothing, zero cents, and then its commas; it is never cut.
func tinyAmount(r *row, room int) string {
	s := r.money
	if s.whole == "" {
		return "-"
	}
	if strings.Trim(s.fraction, ".0") == "" {
		s.fraction = ""
	}
	return longest(max(4, room), s.currency+" "+s.whole+s.fraction,
		s.currency+" "+strings.ReplaceAll(s.whole, ",", "")+s.fraction, "####")
}

// empty says why there are no rows.
func (m *Model) empty(p *pen) {
	p.skip(1)
	switch {
	case len(m.table.all) > 0:
		p.put(roleAlarm, longest(p.limit-2, "No payment matches the filter. It knows text, !text, status: net: link: slow >1000 <50 and currencies.",
			"No payment matches the filter."))
	case m.keys.Add.Enabled():
		p.put(roleFaint, longest(p.limit-2, "No payments yet. Press a to add one; new ones appear by themselves.", "No payments yet (a = add)"))
	default:
		p.put(roleFaint, "No payments yet.")
	}
}

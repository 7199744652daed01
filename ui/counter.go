package ui

import (
	"strconv"
	"strings"

	"tillwatch/watch"
)

// Counter mode is for a screen on a counter, read from a step away and perhaps by customers:
// few and big rows, each with what to do, and nothing that is not about payments.

// bars are the looks of a big row's first line.
var bars = [...]role{
	watch.Waiting: roleWaitBar, watch.Confirming: roleBusyBar, watch.Check: roleAlarmBar,
	watch.Paid: roleGoodBar, watch.NotPaid: roleBadBar, watch.Stopped: roleOffBar,
}

// barHeight is how many lines a payment takes: a bar and what to do, from 20 lines also what
// to tell the customer and a blank; on a small screen it is a row as on the board.
func (m *Model) barHeight() int {
	switch {
	case m.height >= ruledFrom && m.width >= terseBelow:
		return 4
	case m.height >= 8 && m.width >= tinyBelow:
		return 2
	}
	return 1
}

// drawCounter draws the regions from the top: whose money and the time, trouble, the rows,
// and the keys.
func (m *Model) drawCounter(p *pen) {
	m.counterHead(p)
	m.banner(p, m.bannerLines())
	m.drawCaption(p)
	if m.height >= ruledFrom && m.width >= terseBelow {
		m.counts(p)
	}
	foot := m.footLines()
	lines := max(1, m.height-p.done-foot)
	if m.menu != nil {
		m.drawMenu(p, lines)
		m.foot(p, foot)
		return
	}
	each := m.barHeight()
	m.room = max(1, lines/each)
	rows := m.table.window(m.room, m.peek())
	m.rowsAt, m.rowHeight, m.rowsWidth, m.drawn = p.done, each, m.width, rows
	v := &sight{now: m.shownAt(), twice: m.isTwice}
	cols := layout(v, []*column{columns[0], columns[1], labelColumn, ageColumn}, rows, m.width)
	end := min(p.done+lines, m.height)
	for _, r := range rows {
		chosen := r.id == m.table.cursor
		if each == 1 {
			m.drawRow(p, cols, v, r, chosen)
			p.end()
			continue
		}
		m.drawBar(p, cols, v, r, chosen, each)
	}
	if len(rows) == 0 {
		m.empty(p)
		p.end()
	}
	for p.done < end-1 {
		p.end()
	}
	if n := len(m.table.shown); p.done < end && n > len(rows) {
		top := m.table.top
		if m.peek() {
			top = 0
		}
		p.say(roleFaint, strconv.Itoa(top+1)+"-"+strconv.Itoa(top+len(rows))+" of "+strconv.Itoa(n)+" (pgdn)")
	}
	for p.done < end {
		p.end()
	}
	m.foot(p, foot)
}

// counterHead is the first line. It also says that a payment was not taken, because that payment is
// not watched.
func (m *Model) counterHead(p *pen) {
	if m.width < tinyBelow && m.health.Trouble < watch.SlowedDown && !strings.Contains(m.status, notTaken) {
		m.terseHeader(p) // how many there are says more than the time
		return
	}
	look, badge := m.badge()
	hour := m.now.Format("15:04:05")
	p.put(look, badge)
	// What makes a row untrue goes before the title, and on a narrow screen before the time.
	room, said, alarm := p.limit-p.col-1, "", roleAlarm
	if p.limit >= terseBelow {
		room -= len(hour) + 3
	}
	switch {
	case strings.Contains(m.status, notTaken):
		said = longest(room, m.status, notTaken)
	case m.health.Trouble >= watch.SlowedDown:
		said = m.trouble(room)
	}
	if said != "" {
		p.skip(1)
		p.put(alarm, fit(said, room))
	}
	for _, more := range []struct {
		role
		text string
	}{{roleStrong, m.options.Title}, {roleFaint, m.status}} {
		if more.text != "" && more.text != said && p.limit-p.col-len(hour)-4 > width(more.text) {
			p.skip(2)
			p.put(more.role, more.text)
		}
	}
	if p.limit-p.col > len(hour)+1 {
		p.to(p.limit - len(hour) - 1)
		p.put(roleText, hour)
	}
	p.end()
}

// drawBar draws one big row.
func (m *Model) drawBar(p *pen, cols []placed, v *sight, r *row, chosen bool, each int) {
	a := m.advise(r)
	look := bars[r.Verdict]
	if a.alarm {
		look = roleAlarmBar
	}
	mark := " "
	if chosen {
		mark = ">"
	}
	p.put(look, mark)
	for _, c := range cols {
		p.put(look, blanks[:c.space(v)])
		p.padded(look, c.cell(v, r, c.w), c.w, c.right)
	}
	for p.col < p.limit {
		p.put(look, blanks[:min(len(blanks), p.limit-p.col)])
	}
	p.end()
	a.ask = strings.Replace(a.ask, m.keys.inWords(askNow), "", 1) // the last line has that key
	room := p.limit - 5
	p.skip(4)
	p.put(lookOf(r, a), fit(shortest(a.wordings(), room, 1), room))
	p.end()
	if each < 4 {
		return
	}
	tell := wrap("Say: \""+a.tell+"\"", room)
	for i := range 2 { // one line and a blank, or two
		if i < len(tell) {
			p.skip(4)
			p.put(roleFaint, tell[i])
		}
		p.end()
	}
}

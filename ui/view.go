package ui

import (
	tea "charm.land/bubbletea/v2"
)

// View is the frame. Bubble Tea asks for it after every message, so it is made again only
// when something changed.
func (m *Model) View() (v tea.View) {
	defer func() {
		if r := recover(); r != nil {
			m.fault = panicked(r)
			m.frame = "" // Run sees the fault and ends the program
		}
		v = tea.NewView(m.frame)
		v.AltScreen = true
		v.BackgroundColor, v.ForegroundColor = m.styles.ground, m.styles.ink
		if m.options.Mouse {
			v.MouseMode = tea.MouseModeCellMotion
		}
	}()
	if m.stale && m.fault == nil {
		m.stale = false
		if m.frame = m.draw(); m.options.ASCII {
			m.frame = asciiFrame(m.frame)
		}
	}
	return
}

// draw makes a frame: only the rows on the screen are made, and nothing outlives it but
// the texts that rows keep.
func (m *Model) draw() string {
	if m.width == 0 || m.height == 0 {
		return ""
	}
	m.drawn = nil
	m.table.arrange()
	m.table.tally.settle(m.table.all, m.now, m.whose())
	p := newPen(m.styles, m.width, m.height, len(m.frame)+256)
	switch {
	case m.asking != askNothing && m.height < 3: // there is no room for anything else
		m.foot(p, 1)
	case m.form != nil:
		m.drawForm(p)
	case m.menu != nil && m.options.Counter:
		m.drawCounter(p)
	case m.menu != nil && m.view != viewLoad:
		m.drawBoard(p)
	case m.view == viewLoad:
		m.drawLoad(p)
	case m.view == viewHelp:
		m.drawPage(p, &m.guide, "HELP")
	case m.view == viewLog:
		m.drawPage(p, &m.log, "LOG")
	case m.view == viewShift:
		m.drawShift(p)
	case m.detail && !m.paned() && m.table.selected() != nil:
		m.drawDetail(p)
	case m.options.Counter:
		m.drawCounter(p)
	default:
		m.drawBoard(p)
	}
	return p.String()
}

// paned reports whether the detail stands next to the board.
func (m *Model) paned() bool {
	return m.detail && !m.full && !m.options.Counter && m.width >= paneFrom && m.height >= 10 && m.table.selected() != nil
}

// drawCaption draws what a presenter tells, where there is room for it.
func (m *Model) drawCaption(p *pen) {
	if m.caption == "" || m.height < 8 {
		return
	}
	for _, l := range spread(nil, adviceLine{roleCaption, m.caption}, max(1, p.limit-2), captionLines) {
		p.put(l.role, " ")
		p.padded(l.role, l.text, p.limit-1, false)
		p.end()
	}
}

// captionLines is how many lines a caption may take from the rows.
const captionLines = 3

// drawBoard draws the regions from the top. Which of them there is room for depends on the
// size alone; the rows get what is left.
//
//	header                     always
//	banner or rule             trouble, or from 20 lines
//	caption                    a presenter's, from 8 lines
//	totals, counts, rule       from 6, 8 and 20 lines
//	titles, rows ║ detail      titles from 10 lines; the detail from 100 columns
//	rule, advice, rule         advice from 7 lines
//	keys, or what is typed     from 4 lines
func (m *Model) drawBoard(p *pen) {
	h, terse, ruled := m.height, m.width < terseBelow, m.height >= ruledFrom
	if terse {
		m.terseHeader(p)
	} else {
		m.header(p)
	}
	banner := m.bannerLines()
	m.banner(p, banner)
	if ruled && banner == 0 {
		m.statusRule(p)
	}
	m.drawCaption(p)
	if h >= 6 {
		m.totals(p)
	}
	if h >= 8 && !terse {
		m.counts(p)
	}
	if ruled && banner < 4 {
		p.rule()
	}

	foot := m.footLines()
	var advice []adviceLine
	if !m.paned() { // the pane says it already
		advice = m.adviceLines()
	}
	below := len(advice) + foot
	if ruled {
		below++
		if len(advice) > 0 {
			below++
		}
	}
	rows := m.drawRows(p, max(1, h-p.done-below))
	if ruled {
		m.rowsRule(p, rows)
	}
	for _, line := range advice {
		p.skip(1)
		p.put(line.role, line.text)
		p.end()
	}
	if ruled && len(advice) > 0 {
		p.rule()
	}
	m.foot(p, foot)
}

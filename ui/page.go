package ui

import (
	"strconv"
	"strings"

	"charm.land/bubbles/v2/key"
	tea "charm.land/bubbletea/v2"
)

// view is which of the screens is shown. The detail is a part of the board's.
type view uint8

const (
	viewBoard view = iota
	viewLoad
	viewLog
	viewShift
	viewHelp
)

// places are where the keys of a view work.
var places = [...]place{viewBoard: onBoard, viewLoad: onLoad, viewLog: onLog, viewShift: onShift, viewHelp: onHelp}

// place is where the person is: what the keys mean now.
func (m *Model) place() place {
	if m.view == viewBoard && m.detail {
		return inDetail
	}
	return places[m.view]
}

// page is a screen that is read: log and help. It holds its lines as they were laid out
// last; a frame takes the few of them that it shows.
type page struct {
	lines  []line
	top    int
	search string
	found  int // entries that hold what is searched for
	all    int // entries
}

// scroll moves a page that shows so many lines.
func (g *page) scroll(by, room int) { g.top = max(0, min(g.top+by, len(g.lines)-room)) }

// atEnd reports whether the page's last line is shown.
func (g *page) atEnd(room int) bool { return g.top >= len(g.lines)-room }

// holds reports whether an entry holds what is searched for, and counts it.
func (g *page) holds(texts ...string) bool {
	g.all++
	if g.search == "" {
		return true
	}
	for _, text := range texts {
		if contains(text, strings.ToLower(g.search)) {
			g.found++
			return true
		}
	}
	return false
}

// begin starts to lay a page out anew.
func (g *page) begin() { g.lines, g.found, g.all = g.lines[:0], 0, 0 }

// show goes to a view. Help is about the view that it was opened on.
func (m *Model) show(v view) {
	if v == viewHelp && m.view != viewHelp {
		m.helpOf = m.place()
		m.guide = page{}
	}
	if v == viewLog && m.view != viewLog {
		m.log = page{top: 1 << 30} // the newest is at the end
	}
	if v == viewShift && m.held != nil {
		m.thaw() // money must not be old there
	}
	if v == viewBoard || v == viewLoad {
		m.base = v
	}
	m.view = v
	m.relay()
}

// relay lays out what the view shows, for the present size, search and news.
func (m *Model) relay() {
	switch m.view {
	case viewLog:
		m.layLog()
	case viewHelp:
		m.layHelp()
	case viewShift:
		m.gather()
	}
}

// refresh lays out anew what time alone changes.
func (m *Model) refresh() {
	if m.view == viewLog {
		m.layLog()
	}
}

// reading is the page of the view; nil: it is none.
func (m *Model) reading() *page {
	switch m.view {
	case viewLog:
		return &m.log
	case viewHelp:
		return &m.guide
	}
	return nil
}

// pageRoom is how many lines of a page a screen shows.
func (m *Model) pageRoom() int {
	room := m.height - 1 - m.footLines()
	if m.height >= 10 {
		room-- // the rule
	}
	return max(1, room)
}

// drawPage draws log or help: whose money, what this is, the lines, and the keys.
func (m *Model) drawPage(p *pen, g *page, title string) {
	m.pageHead(p, title, g)
	room := m.pageRoom()
	g.scroll(0, room)
	for i := range room {
		if at := g.top + i; at < len(g.lines) {
			p.spans(g.lines[at])
		} else if i == 0 {
			p.skip(1)
			p.put(roleFaint, "Nothing here.")
		}
		p.end()
	}
	m.foot(p, m.footLines())
}

// pageHead is the first line of a page. The badge stays: the user may have opened the help to find
// out whether this is real.
func (m *Model) pageHead(p *pen, title string, g *page) {
	look, badge := m.badge()
	p.put(look, badge)
	p.put(roleStrong, " "+title)
	note := ""
	switch more := len(g.lines) - g.top - m.pageRoom(); {
	case g.search != "":
		note = strconv.Itoa(g.found) + " of " + strconv.Itoa(g.all) + " hold " + quote(g.search)
	case more > 0:
		note = strconv.Itoa(more) + " more lines (pgdn)"
	}
	note = longest(max(0, p.limit-p.col-2), note, "")
	p.to(p.limit - width(note) - 1)
	p.put(roleFaint, note)
	p.end()
	if m.height >= 10 {
		p.rule()
	}
}

// quote shows what a person typed as such.
func quote(typed string) string {
	return `"` + strings.ReplaceAll(cleaned(typed, 30), `"`, "'") + `"`
}

// pressPage is a key on log or help.
func (m *Model) pressPage(msg tea.KeyPressMsg) tea.Cmd {
	g, room := m.reading(), m.pageRoom()
	switch k := m.keys; {
	case key.Matches(msg, k.Back):
		if g.search != "" {
			g.search = ""
			m.relay()
			return nil
		}
		m.show(m.base)
	case key.Matches(msg, k.Filter):
		return m.prompt.open(promptSearch, g.search)
	case key.Matches(msg, k.Up):
		g.scroll(-1, room)
	case key.Matches(msg, k.Down):
		g.scroll(1, room)
	case key.Matches(msg, k.PageUp):
		g.scroll(-room, room)
	case key.Matches(msg, k.PageDown):
		g.scroll(room, room)
	case key.Matches(msg, k.HalfUp):
		g.scroll(-room/2, room)
	case key.Matches(msg, k.HalfDown):
		g.scroll(room/2, room)
	case key.Matches(msg, k.Top):
		g.scroll(-len(g.lines), room)
	case key.Matches(msg, k.Bottom):
		g.scroll(len(g.lines), room)
	default:
		if cmd, done := m.pressAnywhere(msg); done {
			return cmd
		}
		return m.nothing(msg)
	}
	return nil
}

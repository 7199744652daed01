package ui

import (
	"time"

	tea "charm.land/bubbletea/v2"
)

// wheelBy is how many lines a notch of the wheel moves.
const wheelBy = 3

// click is a press of the left button: on a row it selects, on the selected row it opens.
// There is nothing that only a mouse can do.
func (m *Model) click(at tea.Mouse) tea.Cmd {
	if at.Button != tea.MouseLeft || m.asking != askNothing || m.prompt.kind != promptNone || m.form != nil || m.menu != nil {
		return nil
	}
	i := (at.Y - m.rowsAt) / max(1, m.rowHeight)
	if at.Y < m.rowsAt || i >= len(m.drawn) || at.X >= m.rowsWidth || m.reading() != nil {
		return nil
	}
	r := m.drawn[i]
	if m.view == viewShift {
		if m.shift.cursor == r.id {
			return m.visit(r.id)
		}
		m.shift.cursor = r.id
		m.gather()
		return nil
	}
	m.table.arrange()
	if m.table.cursor == r.id {
		return m.open()
	}
	m.table.goTo(r.id)
	m.scroll, m.follow, m.await, m.started, m.strayed = 0, followOff, "", time.Time{}, false
	return m.recall()
}

// wheel scrolls what is under the pointer.
func (m *Model) wheel(at tea.Mouse) tea.Cmd {
	by := wheelBy
	switch at.Button {
	case tea.MouseWheelUp:
		by = -by
	case tea.MouseWheelDown:
	default:
		return nil
	}
	switch g := m.reading(); {
	case m.asking != askNothing, m.form != nil, m.view == viewLoad && m.menu == nil:
	case m.menu != nil:
		m.menu.at = max(0, min(m.menu.at+by/wheelBy, len(m.menu.list)-1))
	case g != nil:
		g.scroll(by, m.pageRoom())
	case m.view == viewShift:
		m.moveShift(by)
	case m.detail && (!m.paned() || at.X >= m.rowsWidth):
		m.scroll += by
	default:
		m.table.arrange()
		m.table.move(by)
		m.scroll, m.follow, m.await, m.started, m.strayed = 0, followOff, "", time.Time{}, false
		return m.recall()
	}
	return nil
}

package ui

import (
	"time"

	tea "charm.land/bubbletea/v2"

	"tillwatch/watch"
)

// follow says whether the cursor goes to news by itself.
type follow uint8

const (
	followOff       follow = iota // it stays with its payment
	followNewest                  // it goes to the payment that came last
	followAttention               // it goes to what needs a person most
)

// String is the mode in words.
func (f follow) String() string { return [...]string{"off", "newest", "attention"}[f] }

// nextFollow goes to the next mode.
func (m *Model) nextFollow() tea.Cmd {
	m.follow = (m.follow + 1) % (followAttention + 1)
	switch all := m.table.all; {
	case m.follow == followNewest && len(all) > 0:
		m.jump(all[len(all)-1].id)
	case m.follow == followAttention:
		m.goAlong(false)
	}
	m.strayed = false // a person has asked for it
	if m.follow == followOff {
		return m.say("follow: off, the cursor stays with its payment", false)
	}
	return m.say("follow: "+m.follow.String()+"; moving the cursor ends it", false)
}

// newestFor is how long the cursor waits for a payment that a key has started.
const newestFor = 5 * time.Second

// goAlong moves the cursor if it follows. came says that there is a payment more.
func (m *Model) goAlong(came bool) {
	if m.held != nil || len(m.table.all) == 0 {
		return
	}
	newest := m.table.all[len(m.table.all)-1].id
	switch {
	case came && m.now.Sub(m.started) < newestFor && !m.started.IsZero():
		m.started = time.Time{}
		m.jump(newest)
		m.strayed = false
	case m.follow == followAttention:
		m.table.arrange()
		if r := m.table.first(); r != nil {
			m.jump(r.id)
		}
	case m.follow == followNewest && came:
		m.jump(newest)
	}
}

// jump takes the cursor to a payment by itself, unless the user is at something or a filter hides
// the payment. The next key about the selected payment then only says where the cursor is.
func (m *Model) jump(id watch.ID) {
	if m.view != viewBoard || m.detail || m.form != nil || m.menu != nil || m.asking != askNothing || m.prompt.kind != promptNone ||
		id == m.table.cursor || !m.table.visible(id) {
		return
	}
	m.table.goTo(id)
	m.strayed = true
}

// focus takes the cursor to the payment that a story is about, once for each.
func (m *Model) focus(id watch.ID) {
	if id != m.focused && m.table.rows[id] != nil {
		m.focused = id
		m.jump(id)
	}
}

// meant are the payments that a key is about: the marked ones that are in the list, else the
// selected one. In the detail it is the one that is read about, whatever is marked. Each is
// by the newest news, frozen or not.
func (m *Model) meant() []*row {
	var rows []*row
	if len(m.marked) > 0 && !m.detail {
		for _, r := range m.table.shown {
			if m.marked[r.id] {
				rows = append(rows, m.newestOf(r))
			}
		}
	} else if r := m.chosen(); r != nil {
		rows = append(rows, r)
	}
	return rows
}

// newestOf is a row by the newest news: what is said of money must not be old.
func (m *Model) newestOf(r *row) *row {
	if s, newer := m.held[r.id]; newer {
		r = &row{Snapshot: &s, id: r.id}
	}
	return r.texts()
}

// prune forgets the marks of payments that a filter has hidden, because a key must not act on what
// is not seen.
func (m *Model) prune() {
	for id := range m.marked {
		if !m.table.visible(id) {
			delete(m.marked, id)
		}
	}
}

// mark marks the selected payment, or takes its mark away, and goes to the next.
func (m *Model) mark() tea.Cmd {
	r := m.table.selected()
	if r == nil {
		return m.say("no payment is selected", true)
	}
	if m.marked[r.id] {
		delete(m.marked, r.id)
	} else {
		if m.marked == nil {
			m.marked = map[watch.ID]bool{}
		}
		m.marked[r.id] = true
	}
	m.table.move(1)
	m.follow, m.await, m.started = followOff, "", time.Time{}
	return m.recall()
}

package ui

import (
	"slices"
	"strconv"
	"strings"

	"charm.land/bubbles/v2/key"
	tea "charm.land/bubbletea/v2"

	"tillwatch/watch"
)

// menu is a list to choose from, in place of the rows or next to them.
type menu struct {
	title string
	note  string // how to go on
	list  []Choice
	at    int
	ticks func(i int) bool        // nil: nothing is ticked
	press func(key string, i int) // other keys of this menu
	typed func(key string) bool   // nil: nothing can be typed; false: that is no part of it
	take  func(i int) tea.Cmd     // enter; it closes the menu or opens the next
}

// openMenu shows a menu; its cursor starts at the top.
func (m *Model) openMenu(n *menu) { m.menu = n }

// closeMenu gives the keyboard back.
func (m *Model) closeMenu() { m.menu = nil }

// pressMenu is a key while a menu is open. A letter goes to the next choice that begins with
// it, for a presenter who knows the name.
func (m *Model) pressMenu(msg tea.KeyPressMsg) tea.Cmd {
	n := m.menu
	switch k := m.keys; {
	case msg.String() == "up", msg.String() == "ctrl+p":
		n.at = max(0, n.at-1)
	case msg.String() == "down", msg.String() == "ctrl+n":
		n.at = min(n.at+1, len(n.list)-1)
	case key.Matches(msg, k.Back):
		m.closeMenu()
	case msg.String() == "enter":
		return n.take(n.at)
	case n.press != nil:
		n.press(msg.String(), n.at)
	case n.typed != nil && n.typed(msg.String()):
	case n.jump(msg.String()):
	case key.Matches(msg, k.Up):
		n.at = max(0, n.at-1)
	case key.Matches(msg, k.Down):
		n.at = min(n.at+1, len(n.list)-1)
	}
	return nil
}

// jump goes to the next choice that begins with what was typed, and says whether there is one.
func (n *menu) jump(typed string) bool {
	for i := range n.list {
		at := (n.at + 1 + i) % len(n.list)
		if typed != "" && strings.HasPrefix(strings.ToLower(n.list[at].Name), strings.ToLower(typed)) {
			n.at = at
			return true
		}
	}
	return false
}

// lines are the menu in a region of that size. The cursor's choice is among them, and under
// them the whole of what it brings.
func (n *menu) lines(w, h int) []line {
	names, below := 0, []string(nil)
	for _, c := range n.list {
		names = max(names, width(c.Name))
	}
	names = min(names, max(4, w/2))
	var all []line
	if h > 3 {
		title := line{{roleStrong, fit(n.title, w)}}
		h -= 2
		rows := h
		if h > 8 {
			rows -= 4
		}
		if len(n.list) > rows && w > width(n.title)+12 { // not all of it is seen
			title = append(title, span{roleFaint, "  " + strconv.Itoa(n.at+1) + " of " + strconv.Itoa(len(n.list))})
		}
		all = append(all, title, nil)
	}
	if h > 8 && len(n.list) > 0 {
		below = wrap(n.list[n.at].Text, w-2)
		h -= 4
	}
	top := max(0, min(n.at-h/2, len(n.list)-h))
	for i := top; i < min(top+h, len(n.list)); i++ {
		c := n.list[i]
		mark, look := "  ", roleText
		if i == n.at {
			mark, look = "> ", roleStrong
		}
		if n.ticks != nil {
			tick := "[ ] "
			if n.ticks(i) {
				tick = "[x] "
			}
			mark += tick
		}
		name := fit(c.Name, names)
		l := line{{roleChosen, mark}, {look, name}}
		if room := w - width(mark) - names - 2; room >= 8 && c.Text != "" {
			l = append(l, span{roleFaint, blanks[:min(len(blanks), names-width(name)+2)] + fit(c.Text, room)})
		}
		all = append(all, l)
	}
	if len(below) > 0 {
		all = append(all, nil)
		for _, text := range below[:min(len(below), 3)] {
			all = append(all, line{{roleText, "  " + text}})
		}
	}
	return all
}

// chooseColumns lets a person choose which columns there are, and in which order.
func (m *Model) chooseColumns() {
	list := slices.Clone(m.columns)
	for _, c := range columns {
		if !slices.Contains(list, c) {
			list = append(list, c)
		}
	}
	shown := map[*column]bool{}
	for _, c := range m.columns {
		shown[c] = true
	}
	n := &menu{title: "COLUMNS", note: "space shows or hides, < > move, esc closes"}
	apply := func() {
		n.list, m.columns = nil, nil
		for _, c := range list {
			about := c.about
			if c.keep == never {
				about += " (always there)"
			}
			n.list = append(n.list, Choice{strings.ToLower(c.title), about})
			if shown[c] {
				m.columns = append(m.columns, c)
			}
		}
	}
	swap := func(a, b int) {
		if a >= 0 && b < len(list) {
			list[a], list[b] = list[b], list[a]
			apply()
		}
	}
	toggle := func(i int) {
		if c := list[i]; c.keep != never {
			shown[c] = !shown[c]
		}
		apply()
	}
	n.ticks = func(i int) bool { return shown[list[i]] }
	n.take = func(i int) tea.Cmd { toggle(i); return nil }
	n.press = func(pressed string, i int) {
		switch pressed {
		case "space":
			toggle(i)
		case "<", "left":
			if i > 0 {
				swap(i-1, i)
				n.at--
			}
		case ">", "right":
			if i+1 < len(list) {
				swap(i, i+1)
				n.at++
			}
		default:
			n.jump(pressed)
		}
	}
	apply()
	m.openMenu(n)
}

// goThrough asks for one step after the other, and then does what the extra is for.
func (m *Model) goThrough(e Extra, selected watch.ID, chosen []string) tea.Cmd {
	about := ""
	if r := m.table.rows[selected]; r != nil && e.Selected {
		about = r.texts().label
	}
	if len(chosen) == len(e.Steps) {
		m.closeMenu()
		if e.Starts {
			m.started = m.now
		}
		return safely(func() tea.Msg {
			text := e.Do(selected, chosen...)
			if about != "" {
				text = about + ": " + text
			}
			return didMsg{text}
		})
	}
	step := e.Steps[len(chosen)]
	title := step.Title
	if about != "" {
		title += ": " + about
	}
	list := step.Choices(chosen)
	n := &menu{title: title, note: "enter chooses, a letter goes to its name, esc closes", list: list, take: func(i int) tea.Cmd {
		if len(list) == 0 {
			m.closeMenu()
			return nil
		}
		return m.goThrough(e, selected, append(chosen[:len(chosen):len(chosen)], list[i].Name))
	}}
	if step.On != nil {
		n.ticks = func(i int) bool { return step.On(list[i].Name) }
	}
	m.openMenu(n)
	return nil
}

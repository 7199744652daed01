package ui

import (
	"charm.land/bubbles/v2/key"
	tea "charm.land/bubbletea/v2"
)

// keyMap is every key of the board. What is pressed is compared with it, the last line and
// the help are made from it, and nothing else knows a key.
type keyMap struct {
	Up, Down, Top, Bottom, PageUp, PageDown, HalfUp, HalfDown key.Binding

	Detail, Raw, Back, Filter, Sort, Reverse, Freeze       key.Binding
	Add, Verify, Stop, Undo                                key.Binding
	Copy, Unmask, Bell, Theme, Help, Quit, QuitNow, Accept key.Binding

	extras []Extra
}

// bind makes a key of how the help writes it, what it does, and what the terminal sends.
func bind(help, does string, keys ...string) key.Binding {
	return key.NewBinding(key.WithKeys(keys...), key.WithHelp(help, does))
}

// newKeyMap makes the keys for what this desk can do. None of them moves money.
func newKeyMap(desk Desk, extras []Extra) *keyMap {
	k := &keyMap{
		Up:       bind("up k", "row up", "up", "k"),
		Down:     bind("down j", "row down", "down", "j"),
		Top:      bind("g home", "first row", "g", "home"),
		Bottom:   bind("G end", "last row", "G", "end"),
		PageUp:   bind("pgup", "page up; in the detail, scroll", "pgup"),
		PageDown: bind("pgdn", "page down; in the detail, scroll", "pgdown"),
		HalfUp:   bind("ctrl+u", "half a page up", "ctrl+u"),
		HalfDown: bind("ctrl+d", "half a page down", "ctrl+d"),

		Detail:  bind("enter", "detail", "enter"),
		Raw:     bind("J", "in the detail: raw JSON, without secrets", "J"),
		Back:    bind("esc", "back, clear the filter", "esc"),
		Filter:  bind("/", "filter", "/"),
		Sort:    bind("o", "sort by the next column", "o"),
		Reverse: bind("O", "reverse the order", "O"),
		Freeze:  bind("f", "freeze", "f"),

		Add:    bind("a", "add", "a"),
		Verify: bind("v", "verify", "v"),
		Stop:   bind("x", "stop watching", "x"),
		Undo:   bind("u", "undo a stop", "u"),

		Copy:    bind("y", "copy ref", "y"),
		Unmask:  bind("m", "show numbers for 10 s", "m"),
		Bell:    bind("b", "bell on or off", "b"),
		Theme:   bind("T", "next theme", "T"),
		Help:    bind("?", "help", "?"),
		Quit:    bind("q", "quit", "q"),
		QuitNow: bind("ctrl+c", "quit; twice: at once", "ctrl+c"),
		Accept:  bind("enter", "accept", "enter"),

		extras: extras,
	}
	// A key that is not enabled matches nothing and stands in no help.
	k.Add.SetEnabled(desk.Add != nil)
	k.Verify.SetEnabled(desk.Verify != nil)
	k.Stop.SetEnabled(desk.Stop != nil)
	k.Undo.SetEnabled(desk.Resume != nil)
	k.Raw.SetEnabled(desk.History != nil)
	return k
}

// aboutRow reports whether a key does something to the selected payment.
func (k *keyMap) aboutRow(msg tea.KeyPressMsg) bool {
	if key.Matches(msg, k.Detail, k.Verify, k.Stop, k.Copy) {
		return true
	}
	for _, e := range k.extras {
		if e.Selected && key.Matches(msg, e.Binding) {
			return true
		}
	}
	return false
}

// short is what the last line offers, in the order in which it is shown. The number says
// how long a key stays when the line gets narrow: the smallest leaves first.
func (k *keyMap) short(detail bool) []hinted {
	open := k.Detail
	if detail {
		open = k.Back
		open.SetHelp("esc", "back")
	}
	list := []hinted{
		{k.Add, 5}, {open, 7}, {k.Verify, 8}, {k.Filter, 6}, {k.Freeze, 3}, {k.Copy, 2}, {k.Help, 9}, {k.Quit, 4},
	}
	for _, e := range k.extras {
		list = append(list, hinted{e.Binding, 1})
	}
	return list
}

type hinted struct {
	key.Binding
	keep int
}

// group is a part of the help.
type group struct {
	title string
	keys  []key.Binding
}

// groups are all keys, as the help shows them.
func (k *keyMap) groups() []group {
	list := []group{
		{"MOVE", []key.Binding{k.Up, k.Down, k.Top, k.Bottom, k.PageUp, k.PageDown, k.HalfUp, k.HalfDown}},
		{"LOOK", []key.Binding{k.Detail, k.Raw, k.Back, k.Filter, k.Sort, k.Reverse, k.Freeze, k.Copy, k.Unmask}},
		{"ACT", []key.Binding{k.Add, k.Verify, k.Stop, k.Undo}},
		{"PROGRAM", []key.Binding{k.Bell, k.Theme, k.Help, k.Quit, k.QuitNow}},
	}
	if len(k.extras) > 0 {
		more := group{title: "HERE"}
		for _, e := range k.extras {
			more.keys = append(more.keys, e.Binding)
		}
		list = append(list, more)
	}
	return list
}

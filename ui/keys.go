package ui

import (
	"fmt"
	"maps"
	"slices"
	"strconv"
	"strings"

	"charm.land/bubbles/v2/key"
	tea "charm.land/bubbletea/v2"

	"tillwatch/watch/load"
)

// place is a set of the screens on which a key does something. Two actions may share a key
// as long as they share no place.
type place uint8

const (
	onBoard place = 1 << iota
	inDetail
	onLog
	onShift
	onHelp
	onLoad
	scrolled   = onBoard | inDetail | onLog | onShift | onHelp // there is more than fits
	everywhere = scrolled | onLoad
	aboutRows  = onBoard | inDetail
)

// keyMap is every key of the screen. What is pressed is compared with it, the last line and
// the help are made from it, and nothing else knows a key.
type keyMap struct {
	Up, Down, Top, Bottom, PageUp, PageDown, HalfUp, HalfDown key.Binding

	Detail, Pane, Raw, Back, Filter, Sort, Reverse, Columns, Freeze, Follow key.Binding
	Mark, Unmark, Add, Verify, Stop, Undo, Recheck                          key.Binding
	Copy, Bundle, Export, Unmask, Bell, Theme, Redraw                       key.Binding
	Board, Load, Log, Shift, Help, Suspend, Quit, QuitNow                   key.Binding

	// Of a load run.
	Slower, Faster, SlowerTenth, FasterTenth, Ramp, Pause, Burst, Drain, StopRun, Faults, Samples, Retry key.Binding

	extras []Extra
}

// action is one line of the table of keys: the name that a settings file has for it, where
// it works, and in which part of the help it stands.
type action struct {
	name  string
	bound *key.Binding
	where place
	group string
}

// actions are all keys in the order of the help. The keys of the extras are not among them:
// they belong to the program that brings them.
func (k *keyMap) actions() []action {
	return []action{
		{"up", &k.Up, scrolled, "MOVE"},
		{"down", &k.Down, scrolled, "MOVE"},
		{"first", &k.Top, scrolled, "MOVE"},
		{"last", &k.Bottom, scrolled, "MOVE"},
		{"page-up", &k.PageUp, scrolled, "MOVE"},
		{"page-down", &k.PageDown, scrolled, "MOVE"},
		{"half-up", &k.HalfUp, scrolled, "MOVE"},
		{"half-down", &k.HalfDown, scrolled, "MOVE"},

		{"detail", &k.Detail, aboutRows | onShift, "LOOK"},
		{"pane", &k.Pane, aboutRows, "LOOK"},
		{"raw", &k.Raw, inDetail, "LOOK"},
		{"back", &k.Back, everywhere, "LOOK"},
		{"filter", &k.Filter, aboutRows | onLog | onHelp, "LOOK"},
		{"sort", &k.Sort, aboutRows, "LOOK"},
		{"reverse", &k.Reverse, aboutRows, "LOOK"},
		{"columns", &k.Columns, aboutRows, "LOOK"},
		{"freeze", &k.Freeze, aboutRows, "LOOK"},
		{"follow", &k.Follow, aboutRows, "LOOK"},
		{"mark", &k.Mark, aboutRows, "LOOK"},
		{"unmark", &k.Unmark, aboutRows, "LOOK"},
		{"copy", &k.Copy, aboutRows | onShift, "LOOK"},
		{"bundle", &k.Bundle, aboutRows, "LOOK"},
		{"unmask", &k.Unmask, aboutRows, "LOOK"},

		{"add", &k.Add, aboutRows, "ACT"},
		{"verify", &k.Verify, aboutRows | onShift, "ACT"},
		{"stop", &k.Stop, aboutRows, "ACT"},
		{"undo", &k.Undo, aboutRows, "ACT"},
		{"recheck", &k.Recheck, onShift, "ACT"},
		{"export", &k.Export, onShift, "ACT"},

		{"slower", &k.Slower, onLoad, "LOAD RUN"},
		{"faster", &k.Faster, onLoad, "LOAD RUN"},
		{"slower-tenth", &k.SlowerTenth, onLoad, "LOAD RUN"},
		{"faster-tenth", &k.FasterTenth, onLoad, "LOAD RUN"},
		{"ramp", &k.Ramp, onLoad, "LOAD RUN"},
		{"pause", &k.Pause, onLoad, "LOAD RUN"},
		{"burst", &k.Burst, onLoad, "LOAD RUN"},
		{"drain", &k.Drain, onLoad, "LOAD RUN"},
		{"stop-run", &k.StopRun, onLoad, "LOAD RUN"},
		{"faults", &k.Faults, onLoad, "LOAD RUN"},
		{"samples", &k.Samples, onLoad, "LOAD RUN"},
		{"retry", &k.Retry, onLoad, "LOAD RUN"},

		{"board", &k.Board, everywhere, "PROGRAM"},
		{"load", &k.Load, everywhere, "PROGRAM"},
		{"log", &k.Log, everywhere, "PROGRAM"},
		{"shift", &k.Shift, everywhere, "PROGRAM"},
		{"help", &k.Help, everywhere, "PROGRAM"},
		{"bell", &k.Bell, everywhere, "PROGRAM"},
		{"theme", &k.Theme, everywhere, "PROGRAM"},
		{"redraw", &k.Redraw, everywhere, "PROGRAM"},
		{"suspend", &k.Suspend, everywhere, "PROGRAM"},
		{"quit", &k.Quit, everywhere, "PROGRAM"},
		{"quit-now", &k.QuitNow, everywhere, "PROGRAM"},
	}
}

// usualBurst is how many come with a burst.
var usualBurst = strconv.Itoa(load.UsualBurst)

// bind makes a key of how the help writes it, what it does, and what the terminal sends.
func bind(help, does string, keys ...string) key.Binding {
	return key.NewBinding(key.WithKeys(keys...), key.WithHelp(help, does))
}

// usualKeys are the keys as they are without settings. None of them moves money.
func usualKeys() *keyMap {
	return &keyMap{
		Up:       bind("up k", "row up", "up", "k"),
		Down:     bind("down j", "row down", "down", "j"),
		Top:      bind("g home", "first row", "g", "home"),
		Bottom:   bind("G end", "last row", "G", "end"),
		PageUp:   bind("pgup", "page up; in the detail, scroll", "pgup"),
		PageDown: bind("pgdn", "page down; in the detail, scroll", "pgdown"),
		HalfUp:   bind("ctrl+u", "half a page up", "ctrl+u"),
		HalfDown: bind("ctrl+d", "half a page down", "ctrl+d"),

		Detail:  bind("enter", "detail", "enter"),
		Pane:    bind("w", "detail beside the board, from 100 columns", "w"),
		Raw:     bind("J", "in the detail: raw JSON, without secrets", "J"),
		Back:    bind("esc", "back, clear the filter", "esc"),
		Filter:  bind("/", "filter; in log and help: search", "/"),
		Sort:    bind("o", "sort by the next column", "o"),
		Reverse: bind("O", "reverse the order", "O"),
		Columns: bind("C", "choose the columns", "C"),
		Freeze:  bind("f", "freeze", "f"),
		Follow:  bind("F", "follow: the newest, or what needs attention", "F"),
		Mark:    bind("space", "mark; v x y Y are then about the marked", "space"),
		Unmark:  bind("ctrl+\\", "no marks", "ctrl+\\"),
		Copy:    bind("y", "copy ref", "y"),
		Bundle:  bind("Y", "copy all that support asks for", "Y"),
		Unmask:  bind("m", "show numbers for 10 s", "m"),

		Add:     bind("a", "add", "a"),
		Verify:  bind("v", "verify", "v"),
		Stop:    bind("x", "stop watching", "x"),
		Undo:    bind("u", "undo a stop", "u"),
		Recheck: bind("r", "on the shift screen: ask again about all", "r"),
		Export:  bind("e", "on the shift screen: write the report to a file", "e"),

		Slower:      bind("[", "one arrival a second fewer", "["),
		Faster:      bind("]", "one arrival a second more", "]"),
		SlowerTenth: bind("{", "a tenth of the rate fewer (10%)", "{"),
		FasterTenth: bind("}", "a tenth of the rate more (10%)", "}"),
		Ramp:        bind("R", "ramp arrivals to another rate within a time", "R"),
		Pause:       bind("p", "pause arrivals, or go on; what is under way goes on", "p"),
		Burst:       bind("B", "burst: "+usualBurst+" arrivals at once, whatever the rate", "B"),
		Drain:       bind("d", "drain: no more arrivals; the run ends when all have a result", "d"),
		StopRun:     bind("K", "stop the run now; it asks first", "K"),
		Faults:      bind("E", "faults of the whole sandbox: on, off", "E"),
		Samples:     bind("e", "write the raw samples to a file", "e"),
		Retry:       bind("v", "log in at once while the login is refused, not after the wait", "v"),

		Board:   bind("1", "board", "1"),
		Load:    bind("2", "load run", "2"),
		Log:     bind("3", "log", "3"),
		Shift:   bind("4", "shift", "4"),
		Help:    bind("?", "help", "?", "5"),
		Bell:    bind("b", "bell: all, paid only, off", "b"),
		Theme:   bind("T", "next theme", "T"),
		Redraw:  bind("ctrl+l", "draw the screen anew", "ctrl+l"),
		Suspend: bind("ctrl+z", "back to the shell for a while; fg brings this back", "ctrl+z"),
		Quit:    bind("q", "quit", "q"),
		QuitNow: bind("ctrl+c", "quit; twice: at once", "ctrl+c"),
	}
}

// newKeyMap makes the keys for what this desk can do, with those that the settings change.
func newKeyMap(o Options) *keyMap {
	k := usualKeys()
	k.extras = o.Keys
	// A key that is not enabled matches nothing and stands in no help.
	for _, can := range []struct {
		bound *key.Binding
		is    bool
	}{
		{&k.Add, o.Desk.Add != nil && o.Desk.Read != nil}, {&k.Verify, o.Desk.Verify != nil}, {&k.Stop, o.Desk.Stop != nil},
		{&k.Undo, o.Desk.Resume != nil}, {&k.Raw, o.Desk.History != nil},
		{&k.Recheck, o.Desk.Verify != nil}, {&k.Export, o.Desk.Save != nil},
		// A counter shows payments and nothing else, and no number.
		{&k.Load, !o.Counter},
		{&k.Unmask, !o.Counter}, {&k.Log, !o.Counter && o.Desk.Log != nil},
		{&k.Pane, !o.Counter}, {&k.Mark, !o.Counter}, {&k.Unmark, !o.Counter}, {&k.Freeze, !o.Counter}, {&k.Columns, !o.Counter}, {&k.Sort, !o.Counter}, {&k.Reverse, !o.Counter},
	} {
		can.bound.SetEnabled(can.is)
	}
	for _, bound := range [...]*key.Binding{
		&k.Slower, &k.Faster, &k.SlowerTenth, &k.FasterTenth, &k.Ramp, &k.Pause, &k.Burst, &k.Drain, &k.StopRun, &k.Faults,
	} {
		bound.SetEnabled(o.Load != nil)
	}
	k.Samples.SetEnabled(o.Load != nil && o.Load.Export != nil)
	k.Retry.SetEnabled(o.Load != nil && o.Load.Retry != nil)
	k.change(o.Changed)
	return k
}

// moves reports whether a character only moves the cursor.
func (k *keyMap) moves(char string) bool {
	for _, b := range [...]*key.Binding{&k.Up, &k.Down, &k.Top, &k.Bottom} {
		if slices.Contains(b.Keys(), char) {
			return true
		}
	}
	return false
}

// change gives actions the keys of the settings. What is wrong with them CheckKeys has said.
func (k *keyMap) change(changed map[string][]string) {
	for _, a := range k.actions() {
		if keys := changed[a.name]; len(keys) > 0 {
			if a.name == "quit-now" && !slices.Contains(keys, "ctrl+c") {
				keys = append(keys[:len(keys):len(keys)], "ctrl+c") // whatever else: that ends a program
			}
			a.bound.SetKeys(keys...)
			a.bound.SetHelp(strings.Join(keys, " "), a.bound.Help().Desc)
		}
	}
}

// inWords puts keys into a text in place of their actions' names in braces.
func (k *keyMap) inWords(text string) string {
	if !strings.Contains(text, "{") {
		return text
	}
	for _, name := range [...]struct {
		action string
		bound  key.Binding
	}{{"{verify}", k.Verify}, {"{retry}", k.Retry}, {"{undo}", k.Undo}, {"{bundle}", k.Bundle}, {"{help}", k.Help}, {"{shift}", k.Shift}, {"{recheck}", k.Recheck}, {"{export}", k.Export}, {"{freeze}", k.Freeze}, {"{back}", k.Back}, {"{quit}", k.Quit}, {"{stop-run}", k.StopRun}} {
		pressed, _, _ := strings.Cut(name.bound.Help().Key, " ")
		text = strings.ReplaceAll(text, name.action, pressed)
	}
	return text
}

// Actions are the names that a settings file has for what keys do, in the order of the help.
func Actions() []string {
	var names []string
	for _, a := range usualKeys().actions() {
		names = append(names, a.name)
	}
	return names
}

// CheckKeys reports what is wrong with keys of the settings, and which action it is about.
// An action that is not named keeps its usual keys; one that is has only those. Two actions
// that work on one screen must not have a key in common, or one of them could never be had.
func CheckKeys(changed map[string][]string) (string, error) {
	k := usualKeys()
	for _, name := range slices.Sorted(maps.Keys(changed)) {
		for _, pressed := range changed[name] {
			switch {
			case !keyName(pressed):
				return name, fmt.Errorf("%q is not a key: want a letter, a digit, a sign, or a name such as enter, pgup, f5, ctrl+s", pressed)
			case typing[name] && !apart(pressed):
				return name, fmt.Errorf("%q is needed where one types: want a key such as esc, f10, ctrl+x", pressed)
			}
		}
	}
	k.change(changed)
	all := k.actions()
	for i, a := range all {
		for _, b := range all[:i] {
			if a.where&b.where == 0 {
				continue
			}
			for _, pressed := range a.bound.Keys() {
				if !slices.Contains(b.bound.Keys(), pressed) {
					continue
				}
				at, other := a, b // the one that the settings name is the one to mend
				if _, named := changed[a.name]; !named {
					at, other = b, a
				}
				return at.name, fmt.Errorf("%q is the key of %s already", pressed, other.name)
			}
		}
	}
	return "", nil
}

// typing are the actions that can be had while a person types too.
var typing = map[string]bool{"back": true, "quit-now": true}

// apart reports whether a key is none that typing, choosing or moving about needs.
func apart(pressed string) bool {
	switch pressed {
	case "enter", "tab", "shift+tab", "space", "backspace", "delete", "up", "down", "left", "right", "home", "end", "ctrl+s":
		return false
	}
	return len([]rune(pressed)) > 1
}

// keyName reports whether Bubble Tea has that name for what a terminal can send: modifiers
// in its order, each once, and no shift before a letter, which comes as the capital.
func keyName(name string) bool {
	rest, shifted := name, false
	for _, modifier := range [...]string{"ctrl+", "alt+", "shift+"} {
		if after, has := strings.CutPrefix(rest, modifier); has && after != "" {
			rest, shifted = after, shifted || modifier == "shift+"
		}
	}
	if len([]rune(rest)) == 1 {
		if rest != name && strings.HasPrefix(name, "ctrl+") && strings.ToLower(rest) != rest {
			return false
		}
		return rest != " " && !shifted && foreign(rest) == rest
	}
	switch rest {
	case "up", "down", "left", "right", "enter", "esc", "tab", "space", "backspace", "delete", "insert", "home", "end", "pgup", "pgdown":
		return true
	}
	var n int
	_, err := fmt.Sscanf(rest, "f%d", &n)
	return err == nil && n >= 1 && n <= 20 && rest == fmt.Sprintf("f%d", n)
}

// aboutRow reports whether a key does something to the selected payment.
func (k *keyMap) aboutRow(msg tea.KeyPressMsg) bool {
	if key.Matches(msg, k.Detail, k.Verify, k.Stop, k.Undo, k.Copy, k.Bundle, k.Mark) {
		return true
	}
	for _, e := range k.extras {
		if e.Selected && key.Matches(msg, e.Binding) {
			return true
		}
	}
	return false
}

// short is what the last line offers in a place, in the order in which it is shown. The
// number says how long a key stays when the line gets narrow: the smallest leaves first.
func (k *keyMap) short(where place) []hinted {
	back := called(k.Back, "back")
	switch where {
	case onLog:
		return []hinted{{back, 5}, {called(k.Filter, "search"), 4}, {k.Board, 3}, {k.Shift, 2}, {k.Help, 1}}
	case onHelp:
		return []hinted{{back, 5}, {called(k.Filter, "search"), 4}, {k.Board, 3}, {k.Log, 2}, {k.Shift, 1}}
	case onLoad:
		return []hinted{
			{together(k.Slower, k.Faster, "-1 +1/s"), 9}, {together(k.SlowerTenth, k.FasterTenth, "-10 +10%"), 1}, {called(k.Pause, "pause"), 10},
			{called(k.Ramp, "ramp"), 5}, {called(k.Burst, "burst "+usualBurst), 3}, {called(k.Drain, "drain"), 7}, {called(k.StopRun, "stop"), 6},
			{called(k.Faults, "faults"), 4}, {called(k.Samples, "export"), 2}, {k.Board, 1}, {k.Help, 11}, {k.Quit, 8},
		}
	case onShift:
		return []hinted{
			{back, 8}, {k.Detail, 4}, {called(k.Recheck, "recheck"), 6}, {called(k.Export, "export"), 5},
			{called(k.Copy, "copy"), 3}, {k.Log, 2}, {k.Help, 7}, {k.Quit, 1},
		}
	}
	open := hinted{k.Detail, 8}
	if where == inDetail {
		open.Binding = back
	}
	list := []hinted{
		{k.Add, 6}, open, {k.Verify, 9}, {called(k.Filter, "filter"), 7}, {k.Freeze, 3}, {k.Copy, 2}, {k.Shift, 1}, {k.Help, 10}, {k.Quit, 5},
	}
	if k.Slower.Enabled() { // there is a run to go back to
		list = append(list, hinted{called(k.Load, "load run"), 8})
	}
	for _, e := range k.extras {
		k := e.Binding
		if e.Short != "" {
			k = called(k, e.Short)
		}
		list = append(list, hinted{k, e.Keep})
	}
	return list
}

// over is what the last line offers when a load run has ended.
func (k *keyMap) over() []hinted {
	return []hinted{{called(k.Samples, "export"), 4}, {k.Board, 3}, {k.Log, 1}, {k.Shift, 2}, {k.Help, 5}, {k.Quit, 6}}
}

// called is a key under a shorter name.
func called(k key.Binding, does string) key.Binding {
	k.SetHelp(k.Help().Key, does)
	return k
}

// together are two keys that do the same in two directions.
func together(less, more key.Binding, do string) key.Binding {
	a, _, _ := strings.Cut(less.Help().Key, " ")
	b, _, _ := strings.Cut(more.Help().Key, " ")
	less.SetHelp(a+" "+b, do)
	return less
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

// groups are the keys that work in a place, as the help shows them; everywhere: all.
func (k *keyMap) groups(where place) []group {
	var list []group
	for _, a := range k.actions() {
		if a.where&where == 0 {
			continue
		}
		if len(list) == 0 || list[len(list)-1].title != a.group {
			list = append(list, group{title: a.group})
		}
		last := &list[len(list)-1]
		last.keys = append(last.keys, *a.bound)
	}
	if where&aboutRows == 0 {
		return list
	}
	for _, e := range k.extras {
		title := e.Group
		if title == "" {
			title = "MORE"
		}
		if list[len(list)-1].title != title {
			list = append(list, group{title: title})
		}
		last := &list[len(list)-1]
		last.keys = append(last.keys, e.Binding)
	}
	return list
}

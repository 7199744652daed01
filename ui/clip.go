package ui

import (
	"strings"

	tea "charm.land/bubbletea/v2"

	"tillwatch/watch"
)

// copyReference copies the selected payment's reference, or those of the marked ones, a
// line each.
func (m *Model) copyReference() tea.Cmd {
	rows := m.meant()
	if len(rows) == 0 {
		return m.say("no payment is selected", true)
	}
	var list []string
	for _, r := range rows {
		text := r.Reference
		if r.Hosted() {
			text = string(r.id)
		}
		list = append(list, watch.Clean(text, longestText))
	}
	if len(list) == 1 {
		return m.copyText(list[0], foreign(list[0]))
	}
	return m.copyText(strings.Join(list, "\n")+"\n", plural(len(list), "reference"))
}

// copyText puts a text on the clipboard in both ways there are: the desktop's own, where
// this program runs on one, and the terminal's (OSC 52), which works through ssh but not in
// every terminal, and never says whether it did.
func (m *Model) copyText(text, what string) tea.Cmd {
	terminal, native := tea.SetClipboard(text), m.options.Clipboard
	if native == nil {
		return tea.Batch(terminal, m.say("copied, if this terminal allows it: "+what, false))
	}
	return tea.Batch(terminal, safely(func() tea.Msg {
		if err := native(text); err != nil {
			return flashMsg{"copied, if this terminal allows it: " + what, false}
		}
		return flashMsg{"copied: " + what, false}
	}))
}

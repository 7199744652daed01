package ui

import (
	"charm.land/bubbles/v2/key"
	"charm.land/bubbles/v2/textinput"
	tea "charm.land/bubbletea/v2"

	"tillwatch/watch"
)

// longestTyped bounds a filter and a search, in characters.
const longestTyped = 200

// promptKind says what is being typed.
type promptKind uint8

const (
	promptNone promptKind = iota
	promptFilter
	promptSearch // of log and help
)

// prompt is the line in which a person types a filter or a search.
type prompt struct {
	kind  promptKind
	input textinput.Model
	began watch.ID // the cursor when a filter was begun
}

// newPrompt makes the line, not yet open.
func newPrompt() prompt {
	in := textinput.New()
	in.CharLimit = longestTyped
	in.KeyMap.Paste.Unbind() // pasting is the terminal's business; this would run a program
	return prompt{input: in}
}

// open starts typing, with a text to begin with.
func (p *prompt) open(kind promptKind, text string) tea.Cmd {
	p.kind = kind
	p.input.Prompt = "/ "
	p.input.SetValue(text)
	p.input.CursorEnd()
	return p.input.Focus()
}

// close gives the keyboard back to the board.
func (p *prompt) close() {
	p.kind = promptNone
	p.input.Reset()
	p.input.Blur()
}

// paste takes what the terminal pasted. It is cleaned first: a copied line may hold
// anything, and what is typed is drawn as it stands.
func (p *prompt) paste(msg tea.PasteMsg) tea.Cmd {
	if p.kind == promptNone {
		return nil
	}
	var cmd tea.Cmd
	p.input, cmd = p.input.Update(tea.PasteMsg{Content: cleaned(msg.Content, longestTyped)})
	return cmd
}

// paste is a paste: into what is being typed, if anything is.
func (m *Model) paste(msg tea.PasteMsg) tea.Cmd {
	switch {
	case m.asking != askNothing || m.menu != nil:
		return nil
	case m.form != nil:
		return m.pasteForm(msg.Content)
	case m.prompt.kind == promptNone && m.view == viewBoard && m.keys.Add.Enabled():
		return tea.Batch(m.openForm(), m.pasteForm(msg.Content)) // the only likely meaning
	case m.prompt.kind == promptNone:
		return m.say("a paste does nothing here", false)
	}
	cmd := m.prompt.paste(msg)
	m.typed()
	return cmd
}

// typed looks through what is being typed.
func (m *Model) typed() {
	switch m.prompt.kind {
	case promptFilter:
		m.narrow(newFilter(m.prompt.input.Value()))
	case promptSearch:
		if g := m.reading(); g != nil {
			g.search = cleaned(m.prompt.input.Value(), 60)
			g.top = 0
			m.relay()
		}
	}
}

// resize leaves room for the prompt's own word and the cursor.
func (p *prompt) resize(screen int) { p.input.SetWidth(max(1, screen-8)) }

// restyle keeps the cursor still: a blinking one draws a frame twice a second for nothing.
func (p *prompt) restyle() {
	look := textinput.Styles{}
	look.Cursor.Blink = false
	p.input.SetStyles(look)
}

// view is the line with its cursor, never wider than w.
func (p *prompt) view(w int, masked bool) string {
	if masked { // a filter may be a payer's number
		return shorten(p.input.Prompt+cleaned(watch.MaskNumbers(p.input.Value()), longestTyped)+"_", w, "")
	}
	return shorten(p.input.View(), w, "")
}

// pressPrompt is a key while a person types.
func (m *Model) pressPrompt(msg tea.KeyPressMsg) tea.Cmd {
	p := &m.prompt
	switch {
	case key.Matches(msg, m.keys.Back):
		p.input.Reset()
		m.typed()
		p.close()
		return nil
	case msg.String() == "enter":
		p.close()
		return nil
	}
	var cmd tea.Cmd
	p.input, cmd = p.input.Update(plainKey(msg))
	m.typed()
	return cmd
}

// plainKey is a key without what must not reach the screen: some terminals send what was
// pasted as keys.
func plainKey(msg tea.KeyPressMsg) tea.KeyPressMsg {
	if clean := cleaned(msg.Text, longestTyped); msg.Text != " " && clean != msg.Text {
		msg.Text = clean
		if clean == "" {
			msg.Code = 0
		}
	}
	return msg
}

// narrow looks through a filter that is being typed. Half a word may hide the payment that
// the cursor was on, the whole word or esc may show it again: then the cursor is there too.
func (m *Model) narrow(f filter) {
	m.table.look(f)
	m.prune()
	m.table.cursor = m.prompt.began
}

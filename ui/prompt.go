package ui

import (
	"strings"

	"charm.land/bubbles/v2/key"
	"charm.land/bubbles/v2/textinput"
	tea "charm.land/bubbletea/v2"
	"github.com/charmbracelet/x/ansi"

	"tillwatch/watch"
)

// longestLine is the most characters of one line of intake, as the design allows.
const longestLine = 64 << 10

// promptKind says what is being typed.
type promptKind uint8

const (
	promptNone promptKind = iota
	promptFilter
	promptAdd
)

// prompt is the one line in which a person types.
type prompt struct {
	kind  promptKind
	input textinput.Model
	busy  bool     // the line was handed over, the answer is not here yet
	wrong string   // what was wrong with it
	began watch.ID // the cursor when a filter was begun
}

// newPrompt makes the line, not yet open.
func newPrompt() prompt {
	in := textinput.New()
	in.CharLimit = longestLine
	in.KeyMap.Paste.Unbind() // pasting is the terminal's business; this would run a program
	return prompt{input: in}
}

// open starts typing, with a text to begin with.
func (p *prompt) open(kind promptKind, text string) tea.Cmd {
	p.kind, p.wrong, p.busy = kind, "", false
	p.input.Prompt = [...]string{"", "/ ", "add> "}[kind]
	p.input.SetValue(text)
	p.input.CursorEnd()
	return p.input.Focus()
}

// close gives the keyboard back to the board.
func (p *prompt) close() {
	p.kind, p.wrong, p.busy = promptNone, "", false
	p.input.Reset()
	p.input.Blur()
}

// paste takes what the terminal pasted. It is cleaned first: a copied line may hold
// anything, and what is typed is drawn as it stands.
func (p *prompt) paste(msg tea.PasteMsg) tea.Cmd {
	if p.kind == promptNone || p.busy {
		return nil
	}
	var cmd tea.Cmd
	p.wrong = ""
	p.input, cmd = p.input.Update(tea.PasteMsg{Content: settle(watch.Clean(msg.Content, longestLine))})
	return cmd
}

// paste is a paste on the board: into what is being typed, if anything is.
func (m *Model) paste(msg tea.PasteMsg) tea.Cmd {
	cmd := m.prompt.paste(msg)
	if m.prompt.kind == promptFilter {
		m.narrow(newFilter(m.prompt.input.Value()))
	}
	return cmd
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
func (p *prompt) view(w int) string { return ansi.Truncate(p.input.View(), w, "") }

// pressPrompt is a key while a person types.
func (m *Model) pressPrompt(msg tea.KeyPressMsg) tea.Cmd {
	p := &m.prompt
	switch {
	case key.Matches(msg, m.keys.Back):
		if p.kind == promptFilter {
			m.narrow(filter{})
		}
		p.close()
		return nil
	case p.busy:
		return nil // the line must not change under the answer
	case key.Matches(msg, m.keys.Accept):
		if p.kind == promptFilter {
			p.close()
			return nil
		}
		return m.add(p.input.Value())
	}
	var cmd tea.Cmd
	p.wrong = ""
	p.input, cmd = p.input.Update(msg)
	if p.kind == promptFilter {
		m.narrow(newFilter(p.input.Value()))
	}
	return cmd
}

// narrow looks through a filter that is being typed. Half a word may hide the payment that
// the cursor was on, the whole word or esc may show it again: then the cursor is there too.
func (m *Model) narrow(f filter) {
	m.table.look(f)
	m.table.cursor = m.prompt.began
}

// add hands a line over, outside the loop: a journal may have to commit it first.
func (m *Model) add(line string) tea.Cmd {
	line = strings.TrimSpace(line)
	if line == "" {
		m.prompt.wrong = "nothing to add yet: paste a checkout's JSON, SESSION:REFERENCE, or ORDER:101"
		return nil
	}
	m.prompt.busy = true
	add := m.options.Desk.Add
	return safely(func() tea.Msg {
		text, err := add(line)
		return addedMsg{line, text, err}
	})
}

// added closes the prompt, or shows what was wrong with the line and leaves it there. An
// answer to a line that was given up meanwhile still has to be seen.
func (m *Model) added(msg addedMsg) tea.Cmd {
	p := &m.prompt
	// The user may have given up the line, or typed another, while the desk was at it.
	mine := p.kind == promptAdd && p.busy && strings.TrimSpace(p.input.Value()) == msg.line
	switch {
	case msg.err != nil && mine:
		p.busy, p.wrong = false, foreign(watch.MaskNumbers(msg.err.Error()))
		return nil
	case msg.err != nil:
		return m.say("not added: "+foreign(watch.MaskNumbers(msg.err.Error())), true)
	case mine:
		p.close()
	}
	return m.say(foreign(msg.text), false)
}

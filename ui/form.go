package ui

import (
	"encoding/json"
	"errors"
	"slices"
	"strconv"
	"strings"
	"time"

	"charm.land/bubbles/v2/key"
	"charm.land/bubbles/v2/textinput"
	tea "charm.land/bubbletea/v2"
	"github.com/shopspring/decimal"

	"tillwatch/watch"
)

// form takes a payment from a person: pasted as a whole, or field by field. Whatever way it
// comes, Desk.Read judges it, by the same rules as a line of a file.
type form struct {
	fields []*field
	at     int
	many   []watch.Payment // pasted, more than one: they are added together
	wrong  string          // of the whole
	twin   twin            // a payment of the board that this one may repeat
	asking bool            // whether it is to be watched although it has a twin
	busy   bool            // handed over, the answer is not here yet
}

// field is one line of the form.
type field struct {
	key     string // in a line of intake; empty: the line for pasting
	title   string
	hint    string   // shown while it is empty
	choices []string // left and right go through them
	input   textinput.Model
	typed   bool // by hand, all of it: it is not forgotten for a paste, and a number is not masked
	wrong   string
}

// longestLine is the most characters of a paste, as the design allows a line of intake.
const longestLine = 64 << 10

// anyReference stands in while a field is judged by itself: a payment needs one.
const anyReference = "550e8400-e29b-41d4-a716-446655440000"

// newForm makes an empty form. The methods are Dollr's own words, from its API page.
func newForm(w int) *form {
	f := &form{fields: []*field{
		{title: "Paste", hint: "checkout JSON, SESSION:REFERENCE[:TYPE], REFERENCE, ORDER:101"},
		{key: "label", title: "Label", hint: "what the board calls it, e.g. Table 4"},
		{key: "amount", title: "Price", hint: "what you expect, e.g. 1500.00"},
		{key: "currency", title: "Currency", hint: "e.g. LRD", choices: []string{"", "LRD", "USD", "RWF"}},
		{key: "reference_id", title: "Reference", hint: "UUID v4; none for a hosted checkout"},
		{key: "session_id", title: "Session", hint: "a number; without it: polled"},
		{key: "source_type", title: "Source", hint: "ORDER or INVOICE", choices: []string{"", "ORDER", "INVOICE"}},
		{key: "source_id", title: "Source id", hint: "its number"},
		{key: "method", title: "Method", hint: "e.g. MTN_MOMO_LBR", choices: append([]string{""}, methodWords...)},
		{key: "phone", title: "Phone", hint: "of the payer, digits; shown masked"},
		{key: "executed_at", title: "Executed", hint: "e.g. 2026-11-22T14:31:20Z; none: now"},
	}}
	for _, d := range f.fields {
		d.input = textinput.New()
		d.input.Prompt = ""
		d.input.CharLimit = 200
		if d.key == "" {
			d.input.CharLimit = longestLine
		}
		d.input.KeyMap.Paste.Unbind() // pasting is the terminal's business; this would run a program
		look := textinput.Styles{}
		d.input.SetStyles(look) // a still cursor: a blinking one draws a frame for nothing
	}
	f.resize(w)
	f.fields[0].input.Focus()
	return f
}

// resize leaves room for the names and the judgement.
func (f *form) resize(w int) {
	for i, d := range f.fields {
		d.input.SetWidth(max(4, formValue(w, i)-1))
	}
}

// formValue is how many columns the value of a field has; what is pasted is long.
func formValue(w, i int) int {
	switch {
	case w >= 80 && i > 0:
		return 40
	case w >= tinyBelow:
		return w - 14
	}
	return w - 2
}

// move goes to another field.
func (f *form) move(by int) tea.Cmd {
	f.fields[f.at].input.Blur()
	f.at = (f.at + by + len(f.fields)) % len(f.fields)
	return f.fields[f.at].input.Focus()
}

// value is what stands in a field.
func (f *form) value(name string) string {
	for _, d := range f.fields {
		if d.key == name {
			return strings.TrimSpace(d.input.Value())
		}
	}
	return ""
}

// empty reports whether nothing was given.
func (f *form) empty() bool {
	return !slices.ContainsFunc(f.fields, func(d *field) bool { return strings.TrimSpace(d.input.Value()) != "" })
}

// line is the form as a line of intake: the named fields, or all.
func (f *form) line(names ...string) string {
	said := map[string]string{}
	for _, d := range f.fields {
		text := strings.TrimSpace(d.input.Value())
		if text != "" && d.key != "" && (len(names) == 0 || slices.Contains(names, d.key)) {
			said[d.key] = text
		}
	}
	if len(names) > 0 && said["reference_id"] == "" {
		said["reference_id"] = anyReference
	}
	text, err := json.Marshal(said)
	if err != nil {
		panic("ui: " + err.Error()) // strings
	}
	return string(text)
}

// fill puts a payment into the fields, where it can be looked at and mended. pasted says that
// it came as a whole: it takes the place of what was pasted before. What a person has typed
// stays, and where the two say different things nothing is taken: neither may be chosen in
// silence, or half of one payment becomes half of another.
func (f *form) fill(p watch.Payment, pasted bool) error {
	id := func(n int64) string {
		if n == 0 {
			return ""
		}
		return strconv.FormatInt(n, 10)
	}
	executed := ""
	if !p.Executed.IsZero() {
		executed = p.Executed.UTC().Format(time.RFC3339Nano)
	}
	said := map[string]string{
		"reference_id": p.Reference, "session_id": id(p.Session), "source_type": p.SourceType, "source_id": id(p.SourceID),
		"label": p.Label, "amount": p.Expected.Amount, "currency": p.Expected.Currency, "method": p.Method, "phone": p.Phone.Reveal(),
		"executed_at": executed,
	}
	for _, d := range f.fields[1:] {
		has, text := strings.TrimSpace(d.input.Value()), said[d.key]
		if has == "" || text == "" || strings.EqualFold(has, text) || pasted && !d.typed {
			continue
		}
		if d.key == "amount" {
			if one, err := decimal.NewFromString(strings.ReplaceAll(has, ",", "")); err == nil {
				if two, err := decimal.NewFromString(text); err == nil && one.Equal(two) {
					continue
				}
			}
		}
		return errors.New(d.title + ": the line says " + f.shown(d.key, text) + ", the field " + f.shown(d.key, has) + ": clear one of them")
	}
	for _, d := range f.fields[1:] {
		if text := said[d.key]; text != "" || pasted && !d.typed {
			if d.typed && strings.TrimSpace(d.input.Value()) != "" {
				continue
			}
			d.input.SetValue(settle(text))
			d.typed, d.wrong = false, ""
		}
	}
	f.fields[0].input.Reset()
	f.many, f.wrong = nil, ""
	return nil
}

// shown is a value in a sentence.
func (f *form) shown(key, text string) string {
	if key == "phone" {
		return watch.Phone(text).String()
	}
	return masked(text)
}

// openForm shows the form, empty.
func (m *Model) openForm() tea.Cmd {
	m.form = newForm(m.width)
	return nil
}

// pressForm is a key in the form.
func (m *Model) pressForm(msg tea.KeyPressMsg) tea.Cmd {
	f := m.form
	d := f.fields[f.at]
	if f.asking { // esc is a no as well
		if f.asking = false; msg.String() == "y" {
			return m.handOver(m.formPayments())
		}
		return nil
	}
	switch name := msg.String(); {
	case key.Matches(msg, m.keys.Back):
		m.form, m.await = nil, ""
		return nil
	case f.busy:
		return nil // it must not change under the answer
	case len(f.many) > 0 && name != "enter" && name != "ctrl+s":
		f.wrong = plural(len(f.many), "payment") + " pasted: enter watches them all, esc forgets them"
		return nil
	case name == "enter", name == "ctrl+s":
		return m.submit()
	case name == "tab", name == "down", name == "shift+tab", name == "up":
		if text := strings.TrimSpace(d.input.Value()); d.key == "" && text != "" && m.readForm(text, false) != nil {
			return nil // it would be forgotten under the fields
		}
		if name == "tab" || name == "down" {
			return f.move(1)
		}
		return f.move(-1)
	case len(d.choices) > 0 && (name == "left" || name == "right"):
		by := 1
		if name == "left" {
			by = -1
		}
		at := max(0, slices.Index(d.choices, strings.ToUpper(d.input.Value())))
		d.input.SetValue(d.choices[(at+by+len(d.choices))%len(d.choices)])
		d.typed = d.input.Value() != ""
		m.judge(d)
		return nil
	}
	var cmd tea.Cmd
	empty := d.input.Value() == ""
	d.input, cmd = d.input.Update(plainKey(msg))
	d.typed = d.input.Value() != "" && (empty || d.typed)
	m.judge(d)
	return cmd
}

// pasteForm takes what the terminal pasted. Into the first line a whole payment, or many,
// may come; it is read at once.
func (m *Model) pasteForm(text string) tea.Cmd {
	f := m.form
	if f.busy || f.asking {
		return nil
	}
	d := f.fields[f.at]
	if f.at == 0 {
		var lines []string
		text = d.input.Value() + text                                      // "55:" may stand there already
		text = strings.NewReplacer("\r\n", "\n", "\r", "\n").Replace(text) // terminals paste a newline as the enter key
		for line := range strings.Lines(text) {                            // a copy from a terminal brings its colours
			lines = append(lines, cleaned(line, longestLine))
		}
		text = strings.Join(lines, "\n")
		if m.readForm(text, true) == nil {
			return nil
		}
		d.input.SetValue(cleaned(text, longestLine)) // to be mended
		d.input.CursorEnd()
		return nil
	}
	var cmd tea.Cmd
	d.input, cmd = d.input.Update(tea.PasteMsg{Content: cleaned(text, d.input.CharLimit)})
	m.judge(d)
	return cmd
}

// readForm reads payments out of a text into the form: in place of what was pasted before, or in
// addition to it.
func (m *Model) readForm(text string, pasted bool) error {
	f := m.form
	list, err := m.options.Desk.Read(text)
	switch {
	case err != nil:
		f.wrong = masked(err.Error())
		return err
	case len(list) == 1:
		if err := f.fill(list[0], pasted); err != nil {
			f.wrong = err.Error()
			return err
		}
		for _, d := range f.fields {
			m.judge(d)
		}
	default:
		f.many, f.wrong = list, ""
		f.fields[0].input.Reset()
	}
	m.warn()
	return nil
}

// submit hands over what the form holds. If that could be a second charge it asks first.
func (m *Model) submit() tea.Cmd {
	f := m.form
	if text := strings.TrimSpace(f.fields[0].input.Value()); text != "" && m.readForm(text, false) != nil {
		return nil
	}
	if len(f.many) == 0 && f.empty() {
		f.wrong = "nothing to add yet: paste a checkout's JSON, or give a reference, or a source and its id"
		return nil
	}
	for _, d := range f.fields {
		if d.wrong != "" {
			f.wrong = d.title + ": " + d.wrong
			return nil
		}
	}
	list := m.formPayments()
	if len(list) == 0 {
		return nil
	}
	if f.twin = m.twinOf(list); f.twin.id != "" {
		f.asking = true
		return nil
	}
	return m.handOver(list)
}

// formPayments are what the form holds; none, and why, if that is nothing that can be watched.
func (m *Model) formPayments() []watch.Payment {
	f := m.form
	if len(f.many) > 0 {
		return f.many
	}
	list, err := m.options.Desk.Read(f.line())
	if err != nil {
		f.wrong = masked(err.Error())
		return nil
	}
	return list
}

// handOver hands payments over, outside the loop: a journal may have to commit them first.
func (m *Model) handOver(list []watch.Payment) tea.Cmd {
	if len(list) == 0 {
		return nil
	}
	f := m.form
	f.busy = true
	add := m.options.Desk.Add
	return safely(func() tea.Msg {
		msg := addedMsg{form: f}
		for _, p := range list {
			text, err := add(p)
			if err != nil {
				msg.failed = append(msg.failed, p)
				msg.err = err
				continue
			}
			msg.text, msg.last = text, p.ID()
			msg.count++
		}
		return msg
	})
}

// added closes the form, or shows what was wrong and leaves it there. An answer to a form that was
// given up in the meantime still has to be seen, and a payment that is not watched is worth a line
// of the log.
func (m *Model) added(msg addedMsg) tea.Cmd {
	mine := m.form != nil && m.form == msg.form
	if msg.err != nil {
		why := "not added: " + masked(msg.err.Error())
		if len(msg.failed)+msg.count > 1 {
			var names []string
			for _, p := range msg.failed[:min(len(msg.failed), 3)] {
				names = append(names, foreign(string(p.ID())))
			}
			why = strconv.Itoa(msg.count) + " added, " + strconv.Itoa(len(msg.failed)) + " " + why + " (" + strings.Join(names, ", ") + ")"
		}
		m.write(why)
		if mine {
			m.form.busy, m.form.wrong, m.form.many = false, why, nil
			if len(msg.failed) > 1 {
				m.form.many = msg.failed // enter tries them again
			}
			return nil
		}
		return m.say(why, true)
	}
	if mine { // otherwise the user has gone on to something else
		m.form, m.await = nil, msg.last
		m.arrive()
	}
	if msg.count > 1 {
		return m.say(plural(msg.count, "payment")+" added", false)
	}
	return m.say(foreign(msg.text), false)
}

// arrive takes the cursor to the payment that a person has added, once it is on the board.
func (m *Model) arrive() {
	if r := m.table.rows[m.await]; r != nil {
		m.await = ""
		if m.table.filter.match(r) {
			m.table.goTo(r.id)
		}
	}
}

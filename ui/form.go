package ui

import (
	"encoding/json"
	"slices"
	"strconv"
	"strings"
	"time"

	"charm.land/bubbles/v2/key"
	"charm.land/bubbles/v2/textinput"
	tea "charm.land/bubbletea/v2"

	"tillwatch/watch"
)

// form takes a payment from a person: pasted as a whole, or field by field. Whatever way it
// comes, Desk.Read judges it, by the same rules as a line of a file.
type form struct {
	fields []*field
	at     int
	many   []watch.Payment // pasted, more than one: they are added together
	wrong  string          // of the whole
	twin   twin            // a payment with the same label that is open
	agreed watch.ID        // the twin that the person has seen and said enter to
	busy   bool            // handed over, the answer is not here yet
}

// field is one line of the form.
type field struct {
	key     string // in a line of intake; empty: the line for pasting
	title   string
	hint    string   // shown while it is empty
	choices []string // left and right go through them
	input   textinput.Model
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
		{key: "reference_id", title: "Reference", hint: "UUID v4; none for a hosted checkout"},
		{key: "session_id", title: "Session", hint: "whole number; without it: polled"},
		{key: "source_type", title: "Source", hint: "ORDER or INVOICE", choices: []string{"", "ORDER", "INVOICE"}},
		{key: "source_id", title: "Source id", hint: "whole number"},
		{key: "label", title: "Label", hint: "what the board calls it: Table 4"},
		{key: "amount", title: "Amount", hint: "what you expect: 1500.00"},
		{key: "currency", title: "Currency", hint: "LRD, USD, RWF", choices: []string{"", "LRD", "USD", "RWF"}},
		{key: "method", title: "Method", hint: "MTN_MOMO_LBR", choices: append([]string{""}, methodWords...)},
		{key: "phone", title: "Phone", hint: "of the payer, digits; shown masked"},
		{key: "executed_at", title: "Executed", hint: "2026-11-22T14:31:20Z; none: now"},
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
		if text := strings.TrimSpace(d.input.Value()); text != "" && d.key != "" && (len(names) == 0 || slices.Contains(names, d.key)) {
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

// fill puts a payment that was pasted into the fields, where it can be looked at and mended.
func (f *form) fill(p watch.Payment) {
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
	for name, text := range map[string]string{
		"reference_id": p.Reference, "session_id": id(p.Session), "source_type": p.SourceType, "source_id": id(p.SourceID),
		"label": p.Label, "amount": p.Expected.Amount, "currency": p.Expected.Currency, "method": p.Method, "phone": p.Phone.Reveal(),
		"executed_at": executed,
	} {
		for _, d := range f.fields {
			if d.key == name {
				d.input.SetValue(settle(text))
				d.wrong = ""
			}
		}
	}
	f.fields[0].input.Reset()
	f.many, f.wrong = nil, ""
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
	switch name := msg.String(); {
	case key.Matches(msg, m.keys.Back):
		m.form = nil
		return nil
	case f.busy:
		return nil // it must not change under the answer
	case name == "enter", name == "ctrl+s":
		return m.submit()
	case name == "tab", name == "down":
		return f.move(1)
	case name == "shift+tab", name == "up":
		return f.move(-1)
	case len(d.choices) > 0 && (name == "left" || name == "right"):
		by := 1
		if name == "left" {
			by = -1
		}
		at := max(0, slices.Index(d.choices, strings.ToUpper(d.input.Value())))
		d.input.SetValue(d.choices[(at+by+len(d.choices))%len(d.choices)])
		m.judge(d)
		return nil
	}
	var cmd tea.Cmd
	d.input, cmd = d.input.Update(plainKey(msg))
	m.judge(d)
	return cmd
}

// judge says at once whether a field can be right. Amount and currency are judged together,
// as are the two halves of a source.
func (m *Model) judge(d *field) {
	f := m.form
	f.wrong, f.twin, f.many = "", twin{}, nil
	if d.key == "" {
		return
	}
	for _, pair := range [][]string{
		{"reference_id"}, {"session_id"}, {"source_type"}, {"source_id"}, {"amount", "currency"}, {"method"}, {"phone"}, {"label"}, {"executed_at"},
	} {
		if !slices.Contains(pair, d.key) {
			continue
		}
		_, err := m.options.Desk.Read(f.line(pair...))
		for _, other := range f.fields {
			if !slices.Contains(pair, other.key) {
				continue
			}
			other.wrong = ""
			if err != nil && (other == d || len(pair) == 1) {
				other.wrong = masked(err.Error())
			}
		}
	}
	m.warn()
}

// warn says if what the form holds could be a second charge.
func (m *Model) warn() {
	f := m.form
	list := f.many
	if len(list) == 0 {
		list = []watch.Payment{{Label: f.value("label"), Reference: f.value("reference_id")}}
	}
	f.twin = m.twinOf(list)
}

// twin is an open payment with the label of one that is to be added.
type twin struct {
	id   watch.ID
	text string // the warning
}

// twinOf looks for an open payment with the label of one of these: the costly mistake at a
// counter is to charge a customer twice. The zero twin is none.
func (m *Model) twinOf(list []watch.Payment) twin {
	labels := map[string]watch.ID{}
	for _, p := range list {
		if label := plainLabel(p.Label); label != "" {
			labels[label] = p.ID()
		}
	}
	if len(labels) == 0 {
		return twin{}
	}
	for _, r := range m.table.all {
		if _, newer := m.held[r.id]; newer || !r.open() {
			continue
		}
		if t := m.twin(r, labels); t.id != "" {
			return t
		}
	}
	for _, held := range m.held { // frozen: the news is elsewhere
		r := &row{Snapshot: held, id: held.ID()}
		if !r.open() {
			continue
		}
		if t := m.twin(r, labels); t.id != "" {
			return t
		}
	}
	return twin{}
}

// twin words the warning about one open payment of the board, if it is another one.
func (m *Model) twin(r *row, labels map[string]watch.ID) twin {
	id, same := labels[plainLabel(r.Label)]
	if !same || id == r.id {
		return twin{}
	}
	return twin{r.id, r.texts().label + " is still " + r.Verdict.String() + " (" + age(r.lasted(m.now)) +
		"). A second charge for the same sale? STOP: the first may still go through."}
}

// plainLabel is a label as people compare them.
func plainLabel(label string) string {
	return strings.ToLower(strings.Join(strings.Fields(watch.Clean(label, longestText)), " "))
}

// pasteForm takes what the terminal pasted. Into the first line a whole payment, or many,
// may come; it is read at once.
func (m *Model) pasteForm(text string) tea.Cmd {
	f := m.form
	if f.busy {
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
		if m.readForm(text) == nil {
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

// readForm reads payments out of a text into the form.
func (m *Model) readForm(text string) error {
	f := m.form
	list, err := m.options.Desk.Read(text)
	switch {
	case err != nil:
		f.wrong = masked(err.Error())
		return err
	case len(list) == 1:
		f.fill(list[0])
	default:
		f.many, f.wrong = list, ""
		f.fields[0].input.Reset()
	}
	m.warn()
	return nil
}

// submit hands over what the form holds. Is the same label open, it asks once more first.
func (m *Model) submit() tea.Cmd {
	f := m.form
	if text := strings.TrimSpace(f.fields[0].input.Value()); text != "" {
		if m.readForm(text) != nil {
			return nil
		}
	}
	list := f.many
	switch {
	case len(list) == 0 && f.empty():
		f.wrong = "nothing to add yet: paste a checkout's JSON, or give a reference, or a source and its id"
		return nil
	case len(list) == 0:
		read, err := m.options.Desk.Read(f.line())
		if err != nil {
			f.wrong = masked(err.Error())
			return nil
		}
		list = read
	}
	if f.twin = m.twinOf(list); f.twin.id != f.agreed && f.twin.id != "" {
		f.agreed = f.twin.id
		return nil
	}
	f.busy = true
	add := m.options.Desk.Add
	return safely(func() tea.Msg {
		msg := addedMsg{form: f}
		for _, p := range list {
			text, err := add(p)
			if err != nil {
				msg.failed++
				msg.err = err
				continue
			}
			msg.text, msg.last = text, p.ID()
			msg.count++
		}
		return msg
	})
}

// added closes the form, or shows what was wrong and leaves it there. An answer to a form
// that was given up meanwhile still has to be seen, and a payment that nobody watches is
// worth a line of the log.
func (m *Model) added(msg addedMsg) tea.Cmd {
	mine := m.form != nil && m.form == msg.form
	if msg.err != nil {
		why := "not added: " + masked(msg.err.Error())
		if msg.failed+msg.count > 1 {
			why = strconv.Itoa(msg.count) + " added, " + strconv.Itoa(msg.failed) + " " + why
		}
		m.write(why)
		if mine {
			m.form.busy, m.form.wrong, m.form.many = false, why, nil
			return nil
		}
		return m.say(why, true)
	}
	if mine {
		m.form = nil
	}
	m.await = msg.last
	m.arrive()
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

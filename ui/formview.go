package ui

import (
	"strings"

	"tillwatch/watch"
)

// drawForm draws the form: as many of its fields as there is room for, the one that is being
// filled in among them, and under them what is wrong.
func (m *Model) drawForm(p *pen) {
	f := m.form
	look, badge := m.badge()
	p.put(look, badge)
	p.put(roleStrong, longest(p.limit-p.col, " ADD A PAYMENT TO WATCH", " ADD"))
	if p.limit < tinyBelow { // the fields have no room for their names
		p.put(roleFaint, " "+f.fields[f.at].title)
	}
	note := "nothing is charged, this only watches"
	if p.limit-p.col > width(note)+2 {
		p.to(p.limit - width(note) - 1)
		p.put(roleFaint, note)
	}
	p.end()
	if m.height >= 10 {
		p.rule()
	}
	below := f.remarks(max(10, p.limit-2), m.height)
	room := max(1, m.height-p.done-len(below)-1)
	if m.height < 4 {
		room, below = 1, nil
	}
	if f.asking && m.height <= 6 { // the question is all that matters then
		for _, l := range spread(nil, adviceLine{roleAlarm, "y = watch it all the same, else no. " + f.twin.text}, max(1, p.limit-1), max(1, m.height-p.done)) {
			p.say(l.role, l.text)
		}
		return
	}
	top := max(0, min(f.at-room/2, len(f.fields)-room))
	for i := top; i < min(top+room, len(f.fields)); i++ {
		m.drawField(p, i)
		if i == 0 && room > len(f.fields) {
			p.end()
			room--
		}
	}
	if p.done < m.height-2-len(below) {
		p.end()
	}
	for _, l := range below {
		p.skip(1)
		p.put(l.role, l.text)
		p.end()
	}
	for p.done < m.height-1 {
		p.end()
	}
	if m.asking != askNothing || m.flash.text != "" {
		m.foot(p, 1)
		return
	}
	p.say(roleFaint, longest(p.limit-1, "enter watch it   tab next   left right choose   esc cancel", "enter  tab  esc"))
}

// remarks are what there is to say about the whole form, for a screen of that size.
func (f *form) remarks(w, height int) []adviceLine {
	var lines []adviceLine
	most := 3
	if height < 12 {
		most = 1
	}
	switch {
	case f.busy:
		lines = append(lines, adviceLine{roleFaint, "adding…"})
	case f.wrong != "":
		lines = spread(lines, adviceLine{roleBad, f.wrong}, w, most)
	case f.asking:
		lines = spread(lines, adviceLine{roleAlarm, "Watch it all the same? y = yes, any other key = no. " + f.twin.text}, w, most)
	case f.twin.id != "":
		lines = spread(lines, adviceLine{roleAlarm, "! " + f.twin.text}, w, most)
	case len(f.many) > 0:
		lines = append(lines, adviceLine{roleStrong, fit(plural(len(f.many), "payment")+" pasted: enter watches them all", w)})
	default:
		if d := f.fields[f.at]; d.wrong != "" { // on a narrow screen its own line has no room
			lines = spread(lines, adviceLine{roleBad, d.wrong}, w, most)
		}
	}
	return lines
}

// drawField draws one field: its name, its value, and whether that can be right.
func (m *Model) drawField(p *pen, i int) {
	f := m.form
	d := f.fields[i]
	focus := i == f.at
	mark, name := " ", roleFaint
	if focus {
		mark, name = ">", roleStrong
	}
	p.put(roleChosen, mark)
	if p.limit >= tinyBelow {
		p.cell(name, d.title, 11, false)
	}
	w := max(0, min(formValue(m.width, i), p.limit-p.col-2))
	value := d.input.Value()
	p.put(roleRule, "[")
	start := p.col
	switch {
	case focus && value != "" && (d.key == "" || d.key == "phone" || m.options.Counter && !numeric[d.key]):
		// It may hold a payer's number, so it is shown masked, its end in view.
		text := value
		if d.key == "phone" && (!d.typed || m.options.Counter) {
			text = watch.Phone(text).String()
		} else if d.key == "phone" {
			text = cleaned(text, longestText)
		} else if runes := []rune(text); len(runes) > 4*w {
			text = string(runes[len(runes)-4*w:]) // of a long paste only the end is looked at
		}
		if d.key != "phone" {
			text = cleaned(watch.MaskNumbers(text), longestLine)
		}
		if over := width(text) - w + 1; over > 0 {
			text = shortenLeft(text, over, "")
		}
		p.put(roleText, text)
		p.put(roleReal, " ") // the cursor
	case focus:
		p.raw(shorten(d.input.View(), w, ""))
	case value == "":
		p.put(roleFaint, fit(d.hint, w))
	case d.key == "phone":
		p.put(roleText, fit(watch.Phone(value).String(), w))
	case numeric[d.key]:
		p.put(roleText, fit(foreign(value), w))
	default:
		p.put(roleText, fit(masked(value), w))
	}
	p.to(start + w)
	p.put(roleRule, "]")
	if room := p.limit - p.col - 2; room > 3 {
		p.skip(1)
		switch {
		case d.wrong != "":
			p.put(roleBad, longest(room, d.wrong, "not right"))
		case value != "" && d.key != "":
			p.put(roleFaint, fit(f.reading(d), room))
		case focus && value == "":
			p.put(roleFaint, fit(d.hint, room))
		}
	}
	p.end()
}

// numeric are the fields whose numbers are no payer's.
var numeric = map[string]bool{"amount": true, "session_id": true, "source_id": true, "executed_at": true}

// reading says that a value can be right, and of a price how it is read.
func (f *form) reading(d *field) string {
	if d.key == "amount" {
		text := strings.ReplaceAll(strings.TrimSpace(d.input.Value()), ",", "")
		if m, err := watch.ParseMoney(text, strings.ToUpper(f.value("currency"))); err == nil && m.Said() {
			return "ok: " + m.String()
		}
	}
	return "ok"
}

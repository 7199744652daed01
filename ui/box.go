package ui

import (
	"strings"

	"tillwatch/watch"
)

// adviceLine is one line of the box under the rows.
type adviceLine struct {
	role
	text string
}

// adviceLines are what to know and to do about the selected payment, in the lines that
// this screen has for it.
func (m *Model) adviceLines() []adviceLine {
	room := 0
	switch h := m.height; {
	case h >= 30:
		room = 4
	case h >= 14 && m.width >= terseBelow, h >= ruledFrom:
		room = 3
	case h >= 9:
		room = 2
	case h >= 7:
		room = 1
	}
	if room == 0 {
		return nil
	}
	lines := make([]adviceLine, 0, room)
	if r := m.advisedOn(); r != nil {
		lines = m.advised(lines, r, m.width-2, room)
	}
	for len(lines) < room { // the rows must not jump when the cursor moves
		lines = append(lines, adviceLine{})
	}
	return lines
}

// advisedOn is the payment that the advice is about: the selected one, unless somebody only
// looks on and its row is not in view.
func (m *Model) advisedOn() *row {
	if m.peek() {
		return m.table.shown[0].texts()
	}
	return m.chosen()
}

// advise is the advice about a payment, of this moment.
func (m *Model) advise(r *row) advice {
	a := advise(r, m.now, m.health, m.options.Hints)
	if other := m.table.tally.firstOf(r); other != nil {
		a = a.twice(r, other, m.now)
	}
	a.known, a.do, a.ask = m.keys.inWords(a.known), m.keys.inWords(a.do), m.keys.inWords(a.ask)
	return a
}

// lookOf is the look of what to do about a payment.
func lookOf(r *row) role {
	switch r.Verdict {
	case watch.Paid:
		return roleGood
	case watch.NotPaid:
		return roleBad
	}
	return roleAlarm
}

// shortest is the longest of the wordings that fits into so many lines.
func shortest(wordings []string, w, lines int) string {
	for _, text := range wordings {
		if len(wrap(text, w)) <= lines {
			return text
		}
	}
	return wordings[len(wordings)-1]
}

// advised words the advice for so many lines. What to do is never pushed out by what is
// known; when Dollr is asked next is the first to go, the warning against a second charge
// the last.
func (m *Model) advised(lines []adviceLine, r *row, w, room int) []adviceLine {
	a := m.advise(r)
	does := lookOf(r)
	if m.width < terseBelow || room == 1 {
		a.ask = strings.Replace(a.ask, m.keys.inWords(askNow), "", 1) // the last line has that key
		if r.Verdict != watch.Paid {                                  // whose advice names its payment by itself
			a.do = r.label + ": " + strings.Replace(r.Verdict.String()+". "+a.do, "NOT PAID. NOT PAID. ", "NOT PAID. ", 1)
		}
		return spread(lines, adviceLine{does, shortest(a.wordings(), w, room)}, w, room)
	}
	known := adviceLine{roleText, r.label + ": " + a.known}
	tell := adviceLine{roleFaint, "Tell the customer: \"" + a.tell + "\""}
	if width(tell.text) > w {
		tell.text = "Say: \"" + a.tell + "\""
	}
	// What to do comes first, in as few lines as it takes; then what to say, for somebody is
	// waiting to hear it; what is known gets what is left.
	todo := adviceLine{does, shortest(a.wordings(), w, max(1, room-2))}
	do := min(len(wrap(todo.text, w)), max(1, room-1))
	say := 0
	if room-do >= 2 && (room > 3 || r.Verdict != watch.Check) { // why a person has to look must be whole
		say = min(len(wrap(tell.text, w)), max(1, room-do-2))
	}
	lines = spread(lines, known, w, room-do-say)
	lines = spread(lines, todo, w, do)
	return spread(lines, tell, w, say)
}

// spread wraps one line into at most so many.
func spread(lines []adviceLine, l adviceLine, w, most int) []adviceLine {
	parts := wrap(l.text, w)
	for i, part := range parts {
		if i == most-1 && len(parts) > most {
			part = fit(part+" "+parts[i+1], w)
			if !strings.HasSuffix(part, "…") {
				part = fit(part, w-1) + "…"
			}
		}
		if i < most {
			lines = append(lines, adviceLine{l.role, part})
		}
	}
	return lines
}

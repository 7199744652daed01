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

// advisedOn is the payment that the advice is about: the selected one, unless no keys are pressed
// and its row is not in view.
func (m *Model) advisedOn() *row {
	if m.peek() {
		return m.table.shown[0].texts()
	}
	return m.chosen()
}

// advise is the advice about a payment, of this moment.
func (m *Model) advise(r *row) advice {
	a := advise(r, m.now, m.health, m.options.Hints)
	if other := m.firstOf(r); other != nil {
		a = a.twice(r, other, m.now)
	}
	a.known, a.do, a.ask = m.keys.inWords(a.known), m.keys.inWords(a.do), m.keys.inWords(a.ask)
	return a
}

// isTwice reports whether a row's sale was paid by another row before.
func (m *Model) isTwice(r *row) bool { return r.Verdict == watch.Paid && m.firstOf(r) != nil }

// firstOf is the payment that has paid the same invoice or order before this one; nil: none
// has. It is looked for in the newest news too.
func (m *Model) firstOf(r *row) *row {
	if other := m.table.tally.firstOf(r); other != nil || m.held == nil {
		return other
	}
	if m.table.tally.counts(r) {
		return nil // it is the first itself
	}
	var first *row
	for _, s := range m.held {
		h := &row{Snapshot: &s, id: s.ID()}
		if h.id != r.id && h.Verdict == watch.Paid && sourceOf(h) == sourceOf(r) && (r.open() || r.Verdict == watch.Paid && !h.VerifiedAt().After(r.VerifiedAt())) &&
			(first == nil || h.VerifiedAt().Before(first.VerifiedAt())) {
			first = h
		}
	}
	if first != nil && r.Verdict == watch.Paid && first.VerifiedAt().Equal(r.VerifiedAt()) && r.id < first.id {
		return nil // of two at one moment one is the first
	}
	return first
}

// lookOf is the look of what to do about a payment.
func lookOf(r *row, a advice) role {
	switch {
	case a.alarm:
		return roleAlarm
	case r.Verdict == watch.Paid:
		return roleGood
	case r.Verdict == watch.NotPaid:
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
	does := lookOf(r, a)
	if m.width < terseBelow || room == 1 {
		a.ask = strings.Replace(a.ask, m.keys.inWords(askNow), "", 1) // the last line has that key
		wordings := a.wordings()
		if r.Verdict != watch.Paid { // whose advice names its payment by itself
			head := fit(r.label, max(8, w/3)) + ": "
			for i, text := range wordings {
				wordings[i] = head + strings.Replace(r.Verdict.String()+". "+text, "NOT PAID. NOT PAID. ", "NOT PAID. ", 1)
			}
		}
		return spread(lines, adviceLine{does, shortest(wordings, w, room)}, w, room)
	}
	known := adviceLine{roleText, r.label + ": " + a.known}
	tell := adviceLine{roleFaint, "Tell the customer: \"" + a.tell + "\""}
	if width(tell.text) > w {
		tell.text = "Say: \"" + a.tell + "\""
	}
	// What to do comes first, in as few lines as it takes. Then comes what to say, because the
	// customer waits to hear it; for a CHECK why comes before it. What is left over goes to the
	// whole wording.
	wordings := a.wordings()
	todo := shortest(wordings, w, 1)
	if len(wrap(todo, w)) > 1 {
		todo = shortest(wordings, w, max(1, room-2))
	}
	do, say, why := len(wrap(todo, w)), len(wrap(tell.text, w)), len(wrap(known.text, w))
	left := room - do
	if r.Verdict == watch.Check && room <= 3 {
		why = min(why, max(0, left))
		say = max(0, min(say, left-why))
	} else {
		say = max(0, min(say, left-1))
		why = max(0, min(why, left-say))
	}
	if spare := room - do - say - why; spare > 0 {
		todo = shortest(wordings, w, do+spare)
		do = len(wrap(todo, w))
	}
	lines = spread(lines, known, w, why)
	lines = spread(lines, adviceLine{does, todo}, w, do)
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

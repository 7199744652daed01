package ui

import (
	"strings"
	"time"

	"tillwatch/watch"
)

// Note is one line of the program's log: a message that is about no payment, or that the user may
// want to look up later.
type Note struct {
	At   time.Time
	Text string
	Bad  bool
}

// laid is what the lines of the log depend on; of the notes the newest tells, for none
// ever changes.
type laid struct {
	notes  int
	newest Note
	width  int
	search string
	day    int // of the screen: a line of another day says so
}

// layLog lays the log out, newest last, and keeps its end in view if it was.
func (m *Model) layLog() {
	g, room := &m.log, m.pageRoom()
	end := g.atEnd(room)
	var notes []Note
	if m.options.Desk.Log != nil {
		notes = m.options.Desk.Log()
	}
	now := laid{notes: len(notes), width: m.width, search: g.search, day: m.now.YearDay()}
	if len(notes) > 0 {
		now.newest = notes[len(notes)-1]
	}
	if now == m.logLaid && len(g.lines) > 0 {
		return
	}
	m.logLaid = now
	g.begin()
	indent := width("15:04:05  ")
	if m.width < terseBelow {
		indent = 2
	}
	day := m.now
	for _, n := range notes {
		text, at := foreign(n.Text), n.At.In(m.now.Location())
		if !g.holds(text) {
			continue
		}
		if !sameDay(at, day) {
			day = at
			g.lines = append(g.lines, line{{roleFaint, " " + at.Format("2 Jan 2006")}})
		}
		look := roleText
		if n.Bad {
			look = roleNotice
			text = "! " + text // without colour too
		}
		hour := at.Format("15:04:05")
		if m.width < terseBelow {
			g.lines = append(g.lines, line{{roleFaint, " " + hour}})
		}
		for i, part := range wrap(text, max(8, m.width-indent-2)) {
			head := hour
			if i > 0 || m.width < terseBelow {
				head = ""
			}
			g.lines = append(g.lines, line{{roleFaint, " " + head + blanks[:max(1, indent-width(head))]}, {look, part}})
		}
	}
	if end {
		g.scroll(len(g.lines), room)
	}
}

// writeTrouble logs that a trouble of the whole program has begun or is over: its banner goes, and
// an hour later only the log would tell of it.
func (m *Model) writeTrouble(before watch.Health) {
	now := m.health
	if before.Trouble == now.Trouble {
		return
	}
	if before.Trouble != watch.NoTrouble {
		text := before.Trouble.String() + " is over"
		if !before.Since.IsZero() {
			text += " after " + age(m.options.Now().Sub(before.Since))
		}
		m.write(text)
	}
	if now.Trouble != watch.NoTrouble {
		m.write(strings.TrimSuffix(now.Trouble.String()+": "+now.Text, ": "))
	}
}

// writeCheck logs that a payment needs a person now.
func (m *Model) writeCheck(s *watch.Snapshot) {
	if s.Verdict != watch.Check {
		return
	}
	if r := m.table.rows[s.ID()]; r != nil {
		if r = m.newestOf(r); r.Verdict == watch.Check && r.Reason == s.Reason {
			return
		}
	}
	r := row{Snapshot: s, id: s.ID()}
	m.write(r.texts().label + ": CHECK " + reasons[s.Reason])
}

// write puts a line into the log.
func (m *Model) write(text string) {
	if m.options.Desk.Note != nil {
		m.options.Desk.Note(text)
	}
}

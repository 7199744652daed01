package ui

import (
	"time"

	"tillwatch/watch/load"
)

// Columns of the stage table.
const (
	stageTitle  = 14
	stageCell   = 8
	stageErrors = 16
	stageWidth  = 1 + stageTitle + 6*stageCell + 1 + stageErrors
)

// stageKeep is the order in which stages are given their lines. A stage that is not here
// comes last.
var stageKeep = [...]string{
	"start_to_paid", "hint_to_verified", "ready", "join", "key", "checkout", "execute", "turn", "start_to_end",
	"stored", "session", "account", "fact_to_told",
}

// slowTurn is from when on the wait for a join's turn is worth a line: joins_rate is then what
// holds the run up.
const slowTurn = time.Second

// kept is a stage's place in that order. How long we took from the fact is the number that
// counts, where a sandbox tells of it; and what goes wrong must not be in a line that is not
// there. Neither is taken back, but for a turn, so hardly any stage comes and goes.
func kept(s *load.Stage) int {
	const odd = 1 // behind what a customer waits for
	switch {
	case s.Name == "fact_to_told" && s.N > 0:
		return -1
	case s.Name == stageKeep[0]:
		return 0
	case s.Errors > 0, s.Name == "turn" && s.P99 >= slowTurn:
		return odd
	}
	for i, name := range stageKeep {
		if s.Name == name {
			return odd + i
		}
	}
	return odd + len(stageKeep)
}

// inLines reports whether the stage with that index has a line in a table of n lines.
func inLines(stages []load.Stage, at, n int) bool {
	before := 0
	for i := range stages {
		if a, b := kept(&stages[i]), kept(&stages[at]); a < b || a == b && i < at {
			before++
		}
	}
	return before < n
}

// stages is the table of how long each part of a payment's life took, in n lines under its head, in
// the order of a payment's life. Next to it stand expectations and faults if there is room.
func (m *Model) stages(p *pen, n int) {
	if n <= 0 {
		return
	}
	wide := m.width >= loadWideFrom
	if wide {
		p.limit = stageWidth
	}
	m.stageHead(p)
	if wide {
		p.limit = p.width
		head(p, "expected")
		p.rule()
	} else {
		p.end()
	}
	row := 0
	for i := range m.run.report.Stages {
		if !inLines(m.run.report.Stages, i, n) {
			continue
		}
		if wide {
			p.limit = stageWidth
		}
		m.stage(p, &m.run.report.Stages[i])
		if wide {
			p.to(stageWidth)
			p.limit = p.width
			m.beside(p, row, n)
		}
		p.end()
		row++
	}
}

// stageColumns are what a table of that width has in addition to the title.
func stageColumns(w int) (p90, p95, most, errors bool) {
	return w >= 48, w >= 72, w >= 56, w >= 64
}

// stageHead is the table's head, a rule up to its edge.
func (m *Model) stageHead(p *pen) {
	p90, p95, most, errors := stageColumns(m.width)
	edge := 1 + m.titleRoom()
	if m.run.report.Corrected {
		head(p, "stage")
	} else { // there may be no room to say it in a line of its own
		p.put(roleRule, "─ ")
		p.put(roleAlarm, fit(notCorrected, edge-2))
		p.skip(1)
	}
	cell := func(name string, shown bool) {
		if !shown {
			return
		}
		edge += stageCell
		ruleTo(p, edge-len(name)-1)
		p.skip(1)
		p.put(roleFaint, name)
		p.skip(1)
	}
	cell("n", true)
	cell("p50", true)
	cell("p90", p90)
	cell("p95", p95)
	cell("p99", true)
	cell("max", most)
	if errors {
		p.put(roleRule, "─ ")
		p.put(roleFaint, longest(p.limit-p.col-1, "errors, mostly", "errors"))
		p.skip(1)
	}
	ruleTo(p, p.limit)
}

// titleRoom is how many columns a stage's title has.
func (m *Model) titleRoom() int { return min(stageTitle, max(6, m.width-2-3*stageCell)) }

// ruleTo draws a rule up to a column.
func ruleTo(p *pen, col int) {
	for n := min(col, p.limit) - p.col; n > 0; n = min(col, p.limit) - p.col {
		p.put(roleRule, rules[:min(n, len(rules)/runeBytes)*runeBytes])
	}
}

const rules = "────────────────────────────────────────────────────────────────"

// stage is one line of the table.
func (m *Model) stage(p *pen, s *load.Stage) {
	p90, p95, most, errors := stageColumns(m.width)
	name := s.Title
	look := roleText
	if s.N == 0 && s.Errors == 0 {
		look = roleFaint
	}
	if s.Errors > 0 && !errors {
		p.put(roleNotice, "!")
	} else {
		p.skip(1)
	}
	p.cell(look, name, m.titleRoom(), false)
	p.cell(look, counted(s.N, stageCell-1), stageCell, true)
	cell := func(d time.Duration, shown bool, look role) {
		switch {
		case !shown:
		case s.N == 0:
			p.cell(roleFaint, "-", stageCell, true)
		default:
			p.cell(look, lapse(d), stageCell, true)
		}
	}
	cell(s.P50, true, look)
	cell(s.P90, p90, look)
	cell(s.P95, p95, look)
	cell(s.P99, true, roleStrong)
	cell(s.Max, most, look)
	if !errors {
		return
	}
	p.skip(3)
	if s.Errors == 0 {
		p.put(roleFaint, "0")
		return
	}
	text := counted(s.Errors, 7)
	if s.Error != "" {
		text += " " + s.Error
	}
	p.put(roleNotice, fit(text, p.limit-p.col))
}

// beside is one line of what stands next to the table: expectations, and faults under them.
func (m *Model) beside(p *pen, row, lines int) {
	expected := len(m.run.report.Expected)
	most := max(1, lines-2) // faults get a line and a head, or more
	if lines >= 8 {
		most = lines - 4
	}
	shown := min(max(expected, 1), most)
	switch {
	case expected == 0 && row == 0:
		p.skip(1)
		p.put(roleFaint, "nothing")
	case row < shown:
		m.expectation(p, row, shown)
	case row == shown:
		head(p, "faults")
		ruleTo(p, p.limit)
	default:
		m.faultOn(p, row-shown-1, lines-shown-1)
	}
}

// expectation is one line on what is expected; the last of so many lines says how many more
// there are.
func (m *Model) expectation(p *pen, i, lines int) {
	list := m.run.report.Expected
	if text, unmet := m.standing(); lines == 1 && len(list) > 1 {
		look := roleText
		if unmet {
			look = roleAlarm
		}
		p.skip(1)
		p.put(look, text)
		return
	}
	if i == lines-1 && len(list) > lines {
		p.skip(1)
		p.put(roleFaint, "and "+commas(len(list)-i)+" more")
		return
	}
	e := &list[i]
	look, word := roleAlarm, "XX NOT MET"
	switch {
	case e.Met:
		look, word = roleGood, "OK met"
	case !m.judged(e):
		look, word = roleFaint, ".. not yet"
	}
	p.skip(1)
	p.cell(look, word, 10, false)
	p.skip(1)
	p.limit = min(p.limit, p.col+40) // a value must not stand far from what it is of
	p.put(roleText, fitEnd(e.Text, max(8, p.limit-p.col-width(e.Value)-2)))
	p.to(p.limit - width(e.Value))
	p.put(roleStrong, e.Value)
}

// faultOn is one line on the faults that are on.
func (m *Model) faultOn(p *pen, i, lines int) {
	list := m.run.report.Faults
	p.skip(1)
	switch {
	case i >= max(len(list), 1):
	case len(list) == 0:
		p.put(roleFaint, "none")
	case i == lines-1 && len(list) > lines:
		p.put(roleAlarm, "and "+commas(len(list)-i)+" more")
	default:
		p.put(roleAlarm, "ON "+list[i])
	}
}

package ui

import (
	"strings"

	"tillwatch/watch"
)

// smallLoad draws what a small screen has room for.
func (m *Model) smallLoad(p *pen, left int) {
	r := &m.run.report
	below := min(left, 3) // outcomes, those that are open or odd, and what is wrong
	if above := left - below; above >= 2 {
		m.stages(p, min(above-1, max(3, min(5, above/3)), len(r.Stages)))
	}
	if below >= 1 {
		m.verdicts(p, watch.Paid, watch.NotPaid, watch.Check)
	}
	if below >= 2 {
		m.verdicts(p, watch.Waiting, watch.Confirming, watch.Stopped)
	}
	if below >= 3 {
		m.concern(p, left > below+1)
	}
	if rest := m.height - m.footLines() - p.done; rest > 3 {
		m.stack(p, rest)
	}
}

// verdicts are counts by their marks, for a line in which words have no room. What failed
// stands with what is not over.
func (m *Model) verdicts(p *pen, list ...watch.Verdict) {
	r := &m.run.report
	if m.width >= tinyBelow {
		p.skip(1)
	}
	var parts [4]piece
	for i, v := range list {
		n := outcome(&r.Outcomes, v)
		text := v.Mark() + " " + commas(n)
		if m.width >= terseBelow {
			text = v.Mark() + " " + v.String() + " " + commas(n) + " " + percent(n, r.Arrivals.Begun)
		} else if v == watch.Paid && m.width >= tinyBelow {
			text += " " + percent(n, r.Arrivals.Begun)
		}
		parts[i] = piece{verdictRoles[v], text, 9 - i}
	}
	if n := r.Outcomes.Failed; list[0] == watch.Waiting {
		parts[3] = piece{roleText, "failed " + commas(n), 8}
		if n > 0 {
			parts[3].role = roleAlarm
		}
	}
	p.pieces(parts[:]...)
	p.end()
}

// concern is one line on what a person should know of first.
func (m *Model) concern(p *pen, tabled bool) {
	r := &m.run.report
	text, unmet := m.standing()
	hints := ""
	if r.Channel.Wrong > 0 {
		hints = "wrong hints " + commas(r.Channel.Wrong)
	}
	if !unmet {
		text = ""
	}
	faults := ""
	if len(r.Faults) > 0 {
		faults = "faults: " + strings.Join(r.Faults, ", ")
	}
	uncorrected := ""
	if !r.Corrected && !tabled { // whose head says it
		uncorrected = notCorrected
	}
	p.skip(1)
	p.pieces(piece{roleAlarm, m.wrong(), 10}, piece{roleAlarm, text, 9}, piece{roleAlarm, uncorrected, 9}, piece{roleAlarm, hints, 7},
		piece{roleAlarm, fit(faults, max(10, p.limit-4-width(text))), 8}, piece{roleStrong, notesAlone(m.statusPart()), 6},
		piece{roleText, "hints lost " + commas(r.Channel.Lost), 2})
	p.end()
}

package ui

import (
	"tillwatch/watch"
	"tillwatch/watch/load"
)

// outcome is how many payments of a run stand there.
func outcome(o *load.Outcomes, v watch.Verdict) int {
	switch v {
	case watch.Paid:
		return o.Paid
	case watch.NotPaid:
		return o.NotPaid
	case watch.Check:
		return o.Check
	case watch.Confirming:
		return o.Confirming
	case watch.Stopped:
		return o.Stopped
	}
	return o.Waiting
}

// outcomes are the lines of the block, but for the last, which is of those that failed.
var outcomes = [...]watch.Verdict{watch.Paid, watch.NotPaid, watch.Check, watch.Confirming, watch.Waiting, watch.Stopped}

// outcome is one line of the block: how many, and which part of those that were begun.
func (m *Model) outcome(p *pen, i int) { m.outcomeAnd(p, i, "", 0, roleText) }

// outcomeShort is outcome in five lines, two of which have another count too.
func (m *Model) outcomeShort(p *pen, i int) {
	o, at := &m.run.report.Outcomes, [...]int{0, 1, 2, 4, 3}[i]
	switch i {
	case 2:
		m.outcomeAnd(p, at, "failed ", o.Failed, roleAlarm)
	case 4:
		m.outcomeAnd(p, at, "stopped ", o.Stopped, roleText)
	default:
		m.outcome(p, at)
	}
}

// outcomeAnd is a line of outcomes with another count behind it, for which the percentage
// makes room.
func (m *Model) outcomeAnd(p *pen, i int, also string, more int, moreRole role) {
	r := &m.run.report
	word, n, look := "   failed", r.Outcomes.Failed, roleAlarm
	if i < len(outcomes) {
		v := outcomes[i]
		word, n, look = v.Mark()+" "+v.String(), outcome(&r.Outcomes, v), verdictRoles[v]
	}
	if n == 0 {
		look = roleFaint
	}
	p.skip(1)
	p.cell(look, word, 13, false)
	p.cell(look, counted(n, 8), 8, true)
	const part = 7
	if n > 0 {
		look = roleText
	}
	if also == "" || p.limit-p.col >= part+2+len(also)+2 {
		p.cell(look, percent(n, r.Arrivals.Begun), part, true)
	}
	if also == "" {
		return
	}
	if more == 0 {
		moreRole = roleFaint
	}
	p.skip(2)
	p.put(moreRole, also+counted(more, max(1, p.limit-p.col-len(also))))
}

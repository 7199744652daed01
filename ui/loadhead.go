package ui

import (
	"strconv"
	"time"

	"tillwatch/watch"
	"tillwatch/watch/load"
)

// stateRoles are the looks of a run's states. Their words say the same without.
var stateRoles = [...]role{
	load.Running: roleStrong, load.Paused: roleAlarm, load.Draining: roleBusy, load.Ended: roleStrong,
}

// loadHead is the first line: whose money, what the run does, for how long, and the trouble
// of the whole program.
func (m *Model) loadHead(p *pen) {
	r := &m.run.report
	look, badge := m.badge()
	wide := m.width >= 80
	if wide {
		p.skip(1)
		p.put(roleStrong, "TILLWATCH ")
	}
	p.put(look, badge)
	p.skip(1)
	if wide {
		p.skip(1)
		p.put(roleStrong, "LOAD  ")
	}
	state := r.State.String()
	p.put(stateRoles[r.State], longest(p.limit-p.col, state+" "+hours(r.Took), state+" "+age(r.Took), state))

	hour := ""
	if m.width >= terseBelow {
		hour = m.now.Format("15:04:05")
	}
	room := p.limit - p.col - len(hour) - 3
	trouble := ""
	if m.health.Trouble != watch.NoTrouble {
		trouble = longest(max(0, min(room, p.limit/2)), m.trouble(p.limit/2), m.health.Trouble.String(), "TROUBLE", "!")
		room -= width(trouble) + 2
	}
	part := func(look role, text string) {
		if text != "" && width(text)+2 <= room {
			p.skip(2)
			p.put(look, text)
			room -= width(text) + 2
		}
	}
	if r.Left > 0 && r.State != load.Ended {
		part(roleText, "stops in "+age(r.Left))
	}
	part(roleAlarm, m.wrong())
	if text, unmet := m.standing(); unmet || r.State == load.Ended {
		look := roleFaint
		if unmet {
			look = roleAlarm
		}
		part(look, text)
	}
	part(roleStrong, m.options.Title)
	if m.unkept() {
		part(roleFaint, keptNowhere)
	}
	if trouble != "" {
		p.to(p.limit - width(trouble) - len(hour) - 1 - min(1, len(hour))*2)
		p.put(roleAlarm, trouble)
	}
	if hour != "" {
		p.to(p.limit - len(hour) - 1)
		p.put(roleText, hour)
	}
	p.end()
}

// loadBanner is one line on what is wrong with the whole program. No goods are handed over here, so
// it says what becomes of the run, when that ends by itself, and what ends it at once.
func (m *Model) loadBanner(p *pen) {
	if !blind(m.health) {
		m.banner(p, 1)
		return
	}
	word, in := m.health.Trouble.String(), ""
	if wait := m.health.Until.Sub(m.now); wait > 0 {
		in = " in " + ago(wait)
	}
	now, last := "", ". Dollr answered last at "+m.lastHeard()
	if m.health.Heard.IsZero() {
		last = ""
	}
	if m.health.Trouble == watch.LoginRefused && m.keys.Retry.Enabled() {
		now = m.keys.inWords("; {retry} = now")
	}
	means := ": no payment can be made. "
	if m.health.Trouble == watch.APIDown || m.run.report.State == load.Ended {
		means = ": no result can be verified. " // where questions fail, payments may well be made
	}
	const itself = "It tries again by itself"
	p.put(roleBanner, longest(p.limit, " "+word+means+itself+in+now+last, " "+word+means+itself+in+now, " "+word+": tries again"+in+now,
		" "+word+": again"+in+now, " "+word+now, " "+word, word))
	p.end()
}

// wrong says how many of our results a sandbox contradicts, "" when it contradicts none.
func (m *Model) wrong() string {
	t := &m.run.report.Truth
	if t.Wrong == 0 {
		return ""
	}
	return commas(t.Wrong) + " WRONG of " + commas(t.Right+t.Wrong)
}

// standing says in a few words how what is expected of the run stands, and whether some of it
// is not met.
func (m *Model) standing() (string, bool) {
	met, unmet := 0, 0
	list := m.run.report.Expected
	for i := range list {
		switch {
		case list[i].Met:
			met++
		case m.judged(&list[i]):
			unmet++
		}
	}
	switch {
	case len(list) == 0:
		return "", false
	case unmet > 0:
		return strconv.Itoa(unmet) + " of " + strconv.Itoa(len(list)) + " NOT MET", true
	}
	return strconv.Itoa(met) + " of " + strconv.Itoa(len(list)) + " met", false
}

// judged reports whether something can be said of an expectation: before anything was
// measured it is not met and not missed either.
func (m *Model) judged(e *load.Expected) bool {
	return e.Met || e.Value != "" || m.run.report.State == load.Ended
}

// lateFrom is from when on it is said that payments begin later than they are due. A few
// milliseconds are those of any timer.
const lateFrom = 100 * time.Millisecond

// arrivals says who comes how fast, and loudly when payments begin later than they are due:
// then it is this machine that is too slow, not what is measured.
func (m *Model) arrivals(p *pen) {
	a := &m.run.report.Arrivals
	late, ramp := "", ""
	if a.Late >= lateFrom {
		late = "LATE " + lapse(a.Late)
	}
	if a.GoalIn > 0 {
		ramp = "to " + perSecond(a.Goal) + " in " + age(a.GoalIn)
	}
	if m.width < tinyBelow {
		m.tinyArrivals(p)
		return
	}
	if m.width < terseBelow {
		rate := padded(perSecond(a.Actual), 4) + " of " + perSecond(a.Target) + "/s"
		p.skip(1)
		p.pieces(piece{roleStrong, rate, 9}, piece{roleText, ramp, 1}, piece{roleText, "open " + commas(a.Open), 5}, piece{roleAlarm, late, 8})
		p.end()
		return
	}
	label(p, "arrivals")
	target := "target " + perSecond(a.Target) + "/s"
	if ramp != "" {
		target += ", " + ramp
	}
	begun := "begun " + commas(a.Begun)
	if m.width >= loadWideFrom {
		begun = "due " + commas(a.Due) + "   " + begun
	}
	p.pieces(piece{roleText, target, 7}, piece{roleStrong, "actual " + padded(perSecond(a.Actual), 4) + "/s", 9},
		piece{roleText, begun, 4}, piece{roleText, "open " + commas(a.Open), 6}, piece{roleAlarm, late, 8})
	p.end()
}

// tinyArrivals is arrivals where there is room for the rate alone, and for how late it is. What is
// known of the results matters more once no more payments arrive.
func (m *Model) tinyArrivals(p *pen) {
	a := &m.run.report.Arrivals
	if wrong := m.wrong(); wrong != "" {
		p.put(roleAlarm, longest(p.limit, wrong, commas(m.run.report.Truth.Wrong)+" WRONG"))
		p.end()
		return
	}
	rate := perSecond(a.Actual) + " of " + perSecond(a.Target)
	if a.Late < lateFrom {
		p.put(roleStrong, longest(p.limit, rate+"/s", rate))
		p.end()
		return
	}
	late := "LATE " + lapse(a.Late)
	p.put(roleAlarm, longest(p.limit, rate+"/s "+late, perSecond(a.Actual)+"/"+perSecond(a.Target)+" "+late, perSecond(a.Actual)+"/s "+late, late))
	p.end()
}

// label begins a line whose values stand under those of its neighbours.
func label(p *pen, name string) {
	p.skip(1)
	p.cell(roleFaint, name, 10, false)
}

// budget shows how much of what we may ask of Dollr is used.
func (m *Model) budget(p *pen) {
	h := &m.health
	reads, keys := m.run.pace.rates()
	label(p, "budget")
	used, free := meter(reads, h.StatusRate, 10, m.plain())
	look := roleBusy
	if h.Delay > queueNote {
		look = roleAlarm
	}
	p.put(look, used)
	p.put(roleRule, free)
	p.skip(2)
	queue, queued := "queue "+commas(h.Queued), roleText
	if h.Queued > 0 && h.Delay > 0 {
		queue += ", " + lapse(h.Delay)
		if queued = look; h.Delay <= queueNote {
			queued = roleText
		}
	}
	refused := ""
	if h.Throttled > 0 {
		refused = "slowed " + commas(h.Throttled) + " times"
	}
	p.pieces(piece{roleText, "reads " + perSecond(reads) + " of " + perSecond(h.StatusRate) + "/s", 9}, piece{queued, queue, 8},
		piece{roleText, "keys " + perSecond(keys) + " of " + perSecond(h.KeyRate) + "/s", 7}, piece{roleAlarm, refused, 6})
	p.end()
}

// channels shows over what Dollr's events come.
func (m *Model) channels(p *pen) {
	h, c := &m.health, &m.run.report.Channel
	label(p, "channels")
	p.pieces(piece{roleText, "open " + commas(h.Channels), 8}, piece{roleText, "ready " + commas(h.Ready), 9},
		piece{roleText, "joins waiting " + commas(h.Joins), 7}, piece{roleText, "sockets " + commas(h.Sockets), 6},
		piece{roleText, "keys made " + commas(c.Minted), 2}, piece{roleText, "renewed " + commas(c.Renewed), 1})
	p.end()
}

// correction says from when latencies count. A reader who does not know it would take a stall of
// the program for a quick answer.
func (m *Model) correction(p *pen) {
	if m.run.report.Corrected {
		p.say(roleFaint, longest(p.limit-1, "latencies count from when a payment was due (corrected for coordinated omission)",
			"latencies from when a payment was due (corrected for coordinated omission)", "latencies count from when a payment was due"))
		return
	}
	p.say(roleAlarm, longest(p.limit-1, notCorrected+": latencies count from when a payment was begun; a stall of ours is not in them",
		notCorrected+": latencies count from when a payment was begun, not due", notCorrected))
}

const notCorrected = "NOT corrected"

package ui

import (
	"strconv"
	"strings"
	"time"

	"tillwatch/watch"
)

// queueNote is how late reads may be before the header says so, from the design.
const queueNote = 10 * time.Second

// badge says whose money this is, on every screen there is, in as many columns as the
// screen has for it.
func (m *Model) badge() (role, string) {
	look, word := roleSim, m.health.Stake.String()
	if m.health.Stake == watch.Real {
		look = roleReal
	}
	switch host := foreign(m.health.Host); {
	case m.width < tinyBelow:
		return look, word
	case m.health.Stake == watch.Test && m.width < terseBelow:
		return look, "[" + word + " " + fit(host, 9) + "]"
	case m.health.Stake == watch.Test:
		return look, "[" + word + " " + fit(host, 30) + "]"
	}
	return look, "[" + word + "]"
}

// notTaken are the words of the status line about a payment that is not watched.
const notTaken = "NOT taken"

// keptNowhere is what a board without a journal says all the time.
const keptNowhere = "kept in memory"

// whose is whose money it is as far as the totals need to know. Before a host that is not Dollr's
// own has answered in this run, a test cannot be told from a sandbox: its totals hold what the
// journal has.
func (m *Model) whose() watch.Stake {
	if m.health.Stake == watch.Test && m.health.Heard.IsZero() {
		return watch.Unknown
	}
	return m.health.Stake
}

// unkept reports whether what is known would be gone after the end: there is no journal, or
// it is not written just now.
func (m *Model) unkept() bool { return m.options.Memory || m.health.Unkept != "" }

// header is the first line: program, badge, title; how Dollr is heard; the clock.
func (m *Model) header(p *pen) {
	m.noted = false
	look, badge := m.badge()
	hour := m.now.Format("15:04:05")
	status := m.statusPart()
	first, _, _ := strings.Cut(status, ", ") // what is shown where there is little room
	most := p.limit/2 - 6
	if m.bannerLines() > 0 && m.width >= 80 && first != "" {
		// The banner says the trouble already: rather that is short here than a presenter
		// does not see which fault is on.
		most = min(most, p.limit-len("  TILLWATCH      00:00:00 ")-width(badge)-2-width(first))
	}
	right, rightRole := m.linkState(most)
	gap := "   "
	if right == "" {
		gap = ""
	}
	room := p.limit - 2 - width(badge) - width(right) - len(gap) - len(hour) - 2

	p.skip(1)
	if m.width >= 80 {
		p.put(roleStrong, "TILLWATCH ")
		room -= len("TILLWATCH ")
	}
	p.put(look, badge)
	part := func(look role, text string) bool {
		if text == "" || width(text)+2 > room {
			return false
		}
		p.skip(2)
		p.put(look, text)
		room -= width(text) + 2
		return true
	}
	if status != "" { // before what is said all day
		part(roleFaint, longest(max(room-2, width(first)), status, first))
	}
	if m.width >= 80 {
		part(roleStrong, m.options.Title)
	}
	if m.unkept() {
		m.noted = part(roleFaint, keptNowhere) || part(roleFaint, "memory")
	}
	if m.width < 80 { // the title is the first to go
		part(roleStrong, m.options.Title)
	}
	p.to(p.limit - width(right) - len(gap) - len(hour) - 1)
	p.put(rightRole, right)
	p.put(roleText, gap+hour)
	p.end()
}

// statusPart is what goes into the header of the surroundings; with rules on the screen
// the first rule carries it instead.
func (m *Model) statusPart() string {
	if m.height >= ruledFrom && m.bannerLines() == 0 {
		return ""
	}
	return m.status
}

// linkState is how Dollr is heard just now, or what stops us hearing it.
func (m *Model) linkState(w int) (string, role) {
	if m.options.Desk.Health == nil {
		return "", roleText
	}
	if m.held != nil {
		since, changed := "FROZEN "+clock(m.frozen, m.now), strconv.Itoa(len(m.held))+" changed"
		return longest(w, since+", "+changed+m.keys.inWords(" ({freeze})"), since+m.keys.inWords(" ({freeze})")), roleAlarm
	}
	if t := m.trouble(w); t != "" {
		return t, roleAlarm
	}
	h := m.health
	heard := "nothing heard yet"
	if !h.Heard.IsZero() {
		heard = "heard " + ago(m.now.Sub(h.Heard)) + " ago"
	}
	if h.Delay > queueNote {
		return longest(w, "reads are "+ago(h.Delay)+" late, "+heard, "reads "+ago(h.Delay)+" late"), roleAlarm
	}
	link := "link OK"
	switch {
	case h.Channels > 0 && h.Ready == 0:
		link = "joining"
	case h.Heard.IsZero() && h.Ready == 0: // nothing has shown yet that any link is
		return fit(heard, w), roleFaint
	}
	if (h.Channels > 0 || h.Open > 0) && m.width >= paneFrom {
		live := "live " + strconv.Itoa(h.Ready) + "/" + strconv.Itoa(h.Channels)
		return longest(w, link+", "+live+", "+heard, link+", "+heard, heard), roleFaint
	}
	return longest(w, link+", "+heard, heard), roleFaint
}

// statusRule is the rule under the header, with the surroundings written into it.
func (m *Model) statusRule(p *pen) {
	if m.status != "" {
		look := roleFaint
		if strings.Contains(m.status, notTaken) { // that payment is not watched
			look = roleAlarm
		}
		p.put(roleRule, "─ ")
		p.put(look, fit(m.status, p.limit-4))
		p.put(roleRule, " ")
	}
	p.rule()
}

// totalsTitle says of when the totals are.
func (m *Model) totalsTitle() string {
	today := "PAID TODAY"
	if m.options.Zone != "" {
		today += " in " + m.options.Zone
	}
	switch {
	case m.held != nil && m.view == viewBoard:
		return today + " as of " + clock(m.frozen, m.now)
	case blind(m.health) && !m.health.Heard.IsZero():
		return today + " as of " + m.lastHeard()
	}
	return today + " (verified)"
}

// totals are the verified sums of today, one for each currency.
func (m *Model) totals(p *pen) {
	t := &m.table.tally
	title := m.totalsTitle()
	p.skip(1)
	terse := p.limit < terseBelow
	if !terse {
		p.put(roleStrong, title)
		p.skip(3)
	}
	if len(t.totals) == 0 && t.silent == 0 {
		if terse {
			p.put(roleFaint, "nothing verified today")
		} else {
			p.put(roleFaint, "nothing yet")
		}
	}
	for i, total := range t.totals {
		text := total.Money.String() + " x" + strconv.Itoa(total.Count)
		if total.Money.Currency == "" {
			text += " (no currency)"
		}
		// What says that there are more must find room too: money in a currency that is missing
		// without a word would go unnoticed.
		room, left := p.limit-p.col, len(t.totals)-i
		if left > 1 {
			room -= min(3, 1+p.limit/60) + len("+"+strconv.Itoa(left-1))
		}
		if width(text) > room && i > 0 {
			more := "+" + strconv.Itoa(left)
			p.put(roleAlarm, longest(p.limit-p.col, more+" more", more))
			break
		}
		p.put(roleGood, longest(max(room, 3), text, total.Money.String(), total.Money.Currency+" ###", "###")) // a cut number would be a wrong one
		p.skip(min(3, 1+p.limit/60))
	}
	if t.silent > 0 {
		p.put(roleAlarm, "no amount x"+strconv.Itoa(t.silent))
	}
	if t.others > 0 {
		p.skip(1)
		p.put(roleAlarm, longest(p.limit-p.col, otherMoney+" x"+strconv.Itoa(t.others), "+"+strconv.Itoa(t.others)))
	}
	if room := p.limit - p.col - 2; m.unkept() && !m.noted && room >= len("memory") {
		note := longest(room, keptNowhere, "memory")
		p.to(p.limit - width(note) - 1)
		p.put(roleFaint, note)
	}
	p.end()
}

// counts are how many payments stand where, and how the screen is set.
func (m *Model) counts(p *pen) {
	v := &m.table.tally.verdicts
	p.put(roleStrong, " NOW  ")
	for _, c := range [...]struct {
		role
		word    string
		verdict watch.Verdict
		always  bool
	}{
		{roleAlarm, "CHECK ", watch.Check, true}, {roleBusy, "confirming ", watch.Confirming, true},
		{roleWait, "waiting ", watch.Waiting, true}, {roleBad, "not paid ", watch.NotPaid, true},
		{roleOff, "stopped ", watch.Stopped, false},
	} {
		n := v[c.verdict]
		if n == 0 && !c.always {
			continue
		}
		look := c.role
		if n == 0 {
			look = roleFaint
		}
		if p.col+1+len(c.word)+len(strconv.Itoa(n)) > p.limit {
			break // cut it would be another number
		}
		p.skip(1)
		p.put(look, c.word+strconv.Itoa(n))
		p.skip(2)
	}
	var set []string
	if m.unmasked != 0 {
		set = append(set, "NUMBERS SHOWN")
	}
	if n := len(m.marked); n > 0 {
		set = append(set, strconv.Itoa(n)+" marked")
	}
	if m.follow != followOff {
		set = append(set, "follow "+m.follow.String())
	}
	if !m.options.Counter {
		set = append(set, "bell "+m.bell.mode.short())
	}
	if m.unmasked == 0 && !m.options.Counter {
		set = append(set, "[masked]")
	}
	for len(set) > 0 && p.col+width(strings.Join(set, "  "))+1 > p.limit {
		set = set[:len(set)-1]
	}
	look, text := roleFaint, strings.Join(set, "  ")
	if m.unmasked != 0 {
		look = roleAlarm
	}
	p.to(p.limit - width(text) - 1)
	p.put(look, text)
	p.end()
}

// terseHeader is the first line of a narrow screen: whose money, the counts by mark, and
// how Dollr is heard.
func (m *Model) terseHeader(p *pen) {
	m.noted = false
	v := &m.table.tally.verdicts
	look, badge := m.badge()
	p.put(look, badge)
	for _, verdict := range [...]watch.Verdict{watch.Check, watch.Confirming, watch.Waiting, watch.NotPaid, watch.Stopped} {
		n := strconv.Itoa(v[verdict])
		if v[verdict] == 0 || p.col+4+len(n) > p.limit {
			continue
		}
		p.skip(1)
		p.put(verdictRoles[verdict], verdict.Mark()+n)
	}
	state := ""
	switch h := m.health; {
	case len(m.marked) > 0 && p.limit >= tinyBelow:
		state = strconv.Itoa(len(m.marked)) + " marked"
	case m.held != nil:
		state = longest(p.limit-p.col-1, "FROZEN "+clock(m.frozen, m.now), "FROZEN", "f")
	case h.Trouble != watch.NoTrouble:
		state = longest(p.limit-p.col-1, h.Trouble.String(), "TROUBLE", "!")
	case !h.Heard.IsZero():
		state = longest(p.limit-p.col-1, "heard "+ago(m.now.Sub(h.Heard)), ago(m.now.Sub(h.Heard)))
	}
	p.to(p.limit - width(state))
	if h := m.health; m.held != nil || h.Trouble != watch.NoTrouble {
		p.put(roleAlarm, state)
	} else {
		p.put(roleFaint, state)
	}
	p.end()
}

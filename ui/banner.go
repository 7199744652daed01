package ui

import (
	"strings"

	"tillwatch/watch"
)

// troubleWords are what a milder trouble means for the person at the counter.
var troubleWords = map[watch.Trouble]string{
	watch.ClockOff:    "ages may be wrong; results are not",
	watch.ChannelDown: "no live events, Dollr is asked instead; not urgent",
	watch.SlowedDown:  "Dollr wants fewer questions; results come later",
	watch.NotKept:     "nothing survives a restart",
}

// trouble is the header's word for what is wrong with the whole program, "" when nothing.
func (m *Model) trouble(w int) string {
	h := m.health
	if h.Trouble == watch.NoTrouble {
		return ""
	}
	word := h.Trouble.String()
	if h.Since.IsZero() {
		return fit(word, w)
	}
	since := clock(h.Since, m.now)
	return longest(w, word+" since "+since+" ("+age(m.now.Sub(h.Since))+")", word+" since "+since, word+" "+since, word)
}

// unconfirmed says from when on nothing is confirmed: since the last answer of Dollr about
// any payment.
func (m *Model) unconfirmed() string {
	if m.health.Heard.IsZero() {
		return "NOTHING BELOW IS CONFIRMED: Dollr has not answered yet."
	}
	return "NOTHING BELOW IS CONFIRMED AFTER " + clock(m.health.Heard, m.now) + "."
}

// banner is the lines that tell of a trouble of the whole program. There is one at a time,
// the worst.
func (m *Model) banner(p *pen, lines int) {
	switch {
	case lines == 0:
	case !blind(m.health):
		// When the next try is matters more than Dollr's words, which a row has too.
		text, why, retry := m.health.Trouble.String()+": "+m.troubleMeans(), "", m.retry()
		if said := foreign(m.health.Text); said != "" {
			why = " (" + said + ")"
		}
		p.say(roleNotice, longest(p.limit-1, text+why+"."+retry, text+"."+retry, text+why+".", text+"."))
	case lines == 1:
		// The longest wording that fits: the time must never be the part that is cut.
		p.put(roleBanner, longest(p.limit,
			" "+m.unconfirmed()+" Do not hand over on WAITING.",
			" "+m.unconfirmed(),
			" NOTHING CONFIRMED AFTER "+m.lastHeard(),
			m.health.Trouble.String()+" "+m.lastHeard(),
			m.health.Trouble.String()))
		p.end()
	default:
		edge := strings.Repeat("#", p.limit)
		p.put(roleBanner, edge)
		p.end()
		m.boxed(p, longest(p.limit-7, m.unconfirmed()+" Do not hand over on WAITING.",
			strings.Replace(m.unconfirmed(), ": Dollr has not answered yet", "", 1)+" Do not hand over on WAITING.",
			m.unconfirmed()))
		if lines > 3 {
			remedy, brief := m.remedy(), m.retry()+briefRemedy
			if m.health.Trouble == watch.LoginRefused {
				brief = remedy // the user can do that
			}
			m.boxed(p, strings.TrimSpace(longest(p.limit-7, m.retry()+remedy+" ("+foreign(m.health.Text)+")",
				m.retry()+remedy, brief, remedy)))
		}
		p.put(roleBanner, edge)
		p.end()
	}
}

// briefRemedy is what to bear in mind, in few words.
const briefRemedy = " Verified rows hold."

// remedy says what a person can do, or what to bear in mind while nothing can be done.
func (m *Model) remedy() string {
	if m.health.Trouble == watch.LoginRefused {
		return " Check DOLLR_CLIENT_ID and DOLLR_CLIENT_SECRET."
	}
	return briefRemedy[:len(briefRemedy)-1] + "; the others may still complete."
}

// lastHeard is when Dollr last answered at all.
func (m *Model) lastHeard() string {
	return clock(m.health.Heard, m.now)
}

// boxed is one line of the box. Its edges are there without colour too.
func (m *Model) boxed(p *pen, text string) {
	p.put(roleBanner, "## ")
	p.cell(roleAlarm, " "+text, p.limit-6, false)
	p.put(roleBanner, " ##")
	p.end()
}

// troubleMeans is what a milder trouble means. Who is slowed down by our own limit must not
// look for the cause at Dollr.
func (m *Model) troubleMeans() string {
	if m.health.Trouble == watch.SlowedDown && m.health.Until.IsZero() {
		return "our own limit (status_rate) holds questions back; results come later"
	}
	return troubleWords[m.health.Trouble]
}

// retry says when the next try is, where one is planned.
func (m *Model) retry() string { return m.keys.inWords(m.nextTry()) }

func (m *Model) nextTry() string {
	if m.health.Until.IsZero() || !m.health.Until.After(m.now) {
		if blind(m.health) {
			return " Trying again by itself; {verify} = try now."
		}
		return ""
	}
	if m.health.Trouble == watch.SlowedDown && (m.width < paneFrom || m.place() != onBoard) {
		return " Next try in " + ago(m.health.Until.Sub(m.now)) + "."
	}
	return " Next try in " + ago(m.health.Until.Sub(m.now)) + "; {verify} = try now."
}

// bannerLines is how many lines the banner takes on a screen of that height.
func (m *Model) bannerLines() int {
	switch {
	case m.options.Counter && !blind(m.health) && m.health.Trouble != watch.SlowedDown && m.health.Trouble != watch.NotKept:
		return 0 // how payments are heard does not matter there
	case m.health.Trouble == watch.NoTrouble, m.width < tinyBelow:
		return 0 // on the smallest screen the last line says it
	case !blind(m.health) && (m.height < 12 || m.width < terseBelow):
		return 0 // the header says it in two words, and it is not urgent
	case !blind(m.health), m.height < ruledFrom, m.width < terseBelow:
		return 1
	}
	return 4 // the box, whose upper edge is the first rule
}

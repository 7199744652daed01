package ui

import (
	"strconv"
	"time"

	tea "charm.land/bubbletea/v2"

	"tillwatch/watch"
)

// Rechecking asks a few at a time, so that payments that wait for their result do not wait
// behind those that have one.
const (
	recheckAtOnce = 5
	recheckFor    = 30 * time.Second // then it counts as not answered
	recheckBlind  = 10 * time.Second // likewise, while Dollr answers nothing: there is a probe a second
)

// recheck asks Dollr again about every payment that has ended.
type recheck struct {
	began   time.Time
	waiting []watch.ID             // to be asked
	out     map[watch.ID]time.Time // asked then, no answer yet
	all     int
	changed int
	silent  int
	mute    int // of them, those since the last answer
}

// running reports whether there is something left to ask or to hear.
func (c *recheck) running() bool { return len(c.waiting)+len(c.out) > 0 }

// startRecheck begins to ask about all that have ended, unless that goes on already.
func (m *Model) startRecheck() tea.Cmd {
	c := &m.shift.check
	if c.running() {
		return m.say("the recheck goes on: "+strconv.Itoa(c.all-len(c.waiting)-len(c.out))+" of "+strconv.Itoa(c.all), false)
	}
	*c = recheck{began: m.now, out: map[watch.ID]time.Time{}}
	for _, r := range m.table.all {
		if r.Ended() {
			c.waiting = append(c.waiting, r.id)
		}
	}
	if c.all = len(c.waiting); c.all == 0 {
		return m.say("no payment has ended yet: there is nothing to ask again about", false)
	}
	m.write("recheck of " + plural(c.all, "payment"))
	m.askAgain()
	return nil
}

// askAgain asks about the next few, and gives up those that got no answer.
func (m *Model) askAgain() {
	c := &m.shift.check
	patience := recheckFor
	if blind(m.health) {
		patience = recheckBlind
	}
	for id, at := range c.out {
		if m.now.Sub(at) >= patience {
			c.unanswered(id)
		}
	}
	// It would take hours, and find out nothing. But a few payments in trouble are not Dollr.
	if blind(m.health) && c.running() && c.mute >= 2*recheckAtOnce {
		c.silent += len(c.waiting) + len(c.out)
		c.waiting, c.out = nil, nil
	}
	for len(c.waiting) > 0 && len(c.out) < recheckAtOnce {
		id := c.waiting[0]
		c.waiting = c.waiting[1:]
		c.out[id] = m.now
		m.options.Desk.Verify(id)
	}
}

// hears counts the answer about a payment that was asked about again.
func (c *recheck) hears(s *watch.Snapshot) {
	if len(c.out) == 0 {
		return
	}
	at, asked := c.out[s.ID()]
	switch {
	case !asked:
		return
	case s.HeardAt().Before(at):
		if s.Failing() && !s.FailedSince.Before(at) { // others need not wait for this one
			c.unanswered(s.ID())
		}
		return
	}
	delete(c.out, s.ID())
	c.mute = 0
	if s.Changed.Answer().At.After(c.began) { // and not long ago
		c.changed++
	}
}

// unanswered counts a payment about which no answer came.
func (c *recheck) unanswered(id watch.ID) {
	delete(c.out, id)
	c.silent++
	c.mute++
}

// String is how the recheck stands, in one line; empty when there was none.
func (c *recheck) String() string {
	if c.all == 0 {
		return ""
	}
	changed := ", " + strconv.Itoa(c.changed) + " changed"
	switch {
	case c.running():
		return "Recheck runs: " + strconv.Itoa(c.all-len(c.waiting)-len(c.out)) + " of " + plural(c.all, "payment") + changed + "."
	case c.silent > 0:
		return "Recheck NOT COMPLETE: no answer about " + strconv.Itoa(c.silent) + " of " + plural(c.all, "payment") + changed + ". Do it again."
	}
	return "Recheck done: Dollr was asked again about " + plural(c.all, "payment") + changed + "."
}

// report is the recheck's line in a text.
func (c *recheck) report() string {
	if c.all == 0 {
		return ""
	}
	return c.String() + " It began at " + c.began.Format("15:04:05") + ".\n"
}

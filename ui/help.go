package ui

import (
	"strings"

	"charm.land/bubbles/v2/key"
	"charm.land/bubbles/v2/viewport"
	tea "charm.land/bubbletea/v2"

	"tillwatch/watch"
)

// meanings explain a row to somebody who sees the board for the first time.
var meanings = [...]struct {
	verdict watch.Verdict
	text    string
}{
	{watch.Paid, "Dollr's status API said so, about this very payment. You may hand over."},
	{watch.Waiting, "The customer has not approved yet, or the network is slow. Minutes are normal. Do not charge again."},
	{watch.Confirming, "The channel claims a result; Dollr is being asked. Do not hand over."},
	{watch.Check, "A person has to look: sources disagree, or Dollr cannot be asked. Do not hand over."},
	{watch.NotPaid, "Dollr's status API said FAILED or CANCELED. A new payment needs a new reference."},
	{watch.Stopped, "You stopped watching. The result is NOT known."},
}

// remarks are the rest of what a row says.
var remarks = [...][2]string{
	{"LINK", "LIVE channel and slow reads, POLL asking, JOIN connecting, WAIT slowed down, DOWN asking fails"},
	{"HEARD", "age of the last answer from Dollr about this payment"},
	{"AGE", "since it was executed, until the end was verified"},
	{"TOTALS", "verified money alone, since midnight; one invoice or order counts once; currencies are never added"},
	{"AMOUNT", "faint while it is only what you expect; Dollr's own once it has said so; ### means too wide"},
}

// openHelp shows the help, or lays it out anew for the size of the screen. The keys in it
// come from the key map, so it cannot forget one.
func (m *Model) openHelp() {
	at := 0
	if m.help {
		at = m.guide.YOffset()
	}
	m.help = true
	m.guide = viewport.New(viewport.WithWidth(m.width), viewport.WithHeight(max(1, m.height-2)))
	p := newPen(m.styles, m.width, 1000, 4096)
	m.writeHelp(p)
	m.guide.SetContent(strings.TrimRight(p.String(), "\n"))
	m.guide.SetYOffset(at)
}

// writeHelp writes the whole guide, however long it gets.
func (m *Model) writeHelp(p *pen) {
	const indent = 16
	// A name and what it means; on a narrow screen the meaning gets half the line.
	entry := func(look role, name, text string) {
		lead := min(indent, max(1, p.limit/2))
		for i, part := range wrap(text, max(6, p.limit-lead-1)) {
			p.skip(1)
			if i == 0 {
				p.cell(look, name, lead-2, false)
			}
			p.to(lead)
			p.put(roleText, part)
			p.end()
		}
	}
	p.say(roleStrong, "READ A ROW")
	for _, said := range meanings {
		entry(verdictRoles[said.verdict], said.verdict.Mark()+" "+said.verdict.String(), said.text)
	}
	for _, remark := range remarks {
		entry(roleStrong, remark[0], remark[1])
	}
	p.end()
	p.say(roleStrong, "FILTER")
	entry(roleKey, "text", "the label holds it, or the reference begins so; usd: currency; !text: does not")
	entry(roleKey, "status:check", "verdict or Dollr's word starts so; net:mtn: method; >1000 <50: amount")
	for _, g := range m.keys.groups() {
		p.end()
		p.say(roleStrong, g.title)
		for _, k := range g.keys {
			if k.Enabled() {
				entry(roleKey, k.Help().Key, k.Help().Desc)
			}
		}
	}
	p.end()
	entry(roleStrong, "MONEY", "No key moves money. Everything here only watches.")
}

// drawHelp draws what the viewport shows of the guide. The badge stays: somebody may have
// opened the help to find out whether this is real.
func (m *Model) drawHelp(p *pen) {
	look, badge := m.badge()
	p.put(look, badge)
	p.put(roleStrong, " HELP")
	note := longest(max(0, p.limit-p.col-2), "up down pgup pgdn scroll   esc closes", "esc closes", "esc")
	p.to(p.limit - width(note) - 1)
	p.put(roleFaint, note)
	p.end()
	if m.height > 2 {
		p.rule()
	}
	for text := range strings.SplitSeq(m.guide.View(), "\n") {
		p.raw(text)
		p.end()
	}
}

// pressHelp is a key while the help is open.
func (m *Model) pressHelp(msg tea.KeyPressMsg) tea.Cmd {
	switch k := m.keys; {
	case key.Matches(msg, k.Back, k.Help, k.Quit):
		m.help = false
	case key.Matches(msg, k.Up):
		m.guide.ScrollUp(1)
	case key.Matches(msg, k.Down):
		m.guide.ScrollDown(1)
	case key.Matches(msg, k.PageUp):
		m.guide.PageUp()
	case key.Matches(msg, k.PageDown):
		m.guide.PageDown()
	case key.Matches(msg, k.HalfUp):
		m.guide.HalfPageUp()
	case key.Matches(msg, k.HalfDown):
		m.guide.HalfPageDown()
	case key.Matches(msg, k.Top):
		m.guide.GotoTop()
	case key.Matches(msg, k.Bottom):
		m.guide.GotoBottom()
	}
	return nil
}

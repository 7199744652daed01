package ui

import (
	"strconv"

	"charm.land/bubbles/v2/help"
	"charm.land/bubbles/v2/key"

	"tillwatch/watch"
	"tillwatch/watch/load"
)

// footLines is how many lines the foot takes: the keys, or what is typed and what was wrong
// with it.
func (m *Model) footLines() int {
	switch {
	case m.prompt.kind != promptNone && m.height >= 6:
		return 2
	case m.prompt.kind != promptNone, m.asking != askNothing, m.flash.text != "":
		return 1
	case m.height >= 4:
		return 1
	}
	return 0
}

// foot is the end of the screen: a question, what is being typed, a short text, or keys.
func (m *Model) foot(p *pen, lines int) {
	switch {
	case lines == 0:
	case m.asking != askNothing:
		p.say(roleAlarm, longest(p.limit-1, m.question()...))
	case m.prompt.kind != promptNone:
		p.skip(1)
		view := m.prompt.view(p.limit-1, m.options.Counter)
		p.raw(view)
		p.end()
		if lines > 1 {
			m.promptNote(p)
		}
	case m.menu != nil:
		p.say(roleFaint, longest(p.limit-1, "up down move   "+m.menu.note, m.menu.note, "enter  esc"))
	case m.flash.text != "" && m.flash.bad:
		p.say(roleAlarm, m.flash.text)
	case m.flash.text != "":
		p.say(roleStrong, m.flash.text)
	case m.width < tinyBelow && blind(m.health):
		p.put(roleAlarm, longest(p.limit, m.health.Trouble.String()+" "+m.lastHeard(), m.health.Trouble.String()))
		p.end()
	case m.place() == onBoard && !m.table.filter.empty():
		m.filtered(p)
	default:
		if m.hints == "" || m.hintsOf != m.place() {
			m.hints, m.hintsOf = m.makeHints(), m.place()
		}
		p.skip(1)
		p.raw(m.hints)
		p.end()
	}
}

// filtered says that rows are hidden, for as long as they are.
func (m *Model) filtered(p *pen) {
	back := m.keys.inWords("{back}")
	count := strconv.Itoa(len(m.table.shown)) + " of " + strconv.Itoa(len(m.table.all))
	text := "filter " + quote(watch.MaskNumbers(m.table.filter.text))
	p.say(roleAlarm, longest(p.limit-1, text+" shows "+count+" payments; "+back+" clears it", text+" "+count+", "+back, "only "+count+", "+back))
}

// promptNote is the line under what is typed.
func (m *Model) promptNote(p *pen) {
	if m.prompt.kind == promptSearch {
		p.say(roleFaint, longest(p.limit-2, "shows the entries that hold it; enter keeps it, esc clears it", "enter keeps it, esc clears it"))
		return
	}
	p.say(roleFaint, longest(p.limit-2, "text  !text  status:check  net:mtn  link:poll  slow  >1000   enter keeps it, esc clears it",
		"text  !text  status:check  net:mtn  >1000   enter keeps it, esc clears it",
		"text !text status: net: >1000; esc"))
}

// makeHints is the line of keys: as many as fit, the most needed ones last to leave.
func (m *Model) makeHints() string {
	list := m.keys.short(m.place())
	if m.place() == onLoad && m.run.report.State == load.Ended {
		list = m.keys.over()
	}
	line := help.New()
	line.ShortSeparator = "  "
	line.Styles.ShortSeparator = m.styles.looks[roleText]
	line.Styles.ShortKey = m.styles.looks[roleKey]
	line.Styles.ShortDesc = m.styles.looks[roleFaint]
	for {
		total, least := 0, -1
		keys := make([]key.Binding, 0, len(list))
		for i, k := range list {
			if !k.Enabled() {
				continue
			}
			keys = append(keys, k.Binding)
			total += width(k.Help().Key) + 1 + width(k.Help().Desc) + 2
			if least < 0 || k.keep < list[least].keep {
				least = i
			}
		}
		if total-2 <= m.width-1 || least < 0 {
			return line.ShortHelpView(keys)
		}
		list = append(list[:least:least], list[least+1:]...)
	}
}

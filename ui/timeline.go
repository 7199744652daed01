package ui

import (
	"strconv"
	"strings"
	"time"

	tea "charm.land/bubbletea/v2"

	"tillwatch/watch"
)

// past is the history of the payment in the detail, as it was when it was asked for.
type past struct {
	id      watch.ID
	entries []watch.Entry
	missing int // entries that are kept no more, behind the first of them
}

// recall asks for the history of the selected payment while its detail is open, outside the
// screen's loop: a journal may have to be read for it.
func (m *Model) recall() tea.Cmd {
	ask, r := m.options.Desk.History, m.table.selected()
	if !m.detail || ask == nil || r == nil {
		return nil
	}
	id := r.id
	return safely(func() tea.Msg {
		entries, missing := ask(id)
		return historyMsg{past{id, entries, missing}}
	})
}

// timeline is what happened to a payment, one line an entry: when, how long after the
// beginning, who told, and what.
func (m *Model) timeline(s *sheet, r *row, now time.Time) {
	if m.past.id != r.id || len(m.past.entries) == 0 {
		return
	}
	entries := m.past.entries
	begin := entries[0].At
	title := "TIMELINE"
	if at := r.VerifiedAt(); !at.IsZero() {
		title += ", " + offset(at.Sub(begin)) + " from end to end"
	}
	s.title(title)
	for i, e := range entries {
		if m.past.missing > 0 && i == watch.HistoryHead {
			s.text(roleFaint, "… "+strconv.Itoa(m.past.missing)+" entries are not kept …")
		}
		s.moment(e, begin, now)
	}
}

// moment is one entry. On a narrow screen the time of day gives way to the offset.
func (s *sheet) moment(e watch.Entry, begin, now time.Time) {
	const narrow = 44
	head := e.At.In(now.Location()).Format("15:04:05.0") + " "
	if s.w < narrow {
		head = ""
	}
	after := offset(e.At.Sub(begin))
	head += blanks[:max(0, 8-len(after))] + after + "  "
	from := e.From.String()
	from += blanks[:8-len(from)]
	text := happened(e)
	if e.Times > 1 {
		text += " (" + strconv.Itoa(e.Times) + " times, until " + clock(e.Last, now) + ")"
	}
	for i, part := range wrap(text, max(8, s.w-width(head)-len(from))) {
		if i > 0 {
			head, from = blanks[:width(head)], blanks[:len(from)]
		}
		s.lines = append(s.lines, line{{roleFaint, head}, {roleFaint, from}, {momentRole(e), part}})
	}
}

// momentRole is the look of an entry.
func momentRole(e watch.Entry) role {
	switch e.Kind {
	case watch.EventVerdict:
		return verdictRoles[e.Verdict]
	case watch.EventFailure, watch.EventNoKey, watch.EventLost, watch.EventStalled, watch.EventFault:
		return roleNotice
	case watch.EventHint:
		return roleBusy
	case watch.EventAsked, watch.EventHanded, watch.EventStopped, watch.EventResumed, watch.EventFilled:
		return roleStrong
	}
	return roleText
}

// happened is an entry in words. Other people's words stand in quotes where they could be
// taken for ours.
func happened(e watch.Entry) string {
	more := masked(e.Text)
	switch e.Kind {
	case watch.EventHanded:
		return "handed over"
	case watch.EventFilled:
		return "handed over again, with more"
	case watch.EventKey:
		return "realtime key, " + more
	case watch.EventJoining:
		return "joining the channel"
	case watch.EventJoined:
		return "joined"
	case watch.EventReady:
		return "ready: what changes from now on is heard"
	case watch.EventStalled:
		return "its socket is silent: asking instead"
	case watch.EventSpeaks:
		return "its socket speaks again"
	case watch.EventLost:
		return strings.TrimSuffix("not ready any more: "+more, ": ")
	case watch.EventHint:
		return "says " + word(e.Word) + " (hint)"
	case watch.EventAnswer:
		text := "HTTP " + strconv.Itoa(e.Code)
		if e.Word != "" {
			text = word(e.Word) + ", " + text
		}
		text += ", " + strconv.FormatInt(e.Took.Milliseconds(), 10) + " ms"
		return strings.TrimSuffix(text+": "+more, ": ")
	case watch.EventAsked:
		return "asked to verify"
	case watch.EventStopped:
		return "stopped watching"
	case watch.EventResumed:
		return "watching again"
	case watch.EventRestored:
		return "tillwatch was started again and goes on"
	case watch.EventVerdict:
		return strings.TrimSuffix(e.Verdict.Mark()+" "+e.Verdict.String()+" "+reasons[e.Reason], " ")
	}
	return more // EventNoKey, EventStray, EventFailure, EventFault: they say what went wrong
}

// offset words the time since the beginning: "+0.4s", "+24.3s", "+6:41", "+1h02".
func offset(d time.Duration) string {
	if d = max(0, d); d < 100*time.Second {
		return "+" + strconv.FormatFloat(d.Seconds(), 'f', 1, 64) + "s"
	}
	return "+" + age(d)
}

// rawLines is what came last from the API and from the channel, as JSON without secrets.
func (m *Model) rawLines(w int) []line {
	s := &sheet{w: max(1, w)}
	for _, kind := range [...]watch.EventKind{watch.EventAnswer, watch.EventHint} {
		for i := len(m.past.entries) - 1; i >= 0; i-- {
			e := m.past.entries[i]
			if e.Kind != kind || e.Raw == "" || m.past.id != m.table.cursor {
				continue
			}
			s.title(strings.ToUpper(e.From.String()) + ", " + clock(e.Last, m.now) + ": " + strings.TrimSpace(happened(e)))
			for text := range strings.SplitSeq(rawText(e.Raw), "\n") {
				shown := indented(text)
				lead := len(shown) - len(strings.TrimLeft(shown, " "))
				for i, part := range wrap(shown[lead:], max(8, s.w-lead-2)) {
					if i > 0 {
						part = "  " + part
					}
					s.lines = append(s.lines, line{{roleText, fit(blanks[:lead]+part, s.w)}})
				}
			}
			break
		}
	}
	if len(s.lines) == 0 {
		s.text(roleFaint, "Nothing has come yet that could be shown.")
	}
	return s.lines
}

// indented cleans a line of JSON and keeps the blanks before it. Its values are quotes of
// others as they stand.
func indented(text string) string {
	rest := strings.TrimLeft(text, " ")
	return blanks[:min(len(text)-len(rest), len(blanks))] + settle(watch.Clean(rest, longestText))
}

package ui

import (
	"strconv"
	"strings"
	"time"

	"tillwatch/watch"
)

// paneWidth is the room of the detail next to the board.
func paneWidth(screen int) int { return max(42, min(70, screen*3/8)) }

// drawDetail draws the selected payment on the whole screen.
func (m *Model) drawDetail(p *pen) {
	r := m.chosen()
	look, badge := m.badge()
	verdict := r.Verdict.Mark() + " " + r.Verdict.String()
	if p.limit < tinyBelow {
		verdict = r.Verdict.Mark() // the next line has the word
	}
	p.put(look, badge)
	p.skip(1)
	p.put(roleStrong, fit(r.label, max(4, p.limit-p.col-width(verdict)-2)))
	p.to(p.limit - width(verdict) - 1)
	p.put(verdictRole(r), verdict)
	p.end()
	if blind(m.health) {
		m.banner(p, 1)
	} else if m.height >= ruledFrom {
		p.rule()
	}
	m.drawCaption(p)

	foot := m.footLines()
	room := max(1, m.height-p.done-foot)
	all := m.detailLines(m.width - 2)
	if len(all) > room && room > 2 {
		room-- // the last line says that there is more
	}
	m.scroll = max(0, min(m.scroll, len(all)-room))
	for i := range room {
		if at := m.scroll + i; at < len(all) {
			p.skip(1)
			p.spans(all[at])
		}
		p.end()
	}
	if more := len(all) - room - m.scroll; len(all) > room && p.done < m.height-foot {
		text := " the end (pgup)"
		if more > 0 {
			text = " " + strconv.Itoa(more) + " more lines (pgdn)"
		}
		p.put(roleFaint, text)
		p.end()
	}
	m.foot(p, foot)
}

// sheet collects the lines of a detail: names and values, and texts that wrap.
type sheet struct {
	w     int
	lines []line
}

// title starts a section.
func (s *sheet) title(text string) {
	if len(s.lines) > 0 {
		s.lines = append(s.lines, nil)
	}
	s.lines = append(s.lines, line{{roleFaint, text}})
}

// fact is a name and its value; a value that is empty is not shown.
func (s *sheet) fact(name, value string, look role) {
	const names = 12 // columns of the names, a blank behind the longest included
	if value == "" {
		return
	}
	if s.w < 2*names { // next to the name a value would be cut, and it may be an amount
		s.lines = append(s.lines, line{{roleFaint, name}})
		for _, part := range wrap(value, s.w-1) {
			s.lines = append(s.lines, line{{look, " " + part}})
		}
		return
	}
	for i, part := range wrap(value, s.w-names) {
		head := name
		if i > 0 {
			head = ""
		}
		s.lines = append(s.lines, line{{roleFaint, head + blanks[:max(1, names-width(head))]}, {look, part}})
	}
}

// text is a paragraph.
func (s *sheet) text(look role, text string) {
	for _, part := range wrap(text, s.w) {
		s.lines = append(s.lines, line{{look, part}})
	}
}

// detailLines are everything that is known of the selected payment, for a region of that
// width.
func (m *Model) detailLines(w int) []line {
	r, now := m.chosen(), m.now
	if m.raw {
		return m.rawLines(w)
	}
	s := &sheet{w: max(1, w)}
	does := verdictRole(r)
	verdict := r.Verdict.Mark() + " " + r.Verdict.String()
	if whole := verdict + "  " + r.Amount().String(); width(whole) <= s.w {
		s.text(does, whole)
	} else {
		s.text(does, verdict)
		s.text(does, r.Amount().String()) // which is no use in halves
	}
	a := m.advise(r)
	s.text(roleText, r.label+": "+a.known)
	s.text(does, a.do+a.ask)
	s.text(roleFaint, "Tell the customer: \""+a.tell+"\"")

	// Charged and expected stand apart: only the first is Dollr's word. Dollr names its
	// amounts before the payer has paid, and of a payment that fails too; until it says
	// that the money came they are no more than what the payer was asked for.
	s.title("PAYMENT")
	charged, receives := "asked", ""
	if arrived(r) {
		charged, receives = "charged", payee(r)
	}
	s.fact(charged, r.Charged().String(), roleStrong)
	switch unread := masked(r.Unread()); {
	case unread != "":
		s.fact(charged, unread+" (cannot be read)", roleAlarm)
	case !r.Charged().Said():
		s.fact("charged", "Dollr has not said", roleFaint)
	}
	s.fact("expected", r.Expected.String(), roleText)
	s.fact("you receive", receives, roleText)
	s.fact("method", methodAs(r), roleText)
	s.fact("payer", m.payer(r), roleText)
	s.fact("reference", foreign(r.Reference), roleText)
	if r.Session != 0 {
		s.fact("session", strconv.FormatInt(r.Session, 10), roleText)
	}
	if r.SourceID != 0 {
		s.fact("source", foreign(r.SourceType)+" "+strconv.FormatInt(r.SourceID, 10)+numbered(r), roleText)
	}
	s.fact("operator id", foreign(first(r.Final.Transaction, r.Latest.Transaction)), roleText)
	if r.NotStarted {
		s.fact("executed", "not that we know", roleFaint)
	} else {
		s.fact("executed", clock(r.ExecutedAt(now), now), roleText)
		s.fact("age", age(r.lasted(now)), roleText)
	}

	s.title("WHY WE SAY SO")
	why(s, r, now)

	m.timeline(s, r, now)

	s.title("HEARING")
	hearing(s, r, now)
	return s.lines
}

// why is the evidence: which answer, when, with which HTTP status, how long it took.
func why(s *sheet, r *row, now time.Time) {
	if r.Final.Code != 0 {
		s.fact("final", answered(r.Final, now), verdictRole(r))
	}
	if r.Changed.Said() {
		s.fact("later", answered(r.Changed.Answer(), now), roleAlarm)
	}
	if r.Latest.Code != 0 && r.Latest.At != r.Final.At {
		s.fact("newest", answered(r.Latest, now), roleText)
	}
	if r.Final.Code == 0 && r.Latest.Code == 0 {
		s.fact("API", "no answer yet, so nothing is known", roleText)
	}
	if r.Hint.Status != "" {
		s.fact("channel", "said "+word(r.Hint.Status)+" at "+clock(r.Hint.At, now)+" (a hint proves nothing)", roleText)
	}
	// The end's own messages say why; before the end the newest ones have to do.
	if words := messages(r.Final); words != "" {
		s.text(roleText, words)
	} else {
		s.text(roleText, messages(r.Latest))
	}
	if r.Latest.Code != 200 {
		s.fact("detail", masked(r.Latest.Detail), roleText)
	}
}

// answered is one answer of the status API in one line.
func answered(a watch.Answer, now time.Time) string {
	text := "HTTP " + strconv.Itoa(a.Code)
	if a.Status != "" {
		text = word(a.Status) + " at " + clock(a.At, now) + " (" + text
	} else {
		text += " at " + clock(a.At, now) + " ("
	}
	if !strings.HasSuffix(text, "(") {
		text += ", "
	}
	text += strconv.FormatInt(a.Took.Milliseconds(), 10) + " ms)"
	if a.Path != "" {
		text += ", GET " + foreign(a.Path)
	}
	return text
}

// hearing is how the payment is followed: link, channel, hints, failures.
func hearing(s *sheet, r *row, now time.Time) {
	links := [...]string{
		watch.Poll: "asking the status API" + unheard(r), watch.Done: "nothing more is asked", watch.Down: "asking fails just now",
		watch.Wait: "the next question has to wait its turn", watch.Live: "the channel is ready",
		watch.Join: "joining the channel",
	}
	s.fact("link", r.Link.String()+": "+links[r.Link], roleText)
	if at := r.HeardAt(); !at.IsZero() {
		s.fact("heard", ago(now.Sub(at))+" ago, at "+clock(at, now), roleText)
	}
	if r.NextRead.After(now) {
		s.fact("next read", "in "+ago(r.NextRead.Sub(now)), roleText)
	}
	if at := r.Channel.Ready; !at.IsZero() {
		s.fact("ready", "since "+clock(at, now), roleText)
	}
	// What the channel got wrong about this payment is why hints are never trusted.
	var odd []string
	for _, c := range [...]struct {
		is   bool
		word string
	}{
		{r.Channel.Lost, "a hint was lost"}, {r.Channel.Wrong, "a hint was wrong"}, {r.Channel.Late, "a hint came late"},
		{r.Channel.Duplicates > 0, strconv.Itoa(int(r.Channel.Duplicates)) + " said twice"},
		{r.Channel.Dropped > 0, strconv.Itoa(int(r.Channel.Dropped)) + " dropped"},
	} {
		if c.is {
			odd = append(odd, c.word)
		}
	}
	s.fact("hints", strings.Join(odd, ", "), roleText)
	s.fact("trouble", masked(r.Trouble), roleAlarm)
	if r.Failing() {
		s.fact("failing", "since "+clock(r.FailedSince, now)+": "+masked(r.FailedText), roleAlarm)
	}
}

// unheard says why a payment has no channel, where that is known: it is what keeps it polled.
func unheard(r *row) string {
	switch {
	case r.Hosted():
		return ", for a hosted checkout has no channel"
	case r.Session == 0:
		return ", for it came without a session"
	case !r.Channel.Ready.IsZero() || r.Trouble != "":
		return ""
	}
	return "; its channel is not joined, or its time is over"
}

// payer is the payer's number, masked unless the user asked to see it just now.
func (m *Model) payer(r *row) string {
	if m.unmasked != 0 {
		return foreign(r.Phone.Reveal())
	}
	return foreign(r.Phone.String())
}

// arrived reports whether Dollr has said that the payer paid, even if it took that back.
func arrived(r *row) bool {
	return r.Verdict == watch.Paid || r.Verdict == watch.Check && r.Final.Code != 0
}

// payee is what the merchant receives after fees, once Dollr has said it.
func payee(r *row) string {
	if r.Final.Payee.Said() {
		return r.Final.Payee.String()
	}
	return r.Latest.Payee.String()
}

// methodAs is the method in a counter's words and in Dollr's.
func methodAs(r *row) string {
	if r.means == "" || r.means == foreign(r.Method) {
		return r.means
	}
	return r.means + " (" + foreign(r.Method) + ")"
}

// numbered is the source's own number ("INV-2025-00042"), to be put behind its id.
func numbered(r *row) string {
	number := foreign(first(r.Final.Number, r.Latest.Number))
	if number == "" {
		return ""
	}
	return ", " + number
}

// first is a, or b when a says nothing. A final answer's words outlive a later 404.
func first(a, b string) string {
	if a != "" {
		return a
	}
	return b
}

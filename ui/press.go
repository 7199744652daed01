package ui

import (
	"slices"
	"time"

	"charm.land/bubbles/v2/key"
	tea "charm.land/bubbletea/v2"

	"tillwatch/watch"
	"tillwatch/watch/load"
)

// press gives a key to the part that has the keyboard: the question, the form, a menu, the line
// being typed, the screen that is read, or the board.
func (m *Model) press(msg tea.KeyPressMsg, hidden bool) tea.Cmd {
	switch {
	case key.Matches(msg, m.keys.Suspend):
		return m.giveBack(true)
	case m.asking != askNothing:
		return m.pressAsked(msg)
	case key.Matches(msg, m.keys.QuitNow):
		return m.quit()
	case m.form != nil:
		return m.pressForm(msg)
	case m.menu != nil:
		return m.pressMenu(msg)
	case m.prompt.kind != promptNone:
		return m.pressPrompt(msg)
	case m.view == viewLoad:
		return m.pressLoad(msg)
	case m.view == viewShift:
		return m.pressShift(msg)
	case m.view != viewBoard:
		return m.pressPage(msg)
	}
	m.table.arrange() // the cursor's row is the one that the user means
	strayed := m.strayed
	m.strayed = false
	if moved, cmd := m.pressMove(msg); moved {
		return tea.Batch(cmd, m.recall())
	}
	switch r := m.table.selected(); {
	case r == nil || !m.keys.aboutRow(msg):
	case hidden: // a key must not act on a row that is not seen
		return m.say("back at "+r.texts().label+": press again", false)
	case strayed && len(m.marked) == 0 && !key.Matches(msg, m.keys.Detail): // nor one that was not there at the last key
		return m.say("the cursor is at "+r.texts().label+" now: press again", false)
	}
	return m.pressBoard(msg)
}

// pressMove moves the cursor, or scrolls the detail, and reports whether the key was one
// of those.
func (m *Model) pressMove(msg tea.KeyPressMsg) (bool, tea.Cmd) {
	page := max(1, m.height-12) // about what a screen shows of the list
	before := m.table.cursor
	switch k := m.keys; {
	case key.Matches(msg, k.Up):
		m.table.move(-1)
	case key.Matches(msg, k.Down):
		m.table.move(1)
	case key.Matches(msg, k.Top):
		m.table.move(-len(m.table.shown))
	case key.Matches(msg, k.Bottom):
		m.table.move(len(m.table.shown))
	case m.detail && key.Matches(msg, k.PageUp, k.HalfUp):
		m.scroll -= max(1, m.height-6)
	case m.detail && key.Matches(msg, k.PageDown, k.HalfDown):
		m.scroll += max(1, m.height-6)
	case key.Matches(msg, k.PageUp):
		m.table.move(-page)
	case key.Matches(msg, k.PageDown):
		m.table.move(page)
	case key.Matches(msg, k.HalfUp):
		m.table.move(-max(1, page/2))
	case key.Matches(msg, k.HalfDown):
		m.table.move(max(1, page/2))
	default:
		return false, nil
	}
	if m.table.cursor != before {
		m.scroll, m.follow, m.await, m.started = 0, followOff, "", time.Time{}
	}
	return true, nil
}

// pressBoard is a key on the board or in the detail.
func (m *Model) pressBoard(msg tea.KeyPressMsg) tea.Cmd {
	switch k := m.keys; {
	case key.Matches(msg, k.Detail):
		return m.open()
	case key.Matches(msg, k.Pane):
		return m.pane()
	case m.detail && key.Matches(msg, k.Raw):
		m.raw, m.scroll = !m.raw, 0
	case key.Matches(msg, k.Back):
		m.back()
	case key.Matches(msg, k.Filter):
		m.prompt.began = m.table.cursor
		return m.prompt.open(promptFilter, m.table.filter.text)
	case key.Matches(msg, k.Add):
		return m.openForm()
	case key.Matches(msg, k.Sort), key.Matches(msg, k.Reverse):
		m.table.sortBy(key.Matches(msg, k.Sort))
		text := "sorted by " + orders[m.table.order].title
		if m.table.reverse {
			text += ", reversed"
		}
		return m.say(text, false)
	case key.Matches(msg, k.Columns):
		m.chooseColumns()
	case key.Matches(msg, k.Freeze):
		m.freeze()
	case key.Matches(msg, k.Follow):
		return m.nextFollow()
	case key.Matches(msg, k.Mark):
		return m.mark()
	case key.Matches(msg, k.Unmark):
		m.marked = nil
	case key.Matches(msg, k.Verify):
		return m.verifyMeant()
	case key.Matches(msg, k.Stop):
		return m.stop()
	case key.Matches(msg, k.Undo):
		return m.undo()
	case key.Matches(msg, k.Copy):
		return m.copyReference()
	case key.Matches(msg, k.Bundle):
		return m.copyBundle()
	case key.Matches(msg, k.Unmask):
		return m.unmask()
	default:
		if cmd, done := m.pressAnywhere(msg); done {
			return cmd
		}
		if cmd, done := m.pressExtra(msg); done {
			return cmd
		}
		return m.nothing(msg)
	}
	return nil
}

// nothing says that a key does nothing: silence would look like a hang.
func (m *Model) nothing(msg tea.KeyPressMsg) tea.Cmd {
	typed := cleaned(msg.Text, 8)
	if typed == "" {
		return nil
	}
	return m.say(m.keys.inWords(quote(typed)+" does nothing here; {help} = help"), false)
}

// pressAnywhere is a key that means the same on every screen, and whether it was one.
func (m *Model) pressAnywhere(msg tea.KeyPressMsg) (tea.Cmd, bool) {
	switch k := m.keys; {
	case key.Matches(msg, k.Board):
		m.show(viewBoard)
	case key.Matches(msg, k.Load) && m.options.Load == nil:
		return m.say(noRun, false), true
	case key.Matches(msg, k.Load):
		m.show(viewLoad)
	case key.Matches(msg, k.Log):
		m.show(viewLog)
	case key.Matches(msg, k.Shift):
		m.show(viewShift)
	case key.Matches(msg, k.Help) && m.view == viewHelp:
		m.show(m.base)
	case key.Matches(msg, k.Help):
		m.show(viewHelp)
	case key.Matches(msg, k.Bell):
		m.bell.mode = m.bell.mode.next()
		return m.say("bell: "+m.bell.mode.meaning(), false), true
	case key.Matches(msg, k.Theme):
		return m.nextTheme(), true
	case key.Matches(msg, k.Redraw):
		return tea.ClearScreen, true
	case key.Matches(msg, k.Quit):
		return m.quit(), true
	default:
		return nil, false
	}
	return nil, true
}

// pressExtra tries the keys that only this program has, and says whether it was one.
func (m *Model) pressExtra(msg tea.KeyPressMsg) (tea.Cmd, bool) {
	for _, e := range m.keys.extras {
		if e.Do != nil && key.Matches(msg, e.Binding) {
			return m.goThrough(e, m.table.cursor, nil), true
		}
	}
	return nil, false
}

// back goes one step back. It never quits.
func (m *Model) back() {
	switch {
	case m.full && m.detail && m.width >= paneFrom:
		m.full, m.scroll = false, 0
	case m.detail:
		m.detail, m.full = false, false
	case !m.table.filter.empty():
		m.table.look(filter{})
	}
}

// open shows the selected payment: next to the rows where there is room, and from there on the
// whole screen.
func (m *Model) open() tea.Cmd {
	m.raw, m.scroll, m.follow, m.await, m.started = false, 0, followOff, "", time.Time{}
	switch {
	case m.paned():
		m.full = true
	case m.detail:
		m.detail, m.full = false, false
	default:
		m.detail = m.table.selected() != nil
	}
	return m.recall()
}

// pane shows the detail next to the rows, or takes it away.
func (m *Model) pane() tea.Cmd {
	switch {
	case m.width < paneFrom || m.height < 10:
		return m.say("there is no room beside the board: enter shows the detail", false)
	case m.paned():
		m.detail = false
	default:
		m.detail, m.full, m.raw = m.table.selected() != nil, false, false
	}
	m.scroll = 0
	return m.recall()
}

// verifyMeant asks about the marked payments, or the selected one.
func (m *Model) verifyMeant() tea.Cmd {
	rows := m.meant()
	switch len(rows) {
	case 0:
		return m.verify(nil)
	case 1:
		return m.verify(rows[0])
	}
	for _, r := range rows {
		m.options.Desk.Verify(r.id)
	}
	m.write("asked Dollr about " + plural(len(rows), "marked payment"))
	return m.say("asking Dollr about "+plural(len(rows), "marked payment"), false)
}

// verify asks for one more read, within the budget. It is allowed on a finished payment:
// that is how a changed answer is found.
func (m *Model) verify(r *row) tea.Cmd {
	if r == nil {
		return m.say("no payment is selected", true)
	}
	m.options.Desk.Verify(r.id)
	if m.health.Trouble == watch.SlowedDown && m.health.Until.After(m.now) {
		return m.say("asking about "+r.texts().label+" all the same, though Dollr wants fewer questions", false)
	}
	if blind(m.health) {
		return m.say(m.health.Trouble.String()+" since "+m.lastHeard()+": trying to ask about "+r.texts().label, true)
	}
	m.asked, m.askedAbout = m.now, r.id
	return m.say("asking Dollr about "+r.texts().label, false)
}

// stop stops watching the selected payment. The payment itself goes on at Dollr, so the
// text must not sound like a cancellation.
func (m *Model) stop() tea.Cmd {
	rows, stopped := m.meant(), 0
	var last *row
	var group []watch.ID
	for _, r := range rows {
		if last = r; r.open() {
			m.options.Desk.Stop(r.id)
			group = append(group, r.id)
			m.write("stopped watching " + r.texts().label)
			stopped++
		}
	}
	if stopped > 0 {
		m.stopped = append(m.stopped, group)
	}
	switch {
	case last == nil:
		return m.say("no payment is selected", true)
	case stopped == 0 && len(rows) == 1 && last.Verdict == watch.Stopped:
		return m.say(m.keys.inWords(last.texts().label+" is stopped already; its result is NOT known. {undo} = watch it again"), false)
	case stopped == 0 && len(rows) == 1:
		return m.say(last.texts().label+" has its result: there is nothing to stop", false)
	case stopped == 0:
		return m.say("none of those that are marked is watched any more: there is nothing to stop", false)
	case len(rows) == 1:
		return m.say(m.keys.inWords("stopped watching "+last.texts().label+"; its result is NOT known. {undo} = undo"), false)
	}
	return m.say(m.keys.inWords("stopped watching "+plural(stopped, "payment")+"; their results are NOT known. {undo} = undo"), false)
}

// undo resumes the selected payment if it is stopped, else all that were stopped last.
func (m *Model) undo() tea.Cmd {
	var back []watch.ID
	if r := m.chosen(); r != nil && r.Verdict == watch.Stopped {
		back = []watch.ID{r.id}
	} else if n := len(m.stopped); n > 0 {
		back = m.stopped[n-1]
	}
	if len(back) == 0 {
		return m.say("nothing to undo", false)
	}
	for _, id := range back {
		for i, group := range m.stopped {
			m.stopped[i] = slices.DeleteFunc(slices.Clone(group), func(other watch.ID) bool { return other == id })
		}
		m.options.Desk.Resume(id)
		m.write("watching " + m.table.rows[id].texts().label + " again")
	}
	m.stopped = slices.DeleteFunc(m.stopped, func(group []watch.ID) bool { return len(group) == 0 })
	if len(back) > 1 {
		return m.say("watching "+plural(len(back), "payment")+" again", false)
	}
	return m.say("watching "+m.table.rows[back[0]].texts().label+" again", false)
}

// unmask shows the payers' numbers for a while.
func (m *Model) unmask() tea.Cmd {
	if m.unmasked != 0 {
		m.unmasked = 0
		return nil
	}
	m.write("payers' numbers shown for 10 s")
	m.unmaskings++
	m.unmasked = m.unmaskings
	id := m.unmasked
	return m.later(unmaskFor, func(time.Time) tea.Msg { return unmaskEndMsg{id} })
}

// nextTheme goes to the next theme, where the terminal has colours to show it in.
func (m *Model) nextTheme() tea.Cmd {
	if m.mono {
		return m.say("theme mono: this terminal has no colours, or NO_COLOR is set", false)
	}
	m.theme = m.theme.next()
	m.restyle()
	return tea.Batch(m.inquire(), m.say("theme "+m.theme.String(), false))
}

// quit ends the program; with payments open it asks first.
func (m *Model) quit() tea.Cmd {
	m.ask()
	if m.openNow() > 0 {
		m.asking = askQuit
		return nil
	}
	return tea.Quit
}

// openNow is how many payments are still watched, by the newest news even while the
// display is frozen, and those of a load run that are not on the board yet.
func (m *Model) openNow() int {
	n := 0
	for _, r := range m.table.all {
		if _, newer := m.held[r.id]; !newer && r.open() {
			n++
		}
	}
	for _, s := range m.held {
		if (&row{Snapshot: &s}).open() {
			n++
		}
	}
	return max(n, m.run.report.Arrivals.Open)
}

// query is what a person is asked before something is done that cannot be taken back.
type query uint8

const (
	askNothing query = iota
	askQuit
	askStop // the load run
)

// pressAsked is the answer. What asked it, pressed again, is a yes, and so is y; a second
// ctrl+c quits, and anything unexpected is a no.
func (m *Model) pressAsked(msg tea.KeyPressMsg) tea.Cmd {
	asked := m.asking
	m.asking = askNothing
	yes := msg.String() == "y"
	switch k := m.keys; {
	case asked == askQuit && (yes || key.Matches(msg, k.QuitNow, k.Quit)):
		return tea.Quit
	case asked == askStop && key.Matches(msg, k.QuitNow):
		return m.quit()
	case asked == askStop && (yes || key.Matches(msg, k.StopRun)):
		return m.steer(load.Steering{Verb: load.Stop})
	}
	return nil
}

// question are the wordings of what is asked, the longest first.
func (m *Model) question() []string {
	if m.asking == askStop {
		n := m.run.report.Arrivals.Open
		text := "Stop the run now? "
		if n > 0 {
			text += m.unresolved(n) + ". "
		}
		return []string{
			m.keys.inWords(text + "{stop-run} = stop, others = go on"),
			m.keys.inWords("Stop the run now? {stop-run} = yes, others no"), m.keys.inWords("Stop? {stop-run} = yes"),
		}
	}
	return []string{
		m.keys.inWords("Quit? " + m.unresolved(m.openNow()) + ". {quit} = quit, any other key = stay"),
		m.keys.inWords("Quit? {quit} = yes, others stay"), m.keys.inWords("Quit? {quit}"),
	}
}

// unresolved says how many payments have no known end.
func (m *Model) unresolved(n int) string {
	if n == 1 {
		return "1 payment has no result yet"
	}
	return commas(n) + " payments have no result yet"
}

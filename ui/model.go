// Package ui is the board: payments as live rows in a terminal.
//
//   - It knows values of package watch alone. News comes as [SnapshotsMsg], and what the
//     user does goes out through [Desk].
//   - It never says PAID but for a payment whose verdict is watch.Paid, and never adds up
//     anything else.
//   - View reads the model, never the clock: ages stand still between two ticks.
//   - No line is wider and no frame taller than the screen, whatever a label holds.
//   - Colour never says anything alone: the mark and the word are there too.
package ui

import (
	"fmt"
	"runtime/debug"
	"time"

	tea "charm.land/bubbletea/v2"
	"github.com/charmbracelet/colorprofile"
	"github.com/charmbracelet/x/ansi"

	"tillwatch/watch"
)

// How long things stay on the screen.
const (
	flashFor  = 4 * time.Second
	unmaskFor = 10 * time.Second
	idleAfter = 10 * time.Second // then a CHECK above the window comes into view
)

// Model is the whole screen, the one model of its program. Make it with New and run it
// with Run; between, only Bubble Tea's loop may touch it.
type Model struct {
	options  Options
	keys     *keyMap
	styles   *styles
	theme    Theme
	dark     bool // the terminal's background is dark, as far as known
	known    bool // the terminal has told its background
	inquired bool // the terminal was asked for its background
	mono     bool // the terminal has no colour, or NO_COLOR is set

	width, height int
	now           time.Time
	pressed       time.Time // of the last key
	strayed       bool      // since then the cursor went to another payment by itself
	health        watch.Health
	status        string
	caption       string // what a presenter tells just now

	table  *table
	bell   bell
	held   map[watch.ID]watch.Snapshot // news while frozen; nil: not frozen
	frozen time.Time

	view    view
	base    view // the board or the load screen, whichever was shown last
	detail  bool // on the board: the selected payment, next to the rows or on the whole screen
	full    bool // the detail has the whole screen, though there is room next to the rows
	raw     bool // the detail shows what came, as JSON
	past    past // of the payment in the detail
	scroll  int  // of the detail
	guide   page // the help
	helpOf  place
	log     page
	logLaid laid
	shift   shift
	run     loadRun
	asking  query // what a person is asked just now
	prompt  prompt
	form    *form     // nil: no payment is being added
	await   watch.ID  // was added by a person, and the cursor is to go there
	focused watch.ID  // the payment that a story was about last
	started time.Time // a key has started a payment then, and the cursor is to go there
	menu    *menu     // nil: nothing is being chosen
	marked  map[watch.ID]bool
	follow  follow
	columns []*column
	stopped [][]watch.ID // by x, for u: those of one press together, the newest last

	asked      time.Time // when a person asked about an ended payment with v
	askedAbout watch.ID

	flash      flash
	unmasked   int // number of the unmasking that is on; 0: masked
	unmaskings int

	later func(time.Duration, func(time.Time) tea.Msg) tea.Cmd // tea.Tick; tests wait for no clock

	halt   func(stop bool) tea.Cmd // gives the terminal back for a while; nil: it cannot
	halted bool                    // the board does not have the terminal; what is typed is not for it

	fault error // a panic; the program ends with it
	stale bool  // the frame below is not of this state
	frame string
	room  int // rows that the frame has room for

	drawn     []*row // the rows on the screen, for the mouse
	rowsAt    int    // the line of the first of them
	rowHeight int
	rowsWidth int

	noted   bool   // the frame's header had room for "kept in memory"
	hints   string // the last line, made when the width changes
	hintsOf place  // where its keys are of
}

// flash is a short text in the last line.
type flash struct {
	id   int
	text string
	bad  bool
}

// New makes a board. Its first frame is drawn when the size of the screen is known.
func New(options Options) *Model {
	if options.Now == nil {
		options.Now = time.Now
	}
	options.Title = foreign(options.Title)
	if options.Counter {
		options.Load = nil // there are payments on it and nothing else
	}
	m := &Model{
		options: options,
		keys:    newKeyMap(options),
		theme:   options.Theme,
		dark:    true,
		prompt:  newPrompt(),
		later:   tea.Tick,
		stale:   true,
	}
	m.now = options.Now()
	m.table = newTable(m.now)
	m.pressed = m.now
	m.columns = chosenColumns(options.Columns)
	m.bell = bell{mode: options.Bell, since: m.now, rung: map[watch.ID]struct{}{}}
	m.restyle()
	if options.Load != nil {
		m.run.note = cleaned(options.Load.Note, longestText)
		m.view, m.base = viewLoad, viewLoad
		m.follow = followAttention // the first to come is soon the last of thousands
	}
	m.ask()
	return m
}

// Init starts the clock, and asks the terminal for its background if the theme depends on it.
func (m *Model) Init() tea.Cmd { return tea.Batch(m.tick(), m.inquire()) }

// inquire asks the terminal for its background, once, and only for a theme that depends on it and
// has colours. A terminal that is not asked sends no answer that could go astray.
func (m *Model) inquire() tea.Cmd {
	if m.inquired || m.mono || m.theme != ThemeAuto {
		return nil
	}
	m.inquired = true
	return tea.RequestBackgroundColor
}

// tick waits for the next second.
func (m *Model) tick() tea.Cmd {
	return m.later(time.Second, func(time.Time) tea.Msg { return tickMsg(m.options.Now()) })
}

// Update takes in one thing that happened. It decides who deals with it, not how.
func (m *Model) Update(msg tea.Msg) (self tea.Model, cmd tea.Cmd) {
	defer func() {
		if r := recover(); r != nil {
			self, m.fault, cmd = m, panicked(r), tea.Quit
		}
	}()
	if m.fault != nil {
		return m, tea.Quit // drawing the last frame failed
	}
	m.stale = true
	switch msg.(type) {
	case tea.KeyPressMsg, tea.MouseClickMsg, tea.MouseWheelMsg, tea.PasteMsg:
		if m.halted { // it was typed for the shell
			return m, nil
		}
	}
	switch msg := msg.(type) {
	case haltMsg:
		cmd = m.giveBack(msg.stop)
	case missedMsg:
		cmd = tea.Sequence(tea.Raw(setModes), tea.ClearScreen)
	case resumedMsg:
		cmd = m.resume(msg)
	case tea.WindowSizeMsg:
		m.resize(msg.Width, msg.Height)
	case SnapshotsMsg:
		cmd = m.hear(msg)
	case tickMsg:
		m.now = time.Time(msg)
		m.ask()
		m.rest()
		m.askAgain()
		m.refresh()
		cmd = tea.Batch(m.tick(), m.recall())
	case tea.KeyPressMsg:
		hidden := m.peek() // the cursor's row, behind the top of the board
		m.pressed = m.now
		cmd = m.press(msg, hidden)
	case tea.MouseClickMsg:
		hidden := m.peek()
		m.pressed = m.now
		if !hidden { // the rows were of the board's top: this only brings the cursor's row back
			cmd = m.click(tea.Mouse(msg))
		}
	case tea.MouseWheelMsg:
		m.pressed = m.now
		cmd = m.wheel(tea.Mouse(msg))
	case tea.PasteMsg:
		m.pressed = m.now
		cmd = m.paste(msg)
	case flashMsg:
		cmd = m.say(msg.text, msg.bad)
	case didMsg:
		m.renew() // it may have changed what a load run tells
		m.write(msg.text)
		cmd = m.say(msg.text, false)
	case exportedMsg:
		m.run.exporting = false
		m.write(msg.text)
		cmd = m.say(msg.text, msg.bad)
	case flashEndMsg:
		if msg.id == m.flash.id { // an old timer must not wipe a newer text
			m.flash.text = ""
		}
	case unmaskEndMsg:
		if msg.id == m.unmasked {
			m.unmasked = 0
		}
	case addedMsg:
		cmd = m.added(msg)
	case bundleMsg:
		cmd = m.copyText(msg.text, msg.what)
	case historyMsg:
		m.past = msg.past
	case faultMsg:
		m.fault, cmd = msg.err, tea.Quit
	case tea.BackgroundColorMsg:
		m.dark, m.known = msg.IsDark(), true
		m.restyle()
	case tea.ModeReportMsg: // Bubble Tea's renderer uses the same report
		if msg.Mode == ansi.ModeUnicodeCore && (msg.Value == ansi.ModeReset || msg.Value == ansi.ModeSet || msg.Value == ansi.ModePermanentlySet) {
			drawn.Store(drawnWhole)
			m.resize(m.width, m.height)
		}
	case tea.ColorProfileMsg:
		m.mono = msg.Profile <= colorprofile.ASCII
		m.restyle()
	default:
		m.stale = false // a message of Bubble Tea's own, which changes nothing on the board
	}
	return m, cmd
}

// giveBack gives the terminal back for a while.
func (m *Model) giveBack(stop bool) tea.Cmd {
	switch {
	case m.halted:
		return nil
	case m.halt == nil:
		return m.say(noShell, false)
	}
	m.halted = true
	return m.halt(stop)
}

// noShell is the answer to a stop after which no shell could continue this process.
const noShell = "no shell could take this up again: it goes on"

// resume draws the screen anew when the board has the terminal again.
func (m *Model) resume(msg resumedMsg) tea.Cmd {
	m.halted, m.now = false, m.options.Now()
	m.ask()
	m.refresh()
	if msg.asked && !msg.stopped {
		return tea.Batch(tea.ClearScreen, m.say(noShell, false))
	}
	return tea.ClearScreen
}

// resize takes the size of the screen in.
func (m *Model) resize(w, h int) {
	m.width, m.height = max(0, w), max(0, h)
	m.hints = ""
	m.prompt.resize(m.width)
	if m.form != nil {
		m.form.resize(m.width)
	}
	m.relay()
}

// restyle makes the styles of the theme that holds.
func (m *Model) restyle() {
	theme := m.theme
	if m.mono {
		theme = ThemeMono
	}
	m.styles = newStyles(theme, m.dark, m.known)
	m.hints = ""
	m.prompt.restyle()
}

// ask asks for what the screen shows in addition to payments.
func (m *Model) ask() {
	if m.options.Desk.Health != nil {
		before := m.health
		m.health = m.options.Desk.Health()
		m.writeTrouble(before)
	}
	if m.options.Status != nil {
		m.status = foreign(m.options.Status())
	}
	if m.options.Focus != nil {
		m.focus(m.options.Focus())
	}
	if m.options.Caption != nil {
		m.caption = cleaned(m.options.Caption(), longestText)
	}
	m.askRun()
}

// hear takes a batch of news in, and rings once for all of it.
func (m *Model) hear(news SnapshotsMsg) tea.Cmd {
	ring, had := false, len(m.table.all)
	var cmds []tea.Cmd
	lasting := m.table.expect(len(news))
	for i := range news {
		m.writeCheck(&news[i])
		if m.bell.hears(&news[i]) {
			ring = true
		}
		m.shift.check.hears(&news[i])
		if again := m.same(&news[i]); again != nil {
			cmds = append(cmds, again)
		}
		if m.held != nil {
			m.hold(&news[i])
		} else {
			m.table.put(&news[i], lasting, m.now)
		}
	}
	m.askAgain()
	m.goAlong(len(m.table.all) > had)
	if m.await != "" {
		m.arrive()
	}
	if m.view == viewShift {
		m.gather() // a tick changes nothing there
	}
	if ring { // once for the batch: ten at the same moment are one sound
		cmds = append(cmds, tea.Raw("\a"))
	}
	return tea.Batch(cmds...)
}

// same tells a person who asked about a payment that had ended that its answer is still the
// same; that it is another one, the row itself says.
func (m *Model) same(s *watch.Snapshot) tea.Cmd {
	if m.askedAbout == "" || s.ID() != m.askedAbout || s.HeardAt().Before(m.asked) {
		return nil
	}
	m.askedAbout = ""
	if s.Final.Code == 0 || s.Changed.Said() || s.Final.At == s.HeardAt() {
		return nil
	}
	return m.say("asked again, Dollr still says "+word(s.Status)+": "+foreign(s.Label), false)
}

// hold keeps news aside while the display is frozen.
func (m *Model) hold(s *watch.Snapshot) {
	id := s.ID()
	if had, ok := m.held[id]; ok && had.Rev >= s.Rev {
		return
	}
	m.held[id] = *s
}

// freeze stops the rows, or lets them catch up. Watching and the bell go on in the meantime.
func (m *Model) freeze() {
	if m.held == nil {
		m.held, m.frozen = map[watch.ID]watch.Snapshot{}, m.now
		return
	}
	m.thaw()
}

// thaw lets the rows catch up with the news that was held.
func (m *Model) thaw() {
	for _, s := range m.held {
		m.table.put(&s, false, m.now)
	}
	m.held = nil
}

// chosen is the selected payment by the newest news, frozen or not: advice about money
// must not be old. It is nil when no row is shown.
func (m *Model) chosen() *row {
	r := m.table.selected()
	if r == nil {
		return nil
	}
	return m.newestOf(r)
}

// shownAt is the time that the rows are of: now, or when they were frozen.
func (m *Model) shownAt() time.Time {
	if m.held != nil {
		return m.frozen
	}
	return m.now
}

// say shows a short text of the program in the last line for a while. What it holds from outside
// has been through foreign, which would put a whole sentence about "paid" in quotes.
func (m *Model) say(text string, bad bool) tea.Cmd {
	m.flash = flash{id: m.flash.id + 1, text: settle(watch.Clean(text, longestText)), bad: bad}
	id := m.flash.id
	return m.later(flashFor, func(time.Time) tea.Msg { return flashEndMsg{id} })
}

// safely makes a command of work that others gave us. A panic in it becomes a message, for
// a panic that leaves the command would leave the terminal without echo.
func safely(work func() tea.Msg) tea.Cmd {
	return func() (msg tea.Msg) {
		defer func() {
			if r := recover(); r != nil {
				msg = faultMsg{panicked(r)}
			}
		}()
		return work()
	}
}

// Fault is a bug of this program: a panic, caught after the terminal was put right.
type Fault struct {
	What  string // the panic's value, one clean line
	Stack string // where it happened, many lines; for a log, not for a screen
}

// Error is one line without the stack.
func (f *Fault) Error() string { return "bug in this program: " + f.What }

// panicked makes a Fault of what a panic carried. The value may hold anything, so it is
// masked and cleaned like any other text from outside.
func panicked(value any) error {
	return &Fault{What: watch.Safe(fmt.Sprint(value), longestText), Stack: string(debug.Stack())}
}

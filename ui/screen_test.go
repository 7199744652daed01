package ui

import (
	"errors"
	"fmt"
	"strings"
	"testing"
	"time"

	tea "charm.land/bubbletea/v2"
	"github.com/charmbracelet/x/ansi"

	"tillwatch/watch"
	"tillwatch/watch/intake"
)

// noon is when the tests' screens come up, in a zone that is not UTC.
var noon = time.Date(2026, 3, 14, 14, 32, 7, 0, time.FixedZone("MON", 2*3600))

// screen is a board without a terminal: a test presses keys and looks. Whatever it is
// sent, it checks that the frame still fits.
type screen struct {
	*testing.T
	m      *Model
	health watch.Health
	calls  []string // what the desk was asked to do
	past   []watch.Entry
	gone   int
	notes  []Note
	saved  string // the report that was written last
	cmds   []tea.Cmd
}

func newScreen(t *testing.T, w, h int, change ...func(*Options)) *screen {
	t.Helper()
	s := &screen{T: t, health: watch.Health{Stake: watch.Real, Heard: noon.Add(-2 * time.Second)}}
	note := func(verb string) func(watch.ID) {
		return func(id watch.ID) { s.calls = append(s.calls, verb+" "+string(id)) }
	}
	options := Options{
		Title: "Counter 2",
		Now:   func() time.Time { return noon },
		Desk: Desk{
			Read: intake.Pasted,
			Add: func(p watch.Payment) (string, error) {
				s.calls = append(s.calls, "add "+string(p.ID()))
				if p.Label == "refused" {
					return "", errors.New("the program is ending")
				}
				return "added", nil
			},
			Log:  func() []Note { return s.notes },
			Note: func(text string) { s.notes = append(s.notes, Note{At: s.m.now, Text: text}) },
			Save: func(name, text string) (string, error) {
				s.saved = text
				return name, nil
			},
			Verify: note("verify"), Stop: note("stop"), Resume: note("resume"),
			Health:  func() watch.Health { return s.health },
			History: func(watch.ID) ([]watch.Entry, int) { return s.past, s.gone },
		},
	}
	for _, c := range change {
		c(&options)
	}
	s.m = New(options)
	s.m.later = func(time.Duration, func(time.Time) tea.Msg) tea.Cmd { return nil } // a test says when time passes
	return s.send(tea.ColorProfileMsg{}, tea.WindowSizeMsg{Width: w, Height: h})
}

// send gives messages to the model, and checks every frame's size.
func (s *screen) send(msgs ...tea.Msg) *screen {
	s.Helper()
	for _, msg := range msgs {
		_, cmd := s.m.Update(msg)
		if cmd != nil {
			s.cmds = append(s.cmds, cmd)
		}
		s.fits()
	}
	return s
}

// fits fails when a line is wider or the frame taller than the screen, or the model broke.
func (s *screen) fits() {
	s.Helper()
	frame := s.m.View().Content
	if s.m.fault != nil {
		s.Fatalf("the screen broke: %v\n%s", s.m.fault, s.m.fault.(*Fault).Stack)
	}
	lines := strings.Split(frame, "\n")
	if len(lines) > max(1, s.m.height) {
		s.Fatalf("%d lines on a screen of %d:\n%s", len(lines), s.m.height, frame)
	}
	for i, l := range lines {
		if w := max(ansi.StringWidth(l), ansi.StringWidthWc(l)); w > s.m.width {
			s.Fatalf("line %d is %d wide on a screen of %d: %q", i, w, s.m.width, l)
		}
	}
}

var named = map[string]tea.Key{
	"enter": {Code: tea.KeyEnter}, "esc": {Code: tea.KeyEscape}, "up": {Code: tea.KeyUp}, "down": {Code: tea.KeyDown},
	"pgup": {Code: tea.KeyPgUp}, "pgdown": {Code: tea.KeyPgDown}, "backspace": {Code: tea.KeyBackspace},
	"tab": {Code: tea.KeyTab}, "left": {Code: tea.KeyLeft}, "right": {Code: tea.KeyRight}, "space": {Code: tea.KeySpace, Text: " "},
	"ctrl+\\": {Code: '\\', Mod: tea.ModCtrl}, "ctrl+l": {Code: 'l', Mod: tea.ModCtrl},
	"ctrl+c": {Code: 'c', Mod: tea.ModCtrl}, "ctrl+d": {Code: 'd', Mod: tea.ModCtrl}, "ctrl+u": {Code: 'u', Mod: tea.ModCtrl},
}

// press presses keys by name, each a letter or one of named.
func (s *screen) press(keys ...string) *screen {
	s.Helper()
	for _, k := range keys {
		key, ok := named[k]
		if !ok {
			key = tea.Key{Text: k, Code: []rune(k)[0]}
		}
		s.send(tea.KeyPressMsg(key))
	}
	return s
}

// typed types a text letter by letter.
func (s *screen) typed(text string) *screen {
	s.Helper()
	for _, r := range text {
		s.press(string(r))
	}
	return s
}

// settle runs the commands that are waiting and feeds their answers back.
func (s *screen) settle() *screen {
	s.Helper()
	cmds := s.cmds
	s.cmds = nil
	for _, msg := range answers(cmds) {
		s.send(msg)
	}
	return s
}

// answers are what commands come to, those of a batch too.
func answers(cmds []tea.Cmd) []tea.Msg {
	var all []tea.Msg
	for _, cmd := range cmds {
		switch msg := cmd().(type) {
		case nil:
		case tea.BatchMsg:
			all = append(all, answers(msg)...)
		default:
			all = append(all, msg)
		}
	}
	return all
}

// after lets so much time pass: one tick at its end.
func (s *screen) after(d time.Duration) *screen {
	s.Helper()
	return s.send(tickMsg(s.m.now.Add(d)))
}

// quits reports whether a command that came since the last settle ends the program.
func (s *screen) quits() bool {
	for _, msg := range answers(s.cmds) {
		if _, is := msg.(tea.QuitMsg); is {
			return true
		}
	}
	return false
}

// text is the frame without colours, lines without blanks at their ends.
func (s *screen) text() string {
	lines := strings.Split(ansi.Strip(s.m.View().Content), "\n")
	for i := range lines {
		lines[i] = strings.TrimRight(lines[i], " ")
	}
	return strings.Join(lines, "\n")
}

func (s *screen) want(parts ...string) *screen {
	s.Helper()
	for _, part := range parts {
		if !strings.Contains(s.text(), part) {
			s.Fatalf("the screen does not say %q:\n%s", part, s.text())
		}
	}
	return s
}

func (s *screen) wantNot(parts ...string) *screen {
	s.Helper()
	for _, part := range parts {
		if strings.Contains(s.text(), part) {
			s.Fatalf("the screen says %q:\n%s", part, s.text())
		}
	}
	return s
}

// wantCursor says which payment the cursor is on, in the model and on the screen.
func (s *screen) wantCursor(label string) *screen {
	s.Helper()
	r := s.m.table.selected()
	if r == nil || r.Label != label {
		s.Fatalf("the cursor is on %+v, not on %q:\n%s", s.m.table.cursor, label, s.text())
	}
	for l := range strings.SplitSeq(s.text(), "\n") {
		if strings.HasPrefix(l, ">") && strings.Contains(l, label) {
			return s
		}
	}
	s.Fatalf("no line shows the cursor on %q:\n%s", label, s.text())
	return s
}

// wantOrder says in which order labels stand on the screen.
func (s *screen) wantOrder(labels ...string) *screen {
	s.Helper()
	text, at := s.text(), 0
	for _, label := range labels {
		i := strings.Index(text[at:], label)
		if i < 0 {
			s.Fatalf("%q does not come next in the order %q:\n%s", label, labels, text)
		}
		at += i
	}
	return s
}

// fact changes what is known of a payment in a test.
type fact func(*watch.Snapshot)

// pay is news of a payment of LRD 450.00 that has been PROCESSING for half a minute,
// changed by facts, and judged as a watcher would.
func pay(label string, rev uint64, facts ...fact) watch.Snapshot {
	return payAt(noon, label, rev, facts...)
}

func payAt(wall time.Time, label string, rev uint64, facts ...fact) watch.Snapshot {
	s := watch.Snapshot{Rev: rev, At: wall, Link: watch.Live, NextRead: wall.Add(4 * time.Second)}
	s.Payment = watch.Payment{
		Session: 55, Reference: reference(label), Label: label, Method: "MTN_MOMO_LBR", Phone: "231883456789",
		Expected: watch.Money{Amount: "450.00", Currency: "LRD"}, SourceType: "ORDER", SourceID: int64(len(label)) + 1000,
		Executed: wall.Add(-30 * time.Second), Handed: wall.Add(-30 * time.Second),
	}
	s.SourceID = int64(fnv(label))
	s.Latest = watch.Answer{
		At: wall.Add(-2 * time.Second), Took: 96 * time.Millisecond, Code: 200, Path: "/v1/status/collection",
		Reference: s.Reference, Status: watch.StatusProcessing,
	}
	s.Status = watch.StatusProcessing
	for _, change := range facts {
		change(&s)
	}
	s.Judgement = watch.Judge(&s.Known, wall)
	if s.Ended() {
		s.Link, s.NextRead = watch.Done, time.Time{}
	}
	return s
}

// reference is a UUID v4 made of a label.
func reference(label string) string {
	return fmt.Sprintf("%08x-e29b-41d4-a716-446655440000", fnv(label))
}

func fnv(s string) uint32 {
	h := uint32(2166136261)
	for _, b := range []byte(s) {
		h = (h ^ uint32(b)) * 16777619
	}
	return h
}

func amount(text, currency string) fact {
	return func(s *watch.Snapshot) { s.Expected = watch.Money{Amount: text, Currency: currency} }
}

// ended is a final answer that came so long before now.
func ended(status string, before time.Duration, amount, currency string) fact {
	return func(s *watch.Snapshot) {
		s.Final = s.Latest
		s.Final.Status, s.Final.At = status, s.At.Add(-before)
		s.Final.Payer = watch.Money{Amount: amount, Currency: currency}
		s.Expected = s.Final.Payer
		s.Final.Gateway, s.Final.Transaction = "Done", "1692100357"
		s.Latest, s.Status = s.Final, status
		s.Executed = s.Final.At.Add(-24 * time.Second)
	}
}

func executed(before time.Duration) fact {
	return func(s *watch.Snapshot) { s.Executed = s.At.Add(-before) }
}

func claimed(status string, before time.Duration) fact {
	return func(s *watch.Snapshot) {
		at := s.At.Add(-before)
		s.Hint = watch.Hint{Status: status, At: at, Claimed: at}
	}
}

func method(name string) fact { return func(s *watch.Snapshot) { s.Method = name } }

func linked(l watch.Link) fact { return func(s *watch.Snapshot) { s.Link = l } }

func from(kind string, id int64) fact {
	return func(s *watch.Snapshot) { s.SourceType, s.SourceID = kind, id }
}

// counter is the board of the design's drawing.
func counter() SnapshotsMsg {
	return SnapshotsMsg{
		pay("Order 1041", 1, ended("COMPLETED", 17*time.Second, "1500.00", "LRD")),
		pay("Table 4", 1, claimed("COMPLETED", 31*time.Second), executed(401*time.Second), amount("3200.00", "LRD"),
			method("ORANGE_MONEY_LBR"), linked(watch.Poll)),
		pay("Order 1042", 1, executed(31*time.Second), amount("18.00", "USD")),
		pay("Amina K", 1, claimed("COMPLETED", 2*time.Second), executed(27*time.Second), amount("1150.00", "LRD")),
		pay("Table 9", 1, executed(125*time.Second), amount("900.00", "LRD"), method("ORANGE_MONEY_LBR"), linked(watch.Poll)),
		pay("Table 2", 1, ended("FAILED", 60*time.Second, "700.00", "LRD"), method("ORANGE_MONEY_LBR")),
		pay("Card, Mr D", 1, executed(8*time.Second), amount("60.00", "USD"), method("CREDIT_CARD"), linked(watch.Join)),
		pay("Order 1044", 1, executed(5*time.Second), amount("12000", "RWF"), method("AIRTEL_RWA")),
		pay("Order 1040", 1, ended("COMPLETED", 154*time.Second, "25.00", "USD")),
	}
}

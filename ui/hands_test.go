package ui

import (
	"errors"
	"strings"
	"testing"
	"time"

	"charm.land/bubbles/v2/key"
	tea "charm.land/bubbletea/v2"

	"tillwatch/watch"
)

// lineOf is the first line of the screen that holds a text, counted from 0.
func (s *screen) lineOf(text string) int {
	s.Helper()
	for i, l := range strings.Split(s.text(), "\n") {
		if strings.Contains(l, text) {
			return i
		}
	}
	s.Fatalf("no line holds %q:\n%s", text, s.text())
	return 0
}

func click(x, y int) tea.Msg { return tea.MouseClickMsg{X: x, Y: y, Button: tea.MouseLeft} }

func TestMouse_AClickSelectsAndASecondOneOpens(t *testing.T) {
	s := newScreen(t, 80, 24).send(counter())
	s.send(click(20, s.lineOf("Table 9"))).wantCursor("Table 9").send(click(20, s.lineOf("Table 9"))).want("WHY WE SAY SO")
	s.press("esc").send(click(20, 0), click(20, 23), click(20, s.lineOf("WAITING slow")+12)).wantCursor("Table 9")
	s.send(tea.MouseWheelMsg{Button: tea.MouseWheelDown}).wantCursor("Order 1044").send(tea.MouseWheelMsg{Button: tea.MouseWheelUp}).wantCursor("Table 9")
	s.press("4").send(click(3, s.lineOf("Amina K"))).want(">?? CONFIRMING").send(click(3, s.lineOf("Amina K"))).want("Amina K: the channel said")
	s.press("?").send(tea.MouseWheelMsg{Button: tea.MouseWheelDown}).wantNot("AT A COUNTER")
}

func TestMouse_AClickNeverMeansARowThatMovedThere(t *testing.T) {
	s := newScreen(t, 80, 24).send(counter())
	at := s.lineOf("Table 9")
	s.m.Update(SnapshotsMsg{pay("newcomer", 1, claimed("COMPLETED", 0))}) // not drawn yet
	s.send(click(20, at)).wantCursor("Table 9")
}

func TestMarks_KeysAreAboutTheMarked(t *testing.T) {
	s := newScreen(t, 120, 40).send(counter()).press("space", "space").want("*!! CHECK", "*?? CONFIRMING", "2 marked").wantCursor("Table 9")
	s.press("x").want("stopped watching 2 payments; their results are NOT known. u = undo")
	s.press("v").want("asking Dollr about 2 marked payments").press("y").settle().want("copied, if this terminal allows it: 2 references")
	s.press("up", "space").wantNot("2 marked").want("1 marked").press("ctrl+\\").wantNot("marked")
	s.press("x").want("stopped watching Table 9")
	want := "stop " + reference("Amina K") + ",stop " + reference("Table 4")
	if got := s.calls[:2]; !strings.Contains(strings.Join(got, ","), strings.Split(want, ",")[0]) || !strings.Contains(strings.Join(got, ","), strings.Split(want, ",")[1]) {
		t.Errorf("asked for %v", s.calls)
	}
}

func TestFollow_GoesToTheNewestOrToWhatNeedsAPerson(t *testing.T) {
	s := newScreen(t, 80, 24).send(counter()).press("F").want("follow newest")
	s.send(SnapshotsMsg{pay("newcomer", 1, executed(time.Second))}).wantCursor("newcomer")
	s.press("F").want("follow attention").wantCursor("Table 4").send(SnapshotsMsg{pay("worse", 1, claimed("COMPLETED", time.Minute), executed(500*time.Second))}).wantCursor("worse")
	s.press("j").wantNot("follow attention").wantCursor("Table 4")
	s.send(SnapshotsMsg{pay("worst", 1, claimed("COMPLETED", time.Minute), executed(900*time.Second))}).wantCursor("Table 4")
	s.press("F", "F", "F").want("follow: off")
}

func TestPane_EnterGoesFromThePaneToTheWholeScreenAndEscBack(t *testing.T) {
	s := newScreen(t, 120, 40).send(counter()).press("w").want("STATUS", "WHY WE SAY SO").press("enter").wantNot("STATUS").want("WHY WE SAY SO")
	s.press("esc").want("STATUS", "WHY WE SAY SO").press("w").wantNot("WHY WE SAY SO")
	newScreen(t, 80, 24).send(counter()).press("w").want("no room beside the board")
}

func TestColumns_AreChosenAndMoved(t *testing.T) {
	s := newScreen(t, 100, 30).send(counter()).press("C", "G").typed("m").press("space", "esc").wantNot("METHOD").want("HEARD")
	s.press("C").typed("h").press("<", "<", "<").press("esc").wantOrder("HEARD", "LABEL")
	s.press("C", "space", "enter", "esc").want("STATUS") // what became of it is always there
	newScreen(t, 100, 30, func(o *Options) { o.Columns = []string{"age", "label"} }).send(counter()).
		wantOrder("STATUS", "AMOUNT", "AGE", "LABEL").wantNot("METHOD", "HEARD")
}

func TestMenu_APresenterChoosesStepByStep(t *testing.T) {
	var did string
	start := Extra{
		Binding: key.NewBinding(key.WithKeys("N"), key.WithHelp("N", "a customer of your choice")), Group: "PRESENTER",
		Steps: []Step{
			{Title: "Which network?", Choices: func([]string) []Choice { return []Choice{{"mtn-lr", ""}, {"orange-lr", ""}} }},
			{Title: "What happens?", Choices: func(chosen []string) []Choice {
				return []Choice{{"paid", "the customer approves"}, {"declined", "by " + chosen[0]}}
			}},
		},
		Do: func(selected watch.ID, chosen ...string) string {
			did = strings.Join(chosen, " ")
			return "started: " + did
		},
	}
	for _, size := range [][2]int{{120, 40}, {80, 24}, {40, 10}} {
		s := newScreen(t, size[0], size[1], func(o *Options) { o.Keys = []Extra{start} }).send(counter())
		s.press("N").want("Which network?", "> mtn-lr").press("down", "enter").want("What happens?").typed("d").want("> declined").press("enter").settle().want("started: orange-lr declined")
		s.press("N", "esc", "?", "/").typed("of your choice").want("PRESENTER")
	}
	if did != "orange-lr declined" {
		t.Errorf("it did %q", did)
	}
}

func TestKeys_CanBeChangedAndTheHelpSaysSo(t *testing.T) {
	s := newScreen(t, 80, 24, func(o *Options) { o.Changed = map[string][]string{"verify": {"n", "f5"}, "quit": {"Q"}} }).send(counter())
	s.press("v").wantNot("asking").press("n").want("asking Dollr about Table 4").press("q").wantNot("Quit?")
	s.press("?", "/").typed("verify").want("n f5").press("esc", "esc")
	s.press("j").want("(n = ask now)").wantNot("(v = ask now)").press("Q").want("Quit? 6 payments have no result yet. Q = quit")
}

func TestCheckKeys_NamesTheActionAtFault(t *testing.T) {
	for name, c := range map[string]struct {
		keys map[string][]string
		want string
	}{
		"nothing":             {nil, ""},
		"a new key":           {map[string][]string{"verify": {"n"}}, ""},
		"two that swap":       {map[string][]string{"verify": {"x"}, "stop": {"v"}}, ""},
		"no key at all":       {map[string][]string{"recheck": {"v2"}}, `recheck: "v2" is not a key: want a letter, a digit, a sign, or a name such as enter, pgup, f5, ctrl+s`},
		"taken":               {map[string][]string{"stop": {"v"}}, `stop: "v" is the key of verify already`},
		"taken, said first":   {map[string][]string{"up": {"v"}}, `up: "v" is the key of verify already`},
		"shared by places":    {map[string][]string{"recheck": {"a"}}, ""},
		"a space":             {map[string][]string{"mark": {" "}}, `mark: " " is not a key: want a letter, a digit, a sign, or a name such as enter, pgup, f5, ctrl+s`},
		"a control character": {map[string][]string{"mark": {"\x1b"}}, `mark: "\x1b" is not a key: want a letter, a digit, a sign, or a name such as enter, pgup, f5, ctrl+s`},
		"modifiers":           {map[string][]string{"mark": {"ctrl+alt+k", "shift+f12", "€"}}, ""},
		"shift and a letter":  {map[string][]string{"mark": {"shift+q"}}, `mark: "shift+q" is not a key: want a letter, a digit, a sign, or a name such as enter, pgup, f5, ctrl+s`},
		"modifiers turned":    {map[string][]string{"mark": {"alt+ctrl+q"}}, `mark: "alt+ctrl+q" is not a key: want a letter, a digit, a sign, or a name such as enter, pgup, f5, ctrl+s`},
		"needed for typing":   {map[string][]string{"back": {"backspace"}}, `back: "backspace" is needed where one types: want a key such as esc, f10, ctrl+x`},
		"a letter to get out": {map[string][]string{"quit-now": {"z"}}, `quit-now: "z" is needed where one types: want a key such as esc, f10, ctrl+x`},
		"taken by ctrl+c":     {map[string][]string{"mark": {"ctrl+c"}, "quit-now": {"f10"}}, `quit-now: "ctrl+c" is the key of mark already`},
		"no such f key":       {map[string][]string{"mark": {"f42"}}, `mark: "f42" is not a key: want a letter, a digit, a sign, or a name such as enter, pgup, f5, ctrl+s`},
	} {
		action, err := CheckKeys(c.keys)
		got := ""
		if err != nil {
			got = action + ": " + err.Error()
		}
		if got != c.want {
			t.Errorf("%s: %s, want %s", name, got, c.want)
		}
	}
	if action, err := CheckKeys(nil); err != nil {
		t.Errorf("the usual keys quarrel: %s: %v", action, err)
	}
}

func TestCopy_UsesTheDesktopsClipboardToo(t *testing.T) {
	var copied string
	s := newScreen(t, 80, 24, func(o *Options) {
		o.Clipboard = func(text string) error {
			copied = text
			if len(text) > 36 {
				return errors.New("no clipboard")
			}
			return nil
		}
	}).send(counter()).press("y").settle().want("copied: " + reference("Table 4"))
	if copied != reference("Table 4") {
		t.Errorf("copied %q", copied)
	}
	s.press("4", "y").settle().want("copied, if this terminal allows it: the report")
}

func TestBundle_HoldsWhatSupportAsksForAndNoNumber(t *testing.T) {
	var copied string
	s := newScreen(t, 80, 24, func(o *Options) {
		o.Clipboard = func(text string) error { copied = text; return nil }
		o.API = "https://api.heydollr.app"
	}).send(counter())
	s.past = []watch.Entry{{Event: watch.Event{At: noon, From: watch.FromAPI, Kind: watch.EventAnswer, Word: "COMPLETED", Code: 200, Raw: "{\n  \"status\": \"COMPLETED\"\n}"}}}
	s.after(0).press("G", "Y").settle().settle().want("copied: support bundle of Order 1040")
	for _, part := range []string{
		"tillwatch support bundle [REAL], 2026-03-14T12:32:07.000Z", "reference_id: " + reference("Order 1040"), "payer: 231******789", "charged: USD 25.00",
		"final answer: 2026-03-14T12:29:33.000Z GET https://api.heydollr.app/v1/status/collection", "-> HTTP 200 COMPLETED, 96 ms",
		"Authorization: Bearer (not shown)", "    {\n      \"status\": \"COMPLETED\"\n    }\n",
	} {
		if !strings.Contains(copied, part) {
			t.Errorf("the bundle does not say %q:\n%s", part, copied)
		}
	}
	if strings.Contains(copied, "231883456789") {
		t.Errorf("the bundle holds a payer's number:\n%s", copied)
	}
}

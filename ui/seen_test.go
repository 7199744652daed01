package ui

import (
	"strings"
	"testing"
	"time"

	tea "charm.land/bubbletea/v2"

	"tillwatch/watch"
)

// What is not seen is not meant, and what is seen is not old: one story for each way in which
// a key once did something to another payment, or a text spoke of an old state.

// contradicted is a payment of which Dollr has taken its COMPLETED back.
func contradicted(label string, rev uint64) watch.Snapshot {
	return pay(label, rev, ended("COMPLETED", time.Second, "450.00", "LRD"), func(s *watch.Snapshot) {
		s.Changed = watch.Keep(watch.Answer{Code: 200, Status: "FAILED", At: noon})
	})
}

func TestMarks_InTheDetailAKeyIsAboutThePaymentThatIsReadAbout(t *testing.T) {
	s := newScreen(t, 80, 24).send(counter()).press("space", "j", "enter").want("Table 9: ").press("x")
	if len(s.calls) != 1 || s.calls[0] != "stop "+reference("Table 9") {
		t.Errorf("x in the detail of Table 9 asked for %v", s.calls)
	}
}

func TestMarks_AFilterTakesThemFromWhatItHides(t *testing.T) {
	s := newScreen(t, 80, 24).send(counter()).press("space", "space").want("2 marked").press("/").typed("amina").press("enter", "x")
	if len(s.calls) != 1 || s.calls[0] != "stop "+reference("Amina K") {
		t.Errorf("x asked for %v", s.calls)
	}
	newScreen(t, 40, 10).send(counter()).press("space").want("1 marked")
}

func TestMarks_ACounterHasNone(t *testing.T) {
	newScreen(t, 80, 24, atCounter).send(counter()).press("space").wantCursorOn("Table 4")
}

// wantCursorOn says which payment the cursor is on, in the model alone.
func (s *screen) wantCursorOn(label string) *screen {
	s.Helper()
	if r := s.m.table.selected(); r == nil || r.Label != label {
		s.Fatalf("the cursor is on %q, not on %q:\n%s", s.m.table.cursor, label, s.text())
	}
	return s
}

func TestUndo_TakesBackAllThatOneKeyStopped(t *testing.T) {
	s := newScreen(t, 80, 24).send(counter()).press("space", "space", "x", "ctrl+\\", "u").want("watching 2 payments again")
	if got := len(s.calls); got != 4 {
		t.Errorf("asked for %v", s.calls)
	}
}

func TestStop_OfWhatIsStoppedSaysSo(t *testing.T) {
	stopped := func(s *watch.Snapshot) { s.Stopped = true }
	newScreen(t, 80, 24).send(SnapshotsMsg{pay("one", 1, stopped)}).press("x").want("one is stopped already; its result is NOT known. u = watch it again")
}

func TestQuit_TheQuestionIsSeenOverTheFormAndOnTheSmallestScreen(t *testing.T) {
	s := newScreen(t, 80, 24).send(counter()).press("a").typed("55").press("ctrl+c").want("Quit? 6 payments")
	s.send(tea.PasteMsg{Content: "ORDER:101"}).press("n").want("[55").wantNot("Quit?", "added")
	newScreen(t, 40, 1).send(counter()).press("q").want("Quit? q = yes")
}

func TestCounter_OneLineIsEnoughToStayAlive(t *testing.T) {
	for _, size := range [][2]int{{80, 1}, {20, 1}, {80, 2}, {1, 1}} {
		newScreen(t, size[0], size[1], atCounter).send(counter()).after(time.Minute).press("j", "enter", "esc")
	}
}

func TestScreen_AnEmptyBoardCanBeLeftAlone(t *testing.T) {
	caption := func(o *Options) { o.Caption = func() string { return strings.Repeat("word ", 30) } }
	s := newScreen(t, 80, 10, caption)
	s.health = watch.Health{Stake: watch.Real, Trouble: watch.NoInternet, Heard: noon, Since: noon}
	s.after(time.Minute)
	newScreen(t, 0, 0).after(time.Minute).send(tea.WindowSizeMsg{Width: 80, Height: 24}).want("No payments yet")
}

func TestMouse_AClickInAFullDetailHitsNoRowOfTheFrameBefore(t *testing.T) {
	s := newScreen(t, 80, 24).send(counter()).press("j", "j", "enter").want("Table 9: ")
	s.send(click(20, 7), click(20, 7)).want("Table 9: ")
}

func TestMouse_TheShiftScreenTakesTheFirstClickHoweverLongOneWaited(t *testing.T) {
	s := newScreen(t, 80, 24).send(counter()).press("G", "4").after(time.Minute)
	s.send(click(3, s.lineOf("Table 9"))).want(">.. WAITING slow")
}

func TestFollow_EndsWithWhatAPersonChose(t *testing.T) {
	worse := pay("worse", 1, claimed("COMPLETED", time.Minute), executed(900*time.Second))
	newScreen(t, 80, 24).send(counter()).press("F", "F", "4", "j", "j", "enter").want("Table 9: ").send(SnapshotsMsg{worse}).want("Table 9: ")
	s := newScreen(t, 80, 24).send(counter()).press("F", "F", "space").send(SnapshotsMsg{worse}).wantCursor("Amina K")
	s.press("F", "F").wantCursor("worse").send(tea.MouseWheelMsg{Button: tea.MouseWheelDown}).send(SnapshotsMsg{pay("worst", 1, claimed("COMPLETED", time.Minute), executed(950*time.Second))})
	s.wantNot("follow attention")
	newScreen(t, 80, 24).send(counter()).press("F", "F", "?").send(SnapshotsMsg{worse}).press("esc").wantCursor("Table 4")
}

func TestIdle_TheNextKeyOnlySaysWhereTheCursorWent(t *testing.T) {
	s := newScreen(t, 80, 24).send(counter()).press("G").wantCursor("Order 1040").after(idleAfter).press("x").want("the cursor is at Table 4 now: press again")
	if len(s.calls) != 0 {
		t.Fatalf("asked for %v", s.calls)
	}
	s.press("x").want("stopped watching Table 4")
	newScreen(t, 80, 24).send(counter()).press("G", "?").after(idleAfter).press("esc").wantCursor("Order 1040") // who reads does not idle
}

func TestForm_AnAddedPaymentTakesTheCursorOnlyIfNothingElseWasChosen(t *testing.T) {
	s := newScreen(t, 80, 24).send(counter()).press("a").send(tea.PasteMsg{Content: pasted}).press("enter").settle().press("j", "j")
	s.send(SnapshotsMsg{pay("Order 77", 1, func(p *watch.Snapshot) { p.Reference = "550e8400-e29b-41d4-a716-446655440000" })}).wantCursor("Table 9")
}

func TestMenu_IsSeenAtACounterToo(t *testing.T) {
	outcome := Extra{Binding: bind("S", "outcome", "S"), Selected: true, Steps: []Step{{Title: "WHAT HAPPENS", Choices: func([]string) []Choice { return []Choice{{"approve", ""}} }}},
		Do: func(watch.ID, ...string) string { return "done" }}
	newScreen(t, 80, 24, atCounter, func(o *Options) { o.Keys = []Extra{outcome} }).send(counter()).press("enter", "S").want("WHAT HAPPENS: Table 4", "> approve")
}

func TestFrozen_NothingThatIsCopiedOrCountedIsOld(t *testing.T) {
	var copied string
	clip := func(o *Options) { o.Clipboard = func(text string) error { copied = text; return nil } }
	s := newScreen(t, 80, 24, clip).send(SnapshotsMsg{pay("one", 1, ended("COMPLETED", time.Second, "450.00", "LRD"))}).press("f")
	s.send(SnapshotsMsg{contradicted("one", 2)}).want("PAID TODAY as of 14:32:07", "DO NOT HAND OVER").press("Y").settle().settle()
	if !strings.Contains(copied, "verdict: CHECK changed") {
		t.Errorf("the bundle says\n%s", copied)
	}
	s.press("x").want("one has its result: there is nothing to stop")
}

func TestCounter_CannotBeFrozen(t *testing.T) {
	s := newScreen(t, 80, 24, atCounter).send(SnapshotsMsg{pay("one", 1, ended("COMPLETED", time.Second, "450.00", "LRD"))}).press("f")
	s.send(SnapshotsMsg{contradicted("one", 2)}).want("!! CHECK changed", "DO NOT HAND OVER").wantNot("OK PAID", "you may hand over")
}

func TestCounter_WhatWasNotTakenIsSaidWhateverTheTitle(t *testing.T) {
	for _, size := range [][2]int{{80, 24}, {40, 10}, {20, 4}} {
		newScreen(t, size[0], size[1], atCounter, func(o *Options) {
			o.Title, o.Status = strings.Repeat("Waterside ", 7), func() string { return "1 line NOT taken, till.csv, line 3" }
		}).send(counter()).want("NOT taken")
	}
}

func TestScreen_ASaleThatIsPaidTwiceIsHandedOverOnce(t *testing.T) {
	paid := ended("COMPLETED", time.Minute, "18.00", "USD")
	s := newScreen(t, 80, 24).send(SnapshotsMsg{pay("first", 1, paid, from("ORDER", 131))})
	s.send(SnapshotsMsg{pay("second", 1, ended("COMPLETED", 0, "18.00", "USD"), from("ORDER", 131))}).press("g").wantCursor("second")
	s.want("PAID, BUT THE SAME SALE AS first, verified 14:31:07. Hand over only once.").wantNot("you may hand over").press("j").want("you may hand over")
	s.press("4").want("1 row of a sale that counts already", "USD 18.00   in 1 payment").press("e").settle()
	if !strings.Contains(s.saved, "counted already, under the same invoice or order") {
		t.Errorf("the report says\n%s", s.saved)
	}
}

// unread is an amount that cannot be read, of an answer that ended the payment or of the newest.
func unread(s *watch.Snapshot) {
	s.Latest.Unread = `"15,00" "USD"`
	if s.Final.Code != 0 {
		s.Final.Unread = s.Latest.Unread
	}
}

func TestTotals_HoldNoAmountInDoubt(t *testing.T) {
	s := newScreen(t, 120, 40).send(SnapshotsMsg{
		pay("good", 1, ended("COMPLETED", 0, "18.00", "USD")),
		pay("unread", 1, ended("COMPLETED", 0, "", ""), unread, amount("18.00", "USD")),
		pay("absent", 1, ended("COMPLETED", 0, "", ""), amount("18.00", "USD")),
		pay("other", 1, ended("COMPLETED", 0, "3420.00", "LRD"), amount("18.00", "USD")),
		pay("below", 1, ended("COMPLETED", 0, "-5", "USD"), amount("", "")),
		pay("nameless", 1, ended("COMPLETED", 0, "5", ""), amount("", "")),
		pay("nameless too", 1, ended("COMPLETED", 0, "6", ""), amount("", "")),
	})
	s.want("USD 18.00 x1", "no amount x2", "CHECK 4", "CHECK amount?", "CHECK currency", "CHECK not > 0").wantNot("LRD 3,420.00 x1", "11 x2")
	s.press("4").want("4 with one that is not right", "2 payments more, of which Dollr named no amount or no currency")
	if s.press("e").settle(); !strings.Contains(s.saved, `CHECK amount?  "15,00" "USD" (expected USD 18.00)  unread`) ||
		!strings.Contains(s.saved, "CHECK amount?  no amount (expected USD 18.00)  absent") {
		t.Errorf("the report says\n%s", s.saved)
	}
}

func TestDetail_ShowsAnAmountThatCannotBeReadAsItCame(t *testing.T) {
	var copied string
	clip := func(o *Options) { o.Clipboard = func(text string) error { copied = text; return nil } }
	s := newScreen(t, 80, 50, clip).send(SnapshotsMsg{pay("one", 1, ended("COMPLETED", 0, "", ""), unread, amount("18.00", "USD"))}).press("enter")
	s.want(`charged     "15,00" "USD" (cannot be read)`, "expected    USD 18.00").wantNot("Dollr has not said")
	if s.press("Y").settle().settle(); !strings.Contains(copied, `asked of the customer: "15,00" "USD"`) {
		t.Errorf("the bundle says\n%s", copied)
	}
}

func TestAdvice_SaysWhatMakesAPaidDoubtful(t *testing.T) {
	for name, c := range map[string]struct {
		p    watch.Snapshot
		want string
	}{
		"no price":         {pay("a", 1, ended("COMPLETED", 0, "1.50", "LRD"), func(s *watch.Snapshot) { s.Expected = watch.Money{} }), "PAID LRD 1.50, a: you may hand over what costs that. No price was given here."},
		"an hour ago":      {pay("a", 1, ended("COMPLETED", time.Hour, "1.50", "LRD"), func(s *watch.Snapshot) { s.Handed = s.Executed }), "PAID LRD 1.50, a, 60m ago: you may hand over only if that was not done then."},
		"old when it came": {pay("a", 1, ended("COMPLETED", 0, "1.50", "LRD"), executed(24*time.Hour), func(s *watch.Snapshot) { s.Handed = s.Final.At }), "PAID LRD 1.50, a, but executed at 13 Mar 14:32:07: you may hand over only if that was not done then."},
		"too little":       {pay("a", 1, ended("COMPLETED", 0, "15.00", "LRD"), amount("1500.00", "LRD")), "DO NOT HAND OVER. LRD 1,485.00 IS MISSING: charged LRD 15.00 of LRD 1,500.00."},
		"no amount":        {pay("a", 1, ended("COMPLETED", 0, "", ""), amount("18.00", "USD")), "DO NOT HAND OVER. Dollr named no amount; you expect USD 18.00."},
		"unread":           {pay("a", 1, ended("COMPLETED", 0, "", ""), unread, amount("18.00", "USD")), `DO NOT HAND OVER. Charged "15,00" "USD", which cannot be read; you expect USD 18.00.`},
		"unread, no price": {pay("a", 1, ended("COMPLETED", 0, "", ""), unread), `DO NOT HAND OVER. Charged "15,00" "USD", which cannot be read.`},
		"other currency":   {pay("a", 1, ended("COMPLETED", 0, "3420.00", "LRD"), amount("18.00", "USD")), "DO NOT HAND OVER. Charged LRD 3,420.00; you expect USD 18.00."},
		"no currency":      {pay("a", 1, ended("COMPLETED", 0, "18.00", ""), amount("18.00", "USD")), "DO NOT HAND OVER. Charged 18.00 without a currency; you expect USD 18.00."},
		"nothing":          {pay("a", 1, ended("COMPLETED", 0, "0.00", "USD"), amount("", "")), "DO NOT HAND OVER. Charged USD 0.00, which is not above zero."},
		"more":             {pay("a", 1, ended("COMPLETED", 0, "20.00", "USD"), amount("18.00", "USD")), "PAID USD 20.00, a (you expected USD 18.00): you may hand over."},
		"currency?":        {pay("a", 1, ended("COMPLETED", 0, "20.00", ""), amount("", "")), "It named no currency: look it up in Dollr's portal."},
		"garbled":          {pay("a", 1, func(s *watch.Snapshot) { s.Unreadable, s.FailedText = 2, "it has two statuses" }), "Dollr's last answers about this payment cannot be read: it has two statuses."},
		"asked unread":     {pay("a", 1, unread), `Dollr asks the customer for "15,00" "USD", which cannot be read.`},
		"asked too little": {pay("a", 1, amount("1500.00", "LRD"), func(s *watch.Snapshot) { s.Latest.Payer = watch.Money{Amount: "15.00", Currency: "LRD"} }), "Dollr asks the customer for LRD 15.00, and you expect LRD 1,500.00."},
	} {
		s := newScreen(t, 120, 40).send(SnapshotsMsg{c.p})
		if !strings.Contains(s.text(), c.want) {
			t.Errorf("%s: the screen does not say %q:\n%s", name, c.want, s.text())
		}
	}
}

func TestAdvice_TellsNobodyToPayAgainWhileTheLineIsDown(t *testing.T) {
	s := newScreen(t, 80, 24).send(SnapshotsMsg{pay("one", 1)})
	s.health = watch.Health{Stake: watch.Real, Trouble: watch.NoInternet, Heard: noon.Add(-time.Minute), Since: noon.Add(-time.Minute)}
	s.after(0).want("We cannot see your payment just now").press("v").want("NO INTERNET since 14:31:07: trying to ask about one")
}

func TestKeys_OneThatDoesNothingSaysSo(t *testing.T) {
	newScreen(t, 80, 24).send(counter()).press("Z").want(`"Z" does nothing here; ? = help`)
}

func TestShift_NothingIsSettledWhileALineWasNotTaken(t *testing.T) {
	s := newScreen(t, 80, 24, func(o *Options) { o.Status = func() string { return "1 line NOT taken, till.csv, line 3" } })
	s.send(SnapshotsMsg{pay("one", 1, ended("COMPLETED", time.Second, "1.00", "USD"))}).press("4").want("OPEN 0, but 1 line NOT taken").wantNot("every payment has")
	if s.press("e").settle(); !strings.Contains(s.saved, "Nobody watches what was not taken: 1 line NOT taken, till.csv, line 3") {
		t.Errorf("the report says\n%s", s.saved)
	}
}

func TestForm_KeepsWhenItWasExecuted(t *testing.T) {
	var added watch.Payment
	s := newScreen(t, 80, 24, func(o *Options) {
		o.Desk.Add = func(p watch.Payment) (string, error) { added = p; return "added", nil }
	})
	s.press("a").send(tea.PasteMsg{Content: strings.Replace(pasted, `"label"`, `"executed_at":"2026-03-14T12:00:00Z","label"`, 1)}).want("2026-03-14T12:00:00Z").press("enter").settle()
	if !added.Executed.Equal(time.Date(2026, 3, 14, 12, 0, 0, 0, time.UTC)) {
		t.Errorf("handed over %+v", added)
	}
}

func TestForm_WarnsOfASecondChargeWhateverWayItComes(t *testing.T) {
	one := strings.Replace(strings.ReplaceAll(pasted, "\n", ""), "Order 77", "Table 9", 1)
	two := strings.Replace(strings.Replace(one, "550e8400", "650e8400", 1), ":101", ":102", 1)
	s := newScreen(t, 80, 24).send(counter()).press("a").send(tea.PasteMsg{Content: one + "\n" + two}).want("Table 9 is WAITING").press("enter").want("y = yes").press("n")
	s.send(tea.PasteMsg{Content: strings.Replace(one, "Table 9", "Table  4", 1)}).want("Table 4 is CHECK").press("enter").settle().want("y = yes")
	if len(s.calls) > 0 {
		t.Errorf("added without being asked twice: %v", s.calls)
	}
	newScreen(t, 80, 24).send(counter()).press("f").send(SnapshotsMsg{pay("Table 77", 1)}).press("a").
		send(tea.PasteMsg{Content: strings.Replace(one, "Table 9", "table 77", 1)}).want("Table 77 is WAITING")
}

func TestForm_TakesWhatWasTypedAndPasted(t *testing.T) {
	s := newScreen(t, 80, 24).press("a").typed("55:").send(tea.PasteMsg{Content: "550e8400-e29b-41d4-a716-446655440000"}).want("Session    [55 ")
	s.press("esc", "a").send(tea.PasteMsg{Content: "ORDER:1\nORDER:2\n"}).want("2 payments pasted").press("tab").want("enter watches them all, esc forgets them")
}

func TestForm_WhatWasNotAddedIsInTheLog(t *testing.T) {
	s := newScreen(t, 80, 24).press("a").send(tea.PasteMsg{Content: strings.Replace(pasted, "Order 77", "refused", 1)}).press("enter", "esc", "/").settle()
	s.press("esc", "3").want("not added: the program is ending")
}

func TestForm_ShowsNoNumberInAnyField(t *testing.T) {
	newScreen(t, 80, 24).press("a").send(tea.PasteMsg{Content: pasted}).press("up", "up").want(">Phone      [231******789").wantNot("231883456789")
	s := newScreen(t, 80, 24, atCounter).press("a", "tab").send(tea.PasteMsg{Content: "231883456789"}).wantNot("231883456789")
	s.press("esc", "/").send(tea.PasteMsg{Content: "231883456789"}).wantNot("231883456789").press("enter").wantNot("231883456789")
}

func TestPrompt_TypedTextCannotSteerTheScreen(t *testing.T) {
	s := newScreen(t, 80, 24).send(counter()).press("/")
	s.send(tea.KeyPressMsg{Text: "\u202e"}, tea.KeyPressMsg{Text: "a\u200bb"}).wantNot("\u202e", "\u200b").want("/ ab")
	s.press("esc", "a").send(tea.KeyPressMsg{Text: "\u202e"}).wantNot("\u202e")
}

func TestRecheck_CountsWhatItFoundItself(t *testing.T) {
	s := newScreen(t, 80, 24).send(SnapshotsMsg{contradicted("one", 1)}).press("4", "r")
	again := contradicted("one", 2)
	again.Latest.At, again.At = noon.Add(time.Second), noon.Add(time.Second)
	s.after(2 * time.Second).send(SnapshotsMsg{again}).want("asked again about 1 payment, 0 changed")
}

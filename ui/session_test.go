package ui

import (
	"strings"
	"testing"
	"time"

	"charm.land/bubbles/v2/key"
	tea "charm.land/bubbletea/v2"
	"github.com/charmbracelet/colorprofile"

	"tillwatch/watch"
)

func TestScreen_AttentionComesFirst(t *testing.T) {
	newScreen(t, 80, 24).send(counter()).wantOrder(
		"Table 4", "Amina K", "Table 9", "Order 1042", "Card, Mr D", "Order 1044", "Order 1041", "Table 2", "Order 1040")
}

func TestScreen_CursorStaysWithItsPaymentWhileRowsMove(t *testing.T) {
	s := newScreen(t, 80, 24).send(SnapshotsMsg{pay("one", 1), pay("two", 1), pay("three", 1)})
	s.press("j").wantCursor("two")
	s.send(SnapshotsMsg{pay("older", 1, executed(50*time.Second))}).wantCursor("two").wantOrder("older", "two")
	s.send(SnapshotsMsg{pay("two", 2, ended("COMPLETED", time.Second, "450.00", "LRD"))}).wantCursor("two").wantOrder("three", "two")
	s.send(SnapshotsMsg{pay("one", 2, ended("FAILED", 0, "450.00", "LRD"))}).wantCursor("two")
}

func TestScreen_AnOlderSnapshotChangesNothing(t *testing.T) {
	s := newScreen(t, 80, 24).send(SnapshotsMsg{pay("one", 3, ended("COMPLETED", time.Second, "450.00", "LRD"))})
	s.send(SnapshotsMsg{pay("one", 2)}).want("OK PAID 14:32:06", "LRD 450.00 x1")
}

func TestScreen_MovesByKeysAndStopsAtTheEnds(t *testing.T) {
	s := newScreen(t, 80, 24).send(counter())
	s.press("up").wantCursor("Table 4")
	s.press("G").wantCursor("Order 1040").press("down").wantCursor("Order 1040")
	s.press("k").wantCursor("Table 2").press("g").wantCursor("Table 4")
	s.press("ctrl+d").press("ctrl+u").wantCursor("Table 4").press("pgdown").wantCursor("Order 1040").press("pgup").wantCursor("Table 4")
}

func TestScreen_DetailSaysWhy(t *testing.T) {
	s := newScreen(t, 80, 50).send(counter()).press("G", "enter")
	s.want("OK PAID", "charged     USD 25.00", "231******789", "COMPLETED at 14:29:33 (HTTP 200, 96 ms)", "1692100357", "Dollr's words: Done", "esc back")
	s.press("k").want("XX NOT PAID", "Table 2").press("esc").want("STATUS")
}

func TestScreen_DetailSaysChargedOnlyOfMoneyThatCame(t *testing.T) {
	named := func(s *watch.Snapshot) {
		s.Latest.Payer = watch.Money{Amount: "450.00", Currency: "LRD"}
		s.Latest.Payee = watch.Money{Amount: "438.75", Currency: "LRD"}
	}
	failed := func(s *watch.Snapshot) { s.Final.Payee = watch.Money{Amount: "438.75", Currency: "LRD"} }
	s := newScreen(t, 80, 50).send(SnapshotsMsg{pay("waits", 1, named), pay("fails", 1, ended("FAILED", 0, "450.00", "LRD"), failed)})
	s.press("enter").want("waits: ", "asked       LRD 450.00").wantNot("charged  ", "you receive")
	s.press("j").want("fails: ", "asked       LRD 450.00").wantNot("charged  ", "you receive")
	s.send(SnapshotsMsg{pay("paid up", 1, ended("COMPLETED", 0, "450.00", "LRD"), failed)}).press("G")
	s.want("paid up", "charged     LRD 450.00", "you receive LRD 438.75")
}

func TestScreen_DetailStandsBesideTheBoardOnAWideScreen(t *testing.T) {
	newScreen(t, 100, 40).send(counter()).press("enter").want("STATUS", "WHY WE SAY SO", "│")
	newScreen(t, 99, 30).send(counter()).press("enter").wantNot("STATUS").want("WHY WE SAY SO")
}

func TestScreen_DetailScrollsAndStartsAtTheTopForTheNext(t *testing.T) {
	s := newScreen(t, 80, 14).send(counter()).press("enter").wantNot("HEARING")
	s.press("pgdown", "pgdown", "pgdown").want("HEARING", "the end")
	s.press("j").want("Amina K: the channel said")
}

func TestScreen_NumbersAreMaskedButForTenSeconds(t *testing.T) {
	s := newScreen(t, 80, 50).send(counter()).press("enter").want("231******789").wantNot("231883456789")
	s.press("m").want("231883456789")
	s.send(unmaskEndMsg{s.m.unmasked}).wantNot("231883456789")
	s.press("m", "m", "m").send(unmaskEndMsg{1}).want("231883456789") // an old timer's end
}

func TestScreen_KeysActOnTheSelectedPayment(t *testing.T) {
	s := newScreen(t, 80, 24).send(counter()).press("j")
	id := s.m.table.cursor
	s.press("v").want("asking Dollr about Amina K")
	s.press("x").want("its result is NOT known")
	s.send(SnapshotsMsg{pay("Amina K", 2, func(s *watch.Snapshot) { s.Stopped = true })}).want("-- STOPPED", "stopped 1")
	s.press("g").press("u").want("watching Amina K again")
	s.press("u").want("nothing to undo")
	s.press("G").press("x").want("has its result: there is nothing to stop")
	want := "verify " + string(id) + ",stop " + string(id) + ",resume " + string(id)
	if got := strings.Join(s.calls, ","); got != want {
		t.Errorf("asked for %s, want %s", got, want)
	}
}

func TestScreen_QuotesALabelNotASentenceAboutIt(t *testing.T) {
	said := Extra{Binding: key.NewBinding(key.WithKeys("D")), Do: func(watch.ID, ...string) string { return "it is COMPLETED already" }}
	s := newScreen(t, 80, 24, func(o *Options) { o.Keys = []Extra{said} }).press("D").settle().want(" it is COMPLETED already")
	s.send(SnapshotsMsg{pay("paid", 1)})
	s.press("v").want(` asking Dollr about "paid"`).press("x").want(` stopped watching "paid"; its result`)
}

func TestScreen_HidesTheKeysOfWhatTheDeskCannotDo(t *testing.T) {
	s := newScreen(t, 120, 24, func(o *Options) { o.Desk = Desk{} }).send(counter())
	s.wantNot("a add", "v verify").press("v", "x", "u", "a").wantNot("add>", "asking")
	s.press("?").wantNot("stop watching", "undo a stop")
}

func TestScreen_FreezeHoldsTheRowsNotTheBell(t *testing.T) {
	s := newScreen(t, 120, 24).send(SnapshotsMsg{pay("one", 1)}).press("f").want("FROZEN 14:32:07, 0 changed")
	s.cmds = nil
	s.send(SnapshotsMsg{payAt(noon.Add(time.Minute), "one", 2, ended("COMPLETED", 0, "450.00", "LRD"))})
	s.want(".. WAITING", "1 changed", "Dollr's status API said COMPLETED").wantNot("OK PAID") // the advice is never old
	if len(s.cmds) != 1 {
		t.Error("the bell did not ring while frozen")
	}
	s.after(time.Minute).want("0:30").press("f").want("OK PAID 14:33:07").wantNot("FROZEN")
}

func TestScreen_TheBellRingsOncePerVerifiedEnd(t *testing.T) {
	rings := func(s *screen, msg SnapshotsMsg) bool {
		s.cmds = nil
		s.send(msg)
		return len(s.cmds) > 0
	}
	at := noon.Add(time.Minute)
	paid := payAt(at, "one", 2, ended("COMPLETED", 0, "450.00", "LRD"))
	again := paid
	again.Rev = 3
	s := newScreen(t, 80, 24)
	for _, c := range []struct {
		name string
		msg  SnapshotsMsg
		want bool
	}{
		{"an end from before the screen came up", SnapshotsMsg{pay("old", 1, ended("COMPLETED", time.Hour, "450.00", "LRD"))}, false},
		{"a payment that waits", SnapshotsMsg{payAt(at, "one", 1)}, false},
		{"a hint", SnapshotsMsg{payAt(at, "two", 1, claimed("COMPLETED", 0))}, false},
		{"a verified end", SnapshotsMsg{paid}, true},
		{"the same end again", SnapshotsMsg{again}, false},
		{"a verified failure", SnapshotsMsg{payAt(at, "three", 1, ended("FAILED", 0, "450.00", "LRD"))}, true},
	} {
		if got := rings(s, c.msg); got != c.want {
			t.Errorf("%s: rings %v, want %v", c.name, got, c.want)
		}
	}
	s.press("b").want("bell paid only").press("b").want("bell off")
	if rings(s, SnapshotsMsg{payAt(at, "four", 1, ended("COMPLETED", 0, "450.00", "LRD"))}) {
		t.Error("it rings though it is off")
	}
}

func TestScreen_QuitAsksOnceWhenRealPaymentsAreOpen(t *testing.T) {
	s := newScreen(t, 80, 24).send(counter())
	s.cmds = nil
	s.press("q").want("Quit? 6 payments have no result yet")
	if s.quits() {
		t.Fatal("it quit without waiting for the answer")
	}
	s.press("j").wantNot("Quit?").wantCursor("Table 4")
	s.cmds = nil
	if s.press("ctrl+c", "ctrl+c"); !s.quits() {
		t.Error("the second ctrl+c does not quit")
	}
}

func TestScreen_QuitsAtOnceWithNothingOpen(t *testing.T) {
	over := newScreen(t, 80, 24).send(SnapshotsMsg{pay("one", 1, ended("COMPLETED", 0, "1.00", "USD"))})
	over.cmds = nil
	if over.press("q"); !over.quits() {
		t.Error("it asks though every payment has its end")
	}
}

func TestScreen_SaysFromWhenOnNothingIsConfirmed(t *testing.T) {
	for _, trouble := range []watch.Trouble{watch.NoInternet, watch.APIDown, watch.LoginRefused} {
		for size, says := range map[[2]int]string{
			{120, 40}: "NOTHING BELOW IS CONFIRMED AFTER 14:30:53", {80, 24}: "NOTHING BELOW IS CONFIRMED AFTER 14:30:53",
			{80, 14}: "NOTHING BELOW IS CONFIRMED AFTER 14:30:53", {40, 10}: "NOTHING CONFIRMED AFTER 14:30:53", {24, 4}: trouble.String(),
		} {
			s := newScreen(t, size[0], size[1]).send(counter())
			s.health = watch.Health{Trouble: trouble, Heard: noon.Add(-74 * time.Second), Since: noon.Add(-72 * time.Second), Stake: watch.Real}
			s.after(0).want(says, "REAL")
		}
	}
}

func TestScreen_MilderTroublesTakeOneLine(t *testing.T) {
	s := newScreen(t, 80, 24).send(counter())
	s.health.Trouble, s.health.Text = watch.ChannelDown, "websocket: 403"
	s.after(0).want("CHANNEL DOWN, polling: no live events", "not urgent").wantNot("NOTHING BELOW")
	s.health.Trouble, s.health.Text = watch.SlowedDown, "Dollr asks us to slow down (429)"
	s.health.Until = noon.Add(3 * time.Second) // the next try never gives way to Dollr's words
	s.after(0).want("SLOWED DOWN: Dollr wants fewer questions").wantNot("…")
	s.send(SnapshotsMsg{pay("Table 4", 2, executed(401*time.Second), func(s *watch.Snapshot) { s.NextRead = noon })})
	s.want("Next try in 3s.").wantNot("Asking Dollr now.") // it is not
	s.send(tea.WindowSizeMsg{Width: 120, Height: 40}).want("Next try in 3s; v = try now.").wantNot("…")
	s.press("v").want("asking about Table 4 all the same, though Dollr wants fewer questions")
	s.send(tea.WindowSizeMsg{Width: 80, Height: 24})
	s.health = watch.Health{Stake: watch.Real, Heard: noon, Delay: 14 * time.Second}
	s.after(0).want("reads are 14s late")
}

func TestScreen_NoLinkIsOKBeforeAnythingWasHeard(t *testing.T) {
	s := newScreen(t, 120, 40)
	s.health = watch.Health{}
	s.after(0).want("nothing heard yet").wantNot("link OK")
	s.health = watch.Health{Heard: noon}
	s.after(0).want("link OK, heard 0s ago")
}

func TestScreen_TheBadgeIsOnEveryScreen(t *testing.T) {
	for _, size := range [][2]int{{120, 40}, {80, 24}, {40, 10}, {20, 4}} {
		s := newScreen(t, size[0], size[1])
		s.health = watch.Health{Stake: watch.Test, Host: "staging.example.org"}
		s.after(0).send(counter()).want("TEST").press("enter").want("TEST").press("?").want("TEST")
	}
}

func TestScreen_SortsByColumnsAndBack(t *testing.T) {
	s := newScreen(t, 80, 24).send(counter())
	for range orders {
		s.press("o")
	}
	s.wantOrder("Table 4", "Amina K")
	s.press("o", "o").want("AMOUNT^").wantOrder("LRD    700.00", "LRD    900.00", "LRD  3,200.00", "RWF 12,000", "USD     18.00")
	s.press("O").want("AMOUNTv", "sorted by AMOUNT, reversed").wantOrder("USD     18.00", "RWF 12,000", "LRD  3,200.00", "LRD    900.00")
	s.send(SnapshotsMsg{pay("new", 1, amount("1000.00", "LRD"))}).wantOrder("LRD  3,200.00", "LRD  1,150.00", "LRD  1,000.00", "LRD    900.00")
}

func TestScreen_ATroubleSaysWhatWentWrongWhereRoomIsShort(t *testing.T) {
	s := newScreen(t, 120, 40).send(SnapshotsMsg{pay("one", 1, func(s *watch.Snapshot) {
		s.Trouble = "reading a payment's status: connection refused; getting a realtime key: Dollr does not allow this (403)"
	})})
	s.want("connection refused").wantNot("reading a", "getting a")
	s.press("enter").want("reading a payment's status:") // the detail has it whole
}

func TestScreen_ColumnsLeaveInOrder(t *testing.T) {
	gone := 0
	names := []string{"TROUBLE", "LINK", "HEARD", "METHOD", "AGE"}
	for w := 130; w >= 56; w-- {
		text := newScreen(t, w, 24).send(counter()).text()
		for i, name := range names {
			if has := strings.Contains(text, name); has && i < gone {
				t.Fatalf("at %d columns %s is back", w, name)
			} else if !has && i >= gone {
				if i != gone {
					t.Fatalf("at %d columns %s left before %s", w, name, names[gone])
				}
				gone++
			}
		}
		for _, kept := range []string{"STATUS", "AMOUNT", "LABEL"} {
			if !strings.Contains(text, kept) {
				t.Fatalf("at %d columns %s has left:\n%s", w, kept, text)
			}
		}
	}
	if gone < 4 {
		t.Fatalf("only %d columns ever left", gone)
	}
}

func TestScreen_WhatNeedsAttentionComesIntoViewOnceNobodyTouchesAKey(t *testing.T) {
	s := newScreen(t, 80, 16)
	for i := range 30 {
		s.send(SnapshotsMsg{pay("Order "+string(rune('A'+i)), 1, executed(time.Duration(40-i)*time.Second))})
	}
	last := s.press("G").m.table.cursor
	s.send(SnapshotsMsg{pay("alarm", 1, executed(6*time.Minute))}).wantNot("!! CHECK overdue")
	s.after(9 * time.Second).wantNot("!! CHECK overdue").after(time.Second).want("!! CHECK overdue")
	if s.m.table.cursor != last {
		t.Fatal("an open payment lost the cursor")
	}
	s.press("k").wantNot("!! CHECK overdue")
}

func TestScreen_AFinishedPaymentOutOfViewLetsGoOfTheCursor(t *testing.T) {
	s := newScreen(t, 80, 16).send(SnapshotsMsg{pay("done", 1, ended("COMPLETED", 0, "1.00", "USD"))}).wantCursor("done")
	for i := range 30 {
		s.send(SnapshotsMsg{pay("Order "+string(rune('A'+i)), 1, executed(time.Duration(40-i)*time.Second))})
	}
	s.after(9 * time.Second).wantCursor("done").after(time.Second).wantCursor("Order A")
	s.press("G").wantCursor("done").after(9 * time.Second).wantCursor("done")
}

// An old "you may hand over" must not stand above somebody who waits.
func TestScreen_AFinishedPaymentInViewLetsGoOfTheCursorToo(t *testing.T) {
	s := newScreen(t, 80, 24).send(SnapshotsMsg{pay("Table 5", 1, ended("COMPLETED", time.Second, "9.00", "USD"))})
	s.want("PAID USD 9.00, Table 5: you may hand over.")
	s.send(SnapshotsMsg{pay("Table 6", 1)}).wantCursor("Table 5").after(11 * time.Second)
	s.wantCursor("Table 6").wantNot("you may hand over")
}

// Two rows may have one label: what may be handed over is said with its amount.
func TestScreen_ThePaidAdviceNamesItsPayment(t *testing.T) {
	twins := SnapshotsMsg{
		pay("Table 5", 1, ended("COMPLETED", time.Second, "9.00", "USD")),
		pay("Table 5", 1, amount("900.00", "USD"), func(s *watch.Snapshot) { s.Reference = reference("other") }),
	}
	for _, size := range [][2]int{{120, 40}, {80, 24}, {40, 10}} {
		newScreen(t, size[0], size[1]).send(twins).press("G").want("PAID USD 9.00, Table 5: you may hand")
	}
	newScreen(t, 80, 24).send(SnapshotsMsg{pay("Table 6", 1, ended("COMPLETED", time.Second, "", ""))}).want("PAID, Table 6. HOW MUCH? Look it up.")
}

// A reference that Dollr doesn't know may be a wrong one: nobody may be asked to pay again.
func TestScreen_AnUnknownReferenceIsNoInvitationToPay(t *testing.T) {
	unknown := func(s *watch.Snapshot) {
		s.Latest, s.Status, s.Executed = watch.Answer{At: noon, Code: 404}, "", time.Time{}
	}
	s := newScreen(t, 120, 40).send(SnapshotsMsg{pay("Table 5", 1, unknown)})
	s.want("Dollr does not know this reference yet", "compare the reference").wantNot("You can pay now", "has not begun")
	hosted := func(s *watch.Snapshot) {
		unknown(s)
		s.Reference, s.Session = "", 0
		s.Latest.Code, s.Latest.Status, s.Status = 200, "ACTIVE", "ACTIVE"
		s.Latest.SourceType, s.Latest.SourceID = s.SourceType, s.SourceID
	}
	newScreen(t, 120, 40).send(SnapshotsMsg{pay("Page 5", 1, hosted)}).want("the customer has not begun to pay", "You can pay now")
}

// While the top of the board is shown to somebody who looks on, keys must not act on the
// row that the cursor is on out of view.
func TestScreen_AKeyDoesNotActOnARowThatIsNotSeen(t *testing.T) {
	s := newScreen(t, 80, 16)
	for i := range 30 {
		s.send(SnapshotsMsg{pay("Order "+string(rune('A'+i)), 1, executed(time.Duration(40-i)*time.Second))})
	}
	last := s.press("G").m.table.selected().Label
	s.after(11*time.Second).wantNot(last).press("x").want("back at "+last, "press again").wantCursor(last)
	if len(s.calls) != 0 {
		t.Fatalf("it acted: %v", s.calls)
	}
	if s.press("x"); len(s.calls) != 1 {
		t.Error("the second press did nothing")
	}
	s.after(11 * time.Second).press("down").wantCursor(last) // moving brings it back by itself
}

func TestScreen_SaysWhenTheAnswerIsStillTheSame(t *testing.T) {
	end := ended("COMPLETED", time.Minute, "9.00", "USD")
	s := newScreen(t, 80, 24).send(SnapshotsMsg{pay("Table 5", 1, end)}).press("v").want("asking Dollr about Table 5")
	s.send(SnapshotsMsg{payAt(noon.Add(time.Second), "Table 5", 2, end, func(s *watch.Snapshot) {
		s.Latest.At = noon.Add(time.Second)
	})}).want("asked again, Dollr still says COMPLETED: Table 5")
}

func TestScreen_ARefusedLoginSaysWhatToCheck(t *testing.T) {
	for _, size := range [][2]int{{120, 40}, {80, 24}} {
		s := newScreen(t, size[0], size[1])
		s.health = watch.Health{Trouble: watch.LoginRefused, Text: "getting a token: 401", Stake: watch.Real}
		s.after(0).send(SnapshotsMsg{pay("Table 5", 1, func(s *watch.Snapshot) { s.Latest, s.Status = watch.Answer{}, "" })})
		s.want("Check DOLLR_CLIENT_ID and DOLLR_CLIENT_SECRET.", "Do not hand over on WAITING.", "Dollr cannot be asked").wantNot("approve the payment")
	}
}

func TestScreen_SaysWhereInTheListItIs(t *testing.T) {
	s := newScreen(t, 80, 20).send(counter()).want("─ 1-8 of 9 ─")
	s.send(SnapshotsMsg{pay("more", 1), pay("still more", 1)}).press("G").want("─ 4-11 of 11 ─")
}

func TestScreen_MonoUsesNoColour(t *testing.T) {
	s := newScreen(t, 120, 40).send(tea.ColorProfileMsg{Profile: colorprofile.ASCII}).send(counter())
	for _, key := range []string{"j", "enter", "?"} {
		if frame := s.press(key).m.View().Content; strings.Contains(frame, "38;") || strings.Contains(frame, "48;") {
			t.Fatalf("after %s a colour is set: %q", key, frame)
		}
	}
}

func TestScreen_TheSmallestShowsTheWorst(t *testing.T) {
	s := newScreen(t, 20, 4).send(counter()).press("G").want("!!LRD 3,200", ">OKUSD 25", "!!1", "..4")
	s.send(tea.WindowSizeMsg{Width: 20, Height: 1}).want("REAL !!1")
}

func TestScreen_HelpHasEveryKey(t *testing.T) {
	extra := Extra{Binding: key.NewBinding(key.WithKeys("]"), key.WithHelp("]", "more arrivals")), Do: func(id watch.ID, _ ...string) string { return "more for " + string(id) }}
	s := newScreen(t, 100, 24, func(o *Options) { o.Keys = []Extra{extra}; o.Status = func() string { return "arrivals 1.2/s" } })
	s.send(counter()).want("─ arrivals 1.2/s ─").press("?")
	seen := s.text()
	for range 20 {
		seen += s.press("pgdown").text()
	}
	for _, g := range s.m.keys.groups(onBoard) {
		for _, k := range g.keys {
			if !strings.Contains(seen, k.Help().Desc) {
				t.Errorf("the help does not say what %q does", k.Help().Key)
			}
		}
	}
	s.press("esc").press("]").settle().want("more for " + string(s.m.table.cursor))
}

// A presenter switches a fault on to show the trouble it makes: both must be seen.
func TestScreen_ATroubleLeavesTheSurroundingsOnTheScreen(t *testing.T) {
	for _, trouble := range []watch.Trouble{watch.NoInternet, watch.APIDown, watch.SlowedDown, watch.ChannelDown} {
		for _, size := range [][2]int{{140, 40}, {100, 24}, {80, 24}} {
			s := newScreen(t, size[0], size[1], func(o *Options) {
				o.Title, o.Memory = "demo seed 7, 4x", true
				o.Status = func() string { return "fault: unreachable, arrivals 1.2/s" }
			})
			s.health = watch.Health{Stake: watch.Sim, Trouble: trouble, Since: noon.Add(-12 * time.Second), Text: "refused"}
			s.send(counter(), tickMsg(noon)).want("fault: unreachable", trouble.String())
		}
	}
}

func TestScreen_AnOldFlashEndDoesNotWipeANewFlash(t *testing.T) {
	s := newScreen(t, 80, 24).send(counter()).press("b").press("b").want("bell: off")
	s.send(flashEndMsg{1}).want("bell: off").send(flashEndMsg{2}).want("q quit")
}

func TestScreen_SaysThatNothingIsKept(t *testing.T) {
	for _, size := range [][2]int{{120, 40}, {80, 24}, {60, 16}, {40, 10}} {
		newScreen(t, size[0], size[1], func(o *Options) { o.Memory = true }).send(counter()).want("memory")
		newScreen(t, size[0], size[1]).send(counter()).wantNot("memory")
	}
}

func TestScreen_APanicEndsTheProgramNotTheTerminal(t *testing.T) {
	s := newScreen(t, 80, 24, func(o *Options) { o.Desk.Verify = func(watch.ID) { panic("no such thing") } }).send(counter())
	model, cmd := s.m.Update(tea.KeyPressMsg{Text: "v", Code: 'v'})
	if model != tea.Model(s.m) {
		t.Fatalf("after a panic the program has the model %v", model)
	}
	if _, quit := cmd().(tea.QuitMsg); !quit || s.m.fault == nil || s.m.fault.Error() != "bug in this program: no such thing" {
		t.Errorf("after a panic: quits %v, fault %v", quit, s.m.fault)
	}
}

func TestScreen_ThemesGoRoundAndKeepTheirWords(t *testing.T) {
	s := newScreen(t, 80, 24).send(tea.ColorProfileMsg{Profile: colorprofile.TrueColor}).send(counter())
	words, frames := s.text(), map[string]bool{}
	for _, name := range []string{"dark", "light", "high contrast", "mono", "auto"} {
		s.press("T").want("theme " + name).send(flashEndMsg{s.m.flash.id})
		if s.text() != words {
			t.Errorf("the %s theme says other words:\n%s", name, s.text())
		}
		frames[s.m.View().Content] = true
	}
	if len(frames) != 4 { // auto is dark on a dark ground
		t.Errorf("five themes look like %d", len(frames))
	}
	s.send(tea.ColorProfileMsg{Profile: colorprofile.ASCII}).press("T").want("NO_COLOR is set")
}

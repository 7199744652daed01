package ui

import (
	"strings"
	"testing"
	"time"

	tea "charm.land/bubbletea/v2"

	"tillwatch/watch"
)

func atCounter(o *Options) { o.Counter = true }

func TestCounter_SaysWhatToDoUnderEveryPayment(t *testing.T) {
	s := newScreen(t, 80, 30, atCounter).send(counter())
	s.wantOrder("CHECK", "Table 4", "DO NOT HAND OVER YET. Do not charge again", "Say: ", "CONFIRMING", "Amina K", "DO NOT HAND OVER YET")
	s.wantNot("PAID TODAY", "bell", "HEARD", "link OK", "LIVE").press("G").want("PAID USD 25.00, Order 1040: you may hand over.")
	s.press("k").want("NOT PAID. Do not hand over.", "The payment did not go through.")
}

func TestCounter_NeverShowsANumber(t *testing.T) {
	s := newScreen(t, 80, 30, atCounter).send(counter()).press("m", "enter", "m").wantNot("231883456789", "NUMBERS SHOWN").want("231******789")
	s.press("esc", "a", "tab", "tab", "tab", "tab", "tab", "tab", "tab", "tab", "tab").typed("231883456789").wantNot("231883456789")
}

func TestCounter_ShowsTheWorstFirstAndGoesBackToItByItself(t *testing.T) {
	s := newScreen(t, 80, 24, atCounter).send(counter()).press("G").wantNot("Table 4").after(idleAfter)
	s.want("Table 4").send(SnapshotsMsg{pay("new", 1, claimed("FAILED", time.Minute), executed(900*time.Second))}).wantOrder("new", "Table 4")
}

func TestCounter_SaysTroubleAndWhatWasNotTaken(t *testing.T) {
	s := newScreen(t, 80, 24, atCounter, func(o *Options) { o.Status = func() string { return "1 line NOT taken, till.csv, line 3" } }).send(counter()).want("1 line NOT taken")
	s.health = watch.Health{Stake: watch.Real, Trouble: watch.NoInternet, Heard: noon, Since: noon}
	s.after(time.Minute).want("NOTHING BELOW IS CONFIRMED AFTER 14:32:07")
	newScreen(t, 40, 10, atCounter).send(counter()).want("!! LRD 3,200.00 Table 4", "DO NOT HAND OVER")
}

func TestAdvice_TellsWhatHelpsByReasonAndMethod(t *testing.T) {
	failed := func(words string) fact { return func(s *watch.Snapshot) { s.Final.Gateway = words } }
	for name, c := range map[string]struct {
		p    watch.Snapshot
		want string
	}{
		"no money":          {pay("a", 1, ended("FAILED", 0, "1.00", "USD"), failed("INSUFFICIENT_BALANCE")), "There is not enough money in your wallet."},
		"in other letters":  {pay("a", 1, ended("FAILED", 0, "1.00", "USD"), failed("card_declined: do not honor")), "Your bank declined the card."},
		"a word of no list": {pay("a", 1, ended("FAILED", 0, "1.00", "USD"), failed("SOMETHING_NEW")), "Shall we try again?"},
		"just begun":        {pay("a", 1, executed(5*time.Second)), "Please look at your phone and approve the payment with your PIN."},
		"no prompt":         {pay("a", 1, executed(20*time.Second)), "No prompt? Please dial *156# and choose Approvals."},
		"no hint of ours":   {pay("a", 1, executed(20*time.Second), method("ORANGE_MONEY_LBR")), "No prompt? Please open the Orange Money menu"},
		"a card":            {pay("a", 1, executed(20*time.Second), method("CREDIT_CARD")), "Please finish the payment with your card"},
		"a strange method":  {pay("a", 1, executed(20*time.Second), method("PIGEON")), "approve the payment with your PIN."},
	} {
		s := newScreen(t, 120, 40, func(o *Options) { o.Hints = map[string]string{"MTN_MOMO_LBR": "dial *156# and choose Approvals."} })
		if s.send(SnapshotsMsg{c.p}); !strings.Contains(s.text(), c.want) {
			t.Errorf("%s: the screen does not say %q:\n%s", name, c.want, s.text())
		}
	}
}

func TestCaption_IsShownOnEveryShapeOfTheBoard(t *testing.T) {
	for _, size := range [][2]int{{120, 40}, {80, 24}, {40, 10}} {
		for _, counterMode := range []bool{true, false} {
			s := newScreen(t, size[0], size[1], func(o *Options) {
				o.Counter, o.Caption = counterMode, func() string { return "Amina opens\x1b[2J her shop" }
			}).send(counter()).want("Amina opens her shop").press("enter").want("Amina opens her shop")
			s.send(tea.WindowSizeMsg{Width: 20, Height: 4}).wantNot("Amina opens")
		}
	}
}

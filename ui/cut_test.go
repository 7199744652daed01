package ui

import (
	"fmt"
	"slices"
	"strings"
	"testing"
	"time"

	tea "charm.land/bubbletea/v2"

	"tillwatch/watch"
)

// A PAID with a reserve says "hand over" with its reserve or not at all, whatever room there
// is for it.
func TestAdvice_IsNeverCutToWhatItDoesNotMean(t *testing.T) {
	old := func(s *watch.Snapshot) { s.Executed, s.Handed = noon.Add(-5*time.Hour), noon.Add(-6*time.Second) }
	for name, c := range map[string]struct {
		news    SnapshotsMsg
		reserve string
	}{
		"executed long before": {SnapshotsMsg{pay("Table 4", 1, ended("COMPLETED", 5*time.Second, "450.00", "LRD"), old)}, "you may hand over only if that was not done then."},
		"long ago":             {SnapshotsMsg{pay("Table 4", 1, ended("COMPLETED", 20*time.Minute, "450.00", "LRD"))}, "you may hand over only if that was not done then."},
		"without a price":      {SnapshotsMsg{pay("Table 4", 1, ended("COMPLETED", 0, "20.00", "LRD"), amount("", ""))}, "you may hand over what costs that."},
		"a sale twice": {SnapshotsMsg{
			pay("Table 4b", 1, ended("COMPLETED", time.Minute, "450.00", "LRD"), from("ORDER", 9)),
			pay("Table 4", 1, ended("COMPLETED", 0, "450.00", "LRD"), from("ORDER", 9)),
		}, "Hand over only once."},
	} {
		for _, counterMode := range []bool{false, true} {
			s := newScreen(t, 80, 24, func(o *Options) { o.Counter = counterMode })
			s.send(c.news).press("g").wantCursorOn("Table 4")
			for _, h := range []int{4, 6, 7, 8, 9, 10, 12, 14, 20, 24, 31} {
				for w := 12; w <= 130; w++ {
					s.send(tea.WindowSizeMsg{Width: w, Height: h})
					text := s.text()
					if name == "a sale twice" { // the first row of the sale may be handed over
						text = strings.ReplaceAll(text, "PAID LRD 450.00, Table 4b: you may hand over", "")
					}
					words := strings.Join(strings.Fields(text), " ")
					rest := strings.ReplaceAll(words, c.reserve, "")
					if strings.Contains(strings.ToLower(strings.ReplaceAll(rest, "Do not hand over on WAITING", "")), "hand over") {
						t.Fatalf("%s, counter %v, %dx%d: it is cut:\n%s", name, counterMode, w, h, s.text())
					}
				}
			}
			s.send(tea.WindowSizeMsg{Width: 120, Height: 40})
			if words := strings.Join(strings.Fields(s.text()), " "); !strings.Contains(words, c.reserve) {
				t.Errorf("%s, counter %v: with room it does not say %q:\n%s", name, counterMode, c.reserve, s.text())
			}
		}
	}
}

// However long a label is, it does not push away what to do.
func TestAdvice_ALongLabelLeavesRoomForTheRule(t *testing.T) {
	long := strings.Repeat("Mrs Johnson of the terrace ", 5)
	for _, size := range [][2]int{{120, 40}, {80, 24}, {60, 15}, {40, 10}, {40, 7}} {
		s := newScreen(t, size[0], size[1]).send(SnapshotsMsg{pay(long, 1, claimed("COMPLETED", time.Minute), executed(401*time.Second))})
		if words := strings.Join(strings.Fields(s.text()), " "); !strings.Contains(words, "DO NOT HAND OVER") {
			t.Errorf("%v: what to do is not there:\n%s", size, s.text())
		}
	}
}

func TestAdvice_ASecondChargeOfAPaidSaleIsSaidWhileItWaits(t *testing.T) {
	s := newScreen(t, 80, 24).send(SnapshotsMsg{pay("first", 1, ended("COMPLETED", time.Minute, "18.00", "USD"), from("ORDER", 131)), pay("second", 1, from("ORDER", 131))})
	s.press("g").wantCursor("second").want("ORDER 131 is PAID already: first", "A second charge", "Please do not approve this one")
}

func TestFrozen_OfTwoThatPayOneSaleTheSecondIsSaid(t *testing.T) {
	s := newScreen(t, 80, 24).send(SnapshotsMsg{pay("A", 1, from("ORDER", 9)), pay("B", 1, from("ORDER", 9))}).press("f")
	s.send(SnapshotsMsg{pay("A", 2, ended("COMPLETED", time.Second, "1.00", "USD"), from("ORDER", 9)), pay("B", 2, ended("COMPLETED", 0, "1.00", "USD"), from("ORDER", 9))})
	said := 0
	for range 2 {
		if strings.Contains(s.text(), "you may hand over") {
			said++
		}
		s.press("j")
	}
	if said != 1 {
		t.Errorf("%d of two rows of one sale may be handed over", said)
	}
}

func TestScreen_TheFirstOfASaleStaysTheFirst(t *testing.T) {
	s := newScreen(t, 80, 24).send(SnapshotsMsg{pay("A", 1, ended("COMPLETED", 0, "1.00", "USD"), from("ORDER", 9))}).want("you may hand over")
	s.send(SnapshotsMsg{pay("B", 1, ended("COMPLETED", time.Hour, "1.00", "USD"), from("ORDER", 9))}).press("g").wantCursor("A").want("A: you may hand over") // the clock was set back meanwhile
	s.press("j").wantCursor("B").want("SAME SALE AS A")
}

func TestForm_MixesNoTwoPayments(t *testing.T) {
	s := newScreen(t, 120, 24).press("a").send(tea.PasteMsg{Content: pasted}).typed("56:650e8400-e29b-41d4-a716-446655440000").press("enter").settle()
	s.want("Reference: the line says 650e8400", "the field 550e8400", "clear")
	s = newScreen(t, 120, 24).press("a", "tab").typed("Table 7").press("tab").typed("1500.00").press("tab").typed("LRD").press("up", "up", "up")
	s.send(tea.PasteMsg{Content: "55:550e8400-e29b-41d4-a716-446655440000"}).want("Table 7", "1500.00", "550e8400")
	s.send(tea.PasteMsg{Content: `{"reference_id":"650e8400-e29b-41d4-a716-446655440000","label":"Table 8"}`}).want("Label: the line says Table 8, the field Table 7")
	if len(s.calls) != 0 {
		t.Errorf("handed over %v", s.calls)
	}
	s = newScreen(t, 120, 24).press("a").send(tea.PasteMsg{Content: strings.Replace(pasted, `"18.00"`, `"1.500"`, 1)}).want("can be read in two ways").press("enter").settle()
	if len(s.calls) != 0 {
		t.Errorf("handed over %v", s.calls)
	}
}

func TestForm_ANoIsANo(t *testing.T) {
	s := newScreen(t, 80, 24).send(counter()).press("a").send(tea.PasteMsg{Content: strings.Replace(pasted, "Order 77", "Table 9", 1)}).press("enter").want("y = yes")
	s.send(tea.PasteMsg{Content: "ORDER:999"}).press("esc").want("ADD A PAYMENT", "Table 9").wantNot("y = yes", "999")
}

func TestCursor_NobodyIsInterruptedByWhatComesLate(t *testing.T) {
	start := Extra{Binding: bind("n", "one more", "n"), Starts: true, Do: func(watch.ID, ...string) string { return "one more" }}
	s := newScreen(t, 80, 24, func(o *Options) { o.Keys = []Extra{start} }).send(counter()).press("n").settle()
	s.send(SnapshotsMsg{pay("mine", 1, executed(time.Second))}).wantCursor("mine").press("v").want("asking Dollr about mine") // it was asked for
	s.press("g", "n", "j").send(SnapshotsMsg{pay("late", 1, executed(time.Second))}).wantCursor("Amina K")
	s.press("n").after(newestFor).send(SnapshotsMsg{pay("later", 1, executed(time.Second))}).wantCursor("Amina K")
}

func TestShift_TheCursorIsSeen(t *testing.T) {
	var many SnapshotsMsg
	for i := range 60 {
		many = append(many, pay("Stall "+string(rune('A'+i)), 1))
	}
	s := newScreen(t, 80, 24).send(many).press("4", "G")
	for range 50 {
		if s.press("k"); !strings.Contains(s.text(), "\n>") {
			t.Fatalf("the cursor is not on the screen:\n%s", s.text())
		}
	}
}

func TestRecheck_EndsWhenDollrCannotBeAsked(t *testing.T) {
	s := newScreen(t, 80, 24).send(SnapshotsMsg{pay("one", 1, ended("COMPLETED", time.Minute, "1.00", "USD"))}).press("4", "r").want("Recheck runs")
	s.health.Trouble, s.health.Since = watch.NoInternet, noon
	s.after(time.Second).want("Recheck runs").after(recheckBlind).want("Recheck NOT COMPLETE: no answer about 1 of 1 payment")
}

func TestFrozen_ASecondChargeIsSaidThoughTheFirstIsHeld(t *testing.T) {
	s := newScreen(t, 80, 24).send(SnapshotsMsg{pay("A", 1, from("ORDER", 9)), pay("B", 1, from("ORDER", 9))}).press("f")
	s.send(SnapshotsMsg{payAt(noon.Add(time.Minute), "A", 2, ended("COMPLETED", 0, "1.00", "USD"), from("ORDER", 9))}).press("j").wantCursor("B")
	s.want("ORDER 9 is PAID already: A", "A second charge")
}

// Five payments at the front get no answer, so for a moment nothing at all is answered. The
// others are asked all the same.
func TestRecheck_GoesOnBehindPaymentsInTrouble(t *testing.T) {
	var all SnapshotsMsg
	for i := range 18 {
		all = append(all, pay(fmt.Sprintf("sale %02d", i), 1, ended("COMPLETED", time.Minute, "1.00", "USD")))
	}
	s := newScreen(t, 120, 40).send(all).press("4", "r").want("Recheck runs: 0 of 18")
	s.health.Trouble, s.health.Since = watch.APIDown, noon
	s.after(recheckBlind).want("Recheck runs: 5 of 18")
	s.health.Trouble = watch.NoTrouble
	for range 4 {
		var news SnapshotsMsg
		for _, snap := range all {
			if slices.Contains(s.calls[5:], "verify "+string(snap.ID())) {
				snap.Rev, snap.Latest.At = snap.Rev+1, s.m.now
				news = append(news, snap)
			}
		}
		s.send(news).after(time.Second)
	}
	s.want("Recheck NOT COMPLETE: no answer about 5 of 18 payments")
	if len(s.calls) != 18 {
		t.Errorf("it asked about %d", len(s.calls))
	}
}

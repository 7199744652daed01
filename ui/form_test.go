package ui

import (
	"strings"
	"testing"
	"time"

	tea "charm.land/bubbletea/v2"

	"tillwatch/watch"
)

const pasted = `{"session_id":55,"reference_id":"550e8400-e29b-41d4-a716-446655440000","source_type":"ORDER","source_id":101,
 "label":"Order 77","amount":"18.00","currency":"USD","method":"MTN_MOMO_LBR","phone":"231883456789"}`

func TestForm_TakesAPastedCheckoutWithOneKeyMore(t *testing.T) {
	s := newScreen(t, 80, 24).send(counter()).press("a").want("ADD A PAYMENT TO WATCH", "nothing is charged", "[REAL]")
	s.send(tea.PasteMsg{Content: pasted})
	s.want("550e8400-e29b-41d4-a716-446655440000", "Order 77", "18.00", "USD", "231******789").wantNot("231883456789")
	s.press("enter").settle().want("added").wantNot("ADD A PAYMENT")
	if last := s.calls[len(s.calls)-1]; last != "add 550e8400-e29b-41d4-a716-446655440000" {
		t.Errorf("handed over %q", last)
	}
	s.send(SnapshotsMsg{pay("Order 77", 1, func(p *watch.Snapshot) { p.Reference = "550e8400-e29b-41d4-a716-446655440000" })})
	s.wantCursor("Order 77") // whoever added it wants to see it
}

func TestForm_JudgesEachFieldAsItIsTyped(t *testing.T) {
	s := newScreen(t, 120, 24).press("a", "tab").typed("Table 77").press("tab").typed("1,500").want("can be read in two ways").typed(".00").want("there is an amount without a currency")
	s.press("tab", "right").want("ok: LRD 1,500.00").press("up").typed("x").want("not a plain decimal number").press("backspace")
	s.press("down", "backspace").typed("x").want("LRx is no ISO 4217 currency").press("backspace", "backspace", "backspace").typed("ldr").want("ldr is no ISO 4217 currency; LRD?")
	s.press("backspace", "backspace", "backspace").typed("LRD").press("up")
	s.press("down", "down").typed("550e8400").want("is not a UUID like").typed("-e29b-41d4-a716-446655440000").wantNot("not a UUID")
	s.press("tab").typed("5x").want(`session_id "5x" is not a whole number above 0`).press("backspace").wantNot("whole number above")
	s.press("tab", "right").want("ORDER").press("right").want("INVOICE").press("left", "left")
	s.press("tab", "tab", "tab").typed("12").want("phone is not 5 to 15 digits").typed("31883456789").wantNot("phone is not").want("1231883456789")
	s.press("down").wantNot("1231883456789").press("up").press("enter").settle().want("added")
}

func TestForm_DoubtsAPriceThatCanBeReadInTwoWays(t *testing.T) {
	s := newScreen(t, 120, 24).press("a", "tab", "tab").typed("1.500").press("tab").typed("lrd").want("can be read in two ways: 1500")
	s.press("down").typed("550e8400-e29b-41d4-a716-446655440000").press("enter").settle().want("Price: amount", "can be read in two ways: 1500")
	if len(s.calls) != 0 {
		t.Errorf("handed over %v", s.calls)
	}
}

func TestForm_WhatIsTypedIntoThePasteLineJoinsTheFields(t *testing.T) {
	var added watch.Payment
	s := newScreen(t, 80, 24, func(o *Options) {
		o.Desk.Add = func(p watch.Payment) (string, error) { added = p; return "added", nil }
	})
	s.press("a").typed("55 550e8400-e29b-41d4-a716-446655440000").press("tab").want("Reference  [550e8400-e29b")
	s.typed("Table 7").press("tab").typed("1500.00").press("tab").typed("LRD").press("enter").settle()
	if added.Label != "Table 7" || added.Expected.String() != "LRD 1,500.00" || added.Session != 55 {
		t.Errorf("handed over %+v", added)
	}
	s.press("a").typed("what").press("tab").want(">Paste", "is not a UUID") // it would be forgotten under the fields
}

func TestForm_WarnsOfASecondChargeAndAsksOnceMore(t *testing.T) {
	s := newScreen(t, 80, 24).send(counter()).press("a")
	s.send(tea.PasteMsg{Content: strings.Replace(pasted, "Order 77", "table 9", 1)})
	s.want("Table 9 is WAITING (2:05). A second charge for the same sale?", "only one.")
	s.press("enter").settle().want("Watch it all the same? y = yes").press("enter", "enter").settle() // a hurried finger
	if len(s.calls) != 0 {
		t.Fatalf("it asked for %v", s.calls)
	}
	s.press("n").wantNot("y = yes").press("enter", "y").settle().want("added")
}

func TestForm_KnowsAPaymentAndASaleThatAreOnTheBoard(t *testing.T) {
	paid := pay("Table 5", 1, ended("COMPLETED", time.Hour, "18.00", "USD"), from("ORDER", 131))
	s := newScreen(t, 80, 24).send(SnapshotsMsg{paid}).press("a").typed("ORDER:131").press("tab")
	s.want("ORDER 131 is on the board already: Table 5, verified as PAID at", "not hand over twice.").press("enter").want("y = yes").press("n", "esc")
	s.press("a").typed(reference("Table 5")).press("tab").want("This very payment is on the board already: Table 5")
}

func TestForm_SaysWhatIsWrongAndKeepsWhatWasTyped(t *testing.T) {
	s := newScreen(t, 80, 24).press("a").typed("bad line").press("enter").settle()
	s.want("bad line", `session_id "bad" is not a whole number`)
	s.press("backspace").wantNot("is not a whole").press("esc").wantNot("bad lin")
	newScreen(t, 80, 24).press("a", "enter").settle().want("nothing to add yet")
	newScreen(t, 60, 4).press("a").typed("55").press("enter").settle().want("is not a UUID").press("backspace").wantNot("is not a")
}

func TestForm_APastedLineIsCleanAndMasked(t *testing.T) {
	s := newScreen(t, 80, 24).press("a").send(tea.PasteMsg{Content: "{\"phone\":\"231883456789\",\x1b[31m \"reference_id\": 5"})
	s.want(`"phone":"231******789"`, "the JSON object does not end").wantNot("231883456789", "\x1b")
}

func TestForm_TakesManyAtOnce(t *testing.T) {
	for _, newline := range []string{"\n", "\r", "\r\n"} { // terminals differ in what they paste
		s := newScreen(t, 80, 24).press("a").send(tea.PasteMsg{Content: strings.Join([]string{"ORDER:101", "ORDER:102", "INVOICE:103", ""}, newline)})
		s.want("3 payments pasted: enter watches them all").press("enter").settle().want("3 payments added")
		if got := strings.Join(s.calls, ","); got != "add ORDER:101,add ORDER:102,add INVOICE:103" {
			t.Errorf("handed over %s", got)
		}
	}
}

func TestForm_ARefusalStaysInTheForm(t *testing.T) {
	s := newScreen(t, 80, 24).press("a").send(tea.PasteMsg{Content: strings.Replace(pasted, "Order 77", "refused", 1)})
	s.press("enter").settle().want("not added: the program is ending", "refused")
	s.press("enter", "esc").want("No payments yet").settle().want("not added: the program is ending") // its answer came later
}

func TestForm_FitsEveryScreen(t *testing.T) {
	for _, size := range [][2]int{{120, 40}, {40, 10}, {20, 4}, {20, 2}, {5, 3}, {1, 1}} {
		s := newScreen(t, size[0], size[1]).send(counter()).press("a").send(tea.PasteMsg{Content: pasted})
		for range 12 {
			s.press("tab")
		}
		s.after(time.Second).press("enter").settle()
	}
	newScreen(t, 20, 4).press("a", "tab").typed("zz").want("[zz")
}

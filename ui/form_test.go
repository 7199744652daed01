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
	s := newScreen(t, 120, 24).press("a", "tab").typed("550e8400").want("is not a UUID like")
	s.typed("-e29b-41d4-a716-446655440000").wantNot("not a UUID")
	s.press("tab").typed("5x").want(`session_id "5x" is not a whole number above 0`).press("backspace").wantNot("whole number above")
	s.press("tab", "right").want("ORDER").press("right").want("INVOICE").press("left", "left")
	s.press("tab", "tab").typed("Table 9").press("tab").typed("900").want("there is an amount without a currency")
	s.press("tab", "right").want("LRD").wantNot("without a currency")
	s.press("tab", "tab").typed("12").want("phone is not 5 to 15 digits").typed("31883456789").wantNot("phone is not")
	s.press("down").wantNot("1231883456789").press("up").press("enter").settle().want("added")
}

func TestForm_WarnsOfASecondChargeAndAsksOnceMore(t *testing.T) {
	s := newScreen(t, 80, 24).send(counter()).press("a")
	s.send(tea.PasteMsg{Content: strings.Replace(pasted, "Order 77", "table 9", 1)})
	s.want("Table 9 is still WAITING (2:05)", "STOP:", "the first may still")
	s.press("enter").settle().want("enter once more adds it all the same").after(time.Second)
	if len(s.calls) != 0 {
		t.Fatalf("it asked for %v", s.calls)
	}
	s.press("enter").settle().want("added")
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

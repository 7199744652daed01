package ui

import (
	"strings"
	"testing"

	tea "charm.land/bubbletea/v2"
)

func TestScreen_FilterNarrowsAndEscClears(t *testing.T) {
	s := newScreen(t, 80, 24).send(counter())
	for typed, want := range map[string][]string{
		"table": {"Table 4", "Table 9", "Table 2"}, "!table net:mtn": {"Amina K", "Order 1042", "Order 1041", "Order 1040"},
		"status:check": {"Table 4"}, "status:notpaid": {"Table 2"}, ">1,000": {"Table 4", "Amina K", "Order 1044", "Order 1041"},
		"<20 usd": {"Order 1042"}, "order 1041": {"Order 1041"}, "table 1": nil, "usd card": {"Card, Mr D"},
		reference("Table 9")[:6]: {"Table 9"}, reference("Table 9")[2:6]: nil, "status:completed": {"Order 1041", "Order 1040"}, "!status:waiting net:card": nil,
	} {
		s.press("/").typed(typed)
		var got []string
		for _, r := range s.m.table.shown {
			got = append(got, r.Label)
		}
		s.text()
		if strings.Join(got, ",") != strings.Join(want, ",") {
			t.Errorf("%q shows %q, want %q", typed, got, want)
		}
		s.press("enter").want("LRD 1,500.00 x1") // totals do not obey a filter
		s.press("esc")
		if len(s.m.table.shown) != len(counter()) {
			t.Fatalf("esc left %d rows of %d", len(s.m.table.shown), len(counter()))
		}
	}
}

func TestScreen_TheCursorComesBackWhenTheFilterShowsItsPaymentAgain(t *testing.T) {
	s := newScreen(t, 80, 24).send(counter()).press("j", "j").wantCursor("Table 9")
	s.press("/").typed("ne").wantNot("Table 9") // half of "net:", which no label holds
	s.typed("t:orange").wantCursor("Table 9").press("esc").wantCursor("Table 9")
	s.press("/").typed("zzz").press("esc").wantCursor("Table 9")
	s.press("/").typed("order 1041").press("enter").wantCursor("Order 1041").press("esc").wantCursor("Order 1041")
}

func TestScreen_APastedFilterFiltersAtOnce(t *testing.T) {
	s := newScreen(t, 80, 24).send(counter()).press("/").send(tea.PasteMsg{Content: "order 1041"})
	s.wantNot("Table 4").press("enter").wantNot("Table 4").wantCursor("Order 1041")
}

func TestScreen_AFilterCannotKeepTheScreenBusy(t *testing.T) {
	newScreen(t, 80, 24).send(counter()).press("/").typed(">1e999999999").want("No payment matches")
}

func TestScreen_FilterTakesWhatComesLater(t *testing.T) {
	s := newScreen(t, 80, 24).send(counter()).press("/").typed("table").press("enter")
	s.send(SnapshotsMsg{pay("Table 77", 1), pay("Order 77", 1)}).want("Table 77", `filter "table" shows 4 of 11 payments`).wantNot("Order 77")
	s.press("/").typed("zzz").want("No payment matches").press("esc").want("Order 77")
}

package ui

import (
	"strings"
	"testing"
	"time"

	"tillwatch/watch"
)

func TestShift_SaysWhatCameInAndWhatIsOpen(t *testing.T) {
	s := newScreen(t, 80, 24).send(counter()).press("4")
	s.want("SHIFT  Counter 2", "Sat 14 Mar 2026", "LRD 1,500.00   in 1 payment", "USD 25.00   in 1 payment", "XX NOT PAID 1")
	s.want("OPEN: 6 payments without a result. Do not hand over.").wantOrder("Table 4", "Amina K", "Table 9").wantNot("Order 1041")
	s.send(SnapshotsMsg{pay("Table 4", 2, ended("COMPLETED", 0, "3200.00", "LRD"))}).want("OPEN: 5", "LRD 4,700.00   in 2 payments").wantNot("Table 4")
	s.press("esc").want("STATUS", "Order 1041")
}

func TestShift_TheCursorStaysWithItsPaymentAndEnterShowsIt(t *testing.T) {
	s := newScreen(t, 80, 24).send(counter()).press("/").typed("order").press("enter", "4", "j", "j").want(">.. WAITING slow")
	s.send(SnapshotsMsg{pay("Table 4", 2, ended("FAILED", 0, "3200.00", "LRD"))}).want(">.. WAITING slow")
	s.press("v").want("asking Dollr about Table 9").press("enter").want("Table 9: no result after 2:05") // though the filter hid it
	s.press("esc").wantCursor("Table 9")
}

func TestShift_SettlesWhenNothingIsOpen(t *testing.T) {
	newScreen(t, 80, 24).press("4").want("No payments yet.", "nothing yet", "nothing has ended since tillwatch was started").press("enter", "v", "y").settle()
	newScreen(t, 80, 24).send(SnapshotsMsg{pay("one", 1, ended("COMPLETED", 0, "1.00", "USD"))}).press("4").want("OPEN 0: every payment has its result.")
}

func TestShift_ShowsWhatIsTrueThoughTheBoardIsFrozen(t *testing.T) {
	s := newScreen(t, 80, 24).send(SnapshotsMsg{pay("one", 1)}).press("f")
	s.send(SnapshotsMsg{pay("one", 2, ended("COMPLETED", 0, "450.00", "LRD"))}).press("4")
	s.want("LRD 450.00", "OPEN 0").press("1").want("OK PAID 14:32:07").wantNot("FROZEN")
}

func TestShift_AsksAgainAFewAtATimeAndSaysWhatChanged(t *testing.T) {
	var news SnapshotsMsg
	for _, label := range strings.Fields("a b c d e f g h") {
		news = append(news, pay(label, 1, ended("COMPLETED", time.Minute, "450.00", "LRD")))
	}
	s := newScreen(t, 80, 24).send(news).press("4", "r").want("Recheck runs: 0 of 8 payments, 0 changed.")
	if len(s.calls) != 5 {
		t.Fatalf("it asked %d at once", len(s.calls))
	}
	same, other := news[0], news[1]
	same.Rev, same.Latest.At = 2, noon.Add(time.Second)
	other.Rev, other.Latest.At = 2, noon.Add(time.Second)
	other.Changed = watch.Keep(watch.Answer{Code: 200, Status: "FAILED", At: noon.Add(time.Second)})
	other.Judgement = watch.Judge(&other.Known, noon)
	s.after(time.Second).send(SnapshotsMsg{same, other}).after(time.Second).want("Recheck runs: 2 of 8 payments, 1 changed.", "!! CHECK changed").press("r").want("the recheck goes on: 2 of 8")
	s.after(time.Second).after(recheckFor).want("Recheck runs: 7 of 8 payments, 1 changed.")
	s.after(recheckFor).want("Recheck NOT COMPLETE: no answer about 6 of 8 payments, 1 changed. Do it again.")
}

func TestShift_TheReportNamesEveryOpenPayment(t *testing.T) {
	s := newScreen(t, 80, 24, func(o *Options) { o.Memory = true }).send(counter())
	var many SnapshotsMsg
	for i := range 40 {
		many = append(many, pay("Stall "+string(rune('A'+i)), 1))
	}
	s.send(many).press("4", "e").settle().want("written: tillwatch-shift-2026-03-14-1432.txt")
	for _, part := range []string{
		"Verified since tillwatch was started:\n  14 Mar 14:29:33  PAID  USD 25.00  Order 1040  MTN LR  " + reference("Order 1040"),
		"  14 Mar 14:31:07  NOT PAID  LRD 700.00  Table 2  Orange LR", "Today by method: MTN LR  LRD 1,500.00 x1\nToday by method: MTN LR  USD 25.00 x1\n",
		"tillwatch shift report [REAL] Counter 2, 14 Mar 2026 14:32:07\n", "Paid today (verified): LRD 1,500.00 x1, USD 25.00 x1\n",
		"  CHECK unproven  LRD 3,200.00  Table 4  " + reference("Table 4"), "Stall h", "Result NOT known, do not hand over:\n",
	} {
		if !strings.Contains(s.saved, part) {
			t.Errorf("the report does not say %q:\n%s", part, s.saved)
		}
	}
	if strings.Contains(s.saved, "231883456789") {
		t.Errorf("the report holds a payer's number:\n%s", s.saved)
	}
}

func TestLog_ShowsTheNewestAndIsSearched(t *testing.T) {
	s := newScreen(t, 80, 12).send(counter()).press("j", "x", "m")
	for i := range 30 {
		s.notes = append(s.notes, Note{At: noon, Text: "line " + string(rune('A'+i%26))})
	}
	s.notes = append(s.notes, Note{noon, "hook: exit status 1", true})
	s.press("3").want("LOG", "! hook: exit status 1").wantNot("payers' numbers")
	s.notes = append(s.notes, Note{noon, "one more", false})
	s.after(time.Second).want("one more") // the end stays in view
	s.press("g").want("stopped watching Amina K", "payers' numbers shown for 10 s", "more lines (pgdn)")
	s.notes = append(s.notes, Note{noon, "and another", false})
	s.after(time.Second).wantNot("and another") // unless somebody reads further up
	s.press("/").typed("HOOK").want("1 of 36 hold \"HOOK\"", "exit status 1").wantNot("line A").press("enter", "esc").want("line").press("esc").want("STATUS")
}

func TestHelp_IsSearchedAndIsAboutTheScreenItWasOpenedOn(t *testing.T) {
	s := newScreen(t, 80, 24).send(counter()).press("?").want("READ A ROW").press("/").typed("stop watch")
	s.want("x", "stop watching", "ACT", `1 of`).wantNot("READ A ROW", "FILTER", "half a page")
	s.press("enter", "esc").want("READ A ROW").press("esc", "4", "?", "/").typed("recheck").want("asks Dollr again about every").press("esc", "esc")
	s.press("3", "5").want("what it holds").wantNot("sort by the next column", "READ A ROW").press("?").want("STATUS")
}

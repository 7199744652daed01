package ui

import (
	"fmt"
	"strings"
	"testing"
	"time"

	"tillwatch/watch"
)

func TestScreen_TotalsHoldVerifiedMoneyAlone(t *testing.T) {
	s := newScreen(t, 80, 24).send(SnapshotsMsg{
		pay("waits", 1),
		pay("hinted", 1, claimed("COMPLETED", time.Second)),
		pay("failed", 1, ended("FAILED", time.Second, "450.00", "LRD")),
		pay("too little", 1, ended("COMPLETED", time.Second, "15.00", "LRD"), amount("1500.00", "LRD")),
	}).want("PAID TODAY (verified)   nothing yet")
	s.send(SnapshotsMsg{
		pay("a", 1, ended("COMPLETED", time.Second, "1500.00", "LRD")),
		pay("b", 1, ended("COMPLETED", time.Second, "0.5", "LRD")),
		pay("c", 1, ended("COMPLETED", time.Second, "18.00", "USD")),
		pay("yesterday", 1, ended("COMPLETED", 15*time.Hour, "999.00", "USD")),
	}).want("LRD 1,500.50 x2", "USD 18.00 x1")
}

func TestScreen_MoneyLeavesTheTotalWhenDollrTakesItsWordBack(t *testing.T) {
	paid := ended("COMPLETED", time.Minute, "450.00", "LRD")
	s := newScreen(t, 80, 24).send(SnapshotsMsg{pay("one", 1, paid), pay("two", 1, paid)}).want("LRD 900.00 x2")
	s.send(SnapshotsMsg{pay("two", 2, paid, func(s *watch.Snapshot) {
		later := s.Final
		later.Status, later.At = "FAILED", s.At
		s.Changed = watch.Keep(later)
	})}).press("g").want("LRD 450.00 x1", "!! CHECK changed", "Dollr changed its answer", "counts in no total")
}

func TestScreen_OneSourceCountsOnce(t *testing.T) {
	early, late := ended("COMPLETED", time.Minute, "450.00", "LRD"), ended("COMPLETED", time.Second, "460.00", "LRD")
	s := newScreen(t, 80, 24).send(SnapshotsMsg{pay("late", 1, late, from("ORDER", 101))}).want("LRD 460.00 x1")
	s.send(SnapshotsMsg{pay("early", 1, early, from("ORDER", 101))}).want("LRD 460.00 x1") // whatever the clock said
	s.send(SnapshotsMsg{pay("invoice", 1, late, from("INVOICE", 101))}).want("LRD 920.00 x2")
	s.send(SnapshotsMsg{pay("early", 2, from("ORDER", 101), early, func(s *watch.Snapshot) {
		s.Changed = watch.Keep(watch.Answer{Code: 200, Status: "FAILED", At: noon})
	})}).want("LRD 920.00 x2") // the later attempt was real money all the same
}

func TestScreen_SaysHowManyTotalsThereIsNoRoomFor(t *testing.T) {
	s := newScreen(t, 40, 10).send(SnapshotsMsg{
		pay("one", 1, ended("COMPLETED", 0, "181700.00", "LRD")), pay("two", 1, ended("COMPLETED", 0, "1912200", "RWF")),
		pay("three", 1, ended("COMPLETED", 0, "52.75", "USD")),
	})
	s.want("LRD 181,700.00 x1 RWF 1,912,200 x1 +1").wantNot("…")
}

// A currency that is not shown is announced, however wide the screen is.
func TestScreen_NoCurrencyIsMissingWithoutAWord(t *testing.T) {
	for w := 21; w <= 140; w++ {
		for _, key := range []string{"1", "4"} {
			s := newScreen(t, w, 10, func(o *Options) { o.Memory = w%2 == 0 }).send(SnapshotsMsg{
				pay("one", 1, ended("COMPLETED", 0, "411550.00", "LRD")), pay("two", 1, ended("COMPLETED", 0, "5962400", "RWF")),
				pay("three", 1, ended("COMPLETED", 0, "3130.50", "USD")),
			}).press(key)
			line := ""
			for l := range strings.SplitSeq(s.text(), "\n") {
				if strings.Contains(l, " LRD ") && !strings.Contains(l, "one") {
					line = l
					break
				}
			}
			shown := 0
			for _, whole := range []string{"LRD 411,550.00", "LRD ###", "RWF 5,962,400", "USD 3,130.50"} {
				shown += strings.Count(line, whole)
			}
			if !strings.Contains(line, fmt.Sprint("+", 3-shown)) && shown < 3 || strings.Contains(line, "…") {
				t.Fatalf("at %d columns %d currencies are shown:\n%s", w, shown, s.text())
			}
		}
	}
}

func TestScreen_MidnightStartsANewDay(t *testing.T) {
	s := newScreen(t, 80, 24).send(SnapshotsMsg{pay("one", 1, ended("COMPLETED", time.Second, "450.00", "LRD"))})
	midnight := time.Date(2026, 3, 15, 0, 0, 0, 0, noon.Location())
	s.send(tickMsg(midnight.Add(-time.Second))).want("LRD 450.00 x1")
	s.send(tickMsg(midnight)).want("nothing yet", "OK PAID 14 Mar")
	s.send(SnapshotsMsg{payAt(midnight.Add(time.Minute), "two", 1, ended("COMPLETED", 0, "1.00", "USD"))}).want("USD 1.00 x1").wantNot("LRD 450.00 x1")
	s.send(tickMsg(noon)).want("LRD 450.00 x1").wantNot("USD 1.00 x1") // the clock was set back
}

func TestScreen_SaysPaidWithoutAnAmountApart(t *testing.T) {
	newScreen(t, 80, 24).send(SnapshotsMsg{pay("one", 1, ended("COMPLETED", time.Second, "", ""))}).
		want("no amount x1", "PAID, one. HOW MUCH? Look it up.")
}

func TestScreen_AmountsStandOnTheirPoint(t *testing.T) {
	s := newScreen(t, 80, 24).send(counter())
	at := -1
	for l := range strings.SplitSeq(s.text(), "\n") {
		if !strings.Contains(l, "LRD  3,200") && !strings.Contains(l, "USD     18.00") {
			continue
		}
		point := strings.Index(l, ".00")
		if at >= 0 && point != at {
			t.Fatalf("points at %d and %d:\n%s", at, point, s.text())
		}
		at = point
	}
	s.want("RWF 12,000     Order 1044")
}

func TestScreen_AnAmountIsNeverCut(t *testing.T) {
	big := amount("123456789012345678901234.00", "LRD")
	for _, size := range [][2]int{{80, 24}, {40, 10}, {20, 4}} {
		newScreen(t, size[0], size[1]).send(SnapshotsMsg{pay("big", 1, big), pay("small", 1)}).want("##").wantNot("1234", "123,")
	}
	newScreen(t, 32, 10).send(SnapshotsMsg{pay("a", 1, amount("1200000", "RWF")), pay("b", 1)}).want("RWF 1,200,000", "LRD       450.00")
	newScreen(t, 80, 24).send(SnapshotsMsg{pay("big", 1, big)}).press("enter").want("123,456,789,012,345,678,901,234.00")
}

package ui

import (
	"strings"
	"testing"
	"time"

	"tillwatch/watch"
)

// What a sandbox has said of a payment stays with it in a journal: it is in no total of
// real money, and the screen says that something was left out.
func TestScreen_TotalsHoldNobodyElsesMoney(t *testing.T) {
	whose := func(stake watch.Stake) fact { return func(s *watch.Snapshot) { s.Final.Stake = stake } }
	s := newScreen(t, 80, 24).send(SnapshotsMsg{
		pay("Order 1", 1, ended("COMPLETED", time.Minute, "25.00", "USD"), whose(watch.Real)),
		pay("Order 2", 1, ended("COMPLETED", time.Minute, "70.00", "USD"), whose(watch.Sim)),
		pay("Order 3", 1, ended("COMPLETED", time.Minute, "90.00", "LRD"), whose(watch.Test)),
	})
	s.after(0).want("USD 25.00 x1", "not counted: test money x2").wantNot("LRD 90.00 x1", "USD 95.00")
	s.press("4").want("USD 25.00").press("e").settle().wantReport("Paid today (verified): USD 25.00 x1; not counted: test money x2\n")

	// Whether a host is a sandbox shows by its answers: until then its totals wait.
	s.health.Stake = watch.Sim
	s.after(0).press("1").want("USD 70.00 x1", "test money x2")
}

func TestScreen_SaysLoudlyThatTheJournalIsNotWritten(t *testing.T) {
	s := newScreen(t, 80, 24).send(counter()).after(0).wantNot("kept in memory")
	s.health.Trouble, s.health.Unkept = watch.NotKept, "the disk is full"
	s.health.Text, s.health.Since = s.health.Unkept, noon.Add(-72*time.Second)
	s.after(0).want("JOURNAL NOT WRITTEN", "nothing survives a restart", "(the disk is full)", "memory")
	s.press("4").want("JOURNAL NOT WRITTEN").press("1")
	s.health.Trouble, s.health.Text = watch.NoInternet, "no route" // a worse one takes the banner
	s.after(0).want("NO INTERNET", "memory")

	staff := newScreen(t, 80, 24, func(o *Options) { o.Counter = true }).send(counter())
	staff.health.Trouble, staff.health.Text, staff.health.Unkept = watch.NotKept, "the disk is full", "the disk is full"
	staff.after(0).want("JOURNAL NOT WRITTEN")
}

func TestShift_SaysFromWhenOnItHasResults(t *testing.T) {
	s := newScreen(t, 80, 24).send(counter()).press("4").want("since tillwatch was started")
	s.press("e").settle().wantReport("Verified since tillwatch was started:")
	s = newScreen(t, 80, 24, func(o *Options) { o.From = noon.Add(-24 * time.Hour) }).send(counter())
	s.press("4").want("since 13 Mar 14:32").press("e").settle().wantReport("Verified since 13 Mar 14:32:")
}

// wantReport checks what the report holds that was written last.
func (s *screen) wantReport(text string) *screen {
	s.Helper()
	if !strings.Contains(s.saved, text) {
		s.Errorf("no %q in the report:\n%s", text, s.saved)
	}
	return s
}

// Two rows of one order were paid yesterday; after a restart they come in any order, and
// the one that was verified first counts still.
func TestScreen_TheFirstOfOneOrderCountsAfterARestartToo(t *testing.T) {
	order := func(before time.Duration, digits string) []fact {
		return []fact{ended("COMPLETED", before, digits, "USD"), func(s *watch.Snapshot) { s.SourceType, s.SourceID, s.Old = "ORDER", 5, true }}
	}
	first, second := pay("first", 1, order(2*time.Minute, "10.00")...), pay("second", 1, order(time.Minute, "30.00")...)
	for _, news := range []SnapshotsMsg{{first, second}, {second, first}} {
		s := newScreen(t, 120, 24)
		for _, one := range news {
			s.send(SnapshotsMsg{one})
		}
		s.want("USD 10.00 x1").wantNot("USD 30.00 x1", "USD 40.00 x")
	}
}

// Everything had ended when the program was started again, so nothing is asked: the day's
// takings are there all the same.
func TestScreen_HasTheTakingsBeforeAnybodyHasAnswered(t *testing.T) {
	s := newScreen(t, 80, 24)
	s.health = watch.Health{Stake: watch.Test, Host: "127.0.0.1"}
	s.after(0).send(SnapshotsMsg{pay("Order 1", 1, ended("COMPLETED", time.Minute, "25.00", "USD"), func(s *watch.Snapshot) {
		s.Final.Stake, s.Old = watch.Sim, true
	})})
	s.want("TEST", "USD 25.00 x1", "was it handed over?").wantNot("not counted")
}

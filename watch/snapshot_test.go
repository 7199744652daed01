package watch

import (
	"testing"
	"time"
)

func TestSnapshot_EndedSinceIsAboutVerifiedEndsThatAreNews(t *testing.T) {
	began := time.Date(2026, 3, 14, 14, 0, 0, 0, time.UTC)
	for name, c := range map[string]struct {
		verdict        Verdict
		verified, told time.Time
		want           bool
	}{
		"a payment that waits":                     {Waiting, time.Time{}, began.Add(time.Minute), false},
		"a verdict without its answer":             {Paid, time.Time{}, time.Time{}, false},
		"paid, told later":                         {Paid, began.Add(time.Minute), began.Add(time.Hour), true},
		"not paid in the very moment":              {NotPaid, began, began, true},
		"one that needs a look":                    {Check, began.Add(time.Minute), began.Add(time.Minute), false},
		"one that was stopped":                     {Stopped, began.Add(time.Minute), began.Add(time.Minute), false},
		"yesterday's, told now":                    {Paid, began.AddDate(0, 0, -1), began.Add(time.Second), false},
		"told at once by a clock an hour back":     {Paid, began.Add(-time.Hour), began.Add(-time.Hour + time.Second), true},
		"the clock set back before it was told":    {Paid, began.Add(-time.Second), began.Add(-time.Hour), true},
		"a minute old, from before we began":       {Paid, began.Add(-time.Second), began.Add(time.Minute - time.Second), false},
		"the clock set ahead before it was told":   {Paid, began.Add(time.Second), began.Add(time.Hour), true},
		"the clock set back after we had begun it": {NotPaid, began.Add(time.Second), began.Add(-time.Hour), true},
	} {
		var s Snapshot
		s.Verdict, s.Final.At, s.At = c.verdict, c.verified, c.told
		if got := s.EndedSince(began); got != c.want {
			t.Errorf("%s: ended since we began %v, want %v", name, got, c.want)
		}
	}
}

func TestFault_IsPermanentWhenAskingAgainIsUseless(t *testing.T) {
	for kind, want := range map[FaultKind]bool{
		FaultRejected: true, FaultGated: true, FaultThrottled: false, FaultLogin: false, FaultDown: false, FaultOffline: false,
	} {
		if f := (&Fault{Kind: kind}); f.Permanent() != want {
			t.Errorf("kind %d: permanent is %t", kind, !want)
		}
	}
}

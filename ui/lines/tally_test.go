package lines

import (
	"testing"

	"tillwatch/watch"
)

func TestTally_StatusIsTheFirstOfTheTableThatApplies(t *testing.T) {
	end := func(v watch.Verdict, r watch.Reason) func(*watch.Snapshot) {
		return func(s *watch.Snapshot) { s.Verdict, s.Reason = v, r }
	}
	other := payment("other")
	other.Reference = "other"
	for name, c := range map[string]struct {
		do   func(*Tally)
		code int
		open int
	}{
		"nothing handed over":     {func(*Tally) {}, 0, 0},
		"handed over, not heard":  {func(t *Tally) { t.Expect("x") }, 4, 1},
		"some cannot be read":     {func(t *Tally) { t.Blind(true) }, 4, 0},
		"now they can":            {func(t *Tally) { t.Blind(true); t.Blind(false) }, 0, 0},
		"expected twice":          {func(t *Tally) { t.Expect("x"); t.Expect("x") }, 4, 1},
		"paid":                    {func(t *Tally) { t.Expect(reference); t.Put(snap(payment(""), 1, paid)) }, 0, 0},
		"expected after its news": {func(t *Tally) { t.Put(snap(payment(""), 1, paid)); t.Expect(reference) }, 0, 0},
		"not paid":                {func(t *Tally) { t.Put(snap(payment(""), 1, end(watch.NotPaid, 0))) }, 3, 0},
		"paid, and not paid": {func(t *Tally) {
			t.Put(snap(payment(""), 1, paid))
			t.Put(snap(other, 1, end(watch.NotPaid, 0)))
		}, 3, 0},
		"a CHECK that has ended":        {func(t *Tally) { t.Put(snap(payment(""), 1, end(watch.Check, watch.Short))) }, 4, 0},
		"an amount that cannot be read": {func(t *Tally) { t.Put(snap(payment(""), 1, end(watch.Check, watch.AmountUnknown))) }, 4, 0},
		"another currency":              {func(t *Tally) { t.Put(snap(payment(""), 1, end(watch.Check, watch.OtherCurrency))) }, 4, 0},
		"nothing was charged":           {func(t *Tally) { t.Put(snap(payment(""), 1, end(watch.Check, watch.NotAboveZero))) }, 4, 0},
		"answers that cannot be read":   {func(t *Tally) { t.Put(snap(payment(""), 1, end(watch.Check, watch.Unreadable))) }, 4, 1},
		"a CHECK that may heal":         {func(t *Tally) { t.Put(snap(payment(""), 1, end(watch.Check, watch.Overdue))) }, 4, 1},
		"healed": {func(t *Tally) {
			t.Put(snap(payment(""), 1, end(watch.Check, watch.Overdue)))
			t.Put(snap(payment(""), 2, paid))
		}, 0, 0},
		"an old word comes late": {func(t *Tally) {
			t.Put(snap(payment(""), 2, paid))
			t.Put(snap(payment(""), 1, end(watch.NotPaid, 0)))
		}, 0, 0},
		"stopped, so nobody asks": {func(t *Tally) {
			t.Put(snap(payment(""), 1, func(s *watch.Snapshot) { s.Verdict, s.Link = watch.Stopped, watch.Done }))
		}, 4, 0},
		"stopped":            {func(t *Tally) { t.Put(snap(payment(""), 1, end(watch.Stopped, 0))) }, 4, 1},
		"a bad line":         {func(t *Tally) { t.Put(snap(payment(""), 1, paid)); t.Refused() }, 4, 0},
		"not paid, bad line": {func(t *Tally) { t.Put(snap(payment(""), 1, end(watch.NotPaid, 0))); t.Refused() }, 4, 0},
		"login refused": {func(t *Tally) {
			t.Expect("x")
			t.Health(watch.Health{Trouble: watch.LoginRefused})
		}, 5, 1},
		"login accepted again": {func(t *Tally) {
			t.Health(watch.Health{Trouble: watch.LoginRefused})
			t.Health(watch.Health{})
		}, 0, 0},
	} {
		t.Run(name, func(t *testing.T) {
			tally := NewTally()
			c.do(tally)
			if got := tally.Status(); got != c.code {
				t.Errorf("status %d, want %d", got, c.code)
			}
			if got := tally.Open(); got != c.open {
				t.Errorf("%d open, want %d", got, c.open)
			}
		})
	}
}

func TestTally_RingsOnNews(t *testing.T) {
	tally := NewTally()
	tally.Put(snap(payment(""), 1))
	tally.Put(snap(payment(""), 2))
	select {
	case <-tally.Changed():
	default:
		t.Error("it did not ring")
	}
}

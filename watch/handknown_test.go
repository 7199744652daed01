package watch

import (
	"testing"
	"testing/synctest"
	"time"
)

// exported is the payment of the desk as another journal's export has it.
func exported(change func(*Known)) Known {
	k := Known{Payment: Payment{Reference: ref, SourceType: "ORDER", SourceID: 101}}
	change(&k)
	return k
}

// contradicted is that Dollr said first, and later said.
func contradicted(first, later string) func(*Known) {
	return func(k *Known) {
		k.Final = Answer{Code: 200, Reference: ref, Status: first}
		k.Changed = Keep(Answer{Code: 200, Reference: ref, Status: later})
	}
}

func (d *desk) handKnown(change func(*Known)) {
	d.Helper()
	if _, err := d.fleet.HandKnown(exported(change), nil); err != nil {
		d.Fatal(err)
	}
	synctest.Wait()
}

func TestHandKnown_AContradictionStaysOne(t *testing.T) {
	within(t, Config{}, func(d *desk) {
		d.says(StatusCompleted)
		d.handKnown(contradicted(StatusCompleted, StatusFailed))
		d.pass(time.Minute)
		d.want(Check, Done)
		if s := d.last(); s.Reason != Contradicted || !s.Old || d.asked() != 0 {
			t.Errorf("reason %d, old %t, asked %d times", s.Reason, s.Old, d.asked())
		}
	})
}

func TestHandKnown_AContradictionIsNewsToAnyEnd(t *testing.T) {
	for _, own := range []string{StatusCompleted, StatusFailed} {
		within(t, Config{}, func(d *desk) {
			d.says(own)
			d.hand()
			d.pass(2 * time.Second)
			d.handKnown(contradicted(StatusCompleted, StatusFailed))
			s := d.last()
			if s.Verdict != Check || s.Final.Status != own || s.Changed.Answer().Status == own || s.Old {
				t.Errorf("%s became %v: %s, later %s, old %t", own, s.Verdict, s.Final.Status, s.Changed.Answer().Status, s.Old)
			}
		})
	}
	within(t, Config{}, func(d *desk) { // Dollr has said nothing final to us
		d.hand()
		d.pass(2 * time.Second)
		d.handKnown(contradicted(StatusCompleted, StatusFailed))
		d.handKnown(contradicted("ODD", StatusFailed)) // the first word stays
		if s := d.last(); s.Verdict != Check || s.Final.Status != StatusCompleted || s.Changed.Answer().Status != StatusFailed || !s.Old {
			t.Errorf("%v: %s, later %s, old %t", s.Verdict, s.Final.Status, s.Changed.Answer().Status, s.Old)
		}
	})
}

// A morning's payment is no CHECK before Dollr could be asked.
func TestHandKnown_IsNoCheckBeforeDollrCouldAnswer(t *testing.T) {
	within(t, Config{}, func(d *desk) {
		d.takes(10 * time.Second)
		d.handKnown(func(k *Known) { k.Handed = d.born.Add(-time.Hour) })
		d.pass(9 * time.Second)
		d.want(Waiting, Poll)
		d.pass(2 * time.Second) // it was PROCESSING all the time
		d.want(Check, Poll)
		if s := d.last(); s.Reason != Overdue || !s.Handed.Equal(d.born.Add(-time.Hour)) {
			t.Errorf("reason %d, handed over at %v", s.Reason, s.Handed)
		}
	})
}

func TestHandKnown_BelievesNoTimeThatIsToCome(t *testing.T) {
	within(t, Config{}, func(d *desk) {
		d.handKnown(func(k *Known) { k.Handed = d.born.Add(time.Hour) })
		d.pass(time.Second)
		if s := d.last(); !s.Handed.Equal(d.born) {
			t.Errorf("it was handed over at %v", s.Handed)
		}
	})
}

func TestHandKnown_StopsWhatIsNewAndNothingElse(t *testing.T) {
	within(t, Config{}, func(d *desk) {
		d.says(StatusCompleted)
		d.handKnown(func(k *Known) { k.Stopped = true })
		d.pass(time.Minute)
		d.want(Stopped, Done)
		if d.asked() != 0 {
			t.Errorf("asked %d times", d.asked())
		}
	})
	within(t, Config{}, func(d *desk) {
		d.hand()
		d.handKnown(func(k *Known) { k.Stopped = true })
		d.pass(time.Minute)
		if s := d.last(); s.Verdict != Waiting || d.asked() == 0 {
			t.Errorf("%v, asked %d times", s.Verdict, d.asked())
		}
	})
}

func TestHandKnown_KnowsWhatTheChannelClaimedAndWhenItHadBegun(t *testing.T) {
	claim := func(d *desk) func(*Known) {
		return func(k *Known) {
			k.Hint = Hint{Status: StatusCompleted, At: d.born.Add(-time.Minute), Claimed: d.born.Add(-time.Minute)}
			k.Begun = d.born.Add(-2 * time.Minute)
		}
	}
	within(t, Config{}, func(d *desk) {
		d.handKnown(claim(d))
		d.pass(2 * time.Second)
		if s := d.last(); s.Verdict != Check || s.Reason != Unconfirmed || !s.Begun.Equal(d.born.Add(-2*time.Minute)) {
			t.Errorf("%v (%d), begun %v", s.Verdict, s.Reason, s.Begun)
		}
	})
	within(t, Config{}, func(d *desk) { // it is known, and Dollr has not answered
		d.takes(5 * time.Second)
		d.hand()
		d.handKnown(claim(d))
		d.pass(2 * time.Second)
		if s := d.last(); s.Hint.Status != StatusCompleted || !s.Begun.Equal(d.born.Add(-2*time.Minute)) {
			t.Errorf("hint %q, begun %v", s.Hint.Status, s.Begun)
		}
	})
	within(t, Config{}, func(d *desk) { // it has its end
		d.says(StatusFailed)
		d.hand()
		d.pass(2 * time.Second)
		d.handKnown(claim(d))
		if s := d.last(); s.Verdict != NotPaid || s.Hint.Status != "" || !s.Begun.IsZero() {
			t.Errorf("%v, hint %q, begun %v", s.Verdict, s.Hint.Status, s.Begun)
		}
	})
}

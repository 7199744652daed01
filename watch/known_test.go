package watch

import (
	"testing"
	"time"
)

func TestKnown_APaymentThatWasThereDoesNotBeginAnewAfterA404(t *testing.T) {
	for name, change := range map[string]func(*Payment){
		"a collection":      func(p *Payment) { p.Session = 0 },
		"a hosted checkout": func(p *Payment) { p.Session, p.Reference = 0, "" },
	} {
		t.Run(name, func(t *testing.T) {
			within(t, Config{}, func(d *desk) {
				d.hand(change)
				d.pass(6 * time.Minute)
				for _, status := range []string{"404", StatusProcessing} {
					d.says(status)
					d.pass(time.Minute)
					d.want(Check, Poll) // only an end heals that it is overdue
					if r := d.last().Reason; r != Overdue {
						t.Errorf("reason %d after %s", r, status)
					}
				}
			})
		})
	}
}

func TestKnown_AHostedCheckoutMayFallBack(t *testing.T) {
	within(t, Config{}, func(d *desk) {
		d.says(SourceActive)
		d.hand(func(p *Payment) { p.Session, p.Reference = 0, "" })
		d.pass(10 * time.Minute)
		d.want(Waiting, Poll)
		d.says(StatusProcessing)
		d.pass(4 * time.Minute)
		d.want(Waiting, Poll)
		d.says(SourceActive)
		d.pass(10 * time.Minute)
		d.want(Waiting, Poll)
		if !d.last().NotStarted {
			t.Error("not shown as not started")
		}
		d.says(SourcePaid)
		d.pass(3 * time.Minute)
		d.want(Paid, Done)
	})
}

func TestKnown_A404AfterTheEndIsTroubleAndNoAnswer(t *testing.T) {
	within(t, Config{}, func(d *desk) {
		d.hand(func(p *Payment) { p.Session = 0 })
		d.says(StatusCompleted)
		d.pass(3 * sec)
		before := d.last()
		heard := before.HeardAt()
		d.says("404")
		d.fleet.Verify(ID(ref))
		d.pass(sec)
		d.want(Paid, Done)
		if s := d.last(); s.Trouble == "" || !s.HeardAt().Equal(heard) {
			t.Errorf("trouble %q, heard at %v", s.Trouble, s.HeardAt())
		}
	})
}

func TestKnown_AChannelThatKeepsChangingItsMindIsLookedAtInTime(t *testing.T) {
	within(t, Config{}, func(d *desk) {
		d.hand()
		d.tells(Notice{Kind: Ready})
		for i := range 7 { // for 35 s
			d.tells(row([]string{StatusCompleted, StatusFailed}[i%2]))
			d.pass(5 * sec)
		}
		if s := d.last(); s.Verdict != Check || s.Reason != Unconfirmed {
			t.Errorf("%v, reason %d", s.Verdict, s.Reason)
		}
	})
}

func TestKnown_TheFinalAnswersOwnAmountCounts(t *testing.T) {
	processing := charging(collection(StatusProcessing), "18.00", "USD")
	for name, c := range map[string]struct {
		answers []Answer
		want    Reason
		charged string
	}{
		"an earlier one does not stand in for none":   {[]Answer{processing, collection(StatusCompleted)}, AmountUnknown, ""},
		"nor for one that cannot be read":             {[]Answer{processing, unread(collection(StatusCompleted))}, AmountUnknown, ""},
		"nor for a smaller one":                       {[]Answer{processing, charging(collection(StatusCompleted), "1", "USD")}, Short, "USD 1"},
		"a later one does not mend a short one":       {[]Answer{charging(collection(StatusCompleted), "1", "USD"), charging(collection(StatusCompleted), "18", "USD")}, Short, "USD 1"},
		"a later one does not mend an absent one":     {[]Answer{collection(StatusCompleted), charging(collection(StatusCompleted), "18", "USD")}, AmountUnknown, ""},
		"a later one does not take the full one back": {[]Answer{charging(collection(StatusCompleted), "18", "USD"), unread(collection(StatusCompleted))}, None, "USD 18"},
	} {
		t.Run(name, func(t *testing.T) {
			k := knowing(expecting("18.00", "USD"), learned(c.answers...))
			j := Judge(&k, at(1))
			if j.Reason != c.want || !j.Ended() || k.Charged().String() != c.charged {
				t.Errorf("%v, reason %d, charged %q", j.Verdict, j.Reason, k.Charged())
			}
		})
	}
}

func TestKnown_BeforeTheEndTheNewestAmountIsShown(t *testing.T) {
	processing := charging(collection(StatusProcessing), "15.00", "LRD")
	k := knowing(learned(processing, Answer{At: noon, Code: 404}))
	if got := k.Charged(); got != (Money{"15.00", "LRD"}) {
		t.Errorf("after a 404 it charges %v", got)
	}
	k = knowing(learned(processing, unread(collection(StatusProcessing))))
	if got := k.Charged(); got.Said() || k.Unread() != `"15,00" "USD"` {
		t.Errorf("after an amount that cannot be read it charges %v, and %s is unread", got, k.Unread())
	}
	k.learn(collection(StatusProcessing))
	if got := k.Charged(); got.Said() || k.Unread() != "" {
		t.Errorf("an older amount came back: %v, and %s is unread", got, k.Unread())
	}
	k.learn(processing)
	if got := k.Charged(); got != (Money{"15.00", "LRD"}) {
		t.Errorf("after a readable amount it charges %v", got)
	}
}

func TestKnown_TwoAnswersThatCannotBeReadAreACheckThatHeals(t *testing.T) {
	within(t, Config{}, func(d *desk) {
		d.hand(func(p *Payment) { p.Session = 0 })
		d.says("unreadable")
		d.pass(6 * time.Second)
		if s := d.last(); s.Verdict != Check || s.Reason != Unreadable || s.Link == Done {
			t.Errorf("%v, reason %d, %v", s.Verdict, s.Reason, s.Link)
		}
		d.says(StatusProcessing)
		d.pass(40 * time.Second)
		d.want(Waiting, Poll)
		d.says(StatusCompleted)
		d.pass(10 * time.Second)
		d.want(Paid, Done)
	})
}

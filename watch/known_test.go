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

func TestKnown_AnAmountIsNotTakenBackByAnAnswerWithoutOne(t *testing.T) {
	k := knowing(expecting("1500.00", "LRD"), learned(
		charging(collection(StatusProcessing), "15.00", "LRD"), collection(StatusCompleted)))
	if j := Judge(&k, at(1)); j.Verdict != Check || j.Reason != Short {
		t.Errorf("LRD 15.00 of 1,500.00 is %v", j.Verdict)
	}
	k = knowing(expecting("1500.00", "LRD"), learned(charging(collection(StatusProcessing), "15.00", "LRD"), Answer{Code: 404}))
	if got := k.Charged(); got != (Money{"15.00", "LRD"}) {
		t.Errorf("after a 404 it charges %v", got)
	}
}

package watch

import (
	"testing"
	"testing/synctest"
	"time"

	"pgregory.net/rapid"
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

// The two lines of a file name the same end twice, for a payment that the first of them brings.
func TestHandKnown_AnEndThatIsNamedTwiceIsNoEnd(t *testing.T) {
	for _, end := range []string{StatusCompleted, StatusFailed} {
		within(t, Config{}, func(d *desk) {
			d.handKnown(func(*Known) {})
			d.handKnown(contradicted(end, end))
			d.pass(time.Minute)
			d.want(Waiting, Poll)
			if s := d.last(); s.Final.Code != 0 || s.Changed.Said() {
				t.Errorf("%s: final is %q, later %q", end, s.Final.Status, s.Changed.Answer().Status)
			}
		})
	}
}

// Dollr says PROCESSING. Whatever files claim, in one line or in three, no end comes of it.
func TestHandKnown_NoFactOfAFileIsAnEnd(t *testing.T) {
	word := rapid.SampledFrom([]string{
		"", StatusCompleted, StatusFailed, "completed", "Failed", SourcePaid, SourceCanceled, "paid", StatusProcessing, "odd",
	})
	rapid.Check(t, func(r *rapid.T) {
		hosted := rapid.Bool().Draw(r, "hosted")
		lines := rapid.SliceOfN(rapid.Custom(func(r *rapid.T) func(*Known) {
			first, later, latest, hint := word.Draw(r, "first"), word.Draw(r, "later"), word.Draw(r, "latest"), word.Draw(r, "hint")
			changed, stopped, damaged := rapid.Bool().Draw(r, "changed"), rapid.Bool().Draw(r, "stopped"), rapid.Bool().Draw(r, "damaged")
			ago := time.Duration(rapid.IntRange(-300, 300).Draw(r, "seconds ago")) * time.Second
			return func(k *Known) {
				at := time.Now().Add(-ago)
				said := Answer{At: at, Code: 200, Reference: ref, SourceType: "ORDER", SourceID: 101}
				k.Final, k.Latest = said, said
				k.Final.Status, k.Latest.Status, k.Status = first, latest, latest
				if said.Status = later; changed {
					k.Changed = Keep(said)
				}
				k.Stopped, k.Damaged, k.Begun, k.Hint = stopped, damaged, at, Hint{Status: hint, At: at, Claimed: at}
				if hosted {
					k.Reference = ""
				}
			}
		}), 1, 3).Draw(r, "lines")
		known := rapid.Bool().Draw(r, "known")
		wrong := ""
		within(t, Config{}, func(d *desk) {
			if known {
				d.hand(func(p *Payment) {
					if hosted {
						p.Session, p.Reference = 0, ""
					}
				})
			}
			for _, line := range lines {
				d.handKnown(line)
				d.pass(40 * time.Second)
			}
			d.pass(6 * time.Minute)
			d.mu.Lock()
			defer d.mu.Unlock()
			for _, s := range d.said {
				if s.Verdict == Paid || s.Verdict == NotPaid {
					wrong = s.Verdict.String()
				}
			}
		})
		if wrong != "" {
			r.Fatalf("it is %s, and Dollr says PROCESSING", wrong)
		}
	})
}

// The clock of the machine that wrote the file is a year ahead.
func TestHandKnown_ATimeThatIsToComeHidesNoCheck(t *testing.T) {
	for name, test := range map[string]struct {
		fact   func(k *Known, then time.Time)
		waits  time.Duration
		before Verdict
		reason Reason
	}{
		"begun_at":   {func(k *Known, then time.Time) { k.Begun = then }, overdueAfter, Waiting, Overdue},
		"claimed_at": {func(k *Known, then time.Time) { k.Hint = Hint{StatusCompleted, then, then} }, unconfirmedAfter, Confirming, Unconfirmed},
	} {
		t.Run(name, func(t *testing.T) {
			within(t, Config{}, func(d *desk) {
				d.handKnown(func(k *Known) { test.fact(k, d.born.AddDate(1, 0, 0)) })
				d.pass(test.waits - time.Second)
				d.want(test.before, Poll)
				d.pass(2 * time.Second)
				d.want(Check, Poll)
				if got := d.last().Reason; got != test.reason {
					t.Errorf("reason %v, want %v", got.Code(), test.reason.Code())
				}
			})
		})
	}
}

// The disk is slow, and the file names the payment twice: the second line comes before the first
// is kept.
func TestHandKnown_ASecondLineTellsNothingBeforeThePaymentIsKept(t *testing.T) {
	var s shelf
	within(t, Config{Keep: s.keep}, func(d *desk) {
		claim := Hint{StatusCompleted, d.born, d.born}
		var kept []string
		for _, line := range []string{"first", "second"} {
			k := exported(func(k *Known) {
				if line == "second" {
					k.Hint = claim
				}
			})
			if _, err := d.fleet.HandKnown(k, func() { kept = append(kept, line) }); err != nil {
				t.Fatal(err)
			}
		}
		d.pass(10 * time.Second)
		if d.told() > 0 || d.asked() > 0 || len(kept) > 0 {
			d.Fatalf("%d Snapshots and %d reads before it is kept; lines called kept: %q", d.told(), d.asked(), kept)
		}
		s.commit()
		d.pass(time.Second)
		if d.want(Confirming, Poll); d.last().Hint != claim || len(kept) != 2 {
			t.Errorf("the channel claimed %+v; lines called kept: %q", d.last().Hint, kept)
		}
	})
}

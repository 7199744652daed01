package watch

import (
	"errors"
	"sync"
	"testing"
	"time"
)

// shelf is a journal that the test plays itself: what it is to keep waits until the test
// lets it.
type shelf struct {
	mu    sync.Mutex
	has   map[ID]Past
	torn  bool // it cannot be read
	kept  []Payment
	later []func()
}

func (s *shelf) keep(p Payment, then func()) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.kept, s.later = append(s.kept, p), append(s.later, then)
}

func (s *shelf) recall(id ID) (Past, bool, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.torn {
		return Past{}, false, errors.New("the disk is gone")
	}
	past, ok := s.has[id]
	return past, ok, nil
}

// commit lets everything that waits be kept.
func (s *shelf) commit() {
	s.mu.Lock()
	later := s.later
	s.later = nil
	s.mu.Unlock()
	for _, then := range later {
		then()
	}
}

// past is a payment that a run before this one has left so, executed so long ago.
func (d *desk) past(ago time.Duration, change func(*Past)) Past {
	at := d.born.Add(-ago).Round(0)
	p := Past{Verdict: Waiting, At: at, Rev: 7}
	p.Payment = Payment{Session: 55, Reference: ref, SourceType: "ORDER", SourceID: 101, Executed: at, Handed: at}
	if change != nil {
		change(&p)
	}
	return p
}

func TestHand_TellsOfNobodyWhoIsNotKept(t *testing.T) {
	var s shelf
	within(t, Config{Keep: s.keep}, func(d *desk) {
		told := false
		if _, err := d.fleet.Hand(Payment{Reference: ref}, func() { told = true }); err != nil {
			t.Fatal(err)
		}
		d.fleet.Retell() // the journal asks for all, and this one is not among them yet
		d.pass(time.Minute)
		if len(d.said) > 0 || d.asked() > 0 || told {
			t.Fatalf("%d Snapshots and %d reads before it is kept; the caller was told: %t", len(d.said), d.asked(), told)
		}
		s.commit()
		d.pass(2 * sec)
		if d.want(Waiting, Poll); !told {
			t.Error("the caller was not told")
		}
	})
}

func TestHand_KeepsTheWholeOfAPaymentThatIsFilled(t *testing.T) {
	var s shelf
	within(t, Config{Keep: s.keep}, func(d *desk) {
		d.hand(func(p *Payment) { p.Session, p.Label = 0, "Table 4" })
		d.hand(func(p *Payment) { p.Label, p.Expected = "Table 9", Money{"18.00", "USD"} })
		d.hand(func(p *Payment) { p.Label = "Table 9" }) // nothing new
		s.commit()
		d.pass(sec)
		if len(s.kept) != 2 {
			t.Fatalf("kept %d times", len(s.kept))
		}
		p := s.kept[1]
		if p.Session != 55 || p.Label != "Table 4" || p.Expected.Amount != "18.00" {
			t.Errorf("kept %+v", p)
		}
		if got := d.last().Payment; got != p {
			t.Errorf("told %+v, kept %+v", got, p)
		}
	})
}

// What runs before this one have told nobody may take for newer than this one's, though a
// kill has kept them from the journal.
func TestRestore_CountsOnAboveWhatAnyRunHasTold(t *testing.T) {
	within(t, Config{}, func(d *desk) {
		d.fleet.Restore(d.past(3*sec, func(p *Past) { p.Rev, p.Least = 7, 5_000_000 }))
		d.pass(0)
		if s := d.last(); s.Rev <= 5_000_000 {
			t.Errorf("told as rev %d", s.Rev)
		}
	})
}

// After a restart a payment that is not over is asked about before anything else, channel
// or not: the answer may have come meanwhile.
func TestRestore_AsksFirst(t *testing.T) {
	within(t, Config{}, func(d *desk) {
		d.fleet.Restore(d.past(3*sec, nil))
		d.pass(0)
		d.wantReads(0)
		d.wantChannels(1, 0) // within its window
		if s := d.last(); s.Rev <= 7 || s.HeardAt().IsZero() {
			t.Errorf("told as rev %d, heard %v", s.Rev, s.HeardAt())
		}
	})
	within(t, Config{}, func(d *desk) {
		d.fleet.Restore(d.past(time.Hour, nil))
		d.pass(0)
		d.wantReads(0)
		d.wantChannels(0, 0)
	})
}

// It was WAITING an hour ago, and nobody has asked since: that is no CHECK before Dollr has
// had the time to answer. What was a CHECK stays one without a gap.
func TestRestore_ChangesNoVerdictBeforeDollrCouldAnswer(t *testing.T) {
	within(t, Config{}, func(d *desk) {
		d.says("offline")
		d.fleet.Restore(d.past(time.Hour, nil))
		d.pass(10 * sec)
		d.want(Waiting, Down)
		d.pass(6 * sec)
		d.want(Check, Down)
	})
	within(t, Config{}, func(d *desk) {
		d.says("offline")
		d.fleet.Restore(d.past(time.Hour, func(p *Past) { p.Verdict = Check }))
		d.pass(0)
		for _, s := range d.said {
			if s.Verdict != Check {
				t.Errorf("told as %s", s.Verdict)
			}
		}
	})
}

func TestRestore_TellsWhatHasEndedAndAsksNothing(t *testing.T) {
	var s shelf
	within(t, Config{Recall: s.recall, Keep: s.keep}, func(d *desk) {
		var events []Event
		d.fleet.note = func(e Event) { events = append(events, e) }
		s.has = map[ID]Past{ref: d.past(10*sec, func(p *Past) {
			p.Verdict = Paid
			p.Final = Answer{At: p.At, Code: 200, Reference: ref, Status: StatusCompleted, Payer: Money{"18.00", "USD"}}
			p.Latest, p.Status, p.Phone = p.Final, StatusCompleted, "231******789"
		})}
		d.hand(func(p *Payment) { p.Label, p.Phone = "Table 4", "231770000789" }) // the same file, read again
		s.commit()
		d.pass(time.Hour)
		d.want(Paid, Done)
		d.wantReads()
		last := d.last()
		if first := d.said[0]; !first.At.Equal(d.born.Add(-10 * sec)) {
			t.Errorf("first told as of %s", first.At)
		}
		if last.Label != "Table 4" || last.Phone.Reveal() != "231770000789" || !last.VerifiedAt().Equal(d.born.Add(-10*sec)) {
			t.Errorf("told %+v", last)
		}
		if last.EndedSince(d.born) {
			t.Error("an end of the run before is told as news")
		}
		if len(events) != 1 || events[0].Kind != EventFilled {
			t.Errorf("its history gets %v", events)
		}
	})
}

func TestRestore_LeavesAloneWhatWasStopped(t *testing.T) {
	within(t, Config{}, func(d *desk) {
		d.fleet.Restore(d.past(time.Minute, func(p *Past) { p.Verdict, p.Stopped = Stopped, true }))
		d.pass(time.Hour)
		d.want(Stopped, Done)
		d.wantReads()
		d.fleet.Resume(ref)
		d.pass(0)
		d.wantReads(3600)
	})
}

func TestRestore_DoesNotReplaceWhatIsWatched(t *testing.T) {
	within(t, Config{}, func(d *desk) {
		d.hand(func(p *Payment) { p.Label = "Table 4" })
		d.fleet.Restore(d.past(time.Hour, nil))
		d.pass(sec)
		if d.last().Label != "Table 4" {
			t.Errorf("told %+v", d.last().Payment)
		}
	})
}

func TestRetell_TellsEverythingAgain(t *testing.T) {
	within(t, Config{}, func(d *desk) {
		d.says(StatusCompleted)
		d.hand(func(p *Payment) { p.Executed = d.born.Add(-10 * sec) })
		d.pass(10 * sec)
		d.want(Paid, Done)
		told := len(d.said)
		d.fleet.Retell()
		d.pass(0)
		if len(d.said) != told+1 {
			t.Errorf("told %d times more, want once", len(d.said)-told)
		}
		d.want(Paid, Done)
	})
}

// A restart finds a claim of a minute ago: the API is asked before that is held against it.
func TestRestore_AConfirmingIsNoCheckBeforeDollrCouldAnswer(t *testing.T) {
	within(t, Config{}, func(d *desk) {
		d.says(StatusCompleted)
		d.fleet.Restore(d.past(time.Minute, func(p *Past) {
			p.Verdict, p.Status = Confirming, StatusProcessing
			p.Latest = Answer{At: p.At, Code: 200, Reference: ref, Status: StatusProcessing}
			p.Hint = Hint{Status: StatusCompleted, At: p.At, Claimed: p.At}
		}))
		d.pass(5 * sec)
		for _, s := range d.said {
			if s.Verdict == Check {
				t.Error("CHECK before Dollr could answer")
			}
		}
		d.want(Paid, Done)
	})
}

// The journal could not be read when the payment was handed over; now it can, and had more
// to say than Dollr says today.
func TestRetell_WhatTheJournalHadCountsThoughItCouldNotBeReadAtFirst(t *testing.T) {
	for name, test := range map[string]struct {
		past func(*Past)
		want Verdict
	}{
		"Dollr had contradicted itself": {func(p *Past) {
			p.Verdict = Check
			p.Final = Answer{At: p.At, Code: 200, Reference: ref, Status: StatusCompleted}
			p.Changed = Keep(Answer{At: p.At.Add(time.Minute), Code: 200, Reference: ref, Status: StatusFailed})
		}, Check},
		"it had not been paid": {func(p *Past) {
			p.Verdict = NotPaid
			p.Final = Answer{At: p.At, Code: 200, Reference: ref, Status: StatusFailed}
		}, Check},
		"it had been paid": {func(p *Past) {
			p.Verdict = Paid
			p.Final = Answer{At: p.At, Code: 200, Reference: ref, Status: StatusCompleted}
		}, Paid},
	} {
		t.Run(name, func(t *testing.T) {
			s := &shelf{torn: true}
			within(t, Config{Keep: s.keep, Recall: s.recall}, func(d *desk) {
				d.says(StatusCompleted)
				d.hand()
				s.commit()
				d.pass(5 * sec)
				d.want(Paid, Done)
				past := d.past(time.Hour, func(p *Past) { test.past(p); p.Label = "Table 4" })
				s.torn, s.has = false, map[ID]Past{ref: past}
				told := len(d.said)
				d.fleet.Retell()
				d.pass(sec)
				d.mu.Lock()
				last, news := d.said[len(d.said)-1], len(d.said)-told
				d.mu.Unlock()
				if last.Verdict != test.want || last.Label != "Table 4" || !last.VerifiedAt().Equal(past.At) || news == 0 || last.EndedSince(d.born) {
					t.Errorf("%d times told, last as %+v", news, last)
				}
				d.fleet.Resume(ref)
				d.fleet.Retell() // and once is enough
				d.pass(sec)
				if d.last().Verdict != test.want {
					t.Errorf("it has become %s", d.last().Verdict)
				}
			})
		})
	}
}

// What was stopped has no goroutine, and starting one takes the fleet's lock.
func TestRestore_OfAHeldPaymentWaitsForNobody(t *testing.T) {
	s := &shelf{torn: true}
	within(t, Config{Keep: s.keep, Recall: s.recall}, func(d *desk) {
		d.hand()
		s.commit()
		d.pass(sec)
		d.fleet.Stop(ref)
		d.pass(time.Minute)
		s.torn, s.has = false, map[ID]Past{ref: d.past(time.Hour, nil)}
		d.fleet.Retell()
		d.pass(sec)
		d.want(Stopped, Done)
	})
}

// Dollr contradicted itself in this run; that the run before had the second word first takes
// nothing of it back.
func TestRelearn_KeepsWhatThisRunSaw(t *testing.T) {
	answer := func(status string) Answer { return Answer{Code: 200, Reference: ref, Status: status} }
	w := newWatcher(New(Config{}), Payment{Reference: ref})
	w.known.Final, w.known.Changed, w.known.Latest = answer(StatusCompleted), Keep(answer(StatusFailed)), answer(StatusFailed)
	var past Past
	past.Payment, past.Final = w.known.Payment, answer(StatusFailed)
	w.relearn(past)
	if j := Judge(&w.known, time.Now()); j.Verdict != Check || j.Reason != Contradicted {
		t.Errorf("it is %v", j)
	}
}

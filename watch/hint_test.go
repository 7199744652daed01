package watch

import (
	"fmt"
	"strings"
	"sync"
	"testing"
	"time"
)

func TestWatcher_VerifiesAHintBeforeItSaysPaid(t *testing.T) {
	within(t, Config{}, func(d *desk) {
		d.hand()
		d.tells(Notice{Kind: Ready})
		d.pass(4 * sec)
		d.tells(row("COMPLETED"))
		d.want(Confirming, Live)
		d.pass(3 * sec)
		d.wantReads(0, 4, 4.5, 5.5)
		d.says(StatusCompleted)
		d.pass(sec)
		d.want(Paid, Done)
		d.wantChannels(1, 1)
		if c := d.last().Channel; c.Lost || c.Wrong || c.Late {
			t.Errorf("an honest hint is called %+v", c)
		}
	})
}

func TestWatcher_LooksIntoAHintWithAnUnknownWord(t *testing.T) {
	within(t, Config{}, func(d *desk) {
		d.hand()
		d.tells(Notice{Kind: Ready})
		d.pass(4 * sec)
		d.says(StatusCompleted)
		d.tells(row("succeeded"))
		d.want(Paid, Done)
	})
}

func TestWatcher_DoesNotReadForARoutineHint(t *testing.T) {
	within(t, Config{}, func(d *desk) {
		d.hand()
		d.tells(Notice{Kind: Ready})
		d.pass(sec)
		d.tells(row("pending"))
		d.tells(row("PROCESSING"))
		d.wantReads(0)
		d.want(Waiting, Live)
	})
}

func TestWatcher_DropsARowAboutAnotherPayment(t *testing.T) {
	within(t, Config{}, func(d *desk) {
		d.hand()
		d.tells(Notice{Kind: Ready})
		stray := row("COMPLETED")
		stray.Row.Columns["reference_id"] = []byte(`"00000000-0000-4000-8000-000000000000"`)
		d.tells(stray)
		bad := row("COMPLETED")
		bad.Row.Errors = []string{"Error 413: Payload Too Large"}
		d.tells(bad)
		d.want(Waiting, Live)
		d.pass(sec) // counts alone are told once a second
		if n := d.last().Channel.Dropped; n != 2 {
			t.Errorf("dropped %d, want 2", n)
		}
	})
}

func TestWatcher_CountsAHintThatNeverCame(t *testing.T) {
	within(t, Config{}, func(d *desk) {
		d.hand()
		d.tells(Notice{Kind: Ready})
		d.pass(4 * sec)
		d.says(StatusCompleted)
		d.pass(7 * sec)
		d.want(Paid, Done) // at once; the hint is waited for beside it
		d.wantChannels(1, 0)
		d.pass(3 * sec)
		d.wantChannels(1, 1)
		if !d.last().Channel.Lost || d.fleet.Health().Hints.Lost != 1 {
			t.Errorf("lost hint: %+v", d.last().Channel)
		}
	})
}

func TestWatcher_AHintWithAnUnknownWordIsNotLost(t *testing.T) {
	for name, after := range map[string]bool{"before the read": false, "after the read": true} {
		t.Run(name, func(t *testing.T) {
			within(t, Config{}, func(d *desk) {
				d.hand()
				d.tells(Notice{Kind: Ready})
				d.pass(4 * sec)
				d.says(StatusCompleted)
				if after {
					d.pass(7 * sec)
				}
				d.tells(row("succeeded"))
				d.want(Paid, Done)
				d.pass(4 * sec)
				d.wantChannels(1, 1)
				if h := d.fleet.Health().Hints; h.Lost != 0 || h.Wrong != 0 || (h.Late == 1) != after {
					t.Errorf("hints: %+v", h)
				}
				if d.fleet.trust.losses != 0 {
					t.Error("the channel has told us, and is trusted less for it")
				}
			})
		})
	}
}

func TestWatcher_CountsAHintThatLaggedBehindOnce(t *testing.T) {
	within(t, Config{}, func(d *desk) {
		d.hand()
		d.tells(Notice{Kind: Ready})
		d.pass(20 * sec)
		prompt := row("PENDING")
		prompt.Row.Commit = time.Now().Round(0)
		d.tells(prompt)
		d.says(StatusCompleted)
		commit := time.Now().Round(0)
		d.pass(6 * sec) // a read finds the end at 25 s
		d.want(Paid, Done)
		late := row("COMPLETED")
		late.Row.Commit = commit
		d.tells(late)
		if h := d.fleet.Health().Hints; h.Late != 1 || h.Lost != 0 {
			t.Errorf("hints: %+v", h)
		}
	})
}

func TestWatcher_AClockThatIsSetDoesNotLookLikeALag(t *testing.T) {
	within(t, Config{}, func(d *desk) {
		d.hand()
		d.tells(Notice{Kind: Ready})
		d.pass(8 * sec)
		tell := func(status string) { // committed by a clock that nobody set
			n := row(status)
			n.Row.Commit = time.Now().Round(0)
			d.tells(n)
		}
		tell("PENDING")
		d.mu.Lock()
		d.skew = 4 * sec
		d.mu.Unlock()
		d.pass(2 * sec)
		tell("PROCESSING")
		if !d.fleet.Health().Trusted {
			t.Error("the channel is blamed for our clock")
		}
	})
}

func TestWatcher_CountsALateAndAWrongHint(t *testing.T) {
	within(t, Config{}, func(d *desk) {
		d.hand()
		d.tells(Notice{Kind: Ready})
		d.says(StatusFailed)
		d.pass(11 * sec)
		d.want(NotPaid, Done)
		d.tells(row("COMPLETED"))
		d.want(NotPaid, Done)
		h := d.fleet.Health().Hints
		if h.Late != 1 || h.Wrong != 1 || h.Lost != 0 {
			t.Errorf("hints: %+v", h)
		}
	})
}

func TestWatcher_TakesAHintBeforeItsChannelIsReady(t *testing.T) {
	within(t, Config{}, func(d *desk) {
		d.hand()
		d.says(StatusCompleted)
		d.tells(row("COMPLETED"))
		d.want(Paid, Done)
		d.wantReads(0)
	})
}

func TestWatcher_LooksIntoAnUnknownWordEachTimeItIsSaid(t *testing.T) {
	within(t, Config{}, func(d *desk) {
		d.hand()
		d.tells(Notice{Kind: Ready})
		d.pass(2 * sec)
		d.tells(row("settled"))
		d.pass(8 * sec)
		before := d.asked()
		for range 5 { // and what comes by the dozen costs one read
			d.tells(row("settled"))
		}
		if n := d.asked() - before; n != 1 {
			t.Errorf("five more of it made %d reads", n)
		}
		d.pass(3 * sec)
		d.says(StatusCompleted)
		d.tells(row("settled"))
		d.want(Paid, Done)
		if n := d.last().Channel.Duplicates; n != 6 {
			t.Errorf("%d duplicates", n)
		}
	})
}

func TestWatcher_LooksIntoARowWithoutAStatus(t *testing.T) {
	within(t, Config{}, func(d *desk) {
		d.hand()
		d.tells(Notice{Kind: Ready})
		d.pass(2 * sec)
		d.says(StatusFailed)
		silent := row("x")
		delete(silent.Row.Columns, "status")
		d.tells(silent)
		d.want(NotPaid, Done)
	})
}

// An API that hangs must not hold up the answer to a hint for the whole of a call's limit.
func TestWatcher_AHungReadMakesWayForAVerify(t *testing.T) {
	within(t, Config{}, func(d *desk) {
		d.hand()
		d.tells(Notice{Kind: Ready})
		d.pass(9 * sec)
		d.says("hang")
		d.pass(1500 * time.Millisecond) // the quiet channel's read at 10 s hangs
		d.says(StatusCompleted)
		d.tells(row("COMPLETED"))
		d.want(Confirming, Live)
		d.pass(1900 * time.Millisecond)
		d.want(Confirming, Live)
		d.pass(200 * time.Millisecond) // it has hung for 2.5 s
		d.want(Paid, Done)
		if s := d.last(); s.Failing() || s.Trouble != "" {
			t.Errorf("the read that made way is held against Dollr: %q", s.Trouble)
		}
	})
}

func TestWatcher_TwoGapsInAMomentAreReadOnce(t *testing.T) {
	within(t, Config{}, func(d *desk) {
		d.takes(500 * time.Millisecond)
		d.hand()
		d.tells(Notice{Kind: Ready})
		d.pass(100 * time.Millisecond)
		d.tells(Notice{Kind: Ready})
		d.pass(8 * sec)
		d.wantReads(0.5)
		d.pass(3 * sec)
		d.wantReads(0.5, 10.6)
	})
}

// What Supabase says goes to the row, the lines and the journal: it may repeat anything.
func TestWatcher_TellsNoNumberAndNoSecretOfTheChannelsWords(t *testing.T) {
	const said = "no rights for +231 88 345 6789 with pi_3_secret_77"
	var told strings.Builder
	var mu sync.Mutex
	note := func(e Event) {
		mu.Lock()
		defer mu.Unlock()
		fmt.Fprintln(&told, e.Word, e.Text, e.Raw)
	}
	within(t, Config{Note: note}, func(d *desk) {
		d.hand()
		d.tells(Notice{Kind: Ready})
		bad := row("231883456789")
		d.tells(bad)
		bad.Row.Errors = []string{said}
		d.tells(bad)
		d.tells(Notice{Kind: Lost, Why: said})
		s := d.last()
		mu.Lock()
		defer mu.Unlock()
		fmt.Fprintln(&told, s.Trouble, s.Hint.Status)
		if text := told.String(); strings.Contains(text, "345") || strings.Contains(text, "_secret_") || !strings.Contains(s.Trouble, "231******789") {
			t.Errorf("it tells\n%s", text)
		}
	})
}

// A server takes its word back a thousand times a second. That is told now and then, and what Dollr
// says is told at once.
func TestWatcher_AChannelThatChangesItsWordAllTheTimeIsToldNowAndThen(t *testing.T) {
	for name, words := range map[string][2]string{
		"on its way": {StatusPending, StatusProcessing}, "both ends": {StatusCompleted, StatusFailed}, "odd words": {"odd", "even"},
	} {
		t.Run(name, func(t *testing.T) {
			within(t, Config{}, func(d *desk) {
				d.hand()
				d.tells(Notice{Kind: Ready})
				d.pass(sec)
				before := d.told()
				for i := range 5000 {
					d.tells(row(words[i%2]))
					d.pass(time.Millisecond)
				}
				if n := d.told() - before; n < 3 || n > 20 {
					t.Errorf("%d Snapshots in five seconds", n)
				}
				d.pass(2 * sec)
				if got := d.last().Hint.Status; got != words[1] {
					t.Errorf("the last word is %q, and %q is shown", words[1], got)
				}
				d.says(StatusCompleted)
				d.fleet.Verify(ref)
				d.pass(0)
				d.want(Paid, Done)
			})
		})
	}
}

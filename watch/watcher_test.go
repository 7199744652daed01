package watch

import (
	"testing"
	"time"
)

const sec = time.Second

func TestWatcher_PollsAPaymentWithoutASession(t *testing.T) {
	within(t, Config{}, func(d *desk) {
		d.hand(func(p *Payment) { p.Session = 0 })
		d.want(Waiting, Poll)
		d.pass(7 * sec)
		d.says(StatusCompleted)
		d.pass(3 * sec)
		d.want(Paid, Done)
		d.wantChannels(0, 0)
		asked := d.asked()
		d.pass(time.Hour)
		if d.asked() != asked {
			t.Error("asked on after the end")
		}
	})
}

func TestWatcher_GivesAFreshPaymentsChannelAHeadStart(t *testing.T) {
	within(t, Config{}, func(d *desk) {
		d.hand()
		d.want(Waiting, Join)
		d.pass(sec / 2)
		d.wantReads()
		d.tells(Notice{Kind: Ready})
		d.wantReads(0.5)
		d.want(Waiting, Live)
		d.pass(25 * sec)
		d.wantReads(0.5, 10.5, 25.5)
	})
}

func TestWatcher_ReadsAfterASecondWhenTheJoinTakesLonger(t *testing.T) {
	within(t, Config{}, func(d *desk) {
		d.hand()
		d.pass(1100 * time.Millisecond)
		d.wantReads(1)
		d.want(Waiting, Join)
		d.pass(4500 * time.Millisecond)
		if n := d.asked(); n != 3 {
			t.Errorf("polled %d times while the join was pending, want 3", n)
		}
	})
}

func TestWatcher_ReadsAnOlderPaymentAtOnce(t *testing.T) {
	within(t, Config{}, func(d *desk) {
		d.hand(func(p *Payment) { p.Executed = d.born.Add(-10 * sec) })
		d.wantReads(0)
		d.want(Waiting, Join)
	})
}

func TestWatcher_OpensNoChannelPastItsWindow(t *testing.T) {
	within(t, Config{}, func(d *desk) {
		d.hand(func(p *Payment) { p.Executed = d.born.Add(-31 * sec) })
		d.want(Waiting, Poll)
		d.wantChannels(0, 0)
	})
}

func TestWatcher_PollsBesideTheChannelPastItsWindow(t *testing.T) {
	within(t, Config{}, func(d *desk) {
		d.hand()
		d.tells(Notice{Kind: Ready})
		d.pass(41 * sec)
		d.want(Waiting, Live)
		if n := d.asked(); n < 4 || n > 6 { // 0, 10, 25, 30, 35, 40
			t.Errorf("asked %d times", n)
		}
		d.wantChannels(1, 0) // its key lives
	})
}

func TestWatcher_LeavesAtTheWindowsEndWhenToldTo(t *testing.T) {
	within(t, Config{Window: WindowStrict}, func(d *desk) {
		d.hand()
		d.tells(Notice{Kind: Ready})
		d.pass(29 * sec)
		d.wantChannels(1, 0)
		d.pass(2 * sec)
		d.wantChannels(1, 1)
		d.want(Waiting, Poll)
	})
}

func TestWatcher_AsksAgainAfterAnUnexpectedSystemOk(t *testing.T) {
	within(t, Config{}, func(d *desk) {
		d.hand()
		d.tells(Notice{Kind: Ready})
		d.pass(2 * sec)
		d.tells(Notice{Kind: Ready, Asked: true}) // our own token push
		d.tells(Notice{Kind: Ready})
		d.tells(Notice{Kind: Ready})
		d.pass(7 * sec)
		d.wantReads(0)
		d.pass(2 * sec) // one gap read in ten seconds
		d.wantReads(0, 10)
	})
}

func TestWatcher_PollsWhileItsSocketIsSilent(t *testing.T) {
	within(t, Config{}, func(d *desk) {
		d.hand()
		d.tells(Notice{Kind: Ready})
		d.pass(3 * sec)
		d.tells(Notice{Kind: Stalled})
		d.want(Waiting, Poll)
		d.wantReads(0, 3)
		d.tells(Notice{Kind: Resumed})
		d.want(Waiting, Live)
		d.tells(Notice{Kind: Lost, Why: "the socket closed (1006)"})
		d.want(Waiting, Poll)
		if got := d.last().Trouble; got != "the socket closed (1006)" {
			t.Errorf("trouble is %q", got)
		}
	})
}

func TestWatcher_SaysCheckWhenDollrContradictsItself(t *testing.T) {
	within(t, Config{}, func(d *desk) {
		d.hand(func(p *Payment) { p.Session = 0 })
		d.says(StatusCompleted)
		d.pass(3 * sec)
		d.want(Paid, Done)
		d.says("500")
		d.fleet.Verify(ID(ref))
		d.pass(sec)
		d.want(Paid, Done) // trouble, not an answer
		if d.last().Trouble == "" {
			t.Error("the failed recheck is not told")
		}
		d.says(StatusFailed)
		d.fleet.Verify(ID(ref))
		d.pass(sec)
		d.want(Check, Done)
		if s := d.last(); s.Final.Status != StatusCompleted || s.Changed.Answer().Status != StatusFailed {
			t.Errorf("both answers are not kept: %q, %q", s.Final.Status, s.Changed.Answer().Status)
		}
	})
}

func TestWatcher_StopsAndResumes(t *testing.T) {
	within(t, Config{}, func(d *desk) {
		d.hand()
		d.tells(Notice{Kind: Ready})
		d.fleet.Stop(ID(ref))
		d.pass(time.Minute)
		d.want(Stopped, Done)
		d.wantChannels(1, 1)
		if added, _ := d.fleet.Add(Payment{Session: 55, Reference: ref}); added != Again {
			t.Error("handing it over again restarted it")
		}
		d.says(StatusCompleted)
		d.fleet.Resume(ID(ref))
		d.pass(sec)
		d.want(Paid, Done)
	})
}

func TestWatcher_HealsWhenDollrAnswersAgain(t *testing.T) {
	within(t, Config{}, func(d *desk) {
		d.hand(func(p *Payment) { p.Session = 0 })
		d.says("offline")
		d.pass(3 * sec)
		d.want(Waiting, Down)
		d.pass(31 * sec)
		d.want(Check, Down)
		if h := d.fleet.Health(); h.Trouble != NoInternet {
			t.Errorf("the program's trouble is %v", h.Trouble)
		}
		d.says(StatusProcessing)
		d.pass(6 * sec)
		d.want(Waiting, Poll)
		if h := d.fleet.Health(); h.Trouble != NoTrouble {
			t.Errorf("the program's trouble is still %v", h.Trouble)
		}
	})
}

func TestWatcher_WaitsOutA429(t *testing.T) {
	within(t, Config{}, func(d *desk) {
		d.hand(func(p *Payment) { p.Session = 0 })
		d.says("429")
		d.pass(9 * sec)
		d.want(Waiting, Wait)
		if h := d.fleet.Health(); h.Trouble != SlowedDown || h.StatusRate != 10 {
			t.Errorf("%v at %v/s", h.Trouble, h.StatusRate)
		}
		n := d.asked()
		d.says(StatusCompleted)
		d.pass(4 * sec)
		if d.asked() != n {
			t.Error("asked before Retry-After was over")
		}
		d.pass(5 * sec)
		d.want(Paid, Done)
	})
}

func TestWatcher_SurvivesAPanicOfOurs(t *testing.T) {
	within(t, Config{}, func(d *desk) {
		d.says("panic")
		d.hand(func(p *Payment) { p.Session = 0 })
		d.want(Check, Done)
		if s := d.last(); s.Reason != Broken || contains(s.Trouble, "on purpose") {
			t.Errorf("reason %d, trouble %q", s.Reason, s.Trouble)
		}
		d.says(StatusCompleted)
		d.fleet.Verify(ID(ref))
		d.pass(sec)
		d.want(Paid, Done)
	})
}

func TestWatcher_AnswersAPersonAtOnce(t *testing.T) {
	within(t, Config{}, func(d *desk) {
		d.hand()
		d.tells(Notice{Kind: Ready})
		d.pass(3 * sec)
		d.says(StatusCompleted)
		d.fleet.Verify(ID(ref))
		d.pass(time.Millisecond)
		d.want(Paid, Done)
	})
}

func TestWatcher_AnswersAPersonByAReadThatStartedLater(t *testing.T) {
	within(t, Config{}, func(d *desk) {
		d.takes(3 * sec)
		d.hand(func(p *Payment) { p.Session, p.Executed = 0, d.born.Add(-time.Hour) })
		d.pass(sec)
		d.fleet.Verify(ID(ref)) // while the first read is under way
		d.pass(8 * sec)
		d.wantReads(3, 6)
		d.pass(10 * sec)
		d.wantReads(3, 6)
	})
}

// Dollr takes five seconds to answer, and somebody presses v each three seconds. The answer to the
// first question is theirs, and the next question does not give it up.
func TestWatcher_AnswersAPersonWhoAsksAgainAndAgain(t *testing.T) {
	withMany(t, DefaultStatusRate, Config{}, func(m *many) {
		it := m.hand(1, "slow", false)[0]
		time.Sleep(7 * time.Second)
		m.end(it)
		for range 5 {
			m.fleet.Verify(it.id)
			time.Sleep(3 * time.Second)
		}
		if took := m.took([]*play{it}); len(took) > 0 && took[0] > 10*time.Second {
			t.Errorf("it has a verdict after %v", took[0])
		}
	})
}

// Somebody asks about a payment that is PAID, and the call hangs. Many more hang, so it is given up
// to make room: the question is still open.
func TestWatcher_AQuestionAboutAnEndedPaymentOutlivesACallThatIsGivenUp(t *testing.T) {
	withMany(t, DefaultStatusRate, Config{}, func(m *many) {
		paid := m.hand(1, "", false)
		m.end(paid[0])
		time.Sleep(3 * time.Second)
		before := m.of(paid[0])
		if last(before.said).Verdict != Paid {
			m.Fatalf("it is %v", last(before.said).Verdict)
		}
		m.does(paid, "hang")
		m.fleet.Verify(paid[0].id)
		time.Sleep(100 * time.Millisecond)
		m.does(paid, "") // the next one would be answered
		m.hand(100, "hang", false)
		time.Sleep(9 * time.Second) // the call had ten, and there was no room
		if now := m.of(paid[0]); now.reads != before.reads+2 || now.answered != before.answered+1 {
			t.Errorf("it was asked %d times, and answered %d times", now.reads-before.reads, now.answered-before.answered)
		}
	})
}

func TestWatcher_RefusesToSayPaidOfAnotherPayment(t *testing.T) {
	within(t, Config{}, func(d *desk) {
		d.says("another's")
		d.hand(func(p *Payment) { p.Session = 0 })
		d.want(Waiting, Down)
		d.pass(31 * sec)
		d.want(Check, Down)
	})
}

func TestWatcher_KeepsTheChannelOfAPaymentThatIsNotExecutedYet(t *testing.T) {
	within(t, Config{}, func(d *desk) {
		d.says("404")
		d.hand()
		d.tells(Notice{Kind: Ready})
		d.pass(5 * time.Minute)
		d.want(Waiting, Live)
		if !d.last().NotStarted || d.last().Slow {
			t.Error("not shown as not started")
		}
		if !d.wanted(4*time.Minute) || d.wanted(6*time.Minute) {
			t.Error("the channel is not wanted for ten minutes")
		}
		d.says(StatusPending)
		d.tells(row("PENDING")) // it is executed: look, whatever the word
		if d.last().NotStarted {
			t.Error("still shown as not started")
		}
		if !d.wanted(29*sec) || d.wanted(31*sec) {
			t.Error("the window does not begin with the execution")
		}
	})
}

func TestWatcher_IsDueAtOnceAfterTheClockJumps(t *testing.T) {
	within(t, Config{}, func(d *desk) {
		d.hand()
		d.tells(Notice{Kind: Ready})
		d.pass(2500 * time.Millisecond)
		d.mu.Lock()
		d.skew = time.Hour // the lid was closed
		d.status = StatusCompleted
		d.mu.Unlock()
		d.pass(sec)
		d.want(Paid, Done)
	})
}

func TestFleet_ARefusedKeyIsNoRefusedLogin(t *testing.T) {
	within(t, Config{}, func(d *desk) {
		d.hand()
		d.keys(&Fault{Kind: FaultGated, Code: 403, Text: "realtime is not switched on"})
		if _, err := d.token(); err == nil {
			t.Error("a refused key was given")
		}
		if h := d.fleet.Health(); h.Trouble != NoTrouble {
			t.Errorf("the program's trouble is %v: a key costs only its channel", h.Trouble)
		}
	})
}

func TestFleet_RefusesASecondSessionForOneReference(t *testing.T) {
	within(t, Config{}, func(d *desk) {
		d.hand()
		if _, err := d.fleet.Add(Payment{Session: 56, Reference: ref}); err == nil {
			t.Error("it was taken")
		}
		if added, err := d.fleet.Add(Payment{Reference: ref, Label: "Table 4"}); added != Filled || err != nil {
			t.Errorf("the label was not filled in: %v, %v", added, err)
		}
		d.pass(sec)
		if got := d.last().Label; got != "Table 4" {
			t.Errorf("label %q", got)
		}
	})
}

func TestWatcher_DoesNotHearTheChannelThatItLeft(t *testing.T) {
	within(t, Config{}, func(d *desk) {
		d.hand()
		d.tells(Notice{Kind: Ready})
		d.mu.Lock()
		old := *d.line
		d.mu.Unlock()
		d.fleet.Stop(ID(ref))
		d.pass(sec)
		d.fleet.Resume(ID(ref))
		d.pass(sec)
		d.wantChannels(2, 1)
		d.tells(Notice{Kind: Ready})
		old.Hear(Notice{Kind: Lost, Why: "late news", Over: true})
		d.pass(sec)
		d.want(Waiting, Live)
	})
}

func TestWatcher_OpensNoChannelForAnOldPaymentWhateverTheWindow(t *testing.T) {
	within(t, Config{Window: WindowUntilFinal}, func(d *desk) {
		d.hand(func(p *Payment) { p.Executed = d.born.Add(-time.Hour) })
		d.want(Check, Poll)
		d.wantChannels(0, 0)
	})
}

// Its turn came when half a minute had gone, and then it turns out that the customer has
// not begun: the window is open again.
func TestWatcher_OpensAChannelWhenItsWindowOpensAgain(t *testing.T) {
	within(t, Config{}, func(d *desk) {
		d.says("500")
		d.hand()
		d.pass(31 * sec)
		d.tells(Notice{Kind: Lost, Why: "no longer wanted", Over: true})
		d.wantChannels(1, 1)
		d.says("404")
		d.pass(10 * sec)
		d.wantChannels(2, 1)
		d.tells(Notice{Kind: Ready})
		d.want(Waiting, Live)
	})
}

func TestWatcher_AskedForNothingAChannelThatIsRefusedStaysAway(t *testing.T) {
	within(t, Config{}, func(d *desk) {
		d.hand()
		d.tells(Notice{Kind: Lost, Why: "getting a realtime key: 403", Over: true})
		d.pass(20 * sec)
		d.wantChannels(1, 1)
		d.want(Waiting, Poll)
	})
}

package watch

import (
	"context"
	"testing"
	"time"
)

// paper is a budget that makes no calls by itself: the test chooses and settles them.
type paper struct {
	*testing.T
	*budget
	now time.Time
}

func onPaper(t *testing.T) *paper {
	return &paper{T: t, budget: newBudget(1000, 1000, func(bool, error) {}), now: noon}
}

// call puts a call, starts it, and ends it so much later.
func (p *paper) call(l *lane, s *standing, took time.Duration, err error) *ask {
	p.Helper()
	a := p.starts(l, s)
	p.now = p.now.Add(took)
	p.settle(l, a, err, p.now)
	return a
}

func (p *paper) starts(l *lane, s *standing) *ask {
	p.Helper()
	a := &ask{kind: readPoll, asked: p.now, deadline: p.now, index: -1, standing: s}
	p.put(l, a)
	p.now = p.now.Add(time.Second)
	if got, wait := p.choose(l, p.now); got != a {
		p.Fatalf("it is not called, and waits %v", wait)
	}
	return a
}

func TestSettle_WhoHangs(t *testing.T) {
	p := onPaper(t)
	s := &standing{}
	p.call(p.status, s, 50*time.Millisecond, nil)
	for _, c := range []struct {
		took time.Duration
		err  error
		hung bool
	}{
		{900 * time.Millisecond, fault500, false}, {1100 * time.Millisecond, faultReset, true}, {10 * time.Millisecond, fault500, false},
		{2 * sec, errOvertaken, true}, {3 * sec, nil, false},
	} {
		if p.call(p.status, s, c.took, c.err); s.hung != c.hung {
			t.Errorf("%v after %v: hung %t", c.err, c.took, s.hung)
		}
	}
}

func TestSettle_ARefusalIsAnAnswerOfTheAPI(t *testing.T) {
	p := onPaper(t)
	s := &standing{}
	p.call(p.status, s, 0, fault500)
	p.call(p.status, s, 0, &Fault{Kind: FaultRejected}) // of ours: the question was not put
	if p.status.failures != 1 || !p.status.troubled || s.failed != 2 {
		t.Errorf("%d failures, %d of the payment", p.status.failures, s.failed)
	}
	answers := p.status.answers
	p.call(p.status, s, 0, &Fault{Kind: FaultRejected, Code: 400})
	if p.status.failures != 0 || p.status.troubled || s.failed != 3 || p.status.answers != answers+1 {
		t.Errorf("%d failures, %d of the payment, %d answers", p.status.failures, s.failed, p.status.answers)
	}
}

func TestSettle_AKeyThatIsNotGrantedSaysNothingOfTheAPI(t *testing.T) {
	p := onPaper(t)
	p.call(p.keys, &standing{}, 0, fault403)
	p.call(p.status, &standing{}, 0, fault403)
	if p.keys.failures != 0 || p.status.failures != 1 {
		t.Errorf("%d failures of keys, %d of statuses", p.keys.failures, p.status.failures)
	}
}

func TestSettle_WhoWaitsIsToldOnceTheAPIIsUpForAWhile(t *testing.T) {
	p := onPaper(t)
	told := 0
	waits := func() {
		p.put(p.status, &ask{kind: readPoll, asked: p.now, deadline: p.now.Add(time.Hour), look: func() { told++ }})
	}
	for range 4 {
		p.call(p.status, &standing{}, 0, fault500)
	}
	waits() // it comes when the API is down
	if p.open() == nil || told != 1 || p.calm(p.now.Add(time.Hour)) {
		t.Fatalf("down %v, told %d times", p.open(), told)
	}
	p.status.alive(p.now)
	waits()
	if p.calm(p.now.Add(calmFor-1)) || told != 1 {
		t.Errorf("told %d times before it is up for a while", told)
	}
	if !p.calm(p.now.Add(calmFor)) || told != 3 || p.calm(p.now.Add(time.Hour)) {
		t.Errorf("told %d times", told)
	}
}

func TestSettle_SinceWhenNoCallThatSpeaksForAllIsAnswered(t *testing.T) {
	p := onPaper(t)
	known := &standing{summon: func() {}}
	p.call(p.status, known, 0, nil)
	p.starts(p.status, &standing{})
	p.starts(p.keys, &standing{})
	if silent := p.load(p.now).silent; !silent.IsZero() {
		t.Errorf("silent since %v, by calls of payments that were never answered", silent)
	}
	at := p.starts(p.status, known).started
	if silent := p.load(p.now).silent; !silent.Equal(at) {
		t.Errorf("silent since %v, want %v", silent, at)
	}
	p.retire(known)
	if silent := p.load(p.now).silent; !silent.Before(at) {
		t.Errorf("none is left that was answered, and it is silent since %v", silent)
	}
}

func throttled(after time.Duration) error {
	return &Fault{Kind: FaultThrottled, Code: 429, RetryAfter: after}
}

func TestThrottle_APauseIsNotShortenedByALaterWord(t *testing.T) {
	p := onPaper(t)
	one, two := p.starts(p.status, &standing{}), p.starts(p.status, &standing{})
	p.settle(p.status, one, throttled(40*sec), p.now)
	p.settle(p.status, two, throttled(sec), p.now.Add(sec))
	if got := p.status.pausedTo.Sub(p.now); got != 40*sec {
		t.Errorf("the pause is %v", got)
	}
	if waits, until := p.waiting(p.status, two); !waits || !until.Equal(p.status.pausedTo) {
		t.Errorf("it waits %t until %v", waits, until)
	}
	two.parkedTo = p.now.Add(time.Minute)
	if _, until := p.waiting(p.status, two); !until.Equal(two.parkedTo) {
		t.Errorf("one that is parked waits until %v", until)
	}
	if p.status.limiter.Limit() != 500 {
		t.Errorf("the rate is %v", p.status.limiter.Limit())
	}
}

func TestThrottle_OnlyACallThatWasStartedLaterEndsTheStorm(t *testing.T) {
	p := onPaper(t)
	before := p.starts(p.status, &standing{})
	p.call(p.status, &standing{}, 0, throttled(sec))
	p.settle(p.status, before, nil, p.now)
	if !p.status.testing {
		t.Error("an answer to a call from before ends it")
	}
	p.status.queues = newQueues()
	p.now = p.now.Add(2 * sec)
	p.call(p.status, &standing{}, 0, nil)
	if p.status.testing {
		t.Error("it goes on")
	}
}

// Others were answered between the two, if only with a refusal: the 429 is the payment's own.
func TestThrottle_ASecondOneIsOnesOwnWhenOthersWereAnsweredSince(t *testing.T) {
	p := onPaper(t)
	s := &standing{}
	a := p.call(p.status, s, 0, throttled(sec))
	p.drop(p.status, a)
	p.now = p.now.Add(2 * sec)
	p.call(p.status, &standing{}, 0, &Fault{Kind: FaultRejected, Code: 400})
	paused := p.status.pausedTo
	if b := p.call(p.status, s, 0, throttled(0)); b.class != noClass || b.parkedTo.Sub(p.now) != 2*sec || !p.status.pausedTo.Equal(paused) {
		t.Errorf("it waits until %v in class %d, the others until %v", b.parkedTo.Sub(p.now), b.class, p.status.pausedTo.Sub(p.now))
	}
}

func TestWitness_AnAnswerMakesItTheFirst(t *testing.T) {
	o, all := witnesses(3)
	o.answer(all[0], noon.Add(10*sec))
	o.fail(&standing{}, fault500, noon.Add(11*sec))
	if o.witness(time.Time{}, noon.Add(20*sec)) != all[0] {
		t.Error("the one that was answered last is not asked first")
	}
}

// A call that is made more urgent is asked from then on, keeps the earlier deadline, and a pause
// of its own ends only for a person.
func TestHasten_WhatBecomesOfACall(t *testing.T) {
	p := onPaper(t)
	a := &ask{kind: readSlow, asked: noon, deadline: noon.Add(10 * sec), index: -1, call: func(context.Context) error { return nil }}
	p.put(p.status, a)
	p.status.remove(a)
	a.parkedTo = time.Now().Add(time.Minute)
	p.status.push(a, noClass)
	if !p.hasten(p.status, a, readVerify, noon.Add(time.Minute)) || a.class != noClass || !a.deadline.Equal(noon.Add(10*sec)) || a.asked.Equal(noon) {
		t.Errorf("class %d, deadline %v", a.class, a.deadline)
	}
	if !p.hasten(p.status, a, readUser, noon) || a.class != classPerson || !a.deadline.Equal(noon) {
		t.Errorf("a person asks: class %d, deadline %v", a.class, a.deadline)
	}
	if !p.drop(p.status, a) || p.drop(p.status, a) || p.hasten(p.status, a, readUser, noon) {
		t.Error("it waits, though it was dropped")
	}
}

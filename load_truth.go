package main

import (
	"context"
	"errors"
	"fmt"
	"strings"
	"time"

	"tillwatch/sandbox"
	"tillwatch/sandbox/remote"
	"tillwatch/watch"
	"tillwatch/watch/load"
)

// judge has the run's verdicts compared with what became of the payments, where a sandbox
// can tell. Where one has answered and they are not compared, it says so.
func (s *shift) judge() {
	if s.hands != nil {
		defer s.hands.control.Close()
	}
	switch all, _ := s.api.Simulated(); {
	case all && s.hands != nil:
		s.compare()
	case all:
		s.uncompared(errors.New("when the run began no sandbox said at its address that it is one"))
	case s.hands != nil && !s.api.Answered().IsZero():
		s.uncompared(errors.New("not all answers came from the sandbox"))
	}
}

// uncompared says why it is unknown whether the verdicts are right.
func (s *shift) uncompared(err error) {
	s.aside.Alarm("the verdicts are not compared with the truth: %v", err)
}

// compare asks the sandbox for the last time.
func (s *shift) compare() {
	if err := s.lastLook(context.Background()); err != nil {
		switch {
		case s.asked.Apart && errors.Is(err, remote.ErrSilent):
			s.unjudged = fmt.Errorf("%w, and is killed", err)
		case s.asked.Own:
			s.unjudged = err
		default:
			s.uncompared(err)
		}
		return
	}
	s.run.Judge(nil)
	s.judged = true
}

// lastLook learns what is not learned yet. A sandbox that is younger than the run has not made
// the first of its payments, so it knows nothing that could make a verdict wrong.
func (s *shift) lastLook(ctx context.Context) error {
	ran := time.Since(s.began) // before it is asked: what the answer takes makes it older
	state, err := s.hands.control.State(ctx)
	if err != nil {
		return err
	}
	if up := time.Duration(state.Uptime * float64(time.Second)); up < s.age+ran-rounding {
		return errors.New("the sandbox was started anew while the run went on")
	}
	return s.look(ctx)
}

// rounding is how far two tellings of one time are apart at most, for the digits they leave out.
const rounding = time.Millisecond

// learn looks each second until ctx ends: how quick we are is then on the screen, whatever
// customers take, and what is too much to be kept can be judged.
func (s *shift) learn(ctx context.Context) {
	eachSecond(ctx, func(time.Time) {
		_ = s.look(ctx) // what was missed comes with the next
	})
}

// look tells the run what the sandbox knows since the look before. It is for one goroutine at
// a time.
func (s *shift) look(ctx context.Context) error {
	asked, since := time.Now(), s.since
	facts := make([]load.Fact, 0, 1000) // so many at a time, for the watchers pass between
	err := s.hands.control.Truth(ctx, s.since, func(t sandbox.Truth) {
		since = max(since, t.Since)
		if facts = append(facts, factOf(t)); len(facts) == cap(facts) {
			s.run.Learn(facts)
			facts = facts[:0]
		}
	})
	s.run.Learn(facts)
	if err != nil {
		return err
	}
	s.since = since
	s.run.Learned(asked)
	return nil
}

// lastWords are the verdicts of a sandbox's last words.
var lastWords = map[string]watch.Verdict{
	"COMPLETED": watch.Paid, "PAID": watch.Paid, "FAILED": watch.NotPaid, "CANCELED": watch.NotPaid,
}

// factOf is what the sandbox says of one payment. What is taken back was PAID, and rightly
// said to be; that is the last word that a watcher waits for.
func factOf(t sandbox.Truth) load.Fact {
	p := watch.Payment{Reference: t.Reference, SourceType: strings.ToUpper(t.SourceType), SourceID: t.SourceID}
	f := load.Fact{ID: p.ID()}
	amount, err := watch.ParseMoney(t.Amount, t.Currency)
	if err != nil {
		return f // what cannot be compared is not judged
	}
	f.Amount = amount
	switch word, last := lastWords[t.Status]; {
	case !last:
	case t.Scenario == "flip" && t.Final:
		f.Verdict = watch.Paid // the time is unknown
	case t.Scenario == "flip", t.Final:
		f.Verdict, f.At = word, t.At
	}
	return f
}

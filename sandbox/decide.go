package sandbox

import (
	"errors"
	"fmt"
	"slices"
	"strconv"
	"strings"
)

// Outcome is what a presenter does to one payment.
type Outcome string

// The outcomes. The last two touch the link and not the money; a socket is shared, so the
// neighbours of the payment feel them too, as they would in the field.
const (
	Approve   Outcome = "approve"    // the customer approves now
	Decline   Outcome = "decline"    // the customer refuses now
	NoPrompt  Outcome = "no-prompt"  // the PIN prompt does not come, until Dialled
	Dialled   Outcome = "dialled"    // the customer dials the code or passes 3-D Secure: paid in seconds
	TakeBack  Outcome = "take-back"  // a COMPLETED payment becomes FAILED
	CutLink   Outcome = "cut"        // the sockets are cut
	ExpireKey Outcome = "expire-key" // the sockets are cut, and keys of this payment live 20 s from now on
)

// outcomes is the order in which a menu shows them.
var outcomes = []Choice{
	{string(Approve), "the customer approves now"},
	{string(Decline), "the customer refuses now"},
	{string(NoPrompt), "the PIN prompt does not come, until dialled"},
	{string(Dialled), "the customer dials, or approves at the bank: paid in seconds"},
	{string(TakeBack), "a COMPLETED payment becomes FAILED"},
	{string(CutLink), "the sockets are cut, its neighbours' too"},
	{string(ExpireKey), "the sockets are cut, and its keys live 20 s from now on"},
}

// Outcomes lists all outcomes. The caller owns the slice.
func Outcomes() []Choice { return slices.Clone(outcomes) }

// Decide lets a presenter decide about one payment, named by its reference or, when it is
// hosted, by its source as ORDER:101. What cannot be any more is refused in one line.
func (s *Server) Decide(name string, outcome Outcome) error {
	s.mu.Lock()
	err := s.decide(name, outcome)
	s.mu.Unlock()
	s.flush()
	if err != nil {
		return fmt.Errorf("deciding about %q: %w", name, err)
	}
	if outcome == CutLink || outcome == ExpireKey {
		s.rt.CutSockets(0)
	}
	return nil
}

// errOutcome is about a word that is no outcome.
var errOutcome = errors.New("unknown outcome")

// errNoPayment is about a name that no payment has.
var errNoPayment = errors.New("there is no such payment")

// decide does Decide's work on the payment. The caller holds mu.
func (s *Server) decide(name string, outcome Outcome) error {
	p := s.named(name)
	if p == nil {
		return errNoPayment
	}
	// A hosted checkout is decided in its source's words.
	yes, no, open := completed, failed, processing
	if p.reference == "" {
		yes, no, open = sourcePaid, sourceCanceled, sourceProcessing
	}
	isFinal := p.status == yes || p.status == no
	refused, _ := scenarioNamed("declined")
	back, _ := scenarioNamed("flip")
	switch outcome {
	case CutLink:
		return nil
	case ExpireKey:
		if p.session == nil {
			return fmt.Errorf("a hosted checkout has no key")
		}
		p.session.shortKeys = true
		return nil
	case TakeBack:
		if p.reference == "" || p.status != completed {
			return fmt.Errorf("only a COMPLETED collection can be taken back, this one is %s", p.status)
		}
		s.rewrite(p, step{status: failed, s: back})
		return nil
	case Approve, Decline, NoPrompt, Dialled:
	default:
		return fmt.Errorf("%w %q; known are %s", errOutcome, outcome, namesOf(outcomes))
	}
	switch {
	case !p.landed:
		return fmt.Errorf("it is not executed yet")
	case isFinal:
		return fmt.Errorf("it is %s already", p.status)
	case outcome == Dialled && !p.waiting:
		return fmt.Errorf("it does not wait for the customer to dial")
	}
	switch outcome {
	case Approve:
		s.rewrite(p, step{status: yes})
	case Decline:
		s.rewrite(p, step{status: no, s: refused})
	case NoPrompt:
		s.rewrite(p, step{status: open}, step{after: released.least, held: true, status: yes})
	case Dialled: // the operator still takes its seconds
		next := p.steps[0]
		next.held = false
		s.rewrite(p, append([]step{next}, p.steps[1:]...)...)
	}
	return nil
}

// rewrite gives a payment another rest of its life. A first step without a wait comes
// true at once, unless it says what is already so. The caller holds mu.
func (s *Server) rewrite(p *payment, steps ...step) {
	p.turn++ // what it was waiting for comes too late now
	p.steps = steps
	if first := steps[0]; first.after == 0 && !first.held {
		if first.status == p.status {
			p.steps = steps[1:]
		} else {
			s.take(p)
		}
	}
	s.schedule(p)
}

// named finds a payment. The caller holds mu.
func (s *Server) named(name string) *payment {
	if p := s.payments[strings.ToLower(name)]; p != nil {
		return p
	}
	kind, number, _ := strings.Cut(name, ":")
	id, err := strconv.ParseInt(number, 10, 64)
	if src := s.sources[sourceKey{kind, id}]; err == nil && src != nil {
		return src.hosted
	}
	return nil
}

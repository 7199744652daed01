package load

import (
	"context"
	"errors"
	"strconv"
	"strings"
	"time"

	"github.com/google/uuid"

	"tillwatch/watch"
	"tillwatch/watch/dollr"
)

// maker makes one payment: what a merchant's software does, once and in order.
type maker struct {
	*Run
	order
	p    *payment
	from time.Duration // when the stage under way began
}

// live is a payment's life up to its execution. What becomes of it then the watchers say.
func (r *Run) live(ctx context.Context, a arrival) {
	m := &maker{Run: r, order: r.deck.draw(a.number)}
	m.begins(a)
	at, err := m.makes(ctx)
	r.mu.Lock()
	defer r.mu.Unlock()
	m.p.made = true
	if err != nil {
		m.fails(ctx, at, err)
	}
	r.weigh(m.p)
}

// begins enters the payment, and what it is late.
func (m *maker) begins(a arrival) {
	m.mu.Lock()
	defer m.mu.Unlock()
	now := max(m.stamp(), a.due)
	due := m.born.Add(a.due)
	m.p = &payment{due: a.due, start: a.due, Sample: Sample{
		Number: a.number, Scenario: m.scenario, Method: m.method.name, Amount: m.amount,
		Due: due.UnixMicro(), Begun: (now - a.due).Microseconds(),
	}}
	if m.plan.AsBegun {
		m.p.start = now
	}
	m.from = m.p.start
	m.book.begin(m.p)
	m.pace.begins(now)
}

// makes calls what makes a payment. With an error it says in which stage.
func (m *maker) makes(ctx context.Context) (stage, error) {
	name := m.label()
	mode := "DIRECT"
	if m.method.hosted {
		mode = "HOSTED"
	}
	c, err := m.c.Shop.CreateCheckout(ctx, dollr.CheckoutRequest{
		Mode: mode, SourceKind: m.kind, PartyName: name, PartyPhone: m.party,
		Currency: m.amount.Currency, Items: []dollr.Item{{Name: name, Price: m.amount}},
	})
	if err != nil {
		return checkout, err
	}
	m.step(checkout)
	p := watch.Payment{
		SourceType: m.kind, SourceID: c.SourceID, Label: name,
		Expected: m.amount, Method: m.method.method, Phone: m.party,
	}
	if m.method.hosted {
		return stored, m.hand(ctx, p)
	}
	s, err := m.c.Shop.CreateSession(ctx, m.kind, c.SourceID)
	if err != nil {
		return session, err
	}
	m.step(session)
	acc, err := m.c.Shop.CreateAccount(ctx, dollr.AccountRequest{
		Name: name, Provider: m.method.provider, Method: m.method.method, PartyID: c.PartyID,
		Country: m.method.country, Phone: m.account,
	})
	if err != nil {
		return account, err
	}
	m.step(account)
	p.Session, p.Reference = s.ID, uuid.NewString()
	if err := m.hand(ctx, p); err != nil {
		return stored, err
	}
	return execute, m.execute(ctx, dollr.ExecutionRequest{
		Session: s.ID, Account: acc.ID, Currency: m.amount.Currency, Reference: p.Reference,
	})
}

func (m *maker) label() string { return "Load " + strconv.Itoa(m.number) }

// errKnown is the error of a payment that the journal has from before: an environment has
// begun anew, and counts from where it had counted.
var errKnown = errors.New("it was handed over before")

// step ends a stage, and begins the next.
func (m *maker) step(s stage) {
	m.mu.Lock()
	defer m.mu.Unlock()
	m.passes(s, m.stamp())
}

// passes notes when a stage was over. The caller holds mu.
func (m *maker) passes(s stage, now time.Duration) {
	m.book.measure(m.p, s, m.from, now)
	m.from = now
}

// hand hands the payment over and waits until its reference is in the journal.
func (m *maker) hand(ctx context.Context, p watch.Payment) error {
	m.locked(func() {
		m.p.ID, m.p.Session = p.ID(), p.Session
		m.book.follow(m.p)
		m.from = m.stamp()
		m.p.handed = m.from
	})
	kept := make(chan time.Duration, 1)
	became, err := m.c.Hand(p, func() { kept <- m.stamp() })
	if err == nil && became != watch.Added {
		err = errKnown
	}
	if err != nil {
		m.locked(func() { delete(m.book.byID, m.p.ID) }) // what is told of it is about another
		return err
	}
	select {
	case at := <-kept:
		m.locked(func() { m.passes(stored, at) })
		return nil
	case <-ctx.Done():
		return ctx.Err()
	}
}

// execute asks the customer for the money, once. Where the answer is lost the payment's
// status tells whether it came through: to execute again might charge twice.
func (m *maker) execute(ctx context.Context, request dollr.ExecutionRequest) error {
	_, err := m.c.Shop.Execute(ctx, request)
	if err == nil {
		m.step(execute)
		return nil
	}
	if rejected(err) {
		return err
	}
	if !m.landed(ctx, request.Reference) {
		m.locked(func() { m.p.doubtful = true })
		return err
	}
	m.locked(func() {
		m.book.fails(execute, word(err))
		m.p.Failure = stageNames[execute] + ": " + word(err) + ", found by its reference"
	})
	return nil
}

// askAfter are the waits before each question about an execution whose answer was lost; it
// may take a moment to land.
var askAfter = [...]time.Duration{0, time.Second, 2 * time.Second, 4 * time.Second}

// landed reports whether Dollr knows of a payment.
func (m *maker) landed(ctx context.Context, reference string) bool {
	for _, wait := range askAfter {
		select {
		case <-ctx.Done():
			return false
		case <-time.After(wait):
		}
		answer, err := m.c.Shop.Collection(ctx, reference)
		if err == nil && answer.Code == 200 && strings.EqualFold(answer.Reference, reference) {
			return true
		}
	}
	return false
}

// fails takes in that the payment could not be made. The caller holds mu.
func (m *maker) fails(ctx context.Context, at stage, err error) {
	m.p.failed = true
	if ctx.Err() != nil { // by us: no error of the stage
		m.p.cut = true
		m.p.Failure = stageNames[at] + ": cut off"
		return
	}
	m.book.fails(at, word(err))
	m.p.Failure = stageNames[at] + ": " + word(err)
}

// word is what went wrong with a call, in a word.
func word(err error) string {
	if fault, ok := errors.AsType[*watch.Fault](err); ok {
		return codeWord(fault.Code)
	}
	if errors.Is(err, watch.ErrSession) || errors.Is(err, errKnown) {
		return "known before"
	}
	return "refused"
}

// rejected reports whether Dollr has taken in the call and will not do it.
func rejected(err error) bool {
	fault, ok := errors.AsType[*watch.Fault](err)
	return ok && fault.Kind == watch.FaultRejected
}

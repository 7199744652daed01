package load_test

import (
	"context"
	"errors"
	"slices"
	"strings"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"go.uber.org/goleak"

	"tillwatch/watch"
	"tillwatch/watch/dollr"
	"tillwatch/watch/load"
)

func TestMain(m *testing.M) { goleak.VerifyTestMain(m) }

// counter is a shop and its watchers made of nothing: each call takes as long, and fails, as
// a test wants, and what was handed over is told of when the test says so.
type counter struct {
	*testing.T
	born time.Time
	run  *load.Run
	stop context.CancelFunc

	mu      sync.Mutex
	numbers int64
	takes   map[string]time.Duration // by call
	fails   map[string]error
	calls   map[string]int
	landed  map[string]bool
	handed  []watch.Payment
	told    map[watch.ID]uint64
	refuse  error // of Hand
	known   bool  // what is handed over was before
	shelf   bool  // what is handed over is not kept until somebody calls keeps
	keeps   []func()
}

// open begins a run on a counter.
func open(t *testing.T, c load.Config, story func(*counter)) {
	t.Helper()
	synctest.Test(t, func(t *testing.T) {
		s := &counter{T: t, born: time.Now(), takes: map[string]time.Duration{}, fails: map[string]error{}, calls: map[string]int{},
			landed: map[string]bool{}, told: map[watch.ID]uint64{}}
		c.Shop, c.Hand = s, s.hand
		var err error
		if s.run, err = load.New(c); err != nil {
			t.Fatal(err)
		}
		var ctx context.Context
		ctx, s.stop = context.WithCancel(t.Context())
		over := make(chan struct{})
		go func() {
			defer close(over)
			if err := s.run.Run(ctx); err != nil {
				t.Error(err)
			}
		}()
		synctest.Wait()
		story(s)
		s.stop()
		<-over
	})
}

func (s *counter) call(ctx context.Context, name string) (int64, error) {
	n, takes, err := s.count(name)
	select {
	case <-time.After(takes):
		return n, err
	case <-ctx.Done():
		return n, &watch.Fault{Kind: watch.FaultOffline, Text: "cut off"}
	}
}

func (s *counter) count(name string) (int64, time.Duration, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.calls[name]++
	s.numbers++
	return s.numbers, s.takes[name], s.fails[name]
}

func (s *counter) CreateCheckout(ctx context.Context, r dollr.CheckoutRequest) (dollr.Checkout, error) {
	n, err := s.call(ctx, "checkout")
	return dollr.Checkout{SourceType: r.SourceKind, SourceID: n, PartyID: "1", Total: r.Items[0].Price}, err
}

func (s *counter) CreateSession(ctx context.Context, kind string, id int64) (dollr.Session, error) {
	n, err := s.call(ctx, "session")
	return dollr.Session{ID: n, SourceType: kind, SourceID: id}, err
}

func (s *counter) CreateAccount(ctx context.Context, _ dollr.AccountRequest) (dollr.Account, error) {
	_, err := s.call(ctx, "account")
	return dollr.Account{ID: "18", Active: true}, err
}

func (s *counter) Execute(ctx context.Context, r dollr.ExecutionRequest) (watch.Answer, error) {
	_, err := s.call(ctx, "execute")
	s.mu.Lock()
	defer s.mu.Unlock()
	if !slices.ContainsFunc(s.handed, func(p watch.Payment) bool { return p.Reference == r.Reference }) {
		s.Error("it is executed before it was handed over")
	}
	return watch.Answer{Code: 200, Reference: r.Reference, Status: watch.StatusPending}, err
}

func (s *counter) Collection(ctx context.Context, reference string) (watch.Answer, error) {
	_, err := s.call(ctx, "collection")
	s.mu.Lock()
	defer s.mu.Unlock()
	if !s.landed[reference] && !s.landed["all"] {
		return watch.Answer{Code: 404}, err
	}
	return watch.Answer{Code: 200, Reference: strings.ToUpper(reference), Status: watch.StatusProcessing}, err
}

func (s *counter) hand(p watch.Payment, kept func()) (watch.Addition, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.handed = append(s.handed, p)
	s.keeps = append(s.keeps, kept)
	if s.refuse == nil && !s.shelf {
		go kept()
	}
	if s.known {
		return watch.Filled, s.refuse
	}
	return watch.Added, s.refuse
}

// set changes what the counter does.
func (s *counter) set(change func()) {
	s.mu.Lock()
	defer s.mu.Unlock()
	change()
}

// called is how often a call was made.
func (s *counter) called(name string) int {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.calls[name]
}

// at waits for a time since the beginning and looks.
func (s *counter) at(after time.Duration) load.Report {
	s.Helper()
	time.Sleep(after - time.Since(s.born))
	synctest.Wait()
	return s.run.Report()
}

// ids are what was handed over, in order.
func (s *counter) ids() []watch.ID {
	s.mu.Lock()
	defer s.mu.Unlock()
	var ids []watch.ID
	for _, p := range s.handed {
		ids = append(ids, p.ID())
	}
	return ids
}

// tell tells of the payment that was handed over as the nth, counted from 0.
func (s *counter) tell(n int, verdict watch.Verdict, change ...func(*watch.Snapshot)) {
	s.mu.Lock()
	p := s.handed[n]
	s.told[p.ID()]++
	snap := watch.Snapshot{Known: watch.Known{Payment: p}, Judgement: watch.Judgement{Verdict: verdict}, Rev: s.told[p.ID()]}
	s.mu.Unlock()
	switch verdict {
	case watch.Paid:
		snap.Final = watch.Answer{Code: 200, Status: watch.StatusCompleted, Payer: p.Expected}
	case watch.NotPaid:
		snap.Final = watch.Answer{Code: 200, Status: watch.StatusFailed, Gateway: "PAYMENT_NOT_APPROVED"}
	}
	for _, c := range change {
		c(&snap)
	}
	s.run.Tell(snap)
}

// note tells of an event of that payment.
func (s *counter) note(n int, kind watch.EventKind, change ...func(*watch.Event)) {
	e := watch.Event{ID: s.ids()[n], Kind: kind}
	for _, c := range change {
		c(&e)
	}
	s.run.Note(e)
}

func code(code int, kind watch.FaultKind) error {
	return &watch.Fault{Kind: kind, Code: code, Text: "no"}
}

var errNothing = errors.New("nothing")

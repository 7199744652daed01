package watch

import (
	"context"
	"errors"
	"log/slog"
	"sync"
	"time"
)

// Config is what a fleet needs. API and Tell are required.
type Config struct {
	API    API
	Listen Listen         // opens a payment's channel; nil: every payment is polled
	Tell   func(Snapshot) // takes every Snapshot, in order for each payment; must not block
	Note   func(Event)    // receives every Event, likewise; nil: not wanted

	// Keep commits a payment that was handed over, or handed over again with more, and then calls
	// then; the fleet publishes nothing about the payment before. Recall returns a payment that the
	// fleet does not hold, as the journal has it. It may read the disk, and its error says that it
	// is unknown what is there. Without a journal both are nil. A Keep must call then whatever
	// happens to the disk.
	Keep   func(p Payment, then func())
	Recall func(ID) (Past, bool, error)

	Wall   func() time.Time // for ages and stamps; nil: time.Now. Waits do not use it.
	Log    *slog.Logger     // for faults of this program; nil: none
	Window Window

	SourceType string // for the realtime keys of payments that don't say theirs; empty: those are polled

	StatusRate float64 // status reads a second; 0: 20
	KeyRate    float64 // realtime keys a second; 0: 20

	// Forget is called when a person asks, so that a refused login is tried again at
	// once. Jumped is called when the clocks have jumped apart (a suspend, a clock that was
	// set): connections may be dead. Outlook adds to Health what only others know: whose
	// money, the sockets, the clock. All may be nil.
	Forget  func()
	Jumped  func()
	Outlook func(*Health)
}

// The rates of a Config that names none. They protect Dollr, which publishes no limit.
const (
	DefaultStatusRate = 20
	DefaultKeyRate    = 20
)

// Fleet runs a watcher for each payment, within one budget of calls. Its methods may be
// called from any goroutine, before Run too; none of them waits for the network.
type Fleet struct {
	api     API
	listen  Listen
	tell    func(Snapshot)
	note    func(Event)
	keep    func(Payment, func())
	recall  func(ID) (Past, bool, error)
	wall    func() time.Time
	log     *slog.Logger
	window  Window
	usual   string // source type
	forget  func()
	jumped  func()
	outlook func(*Health)

	crew   crew
	budget *budget
	demand demand
	trust  trust
	born   time.Time // monotonic zero of the windows
	vitals vitals

	mu       sync.Mutex
	watchers map[ID]*entry
	order    []ID
	ran      bool // Run was called
}

// entry is a payment's place in the fleet. What identifies it is kept here, for a watcher's
// own fields belong to its goroutine.
type entry struct {
	watcher *watcher
	payment Payment
	kept    bool // the journal has it, so it may be told of
	unread  bool // what the journal had of it before could not be read
}

// New makes a fleet; nothing is asked before Run.
func New(c Config) *Fleet {
	f := &Fleet{
		api: c.API, listen: c.Listen, tell: c.Tell, note: c.Note, keep: c.Keep, recall: c.Recall,
		wall: c.Wall, log: c.Log, window: c.Window,
		usual: c.SourceType, forget: c.Forget, jumped: c.Jumped, outlook: c.Outlook,
		born: time.Now(), watchers: map[ID]*entry{},
	}
	wall := f.wall
	if wall == nil {
		wall = time.Now
	}
	// Without the monotonic reading, which stands still while the machine is suspended: an
	// hour with the lid closed is an hour of age.
	f.wall = func() time.Time { return wall().Round(0) }
	if f.log == nil {
		f.log = slog.New(slog.DiscardHandler)
	}
	if f.keep == nil {
		f.keep = func(_ Payment, then func()) { then() }
	}
	f.budget = newBudget(orElse(c.StatusRate, DefaultStatusRate), orElse(c.KeyRate, DefaultKeyRate), f.heard)
	f.budget.again = f.exchanged
	f.budget.broke = f.broke
	f.trust.changed = f.wake
	f.vitals.start(f.wall())
	return f
}

// Run watches until ctx ends, and returns when every watcher and call has ended. It may be
// called once.
func (f *Fleet) Run(ctx context.Context) error {
	f.mu.Lock()
	if f.ran {
		f.mu.Unlock()
		return errors.New("watch: a fleet runs once")
	}
	f.ran = true
	f.mu.Unlock()
	var work sync.WaitGroup
	f.crew.begin(ctx)
	work.Go(func() { f.budget.run(ctx) })
	work.Go(func() { f.minded(ctx) })
	f.wake()
	<-ctx.Done()
	f.crew.end()
	work.Wait()
	for _, w := range f.all() {
		w.part()
	}
	return nil
}

// Last is what was told last of each payment, if anything was. It may be called when Run has
// returned.
func (f *Fleet) Last() []Snapshot {
	var last []Snapshot
	for _, w := range f.all() {
		if w.told.rev > 0 {
			last = append(last, w.last())
		}
	}
	return last
}

// Verify asks the status API about a payment now, ahead of all others; about an ended one
// too: should Dollr say something else by then, that becomes a CHECK.
func (f *Fleet) Verify(id ID) {
	if f.forget != nil {
		f.forget()
	}
	f.post(id, func(w *watcher) {
		w.plan.asked, w.askedAt = true, time.Now()
		w.readKind = min(w.readKind, readVerify) // it also hastens a read that waits because of an earlier question
		w.note(Event{From: FromYou, Kind: EventAsked})
	})
}

// Retry has everything asked again whose last read failed, and a refused login tried at once:
// for a person who has mended something.
func (f *Fleet) Retry() {
	if f.forget != nil {
		f.forget()
	}
	f.each((*watcher).askAfterOutage)
}

// Stop ends the watching of a payment whose result is not known. It says nothing about
// the money: the payment may still complete.
func (f *Fleet) Stop(id ID) {
	f.post(id, func(w *watcher) {
		if !w.ended() {
			w.known.Stopped, w.plan.asked = true, false
			w.note(Event{From: FromYou, Kind: EventStopped})
		}
	})
}

// Resume takes a Stop back.
func (f *Fleet) Resume(id ID) {
	f.post(id, func(w *watcher) {
		if w.known.Stopped {
			w.known.Stopped, w.joined = false, false
			w.dueNow()
			w.note(Event{From: FromYou, Kind: EventResumed})
		}
	})
}

func (f *Fleet) post(id ID, do func(*watcher)) {
	f.mu.Lock()
	e := f.watchers[id]
	f.mu.Unlock()
	if e != nil {
		e.watcher.post(func() { do(e.watcher) })
	}
}

// all returns the watchers in the order in which their payments came. A watcher looks at the fleet
// under its own lock, so a watcher's lock must not be taken under the fleet's.
func (f *Fleet) all() []*watcher {
	f.mu.Lock()
	defer f.mu.Unlock()
	all := make([]*watcher, 0, len(f.order))
	for _, id := range f.order {
		all = append(all, f.watchers[id].watcher)
	}
	return all
}

// each posts to the watchers that have not ended, in the order in which they came.
func (f *Fleet) each(do func(*watcher)) {
	for _, w := range f.all() {
		if w.busy() {
			w.post(func() { do(w) })
		}
	}
}

// wake makes all watchers look at their plans again.
func (f *Fleet) wake() { f.each(func(*watcher) {}) }

// readStatus reads the status of one payment: the collection's where it has a reference,
// for a source may have been paid by another attempt.
func (f *Fleet) readStatus(ctx context.Context, p Payment) (Answer, error) {
	f.vitals.reads.Add(1)
	if p.Hosted() {
		return f.api.Source(ctx, p.SourceType, p.SourceID)
	}
	return f.api.Collection(ctx, p.Reference)
}

var errUnwanted = errors.New("the channel is no longer wanted")

// mint asks for a realtime key when its turn comes, unless by then ctx, the caller's, has
// ended or the channel is of no more use.
func (f *Fleet) mint(caller context.Context, p Payment, s *standing, wanted func() bool) (Key, error) {
	type minted struct {
		key Key
		err error
	}
	out := make(chan minted, 1)
	now := time.Now()
	var key Key
	a := &ask{
		kind: readFirst, asked: now, deadline: now.Add(readFirst.lead()), index: -1, standing: s,
		call: func(ctx context.Context) (err error) {
			if caller.Err() != nil { // it was left while a 429 put it back into the queue
				return caller.Err()
			}
			if !wanted() {
				return errUnwanted
			}
			f.vitals.keys.Add(1)
			key, err = f.api.RealtimeKey(ctx, p.Session, orElse(p.SourceType, f.usual), p.Reference)
			return err
		},
		done: func(err error, _ time.Time) { out <- minted{key, err} },
	}
	f.budget.put(f.budget.keys, a)
	select {
	case m := <-out:
		if errors.Is(m.err, errOvertaken) { // who reads it knows nothing of turns
			m.err = &Fault{Kind: FaultOffline, Text: "getting a realtime key takes too long"}
		}
		return m.key, m.err
	case <-caller.Done():
		f.budget.drop(f.budget.keys, a)
		return Key{}, caller.Err()
	}
}

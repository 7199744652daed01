package watch

import (
	"context"
	"errors"
	"math/rand/v2"
	"sync"
	"sync/atomic"
	"time"
)

// watcher follows one payment. Everything that happens to it comes through its mail: what
// the channel tells, what a read brought, what a person wants. The fleet's crew works the
// mail off, one goroutine at a time; between, nothing of the watcher runs but its timer, and
// of an ended payment not even that.
//
// Only the goroutine that works the mail off touches the fields below "state".
type watcher struct {
	fleet *Fleet
	id    ID

	mu      sync.Mutex
	mail    []func()
	timer   *time.Timer // has the crew look when something is due; nil: nothing was yet
	rows    int         // bytes of the rows in the mail
	spilled uint32      // rows from the channel for which the mail had no place
	queued  bool        // it waits for the crew, or the crew is at work on it
	open    bool        // there is something to wait for
	end     bool        // a word that may be the end is in the mail
	place   place       // where it waits; the crew's

	wantedTo atomic.Int64 // until when the channel is wanted: nanoseconds since the fleet's birth
	account  *account

	// state
	known     Known
	rev       uint64
	told      told
	before    *Known    // during a turn: what was known at its start, or was published last in it
	untold    bool      // a turn has ended without publishing what it learned
	countedAt time.Time // when the counts of rows were published last
	uncounted bool      // the counts of rows have changed since countedAt
	begun     bool      // the watcher has looked at its payment for the first time
	restored  bool      // the payment comes from the journal
	old       bool      // the payment was final when it was loaded or handed over
	again     bool      // the last Snapshot must be published again

	read     *ask // the one read that waits or is being made
	readKind readKind
	hearsay  bool      // asking fails only by what the breaker says, not by a read of our own
	hurry    time.Time // when a more urgent one takes its place, should it hang
	askedAt  time.Time // when a person asked last: a read that started earlier does not answer it
	plan     situation // the parts that last: everything but now, age and rely

	opened   int    // counts the channels that were opened
	leave    func() // leaves the channel; nil: there is none
	joined   bool   // a channel was opened; once it is over, there is no second
	joining  bool   // the first attempt is under way
	stalled  bool
	missing  bool      // no hint has come of the end that is known
	counting bool      // the end counts for trust
	ready    time.Time // monotonic; zero: not ready
	refused  string    // why there is no channel, one line
	gapSince time.Time // a read that started after this closes the gap
	gapRead  time.Time // when the last gap read was started
	looked   time.Time // when the channel's claims were last checked
	looks    int       // how often they were checked so far
	channel  Channel
	hints    quota     // of hints and stray rows
	links    quota     // of changes of the link
	measure  time.Time // the end is known; a hint is waited for until then

	ahead     time.Duration // how far the clock was set forward (or slept), and not back since
	aheadFrom time.Time     // wall time since when; zero: it was not
}

// account is what the fleet keeps of one payment.
type account struct {
	status, keys standing // guarded by the budget's mutex
	wish         wish     // its part of the fleet's demand
	late         bool     // its channel's last hint came late
}

func newWatcher(f *Fleet, p Payment) *watcher {
	w := &watcher{fleet: f, id: p.ID(), account: &account{}}
	w.known.Payment = p
	w.account.status.summon = func() { w.post(w.summoned) }
	return w
}

// summoned has the payment read at once. Whether that read is answered tells whether the API
// answers.
func (w *watcher) summoned() {
	if !w.ended() {
		w.dueNow()
	}
}

// post puts f into the mail and sees that it is worked off. It never blocks.
func (w *watcher) post(f func()) { w.deliver(f, false) }

// deliver is post; a word that may be the end goes before most others' mail.
func (w *watcher) deliver(f func(), end bool) {
	w.mu.Lock()
	defer w.mu.Unlock()
	w.mail = append(w.mail, f)
	w.end = w.end || end
	w.rouse()
}

// rouse has the crew look at the watcher, soon if it may have reached its end. The caller
// holds mu.
func (w *watcher) rouse() {
	switch {
	case w.queued && w.end:
		w.fleet.crew.hasten(w)
	case !w.queued && w.fleet.crew.put(w, w.end):
		w.queued, w.open = true, true
	}
}

// ring is the timer's: something is due.
func (w *watcher) ring() {
	w.mu.Lock()
	defer w.mu.Unlock()
	w.rouse()
}

// busy reports whether the payment is still watched, or has mail that waits for Run.
func (w *watcher) busy() bool {
	w.mu.Lock()
	defer w.mu.Unlock()
	return w.open || len(w.mail) > 0
}

// dueNow makes the watcher ask as soon as it may, whatever its plan was.
func (w *watcher) dueNow() {
	now := time.Now()
	w.plan.gapAt, w.gapSince = now, now
}

// turn works off the mail and does what is due. It is the crew's, who lends it room for what
// was known before.
func (w *watcher) turn(before *Known) {
	*before = w.known
	w.before = before
	w.mu.Lock()
	mail := w.mail
	w.mail, w.end, w.rows = nil, false, 0
	w.mu.Unlock()
	pause, over := time.Second, false
	if w.work(append(mail, w.act)) {
		w.work([]func(){func() { pause, over = w.pause(), w.over() }})
	}
	w.untold = w.untold || !w.sameButHint()
	w.before = nil
	if over {
		w.want(wish{})
		w.fleet.budget.retire(&w.account.status)
	}
	w.rest(pause, over)
}

// rest sets the timer for what is due next, if there is anything to wait for. Mail that has come in
// the meantime goes behind the watchers that wait. That is decided under the lock, so no mail is
// left behind.
func (w *watcher) rest(pause time.Duration, over bool) {
	w.mu.Lock()
	defer w.mu.Unlock()
	w.queued = false // from here on the state may be another goroutine's
	switch {
	case len(w.mail) > 0:
		w.rouse()
	case over:
		w.open = false
		w.still()
	case w.timer == nil:
		w.timer = time.AfterFunc(pause, w.ring)
	default:
		w.timer.Reset(pause)
	}
}

// still stops the timer. The caller holds mu.
func (w *watcher) still() {
	if w.timer != nil {
		w.timer.Stop()
		w.timer = nil
	}
}

// part is the end of a watcher whose fleet has ended: no worker is at work on it any more.
func (w *watcher) part() {
	w.mu.Lock()
	w.still()
	w.mu.Unlock()
	w.hangUp()
}

// work runs things one after the other and reports whether all went well. A panic is a bug of this
// program: it makes the payment a CHECK and affects no other payment. The rest of the mail is still
// processed, because a read's outcome may be in it, without which the payment would never be read
// again.
func (w *watcher) work(things []func()) (ok bool) {
	ok = true
	for _, f := range things {
		if err := attempt(f); err != nil {
			w.crash(err)
			ok = false
		}
	}
	return ok
}

// over reports whether there is nothing to wait for.
func (w *watcher) over() bool {
	switch {
	case !w.begun, w.again, w.plan.asked: // a person asked
		return false
	case w.read != nil, !w.measure.IsZero(), w.uncounted:
		return false
	}
	return w.ended()
}

// ended reports whether the watcher asks nothing more by itself.
func (w *watcher) ended() bool {
	return w.known.Stopped || w.known.Panic != "" || Judge(&w.known, w.fleet.wall()).Ended()
}

// act does what is due now: opens or leaves the channel, asks for a read, tells.
func (w *watcher) act() {
	now := time.Now()
	if !w.begun {
		w.begin(now)
	}
	w.endMeasure(now)
	w.mop(now)
	ended := w.ended()
	w.keepChannel(now, ended)
	if w.known.Stopped && !w.plan.asked {
		w.dropRead()
	}
	if !ended || w.plan.asked {
		w.schedule(now)
	}
	if relies := w.relies(); w.read != nil && w.read.live != relies {
		w.fleet.budget.mark(w.read, relies)
	}
	if !ended {
		w.want(w.situation(now).wishes())
	}
	w.tell()
}

// begin decides when the first read is due: a payment that was just executed gives its
// channel a head start, for reading first starves the joins. One from a journal is asked
// about at once.
func (w *watcher) begin(now time.Time) {
	w.begun = true
	w.plan.firstAt, w.plan.jitter = now, 1
	switch {
	case w.restored && !w.ended():
		w.note(Event{From: FromUs, Kind: EventRestored})
	case w.restored:
	default:
		w.note(Event{At: w.known.Handed, From: FromYou, Kind: EventHanded})
		if w.listens() && w.age() < freshAge {
			w.plan.firstAt = now.Add(headStart)
		}
	}
}

// schedule asks for the next read if it is due, or moves the one that waits forward.
func (w *watcher) schedule(now time.Time) {
	at, kind := w.situation(now).next()
	if at.After(now) {
		return
	}
	deadline := now.Add(kind.lead())
	if w.read != nil {
		if kind > w.readKind && w.fleet.budget.hasten(w.fleet.budget.status, w.read, kind, deadline) {
			w.readKind = kind
		} else if kind > w.readKind {
			w.hurry = now.Add(w.fleet.budget.overtake(w.read, now))
		}
		return // one read of a payment at a time; what is due stays due
	}
	w.readKind = kind
	w.read = w.newRead(now, deadline)
	w.fleet.budget.put(w.fleet.budget.status, w.read)
}

// newRead makes the ask that reads this payment's status once.
func (w *watcher) newRead(now, deadline time.Time) *ask {
	p := w.known.Payment
	var answer Answer
	a := &ask{
		kind: w.readKind, asked: now, deadline: deadline, index: -1,
		live: w.relies(), standing: &w.account.status,
		call: func(ctx context.Context) (err error) {
			answer, err = w.fleet.readStatus(ctx, p)
			return err
		},
		done: func(err error, started time.Time) {
			w.deliver(func() { w.readDone(answer, err, started) }, finalWord(answer.Status))
		},
	}
	a.look = func() { w.post(func() { w.look(a) }) }
	return a
}

// dropRead gives up the read that waits; one that is under way comes to its end.
func (w *watcher) dropRead() {
	if w.read != nil && w.fleet.budget.drop(w.fleet.budget.status, w.read) {
		w.read = nil
		w.forgetHearsay()
	}
}

// situation is what the plan for the next read is made of, as of now.
func (w *watcher) situation(now time.Time) situation {
	s := w.plan
	s.now, s.age = now, w.age()
	s.down = s.failures > 0 && w.fleet.budget.open() != nil
	s.heard = w.relies()
	s.rely = s.heard && w.wanted(now)
	s.stretch = w.fleet.demand.stretch(w.fleet.budget.statusRate())
	s.claimAge = w.fleet.wall().Sub(orElse(w.known.Hint.Claimed, w.known.Hint.At))
	s.final = w.known.HintFinal()
	s.claimed = s.final || s.claimed && s.confirms < strangeConfirms
	return s
}

// relies reports whether the channel is ready and trusted to tell an end.
func (w *watcher) relies() bool { return w.live() && !w.account.late && w.fleet.trust.held() }

// want replaces the payment's part of the fleet's demand.
func (w *watcher) want(now wish) {
	if now != w.account.wish {
		w.fleet.demand.change(w.account.wish, now)
		w.account.wish = now
	}
}

// readDone takes in what a read brought. started is when the call was made: what happened
// after that is not answered by it.
func (w *watcher) readDone(a Answer, err error, started time.Time) {
	w.read, w.hearsay = nil, false
	p, now := &w.plan, time.Now()
	p.lastRead, p.jitter = now, 0.9+0.2*rand.Float64()
	if errors.Is(err, errOvertaken) {
		return // the one that is more urgent is due at once
	}
	p.asked = p.asked && started.Before(w.askedAt)
	if err == nil {
		err = w.known.misfit(a)
	}
	looked := !p.hinted.IsZero() && !started.Before(p.hinted) // the read has checked the newest hint
	p.tried = p.tried || looked
	if err != nil {
		w.readFailed(err)
		return
	}
	if w.known.HintFinal() && (looked || p.hinted.IsZero()) {
		p.doubts++
	}
	w.note(Event{At: a.At, From: FromAPI, Kind: EventAnswer, Word: a.Status, Code: a.Code, Took: a.Took, Text: a.Detail, Raw: a.Body})
	a.Body = "" // the receiver of events has it now, and a Snapshot is to be small
	p.failures = 0
	if !p.gapAt.IsZero() && !started.Before(w.gapSince) {
		w.gapRead, p.gapAt = started, time.Time{}
	}
	if looked {
		p.hinted, p.confirms = time.Time{}, 0
	}
	p.confirms++
	if status := w.known.Status; a.Status == status && w.readKind == readSlow {
		p.quiet++
	} else if a.Status != status {
		p.quiet = 0
	}
	before := w.ended()
	w.known.learn(a)
	if !before && w.known.Final.Code != 0 {
		w.finish(now, started)
	}
}

func (w *watcher) readFailed(err error) {
	w.plan.failures++
	var crashed *panicError
	if errors.As(err, &crashed) {
		w.crash(crashed)
		return
	}
	w.known.failed(err, w.fleet.wall())
	failure := Event{From: FromAPI, Kind: EventFailure, Text: err.Error()}
	var fault *Fault
	if errors.As(err, &fault) {
		failure.Code = fault.Code
	}
	w.note(failure)
}

// pause is how long nothing is due.
func (w *watcher) pause() time.Duration {
	now, wall := time.Now(), w.fleet.wall()
	least := time.Hour
	soon := func(d time.Duration) { least = min(least, max(d, 0)) }
	if !w.measure.IsZero() {
		soon(w.measure.Sub(now))
	}
	if w.uncounted {
		soon(w.countedAt.Add(countsEvery).Sub(now))
	}
	if next := Judge(&w.known, wall).Next; !next.IsZero() {
		soon(next.Sub(wall))
	}
	if w.read != nil {
		for _, at := range [...]time.Time{w.read.asked.Add(waitShown + time.Millisecond), w.hurry} {
			if at.After(now) {
				soon(at.Sub(now))
			}
		}
	} else if !w.ended() || w.plan.asked {
		s := w.situation(now)
		at, _ := s.next()
		soon(at.Sub(now))
		if s.stretch > 1 && s.heard { // the rate may suffice for more by then
			soon(s.spacing())
		}
	}
	if w.leave != nil {
		if left := w.wantedFor(now); left > 0 {
			soon(left)
		}
	}
	return least
}

// age is how long ago the payment was executed, by the wall; never negative.
func (w *watcher) age() time.Duration {
	wall := w.fleet.wall()
	return max(0, wall.Sub(w.known.ExecutedAt(wall)))
}

package watch

import (
	"context"
	"errors"
	"sync"
	"time"

	"golang.org/x/time/rate"
)

// The budget decides when a call to Dollr is made. It has two lanes, one for statuses and one for
// realtime keys. Each lane has a rate, its queues, and its own conclusion about whether the API is
// down.
//
//	ask ─► queues ─► paused? ─► API down? ─► rate ─► call ─► done
//	          ▲                                        │
//	          └───────────────── 429 ──────────────────┘
//
// queue.go chooses the next call. outage.go decides what a failure means.

const (
	burst      = 50
	inFlight   = 64          // calls at once in one lane
	probeEvery = time.Second // between probes while the API is down, and between questions during a pause
	calmFor    = 3 * time.Second
)

// ask is one call that waits for its turn, or is being made.
type ask struct {
	kind     readKind
	deadline time.Time
	asked    time.Time
	live     bool // the payment has a ready and trusted channel
	standing *standing
	call     func(context.Context) error
	done     func(error, time.Time) // the outcome, and when the call was started
	look     func()                 // called when the API goes down or has been up for calmFor; may be nil

	cancel   context.CancelCauseFunc // set while the call is being made
	class    class                   // the class whose heap holds the call
	index    int                     // the place in that heap; -1 when no heap holds the call
	started  time.Time               // zero while the call waits
	parkedTo time.Time               // the end of the payment's own pause after a 429
	refused  int                     // the number of 429s that the call got
	fails    int                     // the payment's failures in a row when the call was queued; 6 at most
	hangs    bool                    // the call has one of the places for payments that hang
	leaves   bool                    // makeRoom gave the call up for others
}

// lane is one queue with its rate. Its fields belong to the budget's mutex.
type lane struct {
	queues
	outage
	limiter  *rate.Limiter
	full     float64   // the configured rate
	slowed   time.Time // the last 429 that was news
	regained time.Time // since when it, or a part of the rate given back, counts
	pausedTo time.Time
	probed   time.Time // when the last probe, or a person's question during a pause, was started
	storm    int       // rounds of 429s in a row; they set the length of the pause
	sentAway int       // 429s in a row
	testing  bool      // after a pause the lane makes one call at a time until one is answered
	usual    time.Duration
	air      map[*ask]struct{} // the calls that are being made
	leaving  int               // calls that were given up and have not returned
	left     time.Time         // when the last of them was given up
	hanging  int               // how many of the calls being made have a place for payments that hang
	wake     chan struct{}
}

// budget makes the calls of the whole program.
type budget struct {
	mu      sync.Mutex
	status  *lane
	keys    *lane
	stirred bool // the waiting reads were told that the API is down, and not yet that it is up
	wait    sync.WaitGroup

	heard func(status bool, err error)       // called with each outcome, for Health
	again func(status bool)                  // called for each exchange after a call's first; may be nil
	broke func(what string, err *panicError) // called for a panic; may be nil
}

func newBudget(statusRate, keyRate float64, heard func(bool, error)) *budget {
	return &budget{status: newLane(statusRate), keys: newLane(keyRate), heard: heard}
}

func newLane(perSecond float64) *lane {
	return &lane{
		queues:  newQueues(),
		limiter: rate.NewLimiter(rate.Limit(perSecond), burst),
		full:    perSecond,
		air:     map[*ask]struct{}{},
		wake:    make(chan struct{}, 1),
	}
}

// run makes calls until ctx ends and the last call has come back.
func (b *budget) run(ctx context.Context) {
	for _, l := range []*lane{b.status, b.keys} {
		b.wait.Go(func() {
			for ctx.Err() == nil && b.guarded("the budget", func() { b.serve(ctx, l) }) != nil {
				select { // a bug in serve must neither stop all reads nor spin
				case <-ctx.Done():
				case <-time.After(probeEvery):
				}
			}
		})
	}
	<-ctx.Done()
	b.wait.Wait()
}

// guarded calls f and reports its panic.
func (b *budget) guarded(what string, f func()) *panicError {
	err := attempt(f)
	if err != nil && b.broke != nil {
		b.broke(what, err)
	}
	return err
}

// put queues a call. Its outcome is told once, by done, from a goroutine of the budget,
// unless it is dropped first or the program ends.
func (b *budget) put(l *lane, a *ask) {
	if b.enter(l, a) && a.look != nil {
		a.look()
	}
	l.nudge()
}

// enter queues a call and reports whether the API is down.
func (b *budget) enter(l *lane, a *ask) bool {
	b.mu.Lock()
	defer b.mu.Unlock()
	if a.standing == nil {
		a.standing = &standing{}
	}
	a.standing.in(l.number)
	l.push(a, a.classNow())
	return l.broken != nil
}

// classNow returns the class of a call, by its kind and its payment's standing.
func (a *ask) classNow() class {
	switch s := a.standing; {
	case s.hung:
		return classHanging
	case a.person():
		return classPerson
	case a.kind == readVerify:
		return classVerify
	case s.failed > 0:
		return classFailing
	case a.kind == readConfirm:
		return classConfirm
	}
	return classRoutine
}

// person reports whether the call is a person's question.
func (a *ask) person() bool { return a.kind >= readUser }

// mark records whether a call that still waits belongs to a payment with a ready and trusted
// channel.
func (b *budget) mark(a *ask, live bool) {
	b.mu.Lock()
	defer b.mu.Unlock()
	a.live = live
}

// hasten gives a waiting call a more urgent kind. It reports whether the call still waited.
func (b *budget) hasten(l *lane, a *ask, kind readKind, deadline time.Time) bool {
	b.mu.Lock()
	defer b.mu.Unlock()
	if a.index < 0 {
		return false
	}
	l.remove(a)
	now := time.Now()
	a.kind, a.asked = kind, now
	if deadline.Before(a.deadline) {
		a.deadline = deadline
	}
	if !a.person() && now.Before(a.parkedTo) {
		l.push(a, noClass)
	} else {
		l.push(a, a.classNow())
	}
	l.nudge()
	return true
}

// drop takes a waiting call out and reports whether it still waited; done is then never
// told. One that is being made comes to its end.
func (b *budget) drop(l *lane, a *ask) bool {
	b.mu.Lock()
	defer b.mu.Unlock()
	if a.index < 0 {
		return false
	}
	l.remove(a)
	return true
}

// retire removes a payment from the witnesses, because its routine reads have ended.
func (b *budget) retire(s *standing) {
	b.mu.Lock()
	defer b.mu.Unlock()
	b.status.retire(s)
}

// errOvertaken is the outcome of a call that made way for a more urgent one.
var errOvertaken = errors.New("overtaken")

// overtake gives up a call that has been under way for hungAfter, so that something more urgent can
// be asked: an API that hangs must not hold up a verify for a call's whole time limit. done gets
// errOvertaken, which does not count against Dollr. It returns how long the call may go on.
func (b *budget) overtake(a *ask, now time.Time) time.Duration {
	b.mu.Lock()
	defer b.mu.Unlock()
	left := max(0, a.started.Add(hungAfter).Sub(now))
	if a.cancel != nil && left == 0 && !a.person() { // a person who asks twice gets the first answer
		a.cancel(errOvertaken)
	}
	return left
}

// waiting reports whether the call still waits for its turn, and the time until which it is known
// to wait.
func (b *budget) waiting(l *lane, a *ask) (bool, time.Time) {
	b.mu.Lock()
	defer b.mu.Unlock()
	until := l.pausedTo
	if a.parkedTo.After(until) {
		until = a.parkedTo
	}
	return a.index >= 0, until
}

func (l *lane) nudge() {
	select {
	case l.wake <- struct{}{}:
	default:
	}
}

// serve starts the calls of one lane. It chooses a call only when that call could start at once, so
// a more urgent call that arrives in the meantime goes first.
func (b *budget) serve(ctx context.Context, l *lane) {
	timer := time.NewTimer(time.Hour)
	defer timer.Stop()
	for ctx.Err() == nil {
		a, wait := b.choose(l, time.Now())
		if a != nil {
			b.wait.Go(func() { b.make(ctx, l, a) })
			continue
		}
		timer.Reset(wait)
		select {
		case <-ctx.Done():
		case <-l.wake:
		case <-timer.C:
		}
	}
}

// never is a wait that only a new call or an outcome ends, through nudge.
const never = time.Hour

// choose takes the most urgent call that may be made now, or says how long to wait.
func (b *budget) choose(l *lane, now time.Time) (*ask, time.Duration) {
	b.mu.Lock()
	defer b.mu.Unlock()
	l.regain(now)
	wait := never
	if next := l.unpark(now); !next.IsZero() {
		wait = min(wait, next.Sub(now))
	}
	t := l.turn(l.hanging < mostHanging)
	paused := now.Before(l.pausedTo)
	if paused { // a person's question is asked during a pause too
		person := t.person
		t = none
		t.person = person
		wait = min(wait, l.pausedTo.Sub(now))
	}
	if t == none {
		return nil, wait
	}
	if len(l.air) >= inFlight {
		return nil, min(wait, l.makeRoom(t, now))
	}
	slowly := paused || l.broken != nil
	if next := l.probed.Add(probeEvery); slowly && now.Before(next) {
		return nil, min(wait, next.Sub(now))
	}
	if left := l.tested(now); l.testing && left > 0 {
		return nil, min(wait, left)
	}
	if r := l.limiter.ReserveN(now, 1); r.DelayFrom(now) > 0 {
		delay := r.DelayFrom(now)
		r.CancelAt(now)
		return nil, min(wait, delay)
	}
	a := l.takeTurn(t)
	a.started, l.probed = now, now
	a.standing.probes++
	a.standing.busy = true
	l.air[a] = struct{}{}
	if a.hangs = a.standing.hung; a.hangs {
		l.hanging++
	}
	return a, 0
}

func (l *lane) takeTurn(t turn) *ask {
	if l.broken != nil {
		return l.probe(t, l.number)
	}
	return l.next(t)
}

// tested returns how long the call that tests whether a storm is over may keep the others waiting.
func (l *lane) tested(now time.Time) time.Duration {
	var left time.Duration
	for a := range l.air {
		left = max(left, a.started.Add(probeEvery).Sub(now))
	}
	return left
}

// make makes one call and deals with what it says about Dollr as a whole.
func (b *budget) make(ctx context.Context, l *lane, a *ask) {
	life, cancel := context.WithCancelCause(withTurn(ctx, func(ctx context.Context) error { return b.turn(ctx, l) }))
	defer cancel(nil)
	b.mu.Lock()
	a.cancel = cancel
	b.mu.Unlock()
	err := guard(life, a.call)
	if err != nil && errors.Is(context.Cause(life), errOvertaken) {
		err = errOvertaken
	}
	if ctx.Err() != nil {
		return
	}
	started := a.started
	var again bool
	var told []*ask
	_ = b.guarded("the budget", func() { again, told = b.settle(l, a, err, time.Now()) })
	l.nudge()
	_ = b.guarded("the budget", func() { b.heard(l == b.status, err) })
	for _, waiting := range told {
		_ = b.guarded("the budget", waiting.look)
	}
	if !again { // tell the payment whatever went wrong: a payment that is not told is never read again
		_ = b.guarded("the budget", func() { a.done(err, started) })
	}
}

// settle records the outcome of a call. It reports whether the call is queued again, and returns
// the reads that must be told whether the API is down.
func (b *budget) settle(l *lane, a *ask, err error, now time.Time) (again bool, told []*ask) {
	b.mu.Lock()
	defer b.mu.Unlock()
	delete(l.air, a)
	if a.hangs {
		l.hanging--
	}
	if a.leaves {
		l.leaving--
	}
	a.cancel = nil
	took := now.Sub(a.started)
	s := a.standing.in(l.number)
	s.busy = false
	var fault *Fault
	switch {
	case errors.Is(err, errOvertaken):
		s.hung = true
	case err == nil:
		s.hung = false
		l.answeredIn(took)
		l.calmDown(a.started)
		l.answer(s, now)
	case !errors.As(err, &fault): // a panic in a call, or a call that was given up, says nothing about Dollr
	case fault.Kind == FaultThrottled:
		l.throttle(a, fault, now)
		if a.look != nil {
			told = []*ask{a} // those who wait may have been told while it did not
		}
		return true, told
	case l.failed(b, fault):
		l.fail(s, fault, now)
		s.hung = took > l.late()
		told = b.conclude(l, now)
	case fault.Code == 0: // the request was never sent
		l.refuse(s)
	default: // the API answers, if only to refuse this request
		l.alive(now)
		l.answers++
		l.calmDown(a.started)
		l.refuse(s)
	}
	return false, told
}

// conclude checks whether the API is down. If it has just gone down, conclude returns the waiting
// reads: they cannot be made now, and their rows must say so.
func (b *budget) conclude(l *lane, now time.Time) []*ask {
	if !l.conclude(now) || l != b.status {
		return nil
	}
	b.stirred = true
	return b.lookers()
}

// failed reports whether a fault may be one of the whole API. A refused key costs only its channel.
func (l *lane) failed(b *budget, fault *Fault) bool {
	switch fault.Kind {
	case FaultDown, FaultOffline, FaultLogin:
		return true
	case FaultGated:
		return l == b.status
	}
	return false
}

// calm clears the failure that waiting reads show, once the API has been up for calmFor. They wait
// for their turn, which may be long. The delay matters because the API goes down and up all the
// time while most calls fail, and thousands of rows would change with it. It reports whether calm
// has just begun.
func (b *budget) calm(now time.Time) bool {
	over, told := b.calmed(now)
	for _, a := range told {
		a.look()
	}
	return over
}

func (b *budget) calmed(now time.Time) (bool, []*ask) {
	b.mu.Lock()
	defer b.mu.Unlock()
	if !b.stirred || b.status.broken != nil || now.Sub(b.status.mended) < calmFor {
		return false, nil
	}
	b.stirred = false
	return true, b.lookers()
}

// lookers returns the waiting reads that want to know whether the API is down. They are called
// without the lock and maybe out of order, so each must ask open for the present state.
func (b *budget) lookers() []*ask {
	var told []*ask
	for a := range b.status.waiting {
		if a.look != nil {
			told = append(told, a)
		}
	}
	return told
}

// doubt has a witness read when calls were made for a while and none was answered. The fleet calls
// it once a second.
func (b *budget) doubt(now time.Time) {
	s, told := b.doubtful(now)
	if s != nil {
		s.summon()
	}
	for _, a := range told {
		a.look()
	}
}

func (b *budget) doubtful(now time.Time) (*standing, []*ask) {
	b.mu.Lock()
	defer b.mu.Unlock()
	b.conclude(b.keys, now)
	told := b.conclude(b.status, now)
	var eldest time.Time
	for _, l := range []*lane{b.status, b.keys} {
		for a := range l.air {
			eldest = earliest(eldest, a.started)
		}
	}
	return b.status.witness(eldest, now), told
}

// load is how busy the budget is, as Health shows it.
type load struct {
	statusRate, keyRate float64
	queued              int
	delay               time.Duration // the longest wait of a call that keeps a result waiting
	slowed              time.Time     // until when a 429 makes us pause; zero: it does not
	silent              time.Time     // since then no call that speaks for all got an HTTP answer; zero: one did
}

func (b *budget) load(now time.Time) load {
	b.mu.Lock()
	defer b.mu.Unlock()
	out := load{silent: b.status.offline}
	for _, l := range []*lane{b.status, b.keys} {
		l.regain(now)
		out.queued += l.queues.len()
		for a := range l.waiting {
			if a.delays() {
				out.delay = max(out.delay, now.Sub(a.asked))
			}
		}
		for a := range l.air {
			if b.status.witnesses.Len() == 0 || l == b.status && a.standing.place != nil {
				out.silent = earliest(out.silent, a.started)
			}
		}
		if now.Before(l.pausedTo) && l.pausedTo.After(out.slowed) {
			out.slowed = l.pausedTo
		}
	}
	out.statusRate, out.keyRate = float64(b.status.limiter.Limit()), float64(b.keys.limiter.Limit())
	return out
}

// delays reports whether the wait of this call keeps a result waiting. It does not if the channel
// tells the result anyway, or if the call waits because of the payment's own trouble.
func (a *ask) delays() bool {
	return a.class <= classConfirm || a.class == classRoutine && !a.live
}

// open returns why the API is down, and nil while it is up.
func (b *budget) open() *Fault {
	b.mu.Lock()
	defer b.mu.Unlock()
	return b.status.broken
}

// statusRate returns how many reads a second may be made now.
func (b *budget) statusRate() float64 { return float64(b.status.limiter.Limit()) }

// guard makes a call and turns a panic in it into an error.
func guard(ctx context.Context, call func(context.Context) error) (err error) {
	defer func() {
		if r := recover(); r != nil {
			err = newPanic(r)
		}
	}()
	return call(ctx)
}

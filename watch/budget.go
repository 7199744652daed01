package watch

import (
	"container/heap"
	"context"
	"errors"
	"sync"
	"time"

	"golang.org/x/time/rate"
)

// The budget decides when a call to Dollr is made. There are two lanes, one for statuses
// and one for realtime keys, each with its rate; the breaker is common to both. In a lane
// the call with the earliest deadline goes first.
//
//	ask ─► queue by deadline ─► paused? ─► breaker ─► rate ─► call ─► done
//	            ▲                                               │
//	            └────────────────── 429 ────────────────────────┘

const (
	burst       = 50
	inFlight    = 64  // calls at once in a lane
	leastRate   = 0.2 // a second, however often Dollr says 429
	regainEvery = 10 * time.Second
	regainPart  = 0.1         // of the configured rate: a storm of 429s is over in two minutes
	breakAfter  = 3           // failures in a row, of any call
	probeEvery  = time.Second // while the breaker is open
	calmFor     = 3 * time.Second
	leastPause  = time.Second // after a 429 that doesn't say how long; doubles to mostPause
	mostPause   = 30 * time.Second
	mostRetry   = time.Hour // more than this a Retry-After is not believed
	patience    = 3         // 429s after which a call stands behind those that came meanwhile
)

// ask is one call that waits for its turn, or is being made.
type ask struct {
	deadline time.Time
	asked    time.Time
	call     func(context.Context) error
	done     func(error, time.Time) // the outcome, and when the call was started
	look     func()                 // told when the breaker opens, or has been closed for calmFor, while it waits; may be nil

	cancel  context.CancelCauseFunc // while it is being made
	index   int                     // in the heap; -1 when it is not there
	started time.Time               // zero while it waits
	refused int                     // 429s that it got
}

// lane is one queue with its rate. Its fields belong to the budget's mutex.
type lane struct {
	queue    askHeap
	limiter  *rate.Limiter
	full     float64   // the configured rate
	slowed   time.Time // the last 429 that was news
	regained time.Time // since when it, or a part of the rate given back, counts
	pausedTo time.Time
	storm    int               // 429s in a row, for the length of the pause
	testing  bool              // after a pause one call at a time is made, until one is answered
	air      map[*ask]struct{} // the calls that are being made
	wake     chan struct{}
}

// budget makes the calls of the whole program.
type budget struct {
	mu       sync.Mutex
	status   *lane
	keys     *lane
	failures int       // in a row, over both lanes
	broken   *Fault    // not nil: the breaker is open, and why
	probed   time.Time // when the last probe was started
	stirred  bool      // those who wait were told that it is open, and not yet that it is closed
	mended   time.Time // when it was closed
	wait     sync.WaitGroup

	heard func(status bool, err error) // told of each outcome, for Health
}

func newBudget(statusRate, keyRate float64, heard func(bool, error)) *budget {
	return &budget{status: newLane(statusRate), keys: newLane(keyRate), heard: heard}
}

func newLane(perSecond float64) *lane {
	return &lane{
		limiter: rate.NewLimiter(rate.Limit(perSecond), burst),
		full:    perSecond,
		air:     map[*ask]struct{}{},
		wake:    make(chan struct{}, 1),
	}
}

// run makes calls until ctx ends and the last call has come back.
func (b *budget) run(ctx context.Context) {
	for _, l := range []*lane{b.status, b.keys} {
		b.wait.Go(func() { b.serve(ctx, l) })
	}
	<-ctx.Done()
	b.wait.Wait()
}

// put queues a call. Its outcome is told once, by done, from a goroutine of the budget,
// unless it is dropped first or the program ends.
func (b *budget) put(l *lane, a *ask) {
	b.mu.Lock()
	heap.Push(&l.queue, a)
	broken := b.broken != nil
	b.mu.Unlock()
	if broken && a.look != nil {
		a.look()
	}
	l.nudge()
}

// hasten moves a waiting call forward and reports whether it still waited.
func (b *budget) hasten(l *lane, a *ask, deadline time.Time) bool {
	b.mu.Lock()
	defer b.mu.Unlock()
	if a.index < 0 {
		return false
	}
	if deadline.Before(a.deadline) {
		a.deadline = deadline
		heap.Fix(&l.queue, a.index)
	}
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
	heap.Remove(&l.queue, a.index)
	return true
}

// errOvertaken is the outcome of a call that made way for a more urgent one.
var errOvertaken = errors.New("overtaken")

// overtake gives up a call that has been under way for hungAfter, for something more urgent
// than it waits to be asked: an API that hangs must not hold up a verify for the whole of a
// call's time limit. done is told errOvertaken, and nobody holds it against Dollr. It
// returns how long the call may go on.
func (b *budget) overtake(a *ask, now time.Time) time.Duration {
	b.mu.Lock()
	defer b.mu.Unlock()
	left := max(0, a.started.Add(hungAfter).Sub(now))
	if a.cancel != nil && left == 0 {
		a.cancel(errOvertaken)
	}
	return left
}

// waiting reports whether the call still waits for its turn, and until when its lane is
// known to be paused.
func (b *budget) waiting(l *lane, a *ask) (bool, time.Time) {
	b.mu.Lock()
	defer b.mu.Unlock()
	return a.index >= 0, l.pausedTo
}

func (l *lane) nudge() {
	select {
	case l.wake <- struct{}{}:
	default:
	}
}

// serve starts the calls of one lane. It waits for everything else before it chooses, so
// a call that came meanwhile and is more urgent goes first.
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

// choose takes the most urgent call that may be made now, or says how long to wait.
func (b *budget) choose(l *lane, now time.Time) (*ask, time.Duration) {
	b.mu.Lock()
	defer b.mu.Unlock()
	l.regain(now)
	switch {
	case len(l.queue) == 0, len(l.air) >= inFlight,
		l.testing && len(l.air) > 0 && b.broken == nil: // the breaker has a pace of its own
		return nil, time.Hour // a put or an outcome nudges
	case now.Before(l.pausedTo):
		return nil, l.pausedTo.Sub(now)
	}
	if b.broken != nil {
		if next := b.probed.Add(probeEvery); now.Before(next) {
			return nil, next.Sub(now)
		}
		if l == b.keys && len(b.status.queue) > 0 && !now.Before(b.status.pausedTo) {
			return nil, probeEvery // a status is the better question
		}
	}
	if r := l.limiter.ReserveN(now, 1); r.DelayFrom(now) > 0 {
		wait := r.DelayFrom(now)
		r.CancelAt(now)
		return nil, wait
	}
	a := heap.Pop(&l.queue).(*ask)
	a.started = now
	b.probed = now
	l.air[a] = struct{}{}
	return a, 0
}

// make makes one call and deals with what it says about Dollr as a whole.
func (b *budget) make(ctx context.Context, l *lane, a *ask) {
	life, cancel := context.WithCancelCause(ctx)
	b.mu.Lock()
	a.cancel = cancel
	b.mu.Unlock()
	err := guard(life, a.call)
	if err != nil && errors.Is(context.Cause(life), errOvertaken) {
		err = errOvertaken
	}
	cancel(nil)
	now := time.Now()
	var fault *Fault
	again := errors.As(err, &fault) && fault.Kind == FaultThrottled && ctx.Err() == nil

	b.mu.Lock()
	delete(l.air, a)
	a.cancel = nil
	started := a.started
	var told []*ask
	switch {
	case ctx.Err() != nil:
	case again:
		l.slowDown(fault.RetryAfter, started, now)
		a.started = time.Time{}
		if a.refused++; a.refused >= patience && a.deadline.Before(l.pausedTo) {
			a.deadline = l.pausedTo // it may be refused alone: the others must not wait for it
		}
		heap.Push(&l.queue, a)
		b.mend(now) // it answers, if only to send us away
		if a.look != nil {
			told = []*ask{a} // those who wait may have been told while it did not
		}
	case fault != nil && (fault.Kind == FaultDown || fault.Kind == FaultOffline):
		told = b.fail(fault)
	case fault == nil && err != nil: // a panic in a call, or one overtaken, says nothing about Dollr
	default:
		l.storm = 0
		if started.After(l.slowed) {
			l.testing = false
		}
		b.mend(now)
	}
	b.mu.Unlock()

	b.status.nudge()
	b.keys.nudge()
	if ctx.Err() != nil {
		return
	}
	b.heard(l == b.status, err)
	for _, waiting := range told {
		waiting.look()
	}
	if !again {
		a.done(err, started)
	}
}

// fail counts a failure. When it opens the breaker it returns the calls that wait: nobody
// can ask for them now, and their rows have to say so.
func (b *budget) fail(fault *Fault) []*ask {
	b.failures++
	if b.failures < breakAfter || b.broken != nil {
		return nil
	}
	b.broken, b.stirred = fault, true
	return b.lookers()
}

// mend closes the breaker: the first answer frees everything.
func (b *budget) mend(now time.Time) {
	b.failures = 0
	if b.broken != nil {
		b.broken, b.mended = nil, now
	}
}

// calm tells those who wait that they fail no more, once the breaker has been closed for
// a while: they wait for their turn, and that may be long. While most calls fail it opens
// and closes all the time, and thousands of rows would change with it. It reports whether
// this has just become so.
func (b *budget) calm(now time.Time) bool {
	b.mu.Lock()
	var told []*ask
	over := b.stirred && b.broken == nil && now.Sub(b.mended) >= calmFor
	if over {
		b.stirred, told = false, b.lookers()
	}
	b.mu.Unlock()
	for _, a := range told {
		a.look()
	}
	return over
}

// lookers is the waiting calls that want to know of the breaker. They are told without the
// lock, and may be told out of order: what counts is what open says then.
func (b *budget) lookers() []*ask {
	var told []*ask
	for _, l := range []*lane{b.status, b.keys} {
		for _, a := range l.queue {
			if a.look != nil {
				told = append(told, a)
			}
		}
	}
	return told
}

// slowDown takes a 429 in. The calls that were under way when the rate was last lowered
// have nothing new to say, so a storm lowers it once a round and not once a call. Nor has
// the single call that is sent after a pause to see whether it is over: it says that Dollr
// is still closed, not that one call is too many.
func (l *lane) slowDown(retryAfter time.Duration, started, now time.Time) {
	if news := started.After(l.slowed) || l.slowed.IsZero(); news {
		if !l.testing {
			l.limiter.SetLimitAt(now, max(min(leastRate, rate.Limit(l.full)), l.limiter.Limit()/2))
			l.limiter.SetBurstAt(now, 1)
		}
		l.testing, l.slowed, l.regained = true, now, now
		l.storm++
	}
	pause := min(retryAfter, mostRetry)
	if pause <= 0 {
		// No 429 may be in a row here: a good answer came between this call's start and now.
		pause = min(leastPause<<min(max(l.storm-1, 0), 6), mostPause)
	}
	if to := now.Add(pause); to.After(l.pausedTo) {
		l.pausedTo = to
	}
}

// regain gives back a part of the rate for each 10 s without a 429.
func (l *lane) regain(now time.Time) {
	full := rate.Limit(l.full)
	for l.limiter.Limit() < full && now.Sub(l.regained) >= regainEvery {
		l.regained = l.regained.Add(regainEvery)
		l.limiter.SetLimitAt(now, min(full, l.limiter.Limit()+full*regainPart))
	}
	if l.limiter.Limit() >= full && l.limiter.Burst() < burst {
		l.limiter.SetBurstAt(now, burst)
	}
}

// load is how busy the budget is, as Health shows it.
type load struct {
	statusRate, keyRate float64
	queued              int
	delay               time.Duration // how long the longest has waited for its turn
	slowed              time.Time     // until when a 429 makes us pause; zero: it does not
	eldest              time.Time     // when the oldest call that is being made was started; zero: none is
}

func (b *budget) load(now time.Time) load {
	b.mu.Lock()
	defer b.mu.Unlock()
	var out load
	for _, l := range []*lane{b.status, b.keys} {
		l.regain(now)
		out.queued += len(l.queue)
		for _, a := range l.queue {
			out.delay = max(out.delay, now.Sub(a.asked))
		}
		for a := range l.air {
			out.eldest = earliest(out.eldest, a.started)
		}
		if now.Before(l.pausedTo) && l.pausedTo.After(out.slowed) {
			out.slowed = l.pausedTo
		}
	}
	out.statusRate, out.keyRate = float64(b.status.limiter.Limit()), float64(b.keys.limiter.Limit())
	return out
}

// open is why the breaker is open; nil while it is closed.
func (b *budget) open() *Fault {
	b.mu.Lock()
	defer b.mu.Unlock()
	return b.broken
}

// guard makes a call and turns a panic in it into an error.
func guard(ctx context.Context, call func(context.Context) error) (err error) {
	defer func() {
		if r := recover(); r != nil {
			err = newPanic(r)
		}
	}()
	return call(ctx)
}

// askHeap orders calls by deadline.
type askHeap []*ask

// Len is how many wait.
func (h askHeap) Len() int { return len(h) }

// Less puts the earlier deadline first.
func (h askHeap) Less(i, j int) bool { return h[i].deadline.Before(h[j].deadline) }

// Swap exchanges two, which know their places.
func (h askHeap) Swap(i, j int) {
	h[i], h[j] = h[j], h[i]
	h[i].index, h[j].index = i, j
}

// Push adds an ask; it is container/heap's.
func (h *askHeap) Push(x any) {
	a := x.(*ask)
	a.index = len(*h)
	*h = append(*h, a)
}

// Pop removes the last ask; it is container/heap's.
func (h *askHeap) Pop() any {
	old := *h
	a := old[len(old)-1]
	old[len(old)-1] = nil
	*h = old[:len(old)-1]
	a.index = -1
	return a
}

package load

import (
	"context"
	"errors"
	"sync"
	"time"

	"tillwatch/watch"
	"tillwatch/watch/dollr"
)

// Shop are the calls that make a payment, and the question about one whose execution brought
// no answer. [dollr.Client] fills it. Each makes one attempt.
type Shop interface {
	CreateCheckout(context.Context, dollr.CheckoutRequest) (dollr.Checkout, error)
	CreateSession(ctx context.Context, sourceType string, sourceID int64) (dollr.Session, error)
	CreateAccount(context.Context, dollr.AccountRequest) (dollr.Account, error)
	Execute(context.Context, dollr.ExecutionRequest) (watch.Answer, error)
	Collection(ctx context.Context, reference string) (watch.Answer, error)
}

// Config is what a run needs. Shop and Hand are required.
type Config struct {
	Shop Shop
	// Hand hands a payment over to be watched, and calls kept when its reference is in the
	// journal; see [watch.Fleet.Hand]. A payment is not executed before.
	Hand   func(p watch.Payment, kept func()) (watch.Addition, error)
	Plan   Plan
	Hints  func() watch.HintCounts // of all channels; nil: not known
	Calls  func() []dollr.Count    // of Dollr's API; nil: not known
	Faults func() []string         // those of the sandbox that are on; nil: there are none to be had
	Expect []Expectation
	Keep   int // payments kept for [Run.Samples] when they are over; 0: 200,000; the oldest leave first

	// AtOnce is how many payments are made at the same time; 0: 10,000. An API that hangs gets no
	// more, whatever the rate is. A payment that is due in the meantime begins late, and that is
	// published.
	AtOnce int

	// Learns says that a sandbox tells what becomes of payments: [Run.Learn] and [Run.Learned]
	// are called about once a second. Then up to twice as many are kept, for no result leaves
	// before the sandbox was asked about it; and a payment with a result waits for its fact
	// before Sample takes it, 3 s at most, and not at the end of the run.
	Learns bool

	// Sample receives each payment when it is over, from one goroutine, in the order in which they
	// ended, and at the end of the run those that are not over. It may be slow: only the end of Run
	// waits for it. When Ahead payments wait for it, those that end are left out and counted. Nil:
	// not wanted.
	Sample func(Sample)
	Ahead  int // 0: 50,000

	// Fault is told, once, of a panic in a goroutine of the run's: what failed, fit for a
	// screen, and the stack for the log. The run is of no more use then. Nil: the panic goes on.
	Fault func(what, stack string)
}

// Run is a load run. Its methods may be called from any goroutine, and none but Run waits for
// anything.
type Run struct {
	c    Config
	plan Plan
	deck *deck

	kick   chan struct{} // there is something for the loop to look at
	done   chan struct{}
	work   sync.WaitGroup // payments that are being made
	faults sync.Once

	mu       sync.Mutex // held for a moment at a time, for every watcher passes here
	born     time.Time  // with the monotonic clock; zero before Run
	state    State
	schedule *schedule
	halted   time.Duration // all pauses that are over
	since    time.Duration // when the present one began
	closed   time.Duration // when arrivals ended
	ended    time.Duration // when the run did
	waiting  []arrival     // due, not begun yet
	making   int           // begun, and not made yet; at most AtOnce
	due      int
	pace     pace
	book     book
	judged   Truth
	isJudged bool
	held     []held   // over, and their samples may still learn a fact; the order is that of news
	news     []Sample // for Sample, at most Ahead
	leftOut  int
	rang     chan struct{}

	sums *sums
}

// arrival is a payment that is due.
type arrival struct {
	number int
	due    time.Duration // since the run began
}

// New makes a run; nothing is asked before Run. The error says in one line what cannot be
// about the plan.
func New(c Config) (*Run, error) {
	if c.Shop == nil || c.Hand == nil {
		return nil, errors.New("a load run needs a shop, and somebody to hand payments over to")
	}
	plan, err := c.Plan.checked()
	if err != nil {
		return nil, err
	}
	deck, err := newDeck(plan)
	if err != nil {
		return nil, err
	}
	if c.Keep <= 0 {
		c.Keep = usualKeep
	}
	if c.Ahead <= 0 {
		c.Ahead = usualAhead
	}
	if c.AtOnce <= 0 {
		c.AtOnce = usualAtOnce
	}
	return &Run{
		c: c, plan: plan, deck: deck, schedule: newSchedule(plan),
		kick: make(chan struct{}, 1), done: make(chan struct{}), rang: make(chan struct{}, 1),
		book: newBook(c.Keep, c.Learns), sums: newSums(),
	}, nil
}

// Done is closed when the run has ended.
func (r *Run) Done() <-chan struct{} { return r.done }

// Run makes payments until the plan, a person or ctx ends it, and returns when it has Ended
// and no goroutine of it is left. It may be called once; another call is its one error.
func (r *Run) Run(ctx context.Context) error {
	r.mu.Lock()
	if !r.born.IsZero() {
		r.mu.Unlock()
		return errors.New("load: a run runs once")
	}
	r.born = time.Now()
	r.mu.Unlock()

	making, cut := context.WithCancel(ctx)
	defer cut()
	told := make(chan struct{})
	go func() { defer close(told); r.guarded(r.export) }()
	r.guarded(func() { r.arrive(ctx, making) })
	cut()
	r.work.Wait()
	r.locked(func() {
		r.end(r.now()) // should the loop have failed
		r.release(r.now() + factPatience)
		r.book.close(r.c.Sample != nil, &r.news)
		close(r.rang)
	})
	<-told
	close(r.done)
	return nil
}

// arrive begins each payment when it is due, until the run has Ended.
func (r *Run) arrive(ctx, making context.Context) {
	timer := time.NewTimer(0)
	defer timer.Stop()
	for {
		var begin []arrival
		var state State
		r.locked(func() {
			if ctx.Err() != nil {
				r.end(r.now())
			}
			r.catchUp(r.now())
			r.release(r.now())
			begin, state = r.admit(), r.state
			timer.Reset(r.rest(r.now()))
		})
		if state == Ended {
			return // who has not begun by now does not
		}
		for _, a := range begin {
			r.work.Go(func() {
				defer r.made()
				if !r.guarded(func() { r.live(making, a) }) {
					r.broken(a)
				}
			})
		}
		r.settle()
		select {
		case <-ctx.Done():
		case <-r.kick:
		case <-timer.C:
		}
	}
}

// admit takes those who begin now. The caller holds mu.
func (r *Run) admit() []arrival {
	n := min(len(r.waiting), r.c.AtOnce-r.making)
	begin := r.waiting[:n:n]
	if r.waiting = r.waiting[n:]; len(r.waiting) == 0 {
		r.waiting = nil
	}
	r.making += n
	return begin
}

// made lets the next begin.
func (r *Run) made() {
	r.locked(func() {
		if r.making--; len(r.waiting) > 0 {
			r.look()
		}
	})
}

// now is how long ago the run began.
func (r *Run) now() time.Duration { return time.Since(r.born) }

// stamp is now for what happens to a payment; never 0, which stands for "not yet".
func (r *Run) stamp() time.Duration { return max(1, r.now()) }

// clock is the schedule's clock: the time in which people may arrive.
func (r *Run) clock(now time.Duration) time.Duration {
	if r.state == Paused {
		now = r.since
	}
	return now - r.halted
}

// catchUp records all payments that are due by now, and what ends by now. The caller holds mu, as
// for all that follow.
func (r *Run) catchUp(now time.Duration) {
	if r.state == Running {
		clock, over := r.clock(now), false
		if r.plan.For > 0 && clock >= r.plan.For {
			clock, over = r.plan.For, true
		}
		for r.plan.Payments == 0 || r.due < r.plan.Payments {
			at, due := r.schedule.take(clock)
			if !due {
				break
			}
			r.arrives(at + r.halted)
		}
		if over || r.full() {
			r.drain(now)
		}
	}
	if r.state == Draining && (r.book.open == 0 || now >= r.closed+r.plan.DrainFor) {
		r.end(now)
	}
}

// arrives notes one who is due.
func (r *Run) arrives(at time.Duration) {
	r.due++
	r.book.open++
	r.waiting = append(r.waiting, arrival{r.due, max(1, at)})
}

// full reports whether as many have arrived as the plan allows.
func (r *Run) full() bool { return r.plan.Payments > 0 && r.due >= r.plan.Payments }

func (r *Run) drain(now time.Duration) { r.state, r.closed = Draining, now }

func (r *Run) end(now time.Duration) {
	if r.state == Ended {
		return
	}
	if r.state != Draining {
		r.closed = now
	}
	if r.state == Paused {
		r.halted += now - r.since
	}
	r.state, r.ended = Ended, now
}

// rest returns how long the loop may sleep: until a payment is due or something ends, and not so
// long that measurements pile up.
func (r *Run) rest(now time.Duration) time.Duration {
	const longest = time.Second
	wake := now + longest
	switch r.state {
	case Running:
		if at, ever := r.schedule.due(); ever {
			wake = min(wake, at+r.halted)
		}
		if r.plan.For > 0 {
			wake = min(wake, r.plan.For+r.halted)
		}
	case Draining:
		wake = min(wake, r.closed+r.plan.DrainFor)
	}
	return max(0, wake-now)
}

// look has the loop look again. It never blocks.
func (r *Run) look() {
	select {
	case r.kick <- struct{}{}:
	default:
	}
}

// settle adds up what was measured. The caller does not hold mu.
func (r *Run) settle() {
	var fresh []reading
	r.locked(func() { fresh, r.book.fresh = r.book.fresh, nil })
	r.sums.add(fresh)
}

// export passes on what is over, until the run has ended.
func (r *Run) export() {
	for open := true; open; {
		_, open = <-r.rang
		var news []Sample
		r.locked(func() { news, r.news = r.news, nil })
		for _, s := range news {
			r.c.Sample(s)
		}
	}
}

package realtime

import (
	"container/list"
	"context"
	"net/http"
	"sync"
	"sync/atomic"
	"time"
)

// Config says where the server is and how gently it is treated. The zero value of a
// number means its default.
type Config struct {
	// URL is Supabase's base URL; "/realtime/v1/websocket" is added. A path that ends
	// in "/realtime/v1" gets only "/websocket", one that ends in "/websocket" nothing.
	// http and https are taken for ws and wss.
	URL string
	// APIKey is the anon key, sent as the query's apikey. It is in no error.
	APIKey string
	// HTTP dials the sockets. Redirects are never followed. Nil is a client of our own.
	HTTP *http.Client
	// ChannelsPerSocket is how many channels share a socket, 90 by default.
	ChannelsPerSocket int
	// JoinsPerSecond is the pace of joins over all sockets, 50 by default.
	JoinsPerSecond float64
	// Refuse is asked about the server's host before a socket is opened, whatever proxy would
	// carry it, and about every host before it is dialled. Its error, one clean line, is the
	// socket's. Nil allows every host.
	Refuse func(host string) error
	// Fault is called for a panic in the client or in a function that it was given, with a few
	// words and the stack. It must be safe for concurrent use. The client goes on without what the
	// panic has ended (see fault.go). If Fault is nil, a panic ends the program.
	Fault func(what, stack string)
	// Dump is told of every frame, for a developer, in the order of each socket. It is
	// called from many goroutines and must not block. Nil costs nothing.
	Dump func(Frame)
}

// Client keeps channels open over as few sockets as they need. All its methods may be
// called from any goroutine. A Client must be closed.
type Client struct {
	dialer    *dialer
	perSocket int // channels; fewer than allowed once the server has said so
	allowed   int
	pace      time.Duration // between joins
	window    int           // channels whose turn has come, at most

	inbox  *mailbox[func(now time.Time)]
	epoch  time.Time // what link.heard counts from
	orders atomic.Uint64
	fault  func(what, stack string)
	faults atomic.Int64 // panics so far
	dump   func(Frame)
	noDump atomic.Bool // dump has panicked
	drops  dropCounters

	ctx     context.Context // of Token calls and dials
	cancel  context.CancelFunc
	quit    chan struct{}
	once    sync.Once
	stopped chan struct{} // the loop has ended
	work    sync.WaitGroup

	statusMu sync.Mutex
	status   Status

	// Below is the loop's.

	alarms  alarms
	sockets []*socket
	dials   uint64    // since the beginning
	queue   list.List // of *Channel, waiting for their turn
	keyed   list.List // of *Channel, with a key, waiting for a socket
	renewal list.List // of *Channel, waiting for a renewal's turn
	minting int       // keys being got for joins
	renews  int       // keys being got for renewals

	failed    bool                  // a panic has ended the client as a whole
	open      map[*Channel]struct{} // channels that are neither Over nor closed
	readies   int
	joins     uint64
	nextJoin  time.Time // the earliest next join by the pace
	clash     bool      // a channel found its topic on every free socket
	hold      hold
	refused   time.Time // when a join was last refused, on any socket
	doubted   time.Time // when a key that had been sent before was last refused
	slept     time.Time // when the client was last told that the clock had stood still
	crowd     crowd
	paceAlarm alarm // rings when the pace or a pause allows joins again
	trouble   Trouble
	dialErr   *DialError // of the last dial; nil if it succeeded
	nextDial  time.Time  // the earliest next dial while dialErr says that the server cannot be reached
	dialAlarm alarm      // rings at nextDial
}

// New returns a Client that dials nothing until a channel is opened. A bad Config.URL
// shows as Status.Trouble, and its channels are Lost and tried again.
func New(cfg Config) *Client {
	if cfg.ChannelsPerSocket <= 0 {
		cfg.ChannelsPerSocket = defaultPerSocket
	}
	if cfg.JoinsPerSecond <= 0 {
		cfg.JoinsPerSecond = defaultJoinRate
	}
	c := &Client{
		perSocket: cfg.ChannelsPerSocket, allowed: cfg.ChannelsPerSocket,
		pace: time.Duration(float64(time.Second) / cfg.JoinsPerSecond),
		// Keys are got for about a second of joins in advance, so that slow answers
		// overlap and no key grows old in the queue.
		window:  min(max(int(cfg.JoinsPerSecond), 4), 256),
		inbox:   newMailbox[func(time.Time)](),
		epoch:   time.Now(),
		fault:   cfg.Fault,
		open:    make(map[*Channel]struct{}),
		quit:    make(chan struct{}),
		stopped: make(chan struct{}),
	}
	c.dump, cfg.Refuse = c.guardedDump(cfg.Dump), c.guardedRefuse(cfg.Refuse)
	c.dialer = newDialer(cfg)
	c.ctx, c.cancel = context.WithCancel(context.Background())
	c.paceAlarm.ring = func(time.Time) {} // plan runs after every ring
	c.dialAlarm.ring = c.paceAlarm.ring
	go func() { _ = c.attempt(c.loop) }()
	return c
}

// Open queues a channel's join. It never waits and never fails; what comes of it is
// told to spec.Hear. After Client.Close it hears nothing. A Spec without its functions
// is a mistake of the program's, and panics here rather than later, in the loop.
func (c *Client) Open(spec Spec) *Channel {
	if spec.Token == nil || spec.Hear == nil {
		panic("realtime: Open needs Spec.Token and Spec.Hear")
	}
	ch := &Channel{client: c, spec: spec, order: c.orders.Add(1)}
	c.post(func(now time.Time) {
		switch {
		case ch.isClosed():
			ch.state = ended
		case c.failed:
			ch.state = ended
			ch.tell(Notice{Kind: Lost, Err: errBug, Over: true})
		default:
			c.open[ch] = struct{}{}
			ch.enlist(&c.queue, queued, false)
		}
	})
	return ch
}

// Close ends all channels and sockets and returns when every goroutine is gone, which
// takes a second at most if each Token obeys its context. No Hear is called after it.
// It must not be called from inside Hear, Wanted or Token.
func (c *Client) Close() {
	c.once.Do(func() { close(c.quit) })
	<-c.stopped
	c.work.Wait()
	c.dialer.close()
}

// post has the loop run do. It never waits, so the loop itself may post.
func (c *Client) post(do func(now time.Time)) { c.inbox.put(do) }

// loop is the state machine: news first, then what is due, then what can be done
// about those who wait. News goes first so that a frame that is already here counts
// before silence is judged.
func (c *Client) loop() {
	defer close(c.stopped)
	defer c.windDown()
	timer := time.NewTimer(time.Hour)
	defer timer.Stop()
	for {
		for _, do := range c.inbox.take() {
			c.run(do)
		}
		c.run(c.turn)

		timer.Stop()
		if at, any := c.alarms.next(); any {
			timer.Reset(time.Until(at))
		}
		select {
		case <-c.quit:
			return
		case <-c.inbox.bell:
		case <-timer.C:
		}
	}
}

// run runs do in the loop. After a panic in it nothing that the loop holds can be trusted.
func (c *Client) run(do func(now time.Time)) {
	if c.attempt(func() { do(time.Now()) }) != nil {
		c.fail(time.Now())
		c.publish()
	}
}

// turn does what is due.
func (c *Client) turn(now time.Time) {
	if !c.failed {
		c.alarms.ringDue(now)
		c.plan(now)
	}
	c.publish()
}

// windDown tells the server goodbye where that is possible, and ends the rest.
func (c *Client) windDown() {
	c.cancel()
	for _, s := range c.sockets {
		switch {
		case s.open:
			s.link.end()
		case s.link != nil:
			s.link.cancel(errEnded)
		}
	}
}

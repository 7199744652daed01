package supabase

import (
	"crypto/rand"
	"encoding/hex"
	mathrand "math/rand/v2"
	"sync"
	"sync/atomic"
	"time"
)

// Options says what a Server is like. The zero value is a server without tables,
// with a random secret, without limits, that keeps the real server's times.
type Options struct {
	// Secret signs and checks every token (HS256). A random one is made when empty.
	Secret string
	// Limits are in force for all sockets together; see DefaultLimits and NoLimits.
	Limits Limits
	// Scale multiplies every time of the protocol (the 5 s of a refused join, the 2 s
	// of a refused upgrade, the idle close, the polls). 0 means 1. Lives of tokens and
	// the delays of a Link are never scaled.
	Scale float64
	// Poll is how often changes are looked for, at least; 0 means as the real server does,
	// every half second. It is for measuring a client: then what a change waits for is short.
	Poll time.Duration
	// Seed feeds all randomness, so that the same calls give the same waits.
	Seed uint64
	// Tables are the tables of schema public.
	Tables []Table
	// Link is asked at each join what its channel's link does; the topic comes without
	// "realtime:". Nil means that all links are clean. It must not block, and is called by
	// many goroutines.
	Link func(topic string) Link
	// Joined is called when a join was answered ok, before its "system ok". It may call
	// the Server, but must not block: the socket waits for it.
	Joined func(topic string)
	// Now is the clock that tokens are checked and changes are stamped by; time.Now when nil.
	// Nothing waits by it. It is called under the Server's lock and must not call the Server.
	Now func() time.Time
	// Fault is called for a panic in a goroutine of the Server. If nil, the panic goes on.
	Fault func(what, stack string)
}

// Server is one Supabase project's Realtime server. It is an http.Handler; all methods
// may be called from any goroutine.
type Server struct {
	opt  Options
	now  func() time.Time
	born time.Time
	anon string
	gate gate
	done chan struct{}  // closed by Close; wakes all that sleep
	busy sync.WaitGroup // requests and actors

	killed atomic.Int64 // sockets whose mailbox was full

	mu       sync.Mutex // guards all below, and the channels of every socket
	closed   bool
	rand     *mathrand.Rand
	sockets  map[*socket]struct{}
	users    int // sockets that have joined at least once
	tables   map[string]*table
	slot     []*change // committed and not yet polled
	seq      uint64    // number of the last change
	nextPoll time.Time
	poller   *time.Timer // not nil while a poll is due
	sweeper  *time.Timer
	joins    rate
	sent     rate // deliveries
	deaf     bool
	refusal  refusal       // of all upgrades, until its time has passed
	stalled  time.Time     // joins wait until then
	restall  chan struct{} // closed and replaced when that changes
	cuts     uint64        // times that sockets were cut
	down     time.Time     // no upgrade is answered before, because the server restarts
	cold     bool          // it was restarted, and no channel has joined since
	warm     time.Time     // until then it does not listen to its database
	stats    Stats
}

// New makes a Server that runs until Close. It starts no goroutine of its own.
func New(opt Options) *Server {
	if opt.Scale <= 0 {
		opt.Scale = 1
	}
	if opt.Now == nil {
		opt.Now = time.Now
	}
	if opt.Secret == "" {
		random := make([]byte, 32)
		_, _ = rand.Read(random) // never fails, says crypto/rand
		opt.Secret = hex.EncodeToString(random)
	}
	s := &Server{
		opt: opt, now: opt.Now, born: time.Now(),
		done:    make(chan struct{}),
		restall: make(chan struct{}),
		rand:    mathrand.New(mathrand.NewPCG(opt.Seed, 1)),
		sockets: map[*socket]struct{}{},
		tables:  map[string]*table{},
	}
	for _, t := range opt.Tables {
		s.tables[t.Name] = newTable(t)
	}
	s.nextPoll = s.born
	s.joins = newRate(s.born, s.scaled(rateBucket))
	s.sent = newRate(s.born, s.scaled(rateBucket))
	s.anon = s.Mint("anon", nil, 10*365*24*time.Hour)
	s.mu.Lock() // the first sweep must come after this, however late New's caller goes on
	s.sweeper = s.after(s.scaled(sweepEvery), s.sweep)
	s.mu.Unlock()
	return s
}

// Close cuts every socket and returns when no goroutine of the server is left. Requests
// that come later are answered with 503. Calling it again does nothing.
func (s *Server) Close() {
	s.mu.Lock()
	if s.closed {
		s.mu.Unlock()
		s.busy.Wait()
		return
	}
	s.closed = true
	close(s.done)
	s.sweeper.Stop()
	if s.poller != nil {
		s.poller.Stop()
	}
	for sk := range s.sockets {
		sk.wire.cut()
	}
	s.mu.Unlock()
	s.gate.open()
	s.busy.Wait()
}

// AnonKey is the project's anon key: a signed token of role anon that lives ten years.
func (s *Server) AnonKey() string { return s.anon }

// Stats says what the server has seen and has now. The counts only grow, but for
// Sockets, Users and Channels.
type Stats struct {
	Sockets      int `json:"sockets"`       // open now
	Users        int `json:"users"`         // of these, sockets that have joined
	Channels     int `json:"channels"`      // open now
	Upgrades     int `json:"upgrades"`      // sockets accepted
	Refused      int `json:"refused"`       // sockets refused
	JoinsAsked   int `json:"joins_asked"`   // joins that came
	Joins        int `json:"joins"`         // joins answered ok
	JoinsRefused int `json:"joins_refused"` // joins answered with an error
	FramesIn     int `json:"frames_in"`     // messages of all sockets
	FramesOut    int `json:"frames_out"`
	Changes      int `json:"changes"`    // rows committed
	Deliveries   int `json:"deliveries"` // changes sent, one for each channel that got it
	Dropped      int `json:"dropped"`    // changes thrown away, by the quota or by Deafen
	Killed       int `json:"killed"`     // sockets ended because their mailbox was full
}

// Stats counts up all sockets; it is cheap enough to ask once a second.
func (s *Server) Stats() Stats {
	s.mu.Lock()
	defer s.mu.Unlock()
	st := s.stats
	st.Sockets, st.Users, st.Killed = len(s.sockets), s.users, int(s.killed.Load())
	for sk := range s.sockets {
		st.Channels += len(sk.channels)
		st.FramesIn += int(sk.in.Load())
		st.FramesOut += int(sk.out.Load())
	}
	return st
}

// scaled is a time of the protocol as this server keeps it.
func (s *Server) scaled(d time.Duration) time.Duration {
	return time.Duration(float64(d) * s.opt.Scale)
}

// between is a random time of the protocol, scaled. It needs s.mu.
func (s *Server) between(least, most time.Duration) time.Duration {
	return s.scaled(least + time.Duration(s.rand.Int64N(int64(most-least))))
}

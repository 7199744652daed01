package sandbox

import (
	cryptorand "crypto/rand"
	"math/rand/v2"
	"net/http"
	"sync"
	"sync/atomic"
	"time"

	"golang.org/x/time/rate"

	"tillwatch/sandbox/supabase"
)

// Server is one sandbox: Dollr, its customers, its operators and its realtime channels.
// All methods may be called from any goroutine. End it with Close.
type Server struct {
	opt     Options
	born    time.Time
	secret  []byte // signs bearer tokens
	rt      *supabase.Server
	queue   queue
	limiter *rate.Limiter // nil without a rate limit
	faults  faults
	calls   atomic.Int64 // HTTP calls of /v1
	reads   atomic.Int64 // of these, questions for a status
	keys    atomic.Int64 // and for a realtime key
	errors  atomic.Int64 // 5xx given, which turns their kinds about
	revoked atomic.Int64 // times that all bearer tokens were withdrawn
	done    chan struct{}
	closing sync.Once

	// What links need to know of sessions (by number, int64), apart from mu: the realtime
	// side asks in the middle of its own work.
	linked sync.Map // *link of those whose number does not say it, the reserved ones having run out
	joined sync.Map // *atomic.Int64, joins so far, where a trouble comes once
	spells sync.Map // *spell, when a trouble of the HTTP side began

	commits sync.Mutex // held while changes are taken and committed, so that they keep their order

	mu       sync.RWMutex // guards all below and what it points at
	sources  map[sourceKey]*source
	sessions map[int64]*session
	accounts map[int64]*account
	payments map[string]*payment // by reference in lower case
	inOrder  []*payment          // as they were made, hosted ones too
	numbers  numbers
	speed    float64           // SetSpeed alone changes it
	outbox   []supabase.Change // rows changed and not yet committed
}

// numbers are the last numbers given out.
type numbers struct {
	source, session, account, row, order int64
	reserved                             map[int64]int64 // by link code
}

// New makes a sandbox that runs until Close. It listens nowhere yet: see Serve and Memory.
func New(opt Options) *Server {
	opt = opt.filled()
	s := &Server{
		opt: opt, speed: opt.Speed, born: time.Now(), secret: []byte(cryptorand.Text()), done: make(chan struct{}),
		sources: map[sourceKey]*source{}, sessions: map[int64]*session{},
		accounts: map[int64]*account{}, payments: map[string]*payment{},
		numbers: numbers{source: 100, session: 1000, account: 10, reserved: map[int64]int64{}},
	}
	s.faults.bell = make(chan struct{})
	if opt.Rate > 0 {
		s.limiter = rate.NewLimiter(rate.Limit(opt.Rate), opt.Burst)
	}
	s.queue.fault = opt.Fault
	s.rt = s.newRealtime()
	return s
}

// Close ends all payments where they stand, cuts every socket, and returns when no
// goroutine of the sandbox is left. Calling it again does nothing.
func (s *Server) Close() {
	s.closing.Do(func() { close(s.done) })
	s.queue.close()
	s.rt.Close()
}

// AnonKey is the key of the realtime project, as a merchant finds it in Dollr's portal.
func (s *Server) AnonKey() string { return s.rt.AnonKey() }

// Env is what a merchant's program needs to use the sandbox at base, such as
// http://127.0.0.1:7700, in the form NAME=value and under Dollr's own names.
func (s *Server) Env(base string) []string {
	return []string{
		"DOLLR_BASE_URL=" + base,
		"DOLLR_CLIENT_ID=" + s.opt.ClientID,
		"DOLLR_CLIENT_SECRET=" + s.opt.ClientSecret,
		"SUPABASE_URL=" + base,
		"SUPABASE_ANON_KEY=" + s.AnonKey(),
	}
}

// wall is the server's clock. It is right but for the fault that sets it ahead; waits
// never look at it.
func (s *Server) wall() time.Time {
	if s.faults.on(ClockAhead) {
		return time.Now().Add(clockAhead)
	}
	return time.Now()
}

// drawing is the randomness of one thing: the same seed and number draw the same, however
// many others drew before.
func (s *Server) drawing(what uint64, number int64) *rand.Rand {
	return rand.New(rand.NewPCG(s.opt.Seed^what<<56, uint64(number)))
}

// What a drawing is for; each has draws of its own.
const (
	drawLife uint64 = iota + 1
	drawOrder
	drawPage
	drawLink
)

// Handler returns the whole sandbox: /v1/… as Dollr, /realtime/v1/websocket as Supabase and
// /sandbox/… for the client that directs the play. It answers only callers that name a loopback
// host.
func (s *Server) Handler() http.Handler { return http.HandlerFunc(s.serve) }

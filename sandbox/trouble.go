package sandbox

import (
	"math"
	"net/http"
	"strconv"
	"sync"
	"time"
)

// spell is one session's trouble with HTTP. It begins with the first call about that
// session, so that a story is the same whenever its watcher comes.
type spell struct {
	mu    sync.Mutex
	since time.Time
	count int // calls in trouble so far
}

func (s *Server) spellOf(session int64) *spell {
	sp, _ := s.spells.LoadOrStore(session, new(spell))
	return sp.(*spell)
}

// within counts a call and says how much of the first d after the spell's beginning is
// left, 0 or less when it is over.
func (sp *spell) within(d time.Duration) (left time.Duration, count int) {
	sp.mu.Lock()
	defer sp.mu.Unlock()
	if sp.since.IsZero() {
		sp.since = time.Now()
	}
	sp.count++
	return d - time.Since(sp.since), sp.count
}

// away says whether a session with the link offline cannot be reached just now.
func (s *Server) away(session int64) bool {
	left, _ := s.spellOf(session).within(offlineFor)
	return left > 0
}

// throttled answers 429 until a client that waits as told has waited.
func throttled(c *call) bool {
	left, _ := c.s.spellOf(c.session).within(throttledFor)
	if left <= 0 {
		return false
	}
	c.tooMany(left)
	return true
}

// failing answers status questions with each kind of 5xx in turn.
func failing(c *call) bool {
	if !c.status {
		return false
	}
	left, count := c.s.spellOf(c.session).within(failingFor)
	if left <= 0 {
		return false
	}
	c.serverError(count)
	return true
}

// offline drops the connection without an answer, as a network that is gone does.
func offline(c *call) bool {
	if c.s.away(c.session) {
		panic(http.ErrAbortHandler)
	}
	return false
}

// ahead dates the answer as a server whose clock is 3:10 ahead would.
func ahead(c *call) bool {
	c.w.Header().Set("Date", time.Now().Add(clockAhead).UTC().Format(http.TimeFormat))
	return false
}

// tooMany answers 429 with the wait rounded up to whole seconds, as the header has them.
func (c *call) tooMany(wait time.Duration) {
	c.w.Header().Set("Retry-After", strconv.Itoa(int(math.Ceil(wait.Seconds()))))
	c.fail(http.StatusTooManyRequests, "Too many requests")
}

// serverError answers one of the 5xx that gateways give: half of them have no JSON.
func (c *call) serverError(turn int) {
	switch turn % 3 {
	case 1:
		c.fail(http.StatusInternalServerError, "Internal Server Error")
	case 2:
		c.page(http.StatusBadGateway, "<html><h1>502 Bad Gateway</h1></html>")
	default:
		c.page(http.StatusServiceUnavailable, "upstream connect error or disconnect/reset before headers")
	}
}

package realtime

import (
	"math/rand/v2"
	"time"
)

// steps are the waits between tries, for all that can be tried again. They are the official
// client's (realtime-js 2.119.1), which servers are used to. Unlike it the client adds jitter, so
// that a restart does not bring all clients back in the same moment.
var steps = [...]time.Duration{1 * time.Second, 2 * time.Second, 5 * time.Second, 10 * time.Second}

// step is the wait after so many failures in a row, 1 being the first.
func step(fails int) time.Duration {
	return steps[min(max(fails, 1), len(steps))-1]
}

// fullJitter draws from all of [0, most): it spreads clients best.
func fullJitter(most time.Duration) time.Duration {
	return rand.N(most)
}

// hold is the whole client's pause after the server refused for a reason of its own
// (a rate limit, its database, a refused upgrade). While fails is not 0 we go one
// join and one dial at a time, for a server in trouble needs no crowd to say so.
type hold struct {
	fails int
	until time.Time
	alone bool // a join cost its neighbours something: the next is tried on a socket without any
}

// fail starts a pause, unless one is on: the refusals of joins that were under way
// together count as one.
func (h *hold) fail(now time.Time) {
	if now.Before(h.until) {
		return
	}
	h.fails++
	// Half of it is certain. A pause that could be nothing would be none.
	most := step(h.fails)
	h.until = now.Add(most/2 + fullJitter(most/2))
}

// accepted ends the caution when a join that was sent after the pause is accepted. One
// that was out already when the refusal came proves nothing.
func (h *hold) accepted(sent time.Time) {
	if !sent.Before(h.until) {
		*h = hold{}
	}
}

func (h *hold) on(now time.Time) bool { return now.Before(h.until) }

// cautious says that the last word of the server was a refusal.
func (h *hold) cautious() bool { return h.fails > 0 }

package dollr

import (
	"cmp"
	"net/http"
	"slices"
	"sync"
	"time"
)

// sandboxHeader is on every answer of our sandbox, and on none of Dollr's.
const sandboxHeader = "Tillwatch-Sandbox"

// Count is how often one call got one HTTP code; code 0 stands for no answer at all.
type Count struct {
	Call  string // e.g. "status/collection", "token"
	Code  int
	Times uint64
}

// tally is what all answers together tell.
type tally struct {
	mu        sync.Mutex
	counts    map[Count]uint64 // by a Count without Times
	answers   uint64
	simulated uint64
	answered  time.Time
	skew      time.Duration
	dated     bool
}

// heard takes an HTTP answer's head in, when it has just arrived. took is since the
// request was sent, wall our wall clock at the arrival.
func (t *tally) heard(call string, resp *http.Response, took time.Duration, wall time.Time) {
	t.mu.Lock()
	defer t.mu.Unlock()
	t.count(call, resp.StatusCode)
	t.answers++
	if len(resp.Header.Values(sandboxHeader)) > 0 {
		t.simulated++
	}
	t.answered = time.Now()
	if date, err := http.ParseTime(resp.Header.Get("Date")); err == nil {
		// Date is cut to the second: on average the server's clock is half of one further.
		t.skew = date.Add(500 * time.Millisecond).Sub(wall.Add(-took / 2))
		t.dated = true
	}
}

// missed counts a call that got no answer.
func (t *tally) missed(call string) {
	t.mu.Lock()
	defer t.mu.Unlock()
	t.count(call, 0)
}

func (t *tally) count(call string, code int) {
	if t.counts == nil {
		t.counts = map[Count]uint64{}
	}
	t.counts[Count{Call: call, Code: code}]++
}

// Simulated reports whether all HTTP answers so far came from our sandbox, and whether any
// did. Both are false before the first answer.
func (c *Client) Simulated() (all, any bool) {
	t := &c.tally
	t.mu.Lock()
	defer t.mu.Unlock()
	return t.answers > 0 && t.simulated == t.answers, t.simulated > 0
}

// Skew is Dollr's clock less ours, by the Date of the newest answer that had one. It is
// good to half a second and half the round trip. It reports false before such an answer.
func (c *Client) Skew() (time.Duration, bool) {
	t := &c.tally
	t.mu.Lock()
	defer t.mu.Unlock()
	return t.skew, t.dated
}

// Answered is the monotonic time of the last HTTP answer of any kind, an error's too;
// zero: there was none.
func (c *Client) Answered() time.Time {
	t := &c.tally
	t.mu.Lock()
	defer t.mu.Unlock()
	return t.answered
}

// Counts is how often each call got each HTTP code, in the order of their names.
func (c *Client) Counts() []Count {
	t := &c.tally
	t.mu.Lock()
	defer t.mu.Unlock()
	counts := make([]Count, 0, len(t.counts))
	for key, times := range t.counts {
		counts = append(counts, Count{key.Call, key.Code, times})
	}
	slices.SortFunc(counts, func(a, b Count) int {
		return cmp.Or(cmp.Compare(a.Call, b.Call), cmp.Compare(a.Code, b.Code))
	})
	return counts
}

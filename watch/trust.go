package watch

import (
	"sync"
	"time"
)

// Trust in hints is earned: the server can drop changes in silence, or lag behind by many
// seconds, while every heartbeat is answered (Supabase Realtime v2.129.8 does both above
// 100 deliveries a second). While trust is lost, payments whose channel is ready are read
// as often as if it were not.
const (
	trustOver   = 10 // finals that are looked at
	trustLosses = 2  // of them without a hint: trust is lost
	lagAllowed  = 3 * time.Second
	lagOver     = 3 // hints in a row that must be in time again
	lagPeriod   = 15 * time.Minute
)

// trust is the fleet's opinion of the channel. Anyone may call it.
type trust struct {
	mu     sync.Mutex
	finals [trustOver]bool // true: no hint came
	next   int
	losses int

	best    time.Duration // the best lag seen lately, which holds the difference of the clocks too
	known   bool
	recent  time.Duration // the best lag of this period
	began   time.Time     // of this period; the one before it made best
	lagging int           // hints that still have to be in time

	changed func() // told when the opinion changes; must not block
}

// held reports whether hints are relied on.
func (t *trust) held() bool {
	t.mu.Lock()
	defer t.mu.Unlock()
	return t.holds()
}

func (t *trust) holds() bool { return t.losses < trustLosses && t.lagging == 0 }

// final notes one end of a payment whose channel was ready: did a hint come?
func (t *trust) final(hinted bool) {
	t.update(func() {
		if t.finals[t.next] {
			t.losses--
		}
		t.finals[t.next] = !hinted
		if !hinted {
			t.losses++
		}
		t.next = (t.next + 1) % trustOver
	})
}

// lag notes how long after its commit a hint arrived, by two clocks, on a channel that had
// been ready for so long. It reports whether the hint was late; a row that was committed
// before the channel was ready is not the channel's fault.
func (t *trust) lag(d, ready time.Duration) (late bool) {
	t.update(func() {
		if now := time.Now(); !t.known || now.Sub(t.began) > lagPeriod {
			if t.known { // clocks drift: what was best an hour ago may never be again
				t.best = t.recent
			}
			t.recent, t.began = d, now
		}
		t.recent = min(t.recent, d)
		if !t.known || d < t.best {
			t.best, t.known = d, true
		}
		if late = d > t.best+lagAllowed && ready > d-t.best; late {
			t.lagging = lagOver
		} else if t.lagging > 0 {
			t.lagging--
		}
	})
	return late
}

// forget drops what was learned of lags: one of the clocks has jumped.
func (t *trust) forget() {
	t.mu.Lock()
	defer t.mu.Unlock()
	t.known = false
}

func (t *trust) update(f func()) {
	t.mu.Lock()
	before := t.holds()
	f()
	changed := before != t.holds()
	t.mu.Unlock()
	if changed && t.changed != nil {
		t.changed()
	}
}

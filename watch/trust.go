package watch

import (
	"cmp"
	"slices"
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

// trust is the fleet's opinion of the channels. It is safe for concurrent use. A fault of one
// payment's channel costs that channel its trust; faults of two payments cost all channels theirs.
type trust struct {
	mu     sync.Mutex
	finals [trustOver]bool // true: no hint came
	next   int
	losses int

	best    lags      // the best lags of late; they include the difference of the two clocks
	recent  lags      // the best lags of this period
	began   time.Time // when this period began; best is from the one before
	lateBy  ID        // the payment whose hint came late last; empty: the last hint was in time
	lagging int       // how many more hints must be in time before trust returns

	changed func() // told when the opinion changes; must not block
}

// lags holds the best lags of three payments, the best first.
type lags []lagOf

type lagOf struct {
	id  ID
	lag time.Duration
}

// note records a lag.
func (l *lags) note(id ID, d time.Duration) {
	if own := slices.IndexFunc(*l, func(o lagOf) bool { return o.id == id }); own >= 0 {
		d = min(d, (*l)[own].lag)
		*l = slices.Delete(*l, own, own+1)
	}
	at, _ := slices.BinarySearchFunc(*l, d, func(o lagOf, d time.Duration) int { return cmp.Compare(o.lag, d) })
	*l = slices.Insert(*l, at, lagOf{id, d})
	*l = (*l)[:min(len(*l), 3)]
}

// base returns the lag that a payment's lag is compared with: the lower of its own best and the
// second best of the other payments, so that one payment whose rows tell nonsense does not make all
// others late. With a single other payment that one's best counts.
func (l lags) base(id ID) time.Duration {
	var own, others []time.Duration
	for _, o := range l {
		if o.id == id {
			own = append(own, o.lag)
		} else {
			others = append(others, o.lag)
		}
	}
	return slices.Min(append(own, others[max(0, min(len(others), 2)-1):min(len(others), 2)]...))
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

// lag records how long after its commit a payment's hint arrived, by two clocks. ready is how long
// the channel had been ready. It reports whether the hint was late. A row that was committed before
// the channel was ready is not late.
func (t *trust) lag(id ID, d, ready time.Duration) (late bool) {
	t.update(func() {
		if now := time.Now(); len(t.best) == 0 || now.Sub(t.began) > lagPeriod {
			t.best = t.recent // clocks drift, so an old best may be out of reach
			t.recent, t.began = nil, now
		}
		t.recent.note(id, d)
		t.best.note(id, d)
		base := t.best.base(id)
		late = d > base+lagAllowed && ready > d-base
		switch {
		case !late:
			t.lagging, t.lateBy = max(t.lagging-1, 0), ""
		case t.lateBy != "" && t.lateBy != id:
			t.lagging, t.lateBy = lagOver, id
		default:
			t.lateBy = id
		}
	})
	return late
}

// forget drops what was learned of lags: one of the clocks has jumped.
func (t *trust) forget() {
	t.mu.Lock()
	defer t.mu.Unlock()
	t.best, t.recent = nil, nil
}

func (t *trust) update(f func()) {
	if t.updated(f) && t.changed != nil {
		t.changed()
	}
}

func (t *trust) updated(f func()) (changed bool) {
	t.mu.Lock()
	defer t.mu.Unlock()
	before := t.holds()
	f()
	return before != t.holds()
}

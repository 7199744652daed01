package watch

import (
	"slices"
	"testing"
	"time"
)

// Hundreds hear at once that their payments go on. Those that hear of an end go before them,
// and do not keep them waiting for ever.
func TestCrew_WhoHeardOfAnEndGoesFirst(t *testing.T) {
	c := crew{hands: mostHands} // all are at work: who comes has to wait
	c.begin(t.Context())
	payment := func(session int64) *watcher { return newWatcher(nil, Payment{Session: session}) }
	for n := range int64(20) {
		c.put(payment(n), false)
		c.put(payment(100+n), true)
	}
	var order []int64
	for w := c.next(); w != nil; w = c.next() {
		order = append(order, w.known.Session)
	}
	if want := []int64{
		100, 101, 102, 103, 104, 105, 106, 0, 107, 108, 109, 110, 111, 112, 113, 1, 114, 115, 116, 117, 118, 119,
		2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13, 14, 15, 16, 17, 18, 19,
	}; !slices.Equal(order, want) {
		t.Errorf("the order is %v", order)
	}
	if c.hands != mostHands-1 || c.soon != nil || c.due != nil {
		t.Errorf("in the end %d are at work, and %d and %d wait", c.hands, len(c.soon), len(c.due))
	}
}

// A payment that has heard that it goes on may hear of its end before its turn has come, or
// while somebody is at work on it. It goes before the others all the same, and has one turn.
func TestCrew_WhoWaitsAlreadyGoesFirstOnceItHearsOfAnEnd(t *testing.T) {
	f := &Fleet{crew: crew{hands: mostHands}}
	f.crew.begin(t.Context())
	payment := func(session int64) *watcher { return newWatcher(f, Payment{Session: session}) }
	waits, atWork := payment(100), payment(101)
	atWork.queued = true
	nothing := func() {}
	for n := range int64(5) {
		payment(n).post(nothing)
	}
	waits.post(nothing)
	waits.deliver(nothing, true)
	waits.deliver(nothing, true)
	atWork.deliver(nothing, true)
	atWork.rest(time.Hour, false)
	var order []int64
	for w := f.crew.next(); w != nil; w = f.crew.next() {
		order = append(order, w.known.Session)
	}
	if want := []int64{100, 101, 0, 1, 2, 3, 4}; !slices.Equal(order, want) {
		t.Errorf("the order is %v, want %v", order, want)
	}
}

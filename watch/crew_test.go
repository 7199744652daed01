package watch

import (
	"slices"
	"testing"
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

package watch

import (
	"sync"
	"time"
)

// demand is the sum of the routine reads a second of all plans. Payments with a ready and trusted
// channel give way: their spacing is stretched until all plans need at most half of the rate. The
// rest is for verifies and new payments.
type demand struct {
	mu          sync.Mutex
	alone, live int64 // millionths of a read a second: of payments without a channel, and of payments with one
}

// wish is one payment's part of the demand.
type wish struct {
	millionths int64
	live       bool // the payment has a ready and trusted channel
}

// every returns the wish of a payment that is read once each gap.
func every(gap time.Duration, live bool) wish {
	return wish{int64(time.Second) * 1e6 / int64(gap), live}
}

// change replaces one payment's wish by another.
func (d *demand) change(from, to wish) {
	d.mu.Lock()
	defer d.mu.Unlock()
	*d.part(from) -= from.millionths
	*d.part(to) += to.millionths
}

func (d *demand) part(w wish) *int64 {
	if w.live {
		return &d.live
	}
	return &d.alone
}

// stretch returns the factor, 1 or more, by which payments with a channel lengthen their spacing at
// this rate of reads a second.
func (d *demand) stretch(rate float64) float64 {
	d.mu.Lock()
	defer d.mu.Unlock()
	half := rate * 1e6 / 2
	room := max(half-float64(d.alone), half/10) // however many payments have no channel
	return max(1, float64(d.live)/room)
}

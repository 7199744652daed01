package watch

import (
	"sync"
	"time"
)

// demand is how many routine reads a second all plans together come to. Payments whose
// channel is ready and trusted give way: their spacing is stretched so that the plans come
// to half of the rate at most, and the rest is left to verifies and to what is new.
type demand struct {
	mu          sync.Mutex
	alone, live int64 // millionths of a read a second: without a channel, and next to one
}

// wish is one payment's part of it.
type wish struct {
	millionths int64
	live       bool // it is read next to a channel that is relied on
}

// every is the wish of a payment that is read so often.
func every(gap time.Duration, live bool) wish {
	return wish{int64(time.Second) * 1e6 / int64(gap), live}
}

// change replaces a payment's wish.
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

// stretch is by how much the payments next to a channel stretch their spacing, at so many
// reads a second: 1 or more.
func (d *demand) stretch(rate float64) float64 {
	d.mu.Lock()
	defer d.mu.Unlock()
	half := rate * 1e6 / 2
	room := max(half-float64(d.alone), half/10) // they are read, however many have no channel
	return max(1, float64(d.live)/room)
}

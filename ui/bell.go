package ui

import (
	"time"

	"tillwatch/watch"
)

// bell decides when to ring: when the status API has told the end of a payment, once for
// each payment, and not for what had ended before the screen came up. A hint never rings.
type bell struct {
	on    bool
	since time.Time // the screen came up
	rung  map[watch.ID]struct{}
}

// hears takes news in and reports whether to ring for it. It keeps count with the bell off
// too, so that turning it on does not ring for the past.
func (b *bell) hears(s *watch.Snapshot) bool {
	if s.Verdict != watch.Paid && s.Verdict != watch.NotPaid || s.VerifiedAt().Before(b.since) {
		return false
	}
	id := s.ID()
	if _, done := b.rung[id]; done {
		return false
	}
	b.rung[id] = struct{}{}
	return b.on
}

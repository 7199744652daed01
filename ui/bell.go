package ui

import (
	"time"

	"tillwatch/watch"
)

// Bell says for which verified results the terminal's bell rings.
type Bell uint8

// The bell's modes.
const (
	BellAll  Bell = iota // PAID and NOT PAID
	BellPaid             // PAID alone
	BellOff
)

// String is the mode as a settings file has it.
func (b Bell) String() string { return [...]string{"all", "paid", "off"}[b] }

// ParseBell reads a mode as String writes it; what it does not know rings for all, for a
// silent counter misses payments.
func ParseBell(mode string) Bell {
	for b := BellAll; b <= BellOff; b++ {
		if b.String() == mode {
			return b
		}
	}
	return BellAll
}

// next is the mode that the key goes to.
func (b Bell) next() Bell { return (b + 1) % (BellOff + 1) }

// meaning says when it rings.
func (b Bell) meaning() string {
	return [...]string{"on every verified result", "on what is verified as PAID alone", "off"}[b]
}

// short is the mode for the counts' line; ON is louder because a silent counter misses
// payments.
func (b Bell) short() string { return [...]string{"ON", "paid only", "off"}[b] }

// bell decides when to ring: when the status API has told the end of a payment, once for each
// payment, and not for what is published long after it. A hint never rings. A payment that had
// ended before this run and is handed over now does ring, because it is news.
type bell struct {
	mode  Bell
	since time.Time // the screen came up
	rung  map[watch.ID]struct{}
}

// hears takes news in and reports whether to ring for it. It keeps count while the bell is
// off too, so that turning it on does not ring for the past.
func (b *bell) hears(s *watch.Snapshot) bool {
	if !s.EndedSince(b.since) {
		return false
	}
	id := s.ID()
	if _, done := b.rung[id]; done {
		return false
	}
	b.rung[id] = struct{}{}
	return b.mode == BellAll || b.mode == BellPaid && s.Verdict == watch.Paid
}

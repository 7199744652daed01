package load

import "time"

// pace counts who begins and who has a result, by tenths of a second for the actual rate and
// by seconds for a Series. Run.mu guards it.
type pace struct {
	tenths   [64]tally
	arrivals [SeriesMost + 8]tally
	ended    [SeriesMost + 8]tally
}

// tally is how often something happened in one span of time.
type tally struct{ span, n int64 }

// count counts one in a ring of spans, the oldest of which it forgets.
func count(ring []tally, span int64) {
	t := &ring[span%int64(len(ring))]
	if t.span != span {
		*t = tally{span: span}
	}
	t.n++
}

// in is how many there were in a span that is not forgotten yet.
func in(ring []tally, span int64) int64 {
	if t := ring[span%int64(len(ring))]; span >= 0 && t.span == span {
		return t.n
	}
	return 0
}

const tenth = time.Second / 10

func (p *pace) begins(now time.Duration) {
	count(p.tenths[:], int64(now/tenth))
	count(p.arrivals[:], int64(now/time.Second))
}

func (p *pace) ends(now time.Duration) { count(p.ended[:], int64(now/time.Second)) }

// actualOver is how far the actual rate looks back.
const actualOver = 5 * time.Second

// actual is how many began a second, of late.
func (p *pace) actual(now time.Duration) float64 {
	last := int64(now / tenth)
	n := int64(0)
	for span := max(0, last-int64(actualOver/tenth)+1); span <= last; span++ {
		n += in(p.tenths[:], span)
	}
	over := min(now, actualOver-tenth+now%tenth)
	if over < tenth { // too short to tell a rate
		over = tenth
	}
	return float64(n) / over.Seconds()
}

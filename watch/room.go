package watch

import "time"

// This file keeps room for payments that are answered next to payments that hang.

const (
	mostHanging = inFlight / 4           // calls at once of payments whose last call hung
	leaveTime   = 100 * time.Millisecond // in which a call that was given up comes to its end
	lateLeast   = time.Second            // a call that takes longer, and three times as long as others, is late
)

// late is the time after which a call takes too long: others are answered far sooner. Before
// the first answer that is not known.
func (l *lane) late() time.Duration { return max(lateLeast, 3*l.usual) }

// answeredIn takes in how long an answer took. usual is near the lower quarter of all: calls
// that hang do not change what is usual, unless most do.
func (l *lane) answeredIn(took time.Duration) {
	switch {
	case l.usual == 0:
		l.usual = max(took, time.Millisecond)
	case took > l.usual:
		l.usual = min(took, l.usual*5/4)
	default:
		l.usual = max(took, l.usual/2, time.Millisecond)
	}
}

// makeRoom gives up the call that has taken longest, when the lane is full of calls that hang
// and others wait. Its payment has a place among those that hang next time, and then it may
// take as long as any call. It returns how long to wait for the next.
func (l *lane) makeRoom(t turn, now time.Time) time.Duration {
	if t.hanging = noClass; t == none {
		return never
	}
	if left := l.left.Add(leaveTime).Sub(now); l.leaving > 0 && left > 0 {
		return left // its outcome nudges
	}
	var eldest *ask
	for a := range l.air {
		if !a.hangs && a.cancel != nil && (eldest == nil || a.started.Before(eldest.started)) {
			eldest = a
		}
	}
	if eldest == nil || l.usual == 0 {
		return never
	}
	if left := eldest.started.Add(l.late()).Sub(now); left > 0 {
		return left
	}
	eldest.cancel(errOvertaken)
	eldest.cancel, eldest.leaves = nil, true
	l.leaving, l.left = l.leaving+1, now
	return leaveTime
}

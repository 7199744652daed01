package watch

import "time"

// This file keeps places free for payments that are answered while others hang.

const (
	mostHanging = inFlight / 4           // calls at once of payments whose last call hung
	leaveTime   = 100 * time.Millisecond // the time in which a call that was given up returns
	lateLeast   = time.Second            // a call is late after this time and three times the usual one
)

// late returns the time after which a call counts as late: lateLeast before the first answer.
func (l *lane) late() time.Duration { return max(lateLeast, 3*l.usual) }

// answeredIn records how long an answer took. usual follows the lower quarter of all times, so
// calls that hang do not change it unless most calls hang.
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

// makeRoom gives up the call that has taken longest, if the lane is full of late calls and others
// wait. Next time its payment gets a place for payments that hang, and then its call may take the
// full time. It returns the time until the next check.
func (l *lane) makeRoom(t turn, now time.Time) time.Duration {
	if t.hanging = noClass; t == none {
		return never
	}
	if left := l.left.Add(leaveTime).Sub(now); l.leaving > 0 && left > 0 {
		return left // the call's outcome nudges the lane
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

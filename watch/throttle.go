package watch

import (
	"time"

	"golang.org/x/time/rate"
)

// This file is how a lane slows down when Dollr asks for it (429), and how it gets its rate
// back.

const (
	leastRate   = 0.2 // a second, however often Dollr says 429
	regainEvery = 10 * time.Second
	regainPart  = 0.1         // of the configured rate: a storm of 429s is over in two minutes
	leastPause  = time.Second // after a 429 that doesn't say how long; doubles to mostPause
	mostPause   = 30 * time.Second
	mostRetry   = time.Minute // a Retry-After is obeyed up to here, then one call asks whether it is over
	patience    = 3           // 429s after which a call stands behind those that came in the meantime
)

// throttle takes a 429 in and queues the call again. It is the payment's own when its
// payment does not speak for all, or when others were answered between it and the one before: then the
// payment waits alone. Otherwise the whole lane slows down.
func (l *lane) throttle(a *ask, fault *Fault, now time.Time) {
	s := a.standing
	own := !l.speaks(s) || s.throttled > 0 && s.others != l.answers
	own = own && l.sentAway < inFlight // with no answer between so many, it is everyone's
	s.throttled++
	l.sentAway++
	asked := a.person() && now.Before(l.pausedTo)
	started := a.started
	a.started = time.Time{}
	a.refused++
	if a.person() { // the person was told; from here on it waits like others
		a.kind = readPoll
	}
	pause := min(fault.RetryAfter, mostRetry)
	switch {
	case own:
		if pause <= 0 {
			pause = min(leastPause<<min(s.throttled-1, 5), mostPause)
		}
		a.parkedTo = now.Add(pause)
		l.alive(now)
		l.retire(s)
		l.push(a, noClass)
		s.others = l.answers
		return
	case !asked: // a person who asks during a pause learns that it goes on, and does not prolong it
		l.slowDown(pause, started, now)
	}
	if a.refused >= patience && a.deadline.Before(l.pausedTo) {
		a.deadline = l.pausedTo // it may be refused alone: the others must not wait for it
	}
	l.alive(now)
	s.others = l.answers
	l.push(a, a.classNow())
}

// slowDown makes the lane pause. The calls that were under way when the rate was last lowered
// have nothing new to say, so a storm lowers it once a round and not once a call. Nor has
// the single call that is sent after a pause to see whether it is over: it says that Dollr
// is still closed, not that one call is too many.
func (l *lane) slowDown(pause time.Duration, started, now time.Time) {
	if news := started.After(l.slowed) || l.slowed.IsZero(); news {
		if !l.testing {
			l.limiter.SetLimitAt(now, max(min(leastRate, rate.Limit(l.full)), l.limiter.Limit()/2))
			l.limiter.SetBurstAt(now, 1)
		}
		l.testing, l.slowed, l.regained = true, now, now
		l.storm++
	}
	if pause <= 0 {
		// No 429 may be in a row here: a good answer came between this call's start and now.
		pause = min(leastPause<<min(max(l.storm-1, 0), 6), mostPause)
	}
	if to := now.Add(pause); to.After(l.pausedTo) {
		l.pausedTo = to
	}
}

// regain gives back a part of the rate for each 10 s without a 429.
func (l *lane) regain(now time.Time) {
	full := rate.Limit(l.full)
	for l.limiter.Limit() < full && now.Sub(l.regained) >= regainEvery {
		l.regained = l.regained.Add(regainEvery)
		l.limiter.SetLimitAt(now, min(full, l.limiter.Limit()+full*regainPart))
	}
	if l.limiter.Limit() >= full && l.limiter.Burst() < burst {
		l.limiter.SetBurstAt(now, burst)
	}
}

// calmDown ends a storm of 429s: a call was answered. One that was started before the last
// 429 came says nothing about it.
func (l *lane) calmDown(started time.Time) {
	l.storm, l.sentAway = 0, 0
	if started.After(l.slowed) {
		l.testing = false
	}
}

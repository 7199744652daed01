package watch

import (
	"time"

	"golang.org/x/time/rate"
)

// This file slows a lane down when Dollr answers 429, and gives the lane its rate back afterwards.

const (
	leastRate   = 0.2 // calls a second, however often Dollr answers 429
	regainEvery = 10 * time.Second
	regainPart  = 0.1         // of the configured rate: after a storm of 429s the rate is back in two minutes
	leastPause  = time.Second // after a 429 without Retry-After; it doubles up to mostPause
	mostPause   = 30 * time.Second
	mostRetry   = time.Minute // the longest Retry-After that is obeyed; then one call is tried
	patience    = 3           // after so many 429s a call goes behind those that came in the meantime
)

// throttle records a 429 and queues the call again. The 429 concerns only the payment if the
// payment does not speak for the whole API, or if other calls were answered since its last 429.
// Then the payment waits alone. Otherwise the whole lane slows down.
func (l *lane) throttle(a *ask, fault *Fault, now time.Time) {
	s := a.standing
	own := !l.speaks(s) || s.throttled > 0 && s.others != l.answers
	own = own && l.sentAway < inFlight // so many 429s without an answer between them concern the lane
	s.throttled++
	l.sentAway++
	asked := a.person() && now.Before(l.pausedTo)
	started := a.started
	a.started = time.Time{}
	a.refused++
	if a.person() { // the person was told; from now on the call waits as others do
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
	case !asked: // a person's question during a pause shows that the pause goes on, and does not prolong it
		l.slowDown(pause, started, now)
	}
	if a.refused >= patience && a.deadline.Before(l.pausedTo) {
		a.deadline = l.pausedTo // the call may be refused alone, and the others must not wait for it
	}
	l.alive(now)
	s.others = l.answers
	l.push(a, a.classNow())
}

// slowDown makes the lane pause. A 429 to a call that was under way when the rate was last lowered
// lowers it no further, so a storm lowers the rate once a round and not once a call. Neither does a
// 429 to the single call that tests whether the pause is over: it says only that the pause goes on.
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
		// An answer came between this call's start and now, so storm may be 0.
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

// calmDown ends a storm of 429s after an answer. An answer to a call that started before the last
// 429 does not count.
func (l *lane) calmDown(started time.Time) {
	l.storm, l.sentAway = 0, 0
	if started.After(l.slowed) {
		l.testing = false
	}
}

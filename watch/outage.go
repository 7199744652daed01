package watch

import (
	"container/list"
	"time"
)

// One payment's trouble is that payment's. This file is what the budget remembers of each
// payment, and how it concludes from single failures that the whole API is down.
//
// A failure speaks for the whole API when its payment was answered before, or when no payment
// is left that was. So payments that fail from the beginning, however many, say nothing as
// long as one payment is answered. The payments whose last call was answered are the
// witnesses: when no call is answered for a while, one of them is asked each second.

const (
	breakAfter  = 3               // failures in a row that speak for the whole API
	silentFor   = 3 * time.Second // without an answer, for the API to be down
	suspectHang = 2 * time.Second // a call that takes longer makes us ask a witness
)

// standing is what is remembered of one payment's calls in one lane. Its fields belong to
// the budget's mutex.
type standing struct {
	answered  time.Time // its last answer; zero: none
	failed    int       // calls that failed since
	busy      bool      // a call is being made
	hung      bool      // its last call was not answered though it took far longer than others do
	throttled int       // 429s in a row
	others    uint64    // how many calls of the lane had been answered when it got its last 429, or first failed

	outage uint64 // the number of the outage that failed, hung and probes belong to
	probes int    // calls made while the API was down

	summon func()        // has the payment read at once; nil: it is no witness
	place  *list.Element // among the witnesses; nil: it is none now
}

// in makes the standing one of this outage: the end of an outage forgives what failed in it.
func (s *standing) in(outage uint64) *standing {
	if s.outage != outage {
		s.outage, s.failed, s.hung, s.probes = outage, 0, false, 0
	}
	return s
}

// probesBefore reports whether a payment is the better probe of the two.
func (s *standing) probesBefore(other *standing, outage uint64, proven bool) bool {
	s, other = s.in(outage), other.in(outage)
	switch {
	case proven && s.answered.IsZero() != other.answered.IsZero():
		return !s.answered.IsZero() // else newcomers that fail would keep an outage up
	case s.probes != other.probes:
		return s.probes < other.probes
	case (s.failed == 0) != (other.failed == 0):
		return s.failed == 0
	}
	return s.answered.After(other.answered)
}

// outage is what a lane knows of the API as a whole.
type outage struct {
	number    uint64    // how many outages have ended
	witnesses list.List // of *standing: those whose last call was answered, the newest answer first
	answers   uint64    // calls that were answered
	heard     time.Time // when the last one was
	troubled  bool      // a call has failed since
	failures  int       // in a row, of those that speak for the whole
	failing   time.Time // when the first of them came
	failed    time.Time // when the last of them came
	newest    *Fault    // and what it was
	offline   time.Time // when the first of them came that got no HTTP answer; zero: none
	broken    *Fault    // not nil: the API is down, and why
	mended    time.Time // when it was up again
}

// speaks reports whether what happens to a payment speaks for the whole API.
func (o *outage) speaks(s *standing) bool { return s.place != nil || o.witnesses.Len() == 0 }

// answer notes an answer about a payment: the first one frees all the others.
func (o *outage) answer(s *standing, now time.Time) {
	o.alive(now)
	o.answers++
	s.in(o.number)
	s.answered, s.failed, s.throttled = now, 0, 0
	switch {
	case s.summon == nil:
	case s.place == nil:
		s.place = o.witnesses.PushFront(s)
	default:
		o.witnesses.MoveToFront(s.place)
	}
}

// alive notes that the API answers, if only to refuse.
func (o *outage) alive(now time.Time) {
	o.heard, o.troubled, o.failures, o.offline = now, false, 0, time.Time{}
	if o.broken != nil {
		o.broken, o.mended = nil, now
		o.number++
	}
}

// fail notes a failure of one payment's call.
func (o *outage) fail(s *standing, fault *Fault, now time.Time) {
	speaks := o.speaks(s)
	if s.in(o.number).failed == 0 {
		s.others = o.answers
	}
	if fault.refuses() && s.others != o.answers { // others were answered with the same credentials since
		speaks = false
	}
	o.refuse(s)
	o.troubled = true
	switch offline := fault.Kind == FaultOffline; {
	case !offline:
		o.offline = time.Time{}
	case speaks:
		o.offline = orElse(o.offline, now)
	}
	if !speaks {
		return
	}
	if o.failures++; o.failures == 1 {
		o.failing = now
	}
	o.failed = now
	if o.newest = fault; o.broken != nil {
		o.broken = fault
	}
}

// conclude reports whether the API is down from now on. While there are witnesses one of them
// has to have failed after that time: a few that fail at once may have their gateway in common.
func (o *outage) conclude(now time.Time) (opens bool) {
	last := now
	if o.witnesses.Len() > 0 {
		last = o.failed
	}
	if o.broken != nil || o.failures < breakAfter || last.Sub(o.failing) < silentFor {
		return false
	}
	o.broken = o.newest
	return true
}

// refuse notes that a payment's call brought nothing, whatever that says of the API.
func (o *outage) refuse(s *standing) {
	s.in(o.number).failed++
	o.retire(s)
}

// retire ends a payment's time as a witness.
func (o *outage) retire(s *standing) {
	if s.place != nil {
		o.witnesses.Remove(s.place)
		s.place = nil
	}
}

// witness is the payment to be asked whether the API answers at all: the one that was
// answered last, and at the next call another. Nil when there is none, or no doubt.
func (o *outage) witness(eldest, now time.Time) *standing {
	doubt := o.troubled || !eldest.IsZero() && now.Sub(eldest) >= suspectHang
	if !doubt || now.Sub(o.heard) < silentFor {
		return nil
	}
	for e := o.witnesses.Front(); e != nil; e = e.Next() {
		if s := e.Value.(*standing); !s.busy { // at most inFlight are
			o.witnesses.MoveToBack(e)
			return s
		}
	}
	return nil
}

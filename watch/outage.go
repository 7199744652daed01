package watch

import (
	"container/list"
	"time"
)

// One payment's trouble must stay that payment's. This file holds what the budget remembers of each
// payment, and how it concludes from single failures that the whole API is down.
//
// A failure speaks for the whole API if its payment's previous call was answered, or if no payment
// is left whose last call was answered. So payments that fail from the beginning say nothing,
// however many they are, as long as one payment is answered. Payments whose last call was answered
// are witnesses. When no call is answered for a while, the budget has one witness read each second.

const (
	breakAfter  = 3               // so many failures in a row that speak for the whole API open the outage
	silentFor   = 3 * time.Second // the API counts as down after so long without an answer
	suspectHang = 2 * time.Second // after a call has taken so long, a witness is read
)

// standing is what a lane remembers of one payment's calls. The budget's mutex guards its fields.
type standing struct {
	answered  time.Time // when the last answer came; zero: never
	failed    int       // calls that failed since then
	busy      bool      // a call is being made
	hung      bool      // the last call got no answer and took far longer than others
	throttled int       // 429s in a row
	others    uint64    // answered calls of the lane, counted at the payment's last 429 or first failure

	outage uint64 // the outage to which failed, hung and probes belong
	probes int    // calls made while the API was down

	summon func()        // has the payment read at once; nil: the payment is no witness
	place  *list.Element // the place among the witnesses; nil: none now
}

// in moves the standing to this outage. The end of an outage clears the failures in it.
func (s *standing) in(outage uint64) *standing {
	if s.outage != outage {
		s.outage, s.failed, s.hung, s.probes = outage, 0, false, 0
	}
	return s
}

// probesBefore reports whether s is the better probe of the two. With proven, a payment that was
// answered before is better than one that never was.
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
	witnesses list.List // of *standing: payments whose last call was answered, the newest answer first
	answers   uint64    // how many calls were answered
	heard     time.Time // when the last answer came
	troubled  bool      // a call has failed since the last answer
	failures  int       // failures in a row that speak for the whole API
	failing   time.Time // when the first of these failures came
	failed    time.Time // when the last of these failures came
	newest    *Fault    // the last of these failures
	offline   time.Time // when the first failure without an HTTP answer came; zero: none
	broken    *Fault    // why the API is down; nil while it is up
	mended    time.Time // when the last outage ended
}

// speaks reports whether this payment's failures speak for the whole API.
func (o *outage) speaks(s *standing) bool { return s.place != nil || o.witnesses.Len() == 0 }

// answer records an answer about a payment. The first answer ends an outage for all payments.
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

// alive records that the API answers, if only to refuse.
func (o *outage) alive(now time.Time) {
	o.heard, o.troubled, o.failures, o.offline = now, false, 0, time.Time{}
	if o.broken != nil {
		o.broken, o.mended = nil, now
		o.number++
	}
}

// fail records a failure of one payment's call.
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

// conclude reports whether the API goes down now. While there are witnesses, the last failure must
// have come silentFor after the first: a few payments that fail at once may share one gateway.
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

// refuse records that a payment's call brought nothing, whatever that says about the API.
func (o *outage) refuse(s *standing) {
	s.in(o.number).failed++
	o.retire(s)
}

// retire removes a payment from the witnesses.
func (o *outage) retire(s *standing) {
	if s.place != nil {
		o.witnesses.Remove(s.place)
		s.place = nil
	}
}

// witness returns the payment to read to find out whether the API answers: the one that was
// answered last, and another one at the next call. It returns nil if there is no witness or no
// doubt.
func (o *outage) witness(eldest, now time.Time) *standing {
	doubt := o.troubled || !eldest.IsZero() && now.Sub(eldest) >= suspectHang
	if !doubt || now.Sub(o.heard) < silentFor {
		return nil
	}
	for e := o.witnesses.Front(); e != nil; e = e.Next() {
		if s := e.Value.(*standing); !s.busy { // at most inFlight payments are busy
			o.witnesses.MoveToBack(e)
			return s
		}
	}
	return nil
}

package realtime

import (
	"errors"
	"time"
)

var errSilent = errors.New("the server fell silent")

// checkSocket judges an open socket's silence, keeps its heartbeat going, and sets
// itself for whatever is due next. Frames only move deadlines back, so hearing one
// needs no new alarm.
func (c *Client) checkSocket(s *socket, now time.Time) {
	if now.Sub(s.check.at) > frozen {
		// We slept, not the server. Ask it, and count its silence from now.
		s.link.mark(now)
		s.nextBeat, s.asked = now, time.Time{}
	}
	heard := s.link.lastHeard()
	if now.Sub(heard) >= s.bearable() {
		c.closed(s, s.link, errSilent, now)
		return
	}
	if s.out != nil && now.Sub(s.out.at) >= joinPatience {
		c.giveUpJoin(s, now)
	}
	if heard.After(s.asked) {
		s.asked = time.Time{} // part of a large message has come
	}
	if !now.Before(s.nextBeat) {
		s.send("", s.nextRef(), topicPhoenix, eventHeartbeat, noPayload{})
		s.nextBeat = now.Add(heartbeatEvery)
		if s.asked.IsZero() {
			s.asked = now
		}
	}
	if at := s.stallsAt(heard); !s.stalled && !at.IsZero() && !now.Before(at) {
		s.stalled = true
		s.tellReady(Stalled)
	}
	if s.idleSince(now, idleRest) && c.roomBeside(s, now) >= c.waiting() {
		c.retire(s)
		return
	}
	c.alarms.set(&s.check, c.nextCheck(s, heard, now))
}

// Doubt asks every open socket now whether it is still there. The caller calls it after the machine
// has slept: sockets may have died during that time without an alarm, and keys may have expired. No
// join is sent with a key that came before.
func (c *Client) Doubt() {
	c.post(func(now time.Time) {
		c.slept = now
		for _, s := range c.sockets {
			if !s.open {
				continue
			}
			if s.nextBeat = now; s.check.at.After(now) { // else it rings now, and is to know how late
				c.alarms.set(&s.check, now)
			}
		}
	})
}

// bearable is the silence that does not mean death.
func (s *socket) bearable() time.Duration {
	if s.out != nil {
		return deadJoining
	}
	return deadAfter
}

// stallsAt is when silence begins to cost: some time after a question that has had no
// answer. Zero when nothing was asked.
func (s *socket) stallsAt(heard time.Time) (at time.Time) {
	if !s.asked.IsZero() {
		at = s.asked.Add(stallAfter)
	}
	if s.out != nil && !heard.After(s.out.at) {
		at = soonest(at, s.out.at.Add(stallJoining))
	}
	return at
}

func (s *socket) idleSince(now time.Time, least time.Duration) bool {
	return len(s.members) == 0 && s.out == nil && now.Sub(s.emptied) >= least
}

// nextCheck is the first time after now at which checkSocket could find something new,
// or at which plan could use s again.
func (c *Client) nextCheck(s *socket, heard, now time.Time) time.Time {
	next := soonest(s.nextBeat, heard.Add(s.bearable()))
	candidates := [...]time.Time{s.resting, {}, {}, {}, {}, {}}
	if !s.stalled {
		candidates[1] = s.stallsAt(heard)
	}
	if s.out != nil {
		candidates[2] = s.out.at.Add(joinSlow)
		candidates[3] = s.out.at.Add(joinPatience)
		candidates[5] = s.out.at.Add(probePatience)
	} else if len(s.members) == 0 {
		candidates[4] = s.emptied.Add(idleRest)
	}
	for _, at := range candidates {
		if at.After(now) {
			next = soonest(next, at)
		}
	}
	return next
}

// soonest is the earlier of two times, a zero one being never.
func soonest(a, b time.Time) time.Time {
	if a.IsZero() || !b.IsZero() && b.Before(a) {
		return b
	}
	return a
}

// speaks ends a stall: the server has been heard.
func (s *socket) speaks() {
	s.asked = time.Time{}
	if s.stalled {
		s.stalled = false
		s.tellReady(Resumed)
	}
}

func (s *socket) tellReady(kind Kind) {
	for _, ch := range s.members {
		if ch.state == ready {
			ch.tell(Notice{Kind: kind})
		}
	}
}

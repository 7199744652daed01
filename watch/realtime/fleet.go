package realtime

import (
	"errors"
	"slices"
	"time"
)

var errUnwanted = errors.New("no longer wanted")

// planSockets keeps as many sockets as the channels need: ⌈N/90⌉ when all is well, and
// at most spareSockets more when some take no joins. Sockets that wait to dial again
// count as room, or a server that is down would have us dial ever new ones.
func (c *Client) planSockets(now time.Time) {
	need := c.waiting()
	room := c.roomBeside(nil, now)
	// While one is being dialled, a clash is being mended already.
	if c.clash && c.allOpen() {
		need = max(need, room+1)
	}
	if c.hold.alone && need > 0 && !c.haveEmpty(now) {
		need = max(need, room+1)
	}
	for room < need && len(c.sockets) < c.mostSockets() {
		s := c.newSocket()
		c.sockets = append(c.sockets, s)
		room += c.perSocket
	}
	if room == 0 && need > 0 {
		// All that we allow ourselves are spent, and none of them takes a join.
		c.crowd.begin(now)
		c.sendCanary(now)
		c.alarms.set(&c.paceAlarm, c.crowd.until)
	}
	// Of those that wait to dial, drop what is not needed any more, newest first.
	for _, s := range slices.Backward(slices.Clone(c.sockets)) {
		if s.link == nil && room-c.perSocket >= need {
			c.retire(s)
			room -= c.perSocket
		}
	}
	c.dialDue(now)
}

// haveEmpty reports whether there is a socket without channels, or will be.
func (c *Client) haveEmpty(now time.Time) bool {
	return slices.ContainsFunc(c.sockets, func(s *socket) bool { return len(s.members) == 0 && s.usable(now) })
}

func (c *Client) allOpen() bool {
	return !slices.ContainsFunc(c.sockets, func(s *socket) bool { return !s.open })
}

// dropSpare forgets sockets that wait to dial again for no channel. A socket that is being dialled
// may finish; it is closed when it has been idle.
func (c *Client) dropSpare() {
	for _, s := range slices.Clone(c.sockets) {
		if s.link == nil {
			c.retire(s)
		}
	}
}

func (c *Client) mostSockets() int {
	need := min((len(c.open)+c.perSocket-1)/c.perSocket, max(socketsMost, (len(c.open)+c.allowed-1)/c.allowed))
	return need + spareSockets
}

// dialDue dials those whose wait is over, a few at a time; one at a time when the last
// word of the server was a refusal.
func (c *Client) dialDue(now time.Time) {
	most := maxDials
	if c.hold.cautious() {
		most = 1
	}
	// Those under way count, or a restart of the server would meet all of us at once.
	for _, s := range c.sockets {
		if s.link != nil && !s.open {
			most--
		}
	}
	for _, s := range c.sockets {
		if most <= 0 || !s.due {
			continue
		}
		if c.dialErr != nil {
			// Every socket goes to the same server: while it cannot be reached one of them
			// asking once a second is enough, however many wait.
			if now.Before(c.nextDial) {
				c.alarms.set(&c.dialAlarm, c.nextDial)
				return
			}
			c.nextDial = now.Add(dialGap/2 + fullJitter(dialGap/2))
		}
		c.dial(s)
		most--
	}
}

// reached lets those that found no server dial at once, for one of them has found it.
func (c *Client) reached() {
	c.dialErr = nil
	for _, s := range c.sockets {
		if s.unreached && s.link == nil {
			s.due, s.unreached = true, false
			c.alarms.stop(&s.retry)
		}
	}
}

// crowd is the pause when every allowed socket refuses or ignores joins. One canary may try during
// the pause; if it is accepted the pause is over.
type crowd struct {
	until time.Time
	spent bool   // this pause's canary is out
	ref   string // its join's ref, and where it is
	where *socket
}

func (w *crowd) begin(now time.Time) { *w = crowd{until: now.Add(crowdRest)} }

func (w *crowd) on(now time.Time) bool { return now.Before(w.until) }

// answered takes the answer to any join and ends the pause when it is the canary's.
func (w *crowd) answered(ref string, s *socket, ok bool) {
	if w.where != s || w.ref != ref {
		return
	}
	w.where = nil
	if ok {
		s.resting = time.Time{}
		*w = crowd{}
	}
}

// sendCanary joins one channel on a socket that would be left alone otherwise: the one
// that has rested longest.
func (c *Client) sendCanary(now time.Time) {
	if c.crowd.spent || now.Before(c.nextJoin) {
		return
	}
	var where *socket
	for _, s := range c.sockets {
		if s.open && !s.stalled && s.out == nil && c.room(s) > 0 &&
			(where == nil || s.resting.Before(where.resting)) {
			where = s
		}
	}
	if where == nil {
		return
	}
	if c.keyed.Len() == 0 {
		if c.minting == 0 && c.queue.Len() > 0 {
			c.giveTurn(c.queue.Front().Value.(*Channel), now)
		}
		if c.keyed.Len() == 0 {
			return // its key brings us here again
		}
	}
	ch := c.keyed.Front().Value.(*Channel)
	if !c.hasKey(ch, now) {
		c.mint(ch)
		return
	}
	if where.members[ch.topic()] != nil {
		return
	}
	c.paced(now)
	c.join(where, ch, now)
	c.crowd.spent, c.crowd.ref, c.crowd.where = true, ch.joinRef, where
}

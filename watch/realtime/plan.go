package realtime

import (
	"cmp"
	"slices"
	"time"
)

// plan does what can be done now: renewals, turns, joins, dials. It runs at the end of each turn of
// the loop and is cheap when no channel waits.
func (c *Client) plan(now time.Time) {
	c.renewNext()
	if c.waiting() == 0 {
		c.dropSpare()
		if c.readies == len(c.open) {
			// Whom it kept from joining has left, and no join may come for hours to clear it.
			c.trouble = Trouble{}
		}
		return
	}
	if c.hold.on(now) {
		c.alarms.set(&c.paceAlarm, c.hold.until)
		return
	}
	if c.crowd.on(now) {
		c.sendCanary(now)
		c.dialDue(now)
		c.alarms.set(&c.paceAlarm, c.crowd.until)
		return
	}
	// Dialling comes first, so that a socket is made while its first key is got.
	c.planSockets(now)
	c.giveTurns(now)
	c.placeKeyed(now)
}

// giveTurns has as many channels get their keys as can be joined soon.
func (c *Client) giveTurns(now time.Time) {
	most := min(c.window, c.roomSoon(now))
	if c.hold.cautious() {
		most = min(most, 1-c.probesOut(now)) // one at a time, from the key to the answer
	}
	for c.queue.Len() > 0 && c.minting+c.keyed.Len() < most {
		c.giveTurn(c.queue.Front().Value.(*Channel), now)
	}
}

// giveTurn tells ch that its turn has come, unless it came too late to be of use. A key that
// it kept, from a turn that came to nothing or a socket that died, is used if it is still good.
func (c *Client) giveTurn(ch *Channel, now time.Time) {
	if !ch.wanted(0) {
		c.over(ch, errUnwanted)
		return
	}
	if !ch.turned {
		ch.turned = true
		ch.tell(Notice{Kind: Joining})
	}
	if c.hasKey(ch, now) {
		ch.enlist(&c.keyed, keyed, false)
		return
	}
	c.mint(ch)
}

// placeKeyed sends joins, first come first served, each on the first socket that is
// free, at the pace. A channel that finds its own topic on every free socket lets
// others pass; planSockets makes it a socket.
func (c *Client) placeKeyed(now time.Time) {
	was := c.clash
	c.clash = false
	if c.keyed.Len() == 0 {
		return
	}
	free := c.freeSockets(now)
	if c.hold.alone {
		free = c.withoutNeighbours(free, now)
	}
	for _, ch := range c.listed(&c.keyed) {
		if len(free) == 0 {
			return
		}
		if now.Before(c.nextJoin) {
			c.alarms.set(&c.paceAlarm, c.nextJoin)
			return
		}
		if c.hold.cautious() && c.probesOut(now) > 0 {
			return
		}
		if !ch.wanted(0) {
			c.over(ch, errUnwanted)
			continue
		}
		if !c.hasKey(ch, now) {
			c.mint(ch) // it grew old while it waited for us
			continue
		}
		i := firstWithout(free, ch.topic())
		if i < 0 {
			if c.clash = true; !was {
				c.inbox.ring() // have planSockets run
			}
			continue
		}
		c.paced(now)
		c.join(free[i], ch, now)
		if !c.free(free[i], now) || c.room(free[i]) == 0 {
			free = append(free[:i], free[i+1:]...)
		}
	}
}

// paced counts a join. At paces finer than timers, lost time is made up for, but by no
// more than a few milliseconds: what the server measures is the rate.
func (c *Client) paced(now time.Time) {
	earliest := now
	if c.pace < timerSlack {
		earliest = now.Add(-timerSlack)
	}
	if c.nextJoin.Before(earliest) {
		c.nextJoin = earliest
	}
	c.nextJoin = c.nextJoin.Add(c.pace)
}

const timerSlack = 10 * time.Millisecond

// freeSockets lists those that can take a join now, those without an unanswered one first,
// and in the order of their age.
func (c *Client) freeSockets(now time.Time) []*socket {
	var free []*socket
	for _, s := range c.sockets {
		if c.free(s, now) && c.room(s) > 0 {
			free = append(free, s)
		}
	}
	slices.SortStableFunc(free, func(a, b *socket) int { return cmp.Compare(a.unanswered(), b.unanswered()) })
	return free
}

// withoutNeighbours leaves only empty sockets, if there are any or will be; else it puts
// those with the fewest channels first.
func (c *Client) withoutNeighbours(free []*socket, now time.Time) []*socket {
	if c.haveEmpty(now) {
		return slices.DeleteFunc(free, func(s *socket) bool { return len(s.members) > 0 })
	}
	slices.SortStableFunc(free, func(a, b *socket) int { return cmp.Compare(len(a.members), len(b.members)) })
	return free
}

func firstWithout(free []*socket, topic string) int {
	for i, s := range free {
		if s.members[topic] == nil {
			return i
		}
	}
	return -1
}

// probesOut counts the joins since the last pause that may still be answered soon. A join that was
// out before says nothing about the server now, and a join without an answer must not hold all
// channels up for its whole joinPatience.
func (c *Client) probesOut(now time.Time) int {
	n := 0
	for _, s := range c.sockets {
		if s.out != nil && !s.out.sent.Before(c.hold.until) && now.Sub(s.out.at) < probePatience {
			n++
		}
	}
	return n
}

// roomOpen is the room on open sockets that take joins. A socket that is busy with a
// fresh join counts: it will be free in a moment, and to dial another for it would
// spend more sockets than the channels need.
func (c *Client) roomOpen(now time.Time) (room int) {
	for _, s := range c.sockets {
		if s.open && s.usable(now) {
			room += c.room(s)
		}
	}
	return room
}

// roomSoon adds that of sockets which are being dialled for the first time; after a
// failure we get no keys until the socket stands.
func (c *Client) roomSoon(now time.Time) (room int) {
	for _, s := range c.sockets {
		if !s.open && s.fails == 0 {
			room += c.perSocket
		}
	}
	return room + c.roomOpen(now)
}

// roomBeside is all the room that there is or will be, without s.
func (c *Client) roomBeside(s *socket, now time.Time) (room int) {
	for _, other := range c.sockets {
		if other != s && other.usable(now) {
			room += c.room(other)
		}
	}
	return room
}

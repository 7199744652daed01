package realtime

import (
	"errors"
	"time"
)

// heard takes one frame from a socket to the channel that it is for. Fan-out frames
// (changes, some system words) carry no join_ref and go by topic; all others must
// carry the join_ref of the channel's present join, or a late word about an earlier
// join of the topic would hit the new one.
func (c *Client) heard(s *socket, l *link, in inbound, now time.Time) {
	if s.link != l {
		return
	}
	s.speaks() // before anything is told, so that Resumed comes before the news
	if in.ignored || in.topic == topicPhoenix {
		return // a sign of life, no more
	}
	if in.event == eventReply {
		c.replied(s, in, now)
		return
	}
	ch := s.members[in.topic]
	switch {
	case (in.event == eventClose || in.event == eventError) && s.left(in):
		delete(s.leaving, in.joinRef)
	case ch == nil && in.joinRef == "":
		c.drops.topic.Add(1)
	case ch == nil, in.joinRef != "" && in.joinRef != ch.joinRef:
		c.drops.stale.Add(1)
	case in.event == eventChanges:
		ch.last = merge(ch.last, &in.change)
		ch.tell(Notice{Kind: Changed, Change: in.change})
	case in.event == eventSystem:
		c.systemSaid(s, ch, in.system, now)
	case in.joinRef == "":
		c.drops.stale.Add(1) // a close of no join in particular
	case in.event == eventClose:
		s.answer(in.joinRef, now)
		c.lose(ch, ch.farewell("the server closed the channel"), now)
	case in.event == eventError:
		s.answer(in.joinRef, now)
		c.lose(ch, ch.farewell("the channel crashed at the server"), now)
	}
}

// left reports whether in is about a join that the client left.
func (s *socket) left(in inbound) bool {
	of, left := s.leaving[in.joinRef]
	return left && of.topic == in.topic
}

// replied processes the answer to a push of the client's.
func (c *Client) replied(s *socket, in inbound, now time.Time) {
	if out := s.waitsFor(in.ref); out != nil && out.topic == in.topic {
		s.answer(in.ref, now)
		if in.ok {
			c.joinAccepted(s, out, now)
		} else {
			c.joinRefused(s, out, in.reason, now)
		}
		return
	}
	if s.left(in) {
		if in.ok && in.ref == in.joinRef && !s.leaving[in.joinRef].again {
			// A join that we gave up has been accepted after all.
			s.leave(in.topic, in.joinRef)
		}
		return
	}
	// The one push that matters here: a key for a channel that the server has not got
	// is answered "unmatched topic", without a join_ref.
	if ch := s.members[in.topic]; ch != nil && !in.ok && in.ref == ch.pushRef && in.ref != "" {
		c.lose(ch, errors.New("the server has lost the channel"), now)
		return
	}
	if in.joinRef == "" && !in.ok {
		return // the leave of a channel that was gone already
	}
	c.drops.stale.Add(1)
}

// systemSaid takes a system frame: the database's word on the subscription, or the
// server's on the channel or the socket.
func (c *Client) systemSaid(s *socket, ch *Channel, said systemPayload, now time.Time) {
	switch {
	case said.Extension == eventChanges && said.Status == statusOK:
		c.confirmed(ch, now)
	case said.Extension == eventChanges:
		c.unsubscribed(ch, said.Message, now)
	case said.Status == statusOK:
		s.goodbye = clean(said.Message) // "Server requested disconnect"; code 1012 follows
	default:
		ch.goodbye = clean(said.Message) // a phx_close follows
		c.alarms.set(&ch.wait, now.Add(closeFollows))
	}
}

// confirmed handles the moment when a channel is really ready. Each time costs the channel's owner
// a read, so a channel that is confirmed again and again has to wait.
func (c *Client) confirmed(ch *Channel, now time.Time) {
	c.taken(ch)
	if now.Sub(ch.readyFrom) >= readyPeriod {
		ch.readyFrom, ch.confirms = now, 0
	}
	if ch.confirms++; ch.confirms > readiesMost {
		ch.later.ring = func(now time.Time) { c.confirmed(ch, now) }
		c.alarms.set(&ch.later, ch.readyFrom.Add(readyPeriod))
		return
	}
	asked := false
	if ch.state == ready {
		asked = !ch.pushed.IsZero() && now.Sub(ch.pushed) <= confirmPush
		ch.pushed = time.Time{}
	} else {
		c.readies++
		ch.state, ch.readyAt = ready, now
		ch.refusals, ch.crashes, ch.thrown = 0, 0, 0
	}
	if ch.goodbye == "" {
		c.alarms.stop(&ch.wait)
	}
	ch.tell(Notice{Kind: Ready, Asked: asked})
}

// farewell is why a channel ended: what the server announced, else what we know.
func (ch *Channel) farewell(otherwise string) error {
	if ch.goodbye == "" {
		return errors.New(otherwise)
	}
	return errors.New(clean(otherwise + ": " + ch.goodbye))
}

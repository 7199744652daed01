package realtime

import (
	"container/list"
	"errors"
	"fmt"
	"slices"
	"strings"
	"time"
)

// enlist moves ch to a list and the state that goes with it.
func (ch *Channel) enlist(l *list.List, to state, first bool) {
	ch.delist()
	ch.state, ch.list = to, l
	if first {
		ch.place = l.PushFront(ch)
	} else {
		ch.place = l.PushBack(ch)
	}
}

func (ch *Channel) delist() {
	if ch.list != nil {
		ch.list.Remove(ch.place)
		ch.list, ch.place = nil, nil
	}
}

// listed copies a list, so that it may change while we walk.
func (c *Client) listed(l *list.List) []*Channel {
	all := make([]*Channel, 0, l.Len())
	for e := l.Front(); e != nil; e = e.Next() {
		all = append(all, e.Value.(*Channel))
	}
	return all
}

// waiting counts the channels that will need room on a socket.
func (c *Client) waiting() int { return c.queue.Len() + c.minting + c.keyed.Len() }

// join sends ch's join on s, with its key. The payloads of joins and pushes are the only
// places where the key's text goes.
func (c *Client) join(s *socket, ch *Channel, now time.Time) {
	// The first frame of a channel has the same text as ref and join_ref, so an ok whose
	// ref is its join_ref can only be the answer to a join.
	ref := s.nextRef()
	ch.delist()
	ch.state, ch.socket, ch.joinRef = joining, s, ref
	ch.pushRef, ch.pushed, ch.goodbye = "", time.Time{}, ""
	s.members[ch.topic()] = ch
	s.sentJoin(&unanswered{ref: ref, topic: ch.topic(), ch: ch, sent: now, at: now})
	s.send(ref, ref, ch.topic(), eventJoin, joinPayload{
		Config:      joinConfig{PostgresChanges: ch.spec.Changes},
		AccessToken: ch.key.Text,
	})
	ch.again, ch.spent = ch.spent, true
	c.joins++
	ch.wait.ring = func(now time.Time) { c.outOfPatience(ch, now) }
	c.alarms.set(&ch.wait, now.Add(joinPatience))
	c.alarms.set(&s.check, c.nextCheck(s, s.link.lastHeard(), now))
}

// joinAccepted is phx_reply ok: the topic is ours, the subscription not yet.
func (c *Client) joinAccepted(s *socket, out *unanswered, now time.Time) {
	if s.accepted.IsZero() {
		s.accepted = now
	}
	s.took(out, now)
	c.hold.accepted(out.sent)
	c.crowd.answered(out.ref, s, true)
	if !c.hold.cautious() {
		c.trouble = Trouble{}
	}
	ch := out.ch
	if ch == nil {
		s.leave(out.topic, out.ref) // the channel was closed while its join was out
		return
	}
	c.taken(ch)
	c.planRenewal(ch, now)
}

// taken is the moment when the server has a channel, which it says by its reply or, when that
// comes later, by a system ok.
func (c *Client) taken(ch *Channel) {
	if ch.state == joining {
		ch.state = joined
		ch.tell(Notice{Kind: Joined})
	}
}

// joinRefused is phx_reply error. The server slept 5 s before it, and its socket with
// it, so that socket is left alone for a while; unless the reason is the server's own.
func (c *Client) joinRefused(s *socket, out *unanswered, reason string, now time.Time) {
	reason = clean(reason)
	ch := out.ch
	c.refused = now
	blame, aged := blameFor(reason), ch != nil && ch.again
	switch {
	case blame != itsOwn:
		c.hold.fail(now)
		c.hold.alone = c.hold.alone || holdsUp(reason)
		c.troubled(0, reason)
	case aged: // the server takes it no more, and so with all that are as old
		c.doubted = now
	default:
		s.resting = now.Add(refusedRest)
	}
	c.crowd.answered(out.ref, s, false)
	c.alarms.set(&s.check, c.nextCheck(s, s.link.lastHeard(), now))
	if ch == nil {
		return
	}
	err := fmt.Errorf("the join was refused: %s", reason)
	c.detach(ch)
	if strings.HasPrefix(reason, "ChannelRateLimitReached") {
		s.most = len(s.members) // this project allows fewer than we thought
		if len(s.leaving) == 0 && s.most > 0 {
			// Nothing that we left can have been counted, so it is the limit of every socket.
			// Without it each would be refused once, and too few sockets be allowed for all.
			c.perSocket = min(c.perSocket, s.most)
		}
	}
	switch {
	case blame == unclear && ch.crashes >= mostUnclear:
		c.over(ch, err)
		return
	case blame == unclear:
		ch.crashes++
	case blame == servers:
		// Those with a key would pass it otherwise. They keep their keys.
		for _, other := range slices.Backward(c.listed(&c.keyed)) {
			other.enlist(&c.queue, queued, true)
		}
	case aged: // a key of now is what it needs
	case ch.refusals >= 1:
		// Two sockets and two keys were refused: a third try would only cost another
		// socket's channels their 5 s.
		c.over(ch, err)
		return
	default:
		ch.refusals++
	}
	// After a refusal of the server's own it keeps its place. One that may itself be the
	// cause goes behind those who are not: at the front, a few bad keys would spend every
	// socket, and the canary, again and again, while good channels wait.
	ch.enlist(&c.queue, queued, blame == servers || blame == itsOwn && aged)
	ch.tell(Notice{Kind: Lost, Err: err})
}

// giveUpJoin is about a join that has had no answer for joinPatience, though its
// socket speaks. We leave it, and ask another socket. Those behind it are left with it: they
// were sent in the same second, and a server that holds up one holds up them all.
func (c *Client) giveUpJoin(s *socket, now time.Time) {
	given := append([]*unanswered{s.out}, s.behind...)
	s.out, s.behind = nil, nil
	s.resting = now.Add(refusedRest)
	for _, out := range given {
		c.crowd.answered(out.ref, s, false)
		if out.ch != nil {
			c.quitTopic(out.ch)
			c.lose(out.ch, errors.New("the join had no answer"), now)
		}
	}
}

// outOfPatience rings while a channel is on a socket: it has waited too long for its
// subscription, or for the phx_close that the server announced.
func (c *Client) outOfPatience(ch *Channel, now time.Time) {
	why := errors.New("the subscription was never confirmed")
	switch {
	case ch.goodbye != "":
		why = ch.farewell("the server closed the channel")
	case ch.state == joining:
		// giveUpJoin's business, in this same moment. One that was sent behind others may still
		// be accepted, and its confirmation is to be waited for then.
		c.alarms.set(&ch.wait, now.Add(joinPatience))
		return
	}
	c.quitTopic(ch)
	c.lose(ch, why, now)
}

// quitTopic leaves ch's topic at the server, where that can be said. It comes before
// detach, which forgets where the channel was; without it the server would go on
// sending for as long as the key lives.
func (c *Client) quitTopic(ch *Channel) {
	if s := ch.socket; s != nil && s.open {
		s.leave(ch.topic(), ch.joinRef)
	}
}

// detach takes ch off its socket and stops all that was under way for it.
func (c *Client) detach(ch *Channel) {
	if ch.state == ready {
		c.readies--
	}
	if s := ch.socket; s != nil {
		delete(s.members, ch.topic())
		if out := s.waitsFor(ch.joinRef); out != nil {
			out.ch = nil // the socket still waits for the answer
		}
		if s.open && len(s.members) == 0 {
			// Its check may be seconds away; it must learn of the new deadline.
			s.emptied = time.Now()
			c.alarms.set(&s.check, s.emptied)
		}
		ch.socket = nil
	}
	c.alarms.stop(&ch.wait)
	c.alarms.stop(&ch.renew)
	c.alarms.stop(&ch.later)
	c.stopAsking(ch) // while state still says whose turn is given back
	ch.delist()
	ch.state = resting // until the caller decides
	ch.last, ch.goodbye, ch.key, ch.again = nil, "", Token{}, false
}

// lose is the one way back from a socket to the queue: at once, or after a rest if
// the channel has been lost before without having been ready for a while.
func (c *Client) lose(ch *Channel, why error, now time.Time) {
	if ch.state == ready && now.Sub(ch.readyAt) >= provenAfter {
		ch.fails = 0
	}
	c.detach(ch)
	if !ch.wanted(0) {
		c.over(ch, why)
		return
	}
	// The queue's end, not its front: those who never had their turn come first.
	if ch.fails == 0 {
		ch.enlist(&c.queue, queued, false)
	} else {
		c.rest(ch, fullJitter(step(ch.fails)), now)
	}
	ch.fails++
	ch.tell(Notice{Kind: Lost, Err: why})
}

// rest has ch queue again, at the front, when the wait is over.
func (c *Client) rest(ch *Channel, wait time.Duration, now time.Time) {
	ch.delist()
	ch.state = resting
	ch.wait.ring = func(time.Time) { ch.enlist(&c.queue, queued, true) }
	c.alarms.set(&ch.wait, now.Add(wait))
}

// over ends ch and says why.
func (c *Client) over(ch *Channel, why error) {
	c.finish(ch)
	ch.tell(Notice{Kind: Lost, Err: why, Over: true})
}

// shut is Channel.Close, in the loop.
func (c *Client) shut(ch *Channel) {
	if ch.state == ended {
		return
	}
	c.quitTopic(ch)
	c.finish(ch)
}

func (c *Client) finish(ch *Channel) {
	c.detach(ch)
	ch.state = ended
	if delete(c.open, ch); len(c.open) == 0 {
		c.trouble = Trouble{} // it concerns no channel any more
	}
}

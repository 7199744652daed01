package realtime

import (
	"cmp"
	"errors"
	"maps"
	"slices"
	"strconv"
	"strings"
	"time"
)

// socket is one place in the client's set of connections: it dials, serves channels,
// breaks, waits and dials again. Only the loop uses it.
type socket struct {
	link *link // nil while it waits to dial
	open bool
	due  bool // its wait is over, it dials when it may
	// unreached says that it waits because its dial failed, not because it broke.
	unreached bool

	members map[string]*Channel // by topic with prefix, from joining on
	leaving map[string]leave    // by join_ref: left joins whose phx_close may still come
	refs    uint64
	out     *unanswered   // the join that the server works on, if one is out
	behind  []*unanswered // those that were sent after it, oldest first; see depth
	trip    time.Duration // the quickest answer to a join; 0 before the first

	nextBeat time.Time
	asked    time.Time // first heartbeat since the server was last heard
	stalled  bool
	resting  time.Time // takes no joins before, because it refused one
	emptied  time.Time // since when it has had no channel
	most     int       // channels that this server allows a socket, once it said so
	accepted time.Time // since when this connection has had a join answered ok
	fails    int       // connections in a row that came to nothing, or not for long
	goodbye  string    // what the server said before it closed

	retry alarm // the wait before it dials again is over
	check alarm // liveness.go
}

// leave is a join that was left.
type leave struct {
	topic string
	again bool // it was left twice
}

// unanswered is a join whose answer the socket waits for. Its channel may be closed by now; the
// server is busy with the join all the same.
type unanswered struct {
	ref   string
	topic string
	ch    *Channel // nil when no channel waits for the answer any more
	sent  time.Time
	at    time.Time // since when no join is before it
}

func (c *Client) newSocket() *socket {
	s := &socket{due: true}
	s.retry.ring = func(time.Time) { s.due = true }
	s.check.ring = func(now time.Time) { c.checkSocket(s, now) }
	return s
}

// room is how many more channels s may carry.
func (c *Client) room(s *socket) int {
	if s.most > 0 {
		return max(0, min(c.perSocket, s.most)-len(s.members))
	}
	return max(0, c.perSocket-len(s.members))
}

// usable says that s takes joins, now or once it is open and its join is answered.
func (s *socket) usable(now time.Time) bool {
	if !s.open {
		return true // dialling, or about to
	}
	return !s.stalled && !now.Before(s.resting) && (s.out == nil || now.Sub(s.out.at) < joinSlow)
}

// free says that a join can be sent on s at once.
func (c *Client) free(s *socket, now time.Time) bool {
	return s.open && s.usable(now) && s.unanswered() < c.depth(s, now)
}

func (s *socket) nextRef() string {
	s.refs++
	return strconv.FormatUint(s.refs, 10)
}

func (s *socket) send(joinRef, ref, topic, event string, payload any) {
	if s.link.out.put(encodeFrame(joinRef, ref, topic, event, payload)) > outMost {
		s.link.cancel(errStuck)
	}
}

// dial connects s. Its goroutine becomes the connection's reader.
func (c *Client) dial(s *socket) {
	l := newLink(c)
	s.link, s.due = l, false
	c.spawn(func() {
		defer l.cancel(errEnded)
		if bug := c.attempt(func() { c.serve(s, l) }); bug != nil {
			l.cancel(bug)
			c.post(func(now time.Time) {
				if s.open {
					c.closed(s, l, bug, now)
				} else {
					c.dialFailed(s, l, &DialError{Text: bug.Error()}, now)
				}
			})
		}
	})
}

// serve opens l and reads it to its end.
func (c *Client) serve(s *socket, l *link) {
	conn, err := c.dialer.dial(l.ctx)
	if err != nil {
		l.tellOf(FrameRefused, err.Error)
		c.post(func(now time.Time) { c.dialFailed(s, l, err, now) })
		return
	}
	defer conn.CloseNow() // frees the writer too, whatever ended the reader
	l.conn = conn
	l.tellOf(FrameOpen, c.dialer.shown)
	l.mark(time.Now())
	c.post(func(now time.Time) { c.opened(s, l, now) })
	c.spawn(func() {
		if bug := c.attempt(l.write); bug != nil {
			l.cancel(bug)
		}
	})
	broken := l.read(&c.drops, func(in inbound, pieces int) {
		c.post(func(now time.Time) {
			l.landed(pieces)
			c.heard(s, l, in, now)
		})
	})
	l.tellOf(FrameClose, broken.Error)
	c.post(func(now time.Time) { c.closed(s, l, broken, now) })
}

func (c *Client) opened(s *socket, l *link, now time.Time) {
	if s.link != l {
		return
	}
	s.open, s.unreached, c.clash = true, false, false
	unreached := c.dialErr != nil
	c.reached()
	s.members = make(map[string]*Channel)
	s.leaving = make(map[string]leave)
	s.nextBeat = now.Add(heartbeatEvery)
	s.emptied = now // no channel is on it yet; it may have come too late for the channel that wanted it
	if c.trouble.Status != 0 || !c.hold.cautious() && (unreached || s.fails < lostOften) {
		c.trouble = Trouble{}
	}
	c.alarms.set(&s.check, now) // sets itself for what is due first
}

// dialFailed waits before the next try. A refusal, any answer but the upgrade, is the
// server's word to all of us: the whole client pauses.
func (c *Client) dialFailed(s *socket, l *link, err *DialError, now time.Time) {
	if s.link != l {
		return
	}
	if err.Status != 0 {
		c.hold.fail(now)
	}
	if !strings.HasPrefix(err.Text, "Too many joins") {
		c.hold.alone = false // there is no socket without neighbours to be had
	}
	c.dialErr = err
	c.troubled(err.Status, err.Text)
	c.trouble.Page = err.Page
	c.lay(s, now)
	s.unreached = true
	for _, ch := range slices.Backward(c.listed(&c.keyed)) {
		c.turnBack(ch, now)
	}
}

// turnBack tells a channel whose turn has come that no socket can be had. It keeps its
// place and its key.
func (c *Client) turnBack(ch *Channel, now time.Time) {
	if c.dialErr == nil || c.roomSoon(now) > 0 {
		return
	}
	ch.enlist(&c.queue, queued, true)
	ch.tell(Notice{Kind: Lost, Err: c.dialErr})
}

// lay puts s aside until its wait is over: 1, 2, 5, 10 s, with full jitter, whatever
// the close code. Code 1000 is no farewell: the server closes idle sockets with it.
func (c *Client) lay(s *socket, now time.Time) {
	s.fails++
	s.link, s.open, s.stalled, s.out, s.resting = nil, false, false, nil, time.Time{}
	s.asked, s.accepted, s.goodbye, s.refs, s.most = time.Time{}, time.Time{}, "", 0, 0
	s.behind, s.trip = nil, 0
	c.alarms.stop(&s.check)
	c.alarms.set(&s.retry, now.Add(fullJitter(step(s.fails))))
}

// closed is the end of a connection that was open.
func (c *Client) closed(s *socket, l *link, why error, now time.Time) {
	if s.link != l {
		return
	}
	announced := s.goodbye != ""
	if announced {
		why = &lineError{clean(why.Error() + ": " + s.goodbye), why}
	}
	l.cancel(why)
	// Those who came first rejoin first.
	members := slices.SortedFunc(maps.Values(s.members), func(a, b *Channel) int {
		return cmp.Compare(a.order, b.order)
	})
	out := s.out
	hung := out != nil && now.Sub(out.at) >= deadAfter
	if hung {
		// The server answers nothing on a socket while it works on a join, and without its
		// database that takes half a minute. Every other join would end so: we wait, as after a
		// refusal that names the server.
		c.hold.fail(now)
		c.hold.alone = true
		c.troubled(0, "a join is not answered")
		c.crowd.answered(out.ref, s, false)
	}
	if !s.accepted.IsZero() && now.Sub(s.accepted) >= provenAfter {
		s.fails = 0
	}
	s.members = nil
	c.lay(s, now)
	if s.fails >= lostOften {
		c.troubled(0, why.Error())
	}
	for _, ch := range members {
		ch.fails = 0 // a dead socket says nothing about its channels
		switch {
		case !hung || ch != out.ch:
			key := ch.key
			c.lose(ch, why, now)
			// A server that says that it disconnects us may have changed its secrets.
			if ch.state == queued && !announced {
				ch.key = key
			}
		case ch.refusals >= 1: // its second socket
			c.over(ch, errHung)
		default: // behind those who have not been tried
			ch.refusals++
			c.lose(ch, errHung, now)
		}
	}
}

var errHung = errors.New("the join was not answered, and its socket fell silent")

// retire closes a socket that no channel needs. What its link still reads is dropped, because
// s.link is not that link any more.
func (c *Client) retire(s *socket) {
	if s.open {
		s.link.end()
	}
	s.link, s.open = nil, false
	c.alarms.stop(&s.check)
	c.alarms.stop(&s.retry)
	c.sockets = slices.DeleteFunc(c.sockets, func(other *socket) bool { return other == s })
}

// leave sends phx_leave for a join. The server ignores one with any other join_ref.
func (s *socket) leave(topic, joinRef string) {
	if len(s.leaving) >= farewells {
		clear(s.leaving) // their closes will count as stale
	}
	s.leaving[joinRef] = leave{topic: topic, again: s.leaving[joinRef].topic != ""}
	s.send(joinRef, s.nextRef(), topic, eventLeave, noPayload{})
}

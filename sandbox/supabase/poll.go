package supabase

import (
	"fmt"
	"time"
)

// The pace of the real server's poller: it asks every half second while nothing happens, sooner
// while the slot has rows for no channel, and at once after a delivery.
const (
	pollIdle = 500 * time.Millisecond
	pollFrom = 150 * time.Millisecond
	pollTo   = 200 * time.Millisecond
)

// Commit commits one transaction. Its changes have one timestamp, and reach the channels that may
// see them up to half a second later, in order. It returns at once. A change of an unknown table or
// type is a mistake of the caller and panics.
func (s *Server) Commit(changes ...Change) {
	s.mu.Lock()
	defer s.mu.Unlock()
	at := s.now()
	for _, c := range changes {
		t := s.tables[c.Table]
		if t == nil || c.Type != "INSERT" && c.Type != "UPDATE" && c.Type != "DELETE" {
			panic(fmt.Sprintf("supabase: no %q of table %q", c.Type, c.Table))
		}
		c = c.keyed(t)
		s.seq++
		s.stats.Changes++
		t.apply(c)
		switch {
		case !t.Published:
		case s.deaf:
			s.stats.Dropped++
		default:
			s.slot = append(s.slot, newChange(t, c, s.seq, at))
		}
	}
	s.arm()
}

// arm sets the timer of the next poll, if there is anything to find. Idle polls are not
// made, only counted, so a quiet server costs nothing. It needs s.mu.
func (s *Server) arm() {
	if len(s.slot) == 0 || s.poller != nil || s.closed {
		return
	}
	now, idle := time.Now(), s.pollEvery()
	if late := now.Sub(s.nextPoll); late > 0 {
		s.nextPoll = s.nextPoll.Add((late + idle - 1) / idle * idle)
	}
	s.poller = s.after(s.nextPoll.Sub(now), s.poll)
}

// poll empties the slot into the mailboxes of those who listen.
func (s *Server) poll() {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.poller = nil
	if s.closed || s.gate.waiting() != nil { // a thaw arms it again
		return
	}
	changes := s.slot
	s.slot = nil
	now := time.Now()
	if s.sent.reached(now, s.opt.Limits.Deliveries) {
		// The quota: read from the slot and dropped, and no channel is told.
		s.stats.Dropped += len(changes)
		s.nextPoll = now.Add(min(s.pollEvery(), s.between(pollFrom, pollTo)))
		return
	}
	delivered := 0
	for _, c := range changes {
		delivered += s.fanOut(c)
	}
	s.sent.add(now, delivered)
	s.stats.Deliveries += delivered
	s.nextPoll = now.Add(s.pollEvery()) // the poll at once finds nothing: we hold the lock
	if delivered == 0 {
		s.nextPoll = now.Add(min(s.pollEvery(), s.between(pollFrom, pollTo)))
	}
}

// pollEvery is the time between two polls while the slot has no rows for no channel.
func (s *Server) pollEvery() time.Duration {
	if s.opt.Poll > 0 {
		return s.opt.Poll
	}
	return s.scaled(pollIdle)
}

// fanOut gives one change to every channel that may have it, one frame a channel.
func (s *Server) fanOut(c *change) int {
	var channels []*channel
	var first []*subscription // of each channel
	hear := func(list *listeners) {
		for _, sub := range list.list {
			if !sub.wants(c) {
				continue
			}
			if ch := sub.ch; ch.hitOf != c.seq {
				ch.hitOf, ch.hits = c.seq, nil
				channels, first = append(channels, ch), append(first, sub)
			}
			sub.ch.hits = append(sub.ch.hits, sub.id)
		}
	}
	t := c.table
	for column, values := range t.exact {
		if c.row == nil { // an error row has no values and goes to all
			for _, list := range values {
				hear(list)
			}
			continue
		}
		if value, isNull := c.row.text(column); !isNull {
			canon, _ := canonical(t.Columns[column].Type, value)
			if list := values[canon]; list != nil {
				hear(list)
			}
		}
	}
	hear(&t.rest)
	for i, ch := range channels {
		f := frame{topic: ch.topicJSON, event: "postgres_changes", ids: ch.hits,
			payload: c.data(first[i].selected, ch.link.Garbage), writing: c.writing}
		if ch.legacy { // the old form: the event is the type, and there are no ids
			f.event, f.ids = c.kind, nil
		}
		ch.hits = nil
		ch.deliver(f)
	}
	return len(channels)
}

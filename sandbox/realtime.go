package sandbox

import (
	"encoding/json"
	"strconv"
	"strings"
	"sync/atomic"
	"time"

	"tillwatch/sandbox/supabase"
)

// statusTable is the table that Dollr publishes for collections. Its columns are not
// documented; these are what a table of that purpose must hold.
const statusTable = "checkout_payment_intent_public_status"

var statusColumns = []supabase.Column{
	{Name: "id", Type: "int8"}, {Name: "session_id", Type: "int8"},
	{Name: "reference_id", Type: "uuid"}, {Name: "source_type", Type: "text"},
	{Name: "status", Type: "text"}, {Name: "amount", Type: "numeric"},
	{Name: "currency", Type: "text"}, {Name: "method", Type: "text"},
	{Name: "updated_at", Type: "timestamptz"},
}

// newRealtime makes the realtime side: one table, in which a key shows its own payment.
func (s *Server) newRealtime() *supabase.Server {
	limits := supabase.DefaultLimits()
	if s.opt.Limits == LimitsNone {
		limits = supabase.NoLimits()
	}
	return supabase.New(supabase.Options{
		Limits: limits, Scale: s.opt.Scale, Poll: s.opt.Poll, Seed: s.opt.Seed, Now: s.wall, Fault: s.opt.Fault,
		Link: s.linkOfTopic, Joined: s.premature,
		Tables: []supabase.Table{{
			Name: statusTable, Columns: statusColumns, Key: "id", Published: true,
			Visible: func(claims map[string]any, row supabase.Row) bool {
				return claims["reference_id"] == row["reference_id"]
			},
		}},
	})
}

// record notes a payment's row as it is now, to be committed by the next flush. The caller
// holds mu.
func (s *Server) record(p *payment, status string) {
	change := supabase.Change{Table: statusTable, Type: "UPDATE", Row: supabase.Row{
		"id": p.row, "session_id": p.session.id, "reference_id": strings.ToLower(p.reference),
		"source_type": p.source.kind, "status": status, "amount": json.Number(p.charge),
		"currency": p.source.currency, "method": p.method,
		"updated_at": s.wallOf(p).UTC().Format("2006-01-02T15:04:05.000000+00:00"),
	}}
	if p.shown == "" {
		change.Type = "INSERT"
	} else {
		change.Old = supabase.Row{"id": p.row}
	}
	p.shown, p.committed, p.written = status, time.Now(), &moment{}
	change.Writing = p.written.begin
	s.outbox = append(s.outbox, change)
}

// moment is a time that is set once, by the first caller. It takes no lock, because a socket that
// writes must not wait.
type moment struct{ at atomic.Pointer[time.Time] }

func (m *moment) begin(at time.Time) { m.at.CompareAndSwap(nil, &at) }

// time is zero before it has begun, and that of a nil moment is.
func (m *moment) time() (at time.Time) {
	if m != nil {
		if begun := m.at.Load(); begun != nil {
			at = *begun
		}
	}
	return at
}

// flush commits what record noted, in that order and each change by itself, as a server
// that serves one request at a time would. The caller must not hold mu: the realtime side
// has locks of its own.
func (s *Server) flush() {
	s.commits.Lock()
	defer s.commits.Unlock()
	s.mu.Lock()
	changes := s.outbox
	s.outbox = nil
	s.mu.Unlock()
	for _, c := range changes {
		s.rt.Commit(c)
	}
}

// ofTopic reads the session and the reference off payment-intent:{session}:{reference}.
func ofTopic(topic string) (session int64, reference string, ok bool) {
	rest, ok := strings.CutPrefix(topic, "payment-intent:")
	if !ok {
		return 0, "", false
	}
	number, reference, ok := strings.Cut(rest, ":")
	session, err := strconv.ParseInt(number, 10, 64)
	return session, reference, ok && err == nil
}

// linkOf is the link of a session. It takes no lock.
func (s *Server) linkOf(session int64) *link {
	if l, ok := s.linked.Load(session); ok {
		return l.(*link)
	}
	return linkOfSession(session)
}

// linkOfTopic tells the realtime side what a channel's link does. It is called from the middle of a
// join, so it takes no lock of the Server.
func (s *Server) linkOfTopic(topic string) supabase.Link {
	session, _, ok := ofTopic(topic)
	if !ok {
		return supabase.Link{}
	}
	l := s.linkOf(session)
	if l.once {
		joins, _ := s.joined.LoadOrStore(session, new(atomic.Int64))
		if joins.(*atomic.Int64).Add(1) > 1 {
			return supabase.Link{}
		}
	}
	if l.name == "offline" && s.away(session) {
		return supabase.Link{NoReply: true}
	}
	channel := l.channel
	if channel.Refuse != "" {
		channel.Refuse += ": " + topic
	}
	return channel
}

// premature ends a payment in the gap between a join's reply and its "system ok", where
// a channel hears nothing. It hands the work to the queue, for a join waits for it.
func (s *Server) premature(topic string) {
	session, reference, ok := ofTopic(topic)
	if !ok || s.linkOf(session).name != "premature" {
		return
	}
	s.queue.after(0, func() {
		s.mu.Lock()
		if p := s.payments[strings.ToLower(reference)]; p != nil && p.session.id == session {
			s.finish(p)
		}
		s.mu.Unlock()
		s.flush()
	})
}

package sandbox

import "time"

// Truth is what really became of one payment, for a judge of a watcher's verdicts.
type Truth struct {
	Reference  string `json:"reference_id,omitempty"`
	SessionID  int64  `json:"session_id,omitempty"`
	SourceType string `json:"source_type"`
	SourceID   int64  `json:"source_id"`
	Scenario   string `json:"scenario"`
	Link       string `json:"link"`
	// Status is what the API says now, empty before it has landed; Final says that it is
	// the last word: no step is left.
	Status string `json:"status"`
	Final  bool   `json:"final"`
	// At is when the API began to say Status, Committed when the table's row began to say
	// what it says. Both carry the monotonic clock, which Since tells as time since New.
	At        time.Time     `json:"at"`
	Committed time.Time     `json:"committed"`
	Since     time.Duration `json:"since_ns"`
	// Written is when the frame that tells the row began to go onto a socket, the first if
	// several did; zero while none has. No client can have heard of it sooner.
	Written time.Time `json:"written,omitzero"`
	// What the payer is charged.
	Amount   string `json:"amount"`
	Currency string `json:"currency"`
}

// Truth lists all payments in the order they were made. It is the caller's.
func (s *Server) Truth() []Truth { return s.TruthSince(0) }

// TruthSince lists those whose status the API has begun to say so long after New, or later, for a
// caller that asks again and again; 0 lists all.
func (s *Server) TruthSince(since time.Duration) []Truth {
	s.mu.RLock()
	defer s.mu.RUnlock()
	var all []Truth
	for _, p := range s.inOrder {
		if since > 0 && (p.since.IsZero() || p.since.Sub(s.born) < since) {
			continue
		}
		t := Truth{
			Reference: p.reference, SourceType: p.source.kind, SourceID: p.source.id,
			Scenario: p.scenario.name, Link: p.link.name, Status: p.status,
			Final: p.ended(), At: p.since, Committed: p.committed, Written: p.written.time(),
			Amount: p.charge, Currency: p.source.currency,
		}
		if p.session != nil {
			t.SessionID = p.session.id
		}
		if !p.since.IsZero() {
			t.Since = p.since.Sub(s.born)
		}
		all = append(all, t)
	}
	return all
}

// ended says whether a payment has had its last word. The caller holds mu.
func (p *payment) ended() bool {
	return len(p.steps) == 0 && (final(p.status) || p.status == sourcePaid || p.status == sourceCanceled)
}

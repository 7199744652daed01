package sandbox

import "fmt"

// Say makes one payment's status what a storyteller wants, whatever its scenario had in
// mind: from now on the API says api and the table says table, verbatim. An empty word
// leaves that side as it is. The payment counts as executed from then on, and what else it
// would have done by itself is called off. It is named as in Decide.
func (s *Server) Say(name, api, table string) error {
	s.mu.Lock()
	p := s.named(name)
	if p == nil {
		s.mu.Unlock()
		return fmt.Errorf("telling of %q: %w", name, errNoPayment)
	}
	p.turn++
	p.landed, p.waiting = true, false
	p.steps = nil
	if p.reference == "" {
		table = "" // a hosted checkout has no row
	}
	for _, st := range []step{{side: apiOnly, status: api}, {side: tableOnly, status: table}} {
		if st.status != "" {
			p.steps = []step{st}
			s.take(p)
		}
	}
	s.mu.Unlock()
	s.flush()
	return nil
}

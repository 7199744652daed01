package load_test

import (
	"testing"
	"time"

	"tillwatch/watch"
	"tillwatch/watch/load"
)

// becomesReady is a channel's whole way.
func (s *counter) becomesReady(n int) {
	for _, kind := range []watch.EventKind{watch.EventJoining, watch.EventKey, watch.EventJoined, watch.EventReady} {
		s.note(n, kind)
	}
}

// A channel that is away counts while it is, and one that never comes back until its payment
// has its result, or nobody relies on the channel any more. At the end of the run those that
// are away stay what they are.
func TestRun_AGapCountsWhileItIsOpen(t *testing.T) {
	broke := text("the connection broke")
	over := func(e *watch.Event) { e.Over = true }
	open(t, load.Config{Plan: one(5)}, func(s *counter) {
		gap := func(at time.Duration, want time.Duration, away int) {
			s.Helper()
			if c := s.at(at).Channel; c.Gap != want || c.Away != away {
				s.Errorf("at %v: a gap of %v, %d away; want %v, %d", at, c.Gap, c.Away, want, away)
			}
		}
		s.at(5500 * ms)
		for n := range 5 {
			s.becomesReady(n)
		}
		gap(6*time.Second, 0, 0)
		s.note(0, watch.EventLost, broke)
		gap(6500*ms, 500*ms, 1)
		s.note(1, watch.EventLost, broke)
		s.note(2, watch.EventLost, broke)
		s.note(4, watch.EventLost, over) // its key has served: no gap
		gap(8*time.Second, 2*time.Second, 3)
		s.note(0, watch.EventLost, text("the join had no answer")) // no gap of its own
		s.becomesReady(0)
		gap(9*time.Second, 2500*ms, 2) // the others' is the longest now
		s.tell(1, watch.Paid)
		s.note(1, watch.EventLost, broke) // nothing is to be heard of it any more
		s.note(2, watch.EventLost, over)
		gap(20*time.Second, 2500*ms, 0)
		s.note(3, watch.EventLost, broke)
		s.note(0, watch.EventLost, broke)
		gap(24*time.Second, 4*time.Second, 2)
		s.tell(0, watch.Stopped) // nobody listens any more
		gap(25*time.Second, 5*time.Second, 1)
		s.run.Steer(load.Steering{Verb: load.Stop})
		gap(40*time.Second, 5*time.Second, 1)
	})
}

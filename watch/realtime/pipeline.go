package realtime

import (
	"slices"
	"time"
)

// The server answers the joins of a socket one after another, so who waits for each answer
// joins one channel for each way there and back: at 300 ms three a second, where a server
// next door would take hundreds. Joins are therefore sent behind one that is out, as many
// as the way is long. A refusal holds up all those behind it for 5 s, and their socket: for
// a while after one, on whichever socket, there is one at a time again.

// unanswered counts the joins that are out.
func (s *socket) unanswered() int {
	if s.out == nil {
		return 0
	}
	return 1 + len(s.behind)
}

// depth is how many joins may be out on s at once. To a server that is near it is one.
func (c *Client) depth(s *socket, now time.Time) int {
	if !c.refused.IsZero() && now.Sub(c.refused) < cautionFor {
		return 1
	}
	return 1 + min(int(s.trip/tripSlack), mostOut-1)
}

// sentJoin notes a join that is out now.
func (s *socket) sentJoin(out *unanswered) {
	if s.out == nil {
		s.out = out
		return
	}
	s.behind = append(s.behind, out)
}

// took learns from an accepted join how far away the server is. Only the quickest counts:
// the others tell how long it took over them.
func (s *socket) took(out *unanswered, now time.Time) {
	if trip := now.Sub(out.sent); s.trip == 0 || trip < s.trip {
		s.trip = trip
	}
}

// waitsFor is the join with that ref, if it is out.
func (s *socket) waitsFor(ref string) *unanswered {
	if s.out != nil && s.out.ref == ref {
		return s.out
	}
	for _, out := range s.behind {
		if out.ref == ref {
			return out
		}
	}
	return nil
}

// answer ends the wait for a join and returns it, or nil if it is not out. The one behind it
// is what the server works on from now on.
func (s *socket) answer(ref string, now time.Time) *unanswered {
	out := s.waitsFor(ref)
	switch {
	case out == nil:
	case out != s.out:
		s.behind = slices.DeleteFunc(s.behind, func(other *unanswered) bool { return other == out })
	case len(s.behind) == 0:
		s.out = nil
	default:
		s.out, s.behind = s.behind[0], s.behind[1:]
		s.out.at = now
	}
	return out
}

package realtime

import (
	"slices"
	"testing"
	"time"

	"pgregory.net/rapid"
)

// TestAlarms_RingInOrderAndOnlyIfSet sets, moves and stops alarms at random and keeps
// the books beside.
func TestAlarms_RingInOrderAndOnlyIfSet(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		var all alarms
		var rung []int
		epoch := time.Unix(0, 0)
		list := make([]alarm, 20)
		due := map[int]time.Time{}
		for i := range list {
			list[i].ring = func(time.Time) { rung = append(rung, i) }
		}
		now := epoch
		for range rapid.IntRange(1, 100).Draw(t, "steps") {
			i := rapid.IntRange(0, len(list)-1).Draw(t, "which")
			switch rapid.IntRange(0, 3).Draw(t, "what") {
			case 0, 1:
				due[i] = now.Add(time.Duration(rapid.IntRange(0, 50).Draw(t, "in")))
				all.set(&list[i], due[i])
			case 2:
				delete(due, i)
				all.stop(&list[i])
			case 3:
				now = now.Add(time.Duration(rapid.IntRange(0, 30).Draw(t, "later")))
				rung = nil
				all.ringDue(now)
				var times []time.Time
				for _, r := range rung {
					at, set := due[r]
					if !set || at.After(now) {
						t.Fatalf("alarm %d rang, which was set: %v, for %v", r, set, at)
					}
					times = append(times, at)
					delete(due, r)
				}
				if !slices.IsSortedFunc(times, time.Time.Compare) {
					t.Fatalf("rang out of order: %v", times)
				}
			}
			var first time.Time
			for _, at := range due {
				first = soonest(first, at)
			}
			if next, any := all.next(); any != (len(due) > 0) || any && !next.Equal(first) {
				t.Fatalf("next is %v, %v; want %v of %d", next, any, first, len(due))
			}
		}
	})
}

package ui

import (
	"testing"
	"time"

	"tillwatch/watch"
)

func TestAdvice_SaysWhenDollrIsAskedNext(t *testing.T) {
	paused := watch.Health{Trouble: watch.SlowedDown, Until: noon.Add(3 * time.Second)}
	for name, c := range map[string]struct {
		next   time.Time
		link   watch.Link
		health watch.Health
		says   string
	}{
		"a read is planned":               {noon.Add(4 * time.Second), watch.Live, watch.Health{}, "Asking every 6s, next in 4s (v = ask now)."},
		"it is due":                       {noon, watch.Live, watch.Health{}, "Asking Dollr now."},
		"it is under way":                 {time.Time{}, watch.Poll, watch.Health{}, "Asking Dollr now."},
		"it waits in a long queue":        {time.Time{}, watch.Wait, watch.Health{}, "The question waits for its turn (v = ask now)."},
		"a 429 holds it back":             {time.Time{}, watch.Wait, paused, "Dollr wants fewer questions: asking again in 3s (v = ask now)."},
		"the program cannot ask at all":   {time.Time{}, watch.Down, watch.Health{Trouble: watch.APIDown}, "Dollr cannot be asked just now (v = try now)."},
		"the pause ends before it is due": {noon.Add(4 * time.Second), watch.Live, paused, "Asking every 6s, next in 4s (v = ask now)."},
	} {
		s := pay("Table 4", 1, linked(c.link), func(s *watch.Snapshot) { s.NextRead = c.next })
		r := &row{Snapshot: &s}
		if got := usualKeys().inWords(asking(r, noon, c.health)); got != c.says {
			t.Errorf("%s: said %q, want %q", name, got, c.says)
		}
	}
}

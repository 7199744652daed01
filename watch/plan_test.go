package watch

import (
	"strings"
	"testing"
	"time"
)

func contains(s, part string) bool { return strings.Contains(s, part) }

func TestPlan_WhenTheNextReadIsDue(t *testing.T) {
	now := noon
	ago := func(d time.Duration) time.Time { return now.Add(-d) }
	const sec = time.Second
	base := situation{now: now, jitter: 1, lastRead: now, age: 10 * sec}
	with := func(change func(*situation)) situation {
		s := base
		change(&s)
		return s
	}
	for name, c := range map[string]struct {
		s    situation
		in   time.Duration
		kind readKind
	}{
		"the first of a fresh payment": {with(func(s *situation) { s.lastRead, s.firstAt = time.Time{}, now.Add(sec) }), sec, readFirst},
		"polling a young payment":      {base, 2 * sec, readPoll},
		"polling past half a minute":   {with(func(s *situation) { s.age = 30 * sec }), 5 * sec, readPoll},
		"polling past two minutes":     {with(func(s *situation) { s.age = 120 * sec }), 10 * sec, readPoll},
		"polling past five":            {with(func(s *situation) { s.age = 300 * sec }), 30 * sec, readPoll},
		"polling past thirty":          {with(func(s *situation) { s.age = 1800 * sec }), 120 * sec, readPoll},
		"with its jitter":              {with(func(s *situation) { s.jitter = 1.1 }), 2200 * time.Millisecond, readPoll},
		"relying on the channel":       {with(func(s *situation) { s.rely = true }), 10 * sec, readSlow},
		"and on":                       {with(func(s *situation) { s.rely, s.quiet = true, 1 }), 15 * sec, readSlow},
		"and on, and on":               {with(func(s *situation) { s.rely, s.quiet = true, 9 }), 60 * sec, readSlow},
		"a hint":                       {with(func(s *situation) { s.rely, s.hinted = true, now }), 0, readVerify},
		"a hint, read once":            {with(func(s *situation) { s.rely, s.claimed, s.confirms = true, true, 1 }), sec / 2, readVerify},
		"a hint, read six times":       {with(func(s *situation) { s.rely, s.claimed, s.confirms = true, true, 6 }), 5 * sec, readVerify},
		"a hint two minutes old": {with(func(s *situation) {
			s.rely, s.claimed, s.confirms, s.claimAge = true, true, 30, 125*sec
			s.age = 400 * sec
		}), 10 * sec, readVerify},
		"a gap":                       {with(func(s *situation) { s.rely, s.gapAt = true, now }), 0, readGap},
		"a gap soon after another":    {with(func(s *situation) { s.rely, s.gapAt = true, now.Add(4*sec) }), 4 * sec, readGap},
		"a person asks":               {with(func(s *situation) { s.asked, s.hinted = true, now }), 0, readUser},
		"failed once":                 {with(func(s *situation) { s.failures, s.hinted = 1, now }), sec, readVerify},
		"failed three times":          {with(func(s *situation) { s.failures, s.gapAt = 3, now }), 4 * sec, readGap},
		"failed for long":             {with(func(s *situation) { s.failures = 50 }), 5 * sec, readPoll},
		"failed once, long ago begun": {with(func(s *situation) { s.failures, s.age = 1, time.Hour }), 120 * sec, readPoll},
		"and nobody is answered":      {with(func(s *situation) { s.failures, s.age, s.down = 1, time.Hour, true }), sec, readPoll},
		"failed, and a person asks":   {with(func(s *situation) { s.failures, s.asked = 9, true }), 0, readUser},
		"overdue since long":          {with(func(s *situation) { s.lastRead = ago(time.Hour) }), -time.Hour + 2*sec, readPoll},
	} {
		t.Run(name, func(t *testing.T) {
			due, kind := c.s.next()
			if got := due.Sub(now); got != c.in || kind != c.kind {
				t.Errorf("due in %v, kind %d; want %v, kind %d", got, kind, c.in, c.kind)
			}
		})
	}
}

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
	base := situation{now: now, jitter: 1, stretch: 1, lastRead: now, age: 10 * sec}
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
		"relying on the channel":       {with(func(s *situation) { s.rely, s.heard = true, true }), 10 * sec, readSlow},
		"and on":                       {with(func(s *situation) { s.rely, s.quiet = true, 1 }), 15 * sec, readSlow},
		"and on, and on":               {with(func(s *situation) { s.rely, s.quiet = true, 9 }), 60 * sec, readSlow},
		"next to thousands of others":  {with(func(s *situation) { s.rely, s.stretch = true, 2.5 }), 25 * sec, readSlow},
		"past the window of a channel": {with(func(s *situation) { s.heard, s.age = true, 30*sec }), 5 * sec, readPoll},
		"and next to thousands":        {with(func(s *situation) { s.heard, s.age, s.stretch, s.jitter = true, 30*sec, 4, 1.1 }), 22 * sec, readPoll},
		"without a channel, then":      {with(func(s *situation) { s.age, s.stretch = 30*sec, 4 }), 5 * sec, readPoll},
		"a hint of an end":             {with(func(s *situation) { s.rely, s.hinted, s.final = true, now, true }), 0, readVerify},
		"a word that is not known":     {with(func(s *situation) { s.rely, s.hinted = true, now }), 0, readConfirm},
		"an end, read once":            {with(func(s *situation) { s.rely, s.claimed, s.final, s.confirms, s.doubts = true, true, true, 1, 1 }), sec / 2, readConfirm},
		"an end, read twice":           {with(func(s *situation) { s.rely, s.claimed, s.final, s.confirms, s.doubts = true, true, true, 2, 2 }), sec, readConfirm},
		"an end, read three times":     {with(func(s *situation) { s.rely, s.claimed, s.final, s.confirms, s.doubts = true, true, true, 3, 3 }), 2 * sec, readPoll},
		"an end, read six times":       {with(func(s *situation) { s.rely, s.claimed, s.final, s.confirms, s.doubts = true, true, true, 6, 6 }), 5 * sec, readPoll},
		"the other end, then":          {with(func(s *situation) { s.rely, s.hinted, s.final, s.doubts = true, now, true, 6 }), 0, readPoll},
		"a hint two minutes old": {with(func(s *situation) {
			s.rely, s.claimed, s.final, s.confirms, s.doubts, s.claimAge = true, true, true, 30, 30, 125*sec
			s.age = 400 * sec
		}), 10 * sec, readPoll},
		"a gap":                       {with(func(s *situation) { s.rely, s.gapAt = true, now }), 0, readGap},
		"a gap soon after another":    {with(func(s *situation) { s.rely, s.gapAt = true, now.Add(4*sec) }), 4 * sec, readGap},
		"a person asks":               {with(func(s *situation) { s.asked, s.hinted = true, now }), 0, readUser},
		"failed once":                 {with(func(s *situation) { s.failures, s.gapAt = 1, now }), sec, readGap},
		"failed twice":                {with(func(s *situation) { s.failures, s.gapAt = 2, now }), 2 * sec, readGap},
		"failed three times":          {with(func(s *situation) { s.failures, s.gapAt = 3, now }), 4 * sec, readGap},
		"failed four times":           {with(func(s *situation) { s.failures, s.gapAt = 4, now }), 8 * sec, readGap},
		"failed five times":           {with(func(s *situation) { s.failures, s.gapAt = 5, now }), 15 * sec, readGap},
		"failed six times":            {with(func(s *situation) { s.failures, s.gapAt = 6, now }), 30 * sec, readGap},
		"failed for long":             {with(func(s *situation) { s.failures = 50 }), 30 * sec, readPoll},
		"failed, and then a hint":     {with(func(s *situation) { s.failures, s.hinted, s.final = 6, now, true }), 0, readVerify},
		"and its verify fails too":    {with(func(s *situation) { s.failures, s.hinted, s.final, s.tried = 6, now, true, true }), 30 * sec, readConfirm},
		"failed once, long ago begun": {with(func(s *situation) { s.failures, s.age = 1, time.Hour }), sec, readPoll},
		"failed for long, long ago":   {with(func(s *situation) { s.failures, s.age = 7, time.Hour }), 120 * sec, readPoll},
		"and the API is down":         {with(func(s *situation) { s.failures, s.age, s.down = 6, time.Hour, true }), sec, readPoll},
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

func TestPlan_WhatIsWishedFor(t *testing.T) {
	for name, c := range map[string]struct {
		s    situation
		want wish
	}{
		"polled":            {situation{age: time.Minute}, every(5*sec, false)},
		"next to a channel": {situation{heard: true, rely: true, quiet: 1}, every(15*sec, true)},
		"past its window":   {situation{heard: true, age: time.Minute}, every(5*sec, true)},
		"confirming":        {situation{heard: true, rely: true, claimed: true, final: true, doubts: 3, confirms: 2}, every(sec, true)},
		"at first":          {situation{heard: true, rely: true, claimed: true, final: true, doubts: 2, confirms: 2}, every(10*sec, true)},
		"failing":           {situation{failures: 5}, every(15*sec, false)},
		"failing once":      {situation{failures: 1}, every(2*sec, false)},
	} {
		if got := c.s.wishes(); got != c.want {
			t.Errorf("%s: %v, want %v", name, got, c.want)
		}
	}
}

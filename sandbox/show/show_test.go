package show

import (
	"bytes"
	"context"
	"encoding/json"
	"slices"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"tillwatch/sandbox"
)

// stage is a show that runs in a bubble; lines are what the merchant handed over so far.
type stage struct {
	*Show
	end func()

	mu    sync.Mutex
	lines []map[string]any
	raw   []string
}

func open(t *testing.T, seed uint64, rate float64) *stage {
	t.Helper()
	return openWith(t, Options{Seed: seed, Rate: rate})
}

func openWith(t *testing.T, opt Options) *stage {
	t.Helper()
	box := sandbox.New(sandbox.Options{Seed: opt.Seed})
	ctx, cancel := context.WithCancel(t.Context())
	s := &stage{Show: New(box, opt)}
	over := make(chan struct{})
	go func() {
		defer close(over)
		s.Run(ctx, func(line []byte) {
			var fields map[string]any
			if err := json.Unmarshal(line, &fields); err != nil || bytes.ContainsRune(line, '\n') {
				t.Errorf("not a line of JSON: %q (%v)", line, err)
			}
			s.mu.Lock()
			defer s.mu.Unlock()
			s.lines, s.raw = append(s.lines, fields), append(s.raw, string(line))
		})
	}()
	s.end = func() {
		cancel()
		<-over
		box.Close()
	}
	synctest.Wait()
	return s
}

// after lets time pass and returns how many customers came in it.
func (s *stage) after(d time.Duration) int {
	before := len(s.all())
	time.Sleep(d)
	synctest.Wait()
	return len(s.all()) - before
}

// came does something and returns how many customers came by that at once. They are counted
// from before it: it wakes the show, which may hand them over before anybody looks.
func (s *stage) came(do func()) int {
	before := len(s.all())
	do()
	synctest.Wait()
	return len(s.all()) - before
}

// all is what was handed over so far.
func (s *stage) all() []map[string]any {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.lines
}

func TestShow_OpensWithCustomersAndMoreArriveAtTheRate(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		s := open(t, 7, 2)
		defer s.end()
		if len(s.all()) != opening {
			t.Errorf("it opens with %d customers", len(s.all()))
		}
		if came := s.after(10 * time.Minute); came < 1100 || came > 1300 {
			t.Errorf("%d came in 10 minutes at 2/s", came)
		}
		hosted := 0
		for _, line := range s.all() {
			if line["reference_id"] == nil {
				hosted++
			}
		}
		if hosted != len(s.all())/10 {
			t.Errorf("%d of %d are hosted", hosted, len(s.all()))
		}
	})
}

func TestShow_TheSameSeedBringsTheSameCustomersAtTheSameTimes(t *testing.T) {
	played := func(seed uint64) (raw []string) {
		synctest.Test(t, func(t *testing.T) {
			s := open(t, seed, 1)
			defer s.end()
			s.after(2 * time.Minute)
			raw = s.raw
		})
		return raw
	}
	one, again, other := played(3), played(3), played(4)
	if !slices.Equal(one, again) {
		t.Error("the same seed played another show")
	}
	if slices.Equal(one, other) {
		t.Error("another seed played the same show")
	}
}

func TestShow_ThePresenterPausesHurriesAndBursts(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		s := open(t, 7, 0.5)
		defer s.end()
		if said := s.Pause(); said != "arrivals paused, then 0.5/s" || s.after(time.Hour) != 0 {
			t.Errorf("paused: %q, %d in all", said, len(s.all()))
		}
		if s.came(func() { s.One() }) != 1 {
			t.Error("one customer more did not come at once, paused or not")
		}
		if s.came(func() { s.Burst() }) != burst {
			t.Error("the burst did not come")
		}
		s.Pause()
		if said := s.Faster(); said != "arrivals 1/s" || s.Status() != said+", speed 1x" {
			t.Errorf("faster: %q, status %q", said, s.Status())
		}
		if came := s.after(10 * time.Minute); came < 520 || came > 680 {
			t.Errorf("%d came in 10 minutes at 1/s", came)
		}
		for range 4 {
			s.Slower()
		}
		if s.Status() != "arrivals 0/s, speed 1x" || s.after(time.Hour) != 0 {
			t.Errorf("slowed down to %q", s.Status())
		}
		if said := s.Faster(); said != "arrivals 0.25/s" {
			t.Errorf("from none: %q", said)
		}
		for range 20 {
			s.Faster()
		}
		if s.Status() != "arrivals 100/s, speed 1x" {
			t.Errorf("as fast as can be: %q", s.Status())
		}
	})
}

func TestShow_BringsEveryScenarioOfTheMixWithinTwoMinutes(t *testing.T) {
	for seed := range uint64(20) {
		synctest.Test(t, func(t *testing.T) {
			s := open(t, seed, 0.5)
			defer s.end()
			s.after(100 * time.Second) // what comes later would not settle within the two minutes
			came := map[string]bool{}
			for _, p := range s.box.Truth() {
				came[p.Scenario] = true
			}
			for _, name := range sandbox.Mix() {
				if !came[name] {
					t.Errorf("seed %d: nobody was %s among %d", seed, name, len(s.all()))
				}
			}
		})
	}
}

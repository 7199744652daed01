package load_test

import (
	"slices"
	"sync"
	"testing"
	"time"

	"tillwatch/watch"
	"tillwatch/watch/load"
)

// A row that is streamed has its fact, which comes a moment after the result: it waits for it,
// but not for ever, and not at the end of the run.
func TestRun_StreamsARowWithItsFact(t *testing.T) {
	var mu sync.Mutex
	var rows []load.Sample
	take := func(s load.Sample) {
		mu.Lock()
		defer mu.Unlock()
		rows = append(rows, s)
	}
	known := func() (facts []bool) {
		mu.Lock()
		defer mu.Unlock()
		for _, s := range rows {
			facts = append(facts, s.Fact >= 0)
		}
		return facts
	}
	open(t, load.Config{Plan: one(6), Sample: take, Learns: true}, func(s *counter) {
		want := func(at time.Duration, want ...bool) {
			s.Helper()
			if s.at(at); !slices.Equal(known(), want) {
				s.Errorf("after %v the rows have their facts: %v, want %v", at, known(), want)
			}
		}
		s.at(10 * time.Second)
		fact := func(n int) load.Fact {
			return load.Fact{ID: s.ids()[n], Verdict: watch.Paid, At: s.born.Add(9 * time.Second)}
		}
		s.tell(0, watch.Paid)
		s.tell(1, watch.Paid)
		want(10500 * ms)
		s.run.Learn([]load.Fact{fact(1), fact(2)})
		want(10600 * ms) // the first has none yet, and the others keep their places
		s.run.Learn([]load.Fact{fact(0)})
		want(10650*ms, true, true)
		s.tell(2, watch.Paid) // whose fact came first
		want(10700*ms, true, true, true)
		s.tell(3, watch.Paid)
		s.tell(4, watch.Paid)
		want(13600*ms, true, true, true)
		want(15*time.Second, true, true, true, false, false) // nobody has learned anything
		s.tell(5, watch.Paid)
		<-s.run.Done()
		want(16*time.Second, true, true, true, false, false, false)
	})
}

package journal

import (
	"errors"
	"slices"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"tillwatch/watch"
)

// gate holds the writer before each batch until it is let through.
type gate struct {
	came chan *batch
	let  chan error
}

func (s *stage) gated() *gate {
	g := &gate{came: make(chan *batch), let: make(chan error)}
	s.config.test.before = func(b *batch) error {
		select {
		case g.came <- b:
			return <-g.let
		case <-s.t.Context().Done(): // the test is over
			return nil
		}
	}
	return g
}

// next is the batch that the writer is about to write.
func (g *gate) next(t *testing.T) *batch {
	t.Helper()
	select {
	case b := <-g.came:
		return b
	case <-time.After(patient):
		t.Fatal("nothing is written")
		return nil
	}
}

func (s *stage) revs() []uint64 {
	s.mu.Lock()
	defer s.mu.Unlock()
	var out []uint64
	for _, snap := range s.told {
		out = append(out, snap.Rev)
	}
	return out
}

func same(got []uint64, want ...uint64) bool { return slices.Equal(got, want) }

func TestTell_HoldsAnEndAndWhatIsBehindItUntilItIsOnDisk(t *testing.T) {
	s := prepare(t, path(t))
	g := s.gated()
	s.open()
	s.Tell(waiting(1, 1))
	if got := s.revs(); !same(got, 1) {
		t.Fatalf("what decides nothing is held: %v", got)
	}
	s.Tell(ended(1, 2, watch.StatusCompleted))
	b := g.next(t)
	if !b.full || len(b.snaps) != 1 || b.snaps[0].Rev != 2 {
		t.Errorf("the end's batch is %+v", b)
	}
	again := ended(1, 3, watch.StatusCompleted)
	again.Final = ended(1, 2, watch.StatusCompleted).Final
	s.Tell(again)          // behind it
	s.Tell(waiting(2, 10)) // another's
	if got := s.revs(); !same(got, 1, 10) {
		t.Errorf("before the commit it told %v", got)
	}
	called := make(chan struct{})
	s.Keep(payment(3), func() { close(called) })
	g.let <- nil
	s.until("the end", func() bool { return len(s.told) == 4 })
	if got := s.revs(); !same(got, 1, 10, 2, 3) {
		t.Errorf("after it %v", got)
	}
	select {
	case <-called:
		t.Error("then is called before its payment is on disk")
	default:
	}
	if b := g.next(t); !b.full || len(b.keeps) != 1 {
		t.Errorf("the next batch is %+v", b)
	}
	g.let <- nil
	s.wait("then", called)

	s.Tell(again) // the same end, known already
	s.until("it", func() bool { return len(s.told) == 5 })
	if b := g.next(t); b.full {
		t.Error("an end that is known is written in full sync again")
	}
	g.let <- nil
	word := contradicted(1, 4)
	word.Final = again.Final
	s.Tell(word)
	b = g.next(t)
	if got := s.revs(); !b.full || !same(got, 1, 10, 2, 3, 3) {
		t.Errorf("a contradiction is not held: %v", got)
	}
	g.let <- nil
	s.until("the contradiction", func() bool { return len(s.told) == 6 })
	go s.Close()
	for {
		select {
		case <-g.came:
			g.let <- nil
			continue
		case <-s.done:
		}
		return
	}
}

func TestKeep_CommitsTogetherWhatWaitsTogether(t *testing.T) {
	s := prepare(t, path(t))
	g := s.gated()
	s.open()
	s.Keep(payment(1), nil)
	g.next(t)
	done := make(chan struct{}, 100)
	for n := range 100 {
		s.Keep(payment(n+2), func() { done <- struct{}{} })
	}
	g.let <- nil
	if b := g.next(t); len(b.keeps) != 100 {
		t.Errorf("%d are committed together", len(b.keeps))
	}
	g.let <- nil
	for range 100 {
		<-done
	}
}

func TestTell_WritesABatchSoonAndTheNewestAlone(t *testing.T) {
	s := prepare(t, path(t))
	g := s.gated()
	s.config.test.batch = 0 // the program's
	start := time.Now()
	s.open()
	for rev := range uint64(50) {
		s.Tell(waiting(1, rev+1))
	}
	b := g.next(t)
	if took := time.Since(start); took > 10*time.Second {
		t.Errorf("a batch is written after %v", took)
	}
	if b.full || len(b.snaps) != 1 || b.snaps[0].Rev != 50 {
		t.Errorf("the batch is %+v", b)
	}
	g.let <- nil
	if got := s.revs(); len(got) != 50 {
		t.Errorf("%d were passed on", len(got))
	}
}

func TestJournal_CommitsWhatMattersInFullSync(t *testing.T) {
	s := begin(t, path(t))
	level := func() (n int) {
		s.store.mu.Lock()
		defer s.store.mu.Unlock()
		if err := s.store.conn.QueryRowContext(t.Context(), "PRAGMA synchronous").Scan(&n); err != nil {
			t.Error(err)
		}
		return n
	}
	s.Tell(waiting(1, 1))
	s.flush()
	if got := level(); got != 1 {
		t.Errorf("routine is committed with synchronous=%d, want NORMAL", got)
	}
	s.keep(payment(2))
	if got := level(); got != 2 {
		t.Errorf("a payment handed over with %d, want FULL", got)
	}
	s.Tell(waiting(1, 2))
	s.flush()
	s.Tell(ended(1, 3, watch.StatusFailed))
	s.until("the end", func() bool { return len(s.told) == 3 })
	if got := level(); got != 2 {
		t.Errorf("an end with %d, want FULL", got)
	}
}

func TestTell_HoldsAnEndAgainThatTheFileHasNoMore(t *testing.T) {
	s := prepare(t, path(t))
	var full []bool
	s.config.test.before = func(b *batch) error { full = append(full, b.full); return nil }
	s.open()
	end := ended(1, 1, watch.StatusFailed)
	for _, snap := range []watch.Snapshot{end, end, waiting(1, 2), end} {
		s.Tell(snap)
		s.flush()
	}
	s.shut()
	if want := []bool{true, false, false, true}; !slices.Equal(full, want) {
		t.Errorf("committed in full sync: %v, want %v", full, want)
	}
}

// Many payments at once, a disk that fails now and then, a file that is taken away: each
// payment's Snapshots come in order, none is lost, and what is said to be on disk is.
func TestJournal_StormKeepsTheOrderAndLosesNothing(t *testing.T) {
	s := prepare(t, path(t))
	var failing atomic.Bool
	var batches atomic.Int32
	s.config.test.before = func(*batch) error {
		if failing.Load() && batches.Add(1)%3 == 1 { // the first in any case
			return errors.New("no")
		}
		return nil
	}
	const payments, most = 40, 60
	var last [payments]watch.Snapshot
	var locks [payments]sync.Mutex // a payment is told by one at a time
	var lies atomic.Int32
	s.config.Tell = func(snap watch.Snapshot) {
		if snap.Final.Code != 0 && !failing.Load() {
			if past, ok, _ := s.Recall(snap.ID()); !ok || past.Final.Code == 0 {
				lies.Add(1)
			}
		}
		s.hear(func() { s.told = append(s.told, snap) })
	}
	s.config.Retell = func() {
		for n := range payments {
			locks[n].Lock()
			if last[n].Rev > 0 {
				last[n].Rev++
				s.Tell(last[n])
			}
			locks[n].Unlock()
		}
		s.hear(func() { s.again++ })
	}
	s.open()
	for round, fails := range []bool{false, true} {
		failing.Store(fails)
		var all sync.WaitGroup
		for n := range payments {
			all.Go(func() {
				for i := range most {
					locks[n].Lock()
					rev := last[n].Rev + 1
					last[n] = waiting(n, rev)
					if i > most/2 || round > 0 {
						last[n] = ended(n, rev, watch.StatusCompleted)
					}
					s.Tell(last[n])
					locks[n].Unlock()
				}
			})
		}
		all.Wait()
		s.flush()
	}
	failing.Store(false)
	late := time.After(patient)
	for {
		missing := 0
		for _, past := range s.load(time.Time{}) {
			n := past.Session
			locks[n].Lock()
			if past.Rev != last[n].Rev {
				missing++
			}
			locks[n].Unlock()
		}
		if text, _ := s.Trouble(); missing == 0 && text == "" {
			break
		}
		select {
		case <-s.news:
		case <-late:
			t.Fatalf("the newest of %d payments never came to the file", missing)
		}
	}
	s.shut()
	s.mu.Lock()
	defer s.mu.Unlock()
	var seen [payments]uint64
	for _, snap := range s.told {
		if n := snap.Session; snap.Rev != seen[n]+1 {
			t.Errorf("payment %d: %d after %d", n, snap.Rev, seen[n])
		}
		seen[snap.Session] = snap.Rev
	}
	for n := range payments {
		if seen[n] != last[n].Rev {
			t.Errorf("payment %d was passed on up to %d of %d", n, seen[n], last[n].Rev)
		}
	}
	if lies.Load() > 0 || s.again == 0 {
		t.Errorf("%d ends were passed on before they were on disk; told anew %d times", lies.Load(), s.again)
	}
}

// A payment whose end waits for a slow disk, and of which something is told all the time, fills
// no memory; its newest Snapshot and every other verdict are passed on.
func TestTell_WhileTheDiskIsSlowOnlySoMuchIsOwed(t *testing.T) {
	s := prepare(t, path(t))
	g := s.gated()
	s.open()
	s.Tell(ended(1, 1, watch.StatusCompleted))
	g.next(t)
	const all = owedMost + 500
	for rev := uint64(2); rev <= all; rev++ {
		later := ended(1, 1, watch.StatusCompleted)
		later.Rev = rev
		s.Tell(later)
	}
	turned := contradicted(1, 1)
	turned.Rev = all + 1
	s.Tell(turned)
	s.Journal.mu.Lock()
	if n := len(s.owed); n > owedMost+1 {
		t.Errorf("%d are owed", n)
	}
	s.Journal.mu.Unlock()
	g.let <- nil
	g.next(t)
	g.let <- nil
	s.until("the newest", func() bool { return len(s.told) > 0 && s.told[len(s.told)-1].Rev == all+1 })
	revs := s.revs()
	if revs[0] != 1 || revs[len(revs)-2] != all || !slices.IsSorted(revs) {
		t.Errorf("passed on are %d to %d, and last %d", revs[0], revs[len(revs)-2], revs[len(revs)-1])
	}
}

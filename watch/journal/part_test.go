package journal

import (
	"errors"
	"runtime"
	"slices"
	"testing"
	"time"

	"pgregory.net/rapid"

	"tillwatch/watch"
)

// A result comes among a thousand entries of other payments: it is on disk, and told, before
// they are.
func TestTell_AnEndDoesNotWaitForOtherPaymentsHistories(t *testing.T) {
	s := prepare(t, path(t))
	g := s.gated()
	s.open()
	s.Keep(payment(1), nil)
	g.next(t) // while it is being written, this comes
	for n := range 1000 {
		s.Tell(waiting(n+2, 1))
		s.Note(watch.Event{ID: payment(n + 2).ID(), At: time.Now(), Kind: watch.EventAnswer})
	}
	s.Tell(ended(1, 2, watch.StatusCompleted))
	s.Journal.mu.Lock()
	s.Journal.open.since = time.Now().Add(time.Hour) // however slow the machine is, they have not waited long
	s.Journal.mu.Unlock()
	g.let <- nil
	b := g.next(t)
	if !b.full || len(b.snaps) != 1 || b.snaps[0].ID() != payment(1).ID() || len(b.events) != 0 {
		t.Errorf("the end is written in full %v with %d payments and %d entries", b.full, len(b.snaps), len(b.events))
	}
	g.let <- nil
	s.until("the end", func() bool { return len(s.told) == 1001 })
	snaps, events := 0, 0
	for snaps < 1000 || events < 1000 {
		b := g.next(t)
		if snaps, events = snaps+len(b.snaps), events+len(b.events); b.full || b.rows() > 2000/lazyPart {
			t.Errorf("%d rows are written together, in full %v", b.rows(), b.full)
		}
		g.let <- nil
	}
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

// Whatever is in a batch is written once, each kind in its order, and nothing waits for ever.
func TestPart_LosesNothing(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		now := time.Date(2026, 11, 27, 12, 0, 0, 0, time.UTC)
		open := newBatch(1)
		var keeps, events, wantKeeps, wantEvents []int
		newest, written := map[watch.ID]uint64{}, map[watch.ID]uint64{}
		come := 0
		take := func() {
			seq, whole := open.seq, open.whole
			first, rest := open.part(now)
			if first.seq < seq || rest.seq != first.seq+1 || rest.full || len(rest.keeps) > 0 || len(rest.urgent) > 0 {
				t.Fatalf("batch %d becomes %+v and %+v", seq, first, rest)
			}
			if whole && first.seq == seq && (!rest.whole || rest.empty()) || first.seq > seq && !rest.empty() {
				t.Fatalf("who waits for all of batch %d waits for ever, or too short: %+v and %+v", seq, first, rest)
			}
			for _, p := range first.keeps {
				keeps = append(keeps, int(p.Session))
			}
			for _, s := range first.snaps {
				written[s.ID()] = s.Rev
			}
			for i, e := range first.events {
				if events = append(events, e.Code); first.tries[i] != e.Code%3 {
					t.Fatalf("entry %d was tried %d times, it says %d", e.Code, e.Code%3, first.tries[i])
				}
			}
			open = rest
		}
		for range rapid.IntRange(0, 40).Draw(t, "steps") {
			switch rapid.IntRange(0, 4).Draw(t, "step") {
			case 0:
				come++
				open.keeps, open.full = append(open.keeps, watch.Payment{Session: int64(come)}), true
				wantKeeps = append(wantKeeps, come)
			case 1:
				for range rapid.IntRange(1, 700).Draw(t, "snapshots") {
					come++
					s := waiting(come%900, uint64(come))
					open.put(s, come%97 == 0)
					newest[s.ID()] = s.Rev
				}
			case 2:
				for range rapid.IntRange(1, 700).Draw(t, "entries") {
					come++
					if open.tries == nil {
						open.tries = map[int]int{}
					}
					open.tries[len(open.events)] = come % 3
					open.events = append(open.events, watch.Event{Code: come})
					wantEvents = append(wantEvents, come)
				}
			case 3:
				take()
			case 4:
				open.whole = true
			}
			if now = now.Add(50 * time.Millisecond); !open.empty() && open.since.IsZero() {
				open.since = now
			}
		}
		for range 200 {
			now = now.Add(time.Second)
			take()
		}
		if !open.empty() || !slices.Equal(keeps, wantKeeps) || !slices.Equal(events, wantEvents) {
			t.Errorf("%d rows are left; keeps %v, want %v; %d entries, want %d", open.rows(), keeps, wantKeeps, len(events), len(wantEvents))
		}
		for id, rev := range newest {
			if written[id] != rev {
				t.Errorf("of %s %d is written last, want %d", id, written[id], rev)
			}
		}
	})
}

// What is parted costs what is taken, not what is left: every watcher waits for it.
func TestPart_CopiesNothingOfTheRest(t *testing.T) {
	now := time.Date(2026, 11, 27, 12, 0, 0, 0, time.UTC)
	open := newBatch(1)
	for n := range 10_000 {
		open.put(waiting(n, 1), false)
	}
	if allocs := testing.AllocsPerRun(10, func() {
		open.since = now
		open.put(ended(1, 2, watch.StatusCompleted), true)
		first, rest := open.part(now)
		if len(first.snaps) != 1 || len(rest.place) != 9_999 {
			t.Fatalf("%d are written, %d left", len(first.snaps), len(rest.place))
		}
		open = rest
		open.put(waiting(1, 1), false)
	}); allocs > 50 {
		t.Errorf("taking one of ten thousand costs %.0f allocations", allocs)
	}
}

// On a disk whose every commit takes long, results come with each batch, and more besides than
// lazyRows: what waits stays bounded, and neither kind keeps the other from being written.
func TestPart_WhatWaitsDoesNotGrowForEver(t *testing.T) {
	now := time.Date(2026, 11, 27, 12, 0, 0, 0, time.UTC)
	open := newBatch(1)
	come, events, snaps := 0, 0, 0
	for range 300 {
		for range lazyRows {
			come++
			open.put(waiting(come, 1), false)
			open.events = append(open.events, watch.Event{Code: come})
		}
		if open.since.IsZero() {
			open.since = now
		}
		open.put(ended(1_000_000+come, 2, watch.StatusCompleted), true)
		first, rest := open.part(now.Add(time.Minute))
		events, snaps, open = events+len(first.events), snaps+len(first.snaps), rest
	}
	if most := 2 * lazyPart * 2 * lazyRows; open.rows() > most {
		t.Errorf("%d rows wait at the end, want at most %d", open.rows(), most)
	}
	if events < come/2 || snaps < come/2 {
		t.Errorf("of %d each, %d entries and %d payments are written", come, events, snaps)
	}
}

// The disk fills up behind a result, among the rest: the result was told and is on disk, and of
// the rest it is said how much was lost.
func TestPart_ADiskThatFailsBehindAResultLosesOnlyHistories(t *testing.T) {
	s := prepare(t, path(t))
	g := s.gated()
	s.open()
	s.Keep(payment(1), nil)
	g.next(t)
	for range 700 {
		s.Note(watch.Event{ID: payment(1).ID(), At: time.Now(), Kind: watch.EventAnswer})
	}
	s.Tell(ended(1, 2, watch.StatusCompleted))
	s.Journal.mu.Lock()
	s.Journal.open.since = time.Now().Add(time.Hour) // however slow the machine is, they have not waited long
	s.Journal.mu.Unlock()
	g.let <- nil
	for range 2 { // the result; then entries, which cannot be written
		b := g.next(t)
		if b.full == (len(b.events) > 0) {
			t.Errorf("in full %v it has %d entries", b.full, len(b.events))
		}
		if b.full {
			g.let <- nil
			s.until("the result", func() bool { return len(s.told) == 1 })
			continue
		}
		g.let <- errors.New("disk full")
	}
	s.until("the return", func() bool { return s.again == 1 })
	s.until("the word of it", s.heardOf("700 entries of the payments' histories were not kept"))
	s.shut()
	if past := begin(t, s.Journal.path).load(day); len(past) != 1 || past[0].Verdict != watch.Paid {
		t.Errorf("the file has %v", past)
	}
}

// Somebody looks at a history, as a screen does every second: a result goes first all the same,
// and the history is whole.
func TestHistory_DoesNotMakeAResultWait(t *testing.T) {
	s, g, came := lookedAt(t)
	g.let <- nil
	if b := g.next(t); !b.full || len(b.snaps) != 1 || len(b.events) != 0 {
		t.Errorf("the result is written with %d others", b.rows()-1)
	}
	g.let <- nil
	b := g.next(t)
	s.Tell(ended(2, 2, watch.StatusCompleted)) // of a batch that he does not wait for
	if b.full || len(b.events) != 10 {
		t.Errorf("behind it come %d", b.rows())
	}
	select {
	case n := <-came:
		t.Errorf("the history is read before it is written, %d", n)
	default:
	}
	g.let <- nil
	if n := <-came; n != 10 {
		t.Errorf("the history has %d entries", n)
	}
	go s.Close()
	g.next(t)
	g.let <- nil
	<-s.done
}

// The disk fails before anything of it is written: who looks at the history waits for
// nothing that never comes.
func TestHistory_ComesThoughTheDiskFails(t *testing.T) {
	s, g, came := lookedAt(t)
	g.let <- errors.New("disk full")
	select {
	case n := <-came:
		if n != 0 {
			t.Errorf("the history has %d entries", n)
		}
	case <-time.After(patient):
		t.Error("the history never came")
	}
	s.until("the return", func() bool { return s.again == 1 })
}

// lookedAt is a journal that is writing, with a result and ten entries behind that, and
// somebody who looks at the history: how long that is comes out of the channel.
func lookedAt(t *testing.T) (*stage, *gate, <-chan int) {
	t.Helper()
	s := prepare(t, path(t))
	g := s.gated()
	s.open()
	s.Keep(payment(1), nil)
	g.next(t)
	for range 5 {
		s.Note(watch.Event{ID: payment(1).ID(), At: time.Now(), Kind: watch.EventAnswer, Word: "PENDING"})
		s.Note(watch.Event{ID: payment(1).ID(), At: time.Now(), Kind: watch.EventHint, Word: "PENDING"})
	}
	s.Tell(ended(1, 2, watch.StatusCompleted))
	came := make(chan int, 1)
	go func() {
		entries, missing := s.History(payment(1).ID())
		came <- len(entries) + missing
	}()
	for waits := false; !waits; runtime.Gosched() {
		s.Journal.mu.Lock()
		waits = s.Journal.open.whole
		s.Journal.mu.Unlock()
	}
	return s, g, came
}

package journal

import (
	"slices"
	"time"

	"tillwatch/watch"
)

// batch is what is written in one transaction.
type batch struct {
	seq    uint64
	full   bool      // it is committed in full sync
	whole  bool      // a caller waits for all of it, or for the batch behind it
	behind bool      // it is that one, and is written as it is
	since  time.Time // when the first entry came that no caller waits for
	keeps  []watch.Payment
	place  map[watch.ID]*watch.Snapshot // the newest of each payment
	snaps  []*watch.Snapshot            // the same in the order in which they came; see stale
	urgent []watch.ID                   // those of them that a caller waits for
	events []watch.Event
	tries  map[int]int // of events whose payment is not there yet: how often they were tried
}

func newBatch(seq uint64) *batch { return &batch{seq: seq, place: map[watch.ID]*watch.Snapshot{}} }

func (b *batch) empty() bool { return b.rows() == 0 }

// rows is how many it writes.
func (b *batch) rows() int { return len(b.keeps) + len(b.place) + len(b.events) }

func (b *batch) put(s watch.Snapshot, urgent bool) {
	id := s.ID()
	if urgent {
		b.urgent, b.full = append(b.urgent, id), true
	}
	if have := b.place[id]; have != nil {
		*have = s // a Snapshot is the whole of what is known
		return
	}
	b.add(id, &s)
}

func (b *batch) add(id watch.ID, s *watch.Snapshot) {
	b.place[id] = s
	b.snaps = append(b.snaps, s)
}

// stale reports whether a Snapshot was taken out of its turn.
func (b *batch) stale(s *watch.Snapshot) bool { return b.place[s.ID()] != s }

// How many rows that no caller waits for go with a batch. A result must not wait for a thousand
// entries of other payments' histories, and these must not wait forever behind results. The more
// there are, the more go along, or a slow disk would never catch up.
const (
	lazyRows = 200
	lazyPart = 8 // or the eighth part, if that is more
	lazyWait = 400 * time.Millisecond
)

// room returns how many rows that no caller waits for go with the batch.
func (b *batch) room(now time.Time) int {
	switch {
	case b.whole && b.full && !b.behind && b.rows() > len(b.keeps)+len(b.urgent):
		return 0 // a person who looks at a history can wait longer than a result
	case b.whole || !b.full && b.rows() <= lazyRows:
		return b.rows()
	case b.full && now.Sub(b.since) < lazyWait:
		return 0
	}
	return max(lazyRows, b.rows()/lazyPart)
}

// part splits off what is written now: first what a caller waits for. The rest is written behind
// it, in the order in which it came. The cost depends on what is split off, not on the rest,
// because publishers wait during it.
func (b *batch) part(now time.Time) (first, rest *batch) {
	room := b.room(now)
	if room >= b.rows() {
		b.snaps = slices.DeleteFunc(b.snaps, b.stale)
		if b.whole {
			b.seq++ // there is none behind it
		}
		return b, newBatch(b.seq + 1)
	}
	first, rest = newBatch(b.seq), newBatch(b.seq+1)
	rest.whole, rest.behind = b.whole, b.whole
	first.full, first.keeps = b.full, b.keeps
	for _, id := range b.urgent {
		if s := b.place[id]; s != nil { // nil: it has told two ends, and is taken
			delete(b.place, id)
			first.add(id, s)
		}
	}
	room -= b.partSnaps(first, room-min(len(b.events), room/2))
	b.partEvents(first, rest, room)
	if len(b.place) > 0 {
		rest.place, rest.snaps = b.place, b.snaps
	}
	if !rest.empty() {
		rest.since = b.since
	}
	return first, rest
}

// partSnaps moves the oldest Snapshots, at most so many, into the first part, and says how
// many these are.
func (b *batch) partSnaps(first *batch, most int) (taken int) {
	for i, s := range b.snaps {
		if b.stale(s) {
			continue
		}
		if taken == most {
			b.snaps = b.snaps[i:]
			return taken
		}
		id := s.ID()
		delete(b.place, id)
		first.add(id, s)
		taken++
	}
	b.snaps = nil
	return taken
}

// partEvents parts the entries of histories.
func (b *batch) partEvents(first, rest *batch, room int) {
	room = min(room, len(b.events))
	first.events, rest.events = b.events[:room:room], b.events[room:]
	for at, n := range b.tries {
		part := first
		if at >= room {
			part, at = rest, at-room
		}
		if part.tries == nil {
			part.tries = map[int]int{}
		}
		part.tries[at] = n
	}
}

// lazily records that an entry came that no caller waits for.
func (b *batch) lazily() {
	if b.since.IsZero() {
		b.since = time.Now()
	}
}

func (b *batch) holds(id watch.ID) bool {
	if b == nil {
		return false
	}
	if _, ok := b.place[id]; ok {
		return true
	}
	for _, p := range b.keeps {
		if p.ID() == id {
			return true
		}
	}
	return false
}

// owed is what the herald passes on once its batch is decided: a Snapshot, or a call.
type owed struct {
	need uint64 // the batch
	snap watch.Snapshot
	lazy bool   // the Snapshot tells no end
	then func() // nil: it is the Snapshot
}

// mark is which end of a payment the journal has, by the times of the answers.
type mark struct{ final, changed int64 }

func markOf(k *watch.Known) mark {
	var m mark
	if k.Final.Code != 0 {
		m.final = k.Final.At.UnixMicro()
	}
	if k.Changed.Said() {
		m.changed = k.Changed.Answer().At.UnixMicro()
	}
	return m
}

// marksMost bounds the marks. One that is forgotten costs a commit in full sync.
const marksMost = 100_000

// note remembers a payment's mark and reports whether it tells of an end, or of a word
// against it, that it did not have before.
func (j *Journal) note(id watch.ID, m mark) bool {
	if m == (mark{}) {
		delete(j.marks, id)
		return false
	}
	if j.marks[id] == m {
		return false
	}
	if len(j.marks) >= marksMost {
		clear(j.marks)
	}
	j.marks[id] = m
	return true
}

// Tell takes a Snapshot: it is written with the next batch and passed on. It is what
// [watch.Config].Tell gets, and never waits for the disk.
func (j *Journal) Tell(s watch.Snapshot) {
	id := s.ID()
	j.mu.Lock()
	writing := !j.down && !j.closing
	urgent := false
	need := j.passed
	if writing {
		urgent = j.note(id, markOf(&s.Known))
		first := j.open.empty()
		if j.open.put(s, urgent); !urgent {
			j.open.lazily()
		}
		need = j.open.seq
		switch {
		case urgent:
			ring(j.hurry)
		case first:
			ring(j.stir)
		}
	}
	if !j.over && (urgent || j.holding[id] > 0) {
		if !urgent {
			before := j.newest(id)
			if before != nil && len(j.owed) >= owedMost && before.lazy && before.snap.Judgement == s.Judgement {
				before.snap = s
				j.mu.Unlock()
				return
			}
			if need = j.passed; before != nil { // otherwise the herald is passing its last Snapshots on just now
				need = before.need // it waits for the Snapshots before it, not for its own batch
			}
		}
		j.owed = append(j.owed, owed{need: need, snap: s, lazy: !urgent})
		j.holding[id]++
		j.mu.Unlock()
		ring(j.bell)
		return
	}
	j.mu.Unlock()
	j.c.Tell(s)
}

// owedMost is how much may be owed before newer Snapshots of a payment replace older ones. A
// Snapshot that tells an end or has another verdict is never replaced.
const owedMost = 10_000

// newest returns the newest held Snapshot of a payment; nil if none is held.
func (j *Journal) newest(id watch.ID) *owed {
	for i := len(j.owed) - 1; i >= 0; i-- {
		if o := &j.owed[i]; o.then == nil && o.snap.ID() == id {
			return o
		}
	}
	return nil
}

// Note takes an Event; it is written with the next batch. It is what [watch.Config].Note
// gets.
func (j *Journal) Note(e watch.Event) {
	j.mu.Lock()
	defer j.mu.Unlock()
	if j.down || j.closing || len(j.open.events) >= queueMost {
		j.dropped++
		return
	}
	if j.open.empty() {
		ring(j.stir)
	}
	j.open.lazily()
	j.open.events = append(j.open.events, e)
}

// Keep commits a payment handed over, or handed over again with more: p is the whole of
// it. then, which may be nil, is called from a goroutine of the journal's once p is on disk in full sync, or
// once it is known that it cannot be; after Close at once, by the caller's.
func (j *Journal) Keep(p watch.Payment, then func()) {
	if then == nil {
		then = func() {}
	}
	j.mu.Lock()
	if j.over {
		j.mu.Unlock()
		then()
		return
	}
	need := j.passed
	if !j.down && !j.closing {
		j.open.keeps = append(j.open.keeps, p)
		j.open.full = true
		need = j.open.seq
		ring(j.hurry)
	}
	j.owed = append(j.owed, owed{need: need, then: then})
	j.mu.Unlock()
	ring(j.bell)
}

// flush waits until what was told so far is on disk, or given up. The herald may call it,
// by way of what it calls.
func (j *Journal) flush() {
	j.mu.Lock()
	need := j.open.seq
	switch {
	case !j.open.empty():
		j.open.whole = true
		need++ // a result that is in it may be written first
		ring(j.hurry)
	case j.air != nil:
		need = j.air.seq
	default:
		need = 0
	}
	for j.passed < need {
		decided := j.decided
		j.mu.Unlock()
		<-decided
		j.mu.Lock()
	}
	j.mu.Unlock()
}

// decide notes that batches up to this one are on disk, or given up. Under mu.
func (j *Journal) decide(seq uint64) {
	j.passed = seq
	close(j.decided)
	j.decided = make(chan struct{})
	ring(j.bell)
}

// pass passes on one item.
func (j *Journal) pass(o owed) {
	if o.then != nil {
		o.then()
	} else {
		j.c.Tell(o.snap)
	}
}

// herald passes on what was held, once its batch is decided.
func (j *Journal) herald() {
	defer close(j.heralded)
	for {
		j.mu.Lock()
		var due []owed
		rest := j.owed[:0]
		for _, o := range j.owed {
			if o.need <= j.passed {
				due = append(due, o)
			} else {
				rest = append(rest, o)
			}
		}
		clear(j.owed[len(rest):])
		j.owed = rest
		j.over = j.ending && len(due) == 0 && len(j.owed) == 0
		over := j.over
		j.mu.Unlock()
		if over {
			return
		}
		for _, o := range due {
			watch.Guarded(func() { j.pass(o) }, j.lostly)
		}
		if len(due) == 0 {
			<-j.bell
			continue
		}
		j.mu.Lock()
		for _, o := range due {
			if o.then != nil {
				continue
			}
			id := o.snap.ID()
			if j.holding[id]--; j.holding[id] == 0 {
				delete(j.holding, id)
			}
		}
		j.mu.Unlock()
	}
}

package sandbox

import (
	"container/heap"
	"sync"
	"time"

	"tillwatch/sandbox/supabase"
)

// queue runs functions at their times, one after another, in the order of those times.
// One timer serves any number of payments: ten thousand waiting customers cost ten
// thousand small entries and no goroutine.
type queue struct {
	mu     sync.Mutex
	due    entries
	seq    uint64
	timer  *time.Timer
	busy   bool
	closed bool
	idle   sync.WaitGroup // counts the one run that may be under way
	fault  func(what, stack string)
}

type entry struct {
	at    time.Time
	seq   uint64 // keeps entries of one instant in the order they were asked for
	paced bool   // its time is people's: stretch changes it
	do    func()
}

// after has do run after d, or at once when there is no d. It never blocks and may be called
// from within do, and from inside supabase's callbacks: it takes no lock but its own.
func (q *queue) after(d time.Duration, do func()) { q.put(d, false, do) }

// afterPaced is after for a time that stretch changes while it runs.
func (q *queue) afterPaced(d time.Duration, do func()) { q.put(d, true, do) }

func (q *queue) put(d time.Duration, paced bool, do func()) {
	t := time.Now().Add(d)
	q.mu.Lock()
	defer q.mu.Unlock()
	if q.closed {
		return
	}
	q.seq++
	heap.Push(&q.due, entry{at: t, seq: q.seq, paced: paced, do: do})
	if !q.busy && q.due[0].seq == q.seq {
		q.arm()
	}
}

// stretch multiplies what is left of all paced times. What is due already stays due.
func (q *queue) stretch(factor float64) {
	q.mu.Lock()
	defer q.mu.Unlock()
	now := time.Now()
	for i := range q.due {
		if left := q.due[i].at.Sub(now); q.due[i].paced && left > 0 {
			q.due[i].at = now.Add(time.Duration(float64(left) * factor))
		}
	}
	heap.Init(&q.due)
	if !q.busy { // else run sets the timer when it has done
		q.arm()
	}
}

// arm sets the timer to the first entry. The caller holds mu.
func (q *queue) arm() {
	if q.closed || len(q.due) == 0 {
		return
	}
	wait := time.Until(q.due[0].at)
	if q.timer == nil {
		q.timer = time.AfterFunc(wait, q.run)
		return
	}
	q.timer.Reset(wait)
}

// run does all that is due. A second run at the same time returns at once: two would break the
// order in which rows are committed.
func (q *queue) run() {
	q.mu.Lock()
	defer q.mu.Unlock()
	if q.busy || q.closed {
		return
	}
	q.busy = true
	q.idle.Add(1)
	defer q.idle.Done()
	for !q.closed && len(q.due) > 0 && !q.due[0].at.After(time.Now()) {
		q.unlocked(heap.Pop(&q.due).(entry).do)
	}
	q.busy = false
	q.arm()
}

// unlocked does something without the lock, and has it again even if that panics.
func (q *queue) unlocked(do func()) {
	q.mu.Unlock()
	defer q.mu.Lock()
	supabase.Guarded(q.fault, do)
}

// close drops what is not yet due and waits for the function that runs just now. It
// must not be called from such a function.
func (q *queue) close() {
	q.mu.Lock()
	q.closed = true
	q.due = nil
	if q.timer != nil {
		q.timer.Stop()
	}
	q.mu.Unlock()
	q.idle.Wait()
}

// entries is a heap by time, then by age; its methods are container/heap's.
type entries []entry

// Len is how many wait.
func (e entries) Len() int { return len(e) }

// Less puts the earlier first, and of two at once the older.
func (e entries) Less(i, j int) bool {
	if e[i].at.Equal(e[j].at) {
		return e[i].seq < e[j].seq
	}
	return e[i].at.Before(e[j].at)
}

// Swap exchanges two.
func (e entries) Swap(i, j int) { e[i], e[j] = e[j], e[i] }

// Push adds one at the end.
func (e *entries) Push(x any) { *e = append(*e, x.(entry)) }

// Pop takes the last one out.
func (e *entries) Pop() any {
	last := (*e)[len(*e)-1]
	(*e)[len(*e)-1] = entry{} // lets go of the closure
	*e = (*e)[:len(*e)-1]
	return last
}

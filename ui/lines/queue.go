package lines

import (
	"time"

	"tillwatch/watch"
)

// crowd is how many lines may wait before older ones are dropped.
const crowd = 10_000

// line is one that waits. A line of the whole program has no id.
type line struct {
	facts
	whole []byte // it was made elsewhere, and nothing else of it is set
	id    watch.ID
	at    time.Time // wall time at which it was learned
	heard time.Time // wall time of the last answer about the payment
	rev   uint64
	turn  bool // it changes the payment's verdict, or belongs to none: never dropped
}

// queue holds the lines that wait, oldest first. The caller must hold Lines' lock.
type queue struct {
	lines []line
	head  int // lines before it are written
	limit int // at this many that wait, thin is worth its cost again
}

func (q *queue) put(next line) {
	q.lines = append(q.lines, next)
	if len(q.lines)-q.head >= max(q.limit, crowd) {
		q.thin()
	}
}

// take moves the oldest lines, at most n, to the end of into.
func (q *queue) take(into []line, n int) []line {
	n = min(n, len(q.lines)-q.head)
	into = append(into, q.lines[q.head:q.head+n]...)
	clear(q.lines[q.head : q.head+n]) // their texts may go
	q.head += n
	switch {
	case q.head == len(q.lines):
		q.lines, q.head, q.limit = q.lines[:0], 0, 0
		if cap(q.lines) > 2*crowd {
			q.lines = nil // a burst is over
		}
	case q.head > crowd: // a queue that is never empty must not keep its past
		q.lines, q.head = append([]line(nil), q.lines[q.head:]...), 0
	}
	return into
}

// thin drops the lines that change no verdict and are followed by another of the same
// payment. What is left may be more than a crowd, for turns are kept whatever it costs;
// the next thinning then waits until a quarter more has come, so that the cost of a line
// stays the same.
func (q *queue) thin() {
	waiting := q.lines[q.head:]
	followed := make(map[watch.ID]bool, len(waiting))
	keep := make([]bool, len(waiting))
	kept := 0
	for i := len(waiting) - 1; i >= 0; i-- {
		next := waiting[i]
		if keep[i] = next.turn || !followed[next.id]; keep[i] {
			kept++
		}
		followed[next.id] = true
	}
	thinned := make([]line, 0, kept+crowd/4)
	for i, next := range waiting {
		if keep[i] {
			thinned = append(thinned, next)
		}
	}
	q.lines, q.head, q.limit = thinned, 0, kept+kept/4
}

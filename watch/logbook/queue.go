package logbook

import (
	"bytes"
	"errors"
	"sync"
	"time"

	"tillwatch/watch"
)

// patience is how long Close waits for a disk that takes nothing.
const patience = 2 * time.Second

// sink takes whole lines. What it has written of them is n, as with an io.Writer.
type sink interface {
	write(lines []byte) (n int, err error)
	close()
}

// queue keeps lines for a goroutine that writes them at once: who puts one never waits, and
// a panic finds little that is not on the disk.
type queue struct {
	to   sink
	most int                   // bytes that wait
	gap  func(n uint64) []byte // the line that says how many were lost
	say  func(error)           // is told the first failure

	mu      sync.Mutex
	waiting []byte
	lost    uint64 // lines, since one last said so
	closed  bool
	bell    chan struct{} // holds at most one ring

	said bool // by the writing goroutine alone
	done chan struct{}
}

func newQueue(to sink, most int, gap func(uint64) []byte, say func(error)) *queue {
	q := &queue{to: to, most: most, gap: gap, say: say, bell: make(chan struct{}, 1), done: make(chan struct{})}
	go func() {
		defer close(q.done)
		watch.Guarded(q.run, q.broken)
	}()
	return q
}

// put takes one line with its end, and copies it.
func (q *queue) put(line []byte) {
	q.mu.Lock()
	defer q.mu.Unlock()
	switch {
	case q.closed:
		return
	case len(q.waiting)+len(line) > q.most:
		q.lost++
	default:
		q.waiting = append(q.waiting, line...)
	}
	q.ring()
}

func (q *queue) ring() {
	select {
	case q.bell <- struct{}{}:
	default: // it rings already
	}
}

// take swaps what waits for an empty buffer; more is false at the end.
func (q *queue) take(empty []byte) (lines []byte, lost uint64, more bool) {
	q.mu.Lock()
	defer q.mu.Unlock()
	lines, lost = q.waiting, q.lost
	q.waiting, q.lost = empty, 0
	return lines, lost, !q.closed
}

// keptBuffer bounds what a quiet queue keeps of a loud hour.
const keptBuffer = 64 << 10

// broken closes the queue to new lines and says so, because the goroutine that writes them has
// panicked.
func (q *queue) broken(what, _ string) {
	q.mu.Lock()
	q.closed, q.waiting = true, nil
	q.mu.Unlock()
	q.say(errors.New(what)) // the stack has no log to go to
}

func (q *queue) run() {
	defer q.to.close()
	var spare []byte
	for range q.bell {
		lines, lost, more := q.take(spare[:0])
		q.write(lines, lost)
		if spare = lines; cap(spare) > keptBuffer {
			spare = nil
		}
		if !more {
			return
		}
	}
}

// write writes lines, and behind them how many are missing there. What a failure has cost
// is counted too, and said when the disk takes something again.
func (q *queue) write(lines []byte, lost uint64) {
	given := len(lines)
	if lost > 0 {
		lines = append(lines, q.gap(lost)...)
	}
	if len(lines) == 0 {
		return
	}
	n, err := q.to.write(lines)
	if err == nil {
		return
	}
	if n < given {
		lost += uint64(bytes.Count(lines[n:given], []byte{'\n'}))
	}
	q.mu.Lock()
	q.lost += lost
	q.mu.Unlock()
	if !q.said {
		q.said = true
		q.say(err)
	}
}

// end writes what waits and closes the sink; it gives a dead disk up.
func (q *queue) end() {
	q.mu.Lock()
	if !q.closed {
		q.closed = true
		q.ring()
	}
	q.mu.Unlock()
	late := time.NewTimer(patience)
	defer late.Stop()
	select {
	case <-q.done:
	case <-late.C:
	}
}

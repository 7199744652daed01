// Package lines tells of payments line by line, for pipes, logs and readers without a
// screen: JSON of schema tillwatch.v1, or words.
//
//   - A line is a change of what a reader can act on; what only says that a watcher is
//     still listening makes no line. In words a row's trouble makes one when it begins and
//     when it ends, at most every 10 s, and none when only its text changes.
//   - Lines of one payment are in order. When a slow reader lets 10,000 wait, older
//     lines of a payment that don't change its verdict are dropped (a jump in rev shows
//     it). A change of verdict is never dropped.
//   - Tell and Health never block and may be called from any goroutine.
//   - A payer's number, a token or a secret is in no line.
package lines

import (
	"bufio"
	"context"
	"errors"
	"fmt"
	"io"
	"sync"
	"syscall"
	"time"

	"tillwatch/watch"
)

// Format is the kind of the lines.
type Format uint8

// The formats.
const (
	JSON  Format = iota // schema tillwatch.v1, docs/json.md
	Plain               // words
)

// ErrGone is what Run returns when the reader has gone, e.g. after `| head`. It is no fault: the
// program should end quietly.
var ErrGone = errors.New("the reader of the lines is gone")

// troubleRest is how long a payment's trouble alone makes no other line of words: a link
// that comes and goes must not push the verdicts off a person's screen.
const troubleRest = 10 * time.Second

// told is what the newest line of a payment said.
type told struct {
	facts
	troubled time.Time // wall time of the last line that trouble alone has made
}

// Lines takes Snapshots and writes lines. Make one with [New].
type Lines struct {
	out    *bufio.Writer
	format Format
	batch  []line // what drain has taken, and
	text   []byte // the line that it writes: room that is used again

	mu      sync.Mutex
	queue   queue
	told    map[watch.ID]told // of each payment's newest line
	trouble watch.Trouble
	closed  bool
	bell    chan struct{} // holds at most one ring

	written chan struct{} // closed when Attend's writing has ended
	failed  error         // why; read after that
}

// New makes Lines that write to out. Nothing is written before Run.
func New(out io.Writer, format Format) *Lines {
	return &Lines{
		out: bufio.NewWriterSize(out, 32<<10), format: format,
		told: map[watch.ID]told{}, bell: make(chan struct{}, 1),
	}
}

// Tell takes a Snapshot; it becomes a line when it says something that the payment's line
// before did not. Snapshots of one payment must come in order, as a fleet tells them.
func (l *Lines) Tell(s watch.Snapshot) {
	id, now := s.ID(), factsOf(s, l.format)
	l.mu.Lock()
	defer l.mu.Unlock()
	before, known := l.told[id]
	if known && before.facts == now || l.closed {
		return
	}
	troubled := before.troubled
	if known && l.format == Plain && !before.apart(now) {
		// It begins or ends, or else only its words are others. One that is left out here is
		// told with the payment's next line, or by its next Snapshot once it may be.
		if (before.trouble == "") == (now.trouble == "") || s.At.Sub(troubled) < troubleRest {
			return
		}
		troubled = s.At
	}
	l.told[id] = told{now, troubled}
	next := lineOf(&s, now)
	next.turn = !known || before.verdict != now.verdict
	l.put(next)
}

// Health takes the state of the whole program. A trouble that begins, ends or becomes
// another makes a line that belongs to no payment; at is the wall time of its look.
func (l *Lines) Health(h watch.Health, at time.Time) {
	l.mu.Lock()
	defer l.mu.Unlock()
	if h.Trouble == l.trouble || l.closed {
		return
	}
	l.trouble = h.Trouble
	l.put(line{at: at, turn: true, facts: facts{trouble: troubleWords(h)}})
}

// Put takes lines that are made elsewhere, each with its end, and writes them among the
// others, in their order. They tell of the whole program, each anew: when 10,000 wait, the
// older of them are dropped. The slice is kept.
func (l *Lines) Put(whole []byte) {
	l.mu.Lock()
	defer l.mu.Unlock()
	if !l.closed {
		l.put(line{whole: whole})
	}
}

func (l *Lines) put(next line) {
	l.queue.put(next)
	select {
	case l.bell <- struct{}{}:
	default: // it rings already
	}
}

// Close says that nothing more will be told: Run returns once all that waits is written.
func (l *Lines) Close() {
	l.mu.Lock()
	defer l.mu.Unlock()
	if !l.closed {
		l.closed = true
		close(l.bell)
	}
}

// Run writes lines until Close, or until ctx ends, whichever is first; the end of ctx
// leaves unwritten what waits. It returns [ErrGone] when the reader has gone, and the
// error of a write that failed otherwise. It may be called once.
func (l *Lines) Run(ctx context.Context) error {
	for {
		select {
		case <-ctx.Done():
			return nil
		case _, open := <-l.bell:
			if err := l.drain(ctx); err != nil || !open {
				return err
			}
		}
	}
}

// drain writes what waits. It takes little at a time: what it has taken can no longer be
// dropped.
func (l *Lines) drain(ctx context.Context) error {
	const most = 256
	for ctx.Err() == nil {
		l.mu.Lock()
		l.batch = l.queue.take(l.batch[:0], most)
		l.mu.Unlock()
		if len(l.batch) == 0 {
			return failed(l.out.Flush())
		}
		for _, next := range l.batch {
			l.text = next.append(l.text[:0], l.format)
			if _, err := l.out.Write(l.text); err != nil {
				return failed(err)
			}
		}
		clear(l.batch) // the texts may go
	}
	return failed(l.out.Flush())
}

func failed(err error) error {
	switch {
	case err == nil:
		return nil
	case errors.Is(err, syscall.EPIPE), errors.Is(err, io.ErrClosedPipe):
		return ErrGone
	}
	return fmt.Errorf("writing lines: %w", err)
}

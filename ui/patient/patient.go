// Package patient writes to what may stop taking anything: a terminal whose window hangs or
// in which a person has pressed ctrl+s, a pipe that its reader does not read.
package patient

import (
	"bytes"
	"io"
	"sync"
	"time"
)

// Patience is how long a Write waits.
const Patience = time.Second

// Writer writes to another writer, and waits a second at most for it. A write that takes
// longer is left to itself. Until it ends the next ones are kept, as far as there is room
// for them, and dropped beyond that. Its methods may be called from any goroutine.
type Writer struct {
	to   io.Writer
	room int // bytes that are kept

	mu     sync.Mutex
	late   chan struct{} // closed when what is under way has ended; nil: nothing is
	kept   []byte
	lost   bool
	missed func()
}

// New makes a Writer that keeps so many bytes.
func New(to io.Writer, room int) *Writer { return &Writer{to: to, room: room} }

// Missed has f called each time that all is well again after something was dropped.
func (w *Writer) Missed(f func()) {
	w.mu.Lock()
	defer w.mu.Unlock()
	w.missed = f
}

// Write takes all of p. Its error is of a write that has ended in time.
func (w *Writer) Write(p []byte) (int, error) {
	w.mu.Lock()
	defer w.mu.Unlock()
	if w.late != nil {
		if len(w.kept)+len(p) > w.room {
			w.lost = true
			return len(p), nil
		}
		w.kept = append(w.kept, p...)
		return len(p), nil
	}
	done := make(chan error, 1)
	text := bytes.Clone(p) // the caller may use p again before it is written
	go func() {
		_, err := w.to.Write(text)
		done <- err
	}()
	limit := time.NewTimer(Patience)
	defer limit.Stop()
	select {
	case err := <-done:
		return len(p), err
	case <-limit.C:
	}
	late := make(chan struct{})
	w.late = late
	go func() {
		defer close(late)
		w.catchUp(<-done)
	}()
	return len(p), nil
}

// catchUp writes what was kept since.
func (w *Writer) catchUp(err error) {
	for {
		w.mu.Lock()
		kept, missed := w.kept, w.missed
		w.kept = nil
		if len(kept) == 0 || err != nil {
			if !w.lost || err != nil {
				missed = nil
			}
			w.late, w.lost = nil, false
			w.mu.Unlock()
			if missed != nil {
				missed()
			}
			return
		}
		w.mu.Unlock()
		_, err = w.to.Write(kept)
	}
}

// Late is closed when a write that is under way has ended; nil: none is.
func (w *Writer) Late() <-chan struct{} {
	w.mu.Lock()
	defer w.mu.Unlock()
	return w.late
}

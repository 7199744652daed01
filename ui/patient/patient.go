// Package patient writes to outputs that may stop reading: a terminal whose window hangs or in
// which the user has pressed ctrl+s, or a pipe whose reader does not read.
package patient

import (
	"bytes"
	"io"
	"sync"
	"time"
)

// Patience is how long a Write waits.
const Patience = time.Second

// Writer writes to another writer, and waits for it for Patience at most. A write that takes longer
// goes on by itself. Until it ends, the next writes are kept if there is room, and dropped if not.
// Writer is safe for concurrent use.
type Writer struct {
	to   io.Writer
	room int // how many bytes are kept

	mu     sync.Mutex
	late   chan struct{} // closed when the write under way has ended; nil: none is under way
	kept   []byte
	lost   bool
	missed func()
}

// New returns a Writer to to that keeps room bytes while to does not accept any.
func New(to io.Writer, room int) *Writer { return &Writer{to: to, room: room} }

// Missed sets f to be called each time that to accepts writes again after something was dropped.
func (w *Writer) Missed(f func()) {
	w.mu.Lock()
	defer w.mu.Unlock()
	w.missed = f
}

// Write implements [io.Writer]. It always accepts all of p. Its error is that of a write that ended
// in time.
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
	text := bytes.Clone(p) // the caller may reuse p before it is written
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

// catchUp writes what was kept during a late write.
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

// Late returns a channel that is closed when the write under way has ended; nil if none is under
// way.
func (w *Writer) Late() <-chan struct{} {
	w.mu.Lock()
	defer w.mu.Unlock()
	return w.late
}

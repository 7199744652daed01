package watch

import (
	"sync"
	"time"
)

// Entry is an Event of a History, or several that said the same one after the other.
type Entry struct {
	Event
	Times int       // 1 and more
	Last  time.Time // wall time of the last of them; At is the first's
}

// History keeps what happened to each payment while no journal does. What says the same
// as the entry before it costs no new one, and of a payment that lives for days only its
// beginning and its newest entries are kept. Of what came from the API and from the channel
// only the newest is: it is the largest part of an Event. The zero History is ready; its
// methods may be called from any goroutine.
type History struct {
	// Whole keeps all of what came: of a contradiction both answers are wanted. It is set
	// before the first Put.
	Whole bool

	mu sync.Mutex
	of map[ID]*trail
}

// trail is the history of one payment.
type trail struct {
	entries []Entry
	dropped int // entries that were let go, after the first HistoryHead
}

// How much a History keeps of one payment.
const (
	HistoryMost = 200 // entries
	HistoryHead = 20  // of these, its first, which are never let go
)

// Put notes an event.
func (h *History) Put(e Event) {
	h.mu.Lock()
	defer h.mu.Unlock()
	if h.of == nil {
		h.of = map[ID]*trail{}
	}
	t := h.of[e.ID]
	if t == nil {
		t = &trail{}
		h.of[e.ID] = t
	}
	if n := len(t.entries); n > 0 && t.entries[n-1].says(e) {
		last := &t.entries[n-1]
		last.Times, last.Last, last.Took, last.Raw = last.Times+1, e.At, e.Took, e.Raw
		return
	}
	if e.Raw != "" && !h.Whole {
		for i := len(t.entries) - 1; i >= 0; i-- {
			if old := &t.entries[i]; old.Kind == e.Kind && old.Raw != "" {
				old.Raw = ""
				break // those before it have none any more
			}
		}
	}
	if len(t.entries) == HistoryMost {
		t.entries = append(t.entries[:HistoryHead], t.entries[HistoryHead+1:]...)
		t.dropped++
	}
	t.entries = append(t.entries, Entry{Event: e, Times: 1, Last: e.At})
}

// says reports whether e tells nothing but that it is so still.
func (n Entry) says(e Event) bool {
	return n.Kind == e.Kind && (e.Kind == EventAnswer || e.Kind == EventFailure) &&
		n.Word == e.Word && n.Code == e.Code && n.Text == e.Text
}

// Of is the history of one payment, oldest first, and how many entries are missing between
// the first twenty and the rest. The caller owns the slice.
func (h *History) Of(id ID) (entries []Entry, missing int) {
	h.mu.Lock()
	defer h.mu.Unlock()
	t := h.of[id]
	if t == nil {
		return nil, 0
	}
	return append([]Entry(nil), t.entries...), t.dropped
}

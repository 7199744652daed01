package realtime

import "sync"

// mailbox passes items from many goroutines to one. put never blocks, so the receiving goroutine
// holds up neither a socket's reader nor a caller of Open.
//
// A mailbox has no bound of its own. The loop's mailbox holds what links let pass (see aloft), one
// item for each call of Token under way and for each socket that opens or ends, and what the
// callers of Open, Channel.Close and Doubt put there. A link's mailbox holds outMost items.
type mailbox[T any] struct {
	mu    sync.Mutex
	items []T
	bell  chan struct{} // holds at most one ring
}

func newMailbox[T any]() *mailbox[T] {
	return &mailbox[T]{bell: make(chan struct{}, 1)}
}

// put adds an item and returns how many items wait now.
func (m *mailbox[T]) put(item T) int {
	m.mu.Lock()
	m.items = append(m.items, item)
	n := len(m.items)
	m.mu.Unlock()
	m.ring()
	return n
}

// ring wakes the taker even when there is nothing to take.
func (m *mailbox[T]) ring() {
	select {
	case m.bell <- struct{}{}:
	default: // it has been rung and not yet answered
	}
}

// take empties the mailbox and returns what was in it, oldest first.
func (m *mailbox[T]) take() []T {
	m.mu.Lock()
	defer m.mu.Unlock()
	items := m.items
	m.items = nil
	return items
}

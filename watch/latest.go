package watch

import (
	"context"
	"sync"
)

// Latest stands between many watchers and one reader. It keeps the newest Snapshot of
// each payment until the reader takes it, so Put never waits for a slow reader and a burst
// from one payment costs one entry. The zero Latest is ready; Put may be called by many,
// Take by one.
type Latest struct {
	mu    sync.Mutex
	fresh map[ID]int // place in news
	news  []Snapshot
	bell  chan struct{} // holds at most one ring
}

func (l *Latest) ring() chan struct{} {
	if l.bell == nil {
		l.bell = make(chan struct{}, 1)
	}
	return l.bell
}

// Put keeps s unless a newer Snapshot of the same payment is waiting already.
func (l *Latest) Put(s Snapshot) {
	id := s.ID()
	l.mu.Lock()
	defer l.mu.Unlock()
	if at, ok := l.fresh[id]; ok {
		if l.news[at].Rev < s.Rev {
			l.news[at] = s
		}
		return
	}
	if l.fresh == nil {
		l.fresh = map[ID]int{}
	}
	l.fresh[id] = len(l.news)
	l.news = append(l.news, s)
	select {
	case l.ring() <- struct{}{}:
	default: // it rings already
	}
}

// Take waits for news and returns the newest Snapshot of each payment that had any, in
// the order in which they first changed. It returns nil once ctx ends, and only then.
func (l *Latest) Take(ctx context.Context) []Snapshot {
	for ctx.Err() == nil {
		l.mu.Lock()
		bell := l.ring()
		if news := l.news; len(news) > 0 {
			l.news = nil
			clear(l.fresh)
			l.mu.Unlock()
			return news
		}
		l.mu.Unlock()
		select {
		case <-ctx.Done():
		case <-bell:
		}
	}
	return nil
}

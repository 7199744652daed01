package watch

import (
	"strconv"
	"time"
)

// quotaMost is how many events of one payment's channel are kept a minute. Hints and stray rows
// share one quota, changes of the link have another. A server that repeats itself thousands of
// times a second is counted, and fills neither memory nor disk.
const quotaMost = 20

// quota counts what the channel tells of one payment within a minute.
type quota struct {
	from    time.Duration // when the minute began, as the time since the fleet's start
	n       uint32        // events that were kept
	dropped uint32        // events that were dropped
}

// admit reports whether an event may be kept. When a minute is over, it also returns how many
// events that minute dropped.
func (q *quota) admit(now time.Duration) (ok bool, dropped uint32) {
	if q.n == 0 || now-q.from >= time.Minute {
		dropped = q.dropped
		*q = quota{from: now}
	}
	if q.n >= quotaMost {
		q.dropped++
		return false, 0
	}
	q.n++
	return true, dropped
}

// admit reports whether an event of the channel may be kept. The first claim of an end always is.
func (w *watcher) admit(e *Event) bool {
	if w.fleet.note == nil {
		return false
	}
	q := &w.links
	if e.Kind == EventHint || e.Kind == EventStray {
		q = &w.hints
	}
	ok, dropped := q.admit(time.Since(w.fleet.born))
	if dropped > 0 {
		w.put(Event{From: FromChannel, Kind: EventStray, Text: "not kept: " + strconv.FormatUint(uint64(dropped), 10) + " more in the minutes before"})
	}
	return ok || e.Kind == EventHint && finalWord(e.Word) && w.known.Hint.Claimed.IsZero()
}

package watch

import (
	"context"
	"time"

	"github.com/go-json-experiment/json"
	"github.com/go-json-experiment/json/jsontext"
)

// Line is a watcher's end of its realtime channel: what the channel may ask of it, and
// where the channel tells what it hears. All three are safe to call from any goroutine.
type Line struct {
	// Token mints a realtime key within the fleet's budget. It may take seconds.
	Token func(context.Context) (Key, error)
	// Wanted reports whether the channel will still be wanted that long from now. It is
	// asked before a join (0) and before a renewal (the life that the key has left).
	Wanted func(in time.Duration) bool
	// Hear takes what the channel tells, in order. It never blocks.
	Hear func(Notice)
}

// Listen opens the channel of a payment and returns at once. The function that it returns
// leaves the channel: no notice is begun after it has returned, and one that was on its way
// is dropped by the watcher.
type Listen func(Payment, Line) (leave func())

// NoticeKind says what a Notice is about.
type NoticeKind uint8

// The kinds of notice.
const (
	Joining NoticeKind = iota + 1 // its turn to join has come
	Joined                        // the server took the join, and has not subscribed it yet
	Ready                         // the server has subscribed it (`system ok`)
	Changed                       // a row of its table changed: a hint
	Stalled                       // its socket has fallen silent; it may speak again
	Resumed                       // its socket speaks again
	Lost                          // not ready any more
)

// Notice is one thing that a channel tells.
type Notice struct {
	Kind NoticeKind
	Row  Row    // of Changed
	Why  string // of Lost, one clean line
	Over bool   // of Lost: it won't come back by itself
	// Asked, of Ready: it answers our own token push, so no event can have been missed.
	Asked bool
}

// Row is a change of the payment's row as it is on the wire, columns that did not change
// filled in from before. Which columns there are is not documented.
type Row struct {
	Columns    map[string]jsontext.Value
	Errors     []string  // not empty: the row could not be sent, and Columns says nothing
	Commit     time.Time // by the database's clock; zero if not said
	Unreadable bool      // something has changed, but what cannot be read
}

// text is a column's value as a string; false when it is absent, null or no string.
func (r Row) text(column string) (string, bool) {
	value := r.Columns[column]
	var s string
	if value.Kind() != '"' || json.Unmarshal(value, &s) != nil {
		return "", false
	}
	return s, true
}

// size returns about how many bytes the row takes.
func (r Row) size() int {
	n := 0
	for name, value := range r.Columns {
		n += len(name) + len(value) + columnCost
	}
	for _, text := range r.Errors {
		n += len(text)
	}
	return n
}

// columnCost is what a column takes in addition to its name and value, in bytes.
const columnCost = 64

// final reports whether the row claims that the payment has ended.
func (r Row) final() bool {
	status, _ := r.text("status")
	return finalWord(status)
}

// Window says for how long a payment's channel is kept.
type Window uint8

// The windows. Each relies on the channel for 30 s after the payment was executed, which
// is Dollr's guidance; they differ in what follows.
const (
	WindowKey        Window = iota // polls too, and listens on while the key lives
	WindowStrict                   // leaves the channel, polls
	WindowUntilFinal               // renews the key and relies on the channel to the end
)

// How long we rely on the channel alone.
const (
	relyFor    = 30 * time.Second // after executed
	relyUnborn = 10 * time.Minute // on a payment that is not executed yet, after it was handed over
)

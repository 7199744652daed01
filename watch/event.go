package watch

import "time"

// Origin is who told an entry of a payment's history.
type Origin uint8

// The origins.
const (
	FromUs      Origin = iota // this program
	FromYou                   // a person at the screen, or the merchant's own software
	FromAPI                   // an answer of Dollr's, or the want of one
	FromChannel               // the realtime channel
)

// String is the origin in one word for a narrow column.
func (o Origin) String() string { return wordOf([]string{"us", "you", "API", "channel"}, o) }

// EventKind says what happened to a payment.
type EventKind uint8

// The kinds of events, in the order of a calm life but for the last: lists of words follow
// their numbers, so a new one comes at the end.
const (
	EventHanded   EventKind = iota + 1 // it was handed over
	EventFilled                        // it was handed over again with more
	EventKey                           // a realtime key came
	EventNoKey                         // none came: Text says why
	EventJoining                       // its channel's turn to join has come
	EventReady                         // the channel is ready
	EventStalled                       // its socket has fallen silent
	EventSpeaks                        // and speaks again
	EventLost                          // the channel is not ready any more: Text says why
	EventHint                          // the channel said Word, which proves nothing
	EventStray                         // the channel said something that is of no use: Text says why
	EventAnswer                        // the status API answered
	EventFailure                       // it did not: Text says why
	EventAsked                         // a person asked
	EventStopped                       // a person stopped the watching
	EventResumed                       // and took that back
	EventVerdict                       // the verdict became another
	EventFault                         // this program failed
	EventRestored                      // this program was started again, and goes on
	EventJoined                        // the server took the join; the channel is not ready yet
)

// Event is one entry of a payment's history: what happened, when, and who told. It is a
// value, and fit for a screen: Word and Text are clean, Raw has no secret in it.
type Event struct {
	ID      ID
	At      time.Time // wall time
	From    Origin
	Kind    EventKind
	Word    string        // of a hint or an answer: the status, verbatim
	Code    int           // of an answer, a failure or no key: the HTTP status, if there was one
	Took    time.Duration // of an answer: how long it took
	Verdict Verdict       // of EventVerdict: what it became
	Reason  Reason        // and why, if it is a CHECK
	Over    bool          // of EventLost: the channel does not come back; histories don't keep it
	Text    string        // more in one line
	Raw     string        // of a hint or an answer: what came, as JSON; see Redact
}

// note publishes an event, if the fleet has a receiver for events. Of the channel's events only a
// quota is published.
func (w *watcher) note(e Event) {
	if w.fleet.note != nil && (e.From != FromChannel || w.admit(&e)) {
		w.put(e)
	}
}

// noteRow publishes an event together with its row.
func (w *watcher) noteRow(e Event, row Row) {
	if w.admit(&e) {
		e.Raw = rawRow(row)
		w.put(e)
	}
}

func (w *watcher) put(e Event) {
	e.ID = w.id
	if e.At.IsZero() {
		e.At = w.fleet.wall()
	}
	w.fleet.note(e)
}

// notes are a notice of the channel's as an event, but for rows, which become hints.
var notes = map[NoticeKind]EventKind{
	Joining: EventJoining, Joined: EventJoined, Ready: EventReady, Stalled: EventStalled, Resumed: EventSpeaks, Lost: EventLost,
}

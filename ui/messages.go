package ui

import (
	"time"

	"tillwatch/watch"
)

// These messages are everything that can happen to the screen in addition to what Bubble Tea itself
// sends (keys, pastes, sizes, colours).

// SnapshotsMsg is news from the watchers, at most one Snapshot a payment. It alone comes from
// outside; Pump sends it. It belongs to the model from then on: the sender must not change it.
type SnapshotsMsg []watch.Snapshot

// tickMsg is the beat of the clock: it is now that time.
type tickMsg time.Time

// flashMsg is a short text to show for a while in the last line.
type flashMsg struct {
	text string
	bad  bool
}

// didMsg is what a key of the program's own did: to be shown, and logged.
type didMsg struct{ text string }

// flashEndMsg ends the flash with that number, unless another has taken its place.
type flashEndMsg struct{ id int }

// unmaskEndMsg hides the payers' numbers again, unless they were shown anew since.
type unmaskEndMsg struct{ id int }

// addedMsg says how adding what a form held went.
type addedMsg struct {
	form   *form
	text   string          // of the last that was taken
	last   watch.ID        // likewise
	count  int             // how many were taken
	failed []watch.Payment // those that were not
	err    error           // of the last of those
}

// historyMsg is what happened to a payment.
type historyMsg struct{ past }

// bundleMsg is a support bundle, made.
type bundleMsg struct{ text, what string }

// exportedMsg says how writing a load run's samples went.
type exportedMsg flashMsg

// faultMsg is a panic in one of our own commands: the program ends, the terminal is put
// right first.
type faultMsg struct{ err error }

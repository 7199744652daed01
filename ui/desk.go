package ui

import (
	"time"

	"charm.land/bubbles/v2/key"

	"tillwatch/watch"
)

// Desk is everything that the screen can do to the payments. A nil function hides its key.
type Desk struct {
	// Add takes one line of intake and returns what to tell the user. It may take its
	// time (the journal commits); it runs outside the screen's loop. Its error is shown
	// under the line, which stays to be mended.
	Add func(line string) (string, error)
	// Stop, Resume and Verify ask for it and return at once: the screen waits for them.
	Stop, Resume, Verify func(watch.ID)
	// History is what happened to a payment, oldest first, and how many entries are missing
	// behind the first watch.HistoryHead. It may take its time; it runs outside the screen's
	// loop.
	History func(watch.ID) ([]watch.Entry, int)
	// Health is the state of the whole program. It is asked once a second and before the
	// program quits, and returns at once.
	Health func() watch.Health
}

// Extra is a key that only some program has, like the presenter's keys of a demo. It
// stands in the help with the rest; the board's own keys come first.
type Extra struct {
	key.Binding
	// Do is called with the selected payment, empty when there is none. It runs outside
	// the screen's loop and may take its time; what it returns is shown in the last line.
	Do func(selected watch.ID) string
	// Selected says that it does something to the selected payment.
	Selected bool
}

// Options are what a board is made of.
type Options struct {
	// Title stands in the header: a counter's name, or "demo seed 7, 4x".
	Title string
	Desk  Desk
	// Memory says that nothing is kept on disk. The screen then says so all the time.
	Memory bool
	// Now is the wall clock; nil: time.Now. Its zone is the zone of the screen.
	Now func() time.Time
	// Theme chooses the colours. A terminal without colour, or NO_COLOR, wins over it.
	Theme Theme
	// Status, if not nil, is asked once a second for a line about the surroundings, like
	// "arrivals 1.2/s, speed 4x, faults: none". It returns at once.
	Status func() string
	// Keys are more keys.
	Keys []Extra
	// Mute starts with the bell off.
	Mute bool
}

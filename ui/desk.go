package ui

import (
	"time"

	"charm.land/bubbles/v2/key"

	"tillwatch/watch"
)

// Desk is everything that the screen can do to the payments. A nil function hides its key.
type Desk struct {
	// Read makes payments of what a person has typed or pasted, without taking them: one
	// line as on the command line or in a file, or many lines of a file. It returns at once;
	// its error says what is wrong, in one line.
	Read func(text string) ([]watch.Payment, error)
	// Add takes a payment and returns what to tell the user. It may take its time (the
	// journal commits); it runs outside the screen's loop. Its error is shown in the form,
	// which stays to be mended.
	Add func(watch.Payment) (string, error)
	// Stop, Resume and Verify ask for it and return at once: the screen waits for them.
	Stop, Resume, Verify func(watch.ID)
	// History is what happened to a payment, oldest first, and how many entries are missing
	// behind the first watch.HistoryHead. It may take its time; it runs outside the screen's
	// loop.
	History func(watch.ID) ([]watch.Entry, int)
	// Log is the program's log, newest last, and Note puts a line into it. Both return at
	// once.
	Log  func() []Note
	Note func(text string)
	// Save writes a text to a file and returns its path. It runs outside the screen's loop.
	Save func(name, text string) (string, error)
	// Health is the state of the whole program. It is asked once a second and before the
	// program quits, and returns at once.
	Health func() watch.Health
}

// Extra is a key that only some program has, like the presenter's keys of a demo. It
// stands in the help with the rest; the board's own keys come first.
type Extra struct {
	key.Binding
	// Do is called with the selected payment, empty when there is none, and with what was
	// chosen at each step. It runs outside the screen's loop and may take its time; what it
	// returns is shown in the last line, behind the payment's label if it is about that.
	Do func(selected watch.ID, chosen ...string) string
	// Selected says that it does something to the selected payment.
	Selected bool
	// Starts says that it brings a payment: the cursor goes to the next one that comes.
	Starts bool
	// Steps are menus to go through before Do, one after the other.
	Steps []Step
	// Short is what the last line says of it; empty: what the help says.
	Short string
	// Group is its part of the help.
	Group string
	// Keep says how long it stays in the last line when that gets narrow; the board's own
	// keys have 1 to 10, and the smallest leaves first.
	Keep int
}

// Step is one menu: what it asks for, and the answers, which may depend on those before. On,
// if not nil, says which answers are ticked. Both return at once.
type Step struct {
	Title   string
	Choices func(chosen []string) []Choice
	On      func(name string) bool
}

// Choice is one answer of a menu: its name, and a few words on what will happen.
type Choice struct{ Name, Text string }

// Options are what a board is made of.
type Options struct {
	// Title stands in the header: a counter's name, or "demo seed 7".
	Title string
	Desk  Desk
	// API is the address at which Dollr is asked, for a support bundle.
	API string
	// Memory says that nothing is kept on disk. The screen then says so all the time.
	Memory bool
	// Fleeting says that the payments are gone with the program, wherever they were kept: those
	// of a demo's sandbox.
	Fleeting bool
	// From is from when on results are on the board; zero: since the program was started.
	From time.Time
	// Now is the wall clock; nil: time.Now. Its zone is the zone of the screen.
	Now func() time.Time
	// ASCII draws with ASCII alone. Other characters of a label become question marks.
	ASCII bool
	// Zone, if not empty, is the zone that Now has although the user asked for another.
	Zone string
	// Theme chooses the colours. A terminal without colour, or NO_COLOR, wins over it.
	Theme Theme
	// Status, if not nil, is asked once a second for a line about the surroundings, like
	// "arrivals 1.2/s, speed 4x, faults: none". It returns at once.
	Status func() string
	// Keys are more keys.
	Keys []Extra
	// Bell says for what the bell rings; b changes it while the program runs.
	Bell Bell
	// Columns are the names of the columns and their order, see ColumnNames; nil: all. What
	// says what became of whose money is always there.
	Columns []string
	// Changed are keys of the user's own, by the names of Actions; CheckKeys has passed them.
	Changed map[string][]string
	// Hints are what helps a customer who sees no prompt, by Dollr's method.
	Hints map[string]string
	// Mouse lets rows be clicked. A terminal's own selecting of text then needs shift.
	Mouse bool
	// Counter shows big rows and only what is about payments, for a screen that customers
	// may see: payers' numbers stay masked.
	Counter bool
	// Focus, if not nil, is asked once a second for the payment that a story is about.
	Focus func() watch.ID
	// Caption, if not nil, is asked once a second for what a presenter tells just now.
	Caption func() string
	// Load is a load run; nil: there is none. With one the program begins on its screen.
	Load *Load
	// Clipboard puts a text on the desktop's clipboard; nil: there is none. It runs outside
	// the screen's loop.
	Clipboard func(text string) error
}

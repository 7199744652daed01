package lines

import (
	"bytes"
	"fmt"
	"io"
	"strings"
	"sync"

	"tillwatch/watch"
)

// asideMost bounds what an Aside keeps: a followed file may be wrong in every line of a
// long day.
const asideMost = 64 << 10

// Aside is what a person is to read beside the payments: on standard error, and while a
// screen is up not before its end, for anything written then would be drawn over it. Its
// methods may be called from any goroutine.
type Aside struct {
	mu    sync.Mutex
	to    io.Writer
	later bool
	text  bytes.Buffer
	notes int // all that was written
	lost  int // those of them that say that a line was not taken

	newest string // the newest note, and of those that were lost the newest
}

// NewAside makes an Aside that writes to to: at once, or later, when Say is called.
func NewAside(to io.Writer, later bool) *Aside { return &Aside{to: to, later: later} }

// Write takes one line with its end, of a log for instance. It never fails: whoever has
// closed standard error wants no notes.
func (a *Aside) Write(line []byte) (int, error) {
	a.mu.Lock()
	defer a.mu.Unlock()
	a.notes++
	if text := strings.TrimPrefix(strings.TrimSpace(string(line)), "tillwatch: "); a.lost == 0 || strings.HasPrefix(text, notTaken) {
		a.newest = watch.Clean(text, textMost)
	}
	switch {
	case !a.later:
		_, _ = a.to.Write(line)
	case a.text.Len() < asideMost:
		a.text.Write(line)
	}
	return len(line), nil
}

// Note writes a line in the program's name.
func (a *Aside) Note(format string, args ...any) {
	_, _ = a.Write([]byte("tillwatch: " + fmt.Sprintf(format, args...) + "\n"))
}

// NotTaken writes that a line was refused and why: the payment that it meant is not
// watched, which [Aside.Count] says apart from all other notes.
func (a *Aside) NotTaken(why string) {
	a.mu.Lock()
	a.lost++
	a.mu.Unlock()
	a.Note(notTaken+"%s", why)
}

// notTaken is how a note begins that a line was refused.
const notTaken = "not taken: "

// Count says how much waits to be read, and the newest of it; empty: nothing. What was
// refused goes before what was only noted, for nobody watches those payments.
func (a *Aside) Count() string {
	a.mu.Lock()
	defer a.mu.Unlock()
	if a.notes == 0 || !a.later {
		return ""
	}
	if a.lost > 0 {
		return counted(a.lost, "line") + " NOT taken, " + strings.TrimPrefix(a.newest, notTaken)
	}
	return counted(a.notes, "note") + ", " + a.newest
}

// counted is a number of things in words.
func counted(n int, thing string) string {
	if n == 1 {
		return "1 " + thing
	}
	return fmt.Sprintf("%d %ss", n, thing)
}

// Say writes what has waited, and from now on everything at once.
func (a *Aside) Say() {
	a.mu.Lock()
	defer a.mu.Unlock()
	if a.text.Len() >= asideMost {
		fmt.Fprintf(&a.text, "tillwatch: %d notes in all, too many to keep each\n", a.notes)
	}
	_, _ = a.text.WriteTo(a.to)
	a.later = false
}

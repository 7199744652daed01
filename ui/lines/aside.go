package lines

import (
	"bytes"
	"fmt"
	"io"
	"slices"
	"strings"
	"sync"
	"time"

	"tillwatch/watch"
)

// asideMost bounds what an Aside keeps: a followed file may be wrong in every line of a
// long day.
const asideMost = 64 << 10

// noteMost bounds one note, in characters: the stack of a fault, which slog writes into one
// line, has to be whole.
const noteMost = 16 << 10

// Aside holds what a person is to read in addition to the payments. It goes to standard error, and
// while a screen is up not before its end, because it would be drawn over the screen. Aside is safe
// for concurrent use.
type Aside struct {
	mu    sync.Mutex
	to    io.Writer
	later bool
	text  bytes.Buffer
	notes int // all that was written
	lost  int // those of them that say that a line was not taken

	newest string // the newest note, and of those that were lost the newest
	log    []Entry
	now    func() time.Time
	follow func(text string, bad bool)
}

// Entry is one line of the log: what was noted, and what was only remarked.
type Entry struct {
	At   time.Time
	Text string // clean
	Bad  bool   // it needs a person's attention
}

// logMost bounds the log, which a screen shows: the newest are kept.
const logMost = 1000

// NewAside makes an Aside that writes to to: at once, or later, when Say is called.
func NewAside(to io.Writer, later bool) *Aside { return &Aside{to: to, later: later, now: time.Now} }

// Follow has each line that is written or remarked told to f too, whole and fit to be shown,
// in order. The lines of a slog.Logger are left out: f has such a log itself. f must return
// at once and not write here itself.
func (a *Aside) Follow(f func(text string, bad bool)) {
	a.mu.Lock()
	defer a.mu.Unlock()
	a.follow = f
}

// Write takes one line with its end, of a log for instance. It never fails: a user who has closed
// standard error wants no notes.
func (a *Aside) Write(line []byte) (int, error) {
	whole := fit(string(line))
	text := strings.TrimPrefix(whole, "tillwatch: ")
	record := strings.HasPrefix(text, "time=") // of slog's, and its time the log has already
	if record {
		_, text, _ = strings.Cut(text, " ")
	}
	bad := strings.HasPrefix(text, notTaken) || strings.HasPrefix(text, "level=ERROR") || strings.HasPrefix(text, "level=WARN")
	a.write(whole, text, bad, !record)
	return len(line), nil
}

// fit makes a text fit to be shown anywhere.
func fit(text string) string { return watch.Safe(text, noteMost) }

// write takes a line that says text. Both are fit.
func (a *Aside) write(line, text string, bad, tell bool) {
	a.mu.Lock()
	defer a.mu.Unlock()
	a.notes++
	a.keep(text, bad, tell)
	if a.lost == 0 || strings.HasPrefix(text, notTaken) {
		a.newest = watch.Clean(text, textMost)
	}
	switch {
	case !a.later:
		_, _ = io.WriteString(a.to, line+"\n")
	case a.text.Len() < asideMost:
		a.text.WriteString(line + "\n")
	}
}

// keep puts an entry into the log, and tells it to who follows; text is fit. The caller
// holds mu.
func (a *Aside) keep(text string, bad, tell bool) {
	if tell && a.follow != nil {
		a.follow(text, bad)
	}
	if len(a.log) >= 2*logMost { // seldom, so that most entries cost nothing
		a.log = append(a.log[:0], a.log[logMost:]...)
	}
	a.log = append(a.log, Entry{a.now(), watch.Clean(text, textMost), bad})
}

// Remark puts a line into the log alone: it need not be read at the end.
func (a *Aside) Remark(format string, args ...any) {
	text := fit(fmt.Sprintf(format, args...))
	a.mu.Lock()
	defer a.mu.Unlock()
	a.keep(text, false, true)
}

// Alarm is a Note that needs a person's attention.
func (a *Aside) Alarm(format string, args ...any) {
	text := fit(fmt.Sprintf(format, args...))
	a.write("tillwatch: "+text, text, true, true)
}

// Log is the newest entries, the newest last. The caller owns the slice.
func (a *Aside) Log() []Entry {
	a.mu.Lock()
	defer a.mu.Unlock()
	return slices.Clone(a.log[max(0, len(a.log)-logMost):])
}

// Note writes a line in the program's name.
func (a *Aside) Note(format string, args ...any) {
	_, _ = a.Write([]byte("tillwatch: " + fmt.Sprintf(format, args...) + "\n"))
}

// NotTaken writes that a line was refused and why: the payment that it meant is not
// watched, which [Aside.Count] says apart from all other notes.
func (a *Aside) NotTaken(why string) {
	a.Lost(1, why)
}

// Lost reports in one note that n more lines were refused. It is safe for concurrent use.
func (a *Aside) Lost(n int, text string) {
	a.mu.Lock()
	a.lost += n
	a.mu.Unlock()
	if n > 0 {
		text = notTaken + text
	}
	a.Note("%s", text)
}

// notTaken is how a note begins that a line was refused.
const notTaken = "not taken: "

// Count says how much waits to be read, and the newest of it; empty: nothing. What was refused goes
// before what was only noted, because those payments are not watched.
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

package doctor

import (
	"fmt"
	"io"
	"strings"
	"time"

	"github.com/charmbracelet/x/ansi"

	"tillwatch/watch"
)

// Mark says how a check went.
type Mark uint8

// The marks.
const (
	Good Mark = iota
	Bad
	Unknown
)

// String is the mark as it is printed: two characters that need no colour.
func (m Mark) String() string { return [...]string{"OK", "XX", "??"}[m] }

const (
	columns  = 79  // of a line, unless one word is longer
	nameWide = 12  // columns of a check's name, at least
	textMost = 600 // characters of a text; the longest is a list of all settings
)

// sheet is the paper that the lines are written on.
type sheet struct {
	out     io.Writer
	wide    int // columns of the names of this group
	outcome Outcome
	first   string // the name of the first bad line
}

func (s *sheet) title(text string) {
	if text != "" {
		s.print("%s\n", watch.SafeExact(text, textMost))
	}
}

// group begins a group whose checks have these names, or shorter ones.
func (s *sheet) group(name string, longest ...string) {
	s.wide = nameWide
	for _, n := range longest {
		s.wide = max(s.wide, ansi.StringWidth(n)+2)
	}
	s.print("\n%s\n", name)
}

// line writes the outcome of a check: its mark, its name, what was found, and under it
// what to do.
func (s *sheet) line(m Mark, name, text string, do ...string) {
	switch m {
	case Bad:
		s.outcome.Bad++
		if s.first == "" {
			s.first = name
		}
	case Unknown:
		s.outcome.Unknown++
	}
	s.wrapped(fmt.Sprintf("%s  %s", m, pad(name, s.wide)), text)
	for _, d := range do {
		s.wrapped("    -> ", d)
	}
}

// wrapped writes text behind a head, its further lines below where it began.
func (s *sheet) wrapped(head, text string) {
	text = watch.SafeExact(text, textMost)
	at := ansi.StringWidth(head)
	for i, line := range strings.Split(fold(text, columns-at), "\n") {
		if i > 0 {
			head = strings.Repeat(" ", at)
		}
		s.print("%s\n", strings.TrimRight(head+line, " "))
	}
}

// fold breaks a text at its blanks so that no line is wider than most; a word that is wider
// stands alone, for a path or an address must stay whole to be copied.
func fold(text string, most int) string {
	var b strings.Builder
	at := 0
	for i, word := range strings.Fields(text) {
		wide := ansi.StringWidth(word)
		switch {
		case i == 0:
		case at+1+wide > most:
			b.WriteByte('\n')
			at = 0
		default:
			b.WriteByte(' ')
			at++
		}
		b.WriteString(word)
		at += wide
	}
	return b.String()
}

func pad(name string, wide int) string {
	return name + strings.Repeat(" ", max(1, wide-ansi.StringWidth(name)))
}

// summary is the last line.
func (s *sheet) summary() {
	text := "All is well."
	switch o := s.outcome; {
	case o.Bad > 0 && o.Unknown > 0:
		text = fmt.Sprintf("%d bad, %d unknown: start with the first XX, %s.", o.Bad, o.Unknown, s.first)
	case o.Bad > 0:
		text = fmt.Sprintf("%d bad: start with the first XX, %s.", o.Bad, s.first)
	case o.Unknown > 0:
		text = fmt.Sprintf("Nothing is bad, %d unknown (??).", o.Unknown)
	}
	s.print("\n%s\n", text)
}

// print writes on; a failure cannot be reported anywhere.
func (s *sheet) print(format string, args ...any) { _, _ = fmt.Fprintf(s.out, format, args...) }

// outside is text from the network, fit to be shown.
func outside(text string) string {
	return watch.Safe(text, 300)
}

// took is a time that something took, in words.
func took(d time.Duration) string {
	switch {
	case d < time.Millisecond:
		return "<1 ms"
	case d < time.Second:
		return fmt.Sprintf("%d ms", d.Milliseconds())
	}
	return fmt.Sprintf("%.1f s", d.Seconds())
}

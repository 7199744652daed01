package hook

import (
	"bytes"
	"slices"

	"tillwatch/watch"
)

// How much of what a command writes is logged. The end is kept, for that is where a
// program says why it gives up.
const (
	saidMost  = 4 << 10 // bytes
	linesMost = 5
	lineMost  = 300 // characters
)

// tail keeps the end of what is written to it. It takes everything, so that a command that
// writes a lot is neither stopped nor killed by it.
type tail struct {
	kept []byte
	cut  bool
}

// Write never fails.
func (t *tail) Write(p []byte) (int, error) {
	t.kept = append(t.kept, p...)
	if over := len(t.kept) - saidMost; over > 0 {
		t.kept, t.cut = slices.Delete(t.kept, 0, over), true
	}
	return len(p), nil
}

// lines is what to log: the last lines that say something, each clean and without secrets
// or numbers of payers, behind "…" if there was more.
func (t *tail) lines() []string {
	text := t.kept
	if t.cut {
		// The rest of the first line is dropped, because half a number or half a secret is not
		// recognized as one. No secret has more than one line.
		_, text, _ = bytes.Cut(text, []byte("\n"))
	}
	var said []string
	for line := range bytes.Lines(text) {
		if safe := watch.Safe(string(line), lineMost); safe != "" {
			said = append(said, safe)
		}
	}
	if more := len(said) - linesMost; more > 0 || t.cut {
		said = append([]string{"…"}, said[max(0, more):]...)
	}
	return said
}

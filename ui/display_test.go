package ui

import (
	"context"
	"io"
	"strings"
	"sync"
	"testing"
	"time"

	tea "charm.land/bubbletea/v2"
	"github.com/charmbracelet/colorprofile"

	"tillwatch/watch"
)

// window is a terminal that can stop reading.
type window struct {
	*testing.T
	mu   sync.Mutex
	open *sync.Cond
	shut bool
	got  strings.Builder
	news chan struct{}
}

func (w *window) Write(p []byte) (int, error) {
	w.mu.Lock()
	defer w.mu.Unlock()
	for w.shut {
		w.open.Wait()
	}
	w.got.Write(p)
	select {
	case w.news <- struct{}{}:
	default:
	}
	return len(p), nil
}

func (w *window) reads(does bool) {
	w.mu.Lock()
	defer w.mu.Unlock()
	w.shut = !does
	w.open.Broadcast()
}

// until waits until what was written holds the words, and forgets all up to them.
func (w *window) until(words string) {
	w.Helper()
	for late := time.After(time.Minute); ; {
		w.mu.Lock()
		_, rest, found := strings.Cut(w.got.String(), words)
		if found {
			w.got.Reset()
			w.got.WriteString(rest)
		}
		w.mu.Unlock()
		if found {
			return
		}
		select {
		case <-w.news:
		case <-late:
			w.mu.Lock()
			w.Fatalf("it never writes %q, but %q", words, w.got.String())
		}
	}
}

// A write that blocks holds locks of Bubble Tea's, for which the time of a synctest waits:
// so this is in real time, two seconds of it.
func TestTerminal_ThatStopsReadingHoldsNoKeyUpAndIsDrawnAnew(t *testing.T) {
	t.Parallel()
	for _, again := range []bool{true, false} {
		ctx, quit := context.WithCancel(t.Context())
		var latest watch.Latest
		latest.Put(payAt(time.Now(), "Table 4", 1))
		out := &window{T: t, news: make(chan struct{}, 1)}
		out.open = sync.NewCond(&out.mu)
		in, types := io.Pipe()
		m := New(Options{})
		c, err := newConsole(in, out, m.keys.moves)
		if err != nil {
			t.Fatal(err)
		}
		ended := make(chan error, 1)
		go func() {
			_, err := run(ctx, m, &latest, c, tea.WithInput(c.in), tea.WithOutput(c.out), tea.WithWindowSize(80, 24),
				tea.WithEnvironment([]string{"TERM=xterm-256color"}), tea.WithColorProfile(colorprofile.ASCII))
			ended <- err
		}()
		out.until("Table 4")
		out.reads(false)
		for late := c.display.Late(); late == nil; late = c.display.Late() { // the clock's second is drawn
			if _, err := c.display.Write([]byte(" ")); err != nil {
				t.Fatal(err)
			}
		}
		if _, err := c.display.Write([]byte("lost")); err != nil {
			t.Fatal(err)
		}
		if again {
			out.reads(true)
			out.until("\x1b[?1049h")
			out.until("Table 4")
		}
		if _, err := types.Write([]byte("\x03\x03")); err != nil {
			t.Fatal(err)
		}
		select {
		case err := <-ended:
			if err != nil {
				t.Error(err)
			}
		case <-time.After(time.Minute):
			t.Fatal("ctrl+c twice does not end it")
		}
		out.reads(true)
		types.Close()
		quit()
	}
}

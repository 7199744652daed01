package ui

import (
	"context"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	tea "charm.land/bubbletea/v2"
	"github.com/charmbracelet/colorprofile"

	"tillwatch/watch"
)

// window is a terminal that can stop reading.
type window struct {
	terminal
	open chan struct{} // closed: it reads
}

func (w *window) Write(p []byte) (int, error) {
	<-w.open
	return w.terminal.Write(p)
}

func TestTerminal_ThatStopsReadingHoldsNoKeyUpAndIsDrawnAnew(t *testing.T) {
	for name, last := range map[string]string{"reads again": "", "is left by its keys": "\x03\x03"} {
		t.Run(name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				ctx, quit := context.WithCancel(t.Context())
				defer quit()
				var latest watch.Latest
				latest.Put(payAt(time.Now(), "Table 4", 1))
				in := &pieces{10 * time.Second, []string{"", "", last}, make(chan struct{})}
				defer close(in.end)
				out := &window{open: make(chan struct{})}
				m := New(Options{})
				c, err := newConsole(in, out, m.keys.moves)
				if err != nil {
					t.Fatal(err)
				}
				begun, ended := time.Now(), make(chan struct{})
				close(out.open)
				go func() {
					defer close(ended)
					_, err := run(ctx, m, &latest, c, tea.WithInput(c.in), tea.WithOutput(c.out), tea.WithWindowSize(80, 24),
						tea.WithEnvironment([]string{"TERM=xterm-256color"}), tea.WithColorProfile(colorprofile.ASCII))
					if err != nil {
						t.Error(err)
					}
				}()
				time.Sleep(5 * time.Second)
				if !strings.Contains(out.String(), "Table 4") {
					t.Error("it is never drawn")
				}
				out.open = make(chan struct{})
				before := len(out.String())
				if last != "" {
					<-ended
					if took := time.Since(begun); took > 40*time.Second {
						t.Errorf("it ends after %v", took)
					}
					close(out.open)
				} else {
					time.Sleep(20 * time.Second)
					close(out.open)
					time.Sleep(10 * time.Second)
					if anew := out.String()[before:]; !strings.Contains(anew, "\x1b[?1049h") || !strings.Contains(anew, "Table 4") {
						t.Errorf("when it reads again it is sent %q", anew)
					}
					quit()
					<-ended
				}
				leaveTicks()
			})
		})
	}
}

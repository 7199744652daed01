package ui

import (
	"bytes"
	"context"
	"errors"
	"strings"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	tea "charm.land/bubbletea/v2"
	"github.com/charmbracelet/colorprofile"

	"tillwatch/watch"
)

// terminal is what a program writes to; it keeps everything.
type terminal struct {
	mu sync.Mutex
	b  bytes.Buffer
}

func (t *terminal) Write(p []byte) (int, error) {
	t.mu.Lock()
	defer t.mu.Unlock()
	return t.b.Write(p)
}

func (t *terminal) String() string {
	t.mu.Lock()
	defer t.mu.Unlock()
	return t.b.String()
}

// onTerminal makes the options of a program without a real terminal.
func onTerminal(out *terminal) []tea.ProgramOption {
	return []tea.ProgramOption{
		tea.WithInput(nil), tea.WithOutput(out), tea.WithWindowSize(80, 24),
		tea.WithEnvironment([]string{"TERM=xterm-256color"}), tea.WithColorProfile(colorprofile.ASCII),
	}
}

// leaveTicks lets the longest timer of a finished program fire, for Bubble Tea cannot
// cancel a command that waits.
func leaveTicks() { time.Sleep(time.Minute) }

func TestRun_ShowsNewsAndLeavesTheTerminalAsItWas(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		ctx, quit := context.WithCancel(t.Context())
		var latest watch.Latest
		var out terminal
		m := New(Options{Title: "Counter 2", Memory: true})
		go func() {
			wall := time.Now()
			latest.Put(payAt(wall, "Table 4", 1))
			latest.Put(payAt(wall, "Table 5", 1, ended("COMPLETED", 0, "450.00", "LRD")))
			time.Sleep(2 * time.Second)
			quit()
		}()
		summary, err := run(ctx, m, &latest, nil, onTerminal(&out)...)
		if err != nil {
			t.Errorf("a wanted end is an error: %v", err)
		}
		if !strings.Contains(out.String(), "Table 4") {
			t.Errorf("the news never reached the terminal: %q", out.String())
		}
		for _, want := range []string{"\x1b[?1049h", "\x1b[?1049l", "\x1b[?25h"} {
			if !strings.Contains(out.String(), want) {
				t.Errorf("the terminal was not sent %q", want)
			}
		}
		text := summary.String()
		for _, want := range []string{
			"Paid today (verified): LRD 450.00 x1\n", "Payments: 1 PAID, 1 WAITING\n",
			"Result NOT known, do not hand over:\n  WAITING  LRD 450.00  Table 4  ", "kept in memory only",
		} {
			if !strings.Contains(text, want) {
				t.Errorf("the summary does not say %q:\n%s", want, text)
			}
		}
		leaveTicks()
	})
}

func TestRun_APanicIsAFaultAndTheTerminalIsPutRight(t *testing.T) {
	boom := func(after int) func() string {
		return func() string {
			if after--; after < 0 {
				panic("the sky is down, ask 231883456789")
			}
			return "fine"
		}
	}
	for name, breakIt := range map[string]func(*Model){
		"in Update": func(m *Model) { m.options.Status = boom(2) },
		"in View":   func(m *Model) { m.table.shown = []*row{nil} }, // drawing what no code path makes
	} {
		t.Run(name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				var latest watch.Latest
				var out terminal
				m := New(Options{})
				breakIt(m)
				_, err := run(t.Context(), m, &latest, nil, onTerminal(&out)...)
				var fault *Fault
				if !errors.As(err, &fault) || fault.Stack == "" {
					t.Errorf("Run returns %v, not a fault with its stack", err)
				} else if strings.Contains(err.Error(), "231883456789") {
					t.Errorf("the fault shows a number: %v", err)
				}
				if !strings.Contains(out.String(), "\x1b[?1049l") {
					t.Errorf("the terminal stays in the other screen: %q", out.String())
				}
				leaveTicks()
			})
		})
	}
}

func TestPump_SendsTheNewestAtMostTwentyTimesASecond(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		ctx, quit := context.WithTimeout(t.Context(), 10*time.Second)
		defer quit()
		var latest watch.Latest
		var watcher sync.WaitGroup
		watcher.Go(func() {
			for rev := uint64(1); ctx.Err() == nil; rev++ {
				latest.Put(pay("busy", rev))
				time.Sleep(time.Millisecond)
			}
		})
		batches, last := 0, uint64(0)
		Pump(ctx, &latest, func(msg tea.Msg) {
			news := msg.(SnapshotsMsg)
			if len(news) != 1 || news[0].Rev <= last {
				t.Errorf("after revision %d came %d snapshots, the first %d", last, len(news), news[0].Rev)
			}
			batches, last = batches+1, news[0].Rev
		})
		watcher.Wait()
		if batches < 190 || batches > 201 {
			t.Errorf("%d batches in ten seconds", batches)
		}
		if last < 9900 {
			t.Errorf("the last batch had revision %d of about 10,000", last)
		}
	})
}

func TestPump_ASlowScreenMakesNoWatcherWait(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		ctx, quit := context.WithCancel(t.Context())
		var latest watch.Latest
		done := make(chan struct{})
		go func() {
			defer close(done)
			Pump(ctx, &latest, func(tea.Msg) { <-ctx.Done() }) // a terminal that never takes a frame
		}()
		for rev := range uint64(1000) {
			latest.Put(pay("busy", rev+1))
		}
		synctest.Wait()
		quit()
		<-done
	})
}

func TestSummary_ClaimsNothingThatWasNotVerified(t *testing.T) {
	s := newScreen(t, 80, 24).send(counter()).press("f")
	s.send(SnapshotsMsg{pay("late", 1, ended("COMPLETED", 0, "2.00", "USD"))}) // behind a frozen display
	s.m.thaw()
	text := s.m.summary().String()
	for _, want := range []string{
		"tillwatch [REAL] Counter 2, 14 Mar 2026 14:32:07\n", "LRD 1,500.00 x1, USD 27.00 x2",
		"3 PAID, 1 NOT PAID, 1 CHECK, 1 CONFIRMING, 4 WAITING", "  CHECK unproven  LRD 3,200.00  Table 4  " + reference("Table 4"),
	} {
		if !strings.Contains(text, want) {
			t.Errorf("the summary does not say %q:\n%s", want, text)
		}
	}
	if strings.Contains(text, "memory") || strings.Contains(text, "Every payment") {
		t.Errorf("the summary says too much:\n%s", text)
	}
	if over := (Summary{Verdicts: map[watch.Verdict]int{watch.Paid: 1}}).String(); !strings.Contains(over, "Every payment has its result.") {
		t.Errorf("nothing is open, and the summary says\n%s", over)
	}
}

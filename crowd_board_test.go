//go:build linux

package main

import (
	"context"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"testing"
	"time"

	tea "charm.land/bubbletea/v2"
	"github.com/charmbracelet/x/ansi"

	"tillwatch/config"
	"tillwatch/sandbox"
	"tillwatch/ui"
	"tillwatch/watch"
)

// onlooker is the board as Bubble Tea has it, with a stopwatch beside it. The program is the
// real one but for its terminal, which is a pipe for the keys and a bin for the frames.
type onlooker struct {
	*ui.Model

	mu   sync.Mutex
	live map[watch.ID]bool
	seen map[watch.ID][]sighting

	under  string    // the row under the cursor, in the newest frame
	from   string    // and when a key was pressed
	wants  bool      // it is on its way
	moved  time.Time // when a frame first showed another one
	screen chan struct{}
}

// sighting is a hint that has changed its row.
type sighting struct {
	hint, row int64 // when the watcher had it, and when the row was changed: Unix nanoseconds
}

// Update is the model's, and notes when it has taken news in.
func (o *onlooker) Update(msg tea.Msg) (tea.Model, tea.Cmd) {
	_, cmd := o.Model.Update(msg)
	if news, ok := msg.(ui.SnapshotsMsg); ok {
		o.note(news, time.Now().UnixNano())
	}
	return o, cmd
}

func (o *onlooker) note(news ui.SnapshotsMsg, at int64) {
	o.mu.Lock()
	defer o.mu.Unlock()
	for i := range news {
		id, hint := news[i].ID(), news[i].Hint.At.UnixNano()
		if news[i].Link == watch.Live && !news[i].HeardAt().IsZero() {
			o.live[id] = true
		} else {
			delete(o.live, id)
		}
		if all := o.seen[id]; len(all) == 0 || all[len(all)-1].hint != hint {
			o.seen[id] = append(all, sighting{hint, at})
		}
	}
}

// View is the model's, and notes when it shows the cursor on another row.
func (o *onlooker) View() tea.View {
	v := o.Model.View()
	o.mu.Lock()
	defer o.mu.Unlock()
	o.under = chosenRow(v.Content)
	if o.wants && o.moved.IsZero() && o.under != o.from {
		o.moved = time.Now()
	}
	return v
}

// Write is the terminal's.
func (o *onlooker) Write(p []byte) (int, error) {
	o.mu.Lock()
	defer o.mu.Unlock()
	if o.wants && !o.moved.IsZero() {
		o.wants = false
		o.screen <- struct{}{}
	}
	return len(p), nil
}

// chosenRow is amount and label in the line of the cursor: what a row keeps while time passes.
func chosenRow(frame string) string {
	const status, label = 20, 50 // the columns where the one and the other end
	for line := range strings.Lines(frame) {
		if plain := ansi.Strip(line); strings.HasPrefix(plain, ">") && len(plain) > label {
			return plain[status:label]
		}
	}
	return ""
}

// crowdBoard is the program at work on a crowd.
type crowdBoard struct {
	*onlooker
	job  *job
	keys *io.PipeWriter
}

// openBoard runs the program on a board of 120x40 until the benchmark ends.
func openBoard(tb testing.TB, env []string) *crowdBoard {
	tb.Helper()
	settings, err := config.Given(append(env, "TILLWATCH_STATUS_RATE=2000", "TILLWATCH_KEY_RATE=2000",
		"TILLWATCH_JOINS_RATE=2000", "TILLWATCH_REALTIME_WINDOW=until-final"))
	if err != nil {
		tb.Fatal(err)
	}
	settings.Journal, settings.LogFile = filepath.Join(tb.TempDir(), "crowd.db"), config.LogOff
	in, keys := io.Pipe()
	b := &crowdBoard{job: newJob(settings, config.Board), keys: keys}
	up := make(chan struct{})
	b.job.show = func(ctx context.Context, m *ui.Model, latest *watch.Latest) (ui.Summary, error) {
		b.onlooker = &onlooker{Model: m, live: map[watch.ID]bool{}, seen: map[watch.ID][]sighting{}, screen: make(chan struct{}, 1)}
		program := tea.NewProgram(b.onlooker, tea.WithContext(ctx), tea.WithInput(in), tea.WithOutput(b.onlooker), tea.WithWindowSize(120, 40),
			tea.WithEnvironment([]string{"TERM=xterm-256color"}), tea.WithoutSignalHandler(), tea.WithFPS(30))
		close(up)
		go ui.Pump(ctx, latest, program.Send)
		_, _ = program.Run()
		return ui.Summary{}, nil
	}
	ctx, quit := context.WithCancel(context.Background())
	ended := make(chan error, 1)
	quiet := muted(tb)
	go func() { ended <- b.job.run(ctx, func(ctx context.Context) { <-ctx.Done() }) }()
	tb.Cleanup(func() {
		quit()
		_ = keys.Close()
		if err := <-ended; err != nil {
			tb.Error(err)
		}
		quiet()
	})
	<-up
	return b
}

// muted keeps what the program says at its end out of the benchmark's lines.
func muted(tb testing.TB) (loud func()) {
	nowhere, err := os.OpenFile(os.DevNull, os.O_WRONLY, 0)
	if err != nil {
		tb.Fatal(err)
	}
	out, errs := os.Stdout, os.Stderr
	os.Stdout, os.Stderr = nowhere, nowhere
	return func() {
		os.Stdout, os.Stderr = out, errs
		_ = nowhere.Close()
	}
}

// hand hands payments over, all at once, and waits until every one is LIVE and read.
func (b *crowdBoard) hand(tb testing.TB, lines []sandbox.Intake) {
	tb.Helper()
	for _, line := range lines {
		at, err := time.Parse(time.RFC3339Nano, line.ExecutedAt)
		if err != nil {
			tb.Fatal(err)
		}
		b.job.take("the crowd", watch.Payment{Session: line.SessionID, Reference: line.ReferenceID, SourceType: line.SourceType,
			SourceID: line.SourceID, Label: line.Label, Method: line.Method, Phone: watch.Phone(line.Phone), Executed: at,
			Expected: watch.Money{Amount: line.Amount, Currency: line.Currency}})
	}
	b.until(tb, func() string {
		if n := len(b.live); n != len(lines) {
			return fmt.Sprintf("%d of %d are LIVE", n, len(lines))
		}
		return ""
	})
}

// until waits until lacking finds nothing more.
func (b *crowdBoard) until(tb testing.TB, lacking func() string) {
	tb.Helper()
	for late := time.Now().Add(2 * time.Minute); ; time.Sleep(20 * time.Millisecond) {
		b.mu.Lock()
		what := lacking()
		b.mu.Unlock()
		if what == "" {
			return
		}
		if time.Now().After(late) {
			tb.Fatal(what)
		}
	}
}

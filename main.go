// Command tillwatch watches checkout payments as they happen.
//
// This package is the one place that knows all parts: it builds what a command needs, wires
// it, runs it and winds it down. Winding down has always the same order: what hands
// payments over and the fleet with its watchers, their channels, the API, and last what
// tells of them; so each channel is left properly and nothing that was learned is lost.
// The merchant's hook ends when no watcher can give it more, and before the last words,
// for it may have some.
package main

import (
	"context"
	"fmt"
	"io"
	"log"
	"os"
	"os/signal"
	"slices"
	"strings"
	"sync"
	"syscall"
	"time"

	"github.com/charmbracelet/x/term"

	"tillwatch/config"
	"tillwatch/hook"
	"tillwatch/ui/patient"
	"tillwatch/watch"
	"tillwatch/watch/intake"
)

func main() { os.Exit(run()) }

func run() int {
	// When the reader of a pipe goes (`| head`) the write fails instead of killing us:
	// there are channels to leave. The signal is caught and not ignored, for what is ignored
	// stays so in the hook's command too, and its own pipes would complain.
	signal.Notify(make(chan os.Signal, 1), syscall.SIGPIPE)
	ending := []os.Signal{os.Interrupt, syscall.SIGTERM}
	if !signal.Ignored(syscall.SIGHUP) { // under nohup the end of the terminal means nothing
		ending = append(ending, syscall.SIGHUP)
	}
	ctx, stop := signal.NotifyContext(context.Background(), ending...)
	defer stop()
	context.AfterFunc(ctx, func() {
		guarded(func() {
			time.AfterFunc(leaveLimit+2*time.Second, func() { giveUp(func() {}) }) // later than a run's own limit
			// A closed terminal sends SIGHUP twice, from the kernel and from the shell. The second
			// one must not cut the shutdown short.
			signal.Ignore(syscall.SIGHUP)
			stop() // a second signal of another kind ends a shutdown that takes too long
		})
	})

	log.SetOutput(io.Discard) // until there is a log: net/http writes what servers send to Go's own
	chooseGlyphs("auto")      // until the settings are read
	stderr = hiding{words(patient.New(os.Stderr, notesKept))}
	status := config.Execute(ctx, config.System{
		Args: os.Args[1:], Environ: os.Environ(), Out: os.Stdout, Err: stderr,
		Vocabulary: vocabulary(),
	}, config.Runs{
		Watch: func(ctx context.Context, w config.Watch) error {
			return profiled(w.Pprof, func() error { return watchPayments(ctx, w) })
		},
		Demo: func(ctx context.Context, d config.Demo) error {
			return profiled(d.Pprof, func() error { return demo(ctx, d) })
		},
		Load: func(ctx context.Context, l config.Load) error {
			return profiled(l.Pprof, func() error { return loadRun(ctx, l) })
		},
		Sandbox: func(ctx context.Context, s config.Sandbox) error {
			return profiled(s.Pprof, func() error { return serve(ctx, s) })
		},
		Export: export, Doctor: examine,
	})
	if status == 0 && panicked.Load() {
		return 1
	}
	return status
}

// stderr is where messages go. While the program runs, a write to it never blocks.
var stderr io.Writer = standardError{}

// notesKept is how many bytes are kept for a standard error that does not read.
const notesKept = 64 << 10

// standardError writes to the current os.Stderr.
type standardError struct{}

func (standardError) Write(p []byte) (int, error) { return hiding{os.Stderr}.Write(p) }

// note says something once, on standard error: standard output is for what was asked.
func note(format string, args ...any) {
	fmt.Fprintf(stderr, "tillwatch: "+format+"\n", args...)
}

// hiding is a writer that removes secrets, because the text of any error may end there.
type hiding struct{ to io.Writer }

// Write expects a whole message in each call.
func (h hiding) Write(message []byte) (int, error) {
	if _, err := io.WriteString(h.to, watch.WithoutSecrets(string(message))); err != nil {
		return 0, err
	}
	return len(message), nil
}

// keepSecret hides the credentials in all output from now on, whether they are used or not.
func keepSecret(s config.Settings) {
	watch.AddSecret(s.ClientSecret.Reveal())
	watch.AddSecret(s.AnonKey.Reveal())
}

// watchPayments is `tillwatch watch`.
func watchPayments(ctx context.Context, w config.Watch) error {
	output := possible(w.Output)
	var given []watch.Payment
	for i, text := range w.Payments {
		p, err := intake.Argument(text)
		if err != nil {
			return config.Refuse("payment %d: %w", i+1, err) // its text may hold anything
		}
		given = append(given, p)
	}
	switch {
	case output == config.Board && slices.Contains(w.Files, "-"):
		return config.Refuse("- would read payments from the keyboard, which the board needs: use --plain or a file")
	case output != config.Board && len(given)+len(w.Files) == 0 && w.Journal == config.NoJournal:
		return config.Refuse("there is nothing to watch: give payments, -f FILE, or - for standard input; there is no journal")
	}
	if err := hook.Check(w.Hook); err != nil {
		return config.Refuse("the hook's command: %w", err)
	}
	if missing := w.MissingForRealtime(); len(missing) > 0 {
		note("%s not set: every payment is polled", strings.Join(missing, " and "))
	}
	j := newJob(w.Settings, output)
	j.limit, j.given = w.Timeout, len(given)+len(w.Files) > 0
	j.endless = w.Follow && slices.ContainsFunc(w.Files, func(name string) bool { return name != "-" })
	return j.run(ctx, func(ctx context.Context) {
		for _, p := range given {
			j.take("the command line", p)
		}
		var reading sync.WaitGroup
		for _, name := range w.Files {
			reading.Go(func() { j.guarded(func() { j.read(ctx, name, !w.Follow) }) })
		}
		reading.Wait()
	})
}

// possible is the output that can be had: the board needs a terminal on both ends.
func possible(wanted config.Output) config.Output {
	switch {
	case wanted != config.Board:
		return wanted
	case os.Getenv("TERM") == "dumb":
		note("TERM=dumb: words instead of the board (--plain)")
	case !term.IsTerminal(os.Stdin.Fd()) || !term.IsTerminal(os.Stdout.Fd()):
		note("no terminal on standard input and output: words instead of the board (--plain)")
	default:
		return config.Board
	}
	return config.Plain
}

// Command tillwatch watches checkout payments as they happen.
//
// This file is the one place that knows all parts: it builds what a command needs, wires
// it, runs it and winds it down. Winding down has always the same order: what hands
// payments over and the fleet with its watchers, their channels, the API, and last what
// tells of them; so each channel is left properly and nothing that was learned is lost.
package main

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"os"
	"os/signal"
	"slices"
	"strings"
	"sync"
	"syscall"
	"time"

	"charm.land/bubbles/v2/key"
	"github.com/charmbracelet/x/term"

	"tillwatch/config"
	"tillwatch/sandbox"
	"tillwatch/sandbox/show"
	"tillwatch/ui"
	"tillwatch/ui/lines"
	"tillwatch/watch"
	"tillwatch/watch/dollr"
	"tillwatch/watch/intake"
	"tillwatch/watch/realtime"
	"tillwatch/watch/wire"
)

func main() { os.Exit(run()) }

func run() int {
	// When the reader of a pipe goes (`| head`) the write fails instead of killing us:
	// there are channels to leave.
	signal.Ignore(syscall.SIGPIPE)
	ending := []os.Signal{os.Interrupt, syscall.SIGTERM}
	if !signal.Ignored(syscall.SIGHUP) { // under nohup the end of the terminal means nothing
		ending = append(ending, syscall.SIGHUP)
	}
	ctx, stop := signal.NotifyContext(context.Background(), ending...)
	defer stop()
	context.AfterFunc(ctx, func() {
		// A closed terminal sends its SIGHUP twice, from the kernel and from the shell: the
		// second must not cut the winding down short.
		signal.Ignore(syscall.SIGHUP)
		stop() // any other second signal ends a winding down that takes too long
	})

	return config.Execute(ctx, config.System{
		Args: os.Args[1:], Environ: os.Environ(), Out: os.Stdout, Err: os.Stderr,
	}, config.Runs{Watch: watchPayments, Demo: demo, Sandbox: serve})
}

// note says something once, on standard error: standard output is for what was asked.
func note(format string, args ...any) {
	fmt.Fprintf(os.Stderr, "tillwatch: "+format+"\n", args...)
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
	case output != config.Board && len(given)+len(w.Files) == 0:
		return config.Refuse("there is nothing to watch: give payments, -f FILE, or - for standard input")
	}
	if missing := w.MissingForRealtime(); len(missing) > 0 {
		note("%s not set: every payment is polled", strings.Join(missing, " and "))
	}
	j := newJob(w.Settings, output)
	j.limit = w.Timeout
	j.endless = w.Follow && slices.ContainsFunc(w.Files, func(name string) bool { return name != "-" })
	return j.run(ctx, func(ctx context.Context) {
		for _, p := range given {
			j.take("the command line", p)
		}
		var reading sync.WaitGroup
		for _, name := range w.Files {
			reading.Go(func() { j.read(ctx, name, !w.Follow) })
		}
		reading.Wait()
	})
}

// demo is `tillwatch demo`: the same parts, on a sandbox that they reach over TCP.
func demo(ctx context.Context, d config.Demo) error {
	box := sandbox.New(sandbox.Options{Seed: d.Seed, Speed: d.Speed})
	defer box.Close()
	listener, err := sandbox.Listen("127.0.0.1:0")
	if err != nil {
		return fmt.Errorf("starting the sandbox: %w", err)
	}
	settings, err := config.Given(box.Env("http://" + listener.Addr().String()))
	if err != nil {
		return fmt.Errorf("reading what the sandbox says: %w", err)
	}
	settings.Title = fmt.Sprintf("demo seed %d, %gx", d.Seed, d.Speed)

	serving, stop := context.WithCancel(context.WithoutCancel(ctx)) // it outlives the watchers
	served := make(chan error, 1)
	go func() { served <- box.Serve(serving, listener) }()

	play := show.New(box, d.Seed, d.Rate)
	j := newJob(settings, possible(d.Output))
	j.limit, j.endless = d.For, true
	j.board.Keys, j.board.Status = presenter(play), play.Status
	err = j.run(ctx, func(ctx context.Context) {
		play.Run(ctx, func(line []byte) {
			p, err := intake.Line(line)
			if err != nil {
				j.refuse("the sandbox", err.Error())
				return
			}
			j.take("the sandbox", p)
		})
	})
	stop()
	if status := config.Exit(0); errors.As(err, &status) {
		err = nil // what became of made-up payments is no success and no failure
	}
	return errors.Join(err, <-served)
}

// presenter is the keys of a demo.
func presenter(play *show.Show) []ui.Extra {
	extra := func(k, does string, do func(watch.ID) string) ui.Extra {
		return ui.Extra{Binding: key.NewBinding(key.WithKeys(k), key.WithHelp(k, does)), Do: do}
	}
	simple := func(do func() string) func(watch.ID) string { return func(watch.ID) string { return do() } }
	decide := func(k, does string, what sandbox.Outcome) ui.Extra {
		e := extra(k, does, func(selected watch.ID) string { return play.Decide(string(selected), what) })
		e.Selected = true
		return e
	}
	return []ui.Extra{
		extra("n", "one customer more", simple(play.One)),
		extra("B", "a burst of customers", simple(play.Burst)),
		extra("[", "fewer arrivals", simple(play.Slower)),
		extra("]", "more arrivals", simple(play.Faster)),
		extra("p", "pause arrivals", simple(play.Pause)),
		decide("A", "customer approves", sandbox.Approve),
		decide("D", "customer declines", sandbox.Decline),
		decide("N", "no PIN prompt comes", sandbox.NoPrompt),
		decide("P", "customer dials for the prompt", sandbox.Dialled),
		decide("C", "cut the sockets", sandbox.CutLink),
		extra("F", "next fault", simple(play.Fault)),
	}
}

// serve is `tillwatch sandbox`.
func serve(ctx context.Context, s config.Sandbox) error {
	listener, err := sandbox.Listen(s.Addr)
	if err != nil {
		return config.Refuse("%w", err)
	}
	box := sandbox.New(sandbox.Options{Seed: s.Seed, Speed: s.Speed, Limits: s.Limits})
	base := "http://" + listener.Addr().String()
	if s.PrintEnv {
		fmt.Println("export " + strings.Join(box.Env(base), " ")) // no value needs a quote
	} else {
		note("sandbox on %s; --print-env prints what a watcher of it needs", base)
	}
	return box.Serve(ctx, listener)
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

// job is one run that watches payments, whatever command asked for it.
type job struct {
	settings config.Settings
	output   config.Output
	limit    time.Duration // 0: none
	endless  bool          // it ends when somebody ends it
	board    ui.Options
	history  watch.History // of a board alone

	fleet  *watch.Fleet
	lines  *lines.Lines
	tally  *lines.Tally
	latest watch.Latest
	aside  *lines.Aside
	stake  stakeNote
}

func newJob(s config.Settings, output config.Output) *job {
	format := lines.JSON
	if output == config.Plain {
		format = lines.Plain
	}
	return &job{
		settings: s, output: output, board: ui.Options{Title: s.Title, Memory: true},
		lines: lines.New(os.Stdout, format), tally: lines.NewTally(), aside: lines.NewAside(os.Stderr, output == config.Board),
	}
}

// windows are the words of the setting.
var windows = map[string]watch.Window{
	"key": watch.WindowKey, "strict": watch.WindowStrict, "until-final": watch.WindowUntilFinal,
}

// run builds the parts, lets source hand payments over, shows them, and winds down.
func (j *job) run(signalled context.Context, source func(context.Context)) error {
	s := j.settings
	api, err := dollr.New(dollr.Config{
		BaseURL: s.BaseURL, ClientID: s.ClientID, ClientSecret: s.ClientSecret.Reveal(), Real: s.RealMoney,
		Bodies: j.output == config.Board,
	})
	if err != nil {
		return config.Refuse("Dollr's API: %w", err)
	}
	defer api.Close()
	ctx, broke := context.WithCancelCause(signalled)
	defer broke(nil)
	log := slog.New(slog.NewTextHandler(j.aside, nil))
	c := watch.Config{
		API: api, Forget: api.Forget, Jumped: api.Redial, Tell: j.tell, Log: log,
		Window: windows[s.Window], SourceType: s.SourceType, StatusRate: s.StatusRate, KeyRate: s.KeyRate,
		Outlook: func(h *watch.Health) {
			h.Stake, h.Host = api.Stake()
			h.Skew, _ = api.Skew()
		},
	}
	if j.output == config.Board {
		c.Note = j.history.Put
	}
	if s.Listens() {
		channels := realtime.New(realtime.Config{
			URL: s.SupabaseURL, APIKey: s.AnonKey.Reveal(),
			ChannelsPerSocket: s.ChannelsPerSocket, JoinsPerSecond: s.JoinsRate,
			Fault: func(what, stack string) {
				log.Error(what, "stack", watch.MaskNumbers(stack))
				broke(bug{what})
			},
		})
		defer channels.Close()
		c.Listen = wire.Listen(channels)
		answers, sockets := c.Outlook, wire.Outlook(channels, time.Now)
		c.Outlook = func(h *watch.Health) {
			answers(h)
			sockets(h)
		}
	}
	j.fleet = watch.New(c)
	j.stake.api = api

	if j.limit > 0 {
		var cancel context.CancelFunc
		ctx, cancel = context.WithTimeout(ctx, j.limit)
		defer cancel()
	}
	working, rest := context.WithCancel(ctx)
	defer rest()
	var work sync.WaitGroup
	handed := make(chan struct{})
	work.Go(func() { _ = j.fleet.Run(working) }) // its one error is to be run twice
	work.Go(func() {
		defer close(handed)
		source(working)
	})
	if j.output == config.Board {
		return errors.Join(j.onBoard(ctx, func() { rest(); work.Wait() }), bugOf(ctx))
	}
	j.aside.Note("kept in memory: what is handed over is gone when this ends")
	j.stake.say(j.aside, false)
	complete := j.lines.Attend(ctx, j.tally, j.fleet.Health, handed)
	rest()
	work.Wait()
	j.stake.say(j.aside, true)
	if err := errors.Join(j.lines.Finish(signalled), bugOf(ctx)); err != nil {
		return err
	}
	switch status := j.tally.Status(); {
	case signalled.Err() != nil && !complete && !j.endless:
		return config.Exit(config.ExitInterrupted)
	case status != lines.AllPaid:
		return config.Exit(status)
	}
	return nil
}

// bug is a fault of ours that ended a run; its stack is in the log.
type bug struct{ what string }

// Error is one line for a person; it holds no value that the program worked with.
func (b bug) Error() string { return b.what + ": a bug in tillwatch, please report it" }

// bugOf is the fault that ended the run, if one did.
func bugOf(ctx context.Context) error {
	var b bug
	if errors.As(context.Cause(ctx), &b) {
		return b
	}
	return nil
}

// onBoard shows the screen until somebody quits, and after it what is left to say.
func (j *job) onBoard(ctx context.Context, windDown func()) error {
	j.board.Desk = ui.Desk{
		Add: j.add, Stop: j.fleet.Stop, Resume: j.fleet.Resume, Verify: j.fleet.Verify,
		History: j.history.Of, Health: j.fleet.Health,
	}
	if j.board.Status == nil {
		j.board.Status = j.aside.Count
	}
	summary, err := ui.Run(ctx, ui.New(j.board), &j.latest, os.Stdin, os.Stdout)
	windDown()
	fmt.Print(summary)
	j.aside.Say()
	return err
}

func (j *job) tell(s watch.Snapshot) {
	if j.output == config.Board {
		j.latest.Put(s)
		return
	}
	j.stake.say(j.aside, false) // before the line of the first answer
	j.tally.Put(s)
	j.lines.Tell(s)
}

// stakeNote says beside the lines whose money it is, which the board has in its badge.
type stakeNote struct {
	api  *dollr.Client
	mu   sync.Mutex
	said watch.Stake
}

// say says it once it is known, and again only should it become another: a host that is
// not Dollr's own shows by its answers whether it is our sandbox. At the end its address
// decides.
func (n *stakeNote) say(aside *lines.Aside, end bool) {
	n.mu.Lock()
	defer n.mu.Unlock()
	stake, host := n.api.Stake()
	if stake == n.said || stake != watch.Real && n.api.Answered().IsZero() && !end {
		return
	}
	n.said = stake
	switch stake {
	case watch.Real:
		aside.Note("REAL money, at %s", host)
	case watch.Sim:
		aside.Note("SIM: every answer comes from tillwatch's sandbox; no real money")
	default:
		aside.Note("TEST host %s: not Dollr's own API", host)
	}
}

// add takes what a person has typed on the board: a line of a file, or an argument.
func (j *job) add(text string) (string, error) {
	p, err := intake.Argument(text)
	if strings.HasPrefix(strings.TrimSpace(text), "{") {
		p, err = intake.Line([]byte(text))
	}
	if err != nil {
		return "", err
	}
	became, err := j.hand(p)
	return map[watch.Addition]string{
		watch.Added: "added", watch.Filled: "was known; what was missing is filled in", watch.Again: "is known already",
		watch.Kept: "is known already, with another amount or source, which stays",
	}[became], err
}

// read hands over what is in a file, to its end or for as long as it grows. A source that
// was never read counts as a refused line: nobody may take the silence of a misspelt name
// for "everything was paid".
func (j *job) read(ctx context.Context, name string, once bool) {
	came := false // anything at all; Follow calls from one goroutine
	err := intake.Follow(ctx, name, func(p watch.Payment) error {
		came = true
		return j.accept(name, p)
	}, func(p intake.Problem) {
		if p.Line == 0 {
			j.aside.Note("%s", p) // of the file as a whole, which is tried again
			return
		}
		came = true
		j.refuse("", p.String())
	}, intake.Options{Once: once})
	switch {
	case err != nil && ctx.Err() == nil:
		j.refuse(name, err.Error())
	case ctx.Err() != nil && !came && !readable(name):
		j.refuse(name, "nothing was read of it before the end")
	}
}

// readable reports whether name is a plain file that can be opened, so that an empty one
// counts as read. Of a pipe only what came of it can tell.
func readable(name string) bool {
	info, err := os.Stat(name)
	if err != nil || !info.Mode().IsRegular() {
		return false
	}
	file, err := os.Open(name)
	if err != nil {
		return false
	}
	_ = file.Close()
	return true
}

// take hands over a payment from somewhere; a refusal is said.
func (j *job) take(where string, p watch.Payment) {
	if err := j.accept(where, p); err != nil {
		j.refuse(where, err.Error())
	}
}

// accept hands over a payment and says what else there is to say. Its error names the
// payment.
func (j *job) accept(where string, p watch.Payment) error {
	became, err := j.hand(p)
	switch {
	case err != nil:
		return fmt.Errorf("%s: %w", p.ID(), err)
	case became == watch.Kept:
		j.aside.Note("%s: %s was handed over before with another amount or source, which stays", watch.Clean(where, 200), p.ID())
	}
	return nil
}

func (j *job) hand(p watch.Payment) (watch.Addition, error) {
	j.tally.Expect(p.ID())
	return j.fleet.Add(p)
}

func (j *job) refuse(where, why string) {
	j.tally.Refused()
	if where != "" {
		why = watch.Clean(where, 200) + ": " + why
	}
	j.aside.NotTaken(why)
}

package main

import (
	"context"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"os"
	"sync"
	"sync/atomic"
	"time"

	"tillwatch/config"
	"tillwatch/hook"
	"tillwatch/ui"
	"tillwatch/ui/lines"
	"tillwatch/ui/patient"
	"tillwatch/watch"
	"tillwatch/watch/dollr"
	"tillwatch/watch/intake"
	"tillwatch/watch/journal"
	"tillwatch/watch/realtime"
	"tillwatch/watch/wire"
)

// job is one run that watches payments, whatever command asked for it.
type job struct {
	settings config.Settings
	output   config.Output
	limit    time.Duration // 0: none
	endless  bool          // it runs until the user ends it
	own      bool          // the sandbox is our own, and gone when we are: nothing of it is worth keeping
	given    bool          // payments are named, and lines are about those alone
	closed   bool          // the journal is
	shaky    atomic.Bool   // something was wrong with it, so it may not have taken everything
	unkept   bool          // and has not taken everything
	board    ui.Options
	show     func(context.Context, *ui.Model, *watch.Latest) (ui.Summary, error) // on a terminal, until the user quits

	// What a load run has of its own. All may be nil.
	alone   bool                    // it is about its own payments, and tells of them all together
	unasked func(host string) error // refuses hosts that are never asked
	prepare func(api *dollr.Client, fault func(what, stack string)) error
	noted   func(watch.Event)
	told    func(watch.Snapshot) // what is shown
	closing func()               // called when nothing is published any more, before the last words

	broke  context.CancelCauseFunc // ends the run because of a bug in tillwatch
	log    *slog.Logger
	faulty atomic.Bool // a part of the program has failed, and the run went on without it

	fleet   *watch.Fleet
	ready   chan struct{} // closed when there is a fleet
	journal *journal.Journal
	lines   *lines.Lines
	tally   *lines.Tally
	latest  watch.Latest
	aside   *lines.Aside
	stake   stakeNote
	hook    *hook.Runner

	records records
}

func newJob(s config.Settings, output config.Output) *job {
	format, out := lines.JSON, io.Writer(os.Stdout)
	if output == config.Plain {
		format, out = lines.Plain, words(os.Stdout)
	}
	keepSecret(s)
	return &job{
		settings: s, output: output, board: onScreen(s), show: onTerminal, ready: make(chan struct{}),
		lines: lines.New(out, format), tally: lines.NewTally(), aside: lines.NewAside(stderr, output == config.Board),
	}
}

// zone reports what is wrong with the time zone, which decides what counts as today.
func (j *job) zone() {
	if why := zoneTrouble(); why != "" {
		j.aside.Alarm("%s", why)
		j.board.Zone = "UTC"
	}
}

// windows are the words of the setting.
var windows = map[string]watch.Window{
	"key": watch.WindowKey, "strict": watch.WindowStrict, "until-final": watch.WindowUntilFinal,
}

// run builds the parts, lets source hand payments over, shows them, and winds down.
func (j *job) run(signalled context.Context, source func(context.Context)) (err error) {
	var end *ending
	defer func() {
		if end != nil {
			end.over()
		}
	}()
	if err := j.record(); err != nil {
		return err
	}
	defer j.end(&err)
	j.zone()
	s := j.settings
	api, err := dollr.New(dollr.Config{
		BaseURL: s.BaseURL, ClientID: s.ClientID, ClientSecret: s.ClientSecret.Reveal(), Real: s.RealMoney,
		Bodies: true, // for the screen, the journal, and through it Dollr's support
		Dump:   j.records.calls(), Refuse: j.unasked,
	})
	if err != nil {
		return config.Refuse("Dollr's API: %w", err)
	}
	defer api.Close()
	j.stake.api = api
	ctx, broke := context.WithCancelCause(signalled)
	defer broke(nil)
	j.broke = broke
	j.log = slog.New(slog.NewMultiHandler(slog.NewTextHandler(j.aside, nil), j.records.book.Logger().Handler()))
	if err := j.openJournal(api); err != nil {
		return err
	}
	defer j.closeJournal() // again, should anything fail before the winding down
	c := watch.Config{
		API: api, Forget: api.Forget, Jumped: api.Redial, Log: j.log,
		Tell: j.journal.Tell, Note: j.note, Keep: j.journal.Keep, Recall: j.journal.Recall,
		Window: windows[s.Window], SourceType: s.SourceType, StatusRate: s.StatusRate, KeyRate: s.KeyRate,
		Outlook: func(h *watch.Health) {
			h.Stake, h.Host = j.stake.whose()
			h.Skew, _ = api.Skew()
			if wait, refused := api.LoginRefused(); refused {
				h.LoginWait = max(wait, 1)
			}
			j.outlook(h)
		},
	}
	if s.Listens() {
		channels := realtime.New(realtime.Config{
			URL: s.SupabaseURL, APIKey: s.AnonKey.Reveal(),
			ChannelsPerSocket: s.ChannelsPerSocket, JoinsPerSecond: s.JoinsRate, Dump: j.records.frames(), Refuse: j.unasked,
			Fault: j.partly, // no run ends with it: the payments are polled
		})
		defer channels.Close()
		c.Listen = wire.Listen(channels)
		c.Jumped = func() {
			api.Redial()
			channels.Doubt()
		}
		answers, sockets := c.Outlook, wire.Outlook(channels, time.Now)
		c.Outlook = func(h *watch.Health) {
			answers(h)
			sockets(h)
		}
	}
	j.fleet = watch.New(c)
	if j.prepare != nil {
		if err := j.prepare(api, j.fault); err != nil {
			return err
		}
	}
	close(j.ready)
	j.hook = hook.New(hook.Config{
		Command: s.Hook, Sim: s.HookSim, Encode: lines.Object,
		Stake: func() watch.Stake { stake, _ := j.stake.whose(); return stake },
		Log:   j.hookSaid, Ran: j.records.ran, Fault: j.partly,
	})

	end = newEnding(signalled, len(s.Hook) > 0, j.hook, j.aside.Note)
	defer end.leave()

	if j.limit > 0 {
		var cancel context.CancelFunc
		ctx, cancel = context.WithTimeout(ctx, j.limit)
		defer cancel()
	}
	j.restore()
	working, rest := context.WithCancel(ctx)
	defer rest()
	var work sync.WaitGroup
	handed := make(chan struct{})
	work.Go(func() { j.guarded(func() { _ = j.fleet.Run(working) }) }) // its only error says that it ran twice
	work.Go(func() {
		j.guarded(func() {
			if source(working); working.Err() == nil { // a source that was cut short may have more payments
				close(handed)
			}
		})
	})
	windDown := func(first func()) {
		rest()
		work.Wait()
		j.closeJournal()
		first()
		if j.closing != nil {
			j.closing()
		}
	}
	if j.output == config.Board {
		return errors.Join(j.onBoard(ctx, windDown, end), bugOf(ctx))
	}
	if j.board.Memory && !j.own {
		j.aside.Note("kept in memory: what is handed over is gone when this ends")
	}
	j.stake.say(j.aside, false)
	complete := j.lines.Attend(ctx, j.tally, j.health, handed)
	windDown(func() {})
	interrupted := signalled.Err() != nil // a signal that only ends the hook is no interruption
	end.wait(complete)
	j.stake.say(j.aside, true)
	if err := errors.Join(j.lines.Finish(signalled), bugOf(ctx)); err != nil {
		return err
	}
	switch status := j.tally.Status(); {
	case interrupted && !complete && !j.endless:
		return config.Exit(config.ExitInterrupted)
	case status != lines.AllPaid:
		return config.Exit(status)
	case j.unkept:
		return errors.New("not everything is on disk")
	}
	return nil
}

// bug is a defect of tillwatch that ended a run. Its stack is in the log.
type bug struct{ what string }

// Error is one line for a person; it holds no value that the program worked with.
func (b bug) Error() string { return b.what + ": a bug in tillwatch, please report it" }

// guarded runs f. A panic in f ends the run and restores the terminal.
func (j *job) guarded(f func()) { watch.Guarded(f, j.fault) }

// fault ends the run because of a panic.
func (j *job) fault(what, stack string) {
	j.partly(what, stack)
	j.broke(bug{what})
}

// partly records a panic that has stopped a part of the program without which the run goes on.
func (j *job) partly(what, stack string) {
	j.faulty.Store(true)
	j.log.Error(what, "stack", stack)
}

// bugOf is the fault that ended the run, if one did.
func bugOf(ctx context.Context) error {
	var b bug
	if errors.As(context.Cause(ctx), &b) {
		return b
	}
	return nil
}

// onBoard shows the screen until the user quits, and after it what is left to say.
func (j *job) onBoard(ctx context.Context, windDown func(first func()), end *ending) error {
	j.board.Desk = ui.Desk{
		Read: intake.Pasted, Add: j.add, Stop: j.fleet.Stop, Resume: j.fleet.Resume, Verify: j.fleet.Verify,
		History: j.journal.History, Health: j.health, Save: saved,
		Note: func(text string) { j.aside.Remark("%s", text) }, Log: j.notes,
	}
	if j.board.Status == nil {
		j.board.Status = j.aside.Count
	}
	shown, hide := context.WithCancel(ctx)
	defer hide()
	go j.guarded(func() { watchTerminal(shown, hide) })
	summary, err := j.show(shown, ui.New(j.board), &j.latest)
	end.begin()
	windDown(func() {
		out := words(patient.New(os.Stdout, 0)) // the terminal may be what hangs
		if j.alone {                            // the last lines, which a small terminal still shows, must be the run's
			fmt.Fprint(out, summary.Brief())
		} else {
			fmt.Fprint(out, summary)
		}
		j.aside.Say() // before the hook is waited for: from now on it says at once what is worth a word
	})
	end.wait(false)
	return err
}

// onTerminal shows the board on our own terminal.
func onTerminal(ctx context.Context, m *ui.Model, latest *watch.Latest) (ui.Summary, error) {
	return ui.Run(ctx, m, latest, os.Stdin, os.Stdout)
}

// hookSaid takes down what the hook wrote. On the board that is for its log alone: a hook
// that says a word for each payment would bury what is to be read at the end.
func (j *job) hookSaid(text string, bad bool) {
	switch {
	case bad:
		j.aside.Alarm("hook: %s", text)
	case j.output == config.Board:
		j.aside.Remark("hook: %s", text)
	default:
		j.aside.Note("hook: %s", text)
	}
}

func (j *job) note(e watch.Event) {
	j.records.book.Note(e)
	if j.noted != nil {
		j.noted(e)
	}
	j.journal.Note(e)
}

func (j *job) tell(s watch.Snapshot) {
	j.records.book.Tell(s)
	j.hook.Put(s)
	if j.told != nil {
		j.told(s)
	}
	if j.output == config.Board {
		j.latest.Put(s)
		return
	}
	j.stake.say(j.aside, false) // before the line of the first answer
	if j.alone {
		return
	}
	j.tally.Put(s)
	j.lines.Tell(s)
}

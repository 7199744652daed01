package main

import (
	"context"
	"errors"
	"fmt"
	"log"
	"log/slog"
	"os"
	"path/filepath"
	"runtime/debug"
	"strings"
	"time"

	"tillwatch/config"
	"tillwatch/ui"
	"tillwatch/watch"
	"tillwatch/watch/dollr"
	"tillwatch/watch/journal"
	"tillwatch/watch/logbook"
	"tillwatch/watch/realtime"
)

// records are what is written down of a run: the log and, for a developer, the dump.
type records struct {
	book  *logbook.Book // nil: none
	dump  *logbook.Dump // nil: none
	began time.Time
}

// levels are the words of the setting.
var levels = map[string]slog.Level{
	"debug": slog.LevelDebug, "info": slog.LevelInfo, "warn": slog.LevelWarn, "error": slog.LevelError,
}

// outputs are what a log calls them.
var outputs = map[config.Output]string{config.Board: "board", config.JSON: "json", config.Plain: "plain"}

// record opens the log and the dump. A log that cannot be written is said and stops nothing;
// a dump was asked for, so that one is refused.
func (j *job) record() error {
	s, r := j.settings, &j.records
	r.began = time.Now()
	alarm := func(text string) { j.aside.Alarm("%s", text) }
	if s.Dump != "" {
		dump, err := logbook.OpenDump(s.Dump, map[string]string{
			"version": config.Version(), "api": s.BaseURL, "supabase": s.SupabaseURL,
		}, alarm)
		if err != nil {
			return config.Refuse("the dump: %w", err)
		}
		r.dump = dump
	}
	if j.stake.own || s.LogFile == config.LogOff { // a demo's payments are not logged
		return nil
	}
	file, own := s.LogFile, false
	if file == "" {
		folder, err := s.StateDir()
		if err != nil {
			alarm("no log is written: " + err.Error() + "; --log-file FILE names one, --log-file off none")
			return nil
		}
		stake, _ := dollr.Stake(s.BaseURL, s.RealMoney)
		name := journal.DefaultName(s.BaseURL, s.ClientID, stake == watch.Real)
		file, own = filepath.Join(folder, strings.TrimSuffix(name, ".db")+".log"), true
	}
	r.book = logbook.Open(logbook.Config{Path: file, Own: own, Level: levels[s.LogLevel], Trouble: alarm})
	log.SetOutput(libraries{r.book.Logger()})
	j.aside.Follow(r.said)
	r.start(s, outputs[j.output])
	return nil
}

// libraries takes what libraries write to Go's own log. net/http repeats there what a server
// sends, secrets included, and on standard error it would be drawn over the board.
type libraries struct{ log *slog.Logger }

// Write takes one message.
func (l libraries) Write(message []byte) (int, error) {
	l.log.Warn("library", "text", watch.Safe(string(message), 300))
	return len(message), nil
}

// start writes what the run is about: which settings are not the usual ones and where they
// stand, and no value of them.
func (r *records) start(s config.Settings, output string) {
	var given []any
	for _, o := range s.Origins() {
		if o.Layer != config.Default {
			given = append(given, slog.String(o.Key, o.String()))
		}
	}
	stake, host := dollr.Stake(s.BaseURL, s.RealMoney)
	r.book.Logger().Info("start", "version", config.Version(), "output", output, "money", stake.String(), "host", host,
		"pid", os.Getpid(), "realtime", s.Listens(), slog.Group("settings", given...))
}

// said records what is said in addition to the payments.
func (r *records) said(text string, bad bool) {
	what, level := "said", slog.LevelInfo
	if rest, refused := strings.CutPrefix(text, "not taken: "); refused {
		what, text = "line not taken", rest
	}
	if bad {
		level = slog.LevelWarn
	}
	r.book.Logger().Log(context.Background(), level, what, "text", text)
}

// ran takes the result of a run of the hook.
func (r *records) ran(s watch.Snapshot, took time.Duration, trouble string) {
	attrs := []any{"payment", s.ID(), "label", s.Label, "verdict", s.Verdict.String(), "took_ms", took.Milliseconds()}
	if trouble != "" {
		r.book.Logger().Warn("hook failed", append(attrs, "error", trouble)...)
		return
	}
	r.book.Logger().Info("hook", attrs...)
}

// health is what every output asks for once a second to show the state of the program, so each
// trouble reaches the log.
func (j *job) health() watch.Health {
	h := j.fleet.Health()
	j.records.book.Health(h)
	return h
}

// calls returns the function that the API calls for its calls; nil if no output wants them.
func (r *records) calls() func(dollr.Exchange) {
	if r.dump == nil {
		return nil
	}
	return func(e dollr.Exchange) { r.dump.Call(logbook.Call(e)) }
}

// frames returns the function that the sockets call for their frames; nil if no output wants them.
func (r *records) frames() func(realtime.Frame) {
	if r.dump == nil {
		return nil
	}
	return func(f realtime.Frame) {
		r.dump.Frame(logbook.Frame{At: f.At, Socket: f.Socket, Out: f.Out, Type: string(f.Type), Data: f.Data})
	}
}

// end writes how the run has ended, and all that waits. It must be deferred itself: then a
// panic that passes becomes the run's error. Go would write its value on standard error,
// which may hold anything; so that goes to the log alone, made safe, and its stack too.
func (j *job) end(err *error) {
	r, log := &j.records, j.records.book.Logger()
	crash := recover()
	if *err == nil && j.faulty.Load() {
		*err = bug{"a part of this program failed"}
	}
	attrs := []any{"took_ms", time.Since(r.began).Milliseconds()}
	if j.fleet != nil {
		h := j.fleet.Health()
		attrs = append(attrs, "payments", h.Payments, r.book.Verdicts(), "reads", h.Reads, "keys", h.Keys, "throttled", h.Throttled)
	}
	var status config.Exit
	var fault *ui.Fault
	switch {
	case crash != nil:
		stack := string(debug.Stack())
		log.Error("panic", "error", fmt.Sprint(crash), "stack", stack)
		if r.book == nil {
			j.aside.Alarm("panic: %s", stack)
		}
		j.aside.Say()
		*err = bug{"this program failed"}
	case errors.As(*err, &status):
		attrs = append(attrs, "status", int(status))
	case errors.As(*err, &fault):
		log.Error("fault", "error", *err, "stack", fault.Stack)
	case *err != nil:
		log.Error("failed", "error", *err)
	}
	log.Info("end", attrs...)
	r.book.Close()
	if r.dump != nil {
		r.dump.Close()
	}
}

package logbook

import (
	"bytes"
	"context"
	"log/slog"
	"sync"
	"time"

	"tillwatch/watch"
)

// queueMost bounds the lines that wait for the disk, in bytes.
const queueMost = 4 << 20

// Config is what a Book needs. Path and Trouble are required.
type Config struct {
	Path  string     // of the file, which is made (0600) or appended to
	Own   bool       // its folder is ours: it is made, and closed to others (0700)
	Level slog.Level // what is milder is left out
	// Trouble is told once, in one clean line, that the file cannot be written. It may write
	// into the Book.
	Trouble func(text string)

	most int64 // bytes of a file; 0: 10 MiB
}

// Book is the log. Its methods may be called from any goroutine and return at once, but for
// Close. A nil Book is no log: it takes everything and keeps nothing.
type Book struct {
	log   *slog.Logger
	queue *queue

	mu      sync.Mutex
	seen    map[watch.ID]seen
	trouble watch.Health // that was told; none: the zero Trouble
}

// seen is what the newest entry about a payment said.
type seen struct {
	label   string
	verdict watch.Verdict
	reason  watch.Reason
}

// Open makes a Book. It never fails: a file that cannot be written is told to c.Trouble,
// and tried again with each line.
func Open(c Config) *Book {
	if c.most == 0 {
		c.most = fileMost
	}
	b := &Book{seen: map[watch.ID]seen{}}
	b.queue = newQueue(&rotated{path: c.Path, own: c.Own, most: c.most}, queueMost, lostLines,
		func(err error) { c.Trouble(watch.SafeExact(err.Error(), textMost) + "; going on without it") })
	b.log = slog.New(Safe(slog.NewJSONHandler(lines{b.queue}, options(c.Level))))
	return b
}

// lines takes each entry as the one Write that slog makes of it.
type lines struct{ queue *queue }

// Write never fails and waits for no disk.
func (l lines) Write(line []byte) (int, error) {
	l.queue.put(line)
	return len(line), nil
}

// options are those of every entry: its time is called "at", in UTC with milliseconds.
func options(level slog.Level) *slog.HandlerOptions {
	return &slog.HandlerOptions{Level: level, ReplaceAttr: func(groups []string, a slog.Attr) slog.Attr {
		if len(groups) == 0 && a.Key == slog.TimeKey && a.Value.Kind() == slog.KindTime {
			return slog.String("at", stamp(a.Value.Time()))
		}
		return a
	}}
}

// stamp is a time as every line has it: RFC 3339, UTC, with milliseconds.
func stamp(t time.Time) string { return t.UTC().Format("2006-01-02T15:04:05.000Z") }

// lostLines is the entry in place of those that were lost.
func lostLines(n uint64) []byte {
	var line bytes.Buffer
	slog.New(slog.NewJSONHandler(&line, options(slog.LevelWarn))).Warn("entries lost", "count", n)
	return line.Bytes()
}

// Logger writes entries of the caller's own.
func (b *Book) Logger() *slog.Logger {
	if b == nil {
		return slog.New(slog.DiscardHandler)
	}
	return b.log
}

// Close writes what waits, and gives a disk up that takes nothing for two seconds. What
// comes later is left out.
func (b *Book) Close() {
	if b != nil {
		b.queue.end()
	}
}

// on reports whether entries of that level are kept.
func (b *Book) on(level slog.Level) bool {
	return b != nil && b.log.Enabled(context.Background(), level)
}

// write writes an entry about something that happened at that time; zero: now.
func (b *Book) write(at time.Time, level slog.Level, what string, attrs ...slog.Attr) {
	if at.IsZero() {
		at = time.Now()
	}
	r := slog.NewRecord(at, level, what, 0)
	r.AddAttrs(attrs...)
	_ = b.log.Handler().Handle(context.Background(), r) // it only queues
}

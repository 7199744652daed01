package intake

import (
	"context"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"slices"
	"syscall"
	"time"

	"tillwatch/watch"
)

const (
	pollEvery = 200 * time.Millisecond
	tailMax   = 256 // bytes before the read position that quickly show a changed file

	// After another file has taken its name, a file is read for this long after that or after its
	// last new bytes, because its writer may not have noticed.
	oldFor  = 30 * time.Second
	oldMost = 8 // the most such files at once

	// Two changes of a file may have the same time, because it advances in large steps on some
	// disks.
	oneTick = 2 * time.Second
	// After a change, everything read is compared with the file, at most this often and in this
	// part of the time. It is also compared once in a while without a change, because a file's time
	// can be set back.
	compareEvery  = time.Second
	compareShare  = 100
	compareAnyway = time.Minute
)

// stopped is why a line is lost that had not ended when we were told to stop.
const stopped = "the line was not finished when reading stopped"

// Options says how a source is read. The zero Options follows a file as it grows.
type Options struct {
	Once  bool             // read what is there and return
	Tick  <-chan time.Time // when to look again; nil: every 200 ms
	Stdin io.Reader        // what "-" is; nil: os.Stdin
}

// Follow reads payments from a file and goes on as the file grows, until ctx ends. Then it returns
// nil. The file may be missing at first. It may be replaced: then the old one is read to its end,
// and for 30 s more. It may be shortened or rewritten: then it is read from its start again, so
// payments may come twice. A last line without a newline is read once it is a whole JSON object, or
// when the file ends for good. "-" is standard input; like a pipe it is read until it ends. Follow
// calls handle and report from its own goroutine alone, and they may block. A source that held text
// and gave no payment is reported as a loss.
//
// The error says that the source cannot be read at all; with Once, also that it does not exist.
func Follow(ctx context.Context, path string, handle Handle, report func(Problem), o Options) error {
	if path == "-" {
		in := o.Stdin
		if in == nil {
			in = os.Stdin
		}
		return stream(ctx, in, NewDecoder("standard input", handle, report))
	}
	if info, err := os.Stat(path); err == nil && !info.Mode().IsRegular() {
		return followPipe(ctx, path, info, NewDecoder(path, handle, report))
	}
	f := newFollower(path, o.Once, handle, report)
	defer f.close()
	tick := o.Tick
	if tick == nil && !o.Once {
		ticker := time.NewTicker(pollEvery)
		defer ticker.Stop()
		tick = ticker.C
	}
	for {
		if err := f.look(ctx); err != nil || o.Once {
			return err
		}
		select {
		case <-ctx.Done():
			f.stop()
			return nil
		case <-tick:
		}
	}
}

// followPipe reads a named pipe or a device until its writers are gone. It is opened
// without waiting for one, for that wait could not be ended.
func followPipe(ctx context.Context, path string, info fs.FileInfo, d *Decoder) error {
	if info.IsDir() {
		return errors.New("reading payments: this is a folder")
	}
	file, err := os.OpenFile(path, os.O_RDONLY|syscall.O_NONBLOCK, 0)
	if err != nil {
		return fmt.Errorf("reading payments: %s", class(err))
	}
	defer func() { _ = file.Close() }()
	return stream(ctx, file, d)
}

// follower follows a name, which may stand for another file later.
type follower struct {
	path   string
	once   bool
	handle Handle
	report func(Problem)
	sum    *sum
	now    func() time.Time

	file   *source   // nil: there is no file yet
	olds   []*source // files that had the name before and are still read
	said   string    // the last problem with the file as a whole, to report it once
	parted bool      // it was reported that an old file is not read any more
}

func newFollower(path string, once bool, handle Handle, report func(Problem)) *follower {
	return &follower{path: path, once: once, handle: handle, report: report, sum: newSum(), now: time.Now}
}

// look reads what is new and notices what became of the file.
func (f *follower) look(ctx context.Context) error {
	f.readOlds(ctx)
	for ctx.Err() == nil {
		if f.file == nil {
			if err := f.open(); err != nil {
				if f.once {
					return fmt.Errorf("reading payments: %s", class(err))
				}
				f.say(class(err) + "; waiting for it")
				return nil
			}
			f.said = ""
		}
		// Ask before reading, so that what was written to the old file before the replacement is
		// read before the new file.
		gone := !f.once && f.replaced()
		if err := f.file.read(ctx); err != nil {
			if f.once {
				return fmt.Errorf("reading payments: %s", class(err))
			}
			f.say(class(err))
			f.file.close()
			f.file = nil
			return nil
		}
		switch {
		case f.once && ctx.Err() != nil:
			f.stop()
			f.report(Problem{Source: f.file.decoder.source, Reason: "reading stopped before its end", Lost: true})
			return nil
		case f.once:
			f.file.decoder.End()
			f.nothing()
			return nil
		case !gone:
			return nil
		}
		f.file.until = f.now().Add(oldFor)
		f.olds = append(f.olds, f.file)
		f.file = nil
	}
	return nil
}

// open opens the file that has the name. A file that had the name before is read on from where it
// was.
func (f *follower) open() error {
	file, err := openPlain(f.path)
	if err != nil {
		return err
	}
	for i, old := range f.olds {
		if old.is(file) {
			_ = file.Close()
			f.file = old
			f.olds = slices.Delete(f.olds, i, i+1)
			return nil
		}
	}
	f.file = &source{follower: f, file: file}
	f.file.restart()
	return nil
}

// readOlds reads on in files that had the name before, as long as their writers may not have
// noticed.
func (f *follower) readOlds(ctx context.Context) {
	keep := f.olds[:0]
	for i, old := range f.olds {
		before := old.place
		err := old.read(ctx)
		if old.place > before {
			old.until = f.now().Add(oldFor)
		}
		if err == nil && f.now().Before(old.until) && len(f.olds)-i <= oldMost {
			keep = append(keep, old)
			continue
		}
		if ctx.Err() != nil {
			keep = append(keep, old)
			continue
		}
		if err != nil {
			old.decoder.Abandon("the file cannot be read any more")
		} else {
			old.decoder.End()
		}
		old.close()
		if !f.parted {
			f.parted = true
			f.report(Problem{Source: watch.Clean(f.path, 200), Reason: "another file has this name now: what is still written to the one before is not read any more"})
		}
	}
	clear(f.olds[len(keep):])
	f.olds = keep
}

// stop reports the lines that had not ended when reading stops.
func (f *follower) stop() {
	for _, s := range append(f.olds, f.file) {
		if s != nil {
			s.decoder.Abandon(stopped)
		}
	}
	f.nothing()
}

// nothing reports that no file with the name gave a payment.
func (f *follower) nothing() {
	d := NewDecoder(f.path, f.handle, f.report)
	d.sum = f.sum
	d.nothing()
}

// openPlain opens a regular file and nothing else, because opening a pipe could block forever.
func openPlain(path string) (*os.File, error) {
	info, err := os.Stat(path)
	if err != nil {
		return nil, fmt.Errorf("looking for the file: %w", err)
	}
	if !info.Mode().IsRegular() {
		return nil, errors.New("this is no plain file any more")
	}
	file, err := os.Open(path)
	if err != nil {
		return nil, fmt.Errorf("opening the file: %w", err)
	}
	return file, nil
}

// replaced reports whether another file has taken the name. One that is gone is read on:
// between the two steps of a rotation there is no file.
func (f *follower) replaced() bool {
	there, err := os.Stat(f.path)
	if err != nil {
		return false
	}
	ours, err := f.file.file.Stat()
	return err == nil && !os.SameFile(there, ours)
}

// say reports a problem with the whole file, unless it was the last one said.
func (f *follower) say(reason string) {
	if reason != f.said {
		f.said = reason
		f.report(Problem{Source: watch.SafeExact(f.path, 200), Reason: reason})
	}
}

func (f *follower) close() {
	for _, s := range append(f.olds, f.file) {
		if s != nil {
			s.close()
		}
	}
	f.file, f.olds = nil, nil
}

// class is why a file cannot be read, without its path, which the problem names already.
func class(err error) string {
	var outer *fs.PathError
	switch {
	case errors.Is(err, fs.ErrNotExist):
		return "there is no such file"
	case errors.Is(err, fs.ErrPermission):
		return "the file may not be read by this user"
	case errors.As(err, &outer):
		err = outer.Err
	}
	return watch.SafeExact(err.Error(), 120)
}

package intake

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"syscall"
	"time"

	"tillwatch/watch"
)

const (
	pollEvery = 200 * time.Millisecond
	tailMax   = 256 // bytes before our place that show whether a file is still the same
)

// stopped is why a line is lost that had not ended when we were told to stop.
const stopped = "the line was not finished when reading stopped"

// Options says how a source is read. The zero Options follows a file as it grows.
type Options struct {
	Once  bool             // read what is there and return
	Tick  <-chan time.Time // when to look again; nil: every 200 ms
	Stdin io.Reader        // what "-" is; nil: os.Stdin
}

// Follow reads payments from a file and goes on as it grows, until ctx ends; then it
// returns nil. The file may be replaced (the old one is read to its end first), be
// shortened or rewritten (it is read from its start again, so payments may come twice),
// or not be there yet. A last line without a newline is taken once it is a whole JSON
// object, or when the file ends for good. "-" is standard input and, like a pipe, is read
// until it ends. handle and report are called from this goroutine alone and may wait.
//
// The error says that a source cannot be read at all; with Once, also that there is none.
func Follow(ctx context.Context, path string, handle func(watch.Payment) error, report func(Problem), o Options) error {
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
	f := &follower{path: path, once: o.Once, handle: handle, report: report}
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
			if f.decoder != nil {
				f.decoder.Abandon(stopped)
			}
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

// follower is one file as it grows.
type follower struct {
	path   string
	once   bool
	handle func(watch.Payment) error
	report func(Problem)

	file    *os.File // nil: there is none yet
	decoder *Decoder
	place   int64     // bytes read so far
	tail    []byte    // the last of them
	changed time.Time // the file's time when tail was last found there
	said    string    // the last problem with the file as a whole, said once
	buffer  []byte
}

// look reads what is new and notices what became of the file.
func (f *follower) look(ctx context.Context) error {
	for ctx.Err() == nil {
		if f.file == nil {
			file, err := openPlain(f.path)
			if err != nil {
				if f.once {
					return fmt.Errorf("reading payments: %s", class(err))
				}
				f.say(class(err) + "; waiting for it")
				return nil
			}
			f.said = ""
			f.file = file
			f.restart()
		}
		// Asked before reading, so that what the old file's writer wrote before the
		// replacement is read, too.
		gone := !f.once && f.replaced()
		if err := f.read(ctx); err != nil {
			if f.once {
				return fmt.Errorf("reading payments: %s", class(err))
			}
			f.say(class(err))
			f.close()
			return nil
		}
		switch {
		case f.once:
			f.decoder.End()
			return nil
		case !gone:
			return nil
		}
		f.decoder.End()
		f.close()
	}
	return nil
}

// openPlain opens a regular file and nothing else: opening a pipe could wait for ever.
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

// restart begins the open file from its start.
func (f *follower) restart() {
	f.decoder = NewDecoder(f.path, f.handle, f.report)
	f.place, f.tail, f.changed = 0, nil, time.Time{}
}

// read takes in all that is new.
func (f *follower) read(ctx context.Context) error {
	info, err := f.file.Stat()
	if err != nil {
		return fmt.Errorf("looking at the file: %w", err)
	}
	touched := info.Size() > f.place || !info.ModTime().Equal(f.changed)
	if info.Size() < f.place || touched && !f.same() {
		f.decoder.Abandon("the file was rewritten before this line was finished")
		f.restart()
	}
	f.changed = info.ModTime()
	news := false
	if f.buffer == nil {
		f.buffer = make([]byte, 64<<10)
	}
	for ctx.Err() == nil {
		n, err := f.file.ReadAt(f.buffer, f.place)
		if n > 0 {
			news = true
			f.place += int64(n)
			f.remember(f.buffer[:n])
			_, _ = f.decoder.Write(f.buffer[:n])
		}
		if errors.Is(err, io.EOF) {
			break
		}
		if err != nil {
			return fmt.Errorf("reading on: %w", err)
		}
	}
	if !news {
		f.decoder.Settle()
	}
	return nil
}

// remember keeps the last bytes read.
func (f *follower) remember(piece []byte) {
	f.tail = append(f.tail, piece[max(0, len(piece)-tailMax):]...)
	f.tail = bytes.Clone(f.tail[max(0, len(f.tail)-tailMax):])
}

// same reports whether the file still holds, before our place, what we read there. A file
// that was emptied and has outgrown our place since shows by this alone.
func (f *follower) same() bool {
	there := make([]byte, len(f.tail))
	n, _ := f.file.ReadAt(there, f.place-int64(len(f.tail)))
	return bytes.Equal(there[:n], f.tail)
}

// replaced reports whether another file has taken the name. One that is gone is read on:
// between the two steps of a rotation there is no file.
func (f *follower) replaced() bool {
	there, err := os.Stat(f.path)
	if err != nil {
		return false
	}
	ours, err := f.file.Stat()
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
	if f.file != nil {
		_ = f.file.Close()
		f.file = nil
	}
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

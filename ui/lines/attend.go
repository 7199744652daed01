package lines

import (
	"context"
	"errors"
	"time"

	"tillwatch/watch"
)

const (
	lookEvery = time.Second     // at the health of the program
	patience  = 2 * time.Second // with a reader that reads no more, once we were told to end
)

// Attend writes lines until nothing is left to wait for, and reports whether that is
// because every payment has ended: handed is closed (all has been handed over) and none
// of t is open. It also returns when ctx ends, when the reader has gone, and when Dollr
// refuses the credentials before it has answered anything: a run that starts with a wrong
// secret would otherwise wait for ever. health is asked once a second.
//
// Lines go on being written until [Lines.Finish], which must follow. Attend may be called
// once, in place of Run.
func (l *Lines) Attend(ctx context.Context, t *Tally, health func() watch.Health, handed <-chan struct{}) bool {
	l.written = make(chan struct{})
	go func() {
		defer close(l.written)
		watch.Guarded(func() { l.failed = l.Run(context.WithoutCancel(ctx)) },
			func(what, _ string) { l.failed = errors.New("writing the lines: " + what) })
	}()
	look := time.NewTicker(lookEvery)
	defer look.Stop()
	all := false
	for !all || t.Open() > 0 {
		select {
		case <-ctx.Done():
			t.Health(health()) // a run of half a second has had no look yet
			return false
		case <-l.written:
			return false
		case <-handed:
			all, handed = true, nil
		case <-t.Changed():
		case <-look.C:
			if ctx.Err() != nil { // who winds down takes the channels away, and their trouble with them
				continue
			}
			h := health()
			l.Health(h, time.Now())
			t.Health(h)
			if h.Trouble == watch.LoginRefused && h.Heard.IsZero() {
				return false
			}
		}
	}
	return true
}

// Finish writes what still waits, and returns when that is done: it waits for a slow reader until
// ctx ends, and a little longer. The caller must call it when nothing is published any more. It is
// no error that the reader has gone.
func (l *Lines) Finish(ctx context.Context) error {
	l.Close()
	select {
	case <-l.written:
	case <-ctx.Done():
		select {
		case <-l.written:
		case <-time.After(patience):
			return nil // the write under way ends with the process
		}
	}
	if errors.Is(l.failed, ErrGone) {
		return nil
	}
	return l.failed
}

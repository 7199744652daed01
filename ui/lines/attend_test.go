package lines

import (
	"bytes"
	"context"
	"errors"
	"io"
	"strings"
	"sync/atomic"
	"testing"
	"testing/synctest"
	"time"

	"tillwatch/watch"
)

// attended is a run of lines in a bubble: what is told and handed over comes from the
// test, time passes when everybody waits.
type attended struct {
	out    *bytes.Buffer
	lines  *Lines
	tally  *Tally
	health atomic.Pointer[watch.Health]
	handed chan struct{}
	done   chan bool
}

func attend(ctx context.Context, to io.Writer) *attended {
	a := &attended{out: new(bytes.Buffer), tally: NewTally(), handed: make(chan struct{}), done: make(chan bool, 1)}
	if to == nil {
		to = a.out
	}
	a.lines = New(to, JSON)
	a.health.Store(&watch.Health{})
	go func() {
		a.done <- a.lines.Attend(ctx, a.tally, func() watch.Health { return *a.health.Load() }, a.handed)
	}()
	synctest.Wait()
	return a
}

func (a *attended) tell(s watch.Snapshot) {
	a.tally.Put(s)
	a.lines.Tell(s)
	synctest.Wait()
}

func (a *attended) over() bool {
	select {
	case done := <-a.done:
		a.done <- done
		return true
	default:
		return false
	}
}

// A limit of whole seconds ends together with a look, and by then nobody knows any trouble.
func TestAttend_DoesNotSayThatATroubleIsOverBecauseTheRunIs(t *testing.T) {
	for range 50 {
		synctest.Test(t, func(t *testing.T) {
			ctx, cancel := context.WithTimeout(t.Context(), 4*time.Second)
			defer cancel()
			a := attend(ctx, nil)
			a.health.Store(&watch.Health{Trouble: watch.ChannelDown})
			context.AfterFunc(ctx, func() { a.health.Store(&watch.Health{}) })
			<-a.done
			if err := a.lines.Finish(t.Context()); err != nil {
				t.Fatal(err)
			}
			if got := strings.Count(a.out.String(), "\n"); got != 1 {
				t.Errorf("%d lines:\n%s", got, a.out)
			}
		})
	}
}

// Half a second is too short for a look, and long enough to be refused.
func TestAttend_AShortRunKnowsThatTheLoginWasRefused(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		ctx, cancel := context.WithTimeout(t.Context(), time.Second/2)
		defer cancel()
		a := attend(ctx, nil)
		a.tally.Expect(reference)
		a.health.Store(&watch.Health{Trouble: watch.LoginRefused})
		<-a.done
		if err := a.lines.Finish(t.Context()); err != nil {
			t.Fatal(err)
		}
		if got := a.tally.Status(); got != LoginRefused {
			t.Errorf("it ends with %d, want %d", got, LoginRefused)
		}
	})
}

func TestAttend_EndsWhenAllWasHandedOverAndHasEnded(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		a := attend(t.Context(), nil)
		a.tally.Expect(reference)
		close(a.handed)
		a.tell(snap(payment("T"), 1))
		if a.over() {
			t.Fatal("it ended with a payment open")
		}
		a.tell(snap(payment("T"), 2, paid))
		if !<-a.done {
			t.Error("it did not end because all had ended")
		}
		a.lines.Tell(snap(payment("T"), 3)) // told while the fleet winds down
		if err := a.lines.Finish(t.Context()); err != nil {
			t.Fatal(err)
		}
		if got := strings.Count(a.out.String(), "\n"); got != 3 {
			t.Errorf("%d lines:\n%s", got, a.out)
		}
	})
}

func TestAttend_WaitsWhileMoreMayBeHandedOver(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		ctx, cancel := context.WithCancel(t.Context())
		a := attend(ctx, nil)
		a.tell(snap(payment("T"), 1, paid))
		time.Sleep(time.Hour)
		if synctest.Wait(); a.over() {
			t.Error("it ended though a file is followed")
		}
		cancel()
		if <-a.done {
			t.Error("it says that all has ended")
		}
		if err := a.lines.Finish(ctx); err != nil {
			t.Error(err)
		}
	})
}

func TestAttend_EndsAtARefusedLoginOnlyBeforeTheFirstAnswer(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		a := attend(t.Context(), nil)
		a.tell(snap(payment("T"), 1))
		a.health.Store(&watch.Health{Trouble: watch.LoginRefused, Text: "wrong secret"})
		time.Sleep(2 * time.Second)
		if <-a.done || a.tally.Status() != LoginRefused {
			t.Errorf("status %d", a.tally.Status())
		}
		if err := a.lines.Finish(t.Context()); err != nil {
			t.Error(err)
		}
		if !strings.Contains(a.out.String(), `"trouble":"LOGIN REFUSED: wrong secret; check DOLLR_CLIENT_ID and DOLLR_CLIENT_SECRET"`) {
			t.Errorf("the trouble is not told:\n%s", a.out)
		}

		b := attend(t.Context(), nil)
		b.tell(snap(payment("T"), 1))
		b.health.Store(&watch.Health{Trouble: watch.LoginRefused, Heard: time.Now()})
		time.Sleep(time.Minute)
		if synctest.Wait(); b.over() {
			t.Error("it gave up though the login was good before")
		}
		b.health.Store(&watch.Health{Heard: time.Now()})
		close(b.handed)
		b.tell(snap(payment("T"), 2, paid))
		time.Sleep(2 * time.Second)
		if !<-b.done {
			t.Error("it did not end with the payment")
		}
		if err := b.lines.Finish(t.Context()); err != nil {
			t.Error(err)
		}
	})
}

func TestAttend_EndsQuietlyWhenTheReaderHasGone(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		reader, writer := io.Pipe()
		a := attend(t.Context(), writer)
		reader.Close()
		a.tell(snap(payment("T"), 1))
		if <-a.done {
			t.Error("it says that all has ended")
		}
		if err := a.lines.Finish(t.Context()); err != nil {
			t.Error(err)
		}
		if a.tally.Status() != SomeUnresolved {
			t.Errorf("status %d", a.tally.Status())
		}
	})
}

func TestFinish_DoesNotWaitForEverForAReaderThatReadsNoMore(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		reader, writer := io.Pipe()
		defer reader.Close() // ends the write that is left
		ctx, cancel := context.WithCancel(t.Context())
		a := attend(ctx, writer)
		a.tell(snap(payment("T"), 1))
		cancel()
		<-a.done
		start := time.Now()
		if err := a.lines.Finish(ctx); err != nil || time.Since(start) != patience {
			t.Errorf("after %v: %v", time.Since(start), err)
		}
	})
}

func TestFinish_TellsWhyWritingFailed(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		reader, writer := io.Pipe()
		a := attend(t.Context(), writer)
		reader.CloseWithError(errors.New("disk full"))
		a.tell(snap(payment("T"), 1))
		<-a.done
		if err := a.lines.Finish(t.Context()); err == nil || err.Error() != "writing lines: disk full" {
			t.Errorf("got %v", err)
		}
	})
}

// bomb is a writer with a bug.
type bomb struct{}

func (bomb) Write([]byte) (int, error) { panic("of 231883456789") }

func TestFinish_TellsOfAPanicInPlaceOfTheLines(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		a := attend(t.Context(), bomb{})
		a.tell(snap(payment("T"), 1))
		<-a.done
		if err := a.lines.Finish(t.Context()); err == nil || err.Error() != "writing the lines: this program failed (a bug)" {
			t.Errorf("got %v", err)
		}
	})
}

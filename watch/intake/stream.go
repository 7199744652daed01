package intake

import (
	"context"
	"errors"
	"fmt"
	"io"

	"github.com/muesli/cancelreader"
)

// stream reads until the end of in or of ctx, which interrupts a read that waits in a
// terminal or a pipe. A reader that cannot be interrupted keeps its goroutine until the
// read under way returns, and what that brings is dropped.
func stream(ctx context.Context, in io.Reader, d *Decoder) error {
	reader, err := cancelreader.NewReader(in)
	if err != nil {
		reader = steady{in} // a plain file: its reads do not wait
	}
	pieces := make(chan []byte)
	var failed error // read once pieces is closed
	go func() {
		defer close(pieces)
		defer func() {
			if recover() != nil {
				failed = errors.New("this program failed (a bug)")
			}
		}()
		for {
			piece := make([]byte, 32<<10)
			n, err := reader.Read(piece)
			if n > 0 {
				select {
				case pieces <- piece[:n]:
				case <-ctx.Done():
					return
				}
			}
			if err != nil {
				failed = err
				return
			}
		}
	}()
	for {
		select {
		case <-ctx.Done():
			if reader.Cancel() {
				for range pieces { // until it has let go of the reader
				}
				_ = reader.Close()
			}
			d.Abandon(stopped)
			d.nothing()
			return nil
		case piece, open := <-pieces:
			if open {
				_, _ = d.Write(piece)
				continue
			}
			_ = reader.Close()
			if ctx.Err() != nil {
				d.Abandon(stopped)
				d.nothing()
				return nil
			}
			d.End()
			d.nothing()
			if !errors.Is(failed, io.EOF) {
				return fmt.Errorf("reading payments: %s", class(failed))
			}
			return nil
		}
	}
}

// steady is a reader that nothing interrupts.
type steady struct{ io.Reader }

func (steady) Cancel() bool { return false }
func (steady) Close() error { return nil }

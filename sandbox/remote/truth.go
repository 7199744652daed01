package remote

import (
	"bufio"
	"context"
	"errors"
	"fmt"
	"io"
	"net/http"
	"strconv"
	"time"

	"tillwatch/sandbox"
)

// What only says that it is a sandbox may tell without end, so a truth has its bounds: each far
// above what a sandbox has to tell.
const (
	truthLimit = 15 * time.Second
	truthLine  = 4 << 10   // bytes of one payment, which are some five hundred
	truthMost  = 1_000_000 // payments
)

// Truth calls take with what really became of all payments, one by one in the order they were made;
// with since, which is a [sandbox.Truth]'s, only for those that have news since then. Before an
// error it may have called take for some of them. It takes some seconds at most, whatever answers.
func (c *Client) Truth(ctx context.Context, since time.Duration, take func(sandbox.Truth)) error {
	ctx, cut := context.WithCancelCause(ctx)
	defer cut(nil)
	silent := time.AfterFunc(CallLimit, func() { cut(ErrSilent) })
	defer silent.Stop()
	path := "/sandbox/truth?since_ns=" + strconv.FormatInt(int64(since), 10)
	err := c.ask(ctx, truthLimit, http.MethodGet, path, nil, func(body io.Reader) error {
		return each(body, func(t sandbox.Truth) {
			silent.Reset(CallLimit)
			take(t)
		})
	})
	switch {
	case err == nil:
		return nil
	case errors.Is(context.Cause(ctx), ErrSilent):
		return ErrSilent
	case errors.Is(err, context.DeadlineExceeded):
		return fmt.Errorf("reading what the sandbox says: it has no end within %v", truthLimit)
	}
	return err
}

// each reads a truth line by line.
func each(body io.Reader, take func(sandbox.Truth)) error {
	lines := bufio.NewScanner(body)
	lines.Buffer(nil, truthLine)
	for n := 0; lines.Scan(); n++ {
		if n == truthMost {
			return fmt.Errorf("more than %d payments in one answer", truthMost)
		}
		var t sandbox.Truth
		if err := decode(lines.Bytes(), &t); err != nil {
			return err
		}
		take(t)
	}
	if errors.Is(lines.Err(), bufio.ErrTooLong) {
		return fmt.Errorf("a payment of more than %d bytes", truthLine)
	}
	return lines.Err()
}

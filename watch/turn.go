package watch

import (
	"context"
	"time"
)

type turnKey struct{}

// withTurn returns a context in whose calls [Turn] calls wait.
func withTurn(ctx context.Context, wait func(context.Context) error) context.Context {
	return context.WithValue(ctx, turnKey{}, wait)
}

// Turn waits until the call that ctx belongs to may make one more HTTP exchange. An [API] must call
// it before every exchange after the first: a second try with a fresh token, or the same request on
// another connection. So every exchange counts in the fleet's budget. Outside a fleet Turn returns
// at once. Its error is ctx's; after an error the API must send nothing.
func Turn(ctx context.Context) error {
	if wait, ok := ctx.Value(turnKey{}).(func(context.Context) error); ok {
		return wait(ctx)
	}
	return ctx.Err()
}

// turn waits for one more exchange of a call that is being made.
func (b *budget) turn(ctx context.Context, l *lane) error {
	r := l.limiter.Reserve()
	if b.again != nil {
		b.again(l == b.status)
	}
	timer := time.NewTimer(r.Delay())
	defer timer.Stop()
	select {
	case <-ctx.Done():
		return ctx.Err() // the reservation is not given back: net/http may have sent the request
	case <-timer.C:
		return nil
	}
}

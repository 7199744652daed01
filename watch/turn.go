package watch

import (
	"context"
	"time"
)

type turnKey struct{}

// withTurn makes [Turn] call wait in the calls that get ctx.
func withTurn(ctx context.Context, wait func(context.Context) error) context.Context {
	return context.WithValue(ctx, turnKey{}, wait)
}

// Turn waits until one more HTTP exchange may be made for the call that ctx belongs to. An
// [API] calls it before every exchange after the first: a second try with a fresh token, or
// the same request on another connection. So no exchange escapes the fleet's budget. Outside a
// fleet it does not wait. The error is ctx's, and then nothing may be sent.
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
		return ctx.Err() // what was reserved is not given back: net/http may have sent the request
	case <-timer.C:
		return nil
	}
}

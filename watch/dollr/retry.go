package dollr

import (
	"context"
	"errors"
	"time"

	"github.com/cenkalti/backoff/v5"

	"tillwatch/watch"
)

const (
	retryTries = 5
	retryTotal = 60 * time.Second
)

// Retry calls ask until it works, five times at most and not beyond a minute: for callers
// without a fleet, whose budget otherwise decides. Only for questions that change nothing
// when asked twice. Faults that waiting may heal are asked again after 1 2 4 8 s with
// jitter, or after a 429's Retry-After, in either form; one that asks for more than the
// minute is returned rather than disobeyed. The error is the last fault, or ctx's.
func Retry[T any](ctx context.Context, ask func(context.Context) (T, error)) (T, error) {
	pace := &backoff.ExponentialBackOff{
		InitialInterval: time.Second, Multiplier: 2, RandomizationFactor: 0.25, MaxInterval: 10 * time.Second,
	}
	var last error
	answer, err := backoff.Retry(ctx, func() (T, error) {
		answer, err := ask(ctx)
		last = err
		return answer, again(err)
	}, backoff.WithBackOff(pace), backoff.WithMaxTries(retryTries), backoff.WithMaxElapsedTime(retryTotal))
	if err != nil && ctx.Err() == nil {
		err = last // not the library's wrapping of it
	}
	return answer, err
}

// again tells the library whether waiting may heal err, and how long is asked for.
func again(err error) error {
	var fault *watch.Fault
	if err == nil || !errors.As(err, &fault) {
		return backoff.Permanent(err)
	}
	switch fault.Kind {
	case watch.FaultDown, watch.FaultOffline:
		return err
	case watch.FaultThrottled:
		if fault.RetryAfter > 0 {
			return &backoff.RetryAfterError{Duration: fault.RetryAfter}
		}
		return err
	}
	return backoff.Permanent(err)
}

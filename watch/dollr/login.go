package dollr

import (
	"context"
	"time"
)

// Login is what may be told of the bearer token in use: never its text.
type Login struct {
	ExpiresIn string        // the answer's expires_in as it came, which counts minutes
	Life      time.Duration // what we make of it
	Believed  bool          // false: it was no believable number, and Life is assumed
	Took      time.Duration // how long Dollr took to hand the token out
}

// Login makes sure that there is a bearer token, and tells what it is like. It asks Dollr
// only if no token serves. The error is a [*watch.Fault], a FaultLogin when the credentials
// are refused.
func (c *Client) Login(ctx context.Context) (Login, error) {
	ctx, cancel := context.WithTimeoutCause(ctx, callLimit, errLimit)
	defer cancel()
	token, fault := c.tokens.get(ctx)
	if fault != nil {
		return Login{}, fault // it says already what was being done
	}
	return token.login, nil
}

// LoginRefused reports whether Dollr refuses the credentials and no token serves. wait is how long
// no other token is asked for: every call fails until then, unless [Client.Forget] is called. It
// makes no call.
func (c *Client) LoginRefused() (wait time.Duration, is bool) {
	until, is := c.tokens.shut()
	if !is {
		return 0, false
	}
	return max(0, time.Until(until)), true
}

package dollr

import (
	"context"
	"net/http"
	"strings"
	"sync"
	"time"

	"tillwatch/watch"
)

const (
	// renewBefore is Dollr's rule (API page, Authentication): get a new token when fewer
	// than five minutes remain.
	renewBefore = 5 * time.Minute
	// lastUse is how long before its end a token is used at the latest, so that it does
	// not die on its way to Dollr.
	lastUse = 10 * time.Second
	// assumedLife is the life of a token that came without a believable one. If it lives
	// longer we ask a few times more than we need; if shorter, a 401 makes us ask.
	assumedLife = 5 * time.Minute
	longestLife = 7 * 24 * time.Hour

	refusedPause = 60 * time.Second // after a refused token request
	failedPause  = 5 * time.Second  // after another failure, while the old token still serves
	deniedPause  = 10 * time.Second // between two refreshes that a 401 caused
)

// bearer is one bearer token. Its times are monotonic.
type bearer struct {
	text   secret
	serial uint64    // grows with each token
	renew  time.Time // from here on a new one is fetched while this one serves
	dead   time.Time // from here on it is not used
	login  Login
}

// tokens holds the one bearer token that all callers share, and fetches the next: one
// fetch at a time, which no caller's end interrupts.
type tokens struct {
	fetch func() (bearer, *watch.Fault) // bounded in time by itself

	mu      sync.Mutex
	now     bearer
	doubted bool // now was refused with a 401, and no call was answered with it since
	serial  uint64
	flight  *flight      // nil: no fetch is under way
	refused *watch.Fault // the last fetch was refused for good
	pause   time.Time    // no fetch before this, after a refusal or while a token lives
	denied  time.Time    // no fetch for a 401's sake before this
}

// flight is one fetch and what it brought.
type flight struct {
	done  chan struct{}
	token bearer
	fault *watch.Fault
}

// get returns a token that lives. In a token's last five minutes the next one is fetched while
// callers go on with the old one, so no caller waits for a renewal that works.
func (t *tokens) get(ctx context.Context) (bearer, *watch.Fault) {
	t.mu.Lock()
	now := time.Now()
	locked := t.doubted && t.refused != nil && now.Before(t.pause)
	if t.now.text.reveal != nil && now.Before(t.now.dead) && !locked {
		if !now.Before(t.now.renew) && !now.Before(t.pause) {
			t.launch()
		}
		defer t.mu.Unlock()
		return t.now, nil
	}
	return t.board(ctx, now)
}

// replace returns a token in place of one that was refused with a 401. A caller that comes late
// gets the newer token that is already there. If a token was refreshed for a 401 just before,
// replace returns the empty bearer, because more tokens would not help. Other callers go on with
// the old token until the new one is there: the 401 may concern one payment alone.
func (t *tokens) replace(ctx context.Context, used bearer) (bearer, *watch.Fault) {
	t.mu.Lock()
	now := time.Now()
	switch {
	case t.now.text.reveal != nil && t.now.serial != used.serial:
		defer t.mu.Unlock()
		return t.now, nil
	case t.now.text.reveal != nil && t.flight == nil && now.Before(t.denied):
		defer t.mu.Unlock()
		return bearer{}, nil
	case t.flight == nil:
		t.denied = now.Add(deniedPause)
	}
	t.doubted = t.doubted || t.now.serial == used.serial
	return t.board(ctx, now)
}

// vouch records that a call was answered with a token.
func (t *tokens) vouch(used bearer) {
	t.mu.Lock()
	defer t.mu.Unlock()
	t.doubted = t.doubted && t.now.serial != used.serial
}

// board waits for the fetch under way, or for a new one, or for the end of ctx. It is
// called with the lock held and gives it up.
func (t *tokens) board(ctx context.Context, now time.Time) (bearer, *watch.Fault) {
	if t.refused != nil && now.Before(t.pause) && t.flight == nil {
		fault := *t.refused
		t.mu.Unlock()
		return bearer{}, &fault
	}
	f := t.launch()
	t.mu.Unlock()
	select {
	case <-f.done:
	case <-ctx.Done():
		return bearer{}, within("getting a token", gaveUp(ctx))
	}
	if f.fault != nil {
		fault := *f.fault // each caller gets its own
		return bearer{}, &fault
	}
	return f.token, nil
}

// launch starts a fetch unless one is under way. It is called with the lock held.
func (t *tokens) launch() *flight {
	if t.flight != nil {
		return t.flight
	}
	f := &flight{done: make(chan struct{})}
	t.flight = f
	go func() {
		defer close(f.done)
		f.token, f.fault = t.safely()
		t.mu.Lock()
		defer t.mu.Unlock()
		t.flight, t.refused = nil, nil
		switch {
		case f.fault == nil:
			t.serial++
			f.token.serial = t.serial
			t.now, t.pause, t.doubted = f.token, time.Time{}, false
		case f.fault.Kind == watch.FaultLogin, f.fault.Kind == watch.FaultRejected:
			t.refused, t.pause = f.fault, time.Now().Add(refusedPause)
		default:
			t.pause = time.Now().Add(failedPause)
		}
	}()
	return f
}

// safely is fetch, whose panic becomes a fault: no caller of this goroutine could catch it, and the
// terminal would be left as the screen had set it.
func (t *tokens) safely() (token bearer, fault *watch.Fault) {
	defer func() {
		if recover() != nil { // its value may hold anything, the secret too
			token, fault = bearer{}, &watch.Fault{Kind: watch.FaultDown, Text: "getting a token: this program failed (a bug)"}
		}
	}()
	return t.fetch()
}

// shut says whether Dollr refuses to give a token while none serves, and when it is asked
// for one again, by the monotonic clock. A host that we do not ask has refused nothing.
func (t *tokens) shut() (until time.Time, is bool) {
	t.mu.Lock()
	defer t.mu.Unlock()
	refused := t.refused != nil && t.refused.Kind == watch.FaultLogin
	if !refused || !t.doubted && t.now.text.reveal != nil && time.Now().Before(t.now.dead) {
		return time.Time{}, false
	}
	return t.pause, true
}

// forget drops the memory of refusals; the token itself stays.
func (t *tokens) forget() {
	t.mu.Lock()
	defer t.mu.Unlock()
	t.refused, t.pause, t.denied = nil, time.Time{}, time.Time{}
}

// Forget makes the next call ask for a token even if Dollr refused one less than 60 s ago:
// for a user who presses "verify" after mending the credentials at Dollr.
func (c *Client) Forget() { c.tokens.forget() }

// obtain asks for a bearer token once. A refusal is a FaultLogin, whatever 4xx it came
// as, but for a missing page, which means a wrong address.
func (c *Client) obtain(ctx context.Context) (bearer, *watch.Fault) {
	const doing = "getting a token"
	ctx, cancel := context.WithTimeoutCause(ctx, callLimit, errLimit)
	defer cancel()
	r, fault := c.exchange(ctx, question{
		name: "token", method: http.MethodPost, path: "/v1/jwt/client/obtain/token",
		body: map[string]string{"client_id": c.id.reveal(), "client_secret": c.secret.reveal()},
	}, bearer{})
	if fault != nil {
		return bearer{}, within(doing, fault)
	}
	if !r.ok() {
		fault := c.faultOf(r)
		switch r.code {
		case http.StatusBadRequest, http.StatusUnauthorized, http.StatusForbidden, http.StatusUnprocessableEntity:
			fault.Kind = watch.FaultLogin
		case http.StatusNotFound:
			fault = nonsense(r.code, "no such page; is the base URL right?")
		}
		return bearer{}, within(doing, fault)
	}
	answer, ok := c.parse(r.body)
	text := answer.text("access_token")
	if !ok || !tokenText(text) {
		return bearer{}, within(doing, nonsense(r.code, "it has no usable access_token"))
	}
	watch.AddBearer(text)
	life, ok := answer.duration("expires_in", time.Minute, longestLife) // in minutes, unlike a key's
	if !ok {
		life = assumedLife
	}
	token := bearer{
		text: hide(text), dead: r.at.Add(life - min(lastUse, life/2)),
		login: Login{ExpiresIn: answer.word("expires_in", 20), Life: life, Believed: ok, Took: r.took},
	}
	token.renew = token.dead
	if life > renewBefore {
		token.renew = r.at.Add(life - renewBefore)
	}
	return token, nil
}

// tokenText reports whether text can be a token: it goes into a header or a frame, so
// nothing but visible ASCII will do.
func tokenText(text string) bool {
	return text != "" && len(text) <= 16<<10 &&
		!strings.ContainsFunc(text, func(r rune) bool { return r <= ' ' || r > '~' })
}

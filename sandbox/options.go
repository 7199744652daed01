package sandbox

import (
	"crypto/rand"
	"fmt"
	"slices"
	"strings"
	"time"
)

// Limits of the realtime side, for Options.Limits.
const (
	LimitsDefault = "default" // what Supabase Realtime v2.129.8 allows
	LimitsNone    = "none"    // for measuring: nothing but the machine is in the way
)

// Options says what a Server is like. The zero value is a sandbox in real time, with the
// real limits, whose story is that of seed 0.
type Options struct {
	// Seed decides everything that is drawn: who pays, how fast, how much.
	Seed uint64
	// Speed divides the customer's and the operator's times, and nothing else: limits,
	// lives of keys, Retry-After, protocol timings and link faults stay real. 0 means 1.
	// SetSpeed changes it while the sandbox runs.
	Speed float64
	// Links is what the links of sessions do that a merchant opens over the API: Mixed, or one
	// of ManyLinks; empty is clean. An Order says it for itself.
	Links string
	// Limits is LimitsDefault or LimitsNone; empty is LimitsDefault.
	Limits string
	// Scale multiplies the timings of the realtime protocol; 0 means 1. For tests.
	Scale float64
	// Poll is how often the realtime side looks for changes; 0 means as often as the real one,
	// every half second. For measuring a watcher and not the wait.
	Poll time.Duration
	// KeyLife is how long a realtime key lives; 0 means 300 s. It is told in whole seconds.
	KeyLife time.Duration
	// TokenLife is how long a bearer token lives; 0 means 60 min. It is told in whole
	// minutes, rounded down, and never as less than one.
	TokenLife time.Duration
	// SessionLife is how long a checkout session can be executed; 0 means 30 min.
	SessionLife time.Duration
	// Rate, when above 0, is how many calls of /v1 a second are served before 429; Burst
	// is how many more may come at once (0 means one second's worth).
	Rate  float64
	Burst int
	// ClientID and ClientSecret are what a merchant must show; made up when empty.
	ClientID, ClientSecret string
	// Fault is called for a panic in a goroutine of the sandbox. If nil, the panic goes on.
	Fault func(what, stack string)
}

// filled is opt with its defaults in place.
func (opt Options) filled() Options {
	orDefault(&opt.Speed, 1)
	orDefault(&opt.Scale, 1)
	orDefault(&opt.Limits, LimitsDefault)
	orDefault(&opt.KeyLife, 300*time.Second)
	orDefault(&opt.TokenLife, 60*time.Minute)
	orDefault(&opt.SessionLife, 30*time.Minute)
	orDefault(&opt.Burst, max(1, int(opt.Rate)))
	orDefault(&opt.ClientID, "sandbox-"+strings.ToLower(rand.Text()[:6])) // another at every start
	orDefault(&opt.ClientSecret, "sandbox-"+rand.Text())
	return opt
}

// Check says in one line what is wrong with the options, if anything is. New trusts them.
func (opt Options) Check() error {
	switch {
	case opt.Speed < 0:
		return fmt.Errorf("speed %v: must be above 0", opt.Speed)
	case opt.Limits != "" && opt.Limits != LimitsDefault && opt.Limits != LimitsNone:
		return fmt.Errorf("limits %q: must be %s or %s", opt.Limits, LimitsDefault, LimitsNone)
	case opt.Links != "" && !slices.Contains(ManyLinks(), opt.Links):
		return fmt.Errorf("links %q: must be one of %s", opt.Links, strings.Join(ManyLinks(), ", "))
	case opt.Scale < 0 || opt.Poll < 0 || opt.Rate < 0 || opt.Burst < 0:
		return fmt.Errorf("scale, poll, rate and burst must not be below 0")
	case opt.KeyLife < 0 || opt.TokenLife < 0 || opt.SessionLife < 0:
		return fmt.Errorf("the lives of keys, tokens and sessions must not be below 0")
	}
	return nil
}

func orDefault[T comparable](field *T, value T) {
	var zero T
	if *field == zero {
		*field = value
	}
}

// Package doctor finds out what is wrong with a tillwatch that does not work: settings,
// network, credentials, clock, channel, journal, terminal, one line a check.
//
//   - It only asks. Of what it calls only a token and a realtime key are handed out to it.
//   - Each check ends within 10 s, all of them within a minute. What a check needs and an
//     earlier one did not find makes it unknown, with the reason; nothing ends the run.
//   - No line holds a secret, a token, a key or a payer's number. Text from outside is clean.
package doctor

import (
	"context"
	"errors"
	"io"
	"net/url"
	"time"

	"tillwatch/watch"
	"tillwatch/watch/dollr"
	"tillwatch/watch/realtime"
)

const (
	checkLimit = 10 * time.Second // one check
	limit      = time.Minute      // all of them
)

var errLimit = errors.New("the minute for all checks is over")

// Config is what is looked at. Nothing in it is needed: what is missing is told.
type Config struct {
	Title    string // the first line: which program, where
	Settings []Setting
	Problems []string // what is wrong and about no one setting, one line each
	File     string   // the settings file; empty: there is no place for one
	There    bool     // it is there

	BaseURL string        // Dollr's; empty: there is no usable one
	Real    bool          // the user says that the money is real
	API     *dollr.Client // nil: Lacking says why
	Lacking string        // e.g. "there is no client secret"

	Realtime realtime.Config // without URL or key there is no channel
	Payment  *watch.Payment  // nil: none was given

	Journal  func() (Journal, error)
	Terminal Terminal
	Zone     string // why the requested time zone cannot be used; empty: it can
}

// Setting is one setting, fit to be shown to anyone.
type Setting struct {
	Name    string
	Value   string
	Origin  string   // where the value came from, in a few words
	Default bool     // it was not set
	Bad     []string // what is wrong with it, one line each
	Do      string   // and what to do, where that is not said already
}

// Outcome is what all checks together found.
type Outcome struct {
	Bad, Unknown int
	Refused      bool // Dollr refuses the credentials
}

// run is one examination.
type run struct {
	Config
	*sheet

	seen    visit // of Dollr's host
	reached bool  // Dollr's host can be talked to
	login   bool  // there is a token
	key     watch.Key
}

// Run makes all checks, in the order in which a person would, and writes each line to out
// as soon as it is known. It ends early when ctx does.
func Run(ctx context.Context, out io.Writer, c Config) Outcome {
	bounded, cancel := context.WithTimeoutCause(ctx, limit, errLimit)
	defer cancel()
	r := &run{Config: c, sheet: &sheet{out: out}}
	r.title(c.Title)
	for _, group := range []func(context.Context){
		r.settings, r.network, r.dollr, r.channel, r.journal, r.terminal,
	} {
		if ctx.Err() != nil {
			return r.outcome
		}
		group(bounded)
	}
	if ctx.Err() == nil {
		r.summary()
	}
	return r.outcome
}

// each bounds one check.
func each(ctx context.Context) (context.Context, context.CancelFunc) {
	return context.WithTimeout(ctx, checkLimit)
}

// notTried is a check that could not be made.
func (r *run) notTried(name, why string, do ...string) {
	r.line(Unknown, name, "not tried: "+why, do...)
}

// host is what a person calls the place of a base URL: its host, and its port if it says one.
func host(base string) string {
	u, err := url.Parse(base)
	if err != nil {
		return "?"
	}
	return watch.Clean(u.Host, 120)
}

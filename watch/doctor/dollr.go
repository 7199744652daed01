package doctor

import (
	"context"
	"errors"
	"fmt"
	"strings"
	"time"

	"tillwatch/watch"
	"tillwatch/watch/dollr"
)

// dollr asks Dollr's API what watching will ask it.
func (r *run) dollr(ctx context.Context) {
	r.group("DOLLR")
	r.token(ctx)
	r.clock()
	r.money()
	r.status(ctx)
	r.realtimeKey(ctx)
}

// A token usually lives 60 minutes. A life outside of these looks as if units were mixed up.
const (
	longToken  = 24 * time.Hour
	shortToken = 5 * time.Minute
)

func (r *run) token(ctx context.Context) {
	switch {
	case r.API == nil:
		r.notTried("token", r.Lacking)
		return
	case !r.reached:
		r.notTried("token", "Dollr's host cannot be reached")
		return
	}
	ctx, cancel := each(ctx)
	defer cancel()
	login, err := r.API.Login(ctx)
	if err != nil {
		r.fault("token", err, "")
		return
	}
	r.login = true
	told := fmt.Sprintf("(expires_in %s, in minutes), took %s", login.ExpiresIn, took(login.Took))
	switch {
	case !login.Believed:
		r.line(Unknown, "token", fmt.Sprintf("came, and how long it lives cannot be believed: expires_in is %q, which should be minutes; took %s",
			login.ExpiresIn, took(login.Took)),
			"nothing now: tillwatch asks for a new one every 5 minutes. Tell Dollr's support")
	case login.Life >= longToken:
		r.line(Unknown, "token", "lives "+lasts(login.Life)+" "+told,
			"Dollr counts in minutes; so long a life looks like seconds. Nothing breaks: when it ends a new one is asked for")
	case login.Life < shortToken:
		r.line(Unknown, "token", "lives only "+lasts(login.Life)+" "+told,
			"so short a life costs a call more every now and then; usual are 60 minutes")
	default:
		r.line(Good, "token", "lives "+lasts(login.Life)+" "+told)
	}
}

func (r *run) clock() {
	skew, dated := r.seen.skew, r.seen.dated
	if r.API != nil {
		if s, ok := r.API.Skew(); ok {
			skew, dated = s, true
		}
	}
	off := skew.Abs().Round(time.Second)
	ahead := map[bool]string{true: "behind", false: "ahead of"}[skew > 0]
	switch {
	case !dated:
		r.line(Unknown, "clock", "no answer with a Date to compare it with")
	case skew.Abs() >= watch.ClockOffBy:
		r.line(Bad, "clock", fmt.Sprintf("this machine's clock is %s %s Dollr's", lasts(off), ahead),
			"switch on automatic time (on Linux: timedatectl set-ntp true), or set the clock: ages on the board are wrong by that")
	case off == 0:
		r.line(Good, "clock", "as Dollr's, to the second")
	default:
		r.line(Good, "clock", fmt.Sprintf("%s %s Dollr's, which is near enough", lasts(off), ahead))
	}
	if why, remedy, found := strings.Cut(r.Zone, ". "); found {
		r.line(Bad, "time zone", why, remedy)
	}
}

func (r *run) money() {
	stake, at := dollr.Stake(r.BaseURL, r.Real)
	answered := false
	if r.API != nil {
		stake, at = r.API.Stake()
		answered = !r.API.Answered().IsZero()
	}
	switch {
	case r.BaseURL == "":
		r.notTried("money", "there is no usable dollr_base_url")
	case stake == watch.Real && r.Real:
		r.line(Good, "money", "REAL, at "+at+", because money=real says so")
	case stake == watch.Real:
		r.line(Good, "money", "REAL, at "+at)
	case stake == watch.Sim:
		r.line(Good, "money", "SIM: every answer came from a sandbox, at "+at)
	case !answered:
		r.line(Good, "money", "TEST: "+at+" is not Dollr's own API (a sandbox would say so itself)")
	default:
		r.line(Good, "money", "TEST: "+at+" is not Dollr's own API")
	}
}

// givePayment is how a payment is looked at too.
const givePayment = "tillwatch doctor SESSION:REFERENCE:TYPE looks at a payment of yours; TYPE is ORDER or INVOICE"

// ready reports whether there is a token to ask with, and else says so.
func (r *run) ready(name string) bool {
	switch {
	case r.Payment == nil:
		do := []string{givePayment}
		if name != "payment" {
			do = nil // it was said in the line above
		}
		r.notTried(name, "no payment was given", do...)
	case r.API == nil:
		r.notTried(name, r.Lacking)
	case !r.login:
		r.notTried(name, "there is no token")
	default:
		return true
	}
	return false
}

func (r *run) status(ctx context.Context) {
	if !r.ready("payment") {
		return
	}
	ctx, cancel := each(ctx)
	defer cancel()
	var a watch.Answer
	var err error
	if p := *r.Payment; p.Hosted() {
		a, err = r.API.Source(ctx, p.SourceType, p.SourceID)
	} else {
		a, err = r.API.Collection(ctx, p.Reference)
	}
	if err != nil {
		r.fault("payment", err, "")
		return
	}
	words := ""
	if a.Detail != "" {
		words = ": " + outside(a.Detail)
	}
	switch {
	case a.Code == 404:
		r.line(Unknown, "payment", fmt.Sprintf("Dollr does not know it (404)%s; took %s", words, took(a.Took)),
			"before the customer pays that is usual; else check the reference, and that it was made with this client id")
	case a.Code == 422:
		r.line(Bad, "payment", fmt.Sprintf("Dollr cannot read the question (422)%s", words),
			"check the reference: it is the UUID that your software sent when the payment was executed")
	case !a.About(*r.Payment):
		r.line(Bad, "payment", "Dollr answers about another payment", "tell Dollr's support: this payment cannot be verified")
	default:
		said := []string{a.Status}
		grade, do := Good, []string(nil)
		switch {
		case a.Payer.Said() && a.Payer.Cmp(watch.Money{Amount: "0"}) <= 0, a.Unread != "":
			grade, do = Unknown, []string{"tillwatch does not say PAID of such an amount: look the payment up in Dollr's portal"}
		case !a.Payer.Said() && (a.Status == watch.StatusCompleted || a.Status == watch.SourcePaid):
			said = append(said, "no amount")
		}
		if a.Payer.Said() {
			said = append(said, a.Payer.String())
		}
		if a.Unread != "" {
			said = append(said, "an amount that cannot be read: "+outside(a.Unread))
		}
		if a.RequiresAction {
			said = append(said, "the customer must approve in the bank's app")
		}
		r.line(grade, "payment", fmt.Sprintf("Dollr says %s; took %s", strings.Join(said, ", "), took(a.Took)), do...)
	}
}

// leastKey is the life below which a key is not worth a join, as watching has it.
const leastKey = 5 * time.Second

func (r *run) realtimeKey(ctx context.Context) {
	if !r.ready("key") {
		return
	}
	p := *r.Payment
	if !p.Listens("") {
		r.notTried("key", "it needs session, reference and type, or the payment is polled", givePayment)
		return
	}
	ctx, cancel := each(ctx)
	defer cancel()
	start := time.Now()
	key, err := r.API.RealtimeKey(ctx, p.Session, p.SourceType, p.Reference)
	if err != nil {
		r.fault("key", err, "check session, reference and type. A session that has ended has no key: the payment is polled, which is fine")
		return
	}
	life := time.Until(key.Expires).Round(time.Second)
	text := fmt.Sprintf("lives %d seconds (expires_in, in seconds), took %s", int(life.Seconds()), took(time.Since(start)))
	if life < leastKey {
		r.line(Bad, "key", text, "too short to join a channel with: tell Dollr's support")
		return
	}
	r.key = key
	r.line(Good, "key", text)
}

// fault is the line of a call that brought no answer; rejected is what to do when asking
// again is useless.
func (r *run) fault(name string, err error, rejected string) {
	var f *watch.Fault
	if !errors.As(err, &f) {
		f = &watch.Fault{Kind: watch.FaultDown, Text: err.Error()}
	}
	mark, do := Bad, ""
	switch f.Kind {
	case watch.FaultLogin:
		r.outcome.Refused = true
		do = "copy client id and secret anew from Dollr's merchant portal; are they of this very host, live or test?"
	case watch.FaultGated:
		do = "ask Dollr's support whether this merchant is verified and may do this"
	case watch.FaultThrottled:
		mark, do = Unknown, "too many calls just now: wait a minute and try again"
	case watch.FaultOffline:
		do = "look at NETWORK above, and try again"
	case watch.FaultRejected:
		do = rejected
	case watch.FaultDown:
		do = "it is on Dollr's side: wait and try again; if it lasts, tell Dollr's support"
	}
	text := f.Text
	for _, doing := range []string{"getting a token: ", "getting a realtime key: ", "reading a payment's status: ", "reading a source's status: "} {
		text = strings.TrimPrefix(text, doing) // the line's name says it
	}
	if do == "" {
		r.line(mark, name, outside(text))
		return
	}
	r.line(mark, name, outside(text), do)
}

// lasts is a span of time in words, exact to the second.
func lasts(d time.Duration) string {
	var parts []string
	for _, unit := range []struct {
		of   time.Duration
		name string
	}{{time.Hour, "hour"}, {time.Minute, "minute"}, {time.Second, "second"}} {
		n := int(d / unit.of)
		// A reader compares the text with what Dollr said, so one hour is written as sixty minutes.
		if unit.of == time.Hour && d < 2*time.Hour {
			n = 0
		}
		if d -= time.Duration(n) * unit.of; n == 0 {
			continue
		}
		name := unit.name
		if n != 1 {
			name += "s"
		}
		parts = append(parts, fmt.Sprintf("%d %s", n, name))
	}
	if len(parts) == 0 {
		return "0 seconds"
	}
	return strings.Join(parts, " ")
}

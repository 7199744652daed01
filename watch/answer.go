package watch

import (
	"context"
	"strings"
	"time"
)

// Dollr's words for a status that mean something to us, from its API page. Any other
// word is shown as it came and is not final.
const (
	StatusPending    = "PENDING"
	StatusProcessing = "PROCESSING"
	StatusCompleted  = "COMPLETED"
	StatusFailed     = "FAILED"

	SourceIdle     = "IDLE"
	SourceActive   = "ACTIVE"
	SourcePaid     = "PAID"
	SourceCanceled = "CANCELED"
)

// API is what watchers ask of Dollr. Each call is one HTTP exchange (a refused bearer
// token may cost a refresh and one more); none retries by itself, for the fleet's budget
// decides when to ask again. Errors are [*Fault]s.
type API interface {
	// Collection reads the status of the payment with this reference.
	Collection(ctx context.Context, reference string) (Answer, error)
	// Source reads the status of an invoice or order.
	Source(ctx context.Context, sourceType string, id int64) (Answer, error)
	// RealtimeKey asks for the short-lived key of one payment's channel.
	RealtimeKey(ctx context.Context, session int64, sourceType, reference string) (Key, error)
}

// Key is the realtime key of one channel. Text is a secret; Expires is on the monotonic
// clock, counted from the answer that brought it.
type Key struct {
	Text    string
	Expires time.Time
}

// Answer is what the status API said about one payment: a 200, a 404 (nothing landed
// under this name) or a 422 (the question was at fault). Anything else is a [*Fault].
type Answer struct {
	At    time.Time     // wall time of its arrival; zero: no answer
	Took  time.Duration // from the request's first byte to the answer's last
	Code  int           // HTTP status: 200, 404 or 422
	Path  string        // what was asked, e.g. "/v1/status/collection"
	Stake Stake         // whose money it is about, by the host and this very answer; or Unknown

	Reference  string // as the answer has it; empty from a source
	Operation  string // operation_type; COLLECTION or absent for a payment
	SourceType string // of a source's answer
	SourceID   int64
	Number     string // a source's number, e.g. INV-2025-00042

	Status         string // verbatim, clean
	Payer          Money  // what the customer is charged (hosted: the total)
	Unread         string // amount and currency as they came, clean, if unreadable; then Payer is zero
	Payee          Money  // what the merchant receives
	Transaction    string // the operator's or card network's id
	Gateway        string // text from the gateway, clean
	Wallet         string // text from the wallet, clean
	RequiresAction bool   // a card whose 3-D Secure step is still open
	Detail         string // Dollr's words of a 404 or 422, clean
	Body           string // what came, see Redact; empty unless the API was told to keep it
}

// Rare is an Answer that hardly any payment ever has, or none; the zero Rare is none. What
// it holds never changes, so it may be copied like a value, and costs the payments without
// it a pointer. Two are equal when they are the same one, not when they say the same.
type Rare struct{ answer *Answer }

// Keep makes a Rare of an answer.
func Keep(a Answer) Rare { return Rare{&a} }

// Said reports whether there is an answer.
func (r Rare) Said() bool { return r.answer != nil }

// Answer is the answer; the zero Answer if there is none.
func (r Rare) Answer() Answer {
	if r.answer == nil {
		return Answer{}
	}
	return *r.answer
}

// About reports whether the answer speaks of this very payment. A source's status never
// speaks of a payment that has a reference: another attempt may have paid the source.
func (a Answer) About(p Payment) bool {
	if a.Code != 200 {
		return false
	}
	if a.Operation != "" && a.Operation != "COLLECTION" { // a refund or a payout
		return false
	}
	if p.Hosted() {
		return sameWord(a.SourceType, p.SourceType) && a.SourceID == p.SourceID && a.SourceID != 0
	}
	return sameWord(a.Reference, p.Reference)
}

// sameWord reports whether two ASCII words differ only in case. Letters of other scripts that fold
// into ASCII take more bytes, so the lengths differ.
func sameWord(a, b string) bool { return len(a) == len(b) && strings.EqualFold(a, b) }

// outcome is the verdict that this answer alone carries: Paid, NotPaid, or Waiting when
// it is not final or not about p.
func (a Answer) outcome(p Payment) Verdict {
	switch {
	case !a.About(p):
		return Waiting
	case p.Hosted() && a.Status == SourcePaid, !p.Hosted() && a.Status == StatusCompleted:
		return Paid
	case p.Hosted() && a.Status == SourceCanceled, !p.Hosted() && a.Status == StatusFailed:
		return NotPaid
	}
	return Waiting
}

// early reports whether the answer says that the customer has not begun to pay.
func (a Answer) early() bool {
	return a.Code == 404 || a.Status == SourceIdle || a.Status == SourceActive
}

// FaultKind says what went wrong with a call, by what a watcher has to do about it.
type FaultKind uint8

// The kinds of fault, mildest first.
const (
	// FaultRejected: 404 or 422 on a call that is not a status; asking again is useless.
	FaultRejected FaultKind = iota + 1
	// FaultThrottled: 429; wait at least RetryAfter.
	FaultThrottled
	// FaultGated: 403; the merchant is not verified or the feature is closed.
	FaultGated
	// FaultLogin: the credentials are refused, a fresh token included.
	FaultLogin
	// FaultDown: 5xx, or an answer that makes no sense.
	FaultDown
	// FaultOffline: no HTTP answer at all.
	FaultOffline
)

// Fault is a call that brought no answer about a payment. Text is one clean line without
// any secret, fit for a screen.
type Fault struct {
	Kind       FaultKind
	Code       int           // HTTP status, 0 when there was none
	RetryAfter time.Duration // from a 429; 0 when not said
	Unreadable bool          // an answer came, but its status cannot be read in exactly one way
	Text       string
}

// Error is the fault's one line.
func (f *Fault) Error() string { return f.Text }

// Permanent reports whether asking the same again is useless: what realtime needs to
// know about a refused key.
func (f *Fault) Permanent() bool { return f.Kind == FaultRejected || f.Kind == FaultGated }

package watch

import (
	"fmt"
	"io"
	"log/slog"
	"strconv"
	"strings"
	"time"
)

// ID names one payment: its reference in lower case, else its source type and id
// ("ORDER:101").
type ID string

// Payment is what a merchant hands over: a checkout session with its reference, or a
// source alone (hosted checkout). Nothing in it comes from Dollr's answers.
type Payment struct {
	Session    int64  // checkout session id; 0 when not given, then it is polled
	Reference  string // the merchant's UUID v4, sent as it came; empty: hosted
	SourceType string // INVOICE or ORDER
	SourceID   int64
	Label      string // the merchant's words for it, already clean
	Expected   Money  // what the merchant means to charge
	Method     string // Dollr's method, e.g. MTN_MOMO_LBR
	Phone      Phone
	Executed   time.Time // executed_at as given; zero when not given
	Handed     time.Time // wall time at which it was handed to us
}

// ID is the payment's name; references are compared without case.
func (p Payment) ID() ID {
	if p.Reference != "" {
		return ID(strings.ToLower(p.Reference))
	}
	return ID(p.SourceType + ":" + strconv.FormatInt(p.SourceID, 10))
}

// Hosted reports whether only the source tells of this payment.
func (p Payment) Hosted() bool { return p.Reference == "" }

// Listens reports whether a realtime channel can be asked for: Dollr's realtime key
// wants a session, a reference and a source type, which usual stands in for.
func (p Payment) Listens(usual string) bool {
	return p.Session != 0 && p.Reference != "" && orElse(p.SourceType, usual) != ""
}

// fill takes from q what p does not have yet, and reports whether that was anything.
// What p has is never changed: a payment handed over again keeps its first words.
func (p *Payment) fill(q Payment) bool {
	before := *p
	p.Session = orElse(p.Session, q.Session)
	if !p.otherSource(q) {
		p.SourceType = orElse(p.SourceType, q.SourceType)
		p.SourceID = orElse(p.SourceID, q.SourceID)
	}
	p.Label = orElse(p.Label, q.Label)
	p.Expected = orElse(p.Expected, q.Expected)
	p.Method = orElse(p.Method, q.Method)
	p.Phone = orElse(p.Phone, q.Phone)
	p.Executed = orElse(p.Executed, q.Executed)
	p.Label = p.Phone.MaskIn(p.Label) // the one may have come with the first line, the other with the next
	return *p != before
}

// with returns p with the fields that only q has: the first words stay, but a whole number is
// better than a masked one.
func (p Payment) with(q Payment) Payment {
	p.unmask(q)
	p.fill(q)
	return p
}

// unmask takes the whole number of a payer of whom p, from a journal, has the masked one.
// That is nothing new.
func (p *Payment) unmask(q Payment) bool {
	if p.Phone == q.Phone || string(p.Phone) != q.Phone.String() {
		return false
	}
	p.Phone = q.Phone
	return true
}

// otherSource reports whether the two name different invoices or orders. A type and an id
// belong together: half of one and half of another would be a third source.
func (p Payment) otherSource(q Payment) bool {
	return orElse(q.SourceType, p.SourceType) != orElse(p.SourceType, q.SourceType) ||
		orElse(q.SourceID, p.SourceID) != orElse(p.SourceID, q.SourceID)
}

// contradicts reports whether q says something else about the money than p.
func (p Payment) contradicts(q Payment) bool {
	return p.otherSource(q) || p.Expected.Said() && q.Expected.Said() &&
		!(p.Expected.Comparable(q.Expected) && p.Expected.Cmp(q.Expected) == 0)
}

func orElse[T comparable](have, other T) T {
	var none T
	if have == none {
		return other
	}
	return have
}

// Phone is a payer's number. Everything that prints it prints it masked; only Reveal
// gives the digits away, so a search for Reveal finds every place that does.
type Phone string

// String masks all but the country code and the last three digits: "231******789".
func (p Phone) String() string {
	const head, tail = 3, 3
	if len(p) <= head+tail {
		return strings.Repeat("*", len(p))
	}
	return string(p[:head]) + strings.Repeat("*", len(p)-head-tail) + string(p[len(p)-tail:])
}

// Format masks like String, under every verb: fmt would print the digits under a wrong one.
func (p Phone) Format(f fmt.State, _ rune) { _, _ = io.WriteString(f, p.String()) }

// MarshalText masks like String, so no encoder writes the whole number.
func (p Phone) MarshalText() ([]byte, error) { return []byte(p.String()), nil }

// LogValue masks like String.
func (p Phone) LogValue() slog.Value { return slog.StringValue(p.String()) }

// Reveal is the whole number.
func (p Phone) Reveal() string { return string(p) }

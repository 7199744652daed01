package ui

import (
	"strings"
	"time"

	"github.com/shopspring/decimal"

	"tillwatch/watch"
)

// row is one payment on the board: its newest Snapshot, its place in the order, and the
// texts made of it when it was first looked at. Only the table changes it.
type row struct {
	*watch.Snapshot // the row's own: put writes newer ones over it
	id              watch.ID
	seq             int   // order of first arrival; the last word between two rows
	class           uint8 // of attention: 0 CHECK, 1 CONFIRMING, 2 WAITING, 3 finished
	since           int64 // within a class, the smaller comes first
	moved           bool  // waits for its new place

	made  bool // the texts below are of this Snapshot
	label string
	means string // method, in a counter's words
	money sum

	counted income // what the tally has of it
}

// sum is an amount taken apart to be aligned on its decimal point.
type sum struct {
	currency, whole, fraction string // "LRD", "1,500", ".00"
}

// copied is the row as it is now: code outside the loop must not see it change.
func (r *row) copied() row {
	c, s := *r, *r.Snapshot
	c.Snapshot = &s
	return c
}

// place says where a row belongs while attention is the order: worst first, the open ones
// oldest first, the finished newest first.
func (r *row) place(now time.Time) (class uint8, since int64) {
	switch r.Verdict {
	case watch.Check:
		class = 0
	case watch.Confirming:
		class = 1
	case watch.Waiting:
		class = 2
	default:
		return 3, -r.endedAt().UnixNano()
	}
	return class, r.ExecutedAt(now).UnixNano()
}

// endedAt is when a finished payment was verified, or when the user stopped watching it.
func (r *row) endedAt() time.Time {
	if at := r.VerifiedAt(); !at.IsZero() {
		return at
	}
	return r.At
}

// open reports whether the payment is still watched: its end is not known.
func (r *row) open() bool {
	return r.Verdict == watch.Waiting || r.Verdict == watch.Confirming || r.Verdict == watch.Check && !r.Ended()
}

// verified reports whether Dollr's status API has told the end, and has not taken it back.
func (r *row) verified() bool { return r.Verdict == watch.Paid || r.Verdict == watch.NotPaid }

// texts makes the cells that depend on nothing but the Snapshot, once.
func (r *row) texts() *row {
	if r.made {
		return r
	}
	r.made = true
	if r.label = foreign(r.Label); r.label == "" {
		r.label = r.name()
	}
	r.means = methodName(r.Method)
	r.money = sum{}
	if m := r.Amount(); m.Said() {
		whole, fraction, dotted := strings.Cut(m.Digits(), ".")
		if dotted {
			fraction = "." + fraction
		}
		r.money = sum{fit(m.Currency, 3), whole, fraction}
	}
	return r
}

// name is what to call a payment without a label.
func (r *row) name() string {
	if r.Hosted() {
		return foreign(string(r.id))
	}
	return "ref " + fit(foreign(r.Reference), 9)
}

// value is the amount's number, for sorting and filters alone; zero when not said.
func (r *row) value() decimal.Decimal {
	d, _ := r.Amount().Decimal()
	return d
}

// lasted is how long the payment took from its execution until its end was verified, or
// has taken until now.
func (r *row) lasted(now time.Time) time.Duration {
	end := now
	if r.verified() {
		end = r.VerifiedAt()
	} else if r.Verdict == watch.Stopped {
		end = r.endedAt()
	}
	return max(0, end.Sub(r.ExecutedAt(now)))
}

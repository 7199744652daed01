package ui

import (
	"cmp"
	"maps"
	"slices"
	"time"

	"github.com/shopspring/decimal"

	"tillwatch/watch"
)

// Total is the verified money of one currency.
type Total struct {
	Money watch.Money // the sum; its currency may be empty when Dollr did not say one
	Count int         // payments in it
}

// tally keeps the totals and the counts as news comes, so that a frame only reads them.
//
// Only PAID counts, only what Dollr said it charges, only what was verified on the day
// that the screen shows, and one source once: a hosted checkout and an attempt on the same
// order are the same money. What leaves the totals (Dollr took its word back) is rare, so
// then everything is counted again.
type tally struct {
	verdicts [6]int
	day      time.Time // local midnight at which the day began
	next     time.Time // at which it ends
	stake    watch.Stake
	stale    bool // must be counted again
	payers   map[source]*row
	sums     map[string]*running
	silent   int // PAID today, but Dollr named no amount or no currency
	others   int // PAID rows whose money is another's, as a sandbox's: it is never added
	twice    int // PAID rows of a source that another row counts for
	turns    int // how many have become PAID
	totals   []Total
	fresh    bool // totals is of sums
}

// source is what one payment's money is for: its invoice or order, or, without one, itself.
type source struct {
	kind string
	id   int64
	only watch.ID
}

// income is what a row adds to the totals; the zero income adds nothing.
type income struct {
	ok    bool
	from  source
	money watch.Money
	stake watch.Stake
	at    time.Time
	turn  int // of learning it: of one source the first counts, whatever a clock says; 0: before this run
}

// compare is the order in which the two were learned. A run before this one has learned in
// the order of its answers.
func (in income) compare(other income) int {
	return cmp.Or(cmp.Compare(in.turn, other.turn), in.at.Compare(other.at))
}

func (in income) before(other income) bool { return in.compare(other) < 0 }

type running struct {
	sum   decimal.Decimal
	count int
}

// otherMoney is what a total says of rows that it leaves out.
const otherMoney = "not counted: test money"

// newTally counts nothing until settle has told it the day.
func newTally() tally {
	return tally{payers: map[source]*row{}, sums: map[string]*running{}, stale: true}
}

// incomeOf returns what a row adds. A payment whose amount is in doubt, or that Dollr contradicted,
// has the verdict CHECK, so it adds nothing here and needs no rule of its own.
func incomeOf(r *row) income {
	if r.Verdict != watch.Paid {
		return income{}
	}
	return income{ok: true, from: sourceOf(r), money: r.Charged(), stake: r.Final.Stake, at: r.VerifiedAt()}
}

// sourceOf is what a payment's money is for.
func sourceOf(r *row) source {
	if r.SourceType == "" || r.SourceID == 0 {
		return source{only: r.id}
	}
	return source{kind: r.SourceType, id: r.SourceID}
}

// count takes in that a row changed from the verdict it had, if it was known before.
func (t *tally) count(r *row, before watch.Verdict, known bool) {
	if known {
		t.verdicts[before]--
	}
	t.verdicts[r.Verdict]++
	was, is := r.counted, incomeOf(r)
	is.turn = was.turn
	if was == is {
		return
	}
	if is.ok && !was.ok {
		is.turn = 0
		if !r.Old {
			t.turns++
			is.turn = t.turns
		}
	}
	r.counted = is
	if was.ok { // money leaves, or changes: rare enough to count anew
		t.stale = true
		return
	}
	if !t.stale {
		t.add(r)
	}
}

// add counts one row's income. Of two rows with one source the first that we learned of
// counts.
func (t *tally) add(r *row) {
	in := r.counted
	if in.stake != watch.Unknown && t.stake != watch.Unknown && in.stake != t.stake {
		t.others++
		return
	}
	if other, taken := t.payers[in.from]; taken {
		t.twice++
		t.stale = t.stale || in.before(other.counted)
		return
	}
	t.payers[in.from] = r
	if in.at.Before(t.day) || !in.at.Before(t.next) {
		return
	}
	t.fresh = false
	d, ok := in.money.Decimal()
	if !ok || in.money.Currency == "" { // two sums without a currency may be in two currencies
		t.silent++
		return
	}
	s := t.sums[in.money.Currency]
	if s == nil {
		s = &running{}
		t.sums[in.money.Currency] = s
	}
	s.sum, s.count = s.sum.Add(d), s.count+1
}

// firstOf is the payment that has paid the same invoice or order before this one; nil: none
// has, or this one is it.
func (t *tally) firstOf(r *row) *row {
	if first := t.payers[sourceOf(r)]; first != nil && first.id != r.id && (r.Verdict == watch.Paid || r.open()) {
		return first
	}
	return nil
}

// counts reports whether this payment is the one that counts for its invoice or order.
func (t *tally) counts(r *row) bool {
	first := t.payers[sourceOf(r)]
	return first != nil && first.id == r.id
}

// today reports whether at is on the day of the totals.
func (t *tally) today(at time.Time) bool { return !at.Before(t.day) && at.Before(t.next) }

// settle brings the totals up to date with the rows, with the day of now and with whose
// money it is.
func (t *tally) settle(all []*row, now time.Time, stake watch.Stake) {
	t.stale = t.stale || stake != t.stake
	t.stake = stake
	if now.Before(t.day) || !now.Before(t.next) {
		t.day, t.next = watch.DayOf(now)
		t.stale = true
	}
	if t.stale {
		t.recount(all)
	}
	if t.fresh {
		return
	}
	t.fresh, t.totals = true, t.totals[:0]
	for _, currency := range slices.Sorted(maps.Keys(t.sums)) {
		s := t.sums[currency]
		digits := s.sum.StringFixed(max(0, -s.sum.Exponent()))
		t.totals = append(t.totals, Total{watch.Money{Amount: digits, Currency: currency}, s.count})
	}
}

// recount counts everything from the start, in the order in which it was learned, so that
// of two rows with one source the first counts.
func (t *tally) recount(all []*row) {
	clear(t.payers)
	clear(t.sums)
	t.silent, t.twice, t.others, t.fresh, t.stale = 0, 0, 0, false, false
	var paid []*row
	for _, r := range all {
		if r.counted.ok {
			paid = append(paid, r)
		}
	}
	slices.SortStableFunc(paid, func(a, b *row) int { return a.counted.compare(b.counted) })
	for _, r := range paid {
		t.add(r)
	}
}

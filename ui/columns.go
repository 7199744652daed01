package ui

import (
	"cmp"
	"slices"
	"strconv"
	"strings"
	"time"

	"tillwatch/watch"
)

// column is one column of the board, whole: header, body, sorting and layout all walk this
// one slice, so to delete a column is to delete its block.
type column struct {
	title string
	width int    // least columns; AMOUNT takes what its rows need
	gap   int    // blanks before it
	keep  int    // on a narrow screen the smallest leaves first
	right bool   // aligned
	extra bool   // shown only when it is asked for
	about string // for the help and the choice of columns
	cell  func(v *sight, r *row, w int) string
	role  func(r *row) role
	less  func(a, b *row) int // nil: no order of its own
}

// sight is what cells depend on in addition to their row.
type sight struct {
	now     time.Time
	terse   bool // under 56 columns: marks without words
	whole   int  // columns of the widest whole part on the screen
	decimal int  // likewise of the part after the point

	troubled bool            // a row on the screen is in trouble
	first    *column         // which needs no gap
	twice    func(*row) bool // another row has paid the same sale; nil: unknown
}

var columns = []*column{
	{
		title: "STATUS", width: 17, gap: 0, keep: never, about: "what became of it, and when",
		cell: statusCell,
		role: verdictRole,
		less: func(a, b *row) int {
			if c := cmp.Compare(a.class, b.class); c != 0 { // what needs a person first
				return c
			}
			return cmp.Compare(a.Verdict, b.Verdict)
		},
	},
	{
		title: "AMOUNT", width: 0, gap: 2, keep: never, about: "faint while it is only expected",
		cell: amountCell,
		role: moneyRole,
		less: func(a, b *row) int {
			x, y := a.Amount(), b.Amount()
			if c := cmp.Compare(x.Currency, y.Currency); c != 0 {
				return c
			}
			return x.Cmp(y)
		},
	},
	labelColumn,
	{
		title: "METHOD", width: 9, gap: 1, keep: 4, about: "how the customer pays",
		cell: func(_ *sight, r *row, _ int) string { return r.means },
		role: func(*row) role { return roleFaint },
		less: func(a, b *row) int { return cmp.Compare(a.Method, b.Method) },
	},
	ageColumn,
	{
		// The age of what we know, not of the link: a quiet channel may be a dead one.
		title: "HEARD", width: 8, gap: 1, keep: 3, right: true, about: "age of Dollr's last answer",
		cell: func(v *sight, r *row, _ int) string {
			switch {
			case r.verified():
				return "verified"
			case r.HeardAt().IsZero():
				return "not yet"
			}
			return ago(v.now.Sub(r.HeardAt()))
		},
		role: func(r *row) role {
			if r.Failing() {
				return roleAlarm
			}
			return roleFaint
		},
		less: func(a, b *row) int { return b.HeardAt().Compare(a.HeardAt()) },
	},
	{
		title: "LINK", width: 4, gap: 1, keep: 2, about: "how it is followed",
		cell: func(_ *sight, r *row, _ int) string {
			if r.Link == watch.Done { // the verdict says it
				return ""
			}
			return r.Link.String()
		},
		role: func(r *row) role {
			if r.Link == watch.Down || r.Link == watch.Wait {
				return roleAlarm
			}
			return roleFaint
		},
	},
	{
		title: "TROUBLE", width: 20, gap: 2, keep: 1, about: "what is wrong, from 110 columns",
		cell: func(_ *sight, r *row, w int) string { return cause(masked(r.Trouble), w) },
		role: func(*row) role { return roleNotice },
	},
	{
		title: "REF", width: 9, gap: 1, keep: 4, extra: true, about: "how its reference begins",
		cell: func(_ *sight, r *row, w int) string { return fit(foreign(r.Reference), w) },
		role: func(*row) role { return roleFaint },
	},
	{
		title: "SOURCE", width: 12, gap: 1, keep: 4, extra: true, about: "its invoice or order",
		cell: func(_ *sight, r *row, _ int) string {
			if r.SourceID == 0 {
				return foreign(r.SourceType)
			}
			return foreign(r.SourceType) + " " + strconv.FormatInt(r.SourceID, 10)
		},
		role: func(*row) role { return roleFaint },
		less: func(a, b *row) int {
			return cmp.Or(strings.Compare(a.SourceType, b.SourceType), cmp.Compare(a.SourceID, b.SourceID))
		},
	},
	{
		title: "DOLLR", width: 11, gap: 1, keep: 4, extra: true, about: "Dollr's own word for it",
		cell: func(_ *sight, r *row, _ int) string {
			if r.Latest.Code != 0 && r.Latest.Code != 200 {
				return "HTTP " + strconv.Itoa(r.Latest.Code)
			}
			if r.Status == "" {
				return ""
			}
			return word(r.Status)
		},
		role: func(*row) role { return roleFaint },
		less: func(a, b *row) int { return strings.Compare(a.Status, b.Status) },
	},
}

// cause shortens a trouble to w columns. What went wrong stands after what was being done, so the
// front gives way: "getting a realtime k…" would say nothing.
func cause(trouble string, w int) string {
	if width(trouble) > w {
		trouble, _, _ = strings.Cut(trouble, "; ") // the detail has the others
	}
	for width(trouble) > w {
		_, rest, more := strings.Cut(trouble, ": ")
		if !more {
			break
		}
		trouble = rest
	}
	return trouble
}

// labelColumn is named because the layout gives it what is left over.
var labelColumn = &column{
	title: "LABEL", width: 12, gap: 2, keep: never, about: "your words for it",
	cell: func(_ *sight, r *row, _ int) string { return r.label },
	role: func(*row) role { return roleText },
	less: func(a, b *row) int { return strings.Compare(a.Label, b.Label) },
}

// ColumnNames are the names that a settings file has for the columns, in their usual order.
func ColumnNames() []string {
	var names []string
	for _, c := range columns {
		names = append(names, strings.ToLower(c.title))
	}
	return names
}

// chosenColumns are the named columns in their order; none named: the usual ones. Those that say what
// became of whose money come first if they were left out.
func chosenColumns(names []string) []*column {
	var list []*column
	if len(names) == 0 {
		for _, c := range columns {
			if !c.extra {
				list = append(list, c)
			}
		}
		return list
	}
	for _, c := range columns {
		if c.keep == never && !slices.Contains(names, strings.ToLower(c.title)) {
			list = append(list, c)
		}
	}
	for _, name := range names {
		for _, c := range columns {
			if strings.EqualFold(c.title, name) && !slices.Contains(list, c) {
				list = append(list, c)
			}
		}
	}
	return list
}

// orders are what "o" goes through: attention, then each column that has an order.
var orders = func() []*column {
	list := []*column{{title: "ATTENTION"}}
	for _, c := range columns {
		if c.less != nil {
			list = append(list, c)
		}
	}
	return list
}()

// reasons are the short words next to CHECK.
var reasons = [...]string{
	watch.None: "", watch.Contradicted: "changed", watch.Short: "short", watch.Unconfirmed: "unproven",
	watch.Unanswered: "no reply", watch.Overdue: "overdue", watch.NeverLanded: "unknown", watch.Rejected: "refused",
	watch.Broken: "bug", watch.Damaged: "damaged", watch.AmountUnknown: "amount?", watch.OtherCurrency: "currency",
	watch.NotAboveZero: "not > 0", watch.Unreadable: "garbled",
}

// statusCell is mark and word, and behind them what there is room for: when it ended, why
// a person has to look, or how far it has come.
func statusCell(v *sight, r *row, w int) string {
	mark := r.Verdict.Mark()
	if v.terse {
		return mark
	}
	word := mark + " " + r.Verdict.String()
	switch r.Verdict {
	case watch.Paid, watch.NotPaid:
		if v.twice != nil && v.twice(r) {
			return longest(w, word+" same sale", word+" twice", word)
		}
		at := r.VerifiedAt().In(v.now.Location())
		if !sameDay(at, v.now) {
			return longest(w, word+" "+at.Format("2 Jan 15:04"), word+" "+at.Format("2 Jan"), word)
		}
		return longest(w, word+" "+at.Format("15:04:05"), word+" "+at.Format("15:04"), word)
	case watch.Check:
		return longest(w, word+" "+reasons[r.Reason], word)
	case watch.Waiting:
		switch {
		case r.NotStarted:
			return longest(w, word+" not started", word+" early", word)
		case r.Latest.RequiresAction:
			return longest(w, word+" bank's app", word+" bank")
		case r.Slow:
			return word + " slow"
		}
	}
	return word
}

// amountCell aligns on the decimal point. An amount that does not fit loses its commas and
// then becomes "###", as in a spreadsheet: a cut number would be a wrong one.
func amountCell(v *sight, r *row, w int) string {
	s := r.money
	if s.whole == "" {
		return ""
	}
	if len(s.whole) > v.whole {
		s.whole = strings.ReplaceAll(s.whole, ",", "")
	}
	if len(s.whole) > v.whole || len(s.fraction) > v.decimal {
		s.whole, s.fraction = strings.Repeat("#", v.whole), ""
	}
	b := make([]byte, 0, 40)
	b = append(b, s.currency...)
	b = append(b, blanks[:max(0, min(4+v.whole-len(s.currency)-len(s.whole), len(blanks)))]...)
	b = append(b, s.whole...)
	b = append(b, s.fraction...)
	return string(b)
}

// ageCell is the age since the payment was executed, until it was verified. Without words
// for the status, the time at which it ended says more.
func ageCell(v *sight, r *row, _ int) string {
	switch {
	case v.terse && r.verified():
		return r.VerifiedAt().In(v.now.Location()).Format("15:04")
	case r.NotStarted:
		return "-"
	}
	return age(r.lasted(v.now))
}

// verdictRoles are the looks of the verdicts. Their marks and words say the same without.
var verdictRoles = [...]role{
	watch.Waiting: roleWait, watch.Confirming: roleBusy, watch.Check: roleAlarm,
	watch.Paid: roleGood, watch.NotPaid: roleBad, watch.Stopped: roleOff,
}

// verdictRole is the look of a row's mark and word.
func verdictRole(r *row) role { return verdictRoles[r.Verdict] }

// moneyRole keeps an amount that is only expected fainter than one that Dollr has told.
func moneyRole(r *row) role {
	switch {
	case r.Verdict == watch.Paid:
		return roleGood
	case !r.Charged().Said():
		return roleFaint
	}
	return roleText
}

// ageColumn is named because counter mode has it too.
var ageColumn = &column{
	// Sorted by when it was executed, which does not change while one looks.
	title: "AGE", width: 6, gap: 1, keep: 5, right: true, about: "since it was executed",
	cell: ageCell,
	role: func(r *row) role {
		if r.Slow {
			return roleAlarm
		}
		return roleText
	},
	less: func(a, b *row) int { return a.ExecutedAt(a.At).Compare(b.ExecutedAt(b.At)) },
}

package ui

import (
	"strings"

	"github.com/shopspring/decimal"

	"tillwatch/watch"
)

// filter is what a person typed after "/": terms parted by spaces, all of which must hold.
// The zero filter matches everything.
type filter struct {
	text  string
	terms []term
}

// term is one condition; exactly one of its kinds is set.
type term struct {
	not    bool
	status string // start of the verdict's or of Dollr's word, letters only
	net    string // part of the method, as a counter or as Dollr says it
	link   string // start of how it is followed
	slow   bool   // it takes longer than most
	above  bool   // amount more than limit
	below  bool   // amount less than limit
	limit  decimal.Decimal
	money  string // currency, in lower case
	text   string // part of the label, or the beginning of the reference
}

// newFilter reads what was typed: text, !text, status:check, net:mtn, link:poll, slow, >1000,
// <50, a currency.
// What is not one of the special forms is searched for as it stands, words that follow each
// other as one phrase: "table 3" is not every table whose reference holds a 3.
func newFilter(typed string) filter {
	f := filter{text: strings.TrimSpace(typed)}
	phrase := false // the last term is one that may go on
	for word := range strings.FieldsSeq(strings.ToLower(typed)) {
		var t term
		if rest, ok := strings.CutPrefix(word, "!"); ok {
			t.not, word = true, rest
		}
		if word == "" {
			continue
		}
		kind, rest, _ := strings.Cut(word, ":")
		number, isNumber := plainNumber(word[1:])
		switch {
		case kind == "status" && rest != "":
			t.status = letters(rest)
		case kind == "net" && rest != "":
			t.net = rest
		case kind == "link" && rest != "":
			t.link = rest
		case word == "slow":
			t.slow = true
		case word[0] == '>' && isNumber:
			t.above, t.limit = true, number
		case word[0] == '<' && isNumber:
			t.below, t.limit = true, number
		case word == "lrd" || word == "usd" || word == "rwf": // those of Dollr's methods
			t.money = word
		case phrase && !t.not:
			f.terms[len(f.terms)-1].text += " " + word
			continue
		default:
			t.text = word
		}
		f.terms = append(f.terms, t)
		phrase = t.text != "" && !t.not
	}
	return f
}

// plainNumber reads "1,000.50". It takes no more than an amount may be: comparing with
// 1e999999999 would keep the screen busy for minutes.
func plainNumber(s string) (decimal.Decimal, bool) {
	money, err := watch.ParseMoney(strings.ReplaceAll(s, ",", ""), "")
	if err != nil || !money.Said() {
		return decimal.Decimal{}, false
	}
	d, err := decimal.NewFromString(money.Amount)
	return d, err == nil
}

// empty reports whether nothing is filtered.
func (f filter) empty() bool { return len(f.terms) == 0 }

// match reports whether a row satisfies every term.
func (f filter) match(r *row) bool {
	for i := range f.terms {
		if t := &f.terms[i]; t.holds(r) == t.not {
			return false
		}
	}
	return true
}

// holds reports whether the term's condition is true of the row, its "!" aside.
func (t *term) holds(r *row) bool {
	switch {
	case t.status != "":
		return strings.HasPrefix(letters(strings.ToLower(r.Verdict.String())), t.status) ||
			strings.HasPrefix(letters(strings.ToLower(r.Status)), t.status)
	case t.net != "":
		return contains(methodName(r.Method), t.net) || contains(r.Method, t.net)
	case t.link != "":
		return strings.HasPrefix(strings.ToLower(r.Link.String()), t.link)
	case t.slow:
		return r.Slow
	case t.money != "":
		return strings.EqualFold(r.Amount().Currency, t.money)
	case t.above:
		return r.Amount().Said() && r.value().GreaterThan(t.limit)
	case t.below:
		return r.Amount().Said() && r.value().LessThan(t.limit)
	}
	const telling = 4 // characters of a reference that are more than chance
	return contains(r.Label, t.text) || len(t.text) >= telling && strings.HasPrefix(string(r.id), t.text) ||
		r.Hosted() && contains(string(r.id), t.text) || strings.EqualFold(r.Amount().Currency, t.text)
}

// contains reports whether s holds the lower-case part, whatever the case of its letters.
// Labels are nearly always ASCII, and a filter looks at ten thousand of them.
func contains(s, part string) bool {
	if !ascii(s) {
		return strings.Contains(strings.ToLower(s), part)
	}
	for i := 0; i+len(part) <= len(s); i++ {
		j := 0
		for j < len(part) && lower(s[i+j]) == part[j] {
			j++
		}
		if j == len(part) {
			return true
		}
	}
	return false
}

// lower is an ASCII letter in lower case.
func lower(c byte) byte {
	if c >= 'A' && c <= 'Z' {
		c += 'a' - 'A'
	}
	return c
}

// letters is s without what people leave out: "not paid", "not_paid" and "notpaid" are one.
func letters(s string) string { return leftOut.Replace(s) }

var leftOut = strings.NewReplacer(" ", "", "_", "", "-", "")

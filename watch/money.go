package watch

import (
	"errors"
	"fmt"
	"regexp"
	"strings"

	"github.com/shopspring/decimal"
)

// Money is an amount as it came, digits and scale, with its currency. It is never a
// float, and money of two currencies is never added. The zero Money means "not said".
// Money is comparable; "1.50" and "1.5" are different texts and Cmp says they are equal.
type Money struct {
	Amount   string // plain decimal digits, e.g. "1500.00"
	Currency string // ISO 4217, upper case, e.g. "LRD"; may be empty when not said
}

var (
	plainDecimal = regexp.MustCompile(`^-?[0-9]{1,24}(\.[0-9]{1,12})?([eE][+-]?[0-9]{1,2})?$`)
	currencyCode = regexp.MustCompile(`^[A-Z]{3}$`)
)

// ParseMoney makes Money of an amount as JSON or a person writes it and a currency code
// in any case. An amount without a currency is allowed: Dollr's answers may leave it out.
// The error says in a few words what is wrong and repeats nothing longer than a line.
func ParseMoney(amount, currency string) (Money, error) {
	currency = strings.ToUpper(strings.TrimSpace(currency))
	if currency != "" && !currencyCode.MatchString(currency) {
		return Money{}, errors.New("currency is not three letters, like LRD")
	}
	amount = strings.TrimSpace(amount)
	if amount == "" {
		return Money{}, nil // a currency alone says nothing about money
	}
	if !plainDecimal.MatchString(amount) {
		return Money{}, errors.New("amount is not a plain decimal number, like 1500.00")
	}
	if strings.ContainsAny(amount, "eE") {
		d, err := decimal.NewFromString(amount)
		if err != nil {
			return Money{}, errors.New("amount is not a plain decimal number, like 1500.00")
		}
		amount = d.StringFixed(max(0, -d.Exponent()))
	}
	return Money{Amount: amount, Currency: currency}, nil
}

// Said reports whether there is an amount at all.
func (m Money) Said() bool { return m.Amount != "" }

// Comparable reports whether both are said in the same, known currency.
func (m Money) Comparable(other Money) bool {
	return m.Said() && other.Said() && m.Currency != "" && m.Currency == other.Currency
}

// Cmp compares the values of two amounts: -1, 0 or 1. Ask Comparable first: it says
// nothing sensible about two currencies.
func (m Money) Cmp(other Money) int { return m.decimal().Cmp(other.decimal()) }

// Add returns the sum, with the larger scale of the two. Adding two currencies panics:
// it can only be a fault of this program, and a wrong total is worse than none.
func (m Money) Add(other Money) Money {
	switch {
	case !other.Said():
		return m
	case !m.Said():
		return other
	case m.Currency != other.Currency:
		panic(fmt.Sprintf("watch: adding %s to %s", other.Currency, m.Currency))
	}
	a, b := m.decimal(), other.decimal()
	scale := max(0, -a.Exponent(), -b.Exponent())
	return Money{Amount: a.Add(b).StringFixed(scale), Currency: m.Currency}
}

func (m Money) decimal() decimal.Decimal {
	d, err := decimal.NewFromString(m.Amount)
	if err != nil {
		return decimal.Decimal{} // the zero Money; others were checked by ParseMoney
	}
	return d
}

// String is the currency and the amount with its thousands parted: "LRD 1,500.00".
// It is empty for the zero Money.
func (m Money) String() string {
	if !m.Said() {
		return ""
	}
	return strings.TrimLeft(m.Currency+" "+m.Digits(), " ")
}

// Digits is the amount alone with its thousands parted: "1,500.00".
func (m Money) Digits() string {
	sign, digits := "", m.Amount
	if rest, ok := strings.CutPrefix(digits, "-"); ok {
		sign, digits = "-", rest
	}
	whole, fraction, dotted := strings.Cut(digits, ".")
	var b strings.Builder
	b.WriteString(sign)
	for i, r := range whole {
		if i > 0 && (len(whole)-i)%3 == 0 {
			b.WriteByte(',')
		}
		b.WriteRune(r)
	}
	if dotted {
		b.WriteByte('.')
		b.WriteString(fraction)
	}
	return b.String()
}

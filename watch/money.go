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

// amountMax is the length of the longest amount that is read, in characters. It is far beyond any
// sum. Because an exponent has two digits at most, no amount costs much memory or time.
const amountMax = 1000

var (
	plainDecimal = regexp.MustCompile(`^-?[0-9]+(\.[0-9]+)?([eE][+-]?[0-9]{1,2})?$`)
	currencyCode = regexp.MustCompile(`^[A-Za-z]{3}$`) // matched before the case is folded, because "ſ" becomes S
)

// ParseMoney parses an amount, as JSON or a person writes it, and a currency code in any case. An
// amount is a plain decimal of up to 1,000 characters, with an optional exponent of up to two
// digits. Every digit counts. An amount without a currency is allowed, because Dollr's answers may
// leave the currency out. The error says in a few words what is wrong and repeats nothing longer
// than a line.
func ParseMoney(amount, currency string) (Money, error) {
	currency = strings.TrimSpace(currency)
	if currency != "" && !currencyCode.MatchString(currency) {
		return Money{}, errors.New("currency is not three letters, like LRD")
	}
	amount = strings.TrimSpace(amount)
	if amount == "" {
		return Money{}, nil // a currency alone says nothing about money
	}
	if len(amount) > amountMax || !plainDecimal.MatchString(amount) {
		return Money{}, errors.New("amount is not a plain decimal number, like 1500.00")
	}
	if strings.ContainsAny(amount, "eE") {
		d, err := decimal.NewFromString(amount)
		if err != nil {
			return Money{}, errors.New("amount is not a plain decimal number, like 1500.00")
		}
		if amount = d.StringFixed(max(0, -d.Exponent())); len(amount) > amountMax {
			return Money{}, errors.New("amount is not a plain decimal number, like 1500.00")
		}
	}
	return Money{Amount: amount, Currency: strings.ToUpper(currency)}, nil
}

// Said reports whether there is an amount at all.
func (m Money) Said() bool { return m.Amount != "" }

// Comparable reports whether both are said in the same, known currency.
func (m Money) Comparable(other Money) bool {
	return m.readable() && other.readable() && m.Currency != "" && m.Currency == other.Currency
}

// readable reports whether there is an amount and it is a number. [ParseMoney] makes no other
// Money, but a damaged journal may hold anything.
func (m Money) readable() bool {
	_, ok := m.Decimal()
	return ok
}

// Cmp compares the values of two amounts: -1, 0 or 1. Ask Comparable first: it says
// nothing sensible about two currencies.
func (m Money) Cmp(other Money) int { return m.value().Cmp(other.value()) }

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
	a, b := m.value(), other.value()
	scale := max(0, -a.Exponent(), -b.Exponent())
	return Money{Amount: a.Add(b).StringFixed(scale), Currency: m.Currency}
}

// Decimal returns the amount as a number. It returns false when there is no amount or it cannot be
// read. It accepts no exponent, because Money has none and an exponent in a damaged journal would
// cost all memory.
func (m Money) Decimal() (decimal.Decimal, bool) {
	if m.Amount == "" || strings.Trim(m.Amount, "-.0123456789") != "" {
		return decimal.Decimal{}, false
	}
	d, err := decimal.NewFromString(m.Amount)
	return d, err == nil
}

func (m Money) value() decimal.Decimal {
	d, _ := m.Decimal()
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

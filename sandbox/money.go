package sandbox

import (
	"encoding/json"
	"regexp"
	"strings"

	"github.com/shopspring/decimal"
)

// decimals is money as it may be written, a JSON number too: digits and a scale, no sign, no
// exponent, so that no number can be longer than it looks, and no leading zeros.
var decimals = regexp.MustCompile(`^(0|[1-9][0-9]{0,14})(\.[0-9]{1,6})?$`)

var currencies = regexp.MustCompile(`^[A-Z]{3}$`)

// readMoney reads an amount above zero, from a JSON number or a string of one.
func readMoney(raw json.RawMessage) (decimal.Decimal, bool) {
	text := strings.TrimSpace(string(raw))
	if unquoted := ""; json.Unmarshal(raw, &unquoted) == nil {
		text = unquoted
	}
	return moneyOf(text)
}

func moneyOf(text string) (decimal.Decimal, bool) {
	if !decimals.MatchString(text) {
		return decimal.Decimal{}, false
	}
	d, err := decimal.NewFromString(text)
	return d, err == nil && d.IsPositive()
}

// fee is what Dollr keeps of a collection. The rate is ours: the real one is a matter of
// each merchant's contract.
var fee = decimal.RequireFromString("0.025")

// payee is what the merchant receives of a charge, at the charge's own scale.
func payee(charge string) string {
	d := decimal.RequireFromString(charge)
	scale := max(0, -d.Exponent())
	return d.Sub(d.Mul(fee).RoundUp(scale)).StringFixed(scale)
}

func joined(words []string) string { return "'" + strings.Join(words, "', '") + "'" }

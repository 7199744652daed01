package intake

import (
	"errors"
	"fmt"
	"regexp"
	"slices"
	"strings"
	"unicode/utf8"

	"golang.org/x/text/currency"

	"tillwatch/watch"
)

// Amounts as people write them. An amount that different readers may read as different sums matches
// none of these.
var (
	plainAmount  = regexp.MustCompile(`^-?[0-9]+(\.[0-9]+)?$`)
	commaAmount  = regexp.MustCompile(`^-?[0-9]+,[0-9]+$`)
	dotGroups    = regexp.MustCompile(`^-?[0-9]{1,3}(\.[0-9]{3})+,[0-9]+$|^-?[0-9]{1,3}(\.[0-9]{3}){2,}$`)
	commaGroups  = regexp.MustCompile(`^-?[0-9]{1,3}(,[0-9]{3})+\.[0-9]+$|^-?[0-9]{1,3}(,[0-9]{3}){2,}$`)
	twoReadings  = regexp.MustCompile(`^-?[1-9][0-9]{0,2}[.,][0-9]{3}$`)
	blanksInside = regexp.MustCompile(`^-?[0-9]{1,3}([ \x{a0}\x{2009}\x{202f}][0-9]{3})+([.,][0-9]+)?$`)
)

// decimalOf returns an amount in plain digits. comma allows a decimal comma. decimals is how many
// decimals the currency has: with three, 1.500 has one meaning.
func decimalOf(text string, comma bool, decimals int) (string, error) {
	if blanksInside.MatchString(text) {
		text = strings.NewReplacer(" ", "", "\u00a0", "", "\u2009", "", "\u202f", "").Replace(text)
	}
	switch {
	case twoReadings.MatchString(text) && (decimals != 3 || strings.Contains(text, ",")):
		return "", fmt.Errorf("amount %s can be read in two ways: %s, or with decimals?", part(text), strings.NewReplacer(",", "", ".", "").Replace(text))
	case plainAmount.MatchString(text):
		return text, nil
	case commaGroups.MatchString(text):
		return strings.ReplaceAll(text, ",", ""), nil
	case comma && commaAmount.MatchString(text):
		return strings.Replace(text, ",", ".", 1), nil
	case comma && dotGroups.MatchString(text):
		return strings.Replace(strings.ReplaceAll(text, ".", ""), ",", ".", 1), nil
	}
	return "", fmt.Errorf("amount %s is not a plain decimal number, like 1500.00", part(text))
}

// likely lists the currencies that a wrong code is compared with: those of Dollr's markets.
var likely = []string{"LRD", "USD", "RWF"}

// currencyOf returns the code of a currency in capitals, and how many decimals the currency has.
func currencyOf(text string) (string, int, error) {
	code := strings.ToUpper(text)
	unit, err := currency.ParseISO(text)
	if err == nil && code3.MatchString(text) && code != "XXX" && code != "XTS" { // XXX stands for no currency, XTS for tests
		decimals, _ := currency.Standard.Rounding(unit)
		return code, decimals, nil
	}
	shown := part(text)
	if short.MatchString(text) {
		shown = text
	}
	for _, near := range likely {
		if oneSlip(code, near) || sameLetters(code, near) {
			return "", 0, fmt.Errorf("%s is no ISO 4217 currency; %s?", shown, near)
		}
	}
	return "", 0, fmt.Errorf("%s is no ISO 4217 currency, like LRD", shown)
}

// code3 matches what a currency code consists of. Letters of other scripts are excluded, because
// some have ASCII capitals.
var code3 = regexp.MustCompile(`^[A-Za-z]{3}$`)

// short matches a text that can be shown as it is.
var short = regexp.MustCompile(`^[A-Za-z$]{1,4}$`)

func sameLetters(a, b string) bool {
	x, y := []byte(a), []byte(b)
	slices.Sort(x)
	slices.Sort(y)
	return string(x) == string(y)
}

// moneyOf reads what the merchant expects. It refuses an amount without a currency, because there
// would be nothing to compare it with, and a payment that is charged short would pass.
func (f *fields) moneyOf(amount, in name) (watch.Money, error) {
	for _, n := range []name{amount, in} {
		if f.values[n].odd {
			return watch.Money{}, fmt.Errorf("%s is neither text nor a number", words[n])
		}
	}
	return expected(f.values[amount], f.text(in), f.comma)
}

// expected parses an amount and its currency.
func expected(v value, in string, comma bool) (watch.Money, error) {
	var code string
	var decimals int
	if in != "" {
		var err error
		if code, decimals, err = currencyOf(in); err != nil {
			return watch.Money{}, err
		}
	}
	switch {
	case v.text == "":
		return watch.Money{}, nil
	case utf8.RuneCountInString(v.text) > amountMost:
		return watch.Money{}, errors.New("the amount is longer than any sum of money")
	}
	text := v.text
	if !v.number {
		var err error
		if text, err = decimalOf(text, comma, decimals); err != nil {
			return watch.Money{}, err
		}
	}
	m, err := watch.ParseMoney(text, code)
	switch {
	case err != nil:
		return watch.Money{}, fmt.Errorf("the expected money: %w", err)
	case !strings.ContainsAny(m.Amount, "123456789"), strings.HasPrefix(m.Amount, "-"):
		return watch.Money{}, errors.New("the amount is not above 0")
	case m.Currency == "":
		return watch.Money{}, errors.New("there is an amount without a currency")
	}
	return m, nil
}

// expectedOfOurs parses an amount and its currency as tillwatch wrote them. What was accepted once
// is accepted again.
func expectedOfOurs(amount, in string) (watch.Money, error) {
	if amount == "" {
		return watch.Money{}, nil
	}
	m, err := watch.ParseMoney(amount, in)
	switch {
	case err != nil:
		return watch.Money{}, fmt.Errorf("the expected money: %w", err)
	case m.Currency == "":
		return watch.Money{}, errors.New("there is an amount without a currency")
	}
	return m, nil
}

// amountMost is how many characters an amount may have.
const amountMost = 40

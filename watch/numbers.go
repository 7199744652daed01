package watch

import (
	"regexp"
	"strings"
	"unicode"
	"unicode/utf8"
)

// maskFrom is how many digits in a row may be a payer's number. They count together however they
// are grouped and in whatever script they are written.
const maskFrom = 7

// gapMost is how many characters may stand between two digits of one number.
const gapMost = 3

// exemptNumbers matches references, times and dates, those of file names included. They are not
// masked.
const exemptNumbers = `(?i)` +
	`(?P<uuid>[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12})` +
	`|(?P<time>\d{4}-\d\d-\d\d[T ]\d\d:\d\d(?::\d\d)?(?:[.,]\d{1,9}\b|[.,]\d{1,9}Z)?(?:[+-]\d\d:\d\d)?` +
	`|20\d\d-[01]\d-[0-3]\d(?:-\d{4})?\b` +
	`|\b(?:0?[1-9]|[12]\d|3[01])[./](?:0?[1-9]|1[0-2])[./]20[0-4]\d(?:,? [0-2]?\d:[0-5]\d)?\b` +
	`|\b20[2-9]\d(?:0[1-9]|1[0-2])(?:0[1-9]|[12]\d|3[01])\b)`

// numbers finds, leftmost first, what is exempt and what has the digits of a phone number, in any
// grouping and script. asciiNumbers is quicker and finds only ASCII.
var (
	numbers      = regexp.MustCompile(exemptNumbers + `|\+?` + digitClass + `(?:` + gapClass + `{0,3}` + digitClass + `){6,}`)
	asciiNumbers = regexp.MustCompile(exemptNumbers + `|\+?\d(?:[ \t()./_-]{0,3}\d){6,}`)
)

const (
	digitClass = `[\p{Nd}²³¹⁰⁴-⁹₀-₉①-⑨⓪]`
	gapClass   = `[\p{Z}\p{Pd} \t()./_·•]`
)

// digit returns the value of a digit of any script. It returns false if r is no digit.
func digit(r rune) (byte, bool) {
	switch {
	case r < utf8.RuneSelf:
		return byte(r), r >= '0' && r <= '9'
	case r == '¹', r == '²', r == '³':
		return map[rune]byte{'¹': '1', '²': '2', '³': '3'}[r], true
	case r == '⁰', r >= '⁴' && r <= '⁹':
		return byte(r - '⁰' + '0'), true
	case r >= '₀' && r <= '₉':
		return byte(r - '₀' + '0'), true
	case r >= '①' && r <= '⑨':
		return byte(r - '①' + '1'), true
	case r == '⓪':
		return '0', true
	}
	// Unicode has the digits of each script in order, ten in a row (chapter 4.6).
	for _, in := range unicode.Nd.R16 {
		if r >= rune(in.Lo) && r <= rune(in.Hi) {
			return byte((r-rune(in.Lo))%10) + '0', true
		}
	}
	for _, in := range unicode.Nd.R32 {
		if r >= rune(in.Lo) && r <= rune(in.Hi) {
			return byte((r-rune(in.Lo))%10) + '0', true
		}
	}
	return 0, false
}

// tellingDigits is how many last digits identify a number. At home people leave the country code
// out.
const tellingDigits = 8

// MaskIn hides this number wherever clean text repeats it, in any grouping, with or without a plus
// and the country code. So a merchant's label does not tell the number that is masked next to it.
func (p Phone) MaskIn(text string) string {
	if p == "" {
		return text
	}
	if strings.Trim(string(p), "0123456789") != "" { // a journal may hold it masked
		return masked(text, func(digits string) bool { return digits == string(p) })
	}
	code := max(0, len(p)-tellingDigits)
	if digitsIn(text) < len(p)-code {
		return text
	}
	telling := string(p[code:])
	if strings.ContainsFunc(text, func(r rune) bool { _, is := digit(r); return is && r > '9' }) {
		text = masked(text, func(digits string) bool { return strings.HasSuffix(digits, telling) })
	}
	const between = `[^0-9]{0,3}`
	pattern := ""
	for _, digit := range p[:code] { // any end of the country code may be there
		pattern = `(?:` + pattern + string(digit) + between + `)?`
	}
	pattern = `\+?` + pattern + strings.Join(strings.Split(telling, ""), between)
	return regexp.MustCompile(pattern).ReplaceAllLiteralString(text, p.String())
}

// MaskNumbers hides the middle of every number of seven or more digits, as [Phone] does, because
// text from Dollr or from a bad line may repeat a payer's number. References, times and amounts
// stay whole. Call it after the search for secrets and before any cut, because half a secret or
// half a number is not recognized.
func MaskNumbers(s string) string { return masked(s, func(string) bool { return true }) }

// mobile matches a whole mobile number of Liberia (231) or Rwanda (250): nine digits after the
// country code, of which the first belongs to mobile numbers alone in these countries' plans.
var mobile = regexp.MustCompile(`^(?:00)?(?:231[3-8]\d{8}|2507\d{8})$`)

// MaskPhones hides whole mobile numbers of the two markets in a merchant's own words, in any
// grouping. Other numbers, such as those of orders and invoices, stay.
func MaskPhones(s string) string { return masked(s, mobile.MatchString) }

// masked hides the numbers for whose digits hide returns true.
func masked(s string, hide func(digits string) bool) string {
	if !mayNumber(s) {
		return s
	}
	search := asciiNumbers
	if strings.IndexFunc(s, func(r rune) bool { return r >= utf8.RuneSelf }) >= 0 {
		search = numbers
	}
	var b strings.Builder
	last := 0
	for _, at := range search.FindAllStringSubmatchIndex(s, -1) {
		b.WriteString(s[last:at[0]])
		last = at[1]
		found := s[at[0]:at[1]]
		digits := digitsOf(found)
		if at[2] >= 0 || at[4] >= 0 || !hide(digits) || anAmount(found, s[:at[0]], s[at[1]:]) {
			b.WriteString(found)
			continue
		}
		b.WriteString(Phone(digits).String())
	}
	b.WriteString(s[last:])
	return b.String()
}

// Amounts with two decimals: of any size with a currency next to them, and below a million without.
// Phone numbers are not written so.
var (
	smallAmount    = regexp.MustCompile(`^\d{1,6}\.\d\d$`)
	bigAmount      = regexp.MustCompile(`^\d{1,3}(?:[ \x{a0}]\d{3})*\.\d\d$|^\d{1,15}\.\d\d$`)
	currencyBefore = regexp.MustCompile(`\b[A-Z]{3}\s?$`)
	currencyAfter  = regexp.MustCompile(`^\s?[A-Z]{3}\b`)
)

func anAmount(text, before, after string) bool {
	return smallAmount.MatchString(text) ||
		bigAmount.MatchString(text) && (currencyBefore.MatchString(before) || currencyAfter.MatchString(after))
}

// digitsOf returns the digits of a text as ASCII.
func digitsOf(s string) string {
	return strings.Map(func(r rune) rune {
		if value, is := digit(r); is {
			return rune(value)
		}
		return -1
	}, s)
}

// mayNumber reports whether the search for numbers can find one. Nearly every text has none, and
// the search costs fifty times as much.
func mayNumber(s string) bool {
	count, gap := 0, 0
	for i := 0; i < len(s); i++ {
		c := s[i]
		if c >= utf8.RuneSelf {
			return digitsIn(s) >= maskFrom
		}
		switch {
		case c >= '0' && c <= '9':
			if count++; count >= maskFrom {
				return true
			}
			gap = 0
		case gap < gapMost && strings.IndexByte(" \t()./_-", c) >= 0:
			gap++
		default:
			count = 0
		}
	}
	return false
}

func digitsIn(s string) int {
	n := 0
	for _, r := range s {
		if _, is := digit(r); is {
			n++
		}
	}
	return n
}

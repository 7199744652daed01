package intake

import (
	"errors"
	"fmt"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/google/uuid"

	"tillwatch/watch"
)

const (
	labelMax  = 120 // characters of a label
	methodMax = 40
	wordMax   = 64
	partMax   = 40 // characters of a bad line that a reason may repeat: a whole reference, for its last digit
)

// verdicts lists the words for verdicts in tillwatch's own lines.
var verdicts = func() (list []string) {
	for v := watch.Waiting; v <= watch.Stopped; v++ {
		list = append(list, v.String())
	}
	return list
}()

// reading is what a line says.
type reading struct {
	known   watch.Known // more than the payment only in tillwatch's own lines
	export  bool        // tillwatch wrote the line
	dropped []string    // why optional values were left out
	strange []string    // the names that mean nothing in the line
	nothing bool        // the line is about no payment
}

// payment returns the payment alone, as a person types or pastes one.
func (f *fields) payment() (watch.Payment, error) {
	r, err := f.read()
	return r.known.Payment, err
}

// read checks all values of a line and makes a payment of them.
func (f *fields) read() (reading, error) {
	var r reading
	ours, err := f.export()
	if err != nil {
		return r, err
	}
	r.export, r.strange = ours, f.unnamed(ours)
	if f.aboutNone() {
		return reading{nothing: true}, nil
	}
	p := &r.known.Payment
	if err := f.identity(p); err != nil {
		return reading{strange: r.strange}, err
	}
	if p.Expected, err = f.expects(ours); err != nil {
		return reading{strange: r.strange}, err
	}
	optional := func(n name, read func(text string) error) {
		v := f.values[n]
		if v.odd {
			r.dropped = append(r.dropped, words[n]+" is neither text nor a number")
		} else if v.text != "" {
			if err := read(v.text); err != nil {
				r.dropped = append(r.dropped, err.Error())
			}
		}
	}
	optional(namePhone, func(text string) (err error) { p.Phone, err = phone(text); return err })
	payer := p.Phone
	if payer == "" { // the label must not tell a number that is left out
		payer = digitsOf(f.text(namePhone))
	}
	optional(nameExecuted, moment(nameExecuted, &p.Executed))
	if ours {
		f.facts(&r.known, optional)
	}
	// Numbers of orders stay in a label. Only whole phone numbers are masked there.
	optional(nameLabel, func(text string) error {
		p.Label = watch.Clean(watch.MaskPhones(payer.MaskIn(watch.SafeExact(text, lineMax))), labelMax)
		return nil
	})
	optional(nameMethod, func(text string) error {
		p.Method = watch.Safe(text, methodMax)
		return nil
	})
	return r, nil
}

// aboutNone reports whether this is a line of --json about the program itself.
func (f *fields) aboutNone() bool {
	if len(f.strange) > 0 || !f.values[nameAt].there || !f.values[nameTrouble].there {
		return false
	}
	for n := range f.values {
		if n := name(n); f.values[n].there && n != nameAt && n != nameTrouble {
			return false
		}
	}
	return true
}

// identity reads which payment the line is about.
func (f *fields) identity(p *watch.Payment) error {
	for _, n := range []name{nameSession, nameReference, nameSourceType, nameSourceID} {
		if f.values[n].odd {
			return fmt.Errorf("%s is neither text nor a number", words[n])
		}
	}
	var errs [4]error
	p.Session, errs[0] = whole("session_id", f.text(nameSession))
	p.Reference, errs[1] = reference(f.text(nameReference))
	p.SourceType, errs[2] = sourceType(f.text(nameSourceType))
	p.SourceID, errs[3] = whole("source_id", f.text(nameSourceID))
	for _, err := range errs {
		if err != nil {
			return err
		}
	}
	if p.Reference == "" && (p.SourceType == "" || p.SourceID == 0) {
		return errors.New("there is neither a reference_id nor a source_type with its source_id")
	}
	return nil
}

// expects returns what the merchant expects to be charged. In tillwatch's own lines amount is what
// Dollr charged, so it is not used there.
func (f *fields) expects(ours bool) (watch.Money, error) {
	in := nameCurrency
	if f.values[nameExpectedCurrency].text != "" {
		in = nameExpectedCurrency
	}
	if ours {
		if money := f.text(nameExpectedMoney); money != "" {
			code, amount, both := strings.Cut(money, " ")
			if !both {
				return watch.Money{}, errors.New("expected_money is no currency with an amount")
			}
			return expectedOfOurs(amount, code)
		}
		if f.comma { // a spreadsheet has saved it
			return f.moneyOf(nameExpected, in)
		}
		return expectedOfOurs(f.text(nameExpected), f.text(in))
	}
	if f.text(nameExpected) == "" && !f.values[nameExpected].odd {
		return f.moneyOf(nameAmount, nameCurrency)
	}
	m, err := f.moneyOf(nameExpected, in)
	if err != nil || f.text(nameAmount) == "" {
		return m, err
	}
	other, err := f.moneyOf(nameAmount, nameCurrency)
	if err == nil && !(m.Comparable(other) && m.Cmp(other) == 0) {
		err = errors.New("amount and expected say different sums")
	}
	return m, err
}

// facts reads what one of tillwatch's own lines says in addition to the payment. The facts are
// enough for the same verdict, but none can lead to PAID or NOT PAID: for these Dollr is asked.
func (f *fields) facts(k *watch.Known, optional func(name, func(string) error)) {
	var at, verified, claimed time.Time
	optional(nameAt, moment(nameAt, &at))
	optional(nameVerified, moment(nameVerified, &verified))
	optional(nameClaimed, moment(nameClaimed, &claimed))
	optional(nameHanded, moment(nameHanded, &k.Handed))
	optional(nameBegun, moment(nameBegun, &k.Begun))
	k.Stopped = f.text(nameVerdict) == watch.Stopped.String()
	k.Damaged = f.text(nameDamaged) != "" || f.text(nameReason) == watch.Damaged.Code()
	word := func(n name) string { return watch.Clean(masked(f.text(n)), wordMax) }
	if status := word(nameStatus); !slices.Contains(finals, status) {
		k.Status = status // so a payment that had begun does not count as never landed
	}
	if later := word(nameLaterStatus); later != "" && later != word(nameFinalStatus) { // twice the same contradicts nothing
		said := watch.Answer{Code: 200, Reference: k.Reference}
		if k.Hosted() {
			said.SourceType, said.SourceID = k.SourceType, k.SourceID
		}
		first, second := said, said
		first.At, first.Status = verified, word(nameFinalStatus)
		second.At, second.Status = at, later
		k.Final, k.Changed = first, watch.Keep(second)
	}
	if hint := word(nameHint); hint != "" {
		k.Hint = watch.Hint{Status: hint, At: at, Claimed: claimed}
	}
}

// finals lists the statuses that only Dollr's own answer may set.
var finals = []string{watch.StatusCompleted, watch.StatusFailed, watch.SourcePaid, watch.SourceCanceled}

// moment parses a time with its zone.
func moment(n name, into *time.Time) func(string) error {
	return func(text string) error {
		at, err := time.Parse(time.RFC3339, text)
		if err != nil {
			return fmt.Errorf("%s %s is not a time like 2025-06-01T14:30:00Z", words[n], part(text))
		}
		*into = at.UTC()
		return nil
	}
}

// whole reads an id: a whole number above 0, or 0 if there is none.
func whole(name, text string) (int64, error) {
	if text == "" {
		return 0, nil
	}
	n, err := strconv.ParseInt(text, 10, 64)
	if err != nil || n <= 0 || text[0] == '+' {
		return 0, fmt.Errorf("%s %s is not a whole number above 0", name, part(text))
	}
	return n, nil
}

// reference takes a UUID of version 4 in its usual form, as Dollr documents reference_id.
// Dollr would answer another with a 422; a person had better hear it here.
func reference(text string) (string, error) {
	if text == "" {
		return "", nil
	}
	id, err := uuid.Parse(text)
	switch {
	case len(text) == len(id.String())-1 || len(text) == len(id.String())+1:
		return "", fmt.Errorf("reference_id %s has %d characters, and a UUID has 36", part(text), len(text))
	case err != nil || len(text) != len(id.String()): // no braces, no urn:uuid:, no missing dashes
		return "", fmt.Errorf("reference_id %s is not a UUID like 550e8400-e29b-41d4-a716-446655440000", part(text))
	case id.Version() != 4 || id.Variant() != uuid.RFC4122:
		return "", fmt.Errorf("reference_id %s is a UUID, but not of version 4, which Dollr wants", part(text))
	}
	return text, nil
}

func sourceType(text string) (string, error) {
	for _, word := range []string{"", "INVOICE", "ORDER"} {
		if len(text) == len(word) && strings.EqualFold(text, word) { // letters that fold into ASCII take more bytes
			return word, nil
		}
	}
	return "", fmt.Errorf("source_type %s is neither INVOICE nor ORDER", part(text))
}

// maskedPhone matches a number as tillwatch's exports have it.
var maskedPhone = regexp.MustCompile(`^(?:[0-9]{3}\*{1,9}[0-9]{3}|\*{1,6})$`)

// phone accepts 5 to 15 digits (E.164) and drops a leading plus. A masked number stays masked. The
// error repeats none of the digits.
func phone(text string) (watch.Phone, error) {
	if maskedPhone.MatchString(text) {
		return watch.Phone(text), nil
	}
	digits := strings.TrimPrefix(text, "+")
	notDigit := func(r rune) bool { return r < '0' || r > '9' }
	switch {
	case text == "":
		return "", nil
	case strings.ContainsFunc(digits, notDigit), len(digits) < 5, len(digits) > 15:
		return "", errors.New("phone is not 5 to 15 digits without spaces")
	}
	return watch.Phone(digits), nil
}

// digitsOf returns the digits of a number that cannot be accepted, so that they can be hidden
// elsewhere.
func digitsOf(text string) watch.Phone {
	digits := strings.Map(func(r rune) rune {
		if r < '0' || r > '9' {
			return -1
		}
		return r
	}, watch.Clean(text, partMax))
	if len(digits) < 5 {
		return ""
	}
	return watch.Phone(digits)
}

// part quotes a little of a bad line, clean and without secrets and long numbers.
func part(text string) string {
	return `"` + watch.Clean(masked(text), partMax) + `"`
}

// masked returns text of any length, clean and without secrets and long numbers.
func masked(text string) string { return watch.Safe(text, lineMax) }

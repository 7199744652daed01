package intake

import (
	"errors"
	"fmt"
	"strconv"
	"strings"
	"time"

	"github.com/google/uuid"

	"tillwatch/watch"
)

const (
	labelMax  = 120 // characters of a label
	methodMax = 40
	partMax   = 40 // characters of a bad line that a reason may repeat: a whole reference, for its last digit
)

// fields is what a line or a row says of a payment, as text; empty: nothing.
type fields struct {
	session, reference, sourceType, sourceID, label, amount, currency, method, phone, executed string
}

// place is where the value of a key or column belongs; nil: it is not one of ours.
func (f *fields) place(name string) *string {
	switch name {
	case "session_id":
		return &f.session
	case "reference_id":
		return &f.reference
	case "source_type":
		return &f.sourceType
	case "source_id":
		return &f.sourceID
	case "label":
		return &f.label
	case "amount":
		return &f.amount
	case "currency":
		return &f.currency
	case "method":
		return &f.method
	case "phone":
		return &f.phone
	case "executed_at":
		return &f.executed
	}
	return nil
}

// payment checks everything that was said and makes a Payment of it.
func (f *fields) payment() (watch.Payment, error) {
	var (
		p    watch.Payment
		errs [6]error
	)
	p.Session, errs[0] = whole("session_id", f.session)
	p.Reference, errs[1] = reference(f.reference)
	p.SourceType, errs[2] = sourceType(f.sourceType)
	p.SourceID, errs[3] = whole("source_id", f.sourceID)
	p.Expected, errs[4] = expected(f.amount, f.currency)
	p.Phone, errs[5] = phone(f.phone)
	for _, err := range errs {
		if err != nil {
			return watch.Payment{}, err
		}
	}
	if p.Reference == "" && (p.SourceType == "" || p.SourceID == 0) {
		return watch.Payment{}, errors.New("there is neither a reference_id nor a source_type with its source_id")
	}
	if f.executed != "" {
		at, err := time.Parse(time.RFC3339, f.executed)
		if err != nil {
			return watch.Payment{}, fmt.Errorf("executed_at %s is not a time like 2025-06-01T14:30:00Z", part(f.executed))
		}
		p.Executed = at.UTC()
	}
	// Numbers of orders stay in a label: only whole payers' numbers are masked there.
	p.Label = watch.Clean(watch.MaskPhones(p.Phone.MaskIn(watch.SafeExact(f.label, lineMax))), labelMax)
	p.Method = watch.Safe(f.method, methodMax)
	return p, nil
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
	switch upper := strings.ToUpper(text); upper {
	case "", "INVOICE", "ORDER":
		return upper, nil
	}
	return "", fmt.Errorf("source_type %s is neither INVOICE nor ORDER", part(text))
}

// expected reads what the merchant means to charge. Without its currency an amount would
// be compared with nothing, and a payment that is charged short would pass.
func expected(amount, currency string) (watch.Money, error) {
	m, err := watch.ParseMoney(amount, currency)
	switch {
	case err != nil:
		return watch.Money{}, fmt.Errorf("the expected money: %w", err)
	case strings.HasPrefix(m.Amount, "-"):
		return watch.Money{}, errors.New("the amount is below 0")
	case m.Said() && m.Currency == "":
		return watch.Money{}, errors.New("there is an amount without a currency")
	}
	return m, nil
}

// phone takes digits (E.164, 15 at most) and drops a leading plus. Its error repeats none
// of them.
func phone(text string) (watch.Phone, error) {
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

// part quotes a little of a bad line, clean and without secrets and long numbers.
func part(text string) string {
	return `"` + watch.Clean(masked(text), partMax) + `"`
}

// masked is text of any length, clean and without secrets and long numbers.
func masked(text string) string { return watch.Safe(text, lineMax) }

package intake

import (
	"fmt"
	"slices"
	"strings"
	"unicode"

	"golang.org/x/text/unicode/norm"
)

// name is one of the names that a column or a key may have.
type name uint8

// The names of any line come first, then those that only tillwatch's own lines have.
const (
	unknown name = iota
	nameSession
	nameReference
	nameSourceType
	nameSourceID
	nameLabel
	nameAmount
	nameCurrency
	nameMethod
	namePhone
	nameExecuted
	nameExpected
	nameExpectedCurrency
	nameVerdict // the first of the names that only tillwatch's own lines have
	nameAt
	nameStatus
	nameHint
	nameFinalStatus
	nameLaterStatus
	nameVerified
	nameHanded
	nameBegun
	nameClaimed
	nameExpectedMoney
	nameReason
	nameTrouble
	nameDamaged
	nameHeard
	nameRev
	nameOther // a name of tillwatch's own lines that says nothing at intake
	nameCount
)

// words holds the names as they are documented.
var words = [nameCount]string{
	nameSession: "session_id", nameReference: "reference_id", nameSourceType: "source_type", nameSourceID: "source_id",
	nameLabel: "label", nameAmount: "amount", nameCurrency: "currency", nameMethod: "method", namePhone: "phone",
	nameExecuted: "executed_at", nameExpected: "expected", nameExpectedCurrency: "expected_currency",
	nameVerdict: "verdict", nameAt: "at", nameStatus: "status", nameHint: "hint", nameFinalStatus: "final_status", nameLaterStatus: "later_status",
	nameVerified: "verified_at", nameHanded: "handed_at", nameBegun: "begun_at", nameClaimed: "claimed_at",
	nameExpectedMoney: "expected_money", nameReason: "reason", nameTrouble: "trouble", nameDamaged: "damaged", nameHeard: "heard_at", nameRev: "rev",
}

// others lists the names of tillwatch's exports and lines that say nothing at intake.
var others = []string{
	"slow", "link", "money", "payee_amount", "payee_currency", "provider_transaction_id", "gateway_message",
	"wallet_message", "unread_amount",
}

var byName = func() map[string]name {
	table := map[string]name{}
	for n, word := range words {
		if word != "" {
			table[folded(word)] = name(n)
		}
	}
	for _, word := range others {
		table[folded(word)] = nameOther
	}
	return table
}()

// folded returns a name without what people spell in different ways: the case and the width of
// letters, hyphens, underscores, blanks, and characters without width.
func folded(text string) string {
	return strings.Map(func(r rune) rune {
		if r == '_' || unicode.Is(unicode.Pd, r) || unicode.IsSpace(r) || unicode.In(r, unicode.Cc, unicode.Cf, unicode.Variation_Selector) {
			return -1
		}
		return unicode.ToLower(r)
	}, norm.NFKC.String(text))
}

// nameOf returns the name of which a text is a spelling, or unknown. It returns an error for a text
// that only resembles a name that decides about money, because a line read without that value could
// let a payment pass.
func nameOf(text string) (name, error) {
	plain := folded(text)
	if n := byName[plain]; n != unknown {
		return n, nil
	}
	for _, n := range []name{nameAmount, nameCurrency, nameExpected, nameExpectedCurrency} {
		if oneSlip(skeleton(plain), folded(words[n])) {
			return unknown, fmt.Errorf("%s is no known name; %s?", part(text), words[n])
		}
	}
	return unknown, nil
}

// skeleton replaces Cyrillic and Greek letters by the Latin ones that look the same.
func skeleton(text string) string { return lookalikes.Replace(text) }

var lookalikes = strings.NewReplacer(
	"а", "a", "с", "c", "ԁ", "d", "е", "e", "і", "i", "ı", "i", "м", "m", "т", "t", "о", "o", "р", "p", "г", "r", "у", "y", "х", "x", "ѕ", "s", "п", "n", "ц", "u",
	"α", "a", "ε", "e", "ι", "i", "ν", "n", "η", "n", "ο", "o", "ρ", "p", "τ", "t", "υ", "u", "χ", "x",
)

// oneSlip reports whether two words differ by one letter that is wrong, missing or added, or by two
// neighbours that changed places.
func oneSlip(a, b string) bool {
	x, y := []rune(a), []rune(b)
	for len(x) > 0 && len(y) > 0 && x[0] == y[0] {
		x, y = x[1:], y[1:]
	}
	for len(x) > 0 && len(y) > 0 && x[len(x)-1] == y[len(y)-1] {
		x, y = x[:len(x)-1], y[:len(y)-1]
	}
	return len(x) <= 1 && len(y) <= 1 || len(x) == 2 && len(y) == 2 && x[0] == y[1] && x[1] == y[0]
}

// value is what a line says under one name.
type value struct {
	text   string
	there  bool   // the name is there, perhaps with an empty value
	number bool   // a JSON number, which has one meaning
	odd    bool   // neither text nor a number
	as     string // the spelling of the name
}

// fields holds the values of a line.
type fields struct {
	values  [nameCount]value
	strange []string // unknown names
	spare   []string // names of tillwatch's own lines that say nothing
	comma   bool     // a decimal comma is allowed
}

// put records a value. It refuses a name that came before, in any spelling.
func (f *fields) put(spelled string, v value) error {
	n, err := nameOf(spelled)
	if err != nil {
		return err
	}
	switch {
	case n == nameOther:
		f.spare = append(f.spare, spelled)
		return nil
	case n == unknown && folded(spelled) != "":
		f.strange = append(f.strange, spelled)
		return nil
	case n == unknown:
		return nil
	}
	if before := f.values[n]; before.there {
		if before.as == spelled {
			return fmt.Errorf("%s stands there twice", part(spelled))
		}
		return fmt.Errorf("%s and %s are two spellings of one name", part(before.as), part(spelled))
	}
	v.there, v.as = true, spelled
	f.values[n] = v
	return nil
}

func (f *fields) text(n name) string { return f.values[n].text }

// export reports whether tillwatch wrote the line, for an export or for --json. In such a line
// amount is what Dollr charged. The error is about a line of which that cannot be known.
func (f *fields) export() (bool, error) {
	verdict := f.values[nameVerdict]
	ours := verdict.there && f.values[nameAt].there && slices.Contains(verdicts, verdict.text)
	if ours || f.text(nameAmount) == "" {
		return ours, nil
	}
	for _, n := range []name{nameVerdict, nameVerified, nameHeard, nameRev, nameHanded, nameFinalStatus, nameLaterStatus} {
		if f.values[n].there {
			return false, fmt.Errorf("with %s in the line it is not known whether amount is expected or charged: leave out one of them, "+
				"or hand the line over as it was exported, with verdict and at", words[n])
		}
	}
	return false, nil
}

// unnamed returns the names of a line that mean nothing in it.
func (f *fields) unnamed(ours bool) []string {
	list := f.strange
	if !ours {
		list = append(list, f.spare...)
		for n := nameVerdict; n < nameOther; n++ {
			if f.values[n].there {
				list = append(list, f.values[n].as)
			}
		}
	}
	return list
}

package dollr

import (
	"regexp"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/go-json-experiment/json"
	"github.com/go-json-experiment/json/jsontext"

	"tillwatch/watch"
)

// object is one JSON object of Dollr's, read field by field, because ids and amounts come as
// numbers or as text and any field may be missing. Names are matched exactly: "STATUS" is not
// "status".
type object struct {
	fields map[string]jsontext.Value
	tidy   func(string, int) string
}

// parse reads body as one JSON object that has exactly one reading. It refuses a name that stands
// twice in one object, at any depth, broken UTF-8, and anything after the object.
func (c *Client) parse(body []byte) (object, bool) {
	o := object{tidy: c.tidy}
	err := json.Unmarshal(body, &o.fields)
	return o, err == nil && o.fields != nil
}

// has reports whether a field is present and not null.
func (o object) has(key string) bool {
	value := o.fields[key]
	return len(value) > 0 && value.Kind() != jsontext.KindNull
}

// isText reports whether a field is text.
func (o object) isText(key string) bool { return o.fields[key].Kind() == jsontext.KindString }

// text returns a field that is text, as it came. Any other value counts as missing.
func (o object) text(key string) string {
	if !o.isText(key) {
		return ""
	}
	return plainText(o.fields[key])
}

// mistyped returns the first of the keys whose value is present and no text, and "" if there is
// none.
func (o object) mistyped(keys ...string) string {
	for _, key := range keys {
		if o.has(key) && !o.isText(key) {
			return key
		}
	}
	return ""
}

// raw is a plain value as text, as it came; lists and objects count as missing.
func (o object) raw(key string) string {
	if value := o.fields[key]; flat(value) {
		return plainText(value)
	}
	return ""
}

// word is a field of any shape as clean text.
func (o object) word(key string, max int) string { return o.tidy(plainText(o.fields[key]), max) }

// exact is a field that is compared with others, such as a status. Cleaning must not make
// "COMPLETED" of something that only looks like it, a list of it included, so what had to
// be changed gets a question mark and equals nothing.
func (o object) exact(key string, max int) string {
	value := o.fields[key]
	came := plainText(value)
	clean := watch.SafeExact(came, max)
	if !strings.HasSuffix(key, "id") && key != "source_number" { // a number that is no id may be a payer's
		clean = watch.Safe(came, max)
	}
	if came != "" && (clean != came || !flat(value)) {
		return clean + "?"
	}
	return clean
}

// id returns a whole number above 0 in plain digits, which may be written as text. It returns 0 if
// there is none.
func (o object) id(key string) int64 {
	n, _ := strconv.ParseInt(o.raw(key), 10, 64) // other forms do not format back to the same text
	if strconv.FormatInt(n, 10) != o.raw(key) {
		return 0
	}
	return max(0, n)
}

// money reads an amount and its currency. An amount is a JSON number or text in the form that
// [watch.ParseMoney] reads, without blanks around it. A currency is text. If what came cannot be
// read so, money returns it as unread; it never counts as an absent amount.
func (o object) money(amount, currency string) (m watch.Money, unread string) {
	said, in := o.raw(amount), o.text(currency)
	if !o.has(amount) || o.isText(amount) && said == "" {
		return watch.Money{}, "" // a currency alone says nothing about money
	}
	m, err := watch.ParseMoney(said, in)
	odd := !flat(o.fields[amount]) || o.has(currency) && !o.isText(currency)
	if err != nil || odd || strings.TrimSpace(said) != said || strings.TrimSpace(in) != in {
		return watch.Money{}, strings.TrimSpace(o.asItCame(amount) + " " + o.asItCame(currency))
	}
	return m, ""
}

// asItCame returns a field for a person to read, clean and short. Quotes and brackets show whether
// it is text, a number, a list or an object.
func (o object) asItCame(key string) string {
	if !o.has(key) {
		return ""
	}
	shown := o.tidy(plainText(o.fields[key]), wordMax)
	switch o.fields[key].Kind() {
	case jsontext.KindString:
		return `"` + shown + `"`
	case jsontext.KindBeginArray:
		return "[" + shown + "]"
	case jsontext.KindBeginObject:
		return "{" + shown + "}"
	}
	return shown
}

// flag is a boolean.
func (o object) flag(key string) bool { return strings.EqualFold(o.raw(key), "true") }

// time is a moment in RFC 3339; zero if it is missing or no such thing.
func (o object) time(key string) time.Time {
	t, err := time.Parse(time.RFC3339, o.raw(key))
	if err != nil {
		return time.Time{}
	}
	return t.UTC()
}

// duration reads a number of units, above 0 and at most most. It returns false for any other value.
// The number may be written as text, in the form of a JSON number.
func (o object) duration(key string, unit, most time.Duration) (time.Duration, bool) {
	said := o.raw(key)
	if !jsontext.Value(said).IsValid() {
		return 0, false // Go parses other forms of numbers too
	}
	n, err := strconv.ParseFloat(said, 64)
	if err != nil || !(n > 0 && n <= float64(most)/float64(unit)) {
		return 0, false
	}
	return time.Duration(n * float64(unit)), true
}

// plainText is any JSON value as text. Of a list or an object the plain values inside are
// given, but for those whose name speaks of a secret or a number to call.
func plainText(value jsontext.Value) string {
	if len(value) == 0 || string(value) == "null" {
		return ""
	}
	switch value[0] {
	case '"':
		var text string
		if json.Unmarshal(value, &text) != nil {
			return ""
		}
		return text
	case '{':
		var inner map[string]jsontext.Value
		if json.Unmarshal(value, &inner) != nil {
			return ""
		}
		var parts []string
		for key, v := range inner {
			if flat(v) && !secretName.MatchString(key) {
				parts = append(parts, key+": "+plainText(v))
			}
		}
		slices.Sort(parts)
		return strings.Join(parts, ", ")
	case '[':
		var inner []jsontext.Value
		if json.Unmarshal(value, &inner) != nil {
			return ""
		}
		var parts []string
		for _, v := range inner {
			if flat(v) {
				parts = append(parts, plainText(v))
			}
		}
		return strings.Join(parts, ", ")
	}
	return string(value)
}

func flat(value jsontext.Value) bool {
	return len(value) > 0 && value[0] != '{' && value[0] != '['
}

var secretName = regexp.MustCompile(`(?i)secret|token|password|authorization|api_?key|phone|msisdn`)

// tidy makes text from the network fit to be shown.
func (c *Client) tidy(s string, max int) string { return watch.Safe(s, max) }

package dollr

import (
	"encoding/json"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"time"

	"tillwatch/watch"
)

// object is one JSON object of Dollr's, read field by field and leniently: ids and
// amounts come as numbers or as text, and any field may be missing. Names are matched
// exactly, so "STATUS" does not pass for "status".
type object struct {
	fields map[string]json.RawMessage
	tidy   func(string, int) string
}

// parse reads body as one JSON object.
func (c *Client) parse(body []byte) (object, bool) {
	o := object{tidy: c.tidy}
	err := json.Unmarshal(body, &o.fields)
	return o, err == nil && o.fields != nil
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
	if !strings.HasSuffix(key, "id") && key != "source_number" { // what is no id may be a payer's number
		clean = watch.Safe(came, max)
	}
	if came != "" && (clean != came || !flat(value)) {
		return clean + "?"
	}
	return clean
}

// id is a whole number, which may be written as text; 0 if there is none.
func (o object) id(key string) int64 {
	n, err := strconv.ParseInt(o.raw(key), 10, 64)
	if err != nil {
		return 0
	}
	return n
}

// money is an amount with its currency. One that cannot be read is left out: it decides
// nothing, and the status beside it does.
func (o object) money(amount, currency string) watch.Money {
	m, err := watch.ParseMoney(o.raw(amount), o.raw(currency))
	if err != nil {
		return watch.Money{}
	}
	return m
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

// duration is a number of units, above 0 and at most most.
func (o object) duration(key string, unit, most time.Duration) (time.Duration, bool) {
	n, err := strconv.ParseFloat(o.raw(key), 64)
	if err != nil || !(n > 0 && n <= float64(most)/float64(unit)) { // also when it is not a number
		return 0, false
	}
	return time.Duration(n * float64(unit)), true
}

// plainText is any JSON value as text. Of a list or an object the plain values inside are
// given, but for those whose name speaks of a secret or a number to call.
func plainText(value json.RawMessage) string {
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
		var inner map[string]json.RawMessage
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
		var inner []json.RawMessage
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

func flat(value json.RawMessage) bool {
	return len(value) > 0 && value[0] != '{' && value[0] != '['
}

var secretName = regexp.MustCompile(`(?i)secret|token|password|authorization|api_?key|phone|msisdn`)

// tidy makes text from the network fit to be shown.
func (c *Client) tidy(s string, max int) string { return watch.Safe(s, max) }

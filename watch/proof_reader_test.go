package watch_test

import (
	"bytes"
	"encoding/json"
	"math/big"
	"regexp"
	"strconv"
	"strings"
	"unicode"
	"unicode/utf16"
	"unicode/utf8"
)

// This file decides once more, on its own, what an answer of the status API means. It shares
// nothing with the program: it has its own decoding of JSON, its own numbers and its own
// words. The tests next to it hold the program to it.

// sale is a payment, as far as its end depends on it. An empty price is none.
type sale struct {
	reference, kind string // of the two one is empty
	id              int64
	price, currency string
}

// reading is what one answer means for a sale.
type reading struct {
	about  bool   // it can be read, and is about this very sale
	status string // then: Dollr's word
	end    string // then: PAID, NOT PAID or CHECK; empty: it is no end
}

var (
	aNumber   = regexp.MustCompile(`^-?(0|[1-9][0-9]*)(\.[0-9]+)?([eE][+-]?[0-9]+)?$`)
	aDecimal  = regexp.MustCompile(`^(-?[0-9]+(?:\.[0-9]+)?)(?:[eE]([+-]?[0-9]{1,2}))?$`)
	aCurrency = regexp.MustCompile(`^[a-zA-Z]{3}$`)
)

// read is what an answer with the HTTP status 200 means for a sale.
func (s sale) read(body []byte) (r reading) {
	o := oneReading(body)
	word, _ := o["status"].(string)
	seen := strings.TrimFunc(word, func(c rune) bool { return !unicode.IsGraphic(c) || unicode.IsSpace(c) || c == '?' })
	kind, isText := o["operation_type"].(string)
	_, oddKind := o["source_type"].(string)
	reference, oddReference := o["reference_id"].(string)
	switch {
	case seen == "", o["operation_type"] != nil && !isText, o["source_type"] != nil && !oddKind, o["reference_id"] != nil && !oddReference:
		return r
	case s.reference != "":
		r.about = len(reference) == len(s.reference) && strings.ToLower(reference) == s.reference
	default:
		of, _ := o["source_type"].(string)
		number, isNumber := o["source_id"].(json.Number)
		digits, _ := o["source_id"].(string)
		r.about = len(of) == len(s.kind) && strings.ToUpper(of) == s.kind &&
			(isNumber && string(number) == strconv.FormatInt(s.id, 10) || digits == strconv.FormatInt(s.id, 10))
	}
	r.about = r.about && (o["operation_type"] == nil || kind == "COLLECTION")
	if !r.about {
		return r
	}
	r.status = word
	switch paid, not := "COMPLETED", "FAILED"; {
	case s.reference == "" && word == "CANCELED", s.reference != "" && word == not:
		r.end = "NOT PAID"
	case s.reference == "" && word == "PAID":
		r.end = s.charged(o["total_amount"], o["currency"])
	case s.reference != "" && word == paid:
		r.end = s.charged(o["payer_amount"], o["payer_currency"])
	}
	return r
}

// charged is what a final answer's own amount makes of a payment that was made.
func (s sale) charged(amount, currency any) string {
	text, isText := amount.(string)
	number, isNumber := amount.(json.Number)
	in, named := currency.(string)
	switch {
	case amount == nil || isText && text == "":
		if s.price == "" {
			return "PAID"
		}
		return "CHECK"
	case !isText && !isNumber, currency != nil && !named, in != "" && !aCurrency.MatchString(in):
		return "CHECK"
	}
	sum := exactly(text + string(number))
	price := exactly(s.price)
	switch {
	case sum == nil, sum.Sign() <= 0:
		return "CHECK"
	case s.price == "":
		return "PAID"
	case price == nil, strings.ToUpper(in) != s.currency, sum.Cmp(price) < 0:
		return "CHECK"
	}
	return "PAID"
}

// exactly is a decimal as a fraction; nil if it is none.
func exactly(text string) *big.Rat {
	parts := aDecimal.FindStringSubmatch(text)
	if parts == nil || len(text) > 1000 {
		return nil
	}
	sum, _ := new(big.Rat).SetString(parts[1])
	if parts[2] == "" {
		return sum
	}
	power, _ := strconv.Atoi(parts[2])
	tens := new(big.Rat).SetInt(new(big.Int).Exp(big.NewInt(10), big.NewInt(int64(max(power, -power))), nil))
	if power < 0 {
		tens.Inv(tens)
	}
	return sum.Mul(sum, tens)
}

// oneReading is a JSON object that can be read in one way alone; nil if it cannot.
func oneReading(body []byte) map[string]any {
	s := scan{b: body}
	value := s.value(0)
	s.space()
	o, isObject := value.(map[string]any)
	if s.bad || s.i < len(body) || !isObject || !utf8.Valid(body) {
		return nil
	}
	return o
}

// scan reads JSON (RFC 8259) from left to right. bad: it is none, or a name comes twice.
type scan struct {
	b   []byte
	i   int
	bad bool
}

func (s *scan) space() {
	for s.i < len(s.b) && strings.IndexByte(" \t\r\n", s.b[s.i]) >= 0 {
		s.i++
	}
}

// has goes over one of some characters, if it comes next.
func (s *scan) has(any string) bool {
	if s.bad || s.i >= len(s.b) || strings.IndexByte(any, s.b[s.i]) < 0 {
		return false
	}
	s.i++
	return true
}

// must is has for what has to come next, behind white space.
func (s *scan) must(any string) byte {
	s.space()
	if !s.has(any) {
		s.bad = true
		return 0
	}
	return s.b[s.i-1]
}

func (s *scan) value(deep int) any {
	s.space()
	switch from := s.i; {
	case deep > 10_000:
		s.bad = true
	case s.has("{"):
		o := map[string]any{}
		for first := true; !s.bad; first = false {
			if s.space(); first && s.has("}") {
				break
			}
			name := s.text()
			_, twice := o[name]
			s.must(":")
			o[name] = s.value(deep + 1)
			if s.bad = s.bad || twice; s.must(",}") == '}' {
				break
			}
		}
		return o
	case s.has("["):
		list := []any{}
		for first := true; !s.bad; first = false {
			if s.space(); first && s.has("]") {
				break
			}
			list = append(list, s.value(deep+1))
			if s.must(",]") == ']' {
				break
			}
		}
		return list
	case s.i < len(s.b) && s.b[s.i] == '"':
		return s.text()
	case s.has("-0123456789"):
		for s.has("+-.eE0123456789") {
		}
		number := string(s.b[from:s.i])
		s.bad = !aNumber.MatchString(number)
		return json.Number(number)
	default:
		for word, value := range map[string]any{"true": true, "false": false, "null": nil} {
			if bytes.HasPrefix(s.b[s.i:], []byte(word)) {
				s.i += len(word)
				return value
			}
		}
		s.bad = true
	}
	return nil
}

// text is a string without its quotes and escapes.
func (s *scan) text() string {
	if !s.has(`"`) {
		s.bad = true
	}
	var out []byte
	for !s.bad && s.i < len(s.b) {
		c := s.b[s.i]
		s.i++
		switch {
		case c == '"':
			return string(out)
		case c < ' ':
			s.bad = true
		case c != '\\':
			out = append(out, c)
		case s.has("u"):
			out = utf8.AppendRune(out, s.escape())
		case s.has(`"\/`):
			out = append(out, s.b[s.i-1])
		case s.has("bfnrt"):
			out = append(out, "\b\f\n\r\t"[strings.IndexByte("bfnrt", s.b[s.i-1])])
		default:
			s.bad = true
		}
	}
	s.bad = true
	return ""
}

// escape is the character of the digits behind \u, or of two such escapes.
func (s *scan) escape() rune {
	r := s.hex()
	if utf16.IsSurrogate(r) {
		if s.has(`\`) && s.has("u") {
			r = utf16.DecodeRune(r, s.hex())
		}
		s.bad = s.bad || r == utf8.RuneError || utf16.IsSurrogate(r) // half a character
	}
	return r
}

func (s *scan) hex() rune {
	digits := s.b[s.i:min(s.i+4, len(s.b))]
	n, err := strconv.ParseUint(string(digits), 16, 16)
	s.bad = s.bad || err != nil || len(digits) < 4
	s.i += len(digits)
	return rune(n)
}

package watch_test

import (
	"slices"
	"strconv"
	"strings"
	"unicode/utf8"
)

// chance draws a number below n. The smaller, the simpler is what becomes of it, so that a
// property test can make a failure small.
type chance func(n int) int

// of draws one of several texts.
func (c chance) of(texts ...string) string { return texts[c(len(texts))] }

// among draws a text, most of the time the first.
func (c chance) among(texts ...string) string {
	if c(2) == 0 {
		return texts[0]
	}
	return c.of(texts...)
}

const proofReference = "550e8400-e29b-41d4-a716-446655440000"

// sale draws a payment.
func (c chance) sale() sale {
	s := sale{reference: proofReference}
	if c(3) == 2 {
		s = sale{kind: c.of("ORDER", "INVOICE"), id: int64(c.of("101", "7")[0] - '0')}
	}
	if c(4) > 0 {
		s.price, s.currency = c.among("18.00", "18", "17.999999999999996", "0.01", "1500", "99999999999999999999.01"), c.of("USD", "LRD")
	}
	return s
}

// field is a name and a value of an object, as they are written.
type field struct{ name, value string }

// The forms in which a deciding value may come; the first is what Dollr documents.
var (
	proofEnds = []string{
		`"COMPLETED"`, `"FAILED"`, `"PROCESSING"`, `"PENDING"`, `"PAID"`, `"CANCELED"`, `"completed"`, `"COMPLETED "`, `" COMPLETED"`,
		`"СOMPLETED"`, `"COMPLETED\u200b"`, `"\u0043OMPLETED"`, `"COMPLETE\u0044"`, `"COMPLETED\u0000"`, `"ＣＯＭＰＬＥＴＥＤ"`, `["COMPLETED"]`,
		`{"status":"COMPLETED"}`, `[["COMPLETED"]]`, `true`, `5`, `null`, `""`, `"\u200b"`, `"?"`, `"UNDER_REVIEW"`, `"COMPLETED?"`,
		`"FAILED COMPLETED"`, `"` + strings.Repeat("COMPLETED", 20) + `"`, `"eyJhbGciOiJIUzI1NiJ9.e30.COMPLETED"`,
	}
	proofAmounts = []string{
		`18.00`, `"18.00"`, `18`, `"18"`, `18.000000000000000000000000001`, `17.999999999999996`, `17.99999999999999999999999999999`, `1.8e1`,
		`180E-1`, `"1.8e1"`, `1.7e1`, `0.18e+2`, `1500`, `"1500.00"`, `"1,500.00"`, `"15,00"`, `"18,00"`, `"USD 18.00"`, `".50"`, `"18."`, `"+18"`,
		`" 18"`, `"18 "`, `"18\u00a0"`, `"１８"`, `"٢٠"`, `"NaN"`, `"Infinity"`, `-0`, `"-0.00"`, `0`, `"0.00"`, `-18.00`, `"-18.00"`, `1e400`, `1e99`,
		`1e-99`, `1e100`, `1e999999999`, `"1e999999999"`, `"0x12"`, `"1_8"`, `"018.00"`, `true`, `false`, `null`, `""`, `" "`, `{"value":18}`,
		`{"amount":"18.00","currency":"USD"}`, `[18]`, `["18.00"]`, `[]`, `{}`, `"18.00 USD"`, `"18.00\u0000"`, `"eighteen"`, `99999999999999999999.01`,
		`99999999999999999999.00`, `0.01`, `0.009`, `"` + strings.Repeat("9", 1000) + `"`, `"` + strings.Repeat("9", 1001) + `"`,
		`18.` + strings.Repeat("0", 400) + `1`, `17.` + strings.Repeat("9", 400), `-1e99`,
	}
	proofCurrencies = []string{
		`"USD"`, `"LRD"`, `"usd"`, `"Usd"`, `"US$"`, `"US"`, `"USDT"`, `" USD"`, `"USD "`, `"uſd"`, `"ＵＳＤ"`, `"USD\u200b"`, `"\u0055SD"`,
		`840`, `null`, `""`, `" "`, `["USD"]`, `{"code":"USD"}`, `true`, `"XXX"`,
	}
	proofReferences = []string{
		`"` + proofReference + `"`, `"` + strings.ToUpper(proofReference) + `"`, `"550e8400-e29b-41d4-a716-446655440001"`,
		`"` + proofReference + ` "`, `"{` + proofReference + `}"`, `"\u0035` + proofReference[1:] + `"`, `"５` + proofReference[1:] + `"`,
		`["` + proofReference + `"]`, `{"id":"` + proofReference + `"}`, `5`, `true`, `null`, `""`, `"ORDER:101"`,
	}
	proofOperations = []string{
		`"COLLECTION"`, `null`, `"PAYOUT"`, `"REFUND"`, `"TRANSFER"`, `"collection"`, `""`, `" "`, `"COLLECTION "`, `"COLLECTION\u200b"`,
		`[["REFUND"]]`, `["COLLECTION"]`, `[]`, `{}`, `{"type":"COLLECTION"}`, `5`, `true`, `false`,
	}
	proofKinds   = []string{`"ORDER"`, `"INVOICE"`, `"order"`, `"ıNVOICE"`, `"ORDER "`, `["ORDER"]`, `null`, `5`, `""`, `"ＯＲＤＥＲ"`}
	proofNumbers = []string{`1`, `7`, `"1"`, `"7"`, `101`, `"01"`, `"+1"`, `1.0`, `1e0`, `-1`, `"１"`, `[1]`, `null`, `true`, `""`, `0`, `"0"`, `1.5`, `99999999999999999999`}
)

// body draws what the API answers about a sale, and says whether that is as documented: then
// its status is a final one and the program must understand it.
func (c chance) body(s sale) (body []byte, clean bool) {
	fields := c.plain(s)
	spoilt := max(0, c(6)-2)
	for range spoilt {
		fields = c.spoil(s, fields)
	}
	var b strings.Builder
	b.WriteByte('{')
	for i, f := range fields {
		if i > 0 {
			b.WriteString(c.of(",", ", ", ",\n\t"))
		}
		b.WriteString(`"` + f.name + `":` + f.value)
	}
	b.WriteByte('}')
	text := b.String()
	if spoilt > 0 && c(3) == 2 {
		text = c.maul(text)
	}
	return []byte(text), spoilt == 0
}

// plain is an answer as Dollr documents it, which ends the payment.
func (c chance) plain(s sale) []field {
	price, currency := s.price, s.currency
	if price == "" {
		price, currency = "18.00", "USD"
	}
	if c(2) == 1 {
		price = `"` + price + `"`
	}
	if s.reference == "" {
		return []field{
			{"source_id", strconv.FormatInt(s.id, 10)}, {"source_type", `"` + s.kind + `"`}, {"source_number", `"ORD-2025-00042"`},
			{"status", c.of(`"PAID"`, `"CANCELED"`)}, {"total_amount", price}, {"currency", `"` + currency + `"`}, {"paid_at", `null`},
		}
	}
	return []field{
		{"reference_id", `"` + s.reference + `"`}, {"operation_type", `"COLLECTION"`}, {"status", c.of(`"COMPLETED"`, `"FAILED"`)},
		{"payer_amount", price}, {"payer_currency", `"` + currency + `"`}, {"payee_amount", `17.10`}, {"payee_currency", `"USD"`},
		{"gateway_message", `"Approved"`}, {"wallet_message", `null`}, {"requires_action", `false`},
	}
}

// value draws a form of a field's value.
func (c chance) value(name string) string {
	switch name {
	case "status":
		return c.of(proofEnds...)
	case "payer_amount", "total_amount", "payee_amount":
		return c.of(proofAmounts...)
	case "payer_currency", "currency", "payee_currency":
		return c.of(proofCurrencies...)
	case "reference_id":
		return c.of(proofReferences...)
	case "operation_type":
		return c.of(proofOperations...)
	case "source_type":
		return c.of(proofKinds...)
	case "source_id":
		return c.of(proofNumbers...)
	}
	return c.of(`null`, `"x"`, `5`, `[1,{"a":null}]`, `{"a":1,"b":{"status":"COMPLETED"}}`, `{"a":1,"a":2}`, `[[{"b":"","b":""}]]`, `"\ud83d\ude00"`, `"\ud800"`, `"\\ud800"`)
}

// spoil changes the fields in one way.
func (c chance) spoil(s sale, fields []field) []field {
	at := c(len(fields))
	switch c(9) {
	case 0, 1, 2:
		fields[at].value = c.value(fields[at].name)
	case 3:
		return slices.Delete(fields, at, at+1)
	case 4: // twice, in one spelling or two
		twin := fields[at]
		if c(2) == 1 {
			twin.value = c.value(twin.name)
		}
		if c(3) == 2 {
			twin.name = `\u00` + strconv.FormatInt(int64(twin.name[0]), 16) + twin.name[1:]
		}
		return slices.Insert(fields, c(len(fields)+1), twin)
	case 5: // a name that only looks like ours
		fields[at].name = c.of(strings.ToUpper(fields[at].name), strings.ToUpper(fields[at].name[:1])+fields[at].name[1:], fields[at].name+" ",
			strings.ReplaceAll(fields[at].name, "_", "-"), strings.ReplaceAll(fields[at].name, "a", "а"), strings.ReplaceAll(fields[at].name, "s", "ſ"))
	case 6: // the other kind of answer as well
		other := c.plain(sale{reference: proofReference})
		if s.reference != "" {
			other = c.plain(sale{kind: "ORDER", id: 1})
		}
		return append(fields, other[c(len(other))])
	case 7:
		return append(fields, field{c.of("more", "detail", "data", "client_secret", "STATUS", "Status", "amount"), c.value("")})
	case 8:
		other := c(len(fields))
		fields[at], fields[other] = fields[other], fields[at]
	}
	if len(fields) == 0 {
		return []field{{"status", `"COMPLETED"`}}
	}
	return fields
}

// maul changes the text of an answer in one way.
func (c chance) maul(text string) string {
	at := c(len(text) + 1)
	switch c(9) {
	case 0:
		return text[:at]
	case 1:
		return text[:at] + c.of(" ", "\n", "\t", "\u00a0", "\ufeff", "\x00", "\xff", ",", `"`, "}", "{", "0", "\u200b") + text[at:]
	case 2:
		return text + c.of(" ", "\n", text, "{}", "null", ",", "]", "\x00", "x", "\ufeff")
	case 3:
		return c.of(" ", "\n", "\ufeff", "\xef\xbb\xbf", ")]}'\n", "x", "null") + text
	case 4:
		return c.of(`{"data":`, `{"status":`, `{"detail":`) + text + "}"
	case 5:
		return "[" + text + "]"
	case 6: // a letter becomes its escape
		if at < len(text) && text[at] < utf8.RuneSelf {
			return text[:at] + `\u` + strconv.FormatInt(0x10000+int64(text[at]), 16)[1:] + text[at+1:]
		}
	case 7: // a letter is lost
		if at < len(text) {
			return text[:at] + text[at+1:]
		}
	case 8:
		if at < len(text) {
			return text[:at] + string(rune(text[at]^byte(1<<c(8)))) + text[at+1:]
		}
	}
	return text
}

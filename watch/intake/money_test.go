package intake

import (
	"fmt"
	"strings"
	"testing"

	"tillwatch/watch"
)

// priced is a line with this amount, as it stands in JSON, and this currency.
func priced(amount, in string) string {
	return fmt.Sprintf(`{"reference_id":"%s","amount":%s,"currency":"%s"}`, ref, amount, in)
}

func TestAmount_IsReadInOneWayOnly(t *testing.T) {
	for amount, want := range map[string]string{
		`"18.00"`: "18.00", `18.00`: "18.00", `18`: "18", `"018.5"`: "018.5", `" 18.00 "`: "18.00", `1e3`: "1000", `1.8E1`: "18",
		`"1,500.00"`: "1500.00", `"1,234,567"`: "1234567", `"12,345,678.9"`: "12345678.9", `"1 500"`: "1500", `"1 500 000.25"`: "1500000.25",
		"\"1\u00a0500\"": "1500", "\"1\u202f500.5\"": "1500.5", "\"1\u2009500\"": "1500",
		`1.500`: "1.500", `"1500.000"`: "1500.000", `"0.500"`: "0.500", `"18.0000"`: "18.0000", `0.01`: "0.01",
		`12345678901234567.80`: "12345678901234567.80",
	} {
		p, err := Line([]byte(priced(amount, "usd")))
		if err != nil || p.Expected != (watch.Money{Amount: want, Currency: "USD"}) {
			t.Errorf("%s is read as %v, %v, want %s", amount, p.Expected, err, want)
		}
	}
	for amount, want := range map[string]string{
		`"1,500"`: "in two ways: 1500, or", `"1.500"`: "in two ways: 1500, or", `"123.456"`: "in two ways", `"123,456"`: "in two ways", `"-1,500"`: "in two ways",
		`"18,00"`: "not a plain decimal", `"1.500,00"`: "not a plain decimal", `"1.500.000"`: "not a plain decimal", `"1,50,000"`: "not a plain decimal",
		`"1500,000.00"`: "not a plain decimal", `"1,500.00.1"`: "not a plain decimal", `"15 00"`: "not a plain decimal", `"1 500,0"`: "not a plain decimal",
		`".50"`: "not a plain decimal", `"5."`: "not a plain decimal", `"+5"`: "not a plain decimal", `"1.5E+03"`: "not a plain decimal", `"0x12"`: "not a plain decimal",
		`"$18.00"`: "not a plain decimal", `"USD 18.00"`: "not a plain decimal", `"18.00 USD"`: "not a plain decimal", `"(18.00)"`: "not a plain decimal", `"１８"`: "not a plain decimal", `"١٨"`: "not a plain decimal",
		`"1'500.00"`: "not a plain decimal", `"NaN"`: "not a plain decimal",
		`-1`: "not above 0", `"-1.00"`: "not above 0", `0`: "not above 0", `"0.00"`: "not above 0", `-0`: "not above 0", `0e5`: "not above 0",
		`true`: "amount is neither", `[18]`: "amount is neither", `{"value":18}`: "amount is neither",
		`"` + strings.Repeat("9", amountMost+1) + `"`: "longer than any sum",
	} {
		p, err := Line([]byte(priced(amount, "USD")))
		if err == nil || !strings.Contains(err.Error(), want) || p != (watch.Payment{}) {
			t.Errorf("%s is read as %v, %v, want %s", amount, p.Expected, err, want)
		}
	}
	// A currency of three decimals makes three of them plain, but not the comma.
	if p, err := Line([]byte(priced(`"1.500"`, "KWD"))); err != nil || p.Expected.Amount != "1.500" {
		t.Errorf("dinars are read as %v, %v", p.Expected, err)
	}
	if _, err := Line([]byte(priced(`"1,500"`, "KWD"))); err == nil {
		t.Error("dinars with a comma are taken")
	}
	if d := read("reference_id;amount;currency\n"+ref+";1,500;KWD\n", 50); len(d.bad) != 1 {
		t.Errorf("dinars with a comma between semicolons are taken: %v", d.last.Expected)
	}
	long := "1" + strings.Repeat(",234", 7) + ".0123456789" // as long as may be
	if p, err := Line([]byte(priced(`"`+long+`"`, "USD"))); len(long) != amountMost || err != nil || p.Expected.String() != "USD "+long {
		t.Errorf("much money is read as %v, %v", p.Expected, err)
	}
}

func TestAmount_HasADecimalCommaOnlyBetweenSemicolons(t *testing.T) {
	for amount, want := range map[string]string{
		"18,00": "18.00", "18.00": "18.00", "1.500,00": "1500.00", "1.500.000": "1500000", "1 500,5": "1500.5", "1\u00a0500,00": "1500.00",
		"1,500.00": "1500.00", "0,5": "0.5", "1500": "1500", "1500,250": "1500.250",
		"1,500": "", "1.500": "", "12.34,5": "", "1.500,": "", ",5": "", "1,2,3": "",
	} {
		for separator, named := range map[string]string{"": "reference_id;amount;currency\n", "sep": "sep=;\nreference_id;amount;currency\n"} {
			d := read(named+ref+";"+amount+";LRD\n", 7)
			switch {
			case want == "" && (len(d.bad) != 1 || d.ids != nil):
				t.Errorf("%s%q: took %v, reported %v", separator, amount, d.last.Expected, d.bad)
			case want != "" && (d.bad != nil || d.last.Expected != watch.Money{Amount: want, Currency: "LRD"}):
				t.Errorf("%s%q: took %v, reported %v, want %s", separator, amount, d.last.Expected, d.bad, want)
			}
		}
	}
	for _, comma := range []string{",", "\t"} {
		d := read(strings.ReplaceAll(strings.ReplaceAll("reference_id,amount,currency\n"+ref+",X,LRD\n", ",", comma), "X", map[string]string{",": `"18,00"`, "\t": "18,00"}[comma]), 7)
		if len(d.bad) != 1 || !strings.Contains(d.bad[0].Reason, "not a plain decimal") {
			t.Errorf("between %q: took %v, reported %v", comma, d.last.Expected, d.bad)
		}
	}
}

func TestCurrency_IsOneOfISO4217(t *testing.T) {
	for code, want := range map[string]string{
		"LDR": "LDR is no ISO 4217 currency; LRD?", "ldr": "ldr is no ISO 4217 currency; LRD?", "UDS": "UDS is no ISO 4217 currency; USD?",
		"US$": "US$ is no ISO 4217 currency; USD?", "FRW": "FRW is no ISO 4217 currency; RWF?", "RFW": "RFW is no ISO 4217 currency; RWF?",
		"USDD": "USDD is no ISO 4217 currency; USD?", "US": "US is no ISO 4217 currency; USD?", "LD": "LD is no ISO 4217 currency; LRD?",
		"XXX": "XXX is no ISO 4217 currency, like LRD", "XTS": "XTS is no ISO 4217 currency, like LRD",
		"QQQ": "QQQ is no ISO 4217 currency, like LRD", "dollars": `"dollars" is no ISO 4217 currency, like LRD`, "LRD500": `"LRD500" is no ISO 4217 currency, like LRD`,
		"ＵＳＤ": `"ＵＳＤ" is no ISO 4217 currency, like LRD`, "uſd": `"uſd" is no ISO 4217 currency; USD?`, "840": `"840" is no ISO 4217 currency, like LRD`,
	} {
		for _, amount := range []string{`"500"`, `""`, "null"} {
			if _, err := Line([]byte(priced(amount, code))); err == nil || err.Error() != want {
				t.Errorf("%s %s: %v, want %s", code, amount, err, want)
			}
		}
	}
	for _, code := range []string{"LRD", "usd", "Rwf", "EUR", " GBP "} {
		p, err := Line([]byte(priced(`"500"`, code)))
		if err != nil || p.Expected.Currency != strings.ToUpper(strings.TrimSpace(code)) {
			t.Errorf("%s: %v, %v", code, p.Expected, err)
		}
	}
	if _, err := Line([]byte(`{"reference_id":"` + ref + `","amount":5,"currency":["USD"]}`)); err == nil || err.Error() != "currency is neither text nor a number" {
		t.Errorf("a list: %v", err)
	}
	if _, err := Line([]byte(priced("5", ""))); err == nil || err.Error() != "there is an amount without a currency" {
		t.Errorf("no currency: %v", err)
	}
}

package watch

import (
	"encoding/json"
	"fmt"
	"strings"
	"testing"
)

func TestMoney_KeepsDigitsAndScale(t *testing.T) {
	for in, want := range map[string]string{
		"1500.00": "LRD 1,500.00", "18": "LRD 18", "0.10": "LRD 0.10", "86000": "LRD 86,000",
		"1e3": "LRD 1,000", "12.5E-1": "LRD 1.25", "-5.00": "LRD -5.00", " 7.0 ": "LRD 7.0",
		"123456789012345678901234.123456789012": "LRD 123,456,789,012,345,678,901,234.123456789012",
		"15.000000000000000000000000001":        "LRD 15.000000000000000000000000001",
		"0015.00":                               "LRD 0,015.00", "1.8e1": "LRD 18", "-0": "LRD -0",
		"1" + strings.Repeat("0", 999): "LRD 1" + strings.Repeat(",000", 333),
	} {
		m, err := ParseMoney(in, "lrd")
		if err != nil || m.String() != want {
			t.Errorf("%q: got %q, %v; want %q", in, m, err, want)
		}
	}
	for _, in := range []string{"1,500.00", "abc", "1e999", "1e-999", "1e999999999", "1e+100", "+15", "１５", "15٠", "15 00", "1'500", "15,00", "$15", "1e", "e1", "-", ".", "1.2.3",
		"1" + strings.Repeat("0", 1000), strings.Repeat("9", 990) + "e99", "0." + strings.Repeat("9", 990) + "e-99", ".5", "5.", "0x10", "1_000", "NaN", "--1"} {
		if m, err := ParseMoney(in, "LRD"); err == nil {
			t.Errorf("%q was taken as %q", in, m)
		}
	}
	for _, in := range []string{"LR$", "US", "USDD", "uſd", "ＵＳＤ", "US D", "840", "U\u200bSD"} {
		if m, err := ParseMoney("1", in); err == nil {
			t.Errorf("%q was taken as the currency %q", in, m.Currency)
		}
	}
}

func TestMoney_WhatIsNoNumberIsComparedWithNothing(t *testing.T) {
	for _, broken := range []string{"", "x", "1e3", "1e999999999", "0x10", "-", ".", "1.2.3", "1-1", "Inf", "NaN", "1_0"} {
		m := Money{broken, "USD"}
		if _, ok := m.Decimal(); ok || m.Comparable(Money{"0", "USD"}) || (Money{"0", "USD"}).Comparable(m) {
			t.Errorf("%q is taken for a number", broken)
		}
	}
	if d, ok := (Money{"-1.50", ""}).Decimal(); !ok || d.String() != "-1.5" {
		t.Errorf("-1.50 is %v, %t", d, ok)
	}
}

func TestMoney_AddsWithinACurrencyOnly(t *testing.T) {
	sum := Money{}.Add(Money{"0.10", "USD"}).Add(Money{"0.2", "USD"}).Add(Money{})
	if sum != (Money{"0.30", "USD"}) {
		t.Errorf("got %v", sum)
	}
	if sum := (Money{"0.1", "USD"}).Add(Money{"0.25", "USD"}); sum != (Money{"0.35", "USD"}) {
		t.Errorf("the finer scale came second: %v", sum)
	}
	defer func() {
		if recover() == nil {
			t.Error("dollars and Liberian dollars were added")
		}
	}()
	sum.Add(Money{"1", "LRD"})
}

func TestPhone_IsMaskedWhereverItIsPrinted(t *testing.T) {
	p := Payment{Phone: "231771234567"}
	js, err := json.Marshal(p)
	if err != nil {
		t.Fatal(err)
	}
	for _, out := range []string{fmt.Sprint(p.Phone), fmt.Sprintf("%v %+v %#v %s", p, p, p, p.Phone), string(js)} {
		if want := "231******567"; !contains(out, want) || contains(out, "231771234567") {
			t.Errorf("want it as %s only: %s", want, out)
		}
	}
	for _, verb := range []string{"%d", "%x", "%q", "%#v", "%t"} { // vet knows a wrong one, a format made at run time it doesn't
		if out := fmt.Sprintf(verb, p.Phone); out != "231******567" {
			t.Errorf("%s prints %s", verb, out)
		}
	}
	if short := Phone("12345").String(); short != "*****" {
		t.Errorf("a short number is %q", short)
	}
}

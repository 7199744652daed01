package intake

import (
	"fmt"
	"runtime"
	"strings"
	"testing"
	"unicode/utf8"

	"tillwatch/watch"
)

// TestHostile_EachLineIsBoundedAndSaidInOneLine has a merchant's file hold whatever may
// hurt, between two good lines. Those are taken whatever stands between them.
func TestHostile_EachLineIsBoundedAndSaidInOneLine(t *testing.T) {
	hosted := func(more string) string { return `{"source_type":"ORDER","source_id":9,` + more + `}` }
	nested := func(n int) string { return strings.Repeat("[", n) + strings.Repeat("]", n) }
	for name, c := range map[string]struct {
		line  string
		want  string // a part of the reason; empty: the line is taken
		label string // of the payment that is taken
	}{
		"64 MB without a newline":              {strings.Repeat("x", 64<<20), "longer than 64 KiB", ""},
		"64 MB of an object":                   {`{"label":"` + strings.Repeat("x", 64<<20) + `"}`, "longer than 64 KiB", ""},
		"lists 30,000 deep":                    {hosted(`"x":` + nested(30_000)), "nested too deep", ""},
		"lists 9,000 deep, in a key of theirs": {hosted(`"x":` + nested(9_000)), "", ""},
		"a label 9,000 lists deep":             {hosted(`"label":` + nested(9_000)), "", ""},
		"a session 9,000 lists deep":           {hosted(`"session_id":` + nested(9_000)), "session_id is neither text nor a number", ""},
		"objects that never end":               {strings.Repeat(`{"a":`, 12_000), "nested too deep", ""},
		"4,000 keys":                           {hosted(`"a":1` + many(4_000)), "", ""},
		"one key twice among 4,000":            {hosted(`"a":1` + many(4_000) + `,"k7":2`), `"k7" stands there twice`, ""},
		"NUL bytes around it":                  {"\x00\x00" + hosted(`"label":"x"`) + "\x00", "", "x"},
		"a hole of 64 MB before it":            {strings.Repeat("\x00", 64<<20) + hosted(`"label":"x"`), "", "x"},
		"NUL bytes inside":                     {hosted("\"label\":\"a\x00b\""), "not JSON: invalid character", ""},
		"NUL bytes, written out":               {hosted(`"label":"a\u0000b"`), "", "ab"},
		"no UTF-8":                             {hosted("\"label\":\"Caf\xe9 \x80\""), "", "Café €"},
		"half a surrogate":                     {hosted(`"label":"a\ud83db"`), "", "a?b"},
		"a title, a jump, a colour":            {hosted(`"label":"\u001b]0;PAID\u0007\u001b[2J\u001b[31mTable 4"`), "", "Table 4"},
		"text from the right, of no width":     {hosted(`"label":"\u202e4 elbaT\u200b\u2066"`), "", "4 elbaT"},
		"30,000 accents on one letter":         {hosted(`"label":"a` + strings.Repeat("\u0301", 30_000) + `"`), "", "a\u0301\u0301\u0301\u0301"},
		"a new line in a label":                {hosted(`"label":"Table 4\r\n12:00 PAID"`), "", "Table 4 12:00 PAID"},
		"an amount with a huge exponent":       {hosted(`"amount":1e1000000000,"currency":"USD"`), "not a plain decimal", ""},
		"an amount of 60,000 digits":           {hosted(`"amount":` + strings.Repeat("9", 60_000) + `,"currency":"USD"`), "longer than any sum of money", ""},
		"an id beyond all numbers":             {`{"source_type":"ORDER","source_id":` + strings.Repeat("9", 60_000) + `}`, "source_id", ""},
		"an escape sequence for a type":        {`{"source_type":"\u001b[2J\u202eORDER\u0007","source_id":9}`, "neither INVOICE nor ORDER", ""},
		"a token for a reference":              {`{"reference_id":"eyJhbGciOiJIUzI1NiJ9.eyJhIjoxfQ.c2ln"}`, "is not a UUID", ""},
		"a number for a reference":             {`{"reference_id":"231771234567"}`, "is not a UUID", ""},
	} {
		t.Run(name, func(t *testing.T) {
			var d desk
			decoder := NewDecoder("shop.txt", d.handle, d.report)
			text := order(1) + "\n" + c.line + "\n"
			spent := allocated(func() {
				for len(text) > 0 { // as a file is read
					n := min(32<<10, len(text))
					_, _ = decoder.Write([]byte(text[:n]))
					decoder.Settle()
					text = text[n:]
				}
			})
			taken := d.last
			_, _ = decoder.Write([]byte(order(2)))
			decoder.End()
			if most := uint64(2*len(c.line) + 16<<20); spent > most { // the pieces themselves, and a little
				t.Errorf("it cost %d MiB", spent>>20)
			}
			want := []string{"ORDER:1", "ORDER:9", "ORDER:2"}
			if c.want != "" {
				want = []string{"ORDER:1", "ORDER:2"}
			}
			if fmt.Sprint(d.ids) != fmt.Sprint(want) {
				t.Errorf("taken are %v, want %v", d.ids, want)
			}
			if c.want == "" {
				if got := strings.ReplaceAll(taken.Label, string(utf8.RuneError), "?"); got != c.label {
					t.Errorf("the label is %+q, want %+q", got, c.label)
				}
				return
			}
			if len(d.bad) != 1 {
				t.Fatalf("it says %d lines: %.300v", len(d.bad), d.bad)
			}
			said := d.bad[0].String()
			if !strings.HasPrefix(said, "shop.txt, line 2: ") || !strings.Contains(said, c.want) || said != watch.Clean(said, 200) {
				t.Errorf("it says %q, want %q in one clean line", said, c.want)
			}
			for _, secret := range []string{"eyJ", "c2ln", "231771234567"} {
				if strings.Contains(said, secret) {
					t.Errorf("%q gives %s away", said, secret)
				}
			}
		})
	}
}

// many are so many keys.
func many(n int) string {
	var b strings.Builder
	for i := range n {
		fmt.Fprintf(&b, `,"k%d":1`, i)
	}
	return b.String()
}

// allocated is how many bytes do takes from the heap, be they freed or not.
func allocated(do func()) uint64 {
	var before, after runtime.MemStats
	runtime.ReadMemStats(&before)
	do()
	runtime.ReadMemStats(&after)
	return after.TotalAlloc - before.TotalAlloc
}

package intake

import (
	"fmt"
	"reflect"
	"strings"
	"testing"
	"unicode/utf16"

	"tillwatch/watch"
)

// wideText is a text as UTF-16.
func wideText(text string, big bool) string {
	var b strings.Builder
	for _, unit := range utf16.Encode([]rune(text)) {
		if big {
			unit = unit<<8 | unit>>8
		}
		b.WriteByte(byte(unit))
		b.WriteByte(byte(unit >> 8))
	}
	return b.String()
}

func TestDecoder_ReadsWhateverEndsALine(t *testing.T) {
	for name, c := range map[string]struct {
		text string
		ids  []string
		bad  []int // lines
	}{
		"CR in CSV":                      {"source_type,source_id,label\rORDER,1,a\rORDER,2,b\r", []string{"ORDER:1", "ORDER:2"}, nil},
		"CR in JSON Lines":               {order(1) + "\r" + order(2) + "\rbad\r\r" + order(3), []string{"ORDER:1", "ORDER:2", "ORDER:3"}, []int{3}},
		"CR, and none at the end":        {"source_type,source_id\rORDER,1\rORDER,2", []string{"ORDER:1", "ORDER:2"}, nil},
		"CR, and a line feed at last":    {"source_type,source_id\rORDER,1\rx\r\nORDER,2\ny\n", []string{"ORDER:1", "ORDER:2"}, []int{3, 5}},
		"one object and CR":              {order(1) + "\r", []string{"ORDER:1"}, nil},
		"CRLF":                           {"source_type,source_id\r\nORDER,1\r\nx\r\nORDER,2\r\n", []string{"ORDER:1", "ORDER:2"}, []int{3}},
		"CRLF, and CR inside a cell":     {"source_type,source_id,label\r\nORDER,1,\"a\rb\"\r\nx\r\n", []string{"ORDER:1"}, []int{3}},
		"LF, and CR inside a cell":       {"source_type,source_id,label\nORDER,1,\"a\rb\"\nx\n", []string{"ORDER:1"}, []int{3}},
		"empty lines first, with CR":     {"\r\rsource_type,source_id\rORDER,1\rx", []string{"ORDER:1"}, []int{5}},
		"CRCRLF":                         {"source_type,source_id\r\r\nORDER,1\r\r\n", []string{"ORDER:1"}, nil},
		"CR alone":                       {"\r", nil, nil},
		"files one behind another":       {"\ufeff" + order(1) + "\n\ufeff" + order(2) + "\n", []string{"ORDER:1", "ORDER:2"}, nil},
		"a hole in the middle":           {order(1) + "\n" + strings.Repeat("\x00", 100) + order(2) + "\n\x00\x00", []string{"ORDER:1", "ORDER:2"}, nil},
		"less than four bytes":           {"{}", nil, []int{1}},
		"less than four bytes, and CRLF": {"x\r\n", nil, []int{1}},
		"rows of nothing":                {"source_type,source_id,label\n,,\n,,,,\n , ,\" \"\nORDER,1,x\n\t,,\n", []string{"ORDER:1"}, nil},
		"cells of nothing at the end":    {"source_type,source_id\nORDER,1,,\nORDER,2,, x\n", []string{"ORDER:1"}, []int{3}},
		"sep=;":                          {"sep=;\r\nsource_type;source_id\r\nORDER;1\r\nx\r\n", []string{"ORDER:1"}, []int{4}},
		"SEP=, in quotes":                {"\"SEP=,\"\nsource_type,source_id\nORDER,1\n", []string{"ORDER:1"}, nil},
		"sep= with a tab":                {"sep=\t\nsource_type\tsource_id\nORDER\t1\n", []string{"ORDER:1"}, nil},
		"sep= that is not so":            {"sep=;\nsource_type,source_id\nORDER,1\n", []string{"ORDER:1"}, nil},
	} {
		for _, size := range []int{1 << 20, 3, 1} {
			for _, in := range []string{"UTF-8", "UTF-16LE", "UTF-16BE", "UTF-16LE without a mark", "UTF-16BE without a mark"} {
				text := c.text
				switch {
				case strings.HasPrefix(in, "UTF-16") && (len(text) < 4 || strings.Contains(text, "\x00") || text[0] == '\r' || strings.HasPrefix(text, "\ufeff")):
					continue
				case strings.HasPrefix(in, "UTF-16") && strings.HasSuffix(in, "mark"):
					text = wideText(text, strings.Contains(in, "BE"))
				case strings.HasPrefix(in, "UTF-16"):
					text = wideText("\ufeff"+text, strings.Contains(in, "BE"))
				}
				d := read(text, size)
				var bad []int
				for _, p := range d.bad {
					bad = append(bad, p.Line)
				}
				if !reflect.DeepEqual(d.ids, c.ids) || !reflect.DeepEqual(bad, c.bad) {
					t.Errorf("%s, %s in pieces of %d: took %v, refused %v; want %v, %v", name, in, size, d.ids, d.bad, c.ids, c.bad)
				}
			}
		}
	}
}

func TestDecoder_ReadsLettersAsTheyAreMeant(t *testing.T) {
	const label = "Café Ægir — 5 € 😀"
	line := fmt.Sprintf("reference_id,label\n%s,%s\n%s,%s\n", ref, "x", ref, label)
	for name, text := range map[string]string{
		"UTF-8":        line,
		"with a mark":  "\ufeff" + line,
		"UTF-16":       wideText("\ufeff"+line, false),
		"UTF-16BE":     wideText("\ufeff"+line, true),
		"without mark": wideText(line, false),
	} {
		for _, size := range []int{1 << 20, 5, 1} {
			if d := read(text, size); d.last.Label != label || d.notes != nil || d.bad != nil {
				t.Errorf("%s in pieces of %d: the label is %q, said %v, %v", name, size, d.last.Label, d.notes, d.bad)
			}
		}
	}
	d := read("reference_id,label\n"+ref+",Caf\xe9 \x80\n"+ref+",Z\xfcrich\n"+ref+",Zürich\n", 1)
	if d.last.Label != "Zürich" || len(d.ids) != 3 || len(d.notes) != 1 || d.notes[0].String() != "shop.txt, line 2: the text is not UTF-8: its letters are read as Windows-1252" {
		t.Errorf("of Windows-1252 %v, %q, said %v", d.ids, d.last.Label, d.notes)
	}
	if d := read("reference_id,label\n"+ref+",Caf\xe9 \x80\n", 1); d.last.Label != "Café €" {
		t.Errorf("the label is %q", d.last.Label)
	}
}

func TestDecoder_TakesNoOtherTextForUTF16(t *testing.T) {
	for head, want := range map[string]bool{
		"a\x00\x00\x00": false, "\x00\x00\x00a": false, "a\x00b\x00": true, "\x00a\x00b": true, "abcd": false, "a\x00bc": false, "\x00abc": false,
		"\xff\xfea\x00": true, "\xfe\xff\x00a": true, "\xff\xfe\x00\x00": false, "\xff\xfe": false, "\x00\x00\x00\x00": false, "ab\x00\x00": false,
		"\x00a\x00\x00": false, "\xffabc": false, "\xfeabc": false, "": false,
	} {
		if got := wide([]byte(head)) != nil; got != want {
			t.Errorf("%q is UTF-16: %t", head, got)
		}
	}
}

func TestDecoder_SaysWhatAFileIsThatHoldsNoPayments(t *testing.T) {
	for begin, want := range map[string]string{
		"PK\x03\x04\x14\x00\x06\x00":             "workbook",
		"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1":       "an old Excel workbook",
		"%PDF-1.7\n":                             "a PDF file",
		"{\\rtf1\\ansi\n":                        "a document of a word processor",
		"\x1f\x8b\x08\x00":                       "gzip",
		"\xfd7zXZ\x00":                           "xz",
		"BZh91AY":                                "bzip2",
		"\x28\xb5\x2f\xfd":                       "zstd",
		"SQLite format 3\x00":                    "a SQLite database",
		"\x89PNG\r\n\x1a\n":                      "a picture",
		"\xff\xd8\xff\xe0":                       "a picture",
		"GIF89a":                                 "a picture",
		"\x7fELF\x02":                            "a program",
		"\xff\xfe\x00\x00r\x00\x00\x00":          "UTF-32",
		"\x00\x00\xfe\xff\x00\x00\x00r":          "UTF-32",
		"\ufeff\n\n <!DOCTYPE html>\n<html>\n":   "a web page or XML",
		"<?xml version=\"1.0\"?>\n<payments/>\n": "a web page or XML",
	} {
		for _, more := range []string{"", strings.Repeat("\n\x00\xffx", 1000), strings.Repeat("x", 70_000) + "\n"} {
			for _, size := range []int{1 << 20, 3} {
				d := read(begin+more+"\n"+order(1)+"\n", size)
				if d.ids != nil || len(d.bad) != 1 || d.bad[0].Line != 0 || !strings.Contains(d.bad[0].Reason, want) || d.bad[0].Reason != watch.Clean(d.bad[0].Reason, 200) {
					t.Errorf("%q: took %v, said %.300v", begin, d.ids, d.bad)
				}
			}
		}
	}
}

func TestDecoder_SaysThatNoPaymentCame(t *testing.T) {
	for text, want := range map[string]string{
		"":                                 "",
		" \r\n\t\n":                        "",
		"\ufeff":                           "",
		"\x00\x00\x00\x00\x00":             "",
		"reference_id,label\n":             "shop.txt: there is a header, and no payment below it",
		"reference_id,label\n,,,\n,\n":     "shop.txt: there is a header, and no payment below it",
		"sep=;":                            "shop.txt: there is text in it, and no payment",
		`{"at":"x","trouble":"CLOCK OFF"}`: "shop.txt: there is text in it, and no payment",
		"reference_id,label\nx,\n":         `shop.txt, line 2: reference_id "x" is not a UUID like 550e8400-e29b-41d4-a716-446655440000`,
		"<html>":                           "shop.txt: this is a web page or XML: JSON Lines or CSV is wanted",
		"{}":                               "shop.txt, line 1: there is neither a reference_id nor a source_type with its source_id",
		"source_type,source_id\nORDER,1":   "",
		order(1) + "\nx\n":                 "shop.txt, line 2: \"x\" is no JSON object",
		`{"source_type":"ORDER","source_id":1,"label":"refuse me"}`: "shop.txt, line 1: this one is not wanted",
	} {
		var d desk
		decoder := NewDecoder("shop.txt", d.handle, d.report)
		_, _ = decoder.Write([]byte(text))
		decoder.End()
		decoder.nothing()
		var said []string
		for _, p := range d.bad {
			said = append(said, p.String())
		}
		if got := strings.Join(said, "\n"); got != want {
			t.Errorf("%q: said %q, want %q", text, got, want)
		}
	}
}

func TestDecoder_LeavesOutWhatIsNotNeededAndCannotBeRead(t *testing.T) {
	for more, want := range map[string]string{
		`"phone":"+231 88 345 6789"`:          "phone is not 5 to 15 digits without spaces",
		`"phone":"2.31883E+11"`:               "phone is not 5 to 15 digits without spaces",
		`"phone":"1234"`:                      "phone is not 5 to 15 digits without spaces",
		`"phone":"2317712345672317"`:          "phone is not 5 to 15 digits without spaces",
		`"phone":231771234567.5`:              "phone is not 5 to 15 digits without spaces",
		`"phone":"231*****"`:                  "phone is not 5 to 15 digits without spaces",
		`"phone":["231771234567"]`:            "phone is neither text nor a number",
		`"executed_at":"today"`:               `executed_at "today" is not a time like 2025-06-01T14:30:00Z`,
		`"executed_at":"2026-11-22T14:31:20"`: `executed_at "2026-11-22T14:31:20" is not a time like 2025-06-01T14:30:00Z`,
		`"executed_at":{}`:                    "executed_at is neither text nor a number",
		`"label":true`:                        "label is neither text nor a number",
		`"method":[]`:                         "method is neither text nor a number",
	} {
		d := read(`{"reference_id":"`+ref+`","amount":5,"currency":"USD",`+more+"}\n", 100)
		note := "shop.txt, line 1: " + want + "; it is left out, and the payment is watched"
		if p := (watch.Payment{Reference: ref, Expected: watch.Money{Amount: "5", Currency: "USD"}}); d.last != p || d.bad != nil || len(d.notes) != 1 || d.notes[0].String() != note {
			t.Errorf("%s: took %+v, said %v, refused %v", more, d.last, d.notes, d.bad)
		}
	}
	if d := read(`{"reference_id":"`+ref+`","phone":"12","label":"Table 12"}`, 100); d.last.Label != "Table 12" {
		t.Errorf("two digits hide in the label: %s", d.last.Label)
	}
	if d := read(`{"reference_id":"`+ref+`","phone":"12 345","label":"Table 12345"}`, 100); d.last.Label != "Table *****" {
		t.Errorf("five digits do not hide in the label: %s", d.last.Label)
	}
	d := read(`{"reference_id":"`+ref+`","phone":"+231 88 345 6789","label":"Ann 0883456789"}`, 100)
	if d.last.Label == "" || strings.Contains(d.last.Label, "345") {
		t.Errorf("the label tells the number that was left out: %s", d.last.Label)
	}
	for text, want := range map[string]watch.Phone{"231******789": "231******789", "*****": "*****", "+231883456789": "231883456789", "12345": "12345", "231883456789012": "231883456789012"} {
		if d := read(`{"reference_id":"`+ref+`","phone":"`+text+`"}`, 100); d.last.Phone != want || d.notes != nil {
			t.Errorf("the phone %s is read as %s, said %v", text, d.last.Phone.Reveal(), d.notes)
		}
	}
}

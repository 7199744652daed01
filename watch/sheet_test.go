package watch

import (
	"testing"

	"pgregory.net/rapid"
)

func TestSheet_QuotesWhatASpreadsheetTakesForAFormula(t *testing.T) {
	for text, want := range map[string]string{
		"":                       "",
		"Table 4":                "Table 4",
		"É":                      "É",
		"'tis":                   "'tis",
		"1+1=2":                  "1+1=2",
		"=1+1":                   "'=1+1",
		"+231":                   "'+231",
		"-5":                     "'-5",
		"@SUM(A1)":               "'@SUM(A1)",
		"\t=1":                   "'\t=1",
		"\r=1":                   "'\r=1",
		"\n=1":                   "'\n=1",
		"＝1+1":                   "'＝1+1",
		"＋1":                     "'＋1",
		"－1":                     "'－1",
		"＠SUM":                   "'＠SUM",
		"﹢1":                     "'﹢1",
		"﹣1":                     "'﹣1",
		"−1":                     "'−1",
		"  =1":                   "  '=1",
		"\u00a0=1":               "\u00a0'=1",
		"\u3000＝1":               "\u3000'＝1",
		`"=1"`:                   `"'=1"`,
		"'=1":                    "''=1",
		"a;=1":                   "a;'=1",
		"a; \"=HYPERLINK(0)\";b": "a; \"'=HYPERLINK(0)\";b",
		"=1;=2;;=3":              "'=1;'=2;;'=3",
		"é;＝1":                   "é;'＝1",
		"a, -5":                  "a, -5",
		"‑5":                     "‑5",
	} {
		cell := Sheet(text)
		if cell != want {
			t.Errorf("%q becomes the cell %q, want %q", text, cell, want)
		}
		if back := FromSheet(cell); back != text {
			t.Errorf("%q is read back as %q", text, back)
		}
	}
}

func TestFromSheet_GivesBackEveryText(t *testing.T) {
	letters := rapid.SampledFrom([]rune("=+-@'\" ;\t\r\n＝＋－＠−aé1,\u00a0\u3000"))
	rapid.Check(t, func(r *rapid.T) {
		text := string(rapid.SliceOf(letters).Draw(r, "text"))
		if back := FromSheet(Sheet(text)); back != text {
			t.Fatalf("%q becomes %q and then %q", text, Sheet(text), back)
		}
	})
}

package watch

import (
	"strings"
	"testing"
	"unicode"
	"unicode/utf8"

	"pgregory.net/rapid"
)

func TestClean_TakesTheSteeringOutOfText(t *testing.T) {
	tests := map[string]struct{ in, want string }{
		"plain text stays":               {"Table 4", "Table 4"},
		"accents and CJK stay":           {"Kofi Améléte 注文", "Kofi Améléte 注文"},
		"an emoji stays":                 {"paid 💳", "paid 💳"},
		"colours go":                     {"\x1b[31mOK PAID\x1b[0m", "OK PAID"},
		"a cursor move goes":             {"a\x1b[2;5Hb", "ab"},
		"a title goes with its text":     {"a\x1b]0;evil\x07b", "ab"},
		"a clipboard write goes":         {"a\x1b]52;c;ZXZpbA==\x1b\\b", "ab"},
		"an unfinished string is shown":  {"a\x1b]0;evil", "a0;evil"},
		"an unfinished CSI is shown":     {"a\x1b[31", "a31"},
		"C1 introducers go too":          {"a\u009b31mb\u009d0;x\u009cc", "abc"},
		"a charset choice goes":          {"a\x1b(0b", "ab"},
		"a lone escape goes":             {"a\x1b", "a"},
		"an escape before a newline":     {"a\x1b\nb", "a b"},
		"control characters go":          {"a\x00\x08\x7fb", "ab"},
		"lines become one":               {" a\r\n\tb\u2028c  d\n", "a b c d"},
		"bidi marks go":                  {"a\u202eDIAP\u202c b\u2066c\u2069", "aDIAP bc"},
		"zero width goes":                {"PA\u200bID\ufeff\u2060\u00ad", "PAID"},
		"joiners and selectors go":       {"\u2764\ufe0f\u200dx", "\u2764\ufe0fx"},
		"blank letters go":               {"a\u3164\u115fb", "ab"},
		"a mark before any letter goes":  {"\u0336a\u0301", "a\u0301"},
		"marks in a heap go":             {"a" + strings.Repeat("\u0301", 50) + "b\u0301", "a\u0301\u0301\u0301\u0301b\u0301"},
		"broken UTF-8 is shown as such":  {"a\xffb", "a\ufffdb"},
		"private characters are no text": {"a\ue000b", "a\ufffdb"},
		"nothing":                        {"", ""},
		"only white space":               {" \n\t ", ""},
	}
	for name, test := range tests {
		t.Run(name, func(t *testing.T) {
			if got := Clean(test.in, 80); got != test.want {
				t.Errorf("Clean(%q) = %q, want %q", test.in, got, test.want)
			}
		})
	}
}

func TestClean_BoundsTheLength(t *testing.T) {
	tests := []struct {
		in   string
		max  int
		want string
	}{
		{"abcdef", 6, "abcdef"},
		{"abcdefg", 6, "abcde…"},
		{"ab cdefg", 4, "ab…"},
		{"注文注文", 4, "注文注文"},
		{"注文注文注", 4, "注文注…"},
		{"abc", 1, "…"},
		{"abc", 0, ""},
		{"", 0, ""},
		{"abc", -1, ""},
	}
	for _, test := range tests {
		if got := Clean(test.in, test.max); got != test.want {
			t.Errorf("Clean(%q, %d) = %q, want %q", test.in, test.max, got, test.want)
		}
	}
}

func TestMaskNumbers_HidesPhonesAndLeavesReferences(t *testing.T) {
	tests := map[string]string{
		"payer 231771234567 has no wallet":               "payer 231******567 has no wallet",
		"+231 77 123 4567":                               "231******567",
		"(0231) 771.234.567":                             "(023*******567", // more hidden than need be is fine
		"550e8400-e29b-41d4-a716-446655440000 not found": "550e8400-e29b-41d4-a716-446655440000 not found",
		"12345678-1234-4123-8123-123456789012":           "12345678-1234-4123-8123-123456789012",
		"since 2025-06-01T14:30:00Z":                     "since 2025-06-01T14:30:00Z",
		"charged 1500.00 in 3 parts":                     "charged 1500.00 in 3 parts",
		"231771234567231771234568":                       "231******************568",
		"no digits":                                      "no digits",
	}
	for in, want := range tests {
		if got := MaskNumbers(in); got != want {
			t.Errorf("MaskNumbers(%q) = %q, want %q", in, got, want)
		}
	}
}

// FuzzClean holds what every cell, log line and error relies on.
func FuzzClean(f *testing.F) {
	for _, seed := range []string{"Table 4", "\x1b[31mx\x1b]0;t\x07", "a\u202eb\u200c", "\x1b]\x1b]\x1b[", "注文 \xff", "\u009b1m"} {
		f.Add(seed, 12)
	}
	f.Fuzz(func(t *testing.T, s string, max int) {
		got := Clean(s, max)
		if !utf8.ValidString(got) || utf8.RuneCountInString(got) > max && got != "" {
			t.Fatalf("Clean(%q, %d) = %q: too long, or no text", s, max, got)
		}
		for _, r := range got {
			if r != ' ' && (unicode.IsSpace(r) || invisible(r)) {
				t.Fatalf("Clean(%q, %d) = %q: keeps %U", s, max, got, r)
			}
		}
		if strings.TrimSpace(got) != got || Clean(got, max) != got {
			t.Fatalf("Clean(%q, %d) = %q: not clean yet", s, max, got)
		}
	})
}

func BenchmarkClean(b *testing.B) {
	b.Run("plain", func(b *testing.B) {
		b.ReportAllocs()
		for b.Loop() {
			Clean("Table 4, Amina K", 40)
		}
	})
	b.Run("dirty", func(b *testing.B) {
		b.ReportAllocs()
		for b.Loop() {
			Clean("\x1b[31mTable 4\x1b[0m\u202e", 40)
		}
	})
}

func TestPhone_IsMaskedInALabelWhateverStandsBetweenItsDigits(t *testing.T) {
	for _, label := range []string{"Amina 231883456789", "Amina +231 883 456 789", "Amina 231, 883, 456, 789", "Amina 231_883_456_789", "Amina 231\u2011883\u2011456\u2011789", "Amina 231 - 883 - 456 - 789"} {
		if got := Phone("231883456789").MaskIn(label); got != "Amina 231******789" {
			t.Errorf("%q becomes %q", label, got)
		}
	}
	for label, want := range map[string]string{
		"Amina 883456789": "Amina 231******789", "Amina 0883 456 789": "Amina 0231******789",
		"Table 4 83-45-67-89": "Table 4 231******789", "Table 7 (0)88 345 6789, twice": "Table 7 (0)231******789, twice",
		"Amina 3456789": "Amina 3456789", // fewer digits may be an order's
	} {
		if got := Phone("231883456789").MaskIn(label); got != want {
			t.Errorf("%q becomes %q, want %q", label, got, want)
		}
	}
	if got := Phone("231883456789").MaskIn("Order 23188345, table 6789"); got != "Order 23188345, table 6789" {
		t.Errorf("two numbers became %q", got)
	}
}

func TestMaskNumbers_LeavesDatesOfFilesAlone(t *testing.T) {
	for _, text := range []string{"till-20261122.csv", "tillwatch-shift-2026-11-25-1434.txt", "on 2026-11-25"} {
		if got := MaskNumbers(text); got != text {
			t.Errorf("%q becomes %q", text, got)
		}
	}
	for text, want := range map[string]string{"20261122345": "202*****345", "2026112": "202*112", "202611": "202611", "call 20101234567": "call 201*****567", "2010-12-34567": "201*****567"} {
		if got := MaskNumbers(text); got != want {
			t.Errorf("%q becomes %q, want %q", text, got, want)
		}
	}
}

func TestMaskPhones_HidesPayersAndLeavesOrdersAlone(t *testing.T) {
	for in, want := range map[string]string{
		"231883456789 Amina":     "231******789 Amina",
		"call +231 88 345 6789":  "call 231******789",
		"00250-788-123-456":      "002********456",
		"Order 20261126001":      "Order 20261126001",
		"INV-2025-00042":         "INV-2025-00042",
		"Table 231":              "Table 231",
		"2310000 of 25000000000": "2310000 of 25000000000",
		"Invoice 231000004711":   "Invoice 231000004711",
		"till 9988776655443322":  "till 9988776655443322",
	} {
		if got := MaskPhones(in); got != want {
			t.Errorf("%q becomes %q, want %q", in, got, want)
		}
	}
}

// wholeNames are labels that lose their meaning with any of their characters.
var wholeNames = map[string]string{
	"Tamil": "தமிழ்", "Hindi": "नमस्ते", "Khmer": "ភាសាខ្មែរ", "Thai": "น้ำใจ", "Arabic with marks": "مُحَمَّد", "Persian": "می\u200cخواهم",
	"Hebrew with points": "שָׁלוֹם", "Sinhala": "ශ්\u200dරී ලංකා", "Malayalam": "അവൻ", "Bengali": "র\u200c্যাব", "Marathi": "दोऱ्या", "Burmese": "မြန်မာ",
	"Lao": "ສະບາຍດີ", "Tibetan": "བོད་སྐད", "Mongolian": "ᠮᠣᠩᠭᠣᠯ", "Korean": "한국어", "Japanese": "がっこう", "Vietnamese": "Nguyễn Thị",
	"a family": "👨\u200d👩\u200d👧\u200d👦", "a kiss": "👩🏽\u200d❤\ufe0f\u200d💋\u200d👨🏿", "a rainbow flag": "🏳\ufe0f\u200d🌈", "a flag": "🇱🇷", "a heart": "❤\ufe0f",
	"a thumb": "👍🏾", "a doctor": "👩🏿\u200d⚕\ufe0f",
}

func TestClean_LeavesEveryScriptAndEmojiWhole(t *testing.T) {
	for script, name := range wholeNames {
		for _, label := range []string{name, "Table 4 " + name, name + " 2", name + name} {
			if got := Clean(label, 200); got != label {
				t.Errorf("%s: %q becomes %q", script, label, got)
			}
		}
	}
}

func TestClean_LetsNothingInvisiblePassForPartOfAWord(t *testing.T) {
	for text, want := range map[string]string{
		"pa\u200did":                       "paid",
		"pa\u200cid":                       "paid",
		"a\ufe0fb\u180bc":                  "abc",
		"\u200d\u200cx":                    "x",
		"👍\u200d\u200d👍":                   "👍\u200d👍",
		"👍\u200d":                          "👍",
		"👍\ufe0f\ufe0f":                    "👍\ufe0f",
		"👍\u200dx":                         "👍x",
		"\u202e👍\u2066\u200dx\u2069":       "👍x",
		"न\u200cx":                         "नx",
		"न\u200d":                          "न",
		"न \u200dन":                        "न न",
		"न\u200c\u200cन":                   "न\u200cन",
		"\U0001f3f4\U000e0067\U000e007f":   "\U0001f3f4",
		"1\u200d2\u200c3":                  "123",
		"٠\u200c١":                         "٠١",
		"👍" + strings.Repeat("\u200d👍", 9): "👍\u200d👍\u200d👍\u200d👍\u200d👍👍\u200d👍\u200d👍\u200d👍\u200d👍",
	} {
		if got := Clean(text, 200); got != want {
			t.Errorf("%q becomes %q, want %q", text, got, want)
		}
	}
}

func TestClean_CleaningCleanTextChangesNothing(t *testing.T) {
	alphabet := []rune("ab 1.\u200c\u200d\ufe0f\ufe0e\u180b\u202e\u034f\u0301\u094d\u0bcdनதമمب👍❤👩🏽🇱🇷\x1b[m\x07…\u00ad\ufffd한ᠮ\U000e0067")
	rapid.Check(t, func(t *rapid.T) {
		text := string(rapid.SliceOf(rapid.SampledFrom(alphabet)).Draw(t, "text"))
		most := rapid.IntRange(0, 40).Draw(t, "most")
		once := Clean(text, most)
		if twice := Clean(once, most); twice != once {
			t.Fatalf("%q becomes %q, and then %q", text, once, twice)
		}
		if utf8.RuneCountInString(once) > most {
			t.Fatalf("%q is longer than %d", once, most)
		}
	})
}

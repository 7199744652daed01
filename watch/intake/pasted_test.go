package intake

import (
	"strings"
	"testing"
)

const one, two = "550e8400-e29b-41d4-a716-446655440000", "6f9619ff-8b86-4011-b42d-00c04fc964ff"

func TestPasted_TakesWhateverAPersonCopied(t *testing.T) {
	for name, c := range map[string]struct{ text, want string }{
		"an argument":                  {"55:" + one + ":ORDER", one},
		"its parts with blanks":        {" 55  " + one + " ", one},
		"a hosted checkout":            {"ORDER:101", "ORDER:101"},
		"an object over lines":         {"{\r\n  \"reference_id\": \"" + one + "\",\n  \"other\": {\"a\": [1]}\n}\n", one},
		"an object with a { line":      {"{\"reference_id\": \"" + one + "\", \"x\":\n{}}", one},
		"objects, a line each":         {"{\"reference_id\":\"" + one + "\"}\n\n{\"reference_id\":\"" + two + "\"}", one + " " + two},
		"a sheet with its header":      {"reference_id,label\n" + one + ",Table 4\n" + two + ",Table 5\n", one + " " + two},
		"a list of references":         {one + "\n" + two + "\n", one + " " + two},
		"cells between semicolons":     {"reference_id;label\n" + one + ";x", one},
		"a sheet that names its comma": {"sep=,\nreference_id,label\n" + one + ",x", one},
		"a list with its parts":        {"55 " + one + "\n\nORDER:101\n", one + " ORDER:101"},
		"a sheet of one column":        {"\n\nreference_id\n" + one + "\n" + two, one + " " + two},
		"cells of a spreadsheet":       {"label\treference_id\tphone\n\t" + one + "\t\n\t" + two + "\t", one + " " + two},
		"rows of a spreadsheet":        {"55\t" + one + "\tORDER\n56\t" + two + "\tORDER\n", one + " " + two},
	} {
		for _, newline := range []string{"\n", "\r\n", "\r"} { // the last is what a terminal sends
			for _, mark := range []string{"", "\ufeff", " \n\ufeff"} {
				text := mark + strings.ReplaceAll(strings.ReplaceAll(c.text, "\r\n", "\n"), "\n", newline)
				list, err := Pasted(text)
				var ids []string
				for _, p := range list {
					ids = append(ids, string(p.ID()))
				}
				if got := strings.Join(ids, " "); err != nil || got != c.want {
					t.Errorf("%s: %q is read as %q, %v", name, text, got, err)
				}
			}
		}
	}
}

func TestPasted_SaysWhichLineIsWrong(t *testing.T) {
	const noHeader = "neither a JSON object nor a CSV header with reference_id, or source_type and source_id"
	for text, want := range map[string]string{
		"":                                       "the payment is empty",
		"{\"reference_id\": \"x\"}":              `reference_id "x" is not a UUID like ` + one,
		"{\n \"reference_id\": ":                 "the JSON object does not end on its line",
		one + "\nbad\n":                          `line 2: reference_id "bad" is not a UUID like ` + one,
		"{\"reference_id\":\"" + one + "\"}\n{x": "line 2: not JSON: invalid character 'x' at start of value",
		"reference_id,label\n \n":                "there is a header, and no payment below it",
		"reference_id\n":                         `reference_id "reference_id" is not a UUID like ` + one,
		"{\"reference_id\":\"" + one + "\",\"phone\":\"12\"}":    "phone is not 5 to 15 digits without spaces",
		"{\"at\":\"2026-11-22T14:30:55.004Z\",\"trouble\":\"\"}": "the line is about no payment",
		"label,amount\n" + one + ",5":                            "line 1: " + noHeader,
		"label\tamount\r" + one + "\t5":                          "line 1: " + noHeader,
		"reference_id,label,Label\n" + one + ",,":                `line 1: "label" and "Label" are two spellings of one name`,
		"[\n{\"reference_id\":\"" + one + "\"}\n]":               "a JSON list; one object a line is wanted",
		"[]":                                 "a JSON list; one object a line is wanted",
		one + "\r\rbad":                      `line 3: reference_id "bad" is not a UUID like ` + one,
		"\r\n\t \v":                          "the payment is empty",
		strings.Repeat(one+"\n", 1<<20/37+1): "that is more than 1 MiB: hand it over as a file, with -f",
		"reference_id,phone\n" + one + ",12": "line 2: phone is not 5 to 15 digits without spaces",
	} {
		if list, err := Pasted(text); err == nil || err.Error() != want || list != nil {
			t.Errorf("%.200q: %v, %v, want %s", text, list, err, want)
		}
	}
}

// A number or a token is no payment, and not to be repeated by who says so, however it is
// written.
func TestPasted_DoesNotRepeatANumberOrAToken(t *testing.T) {
	for name, text := range map[string]string{
		"a number":                  "231883456789",
		"in groups":                 "+231 88 345 6789",
		"in groups, and its line":   "+231 88 345 6789 " + one,
		"in two groups":             "23188 3456789",
		"in three groups":           "0883 456 789",
		"with a colon":              "23188345 6789:" + one,
		"with tabs":                 "+231\t88\t345\t6789",
		"between escapes":           "23188\x1b[1m3456789",
		"a bearer token":            "Authorization: Bearer s3cr3t-s3cr3t",
		"a bearer token alone":      "Bearer s3cr3t-s3cr3t",
		"a bearer of a session":     "55 Bearer s3cr3t-s3cr3t",
		"a token":                   "55 eyJhbGciOiJIUzI1NiJ9.eyJyb2xlIjoiYW5vbiJ9.s3cr3t",
		"a card's secret":           "pi_3Nabc_secret_s3cr3t " + one,
		"a token behind many words": strings.Repeat("x ", 200) + "Bearer s3cr3t-s3cr3t",
	} {
		for _, text := range []string{text, one + "\n" + text} {
			_, err := Pasted(text)
			if err == nil {
				t.Errorf("%s: %q is taken", name, text)
				continue
			}
			for _, leak := range []string{"345", "456", "s3cr3t", "\x1b"} {
				if strings.Contains(err.Error(), leak) {
					t.Errorf("%s: %q is said of %q", name, err, text)
				}
			}
		}
	}
}

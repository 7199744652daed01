package intake

import (
	"encoding/json"
	"strconv"
	"strings"
	"testing"
	"time"

	"tillwatch/watch"
)

const ref = "550e8400-e29b-41d4-a716-446655440000"

// full is a payment of which everything is said.
var full = watch.Payment{
	Session: 55, Reference: ref, SourceType: "ORDER", SourceID: 101, Label: "Table 4",
	Expected: watch.Money{Amount: "18.00", Currency: "USD"}, Method: "MTN_MOMO_LBR", Phone: "231883456789",
	Executed: time.Date(2025, 6, 1, 14, 30, 0, 0, time.UTC),
}

func TestArgument_TakesWhatAPersonTypes(t *testing.T) {
	tests := map[string]watch.Payment{
		"55:" + ref:              {Session: 55, Reference: ref},
		"55:" + ref + ":INVOICE": {Session: 55, Reference: ref, SourceType: "INVOICE"},
		"55:" + ref + ":order":   {Session: 55, Reference: ref, SourceType: "ORDER"},
		ref:                      {Reference: ref},
		" " + ref + "\n":         {Reference: ref},
		strings.ToUpper(ref):     {Reference: strings.ToUpper(ref)}, // sent as it came
		"ORDER:101":              {SourceType: "ORDER", SourceID: 101},
		"invoice:7":              {SourceType: "INVOICE", SourceID: 7},
	}
	for in, want := range tests {
		if got, err := Argument(in); err != nil || got != want {
			t.Errorf("%q: got %+v, %v", in, got, err)
		}
	}
}

func TestArgument_SaysWhatIsWrong(t *testing.T) {
	tests := map[string]string{
		"":                                     "empty",
		"55":                                   `reference_id "55" is not a UUID`,
		"55:":                                  "nothing on one side",
		":" + ref:                              "nothing on one side",
		"55:" + ref + ":":                      "none of SESSION:REFERENCE",
		"55:" + ref + ":ORDER:1":               "none of SESSION:REFERENCE",
		"0:" + ref:                             `session_id "0" is not a whole number above 0`,
		"-5:" + ref:                            "session_id",
		"+5:" + ref:                            "session_id",
		"5e1:" + ref:                           "session_id",
		"99999999999999999999:" + ref:          "session_id",
		"x:" + ref:                             "session_id",
		"55:" + ref + ":SUBSCRIPTION":          "neither INVOICE nor ORDER",
		"ORDER:x":                              "source_id",
		"ORDER:0":                              "source_id",
		"REFUND:101":                           "session_id",
		"c232ab00-9414-11ec-b3c8-9f6bdeced846": "not of version 4", // version 1
		"550e8400-e29b-41d4-e716-446655440000": "not of version 4", // another variant
		"{" + ref + "}":                        "is not a UUID",
		"550e8400e29b41d4a716446655440000":     "is not a UUID",
		"550e8400-e29b-41d4-a716-44665544000":  "has 35 characters",
		"231771234567":                         "is not a UUID",
	}
	for in, want := range tests {
		_, err := Argument(in)
		check(t, in, err, want)
	}
}

// check looks at a refusal: it says what is wrong in one clean, short line.
func check(t *testing.T, in string, err error, want string) {
	t.Helper()
	if err == nil {
		t.Errorf("%q was taken", in)
		return
	}
	text := err.Error()
	if !strings.Contains(text, want) {
		t.Errorf("%q: got %q, want …%s…", in, text, want)
	}
	if text != watch.Clean(text, 200) || strings.Contains(text, "231771234567") {
		t.Errorf("%q: the reason %q is not fit for a screen", in, text)
	}
}

func TestLine_TakesWhatAMerchantSends(t *testing.T) {
	hosted := watch.Payment{SourceType: "ORDER", SourceID: 101}
	tests := map[string]struct {
		line string
		want watch.Payment
	}{
		"everything": {`{"session_id":55,"reference_id":"` + ref + `","source_type":"ORDER","source_id":101,"label":"Table 4",
			"amount":"18.00","currency":"USD","method":"MTN_MOMO_LBR","phone":"231883456789","executed_at":"2025-06-01T14:30:00Z"}`, full},
		"other types and cases": {`{"session_id":"55","reference_id":"` + ref + `","source_type":"order","source_id":"101","label":" Table  4\n",
			"amount":18.00,"currency":"usd","method":"MTN_MOMO_LBR","phone":231883456789,"executed_at":"2025-06-01T16:30:00+02:00"}`, full},
		"a plus before the phone": {`{"reference_id":"` + ref + `","phone":"+231883456789"}`, watch.Payment{Reference: ref, Phone: "231883456789"}},
		"hosted":                  {`{"source_type":"ORDER","source_id":101}`, hosted},
		"nulls":                   {`{"source_type":"ORDER","source_id":101,"reference_id":null,"amount":null,"label":null}`, hosted},
		"empty texts":             {`{"source_type":"ORDER","source_id":101,"reference_id":"","session_id":"","phone":""}`, hosted},
		"unknown keys":            {`{"source_type":"ORDER","source_id":101,"client_secret":"x","Label":"no","deep":{"reference_id":[1,{}]}}`, watch.Payment{SourceType: "ORDER", SourceID: 101, Label: "no"}},
		"a byte order mark":       {"\ufeff" + `{"source_type":"ORDER","source_id":101}` + "\r", hosted},
		"a hostile label":         {`{"source_type":"ORDER","source_id":101,"label":"\u001b[2J\u202eOK\u200b PAID"}`, watch.Payment{SourceType: "ORDER", SourceID: 101, Label: "OK PAID"}},
		"a label that tells the number": {`{"source_type":"ORDER","source_id":101,"label":"Ann +231 883 456 789, table 12345678","phone":"231883456789"}`,
			watch.Payment{SourceType: "ORDER", SourceID: 101, Label: "Ann 231******789, table 12345678", Phone: "231883456789"}},
		"exact money": {`{"source_type":"ORDER","source_id":101,"amount":12345678901234567.80,"currency":"LRD"}`, watch.Payment{SourceType: "ORDER", SourceID: 101, Expected: watch.Money{Amount: "12345678901234567.80", Currency: "LRD"}}},
	}
	for name, test := range tests {
		t.Run(name, func(t *testing.T) {
			if got, err := Line([]byte(test.line)); err != nil || got != test.want {
				t.Errorf("got  %+v, %v\nwant %+v", got, err, test.want)
			}
		})
	}
}

func TestLine_SaysWhatIsWrong(t *testing.T) {
	with := func(more string) string { return `{"reference_id":"` + ref + `",` + more + `}` }
	tests := map[string]string{
		``:                                 "empty",
		`hello 231771234567`:               "is no JSON object",
		`[{"session_id":55}]`:              "a JSON list",
		`{"session_id":55`:                 "does not end on its line",
		`{"session_id":55}x`:               "something follows",
		`{"session_id" 55}`:                "not JSON",
		`{session_id:55}`:                  "not JSON",
		`{}`:                               "neither a reference_id nor a source_type",
		`{"source_type":"ORDER"}`:          "neither a reference_id nor a source_type",
		`{"source_id":101}`:                "neither a reference_id nor a source_type",
		`{"reference_id":7}`:               "not a UUID",
		`{"reference_id":["` + ref + `"]}`: "reference_id is neither text nor a number",
		`{"reference_id":"` + ref + `","reference_id":"` + ref + `"}`:           `"reference_id" stands there twice`,
		with(`"session_id":55.0`):                                               "session_id",
		with(`"session_id":1e3`):                                                "session_id",
		with(`"session_id":"５５"`):                                               "session_id",
		with(`"source_type":"ınvoice"`):                                         "neither INVOICE nor ORDER",
		with(`"source_type":["ORDER"]`):                                         "source_type is neither",
		with(`"source_id":{}`):                                                  "source_id is neither",
		with(`"session_id":true`):                                               "session_id is neither",
		with(`"source_type":"SUBSCRIPTION"`):                                    "neither INVOICE nor ORDER",
		with(`"amount":"18.00"`):                                                "without a currency",
		with(`"source_type":"231771234567"`):                                    "neither INVOICE nor ORDER",
		with(`"source_type":"\u001b[2J\u202e` + strings.Repeat("x", 500) + `"`): "neither INVOICE nor ORDER",
	}
	for in, want := range tests {
		_, err := Line([]byte(in))
		check(t, in, err, want)
	}
}

// encode writes a payment as the line that a merchant would send.
func encode(t testing.TB, p watch.Payment) []byte {
	t.Helper()
	line := map[string]any{}
	put := func(key, value string) {
		if value != "" {
			line[key] = value
		}
	}
	if p.Session != 0 {
		line["session_id"] = p.Session
	}
	if p.SourceID != 0 {
		line["source_id"] = strconv.FormatInt(p.SourceID, 10)
	}
	put("reference_id", p.Reference)
	put("source_type", p.SourceType)
	put("label", p.Label)
	put("amount", p.Expected.Amount)
	put("currency", p.Expected.Currency)
	put("method", p.Method)
	put("phone", p.Phone.Reveal())
	if !p.Executed.IsZero() {
		put("executed_at", p.Executed.Format(time.RFC3339Nano))
	}
	text, err := json.Marshal(line)
	if err != nil {
		t.Fatal(err)
	}
	return text
}

// FuzzLine holds that no line panics, that what is taken has an ID and clean text, that it
// comes out the same when it is written and read again, and that reasons are clean.
func FuzzLine(f *testing.F) {
	f.Add(encode(f, full))
	for _, seed := range []string{
		`{"source_type":"ORDER","source_id":101}`, `{"reference_id":"` + ref + `","amount":1e3,"currency":"lrd","phone":"+231771234567"}`,
		`{`, `[]`, `{"a":{"b":[`, "\ufeff{}", `{"label":"\u001b]0;x\u0007"}`, ref, `{"executed_at":"0000-01-01T00:00:00Z","source_type":"invoice","source_id":"7"}`,
	} {
		f.Add([]byte(seed))
	}
	f.Fuzz(func(t *testing.T, line []byte) {
		p, err := Line(line)
		if err != nil {
			if text := err.Error(); text != watch.Clean(text, 300) || p != (watch.Payment{}) {
				t.Fatalf("%q: reason %q", line, text)
			}
			return
		}
		if p.ID() == "" || p.Reference == "" && (p.SourceType == "" || p.SourceID <= 0) {
			t.Fatalf("%q has no ID: %+v", line, p)
		}
		if p.Label != watch.Clean(p.Label, labelMax) || p.Method != watch.Clean(p.Method, methodMax) {
			t.Fatalf("%q: label %q, method %q", line, p.Label, p.Method)
		}
		if again, err := Line(encode(t, p)); err != nil || again != p {
			t.Fatalf("%q\nfirst %+v\nagain %+v, %v", line, p, again, err)
		}
	})
}

package watch

import (
	"bytes"
	"encoding/base64"
	"encoding/hex"
	"encoding/json"
	"fmt"
	"html"
	"net/url"
	"strconv"
	"strings"
	"testing"

	"pgregory.net/rapid"
)

// quoted is a text as it stands between the quotes of JSON.
func quoted(text string, escapeHTML bool) string {
	var out bytes.Buffer
	encoder := json.NewEncoder(&out)
	encoder.SetEscapeHTML(escapeHTML)
	_ = encoder.Encode(text) // a string can always be encoded
	return strings.TrimSuffix(strings.TrimPrefix(strings.TrimSpace(out.String()), `"`), `"`)
}

// parted puts something between all letters of a text.
func parted(text, between string) string { return strings.Join(strings.Split(text, ""), between) }

// ourSecrets are secrets as people and Dollr make them: with digits in a row, with every sign
// that is written another way somewhere, with blanks, and one that is itself encoded.
var ourSecrets = []string{
	"hush-2317798607891234-x", `k9+Zq/7"w&<e>hush\n-Xy52`, "998877665544", "s3cr3t of  the-till", "a%2Fhush%2541", "müße-hush-77",
	"sb_publishable_hush-9Qw8e7r6t5", "abcdefghijklmnopqrstuvwxyz012345", "tok+en==7x/_-",
}

// encodings are the ways in which a server, a proxy, a program or a person may write a secret.
func encodings(secret string) map[string]string {
	all := map[string]string{
		"raw": secret, "JSON": quoted(secret, false), "JSON for HTML": quoted(secret, true),
		"JSON in JSON":          quoted(quoted(secret, true), true),
		"JSON three times":      quoted(quoted(quoted(secret, false), true), false),
		"Go":                    strings.Trim(strconv.QuoteToASCII(secret), `"`),
		"a query":               url.QueryEscape(secret),
		"a path":                url.PathEscape(secret),
		"a query in a query":    url.QueryEscape(url.QueryEscape(secret)),
		"a query in small hex":  strings.ToLower(url.QueryEscape("x")) + lowerHex(url.QueryEscape(secret)),
		"JSON in a query":       url.QueryEscape(quoted(secret, true)),
		"HTML":                  html.EscapeString(secret),
		"HTML in JSON":          quoted(html.EscapeString(secret), true),
		"hexadecimal":           hex.EncodeToString([]byte(secret)),
		"capital hexadecimal":   strings.ToUpper(hex.EncodeToString([]byte(secret))),
		"zero width":            parted(secret, "\u200b"),
		"colours":               parted(secret, "\x1b[0m"),
		"a title":               parted(secret, "\x1b]0;x\x07"),
		"soft hyphens":          parted(secret, "\u00ad"),
		"lines":                 parted(secret, "\r\n"),
		"accents":               parted(secret, "\u0301"),
		"private characters":    parted(secret, "\ue000"),
		"null bytes":            parted(secret, "\x00"),
		"zero width JSON":       parted(secret, `\u200b`),
		"full width characters": fullWidth(secret),
	}
	for i := range 3 {
		before := strings.Repeat("x", i)
		all[fmt.Sprint("base64 behind ", i)] = base64.StdEncoding.EncodeToString([]byte(before + secret))
		all[fmt.Sprint("base64 within ", i)] = base64.StdEncoding.EncodeToString([]byte(before + secret + "yz, and so on"))
		all[fmt.Sprint("URL's base64 behind ", i)] = base64.RawURLEncoding.EncodeToString([]byte(before + secret))
		all[fmt.Sprint("base64 in a query ", i)] = url.QueryEscape(base64.StdEncoding.EncodeToString([]byte(before + secret)))
	}
	return all
}

func lowerHex(s string) string {
	b := []byte(s)
	for i := range b {
		if i >= 1 && b[i-1] == '%' || i >= 2 && b[i-2] == '%' {
			b[i] = strings.ToLower(s[i : i+1])[0]
		}
	}
	return string(b)
}

func fullWidth(s string) string {
	return strings.Map(func(r rune) rune {
		if r > ' ' && r < 0x7f {
			return r - '!' + 0xff01
		}
		return r
	}, s)
}

// remains is the longest piece of a secret that is left of a text, however the text is written.
func remains(text, secret string) string {
	left, whole := string(fold(text).text), string(fold(secret).text)
	longest := ""
	for i := range whole {
		for j := i + len(longest) + 1; j <= len(whole) && strings.Contains(left, whole[i:j]); j++ {
			longest = whole[i:j]
		}
	}
	return longest
}

// A server, a proxy or a merchant's own program repeats what it was given, written as it likes.
func TestSecrets_OfOursAreHiddenHoweverTheyAreWritten(t *testing.T) {
	for _, secret := range ourSecrets {
		AddSecret(secret)
	}
	for _, secret := range ourSecrets {
		for name, written := range encodings(secret) {
			said := "the words before, " + written + " and those behind"
			body, err := json.Marshal(map[string]any{"note": said, "more": []any{map[string]any{"wallet_message": said}}, written: 7})
			if err != nil {
				t.Fatal(err)
			}
			for what, shown := range map[string]string{
				"Safe": Safe(said, 4000), "SafeExact": SafeExact(said, 4000), "Redact": Redact(body), "a cut": Safe(said, 30),
			} {
				if !strings.Contains(shown, "the words before, ") || what != "a cut" && !strings.Contains(shown, "and those behind") {
					t.Errorf("%s of %q in %s lost the words next to it: %q", what, secret, name, shown)
				}
				if left := remains(shown, secret); len(left) > 4 || strings.Contains(name, "base64") && strings.Contains(shown, written[4:len(written)-8]) ||
					strings.Contains(strings.ToLower(shown), hex.EncodeToString([]byte(secret))[4:]) {
					t.Errorf("%s of %q in %s shows %q: %s", what, secret, name, left, shown)
				}
			}
		}
	}
}

// The secret ends anywhere near the place where a text is cut, and half of it would be shown.
func TestSecrets_AreHiddenBeforeNumbersAreMaskedAndTextsAreCut(t *testing.T) {
	const secret = "hush-2317798607891234-x"
	AddSecret(secret)
	for at := range 60 {
		text := strings.Repeat("y", at) + " " + secret + " end"
		for _, shown := range []string{Safe(text, 40), SafeExact(text, 40), Redact([]byte(`{"note":"` + strings.Repeat("z", 270) + text + `"}`))} {
			if strings.Contains(shown, "hu") || strings.Contains(shown, "231") || strings.Contains(shown, "234") || !strings.Contains(shown, "y ") && at > 0 && at < 20 {
				t.Fatalf("at %d: %s", at, shown)
			}
		}
	}
}

// A text is made of secrets, what looks like them and anything else; none of them survives, and
// making it safe again changes nothing.
func TestSafe_IsSafeWhateverTheTextIsMadeOf(t *testing.T) {
	for _, secret := range ourSecrets {
		AddSecret(secret)
	}
	parts := []string{" ", "-", "\\", "%", "&", "%25", "\u200b", "é", "\"", "231", "Table 4", "•••", "&amp;", "\\u00", "+", "_"}
	rapid.Check(t, func(t *rapid.T) {
		secret := rapid.SampledFrom(ourSecrets).Draw(t, "secret")
		names := []string{}
		forms := encodings(secret)
		for name := range forms {
			if !strings.Contains(name, "base64") && !strings.Contains(name, "hex") {
				names = append(names, name)
			}
		}
		around := func(name string) string {
			return strings.Join(rapid.SliceOfN(rapid.SampledFrom(parts), 0, 4).Draw(t, name), "")
		}
		text := "q " + around("before") + " , " + forms[rapid.SampledFrom(names).Draw(t, "form")] + " , " + around("behind")
		shown := Safe(text, 4000)
		if left := remains(shown, secret); len(left) > 5 {
			t.Fatalf("%q becomes %q, with %q", text, shown, left)
		}
		if again := Safe(shown, 4000); again != shown {
			t.Fatalf("%q becomes %q", shown, again)
		}
	})
}

// channelKey is the key of one of thousands of channels, all with one beginning.
func channelKey(i int) string { return fmt.Sprintf("opaque-token-of-a-channel-%08d-%08x", i, i*7919) }

// At the counter ten thousand payments are watched, and each channel gets a fresh key each few
// minutes. The bearer token of the first hour is as good as ever.
func TestSecrets_OfThousandsOfTokensThoseThatLiveAreKnown(t *testing.T) {
	const living, made = 10_000, 20_000
	k := newKnown()
	k.add("the-secret-for-good", forGood)
	bearer := func(i int) string { return fmt.Sprintf("opaque-bearer-token-%08d-%08x", i, i*104729) }
	for i := range 20 {
		k.add(bearer(i), asBearer)
		k.add(bearer(i), asToken) // a dump of the exchange has it too
	}
	for i := range made {
		k.add(channelKey(i), asToken)
		if len(k.forms) > tokensMost+bearersMost+formsOfOne {
			t.Fatalf("%d forms are held, more than %d", len(k.forms), tokensMost)
		}
	}
	hides := func(secret string) bool { return k.hide("token "+secret+" refused") == "token ••• refused" }
	for i := range living {
		if !hides(channelKey(made - 1 - i)) {
			t.Fatalf("the key of %d keys ago is not hidden", i)
		}
	}
	for i := range 20 {
		if got := hides(bearer(i)); got != (i >= 4) {
			t.Errorf("bearer token %d is hidden: %t", i, got)
		}
	}
	if !hides("the-secret-for-good") {
		t.Error("the secret for good is not hidden")
	}
	if hides(channelKey(1)) {
		t.Error("an old key is still known, so this test shows nothing")
	}
}

// A server hands out tokens of signs alone. What is left of them once they are folded is found in any
// text, and thousands of them cost nothing.
func TestSecrets_ATokenOfWhichNothingIsLeftIsNotKept(t *testing.T) {
	k := newKnown()
	for i := range 1000 {
		k.add(fmt.Sprintf("+-%d+-+-", i), asToken)
	}
	if n := len(k.short); n > 0 {
		t.Errorf("%d are kept for good", n)
	}
}

// What a text is not about stays as it is: a hit costs nothing but the secret.
func TestSecrets_NothingElseIsTouched(t *testing.T) {
	AddSecret("hush-hush")
	AddSecret("tiny")
	for text, want := range map[string]string{
		"getting a token: Dollr refuses the credentials (401)":            "",
		"body.client_secret: field required":                              "",
		"DOLLR_CLIENT_SECRET_FILE=/run/secrets/till7 is not there":        "",
		"environment variable DOLLR_CLIENT_SECRET: want one line of text": "",
		"--client-secret-file: /run/secrets/s1 can be read by others":     "",
		"basic information is missing, the bearer left":                   "",
		"100% of Amina & Kofi's \\ order, 5 > 3":                          "",
		"https://pay.heydollr.app/c/55?table=4&x=%20":                     "",
		"<hush-hush>&amp;": "<•••>&amp;",
		"a tiny word":      "",
	} {
		if want == "" {
			want = text
		}
		if got := SafeExact(text, 400); got != want {
			t.Errorf("%q becomes %q", text, got)
		}
	}
}

// Whoever's they are: what looks like a secret, and what has a secret's name, in texts, forms,
// addresses and JSON within JSON at any depth.
func TestSecrets_WhatLooksLikeOneIsHidden(t *testing.T) {
	const jwt = "eyJhbGciOiJIUzI1NiJ9.eyJzdWIiOiI3In0.c2lnbmF0dXJl"
	inner := `{"client_secret":"letmein 77\"x","list":{"access_token":"abc\\"},"payer_amount":1500000.00,"note":"seen"}`
	for text, gone := range map[string]string{
		"seen " + jwt:                                    "eyJ",
		"seen " + jwt[:24]:                               "eyJ",
		"seen pi_3Nq7_secret_Wm4x":                       "Wm4x",
		"seen sb_secret_N7UND0UgjKTVK":                   "N7UND",
		"seen sk_live_51H7x and rk_live_9a":              "51H7x",
		"seen whsec_MfKQ9r8GKYqrTwjU":                    "MfKQ",
		"seen Authorization: Basic c2hvcDpodXNoLWh1c2g=": "c2hvc",
		"seen basic c2hvcDpodXNo":                        "c2hvc",
		"seen Bearer%20abcdefgh12345":                    "abcdefgh",
		"seen https://shop:letmein@till.example/x":       "letmein",
		"seen https://x.example/?password=letmein&x=1":   "letmein",
		"seen https://x.example/?u=https%3A%2F%2Fy%3Fclient_secret%3Dletmein%26z": "letmein",
		"seen grant_type=x&client_secret=letmein":                                 "letmein",
		"seen apikey: abcd1234":                                                   "abcd1234",
		"seen X-Api-Key: abcd1234":                                                "abcd1234",
		`seen {'password': 'letmein'}`:                                            "letmein",
		"seen " + inner:                                                           "letmein",
		"seen " + quoted(inner, false):                                            "letmein",
		"seen " + quoted(quoted(inner, true), false):                              "letmein",
		"seen " + quoted(quoted(quoted(inner, false), true), false):               "letmein",
	} {
		shown := Safe(text, 1000)
		if strings.Contains(shown, gone) || !strings.Contains(shown, Hidden) || !strings.Contains(shown, "seen") {
			t.Errorf("%q becomes %q", text, shown)
		}
	}
	deep := `{"status":"seen"}`
	for _, secret := range []string{"client_secret", "password", "access_token"} {
		deep = `{"status":"seen","` + secret + `":"letmein","payer_amount":1500000.00,"inner":` + string(must(json.Marshal(deep))) + `}`
		if shown := Redact([]byte(deep)); strings.Contains(shown, "letmein") || !strings.Contains(shown, "seen") || !strings.Contains(shown, "1500000.00") {
			t.Errorf("%s becomes %s", deep, shown)
		}
	}
}

func must[T any](value T, err error) T {
	if err != nil {
		panic(err)
	}
	return value
}

func BenchmarkSafe(b *testing.B) {
	for i := range 10_000 {
		AddToken(channelKey(i))
	}
	for name, text := range map[string]string{
		"plain":    "reading a payment's status: Dollr's API is in trouble (503): try again in a moment",
		"a label":  "Kofi Améléte 注文 Table 4",
		"a number": "payer 231771234567 has no wallet",
		"a token":  "with Bearer eyJhbGciOiJIUzI1NiJ9.eyJzdWIiOiI3In0.c2lnbmF0dXJl in it",
	} {
		b.Run(name, func(b *testing.B) {
			b.ReportAllocs()
			for b.Loop() {
				Safe(text, 300)
			}
		})
	}
}

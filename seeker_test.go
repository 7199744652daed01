package main

import (
	"bytes"
	"compress/gzip"
	"encoding/base64"
	"encoding/hex"
	"encoding/json"
	"fmt"
	"html"
	"io"
	"maps"
	"net/url"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"sync"
	"testing"
)

// seeker knows every secret of a test and finds them, however they are written. It names
// their kinds alone: what it says ends up in the log of a build. Its methods may be called
// from any goroutine.
type seeker struct {
	mu     sync.Mutex
	forms  map[string]string         // the kind of each text
	phones map[string]*regexp.Regexp // by their digits
	counts map[string]int            // of each kind
}

func newSeeker() *seeker {
	s := &seeker{forms: map[string]string{}, phones: map[string]*regexp.Regexp{}, counts: map[string]int{}}
	s.forms["eyJhbGciOi"] = "the beginning of a token"
	return s
}

// secret adds one, in all the ways in which a program may come to write it.
func (s *seeker) secret(kind, text string) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if text == "" || s.forms[text] == kind {
		return
	}
	s.counts[kind]++
	texts := map[string]string{text: kind}
	if pieces := strings.Split(text, "."); len(pieces) == 3 { // a JSON Web Token; all begin alike
		texts[pieces[1]], texts[pieces[2]] = "the claims of "+kind, "the signature of "+kind
	}
	for i, piece := range digitsInARow.Split(text, -1) { // one of which only a number was masked
		if len(piece) >= 7 && piece != text {
			texts[piece] = fmt.Sprintf("piece %d of %s", i, kind)
		}
	}
	if len(text) >= 32 { // one that was cut
		texts[text[len(text)-16:]] = "the end of " + kind
	}
	for text, kind := range texts {
		for _, form := range formsOf(text) {
			s.forms[form] = kind
		}
	}
}

// digitsInARow are what may pass for a payer's number in a secret.
var digitsInARow = regexp.MustCompile(`\d{7,}`)

func formsOf(text string) []string {
	quoted := func(html bool) string {
		var out bytes.Buffer
		encoder := json.NewEncoder(&out)
		encoder.SetEscapeHTML(html)
		_ = encoder.Encode(text) // a string can always be encoded
		return strings.Trim(strings.TrimSpace(out.String()), `"`)
	}
	all := []string{text, quoted(true), quoted(false), url.QueryEscape(text), url.PathEscape(text), html.EscapeString(text),
		hex.EncodeToString([]byte(text)), strings.ToUpper(hex.EncodeToString([]byte(text)))}
	for before := range 3 { // where it stands in what is encoded changes all its letters
		for _, code := range []*base64.Encoding{base64.RawStdEncoding, base64.RawURLEncoding} {
			encoded := code.EncodeToString(append(make([]byte, before), text...))
			all = append(all, encoded[(before*8+5)/6:(before+len(text))*8/6])
		}
	}
	return all
}

// phone adds a payer's number. Its last eight digits tell whose it is, however they are
// grouped and whatever stands before them.
func (s *seeker) phone(digits string) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.counts["a payer's number"]++
	last := digits[len(digits)-8:]
	s.phones[last] = regexp.MustCompile(strings.Join(strings.Split(last, ""), `[^0-9A-Za-z*]{0,3}`))
	for _, script := range scripts {
		other := inScript(last, script)
		s.phones[other] = regexp.MustCompile(strings.Join(strings.Split(other, ""), `[^0-9A-Za-z*]{0,3}`))
	}
}

// scripts are the zeros of scripts that have digits of their own: Arabic, Devanagari, and the
// full width of East Asia.
var scripts = []rune{'٠', '०', '０'}

// inScript is digits in another script.
func inScript(digits string, zero rune) string {
	return strings.Map(func(r rune) rune { return r - '0' + zero }, digits)
}

// found is the kinds of secrets in a text.
func (s *seeker) found(text []byte) []string {
	s.mu.Lock()
	defer s.mu.Unlock()
	kinds := map[string]bool{}
	for form, kind := range s.forms {
		if !kinds[kind] && bytes.Contains(text, []byte(form)) {
			kinds[kind] = true
		}
	}
	for _, phone := range s.phones {
		if !kinds["a payer's number"] && phone.Match(text) {
			kinds["a payer's number"] = true
		}
	}
	return slices.Sorted(maps.Keys(kinds))
}

// harmless checks a text; where says which it is.
func (s *seeker) harmless(t *testing.T, where string, text []byte) {
	t.Helper()
	for _, kind := range s.found(text) {
		t.Errorf("%s has %s", where, kind)
	}
}

// harmlessFiles checks every file below a folder, unpacked ones too, and their names. It
// returns how many there are, by the ends of their names.
func (s *seeker) harmlessFiles(t *testing.T, folder string) map[string]int {
	t.Helper()
	seen := map[string]int{}
	err := filepath.WalkDir(folder, func(path string, entry os.DirEntry, err error) error {
		if err != nil || entry.IsDir() {
			return err
		}
		name, _ := filepath.Rel(folder, path)
		text, err := os.ReadFile(path)
		if err != nil {
			return err
		}
		seen[filepath.Ext(name)]++
		s.harmless(t, "the name of a file", []byte(name))
		s.harmless(t, name, text)
		if zip, err := gzip.NewReader(bytes.NewReader(text)); err == nil {
			whole, err := io.ReadAll(zip)
			if err != nil {
				return err
			}
			s.harmless(t, name+", unpacked", whole)
		}
		return nil
	})
	if err != nil {
		t.Error(err)
	}
	return seen
}

// A search that finds nothing proves nothing, unless it finds what is there.
func TestSeeker_FindsWhateverIsPlanted(t *testing.T) {
	const (
		token  = "eyJhbGciOiJIUzI1NiJ9.eyJzdWIiOiJzaG9wIn0.c2lnbmF0dXJlLW9mLW91cnM"
		secret = `k9+Zq/7"w&<e>hush-hush`
		number = "231779860789"
	)
	s := newSeeker()
	s.secret("a bearer token", token)
	s.secret("the client secret", secret)
	s.secret("a secret with a number", "hush-so-1234567890-it-is")
	s.phone(number)
	quoted, err := json.Marshal("so: " + secret)
	if err != nil {
		t.Fatal(err)
	}
	for planted, kind := range map[string]string{
		"Bearer " + token:                                      "a bearer token",
		"cut: …" + token[40:]:                                  "the signature of a bearer token",
		"eyJzdWIiOiJzaG9wIn0":                                  "the claims of a bearer token",
		"cut: " + token[:30] + "…":                             "the beginning of a token",
		`{"secret":"` + secret + `"`:                           "the client secret",
		string(quoted):                                         "the client secret",
		strings.ReplaceAll(secret, `"`, `\"`):                  "the client secret",
		"https://example/?s=" + url.QueryEscape(secret) + "&x": "the client secret",
		"https://example/" + url.PathEscape(secret):            "the client secret",
		"Basic " + base64.StdEncoding.EncodeToString([]byte("shop:"+secret)):             "the client secret",
		"Basic " + base64.StdEncoding.EncodeToString([]byte("shop2:"+secret+", and so")): "the client secret",
		"Basic " + base64.URLEncoding.EncodeToString([]byte("shop-3:"+secret+"!")):       "the client secret",
		hex.EncodeToString([]byte("x" + secret)):                                         "the client secret",
		"\x00\x01" + number + "\xff":                                                     "a payer's number",
		"+231 77 986 0789":                                                               "a payer's number",
		"+231-77-986-07-89":                                                              "a payer's number",
		"(0)77.986.0789":                                                                 "a payer's number",
		"٢٣١ ٧٧ ٩٨٦ ٠٧٨٩":                                                                "a payer's number",
		"２３１７７９８６０７８９":                                                                   "a payer's number",
		"077 9860789":                                                                    "a payer's number",
		"79\u00a086\u00a007\u00a089":                                                     "a payer's number",
		"hush-so-123****890-it-is":                                                       "piece 0 of a secret with a number",
		html.EscapeString("for " + secret + " and so on"):                                "the client secret",
	} {
		if found := s.found([]byte("before " + planted + " behind")); !slices.Contains(found, kind) {
			t.Errorf("of %q it finds %q, want %s", planted, found, kind)
		}
	}
	for _, clean := range []string{"231******789", "231 7798 1860789", "client_secret •••", "2026-11-27T07:07:19.860789Z"} {
		if found := s.found([]byte(clean)); found != nil {
			t.Errorf("in %q it finds %q", clean, found)
		}
	}
}

// What is packed, or below a folder, is found too, and named by its file.
func TestSeeker_LooksIntoEveryFile(t *testing.T) {
	folder := t.TempDir()
	var packed bytes.Buffer
	zip := gzip.NewWriter(&packed)
	if _, err := zip.Write([]byte("x hush-hush x")); err != nil || zip.Close() != nil {
		t.Fatal(err)
	}
	inner := filepath.Join(folder, "a", "b")
	if err := os.MkdirAll(inner, 0o700); err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(filepath.Join(inner, "old.log.gz"), packed.Bytes(), 0o600); err != nil {
		t.Fatal(err)
	}
	s := newSeeker()
	if seen := s.harmlessFiles(t, folder); seen[".gz"] != 1 {
		t.Errorf("it saw %v", seen)
	}
	s.secret("the client secret", "hush-hush")
	whole, err := gzip.NewReader(bytes.NewReader(packed.Bytes()))
	if err != nil {
		t.Fatal(err)
	}
	text, err := io.ReadAll(whole)
	if err != nil || s.found(packed.Bytes()) != nil || len(s.found(text)) != 1 {
		t.Errorf("packed it finds %q, unpacked %q, %v", s.found(packed.Bytes()), s.found(text), err)
	}
}

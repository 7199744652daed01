//go:build unix

package main

import (
	"fmt"
	"maps"
	"regexp"
	"slices"
	"strings"
	"sync"
	"testing"
)

// The kinds of what may be written nowhere.
const (
	clientSecret = "client secret"
	wrongSecret  = "wrong client secret"
	anonKey      = "anon key"
	bearerToken  = "bearer token"
	realtimeKey  = "realtime key"
	stripeSecret = "Stripe secret"
	fullNumber   = "phone number"
)

// Each end of a secret is looked for, in characters, since one that was shortened is no less
// of a leak; and the last digits of a number, since at home nobody writes more.
const (
	secretEnd = 12
	numberEnd = 8
)

// hush is what a run must write nowhere: each secret and number, and of which kind it is.
type hush struct {
	mu    sync.Mutex
	words map[string]string
}

func (h *hush) add(kind, word string) {
	h.mu.Lock()
	defer h.mu.Unlock()
	if len(word) >= numberEnd { // else none was sent
		h.words[word] = kind
	}
}

// grouped finds what has as many digits as the end of a number, whatever they are grouped with.
var grouped = regexp.MustCompile(fmt.Sprintf(`[0-9](?:[ ().-]{0,2}[0-9]){%d,}`, numberEnd-1))

// in lists the kinds that a text gives away.
func (h *hush) in(text string) []string {
	var digits []string
	for _, run := range grouped.FindAllString(text, -1) {
		digits = append(digits, strings.NewReplacer(" ", "", "(", "", ")", "", ".", "", "-", "").Replace(run))
	}
	h.mu.Lock()
	defer h.mu.Unlock()
	var found []string
	for word, kind := range h.words {
		switch head, tail := word[:min(secretEnd, len(word))], word[max(0, len(word)-secretEnd):]; {
		case kind == fullNumber:
			end := word[len(word)-numberEnd:]
			if slices.ContainsFunc(digits, func(run string) bool { return strings.Contains(run, end) }) {
				found = append(found, kind)
			}
		case strings.Contains(text, tail):
			found = append(found, kind)
		case strings.Contains(text, head):
			found = append(found, "beginning of "+kind) // as all tokens begin
		}
	}
	slices.Sort(found)
	return slices.Compact(found)
}

// learn takes the secrets of an answer.
func (h *hush) learn(path string, answer any) {
	switch v := answer.(type) {
	case []any:
		for _, inner := range v {
			h.learn(path, inner)
		}
	case map[string]any:
		for name, inner := range v {
			text, _ := inner.(string)
			switch {
			case name == "client_secret":
				h.add(stripeSecret, text)
			case name == "access_token" && strings.Contains(path, "realtime-keys"):
				h.add(realtimeKey, text)
			case name == "access_token":
				h.add(bearerToken, text)
			default:
				h.learn(path, inner)
			}
		}
	}
}

// isFound plants each secret and number in a text, in every form.
func (h *hush) isFound(t *testing.T) {
	for _, harmless := range []string{
		"", "550e8400-e29b-41d4-a716-446655440000", "2026-11-27T01:49:58.839Z 127.0.0.1:41139", `"amount":"183456.78","session_id":1006`,
		"231******789 •••", "pi_461a8", "88 345, 6789", "345 6789",
	} {
		if found := h.in(harmless); found != nil {
			t.Errorf("there is no %s in %q", found, harmless)
		}
	}
	for word, kind := range maps.Clone(h.words) {
		plants := []string{word, word[1:], `{"text":"` + word + `"}`}
		if kind == fullNumber {
			code, a, b, c := word[:3], word[3:5], word[5:8], word[8:]
			plants = append(plants, "+"+word, "00"+word, "0"+a+b+c, a+b+c[:len(c)-1]+"-"+c[len(c)-1:], word[len(word)-numberEnd:],
				"+"+code+" "+a+" "+b+" "+c, code+"-"+a+"-"+b+"-"+c, "("+code+") "+a+"."+b+"."+c, "Table 4, "+a+" "+b+c)
		}
		for i, plant := range plants {
			if !slices.Contains(h.in("before "+plant+" after"), kind) {
				t.Errorf("a %s is not found in its form %d", kind, i+1)
			}
		}
		if kind != fullNumber && h.in("before "+word[:len(word)-1]+"…") == nil {
			t.Errorf("a %s that was shortened is not found", kind)
		}
	}
}

package realtime

import (
	"net/url"
	"regexp"
	"strings"
	"unicode"
)

// longestText bounds what we repeat of a server's words. Its longest message, about
// a table that cannot be subscribed to, is some 300 characters.
const longestText = 400

// cleanedText bounds, in bytes, what is looked at for it: a frame may have megabytes.
const cleanedText = 4 << 10

// shortened cuts a text to cleanedText before its last word, which may be half of a secret.
func shortened(text string) string {
	if len(text) <= cleanedText {
		return text
	}
	return text[:strings.LastIndexByte(text[:cleanedText], ' ')+1] + "…"
}

// tokenShape matches a JSON Web Token, whole or cut short. A server or a proxy may
// quote one in its complaint, and complaints end up on screens and in reports.
var tokenShape = regexp.MustCompile(`eyJ[\w-]{8,}(\.[\w-]*){0,2}`)

// clean makes text from outside safe to show: one line, no control, format or invisible
// characters, no secrets, not endless. Invisible characters go first, because they would hide
// a secret from the search; the text is cut last, because half a secret is not found.
func clean(text, secret string) string {
	text = strings.Map(func(r rune) rune {
		switch {
		case unicode.IsSpace(r):
			return ' '
		case unicode.IsPrint(r):
			return r
		}
		return -1
	}, shortened(text))
	if secret != "" {
		text = strings.ReplaceAll(text, secret, hidden)
		text = strings.ReplaceAll(text, url.QueryEscape(secret), hidden) // as it stands in our address
	}
	text = tokenShape.ReplaceAllString(text, hidden)
	runes := []rune(strings.Join(strings.Fields(text), " "))
	if len(runes) > longestText {
		return string(runes[:longestText]) + "…"
	}
	return string(runes)
}

// lineError is an error of the caller's, its text made clean. What it wraps can
// still be asked for with errors.As.
type lineError struct {
	text string
	err  error
}

// Error is clean.
func (e *lineError) Error() string { return e.text }

// Unwrap is the error as it came.
func (e *lineError) Unwrap() error { return e.err }

// cleanError is a caller's error in one clean line. It says itself what was being done.
func cleanError(err error, secret string) error {
	return &lineError{clean(err.Error(), secret), err}
}

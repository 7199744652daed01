package realtime

import (
	"strings"

	"tillwatch/watch"
)

// longestText bounds what we repeat of a server's words. Its longest message, about
// a table that cannot be subscribed to, is some 300 characters.
const longestText = 400

// cleanedText bounds, in bytes, what is looked at for it: a frame may have megabytes.
const cleanedText = 4 << 10

// shortened cuts a text to cleanedText and drops its last word, which may be half of a secret.
func shortened(text string) string {
	if len(text) <= cleanedText {
		return text
	}
	return text[:strings.LastIndexByte(text[:cleanedText], ' ')+1] + "…"
}

// clean makes text from outside safe to show. [watch.Safe] hides the API key, because it is a
// secret of this process.
func clean(text string) string { return watch.Safe(shortened(text), longestText) }

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
func cleanError(err error) error {
	return &lineError{clean(err.Error()), err}
}

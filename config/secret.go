package config

import (
	"fmt"
	"io"
	"log/slog"
)

// mask is what every print of a Secret shows.
const mask = "•••"

// Secret is a text that must not be printed. Whatever prints it (fmt with any verb,
// slog, JSON, any text encoder) shows three dots; only Reveal gives it away, so a search
// for Reveal finds every use. The zero Secret is "not given".
//
// The text is behind a pointer because fmt prints the unexported fields of a struct
// without asking their methods: of a pointer it then shows the address alone.
type Secret struct{ text *string }

// NewSecret wraps a text. An empty text is the zero Secret.
func NewSecret(text string) Secret {
	if text == "" {
		return Secret{}
	}
	return Secret{&text}
}

// Given reports whether there is a secret at all.
func (s Secret) Given() bool { return s.text != nil }

// Reveal is the secret itself, empty when none was given. It is for the call that sends
// it to whom it belongs, and for nothing else.
func (s Secret) Reveal() string {
	if s.text == nil {
		return ""
	}
	return *s.text
}

// String is three dots.
func (s Secret) String() string { return mask }

// Format writes three dots for every verb and flag, %#v and %x included.
func (s Secret) Format(f fmt.State, _ rune) { _, _ = io.WriteString(f, mask) }

// LogValue is three dots for slog.
func (s Secret) LogValue() slog.Value { return slog.StringValue(mask) }

// MarshalText is three dots for JSON and every other encoder that asks for text.
func (s Secret) MarshalText() ([]byte, error) { return []byte(mask), nil }

package watch

import (
	"bytes"
	"encoding/json"
	"regexp"
	"strings"
)

// Hidden stands where a secret would.
const Hidden = "•••"

const (
	redactMost = 16 << 10 // bytes of a redacted text
	textMost   = 300      // characters of one value in it
)

var (
	secretName = regexp.MustCompile(`(?i)secret|token|password|authorization|api_?key`)
	phoneName  = regexp.MustCompile(`(?i)phone|msisdn|account_number`)
	// exactName are names whose numbers are no phone numbers, however long.
	exactName  = regexp.MustCompile(`(?i)amount|total|(^|_)id$|reference|number$|_at$|timestamp`)
	secretText = regexp.MustCompile(`eyJ[\w-]{8,}\.[\w-]+(?:\.[\w-]*)?|\b[a-z]{2,8}_\w+_secret_\w+|(?i:bearer\s+)[\w.~+/-]{8,}`)
)

// WithoutSecrets hides what looks like a secret in a text, whosever it is: JSON Web Tokens
// (RFC 7519), Stripe's client secrets such as pi_…_secret_…, and bearer tokens.
func WithoutSecrets(s string) string { return secretText.ReplaceAllString(s, Hidden) }

// Redact makes JSON from outside fit for a screen, a log or a mail to support: indented,
// with names in order, amounts and ids as they came, values whose names speak of secrets
// hidden, whatever may be a payer's number masked, texts clean. What is no JSON becomes a
// line that says so.
func Redact(raw []byte) string {
	decoder := json.NewDecoder(bytes.NewReader(raw))
	decoder.UseNumber()
	var value any
	if decoder.Decode(&value) != nil {
		return "(no JSON)"
	}
	var out bytes.Buffer
	encoder := json.NewEncoder(&out)
	encoder.SetEscapeHTML(false)
	encoder.SetIndent("", "  ")
	if encoder.Encode(redacted("", value)) != nil {
		return "(no JSON)" // cannot be: it was decoded
	}
	text := strings.TrimSuffix(out.String(), "\n")
	if len(text) > redactMost {
		text = strings.ToValidUTF8(text[:redactMost], "") + "\n…"
	}
	return text
}

// redacted is a JSON value without what must not be shown; name is where it stands.
func redacted(name string, value any) any {
	if value != nil && secretName.MatchString(name) {
		return Hidden // whatever it is, a list or an object too
	}
	switch v := value.(type) {
	case map[string]any:
		clean := make(map[string]any, len(v))
		for key, inner := range v {
			key = Clean(key, textMost) // first: an invisible letter would hide a name from the search
			clean[key] = redacted(key, inner)
		}
		return clean
	case []any:
		for i := range v {
			v[i] = redacted(name, v[i])
		}
		return v
	case json.Number:
		text := v.String()
		switch whole := !strings.ContainsAny(text, ".eE"); {
		case phoneName.MatchString(name):
			return Phone(text).String()
		case whole && !exactName.MatchString(name) && MaskNumbers(text) != text:
			return MaskNumbers(text)
		}
	case string:
		if phoneName.MatchString(name) {
			return Clean(Phone(v).String(), textMost)
		}
		text := WithoutSecrets(Clean(v, 4*textMost))
		if !exactName.MatchString(name) {
			text = MaskNumbers(text)
		}
		return Clean(text, textMost)
	}
	return value
}

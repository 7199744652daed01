package watch

import (
	"bytes"
	"encoding/json"
	"regexp"
	"strconv"
	"strings"
	"sync"
)

// Hidden stands where a secret would.
const Hidden = "•••"

const (
	redactFrom = 64 << 10 // bytes of JSON beyond which nobody would read it anyway
	redactDeep = 20       // lists and objects in each other; each costs an indent on every line
	redactMost = 16 << 10 // bytes of a redacted text
	textMost   = 300      // characters of one value in it
)

var (
	secretName = regexp.MustCompile(`(?i)secret|token|password|authorization|api_?key`)
	phoneName  = regexp.MustCompile(`(?i)phone|msisdn|account_number`)
	// exactName are names whose numbers are no phone numbers, however long.
	exactName  = regexp.MustCompile(`(?i)amount|total|(^|_)id$|reference|number$|_at$|timestamp`)
	secretText = regexp.MustCompile(`eyJ[\w-]{8,}\.[\w-]+(?:\.[\w-]*)?|\b[a-z]{2,8}_\w*\d\w*_secret_\w+|(?i:bearer\s+)[\w.~+/-]{8,}`)
)

// WithoutSecrets hides what looks like a secret in a text, whosever it is: JSON Web Tokens
// (RFC 7519), Stripe's client secrets such as pi_…_secret_…, and bearer tokens.
func WithoutSecrets(s string) string {
	if !strings.Contains(s, "eyJ") && !strings.Contains(s, "_secret_") && !bears(s) {
		return s // one of these is in whatever secretText finds
	}
	return secretText.ReplaceAllString(s, Hidden)
}

// bears reports whether the word bearer is in s, in any case.
func bears(s string) bool {
	const word = "bearer"
	for at := strings.IndexAny(s, "bB"); at >= 0 && len(s)-at >= len(word); {
		if s = s[at:]; strings.EqualFold(s[:len(word)], word) {
			return true
		}
		s = s[1:]
		at = strings.IndexAny(s, "bB")
	}
	return false
}

// naming is what a field's name says of its value.
type naming struct{ secret, phone, exact bool }

// namings are those of names that were met. Each answer and each row has the same ones, and
// to look for three patterns in every name was an eighth of all that two thousand rows a
// second cost. A server may invent names for ever, so only so many are remembered.
var namings = struct {
	sync.RWMutex
	of map[string]naming
}{of: map[string]naming{}}

const (
	namesMost   = 256
	nameLongest = 64 // bytes of one that is remembered
)

func namingOf(name string) naming {
	namings.RLock()
	n, known := namings.of[name]
	full := len(namings.of) >= namesMost
	namings.RUnlock()
	if known {
		return n
	}
	n = naming{secretName.MatchString(name), phoneName.MatchString(name), exactName.MatchString(name)}
	if !full && len(name) <= nameLongest {
		namings.Lock()
		namings.of[strings.Clone(name)] = n
		namings.Unlock()
	}
	return n
}

// Written is a known secret as it may stand in a text that is to be shown: as it is and,
// where that differs, as it stands in what [Redact] makes. Whoever hides it hides both.
func Written(secret string) []string {
	var out bytes.Buffer
	encoder := json.NewEncoder(&out)
	encoder.SetEscapeHTML(false)
	if encoder.Encode(secret) != nil {
		return []string{secret} // cannot be: it is text
	}
	if quoted := strings.TrimSuffix(out.String(), "\n"); quoted[1:len(quoted)-1] != secret {
		return []string{secret, quoted[1 : len(quoted)-1]}
	}
	return []string{secret}
}

// tame is a server's words as one clean line without what looks like a secret or a payer's
// number. They are shortened last, for half of either is not recognized.
func tame(s string, max int) string {
	return Clean(MaskNumbers(WithoutSecrets(Clean(s, 8*max))), max)
}

// Redact makes JSON from outside fit for a screen, a log or a mail to support: indented,
// with names in order, amounts and ids as they came, values whose names speak of secrets
// hidden, whatever may be a payer's number masked, texts clean. What is nested beyond all
// reason becomes "…". What is no JSON, or more than anybody reads, becomes a line that says
// so.
func Redact(raw []byte) string {
	if len(raw) > redactFrom {
		return "(" + strconv.Itoa(len(raw)>>10) + " KiB of JSON, too long to show)"
	}
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
	if encoder.Encode(redacted("", value, 0)) != nil {
		return "(no JSON)" // cannot be: it was decoded
	}
	text := strings.TrimSuffix(out.String(), "\n")
	if len(text) > redactMost {
		text = strings.ToValidUTF8(text[:redactMost], "") + "\n…"
	}
	return text
}

// redacted is a JSON value without what must not be shown; name is where it stands, deep in
// how many lists and objects.
func redacted(name string, value any, deep int) any {
	named := namingOf(name)
	if value != nil && named.secret {
		return Hidden // whatever it is, a list or an object too
	}
	switch value.(type) {
	case map[string]any, []any:
		if deep == redactDeep {
			return "…"
		}
	}
	switch v := value.(type) {
	case map[string]any:
		clean := make(map[string]any, len(v))
		for key, inner := range v {
			key = Clean(key, textMost) // first: an invisible letter would hide a name from the search
			clean[key] = redacted(key, inner, deep+1)
		}
		return clean
	case []any:
		for i := range v {
			v[i] = redacted(name, v[i], deep+1)
		}
		return v
	case json.Number:
		text := v.String()
		switch whole := !strings.ContainsAny(text, ".eE"); {
		case named.phone:
			return Phone(text).String()
		case whole && !named.exact && MaskNumbers(text) != text:
			return MaskNumbers(text)
		}
	case string:
		if named.phone {
			return Clean(Phone(v).String(), textMost)
		}
		text := WithoutSecrets(Clean(v, 4*textMost))
		if !named.exact {
			text = MaskNumbers(text)
		}
		return Clean(text, textMost)
	}
	return value
}

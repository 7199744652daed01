package watch

import (
	"bytes"
	"encoding/json"
	"regexp"
	"strconv"
	"strings"
	"sync"
)

const (
	redactFrom = 64 << 10 // bytes; longer JSON is not shown
	redactDeep = 20       // lists and objects in each other; each costs an indent on every line
	redactMost = 16 << 10 // bytes of a redacted text
	textMost   = 300      // characters of one value in it
)

// secretText matches what looks like a secret of any owner: JSON Web Tokens (RFC 7519), whole or
// cut, Stripe's client secrets and keys, Supabase's secret keys, private keys, and the text after
// Bearer.
var secretText = regexp.MustCompile(`eyJ[\w-]{8,}(?:\.[\w-]*=*){0,4}|ZXlK[\w+/-]{12,}` +
	`|\b[a-z]{2,8}_\w*\d\w*_secret_\w+|\bsb_secret_[\w-]+|\b(?:sk|rk)_(?:live|test)_\w+|\bwhsec_[\w+/=-]+` +
	`|-----BEGIN [A-Z ]*PRIVATE KEY-----(?s:.*?)(?:-----END [A-Z ]*-----|$)` +
	`|(?i:bearer(?:\s|%20|\+|\\[nt])+)[\w.~+/•-]{8,}=*`)

// basicText matches what follows Basic. [basic] tells a credential from a word.
var basicText = regexp.MustCompile(`(?i:basic)(?:\s|%20|\+)+[A-Za-z0-9+/_•-]{8,}(?:=|%3[dD]){0,2}`)

// basic matches base64: it has digits, signs or capitals where no word has them.
var basic = regexp.MustCompile(`^.{5}.*(?:[ +]|%20)[^ ]*(?:[0-9=•]|[a-z][A-Z])`)

// userText matches an address with a password before its host.
var userText = regexp.MustCompile(`(://)[^/\s"'<>@]*:[^/\s"'<>@]+@`)

// namedText matches a name that speaks of a secret, the sign between name and value, and the quote
// before the value, at any depth of JSON in JSON and of addresses in addresses.
var namedText = regexp.MustCompile(`(?i)(\\*["'])?\b[\w.-]*?(?:secret|token|passw(?:or)?d|passphrase|authorization|api[_-]?key|private[_-]?key)[\w-]*(\\*["'])?` +
	`(\s*(?:=>|[:=]|%(?:25)*3[ad])\s*)(\\*["'])?`)

// withoutPatterns hides what looks like a secret in a text.
func withoutPatterns(s string) string {
	if !maySecret(s) {
		return s
	}
	s = secretText.ReplaceAllString(s, Hidden)
	s = basicText.ReplaceAllStringFunc(s, func(found string) string {
		if basic.MatchString(found) {
			return Hidden
		}
		return found
	})
	if strings.Contains(s, "://") {
		s = userText.ReplaceAllString(s, "${1}"+Hidden+"@")
	}
	return withoutNamed(s)
}

// withoutNamed hides values whose names speak of a secret.
func withoutNamed(s string) string {
	var b strings.Builder
	last := 0
	for _, at := range namedText.FindAllStringSubmatchIndex(s, -1) {
		if at[0] < last {
			continue
		}
		part := func(i int) string {
			if at[2*i] < 0 {
				return ""
			}
			return s[at[2*i]:at[2*i+1]]
		}
		name, between, quote := s[at[0]:at[6]], strings.TrimSpace(part(3)), part(4)
		n := valueLen(s[at[1]:], quote)
		value := s[at[1] : at[1]+n]
		if n == 0 || strings.HasPrefix(value, Hidden) || between == ":" && !named(name, value, part(2), quote) || between != ":" && aFile(name) {
			continue
		}
		b.WriteString(s[last:at[1]])
		b.WriteString(Hidden)
		last = at[1] + n
	}
	if last == 0 {
		return s
	}
	b.WriteString(s[last:])
	return b.String()
}

// named reports whether the text after a name is a secret value and not a sentence, as in "getting
// a token: the host is down".
func named(name, value, closed, quote string) bool {
	switch {
	case closed != "" || quote != "": // JSON, or a header that a program quotes
		return !aFile(name)
	case aFile(name), strings.ToUpper(name) == name: // a setting of tillwatch, followed by what is wrong with it
		return false
	case strings.EqualFold(name, "token"), strings.EqualFold(name, "secret"):
		return len(value) >= 16
	}
	return len(value) >= 16 || strings.ContainsAny(value, "0123456789")
}

// aFile reports whether a setting names a file that holds the secret.
func aFile(name string) bool {
	return strings.HasSuffix(strings.ToLower(strings.TrimRight(name, `\"'`)), "file")
}

// valueLen returns the length of the value that s begins with. quote is the quote before it, or
// empty.
func valueLen(s, quote string) int {
	if quote != "" {
		for from := 0; ; {
			at := strings.Index(s[from:], quote)
			if at < 0 {
				return len(s)
			}
			if at += from; at == 0 || s[at-1] != '\\' {
				return at
			}
			from = at + 1
		}
	}
	if s != "" && (s[0] == '[' || s[0] == '{') {
		if end := strings.IndexByte(s, s[0]+2); end >= 0 { // the matching bracket is two further in ASCII
			return end + 1
		}
		return len(s)
	}
	end := strings.IndexAny(s, " \t\r\n&,;\"'<>)}]\\")
	if end < 0 {
		end = len(s)
	}
	if at := strings.Index(s[:end], "%26"); at >= 0 {
		end = at
	}
	return end
}

// beginnings lists, by first letter, how the matches of [withoutPatterns] begin, or what they must
// hold. Nearly every text has none of these, and the full search costs a hundred times as much.
var beginnings = map[byte][]string{
	'e': {"eyj"}, 'z': {"zxlk"}, '_': {"_secret_"}, 's': {"sb_secret_", "sk_", "secret"}, 'r': {"rk_"}, 'w': {"whsec_"},
	'p': {"private", "passw", "passphrase"}, 'b': {"bearer", "basic"}, 't': {"token"}, 'a': {"authorization", "apikey", "api_key", "api-key"},
	':': {"://"},
}

var begins = func() (all [256][]string) {
	for c, words := range beginnings {
		all[c] = words
		if c >= 'a' && c <= 'z' {
			all[c-'a'+'A'] = words
		}
	}
	return all
}()

// maySecret reports whether the search for what looks like a secret can find one.
func maySecret(s string) bool {
	for i := 0; i < len(s); i++ {
		for _, word := range begins[s[i]] {
			if i+len(word) <= len(s) && strings.EqualFold(s[i:i+len(word)], word) {
				return true
			}
		}
	}
	return false
}

var (
	secretName = regexp.MustCompile(`(?i)secret|token|passw(or)?d|passphrase|authorization|api[_-]?key|private[_-]?key|cookie|^(pin|cvv|cvc|otp)$`)
	phoneName  = regexp.MustCompile(`(?i)phone|msisdn|(^|_)mobile(_?(number|no))?$|account_number|card_number`)
	personName = regexp.MustCompile(`(?i)^(payer|payee|customer|wallet|card|account|user|person|owner|subscriber|recipient|sender)s?$`)
	idText     = regexp.MustCompile(`^[\w.:-]+$`)
	timeText   = regexp.MustCompile(`^1\d{9}(\d{3})?(\.\d+)?$`)
	amountText = regexp.MustCompile(`^-?\d{1,18}(\.\d{1,18})?$`)
)

// exactNames maps the names in JSON whose numbers are shown whole to the form of their values. The
// list is short and exact, because any other number may be a payer's. Within an object about a
// person an id is masked too.
var exactNames = map[string]*regexp.Regexp{
	"reference_id": idText, "session_id": idText, "source_id": idText, "source_number": idText,
	"transaction_id": idText, "provider_transaction_id": idText,

	"amount": amountText, "payer_amount": amountText, "payee_amount": amountText, "total_amount": amountText,
	"fee": amountText, "fee_amount": amountText,

	"created_at": timeText, "updated_at": timeText, "executed_at": timeText, "expires_at": timeText, "commit_timestamp": timeText, "timestamp": timeText,
}

// Redact makes JSON from outside fit for a screen, a log or a mail to support. It indents, orders
// the names, keeps amounts and ids as they came, hides values whose names speak of secrets, masks
// what may be a payer's number, and makes texts safe. It treats JSON within a text likewise. What
// is nested too deep becomes "…". A text that is no JSON or is too long becomes a line that says
// so.
func Redact(raw []byte) string {
	if len(raw) > redactFrom {
		return "(" + strconv.Itoa(len(raw)>>10) + " KiB of JSON, too long to show)"
	}
	text, ok := redactJSON(raw, 0, "  ")
	if !ok {
		return "(no JSON)"
	}
	if len(text) > redactMost {
		text = strings.ToValidUTF8(text[:redactMost], "") + "\n…"
	}
	return text
}

// redactJSON returns JSON without what must not be shown. It returns false if raw is no JSON.
func redactJSON(raw []byte, deep int, indent string) (string, bool) {
	decoder := json.NewDecoder(bytes.NewReader(raw))
	decoder.UseNumber()
	var value any
	if decoder.Decode(&value) != nil {
		return "", false
	}
	var out bytes.Buffer
	encoder := json.NewEncoder(&out)
	encoder.SetEscapeHTML(false)
	encoder.SetIndent("", indent)
	if encoder.Encode(redacted("", value, deep, false)) != nil {
		return "", false // cannot happen: the value was decoded
	}
	return strings.TrimSuffix(out.String(), "\n"), true
}

// redacted returns a JSON value without what must not be shown. name is the name of the value or of
// the list that holds it, deep the number of lists and objects around it, and person says that one
// of them is about a person.
func redacted(name string, value any, deep int, person bool) any {
	kind := kindOf(name)
	if value != nil && kind.secret {
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
			key = Clean(key, len(key)) // first: an invisible letter would hide a name from the search
			shown := kindOf(key).shown
			clean[own.hide(shown)] = redacted(key, inner, deep+1, person || kind.person)
		}
		return clean
	case []any:
		for i := range v {
			v[i] = redacted(name, v[i], deep+1, person)
		}
		return v
	case json.Number:
		if text := redactedText(kind, v.String(), deep, person); text != v.String() {
			return text
		}
	case string:
		return Clean(redactedText(kind, v, deep, person), textMost)
	}
	return value
}

// redactedText returns a text or number of JSON without what must not be shown. It does not cut.
func redactedText(kind nameKind, text string, deep int, person bool) string {
	if begin := strings.TrimSpace(text); deep < redactDeep && (strings.HasPrefix(begin, "{") || strings.HasPrefix(begin, "[")) {
		if inner, ok := redactJSON([]byte(text), deep+1, ""); ok {
			return inner
		}
	}
	text = safeWhole(text)
	switch {
	case kind.phone:
		return Phone(text).String()
	case kind.exact != nil && kind.exact.MatchString(text) && !(person && kind.exact == idText):
		return text
	}
	return MaskNumbers(text)
}

// nameKind is what a name in JSON says about its value.
type nameKind struct {
	secret, phone, person bool
	exact                 *regexp.Regexp // the form of values that are shown whole; nil: none are
	shown                 string         // the name, with the secrets hidden that were known then
}

// nameKinds holds the kinds of the names that came, for they are the same few in every answer.
// What has made too many of them, or too long ones, is no Dollr: its names are looked at anew.
var nameKinds struct {
	sync.RWMutex
	byName map[string]nameKind
}

const (
	namesMost = 512
	nameMost  = 64 // bytes
)

func kindOf(name string) nameKind {
	nameKinds.RLock()
	kind, known := nameKinds.byName[name]
	nameKinds.RUnlock()
	if known {
		return kind
	}
	kind = nameKind{secretName.MatchString(name), phoneName.MatchString(name), personName.MatchString(name), exactNames[name], strings.Clone(Safe(name, textMost))}
	if len(name) > nameMost {
		return kind
	}
	nameKinds.Lock()
	defer nameKinds.Unlock()
	if nameKinds.byName == nil {
		nameKinds.byName = map[string]nameKind{}
	}
	if len(nameKinds.byName) < namesMost {
		nameKinds.byName[strings.Clone(name)] = kind
	}
	return kind
}

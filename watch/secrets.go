package watch

import (
	"encoding/base64"
	"encoding/hex"
	"hash/maphash"
	"html"
	"math"
	"slices"
	"strings"
	"sync"
	"unicode"
	"unicode/utf16"
	"unicode/utf8"
)

// This file and redact.go are the one place that makes text fit to be shown. The steps always have
// this order, and each step sees the whole text that the step before it left:
//
//  1. Hide the secrets of this process, in every form in which they are written. The search runs
//     before and after invisible characters are dropped ([Clean] without a bound), because an
//     escape sequence may split a secret or swallow its first letter.
//  2. Hide what looks like a secret of any owner.
//  3. Mask payers' numbers.
//  4. Cut the text.

// Hidden stands where a secret would.
const Hidden = "•••"

// Safe makes text from outside fit for a screen, a log, a file or an error: one clean line of at
// most max characters, without secrets and payers' numbers. Making it safe again changes nothing.
func Safe(s string, max int) string {
	return Clean(MaskNumbers(safeWhole(s)), max)
}

// SafeExact is [Safe] without the masking of numbers. It is for text whose numbers are needed and
// are no payer's: a path, an address, an ID, a setting.
func SafeExact(s string, max int) string {
	return Clean(safeWhole(s), max)
}

// safeWhole returns a text cleaned and without secrets, but not cut.
func safeWhole(s string) string {
	s = own.hide(s)
	if clean := Clean(s, math.MaxInt); clean != s {
		s = own.hide(clean)
	}
	return withoutPatterns(s)
}

// WithoutSecrets hides the secrets of this process and text that looks like a secret. It neither
// cleans nor cuts.
func WithoutSecrets(s string) string { return withoutPatterns(own.hide(s)) }

// own holds the secrets of this process. There is one set for the whole process, so that no output
// can miss it.
var own = newKnown()

// AddSecret hides text in everything that this process writes from now on. A text of fewer than six
// bytes is left out, because it would hide half of every sentence. AddSecret is safe for concurrent
// use.
func AddSecret(text string) { own.add(text, forGood) }

// AddBearer is [AddSecret] for a bearer token. The newest sixteen stay hidden, however many other
// tokens come after them.
func AddBearer(text string) { own.add(text, asBearer) }

// AddToken is [AddSecret] for one of many short-lived tokens. The newest ten thousand stay hidden.
func AddToken(text string) { own.add(text, asToken) }

// term is how long a secret is known.
type term uint8

const (
	forGood term = iota
	asBearer
	asToken
)

const (
	secretLeast = 6               // the least bytes of a secret that is hidden, and the size of a window
	formsOfOne  = 6               // ways to write one secret
	bearersMost = 16 * formsOfOne // forms of bearer tokens that are known
	tokensMost  = 1 << 16         // forms of all short-lived tokens that are known
	filterBits  = 20
)

// form is one way to write a secret. Its text is not kept: the window of its last bytes finds it,
// and a keyed hash of the whole confirms it.
type form struct {
	window uint64
	sum    uint64
	size   int32
	next   int32 // another form with this window; -1: none
}

// known is a set of secrets, all of which one search finds.
type known struct {
	mu     sync.RWMutex
	seed   maphash.Seed
	forms  []form // those for good first, then the short-lived ones, oldest first
	fixed  int
	heads  map[uint64]int32
	filter []uint64 // one bit for each window
	short  []string // secrets that are too short once they are folded

	bearers []form // of the newest bearer tokens, oldest first; those in forms may be gone
}

func newKnown() *known {
	return &known{seed: maphash.MakeSeed(), heads: map[uint64]int32{}, filter: make([]uint64, 1<<filterBits/64)}
}

// add adds a secret as it is, in hexadecimal digits, and in base64 at each of the three offsets at
// which it may begin in the encoded text. [fold] undoes all other encodings.
func (k *known) add(text string, lives term) {
	if len(text) < secretLeast {
		return
	}
	texts := []string{text, hex.EncodeToString([]byte(text)), strings.ToUpper(hex.EncodeToString([]byte(text)))}
	for before := range 3 { // the offset changes all letters; letters shared with the neighbours are left out
		encoded := base64.RawStdEncoding.EncodeToString(append(make([]byte, before), text...))
		texts = append(texts, encoded[(before*8+5)/6:(before+len(text))*8/6])
	}
	var forms []form
	short := false
	for i, one := range texts {
		folded := fold(one).text
		if len(folded) < secretLeast {
			short = short || i == 0
			continue
		}
		forms = append(forms, form{window: windowOf(folded), sum: maphash.Bytes(k.seed, folded), size: int32(len(folded)), next: -1})
	}
	k.mu.Lock()
	defer k.mu.Unlock()
	if short && lives == forGood && !slices.Contains(k.short, text) {
		k.short = append(k.short, text)
	}
	for _, f := range forms {
		switch at := k.find(f); {
		case lives == forGood && (at < 0 || int(at) >= k.fixed):
			k.forms = slices.Insert(k.forms, k.fixed, f)
			k.fixed++
			k.index() // rare: it moves all forms behind it
		case at < 0:
			k.append(f)
		}
	}
	if lives == asBearer {
		k.bearers = slices.DeleteFunc(k.bearers, func(b form) bool { return slices.ContainsFunc(forms, b.same) })
		k.bearers = append(k.bearers, forms...)
		k.bearers = k.bearers[max(0, len(k.bearers)-bearersMost):]
	}
	if len(k.forms)-k.fixed > tokensMost {
		k.forms = slices.Delete(k.forms, k.fixed, k.fixed+tokensMost/16)
		k.index()
		for _, f := range k.bearers {
			if k.find(f) < 0 {
				k.append(f)
			}
		}
	}
}

func (k *known) append(f form) {
	k.forms = append(k.forms, f)
	k.enter(len(k.forms) - 1)
}

// same reports whether both are the same way to write the same secret.
func (f form) same(other form) bool { return f.sum == other.sum && f.size == other.size }

// find returns the index of a form; -1 if the set does not have it.
func (k *known) find(f form) int32 {
	head, ok := k.heads[f.window]
	if !ok {
		return -1
	}
	for ; head >= 0; head = k.forms[head].next {
		if k.forms[head].same(f) {
			return head
		}
	}
	return -1
}

func (k *known) index() {
	clear(k.heads)
	clear(k.filter)
	for i := range k.forms {
		k.enter(i)
	}
}

func (k *known) enter(i int) {
	f := &k.forms[i]
	f.next = -1
	if head, ok := k.heads[f.window]; ok {
		f.next = head
	}
	k.heads[f.window] = int32(i)
	bit := filterBit(f.window)
	k.filter[bit/64] |= 1 << (bit % 64)
}

func filterBit(window uint64) uint64 { return window * 0x9e3779b97f4a7c15 >> (64 - filterBits) }

const windowMask = 1<<(8*secretLeast) - 1

// windowOf returns the last secretLeast bytes of a folded text as a number.
func windowOf(folded []byte) (window uint64) {
	for _, c := range folded[len(folded)-secretLeast:] {
		window = window<<8 | uint64(c)
	}
	return window
}

// hide replaces the secrets in a text by Hidden.
func (k *known) hide(s string) string {
	k.mu.RLock()
	defer k.mu.RUnlock()
	for _, secret := range k.short {
		s = strings.ReplaceAll(s, secret, Hidden)
	}
	if len(k.forms) == 0 || len(s) < secretLeast || !k.maybe(s) {
		return s
	}
	f := fold(s)
	var b strings.Builder
	last := int32(0)
	for _, found := range k.spans(f.text) {
		from, to := f.from[found[0]], f.to[found[1]-1]
		if to <= last {
			continue
		}
		if from >= last {
			b.WriteString(s[last:from])
			b.WriteString(Hidden)
		}
		last = to
	}
	if last == 0 {
		return s
	}
	b.WriteString(s[last:])
	return b.String()
}

// maybe reports, in one quick pass, whether a text can hold a secret. A text with something that
// fold must undo can.
func (k *known) maybe(s string) bool {
	var window uint64
	for i := 0; i < len(s); i++ {
		c := s[i]
		switch folding[c] {
		case dropped:
			continue
		case special:
			return true
		}
		window = (window<<8 | uint64(alike(c))) & windowMask
		if bit := filterBit(window); k.filter[bit/64]&(1<<(bit%64)) != 0 {
			if _, is := k.heads[window]; is {
				return true
			}
		}
	}
	return false
}

// spans returns where secrets stand in a folded text, in the order of their starts.
func (k *known) spans(text []byte) (found [][2]int) {
	var window uint64
	for i, c := range text {
		window = (window<<8 | uint64(c)) & windowMask
		if bit := filterBit(window); k.filter[bit/64]&(1<<(bit%64)) == 0 {
			continue
		}
		head, ok := k.heads[window]
		for ; ok && head >= 0; head = k.forms[head].next {
			f := &k.forms[head]
			if from := i + 1 - int(f.size); from >= 0 && maphash.Bytes(k.seed, text[from:i+1]) == f.sum {
				found = append(found, [2]int{from, i + 1})
			}
		}
	}
	slices.SortFunc(found, func(a, b [2]int) int { return a[0] - b[0] })
	return found
}

// folded is a text after [fold], and for each of its bytes where it was in the text before.
type folded struct {
	text     []byte
	from, to []int32
}

func (f *folded) put(c byte, from, to int32) {
	f.text, f.from, f.to = append(f.text, c), append(f.from, from), append(f.to, to)
}

// foldMost is how many nested encodings are undone.
const foldMost = 8

// fold undoes the encodings of JSON, URLs, forms and HTML, nested ones too. It also drops what
// these encodings or a server may put between two letters: blanks, invisible characters, and the
// few signs in which the two alphabets of base64 differ.
func fold(s string) folded {
	f := folded{text: []byte(s), from: make([]int32, len(s)), to: make([]int32, len(s))}
	for i := range f.text {
		f.from[i], f.to[i] = int32(i), int32(i+1)
	}
	for range foldMost {
		before := len(f.text)
		if f = f.once(); len(f.text) == before {
			break
		}
	}
	return f
}

// once undoes the outermost encoding. If there is one, the text gets shorter.
func (f *folded) once() (out folded) {
	s := string(f.text)
	for i := 0; i < len(s); {
		c := s[i]
		if folding[c] == kept {
			out.put(alike(c), f.from[i], f.to[i])
			i++
			continue
		}
		text, n := "", 1
		switch {
		case folding[c] == dropped:
		case c == '\\':
			text, n = unescape(s[i:])
		case c == '%':
			text, n = unpercent(s[i:])
		case c == '&':
			text, n = unentity(s[i:])
		default:
			text, n = visible(s[i:])
		}
		for j := range len(text) {
			if folding[text[j]] != dropped {
				out.put(alike(text[j]), f.from[i], f.to[i+n-1])
			}
		}
		i += n
	}
	return out
}

// The ways to fold a byte.
const (
	kept    = iota
	dropped // a blank, or a sign that encodings change
	special // the byte may begin a longer sequence
)

var folding = func() (all [256]uint8) {
	for c := range all {
		switch {
		case c == ' ', c == '\t', c == '\n', c == '\v', c == '\f', c == '\r', c == '+', c == '-':
			all[c] = dropped
		case c < ' ', c >= 0x7f, c == '\\', c == '%', c == '&':
			all[c] = special
		}
	}
	return all
}()

// alike maps the two alphabets of base64 to one.
func alike(c byte) byte {
	if c == '_' {
		return '/'
	}
	return c
}

// unescape undoes an escape of JSON, JavaScript or Go, however often its backslash was escaped. A
// single backslash is dropped, because a secret is found without it.
func unescape(s string) (text string, n int) {
	for n < len(s) && s[n] == '\\' {
		n++
	}
	if n == len(s) {
		return "", n
	}
	switch s[n] {
	case 'x':
		if value, ok := hexAt(s, n+1, 2); ok {
			return string(rune(value)), n + 3
		}
	case 'u':
		value, ok := hexAt(s, n+1, 4)
		if !ok {
			break
		}
		n += 5
		if rest := strings.TrimLeft(s[n:], `\`); utf16.IsSurrogate(rune(value)) && strings.HasPrefix(rest, "u") {
			if low, ok := hexAt(rest, 1, 4); ok {
				return string(utf16.DecodeRune(rune(value), rune(low))), len(s) - len(rest) + 5
			}
		}
		return string(rune(value)), n
	case '"', '\'', '/':
		return s[n : n+1], n + 1
	}
	return "", n
}

// unpercent undoes one escape of a URL.
func unpercent(s string) (text string, n int) {
	if value, ok := hexAt(s, 1, 2); ok {
		return string([]byte{byte(value)}), 3
	}
	return "%", 1
}

// unentity undoes one character reference of HTML.
func unentity(s string) (text string, n int) {
	if end := strings.IndexByte(s[:min(len(s), 12)], ';'); end > 0 {
		if text := html.UnescapeString(s[:end+1]); text != s[:end+1] {
			return text, end + 1
		}
	}
	return "&", 1
}

// visible returns what a person sees of the character that s begins with. A variant of a plain
// letter becomes that letter.
func visible(s string) (text string, n int) {
	r, n := utf8.DecodeRuneInString(s)
	switch {
	case r == utf8.RuneError && n == 1:
		return s[:1], 1 // it may be one byte of a character that a URL writes byte by byte
	case r == utf8.RuneError, invisible(r), unicode.IsSpace(r), unicode.Is(unicode.M, r), !unicode.IsGraphic(r):
		return "", n
	case r >= 0xff01 && r <= 0xff5e: // full-width letters
		return string(r - 0xff01 + '!'), n
	}
	return s[:n], n
}

// hexAt reads so many hexadecimal digits at a place of s as a number.
func hexAt(s string, at, digits int) (value uint32, ok bool) {
	if at+digits > len(s) {
		return 0, false
	}
	for _, c := range []byte(s[at : at+digits]) {
		switch {
		case c >= '0' && c <= '9':
			c -= '0'
		case c|0x20 >= 'a' && c|0x20 <= 'f':
			c = c | 0x20 - 'a' + 10
		default:
			return 0, false
		}
		value = value<<4 | uint32(c)
	}
	return value, true
}

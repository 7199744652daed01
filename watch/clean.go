package watch

import (
	"strings"
	"unicode"
	"unicode/utf8"

	"golang.org/x/text/unicode/norm"
)

// maxMarks is how many marks a letter may bear; no script that people write has more.
const maxMarks = 4

// Clean makes text from outside fit for a screen, a log or an error: one line of at most max
// characters. A cut line ends with "…". Clean drops escape sequences, control characters,
// bidirectional marks, and characters without width unless a script or an emoji needs them. Runs of
// white space become one space. A payer's name can then neither move the cursor, nor reorder a
// line, nor pass for another cell. Cleaning clean text changes nothing. Clean is safe for
// concurrent use.
func Clean(s string, max int) string {
	if len(s) <= max && plain(s) {
		return s
	}
	var b strings.Builder
	count, marks, space := 0, 0, false
	var near neighbour
	for i := 0; i < len(s); {
		if n := escapeLen(s[i:]); n > 0 {
			i += n
			continue
		}
		r, n := utf8.DecodeRuneInString(s[i:])
		i += n
		if unicode.IsSpace(r) {
			space = count > 0 // none at the start
			continue
		}
		switch {
		case invisible(r):
			if space || !near.needs(r, s[i:]) {
				continue
			}
		case unicode.Is(unicode.M, r):
			// Without a letter it would sit on our own text before it, and a heap of them grows
			// over the lines above and below.
			if marks++; count == 0 || marks > maxMarks {
				continue
			}
		default:
			if marks = 0; !unicode.IsGraphic(r) {
				r = utf8.RuneError // private or unassigned: no terminal knows how wide it is
			}
		}
		if space {
			b.WriteByte(' ')
			count, space = count+1, false
		}
		b.WriteRune(r)
		near.take(r)
		if count++; count > max {
			return cut(b.String(), max)
		}
	}
	return b.String()
}

// cut shortens clean text to max characters, the last of which says that more was there.
func cut(s string, max int) string {
	if max <= 0 {
		return ""
	}
	for i := range s {
		if max--; max == 0 {
			return strings.TrimRight(s[:i], " \u200c\u200d") + "…"
		}
	}
	return s
}

// plain reports whether s is clean as it stands, by the quickest test there is: nearly
// all labels and messages are ASCII with single spaces.
func plain(s string) bool {
	before := byte(' ')
	for i := range len(s) {
		c := s[i]
		if c < ' ' || c >= 0x7f || c == ' ' && before == ' ' {
			return false
		}
		before = c
	}
	return before != ' ' || s == ""
}

// invisible reports whether r takes no room or steers the text around it: all of Unicode's
// control and format characters (bidi marks, joiners, tags, the byte order mark), the
// variation selectors, and the letters that are drawn as nothing.
func invisible(r rune) bool {
	switch {
	case r < 0x80:
		return r < ' ' || r == 0x7f
	case unicode.In(r, unicode.Cc, unicode.Cf, unicode.Variation_Selector):
		return true
	}
	switch r {
	case 0x034f, 0x115f, 0x1160, 0x17b4, 0x17b5, 0x2800, 0x3164, 0xffa0:
		return true
	}
	return false
}

// neighbour is what stands before a character that has no width of its own.
type neighbour struct {
	last  rune // the character before
	base  rune // the newest character that is no mark or modifier
	joins int  // joiners in this emoji
}

// take records the next character that stays.
func (n *neighbour) take(r rune) {
	switch {
	case r == joiner && pictographic(n.base):
		n.joins++
	case !pictographic(r):
		n.joins = 0
	case n.last != joiner:
		n.joins = 0
	}
	n.last = r
	if !invisible(r) && !unicode.Is(unicode.M, r) && !skinTone(r) {
		n.base = r
	}
}

const (
	nonJoiner    = '\u200c'
	joiner       = '\u200d'
	textLook     = '\ufe0e'
	emojiLook    = '\ufe0f'
	maxEmojiJoin = 4 // as in a family of four, or a couple with a kiss
)

// needs reports whether r, which has no width, belongs to how a word or an emoji is written. rest
// is the text after r.
func (n *neighbour) needs(r rune, rest string) bool {
	next, _ := utf8.DecodeRuneInString(rest)
	switch r {
	case textLook, emojiLook:
		return pictographic(n.last) || skinTone(n.last)
	case joiner:
		if pictographic(n.base) && !invisible(n.last) || n.last == emojiLook {
			return pictographic(next) && n.joins < maxEmojiJoin
		}
		return joining(n.last) && (unicode.Is(unicode.Arabic, n.base) || virama(n.last)) && joining(next)
	case nonJoiner:
		return joining(n.last) && joining(next)
	case 0x180b, 0x180c, 0x180d, 0x180f: // these choose the form of a letter
		return unicode.Is(unicode.Mongolian, n.last) && !invisible(n.last)
	}
	return false
}

// pictographic reports whether r is, or can be, an emoji.
func pictographic(r rune) bool {
	switch {
	case r >= 0x1f000 && r <= 0x1faff:
		return !skinTone(r) && (r < 0x1f1e6 || r > 0x1f1ff) && unicode.IsGraphic(r)
	case r >= 0x2190 && r <= 0x21ff, r >= 0x2300 && r <= 0x23ff, r >= 0x25a0 && r <= 0x27bf, r >= 0x2b00 && r <= 0x2bff:
		return true
	}
	return strings.ContainsRune("\u00a9\u00ae\u203c\u2049\u2122\u2139\u3030\u303d\u3297\u3299", r)
}

func skinTone(r rune) bool { return r >= 0x1f3fb && r <= 0x1f3ff }

// virama reports whether r joins the consonants on its two sides.
func virama(r rune) bool { return norm.NFC.PropertiesString(string(r)).CCC() == 9 }

// joining reports whether r is a letter or a mark of a script whose letters change with their
// neighbours.
func joining(r rune) bool {
	return r >= 0x590 && (unicode.IsLetter(r) || unicode.Is(unicode.M, r)) && unicode.In(r, joiningScripts...)
}

var joiningScripts = []*unicode.RangeTable{
	unicode.Adlam, unicode.Arabic, unicode.Balinese, unicode.Bengali, unicode.Devanagari, unicode.Gujarati, unicode.Gurmukhi,
	unicode.Hanifi_Rohingya, unicode.Javanese, unicode.Kannada, unicode.Khmer, unicode.Lao, unicode.Malayalam, unicode.Mandaic,
	unicode.Mongolian, unicode.Myanmar, unicode.Nko, unicode.Oriya, unicode.Phags_Pa, unicode.Sinhala, unicode.Sundanese,
	unicode.Syriac, unicode.Tamil, unicode.Telugu, unicode.Thai, unicode.Tibetan,
}

// longestEscape bounds the search for the end of an escape sequence, so that text full of
// unfinished ones costs no more than it is long.
const longestEscape = 2048

// escapeLen is the length of the escape sequence (ECMA-48) that s starts with, or 0. Of an
// unfinished one only the introducer counts: what follows it is shown, not swallowed.
func escapeLen(s string) int {
	body := 0
	var kind byte
	switch {
	case len(s) >= 2 && s[0] == 0x1b:
		kind, body = s[1], 2
	case len(s) >= 2 && s[0] == 0xc2 && s[1] >= 0x80 && s[1] <= 0x9f:
		kind, body = s[1]-0x40, 2 // the same introducers as one C1 character
	default:
		return 0
	}
	s = s[:min(len(s), longestEscape)]
	switch kind {
	case '[': // parameters, then one final character
		for i := body; i < len(s); i++ {
			if s[i] >= '@' && s[i] <= '~' {
				return i + 1
			}
			if s[i] < ' ' || s[i] > '?' {
				break
			}
		}
	case ']', 'P', 'X', '^', '_': // a string, ended by BEL or ST
		for i := body; i < len(s); i++ {
			switch {
			case s[i] == 0x07:
				return i + 1
			case strings.HasPrefix(s[i:], "\x1b\\"), strings.HasPrefix(s[i:], "\u009c"):
				return i + 2
			}
		}
	case '(', ')', '*', '+', '#', '%', ' ': // one more character chooses
		return min(body+1, len(s))
	default:
		if kind < ' ' || kind >= 0x7f {
			return 1 // a lone escape before something that is no part of it
		}
	}
	return body
}

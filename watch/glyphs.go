package watch

import (
	"strings"
	"unicode"
)

// asciiGlyphs are the characters that this program draws with, as a terminal shows them that
// has no others. Each is as wide as before.
var asciiGlyphs = map[rune]string{
	'│': "|", '─': "-", '»': ">", '…': "~", '•': "*", 'µ': "u", '·': ".", '→': ">", '←': "<",
	'▏': " ", '▎': " ", '▍': "|", '▌': "#", '▋': "#", '▊': "#", '▉': "#", '█': "#", '░': ".",
	'▁': "_", '▂': "_", '▃': ".", '▄': "-", '▅': "-", '▆': "=", '▇': "=",
	'“': `"`, '”': `"`, '‘': "'", '’': "'", '–': "-", '—': "-",
}

// ASCII is a text for a terminal whose locale is not UTF-8: what this program draws with is
// drawn with ASCII, and any other character is a question mark, for nobody knows what such a
// terminal would make of it. Marks are left out.
func ASCII(s string) string {
	if isASCII(s) {
		return s
	}
	var b strings.Builder
	for _, r := range s {
		switch glyph, ours := asciiGlyphs[r]; {
		case r < 0x80:
			b.WriteRune(r)
		case ours:
			b.WriteString(glyph)
		case !invisible(r) && !unicode.Is(unicode.M, r):
			b.WriteByte('?')
		}
	}
	return b.String()
}

func isASCII(s string) bool {
	for i := range len(s) {
		if s[i] >= 0x80 {
			return false
		}
	}
	return true
}

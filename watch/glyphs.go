package watch

import (
	"strings"
	"unicode"
)

// asciiGlyphs maps the characters that this program draws with to ASCII of the same width.
var asciiGlyphs = map[rune]string{
	'│': "|", '─': "-", '»': ">", '…': "~", '•': "*", 'µ': "u", '·': ".", '→': ">", '←': "<",
	'▏': " ", '▎': " ", '▍': "|", '▌': "#", '▋': "#", '▊': "#", '▉': "#", '█': "#", '░': ".",
	'▁': "_", '▂': "_", '▃': ".", '▄': "-", '▅': "-", '▆': "=", '▇': "=",
	'“': `"`, '”': `"`, '‘': "'", '’': "'", '–': "-", '—': "-",
}

// ASCII returns a text for a terminal whose locale is not UTF-8. The characters that this program
// draws with become ASCII. Any other character becomes a question mark, because such a terminal may
// show anything for it. Marks are left out.
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

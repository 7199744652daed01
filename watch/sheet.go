package watch

import (
	"regexp"
	"strings"

	"golang.org/x/text/unicode/norm"
)

// formula finds where a spreadsheet may begin a cell: at the start of a text, and behind each
// semicolon, which parts the columns in many countries. What follows blanks, quotes and what
// [Sheet] has put there is the cell's first character, which may be the sign of a formula.
var formula = regexp.MustCompile(`(?s)(^|;)([ "\x{a0}\x{2000}-\x{200a}\x{202f}\x{3000}]*'*)([=+\-@\t\r\n]|[^\x00-\x7f])`)

// Sheet is a text for a cell of CSV: what a spreadsheet would take for a formula gets a '
// before its sign. [FromSheet] takes it away again.
func Sheet(text string) string {
	return overSigns(text, func(before, sign string) string { return before + "'" + sign })
}

// FromSheet is the text that Sheet made the cell of.
func FromSheet(cell string) string {
	return overSigns(cell, func(before, sign string) string { return strings.TrimSuffix(before, "'") + sign })
}

// overSigns puts something else in the place of each sign of a formula and what stands before
// it in its cell.
func overSigns(text string, put func(before, sign string) string) string {
	return formula.ReplaceAllStringFunc(text, func(found string) string {
		at := formula.FindStringSubmatchIndex(found)
		before, sign := found[:at[6]], found[at[6]:]
		if !strings.ContainsAny(norm.NFKC.String(sign), "=+-@\u2212\t\r\n") { // of any width
			return found
		}
		return put(before, sign)
	})
}

package watch

import (
	"regexp"
	"strings"

	"golang.org/x/text/unicode/norm"
)

// formula finds where a spreadsheet may begin a cell: at the start of a text, and after each
// semicolon, which separates columns in many countries. The first character after blanks, quotes
// and what [Sheet] added may be the sign of a formula.
var formula = regexp.MustCompile(`(?s)(^|;)([ "\x{a0}\x{2000}-\x{200a}\x{202f}\x{3000}]*'*)([=+\-@\t\r\n]|[^\x00-\x7f])`)

// Sheet returns a text as a cell of CSV: it puts a ' before the sign of what a spreadsheet would
// take for a formula. [FromSheet] undoes it.
func Sheet(text string) string {
	return overSigns(text, func(before, sign string) string { return before + "'" + sign })
}

// FromSheet returns the text of which Sheet made the cell.
func FromSheet(cell string) string {
	return overSigns(cell, func(before, sign string) string { return strings.TrimSuffix(before, "'") + sign })
}

// overSigns replaces each sign of a formula, together with what stands before it in its cell.
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

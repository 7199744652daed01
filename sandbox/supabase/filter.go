package supabase

import (
	"errors"
	"fmt"
	"regexp"
	"slices"
	"strconv"
	"strings"
)

// filterOps are the operators that Supabase Realtime v2.129.8 knows.
var filterOps = []string{"eq", "neq", "lt", "lte", "gt", "gte", "in", "like", "ilike", "is", "match", "imatch", "isdistinct"}

// filter is one condition, column=[not.]op.value. Several are an AND.
type filter struct {
	column, op, value string
	not               bool

	index  int            // of the column in its table; set by prepare, as all below
	kind   string         // the column's type
	values []string       // canonical: one, or those of "in"
	like   *regexp.Regexp // of like, ilike, match, imatch
}

// parseFilters reads the filter of a binding. The error is the real server's text.
func parseFilters(text string) ([]filter, string) {
	var filters []filter
	for _, part := range splitFilters(text) {
		column, rest, ok := strings.Cut(part, "=")
		if !ok {
			return nil, filterError(part)
		}
		rest, not := strings.CutPrefix(rest, "not.")
		op, value, ok := strings.Cut(rest, ".")
		if !ok { // the error names what follows the column, and never the column itself
			return nil, filterError(op)
		}
		if !slices.Contains(filterOps, op) {
			return nil, filterError(op, value)
		}
		if unquoted, err := strconv.Unquote(value); err == nil && value[0] == '"' {
			value = unquoted
		}
		if op == "in" { // kept as Postgres writes an array, which refusals quote
			inner, opened := strings.CutPrefix(value, "(")
			inner, closed := strings.CutSuffix(inner, ")")
			if !opened || !closed || len(splitFilters(inner)) > 100 {
				return nil, filterError(op, value)
			}
			value = "{" + inner + "}"
		}
		filters = append(filters, filter{column: column, op: op, value: value, not: not})
	}
	return filters, ""
}

// filterError is the refusal of a filter that cannot be read, with the parts it fell into.
func filterError(parts ...string) string {
	return "Error parsing `filter` params: " + inspectTexts(parts...)
}

// splitFilters cuts at the commas that are outside of quotes and parentheses.
func splitFilters(text string) []string {
	var parts []string
	start, depth, quoted := 0, 0, false
	for i := range len(text) {
		switch c := text[i]; {
		case c == '"' && (i == 0 || text[i-1] != '\\'):
			quoted = !quoted
		case quoted:
		case c == '(':
			depth++
		case c == ')':
			depth--
		case c == ',' && depth <= 0:
			parts = append(parts, text[start:i])
			start = i + 1
		}
	}
	return append(parts, text[start:])
}

// longestPattern bounds what a pattern may cost all others, who wait while it is compiled.
const longestPattern = 4096

var errTooLong = errors.New("the pattern is too long")

// prepare fits the filter to a table. The error is Postgres's.
func (f *filter) prepare(t *table) string {
	f.index = t.column(f.column)
	if f.index < 0 {
		return "ERROR P0001 (raise_exception) invalid column for filter " + f.column
	}
	f.kind = t.Columns[f.index].Type
	switch f.op {
	case "like", "ilike", "match", "imatch":
		if !slices.Contains([]string{"text", "varchar", "bpchar", "citext", "name"}, f.kind) {
			return fmt.Sprintf("ERROR P0001 (raise_exception) operator %s requires a text-compatible column type, got %s", f.op, f.kind)
		}
		pattern := f.value
		// Only SQL's wildcards mean something in a like; the rest of it is text.
		if strings.HasSuffix(f.op, "like") {
			pattern = "^" + strings.NewReplacer("%", ".*", "_", ".").Replace(regexp.QuoteMeta(pattern)) + "$"
		}
		if f.op[0] == 'i' {
			pattern = "(?i)" + pattern
		}
		var like *regexp.Regexp
		err := errTooLong
		if len(pattern) <= longestPattern {
			like, err = regexp.Compile("(?s)" + pattern)
		}
		if err != nil {
			return "ERROR 2201B (invalid_regular_expression) invalid regular expression: " + f.value
		}
		f.like = like
		return ""
	case "is": // null, true, false: words, not values of the column's type
		return ""
	case "in":
		f.values = splitFilters(strings.Trim(f.value, "{}"))
	default:
		f.values = []string{f.value}
	}
	for i, value := range f.values {
		canon, fault := canonical(f.kind, strings.Trim(value, `"`))
		if fault != "" {
			return "ERROR 22P02 (invalid_text_representation) " + fault
		}
		f.values[i] = canon
	}
	return ""
}

// matches tells whether a row passes, by SQL's rules: NULL passes nothing but "is" and
// "isdistinct".
func (f *filter) matches(row record) bool {
	value, isNull := row.text(f.index)
	if f.op == "is" {
		want := strings.ToLower(f.value)
		return f.not != (isNull && want == "null" || !isNull && value == want)
	}
	if isNull {
		return f.op == "isdistinct" && !f.not
	}
	if f.like != nil {
		return f.not != f.like.MatchString(value)
	}
	value, fault := canonical(f.kind, value)
	if fault != "" {
		return false
	}
	order := compare(f.kind, value, f.values[0])
	var pass bool
	switch f.op {
	case "eq":
		pass = order == 0
	case "neq", "isdistinct":
		pass = order != 0
	case "lt":
		pass = order < 0
	case "lte":
		pass = order <= 0
	case "gt":
		pass = order > 0
	case "gte":
		pass = order >= 0
	case "in":
		pass = slices.Contains(f.values, value)
	}
	return f.not != pass
}

// inspect is the filter as Elixir shows it in a refusal.
func (f *filter) inspect() string {
	return fmt.Sprintf("{%s, %s, %s, %t}", toJSON(f.column), toJSON(f.op), toJSON(f.value), f.not)
}

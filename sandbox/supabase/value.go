package supabase

import (
	"encoding/json"
	"fmt"
	"math/big"
	"regexp"
	"strings"

	"github.com/google/uuid"
)

// The forms of numbers that are taken. An exponent of more than three digits is refused,
// and so is a number of more than longestNumber: one row could otherwise be made to fill
// the memory, and one filter to hold the whole server up.
const longestNumber = 1000

var (
	integer = regexp.MustCompile(`^[+-]?[0-9]+$`)
	decimal = regexp.MustCompile(`^[+-]?([0-9]+\.?[0-9]*|\.[0-9]+)([eE][+-]?[0-9]{1,3})?$`)
)

// pgNames are the SQL names of types, as Postgres says them in errors.
var pgNames = map[string]string{"int2": "smallint", "int4": "integer", "int8": "bigint",
	"float4": "real", "float8": "double precision", "bool": "boolean"}

// canonical writes a value so that equal ones of its type are equal strings. The fault is
// Postgres's text for a value that is none of its type.
func canonical(kind, value string) (canon, fault string) {
	switch kind {
	case "int2", "int4", "int8", "numeric", "float4", "float8":
		form := decimal
		if kind[0] == 'i' {
			form = integer
		}
		if len(value) <= longestNumber && form.MatchString(value) {
			if number, ok := new(big.Rat).SetString(value); ok {
				return number.RatString(), ""
			}
		}
	case "uuid":
		if id, err := uuid.Parse(value); err == nil {
			return id.String(), ""
		}
	case "bool":
		switch strings.ToLower(value) {
		case "t", "true":
			return "true", ""
		case "f", "false":
			return "false", ""
		}
	default:
		return value, ""
	}
	name := kind
	if long, ok := pgNames[kind]; ok {
		name = long
	}
	return "", fmt.Sprintf("invalid input syntax for type %s: %s", name, toJSON(value))
}

// compare orders two canonical values.
func compare(kind, a, b string) int {
	switch kind {
	case "int2", "int4", "int8", "numeric", "float4", "float8":
		x, okX := new(big.Rat).SetString(a)
		y, okY := new(big.Rat).SetString(b)
		if okX && okY {
			return x.Cmp(y)
		}
	}
	return strings.Compare(a, b)
}

// text is a column's value as Postgres writes it, and whether it is NULL or not there.
func (r record) text(index int) (text string, isNull bool) {
	raw := r[index]
	switch {
	case raw == nil || string(raw) == "null":
		return "", true
	case raw[0] == '"' && json.Unmarshal(raw, &text) == nil:
		return text, false
	}
	return string(raw), false
}

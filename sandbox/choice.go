package sandbox

import (
	"slices"
	"strings"
)

// Choice is a name that an order, a decision or a switch takes and, in a few plain words,
// what it brings. Menus and the manual show both.
type Choice struct{ Name, Text string }

func isNamed(all []Choice, name string) bool {
	return slices.ContainsFunc(all, func(c Choice) bool { return c.Name == name })
}

// namesOf is the names alone, for a sentence.
func namesOf(all []Choice) string {
	names := make([]string, len(all))
	for i, c := range all {
		names[i] = c.Name
	}
	return strings.Join(names, ", ")
}

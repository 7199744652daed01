package sandbox

import (
	"math/rand/v2"
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

// Check says in one line why Start would refuse the order, if it would.
func (o Order) Check() error {
	r := rand.New(rand.NewPCG(0, 0)) // what it draws is thrown away
	sc, _, err := o.choices(r)
	if err == nil {
		_, err = o.fill(sc, r)
	}
	return err
}

// HasChannel says whether the payment would have a realtime channel: a hosted checkout has
// none.
func (o Order) HasChannel() bool {
	_, _, err := o.choices(rand.New(rand.NewPCG(0, 0)))
	return err == nil && !o.Hosted
}

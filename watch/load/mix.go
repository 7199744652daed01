package load

import (
	"fmt"
	"math"
	"math/rand/v2"
	"slices"
	"strconv"
	"strings"

	"tillwatch/watch"
)

// Mix is what comes how often.
type Mix []Share

// Share is one part of a mix. Only how weights compare matters, not what they add up to.
type Share struct {
	Name   string
	Weight float64
}

// ParseScenarios reads a mix of scenarios: "paid=8,declined=1", or "paid" alone. A name
// without a weight has the weight 1. The error says in one line what is wrong, and which
// names there are.
func ParseScenarios(text string) (Mix, error) { return parseMix("scenario", text, Scenarios()) }

// ParseMethods reads a mix of methods, likewise: "mtn-lr=2,card=1,hosted=1".
func ParseMethods(text string) (Mix, error) { return parseMix("method", text, Methods()) }

func parseMix(what, text string, known []Choice) (Mix, error) {
	var mix Mix
	for part := range strings.SplitSeq(text, ",") {
		name, weight, weighed := strings.Cut(part, "=")
		share := Share{Name: strings.TrimSpace(name), Weight: 1}
		if weighed {
			var err error
			if share.Weight, err = strconv.ParseFloat(strings.TrimSpace(weight), 64); err != nil {
				return nil, fmt.Errorf("%s %s: the weight %q is no number, such as 2 or 0.5", what, watch.Clean(share.Name, 40), watch.Clean(weight, 40))
			}
		}
		mix = append(mix, share)
	}
	return mix, mix.check(what, known)
}

// check says in one line what is wrong with a mix.
func (m Mix) check(what string, known []Choice) error {
	total := 0.0
	for i, share := range m {
		name := watch.Clean(share.Name, 40)
		switch {
		case !slices.ContainsFunc(known, func(c Choice) bool { return c.Name == share.Name }):
			return fmt.Errorf("unknown %s %q; known are %s", what, name, namesOf(known))
		case slices.ContainsFunc(m[:i], func(s Share) bool { return s.Name == share.Name }):
			return fmt.Errorf("%s %s is given twice", what, name)
		case !(share.Weight >= 0) || math.IsInf(share.Weight, 0):
			return fmt.Errorf("%s %s: a weight must be a number from 0 on", what, name)
		}
		total += share.Weight
	}
	if !(total > 0) || math.IsInf(total, 0) {
		return fmt.Errorf("no %s has a weight above 0", what)
	}
	return nil
}

func namesOf(choices []Choice) string {
	names := make([]string, len(choices))
	for i, c := range choices {
		names[i] = c.Name
	}
	return strings.Join(names, ", ")
}

// draw chooses the index of a share by its weight. The weights must have passed check.
func (m Mix) draw(r *rand.Rand) int {
	total := 0.0
	for _, share := range m {
		total += share.Weight
	}
	at := r.Float64() * total
	last := 0
	for i, share := range m {
		if share.Weight <= 0 {
			continue
		}
		if last = i; at < share.Weight {
			return i
		}
		at -= share.Weight
	}
	return last // the sums were rounded
}

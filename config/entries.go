package config

import (
	"errors"
	"fmt"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"unicode"
	"unicode/utf8"
)

// entry is one line of a table in the file.
type entry struct {
	Origin
	name    string
	value   any
	setting bool // there is a setting of that name
}

// misplaced is the advice to a user who added a setting to the end of the file, where TOML takes it
// for a part of the last table.
const misplaced = "a setting stands above the first [table] of the file"

// takeKeys reads [keys]: action = "key", or a list of keys. First each line is checked by
// itself, then the screen checks them all together, for only it knows the keys that were
// not changed.
func takeKeys(s *Settings, table Origin, all []entry) []error {
	var problems []error
	keys := map[string][]string{}
	for _, e := range all {
		pressed, ok := texts(e.value)
		if one, text := e.value.(string); text {
			pressed, ok = []string{one}, true
		}
		switch {
		case len(s.words.Actions) > 0 && !slices.Contains(s.words.Actions, e.name):
			why := "they are " + strings.Join(s.words.Actions, ", ")
			if e.setting {
				why = misplaced
			}
			problems = append(problems, fmt.Errorf("%s is not an action: %s", e.place(), why))
		case !ok, len(pressed) == 0, slices.ContainsFunc(pressed, unseen):
			problems = append(problems, fmt.Errorf(`%s: want a key, such as "v", or a list of them, such as ["q", "ctrl+q"]`, e.place()))
		default:
			keys[e.name] = pressed
		}
	}
	if len(problems) > 0 || len(keys) == 0 {
		return problems
	}
	s.Screen.Keys = keys
	if s.words.Keys == nil {
		return nil
	}
	action, err := s.words.Keys(keys)
	if err == nil {
		return nil
	}
	at := table
	at.Key += "." + dotted(action) // of an action that kept its keys, the table is all there is to point at
	if i := slices.IndexFunc(all, func(e entry) bool { return e.name == action }); i >= 0 {
		at = all[i].Origin
	}
	return []error{fmt.Errorf("%s: %w", at.place(), err)}
}

// unseen reports a key that has no name, or one that cannot be shown.
func unseen(key string) bool {
	return key == "" || strings.ContainsFunc(key, func(r rune) bool { return !unicode.IsPrint(r) })
}

// method is what a payment method may be called.
var method = regexp.MustCompile(`^[A-Za-z0-9_]+$`)

// longest bounds a hint, in characters: it has to be said to a customer, and to fit.
const longest = 120

// takeHints reads [hints]: Dollr's method = what to say. Methods are compared in capitals,
// so two that differ in nothing else are one method with two texts.
func takeHints(s *Settings, _ Origin, all []entry) []error {
	var problems []error
	hints, where := map[string]string{}, map[string]Origin{}
	for _, e := range all {
		name := strings.ToUpper(e.name)
		text, ok := e.value.(string)
		before, twice := where[name]
		var err error
		switch {
		case e.setting:
			err = errors.New(misplaced)
		case !method.MatchString(e.name):
			err = errors.New("want the name of a method, of letters, digits and _, such as MTN_MOMO_LBR")
		case twice:
			err = fmt.Errorf("%s says it already: capitals make no difference", before.place())
		case !ok, oneLine(text) != nil, strings.ContainsAny(text, "\u2028\u2029"),
			strings.TrimSpace(text) == "", utf8.RuneCountInString(text) > longest:
			err = errors.New("want one line of text, of at most " + strconv.Itoa(longest) + " characters")
		default:
			hints[name], where[name] = text, e.Origin
			continue
		}
		problems = append(problems, fmt.Errorf("%s: %w", e.place(), err))
	}
	if len(problems) == 0 && len(hints) > 0 {
		s.Hints = hints
	}
	return problems
}

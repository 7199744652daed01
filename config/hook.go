package config

import (
	"encoding/json"
	"errors"
	"slices"
	"strings"
	"unicode/utf8"
)

// settingsOfTheHook say which program is told of results. The hook itself is never a flag: a
// program to run must be named in the user's own file or environment, and not on a command line,
// which may be copied from somewhere and is visible to every user of the machine. Errors do not
// repeat its words, because one of them may be a messenger's token.
var settingsOfTheHook = []setting{
	{
		key: "hook", env: "TILLWATCH_HOOK", hidden: true,
		about:   `program that is told of each verified result, as a list of words, e.g. ["notify-send", "Tillwatch"]; never a flag`,
		allowed: `a list of words, such as ["notify-send", "Tillwatch"]: it is run without a shell`,
		list:    (*Settings).takeHook,
		shown:   func(s Settings) string { return program(s.Hook) },
	},
	{
		key: "hook_sim", env: "TILLWATCH_HOOK_SIM", flag: "hook-sim", fallback: "false", alone: true,
		about: "tell the hook of the sandbox's payments too", allowed: "true or false",
		put: func(s *Settings, v string) error { return yes(v, &s.HookSim) },
	},
}

// takeHook takes a TOML list, or a JSON list from the environment: neither needs the
// quotes of a shell. A list of nothing is no hook, which a variable can say to the file.
func (s *Settings) takeHook(from Origin, value any) error {
	if text, ok := value.(string); ok && from.Layer != File {
		var list []any // of strings alone JSON would make an empty one of null
		if !utf8.ValidString(text) || json.Unmarshal([]byte(text), &list) != nil || list == nil {
			return errBad
		}
		value = list
	}
	words, ok := texts(value)
	switch {
	case !ok, slices.ContainsFunc(words, func(word string) bool { return strings.ContainsRune(word, 0) }):
		return errBad // no system passes a NUL on
	case len(words) > 0 && strings.TrimSpace(words[0]) == "":
		return errors.New("the first word is the program to run, and it is empty")
	}
	s.Hook = words
	return nil
}

package config

import (
	"fmt"
	"slices"
	"strconv"
	"strings"
	"time"
)

// Screen is how the board looks and listens; demo has it too.
type Screen struct {
	Theme   string              // one of the vocabulary's
	Glyphs  string              // "auto", "unicode", "ascii"
	Columns []string            // in the order in which they are shown; empty: all
	Bell    string              // "off", "paid", "all"
	Mouse   bool                // the board listens to the mouse
	Counter bool                // big rows, to be read from behind a counter
	Keys    map[string][]string // action to keys; only what was changed
	Hints   map[string]string   // method in capitals to what a customer without a prompt is told
}

// Vocabulary is the words of the screen, which only the screen knows. What is empty is
// not checked.
type Vocabulary struct {
	Themes  []string
	Columns []string
	Actions []string
	// Keys checks a whole set of keys together: it names the action that is at fault, and why.
	Keys func(map[string][]string) (action string, err error)
	// StartOfDay returns the first instant of a calendar day in this machine's zone. If nil,
	// package time's midnight counts.
	StartOfDay func(year int, month time.Month, day int) time.Time
}

func (v Vocabulary) startOfDay(date time.Time) time.Time {
	y, m, d := date.Date()
	if v.StartOfDay == nil {
		return time.Date(y, m, d, 0, 0, 0, 0, time.Local)
	}
	return v.StartOfDay(y, m, d)
}

// settingsOfTheScreen are those that demo reads.
var settingsOfTheScreen = []setting{
	{
		key: "theme", env: "TILLWATCH_THEME", flag: "theme", fallback: "auto", screen: true,
		about: "theme of the board", allowed: "the name of a theme",
		words: func(v Vocabulary) []string { return v.Themes },
		put: func(s *Settings, v string) error {
			s.Theme = v
			return among(v, "a theme", s.words.Themes)
		},
	},
	{
		key: "glyphs", env: "TILLWATCH_GLYPHS", flag: "glyphs", fallback: "auto", screen: true,
		about: "characters to draw with: auto (ASCII where the locale is not UTF-8), unicode or ascii", allowed: "auto, unicode or ascii",
		put: func(s *Settings, v string) error { return oneOf(v, &s.Glyphs, "auto", "unicode", "ascii") },
	},
	{
		key: "columns", env: "TILLWATCH_COLUMNS", flag: "columns", screen: true,
		about:   "columns of the board, in their order, e.g. status,amount,label,age; without it all",
		allowed: `a list of columns, such as status,amount,label,age, or in the file ["status", "amount"]`,
		words:   func(v Vocabulary) []string { return v.Columns },
		list:    func(s *Settings, _ Origin, v any) error { return s.takeColumns(v) },
		shown:   func(s Settings) string { return strings.Join(s.Columns, ", ") },
	},
	{
		key: "bell", env: "TILLWATCH_BELL", flag: "bell", fallback: "all", screen: true,
		about: "verified results that ring the bell: off, paid or all", allowed: "off, paid or all",
		put: func(s *Settings, v string) error { return oneOf(v, &s.Bell, "off", "paid", "all") },
	},
	{
		key: "mouse", env: "TILLWATCH_MOUSE", flag: "mouse", fallback: "on", screen: true,
		about: "whether the board takes the mouse: on or off", allowed: "on or off",
		put: func(s *Settings, v string) error {
			s.Mouse = v == "on"
			return oneOf(v, new(string), "on", "off")
		},
	},
	{
		key: "counter", env: "TILLWATCH_COUNTER", flag: "counter", fallback: "false", screen: true, alone: true,
		about: "big rows, to be read from behind a counter", allowed: "true or false",
		put: func(s *Settings, v string) error { return yes(v, &s.Counter) },
	},
	{
		key: "keys", screen: true,
		about:   `keys of actions that shall have others, e.g. quit = ["q", "ctrl+q"]`,
		allowed: `a table: under [keys] lines such as verify = "v" or quit = ["q", "ctrl+q"]`,
		words:   func(v Vocabulary) []string { return v.Actions },
		entries: takeKeys,
		shown:   func(s Settings) string { return strconv.Itoa(len(s.Screen.Keys)) + " changed" },
	},
	{
		key: "hints", screen: true,
		about:   "what a customer without a prompt is told, by Dollr's method",
		allowed: `a table: under [hints] lines such as MTN_MOMO_LBR = "dial *156# and choose Approvals"`,
		entries: takeHints,
		shown:   func(s Settings) string { return strconv.Itoa(len(s.Hints)) + " given" },
	},
}

// among refuses a word that is none of those that the screen knows.
func among(word, what string, words []string) error {
	switch {
	case word == "":
		return errBad
	case len(words) == 0, slices.Contains(words, word):
		return nil
	}
	return fmt.Errorf("%s is not %s: they are %s", strconv.Quote(short(word)), what, strings.Join(words, ", "))
}

// takeColumns takes a TOML list or a text with commas. A list of none is refused: a board
// of no column would be nothing to look at, and all columns are what one gets unasked.
func (s *Settings) takeColumns(value any) error {
	columns, ok := texts(value)
	if text, one := value.(string); one {
		columns, ok = strings.Split(text, ","), true
	}
	if !ok || len(columns) == 0 {
		return errBad
	}
	for i, name := range columns {
		name = strings.TrimSpace(name)
		if err := among(name, "a column", s.words.Columns); err != nil {
			return err
		}
		if slices.Contains(columns[:i], name) {
			return fmt.Errorf("%s is there twice", strconv.Quote(short(name)))
		}
		columns[i] = name
	}
	s.Columns = columns
	return nil
}

// texts is a list of texts as TOML and JSON give it; false when there is anything else in
// it.
func texts(value any) ([]string, bool) {
	list, ok := value.([]any)
	if !ok {
		return nil, false
	}
	all := make([]string, 0, len(list))
	for _, one := range list {
		text, ok := one.(string)
		if !ok {
			return nil, false
		}
		all = append(all, text)
	}
	return all, true
}

func yes(v string, into *bool) error {
	*into = v == "true"
	return oneOf(v, new(string), "true", "false")
}

package show

import (
	_ "embed" // the built-in story
	"errors"
	"fmt"
	"io"
	"os"
	"strconv"
	"strings"
	"time"
	"unicode"
	"unicode/utf8"
)

const (
	scriptMost  = 64 << 10       // bytes
	captionMost = 160            // characters: two lines of a terminal
	labelMost   = 40             // characters
	lineMost    = 300            // characters; errors repeat words of a line
	nameMost    = 200            // characters of a script's name in an error
	timeMost    = 24 * time.Hour // no audience looks on longer
)

// Lunch is the name of the built-in script.
const Lunch = "lunch"

//go:embed lunch.txt
var lunch string

// Script is a story to be played: what happens, and when. It was checked as a whole when
// it was read; what only the play can tell (whether a payment still waits for a decision)
// is said then.
type Script struct {
	name  string // fit for a terminal
	steps []step
}

// step is one line of a script. Its time counts from the beginning, by the script's clock.
type step struct {
	line int
	at   time.Duration
	text string // the line without its time
	do   deed
}

// Length is the time of the last step.
func (s *Script) Length() time.Duration { return s.steps[len(s.steps)-1].at }

// Load reads the built-in script of that name, or else the file.
func Load(name string) (*Script, error) {
	if name == Lunch {
		return Parse(name, lunch)
	}
	text, err := readAll(name)
	if err != nil {
		var at *os.PathError // it would name the file a second time
		if errors.As(err, &at) {
			err = at.Err
		}
		if errors.Is(err, os.ErrNotExist) { // misspelt, perhaps
			err = fmt.Errorf("%w (the built-in one is called %s)", err, Lunch)
		}
		return nil, fmt.Errorf("script %s: %w", shown(name), err)
	}
	return Parse(name, text)
}

// shown is a script's name, fit for a terminal: quoted if it holds what cannot be seen, and
// of a long one the end, for that is where paths differ.
func shown(name string) string {
	if all := []rune(name); len(all) > nameMost {
		name = "…" + string(all[len(all)-nameMost:])
	}
	if strings.ContainsFunc(name, func(c rune) bool { return !strconv.IsPrint(c) }) {
		return strconv.Quote(name)
	}
	return name
}

func readAll(name string) (string, error) {
	file, err := os.Open(name)
	if err != nil {
		return "", err
	}
	defer file.Close()
	text, err := io.ReadAll(io.LimitReader(file, scriptMost+1)) // some files have no end
	if err == nil && len(text) > scriptMost {
		err = fmt.Errorf("it is longer than %d bytes", scriptMost)
	}
	return string(text), err
}

// Parse reads a script. Its error is one line and names the line of the script that is
// wrong, what is wrong with it, and what is allowed. All text of a script may be shown on
// a terminal: one that holds anything but plain characters is refused.
func Parse(name, text string) (*Script, error) {
	name = shown(name)
	s := &Script{name: name}
	r := reader{started: map[string]started{}}
	number := 0
	for line := range strings.Lines(strings.TrimPrefix(text, "\ufeff")) { // which some editors put first
		number++
		line = strings.TrimRight(line, "\r\n")
		st, err := r.step(line)
		if err != nil {
			return nil, fmt.Errorf("script %s:%d: %w", name, number, err)
		}
		if st != nil {
			st.line = number
			s.steps = append(s.steps, *st)
		}
	}
	if len(s.steps) == 0 {
		return nil, fmt.Errorf("script %s: nothing happens in it", name)
	}
	return s, nil
}

// reader is what is known of a script while it is read.
type reader struct {
	at      time.Duration // of the step before
	started map[string]started
	number  int // of the line
}

// started is a payment that the script has started by now.
type started struct {
	line   int
	hosted bool
}

// step reads one line; nil is a line in which nothing happens.
func (r *reader) step(line string) (*step, error) {
	r.number++
	if err := plain(line); err != nil {
		return nil, err
	}
	line = strings.TrimSpace(line)
	if line == "" || line[0] == '#' {
		return nil, nil
	}
	if n := utf8.RuneCountInString(line); n > lineMost {
		return nil, fmt.Errorf("a line of %d characters, where %d are the most", n, lineMost)
	}
	line, err := r.time(line)
	if err != nil {
		return nil, err
	}
	word, rest := cutWord(line)
	for _, v := range verbs {
		if v.word == word {
			do, err := v.read(r, rest)
			if err != nil {
				return nil, fmt.Errorf("%s: %w", word, err)
			}
			return &step{at: r.at, text: line, do: do}, nil
		}
	}
	if word == "" {
		return nil, errors.New("there is a time, and nothing that happens then")
	}
	return nil, fmt.Errorf("unknown word %q; known are %s", word, verbNames())
}

// time takes the step's time off the line: at counts from the beginning, wait from the
// step before, and without either it is the time of the step before.
func (r *reader) time(line string) (rest string, err error) {
	word, after := cutWord(line)
	if word != "at" && word != "wait" {
		return line, nil
	}
	text, rest := cutWord(after)
	d, err := time.ParseDuration(text)
	if err != nil || d < 0 {
		return "", fmt.Errorf("%s %q: must be a time, such as 8s or 1m30s", word, text)
	}
	if word == "wait" && d <= timeMost {
		d += r.at
	}
	switch {
	case d < r.at:
		return "", fmt.Errorf("at %s is before the step above it, which is at %s", text, r.at)
	case d > timeMost:
		return "", fmt.Errorf("%s %s: a script may last %s at most", word, text, timeMost)
	}
	r.at = d
	return rest, nil
}

// cutWord takes the first word off a line.
func cutWord(line string) (word, rest string) {
	end := strings.IndexFunc(line, unicode.IsSpace)
	if end < 0 {
		return line, ""
	}
	return line[:end], strings.TrimSpace(line[end:])
}

// plain refuses what could do something to a terminal, or hide in it: control characters,
// escapes, what turns the direction of writing, what has no width.
func plain(line string) error {
	if !utf8.ValidString(line) {
		return errors.New("it is not UTF-8 text")
	}
	for _, c := range line {
		if c != '\t' && !unicode.IsGraphic(c) {
			return fmt.Errorf("the character %U is not for a terminal: only letters, signs, spaces and tabs are", c)
		}
	}
	return nil
}

// words parts a line into words; quotes hold one together. It tells no empty word from
// none: a name in quotes must have a letter.
func words(line string) ([]string, error) {
	var all []string
	for line != "" {
		word, rest := "", ""
		if quote, opens := strings.CutPrefix(straight(line), `"`); opens {
			inside, after, closes := strings.Cut(quote, `"`)
			word, rest = strings.TrimSpace(inside), after
			if !closes || word == "" || rest != "" && !unicode.IsSpace(rune(rest[0])) {
				return nil, fmt.Errorf("%s: a name of several words stands in quotes, such as \"Order 1042\"", line)
			}
			rest = strings.TrimSpace(rest)
		} else {
			word, rest = cutWord(line)
		}
		all = append(all, word)
		line = rest
	}
	return all, nil
}

// straight makes the quotes that word processors write into plain ones.
func straight(line string) string { return strings.NewReplacer("“", `"`, "”", `"`).Replace(line) }

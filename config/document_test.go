package config

import (
	"errors"
	"os"
	"slices"
	"strings"
	"testing"

	"github.com/knadh/koanf/v2"
)

func TestDocument_KnowsTheLineOfEveryKey(t *testing.T) {
	for name, c := range map[string]struct {
		text string
		want map[string]int
	}{
		"one a line":            {"# first\na = 1\n\nb = 2\n", map[string]int{"a": 2, "b": 4}},
		"under a table":         {"verify = 1\n[keys]\nverify = 2\n", map[string]int{"verify": 1, "keys": 2, "keys.verify": 3}},
		"a word before its key": {"x = 'verify = 1'\ny = '''\nverify = 1\n'''\nverify = 2\n", map[string]int{"verify": 5}},
		"quoted":                {"'a' = 1\n\"b\" = 2\n\"\\u0063\" = 3\n", map[string]int{"a": 1, "b": 2, "c": 3}},
		"dots in quotes":        {"'a.b' = 1\na.b = 2\n", map[string]int{`"a.b"`: 1, "a": 2, "a.b": 2}},
		"dots with spaces":      {"\nkeys . 'verify' = 1", map[string]int{"keys": 2, "keys.verify": 2}},
		"a table in a line":     {"\nkeys = { a = 1, b.c = 2 }", map[string]int{"keys": 2, "keys.a": 2, "keys.b": 2, "keys.b.c": 2}},
		"a table of a table":    {"[a.b]\nc = 1\n[a]\nd = 1\n", map[string]int{"a": 1, "a.b": 1, "a.b.c": 2, "a.d": 4}},
		"many tables":           {"[[a]]\nb = 1\n[[a]]\nb = 2\n", map[string]int{"a": 1, "a.b": 2}},
		"a list of many lines":  {"a = [\n 1,\n {b = 2},\n]\nc = 3\n", map[string]int{"a": 1, "c": 5}},
		"the lines of DOS":      {"a = 1\r\n\r\n[b]\r\nc = 2\r\n", map[string]int{"a": 1, "b": 3, "b.c": 4}},
		"a mark of an editor":   {"\ufeffa = 1\r\nb = 2\r\n", map[string]int{"a": 1, "b": 2}},
		"numbers":               {"1 = 1\n2.3 = 4\n", map[string]int{"1": 1, "2": 2, "2.3": 2}},
		"a key of no name":      {"'' = 1\n", map[string]int{`""`: 1}},
		"nothing":               {"", map[string]int{}},
	} {
		t.Run(name, func(t *testing.T) {
			d, _, err := parse([]byte(c.text))
			if err != nil {
				t.Fatal(err)
			}
			for key, line := range c.want {
				if d.lines[key] != line {
					t.Errorf("%s is in line %d, want %d", key, d.lines[key], line)
				}
			}
		})
	}
}

func TestDocument_KnowsTheLineOfAMistake(t *testing.T) {
	for name, c := range map[string]struct {
		text string
		want int
	}{
		"no TOML":               {"a = 1\nwhat is this\n", 2},
		"after a mark":          {"\ufeffa = 1\nwhat is this\n", 2},
		"a key twice":           {"a = 1\n\n[t]\nb = 1\nc = '''\n\n'''\nb = 2\nd = 3\n", 8},
		"a key twice in a line": {"\na = {b = 1, b = 2}\n", 2},
		"a table twice":         {"[a]\nb = 1\n[c]\n  [a]\nd = 1\n", 4},
		"a value as a table":    {"a = 1\n[a.b]\nc = 1\nd = 1\nd = 2\n", 2},
		"a table as a list":     {"[a]\n[[a]]\n", 2},
		"a text without an end": {"a = 1\nb = 'x\n", 2},
	} {
		t.Run(name, func(t *testing.T) {
			if _, line, err := parse([]byte(c.text)); err == nil || line != c.want {
				t.Errorf("line %d, want %d: %v", line, c.want, err)
			}
		})
	}
}

func TestDocument_OddOnesTakeNoTime(t *testing.T) {
	for name, text := range map[string]string{
		"dots":          strings.Repeat("a.", maxFile/2-2) + "a=1",
		"tables":        strings.Repeat("[a]\n", maxFile/4),
		"deep tables":   "a=" + strings.Repeat("{a=", maxFile/10) + "1" + strings.Repeat("}", maxFile/10),
		"deep lists":    "a=" + strings.Repeat("[", maxFile/2-2) + strings.Repeat("]", maxFile/2-2),
		"many mistakes": strings.Repeat("''.b=1\n", maxFile/7),
	} {
		t.Run(name, func(t *testing.T) {
			d, _, _ := parse([]byte(text))
			for key, value := range d.values {
				d.under(value, key)
			}
		})
	}
}

// Whatever is in a file, the program says something and goes on or ends; and a key that it
// names is in the line that it names.
func FuzzSettingsFile(f *testing.F) {
	for _, text := range []string{
		"status_rate = 5\n[keys]\nverify = \"v\"\n[hints]\nMTN = 'x'\n", "keys = {verify = ['v']}", "'keys'.\"verify\" = 1",
		"a = [{b = 1}, {b = 2}]\n[[c]]\nd = 1\n[[c]]\nd = 2", "[a.b]\n[a]\nb.c = 1", "a = 1\na = 2", "hook = ['a']\r\ncolumns = 'age'",
		"a = '''\n\n'''\n\"b\\n\" = 1979-05-27", "1 = 2\n'' = 3", "keys.stop = []",
	} {
		f.Add(text)
	}
	f.Fuzz(func(t *testing.T, text string) {
		lines := strings.Split(text, "\n")
		d, line, err := parse([]byte(text))
		if line < 0 || line > len(lines) {
			t.Fatalf("a mistake in line %d of %d", line, len(lines))
		}
		if err == nil {
			for key, value := range d.values {
				for _, name := range d.under(value, key) {
					at := d.lines[name]
					if at < 1 || at > len(lines) {
						t.Fatalf("%s is in line %d of %d", name, at, len(lines))
					}
					last := name[strings.LastIndexByte(name, '.')+1:]
					if bareKey.MatchString(last) && !strings.Contains(lines[at-1], last) && !strings.Contains(lines[at-1], `\`) {
						t.Fatalf("%s is not in line %d: %q", name, at, lines[at-1])
					}
				}
			}
		}
		if err != nil {
			return
		}
		pipe, err := os.Stat(os.DevNull) // which has no others who could change it
		if err != nil {
			t.Fatal(err)
		}
		s := Settings{origins: map[string]Origin{}, words: words()}
		l := layer{koanf.New("."), map[string]Origin{}}
		err = errors.Join(reader{table: table}.known(&s, l, d, "config.toml", pipe),
			s.gather(slices.Concat(settingsOfTheScreen, settingsOfTheHook), l)) // the others may name a file to open
		if err == nil {
			return
		}
		for line := range strings.Lines(err.Error()) {
			if line = strings.TrimSuffix(line, "\n"); show(line) != line || !strings.HasPrefix(line, "config.toml:") {
				t.Fatalf("a mistake is told as %q", line)
			}
		}
	})
}

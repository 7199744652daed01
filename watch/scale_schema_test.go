//go:build scale || faults || crash

package watch_test

import (
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"os"
	"regexp"
	"slices"
	"strings"
	"testing"
	"time"
)

// schema is what the documentation of --json promises of a line. It is read from there, so
// that a page which says something else than the program does is found.
type schema struct {
	order  []string            // of the keys
	kind   map[string]string   // in the page's words
	always []string            // keys that every payment's line has
	words  map[string][]string // all that a key may say
}

var (
	row  = regexp.MustCompile("(?m)^\\| (`[^|]+) \\| ([^|]+) \\| ([^|]+) \\| (.+) \\|$")
	word = regexp.MustCompile("`([^`]+)`")
)

func readSchema(t *testing.T, file string) *schema {
	t.Helper()
	page, err := os.ReadFile(file)
	if err != nil {
		t.Fatal(err)
	}
	s := &schema{kind: map[string]string{}, words: map[string][]string{}}
	for _, cells := range row.FindAllStringSubmatch(string(page), -1) {
		keys, kinds := quoted(cells[1]), []string{cells[2]}
		if len(keys) > 1 {
			kinds = strings.Split(cells[2], ", ")
		}
		for i, key := range keys {
			s.order, s.kind[key] = append(s.order, key), kinds[i]
		}
		if cells[3] == "always" {
			s.always = append(s.always, keys...)
		}
		if keys[0] == "verdict" || keys[0] == "link" {
			s.words[keys[0]] = quoted(cells[4])
		}
	}
	if len(s.order) < 10 || len(s.always) == 0 || len(s.words["verdict"]) != 6 || len(s.words["link"]) != 6 {
		t.Fatalf("%s has no table of the keys any more: %+v", file, s)
	}
	return s
}

func quoted(text string) (words []string) {
	for _, found := range word.FindAllStringSubmatch(text, -1) {
		words = append(words, found[1])
	}
	return words
}

// check reads a line token by token: a struct would not see an order, a null or a double.
func (s *schema) check(line string) error {
	d := json.NewDecoder(strings.NewReader(line))
	d.UseNumber()
	if begin, err := d.Token(); err != nil || begin != json.Delim('{') {
		return errors.New("the line is no object")
	}
	var keys []string
	place := -1
	for d.More() {
		token, err := d.Token()
		if err != nil {
			return fmt.Errorf("a key: %w", err)
		}
		key := token.(string)
		value, err := d.Token()
		if err != nil {
			return fmt.Errorf("%s: %w", key, err)
		}
		next := slices.Index(s.order, key)
		if next <= place {
			return fmt.Errorf("%s is not documented, or not at this place", key)
		}
		if !s.fits(key, value) {
			return fmt.Errorf("%s is %v, documented is %s", key, value, s.kind[key])
		}
		keys, place = append(keys, key), next
	}
	if _, err := d.Token(); err != nil {
		return fmt.Errorf("the line's end: %w", err)
	}
	if _, err := d.Token(); !errors.Is(err, io.EOF) {
		return errors.New("there is more than one object")
	}
	return s.whole(keys)
}

// fits holds a value to the kind of its key.
func (s *schema) fits(key string, value any) bool {
	if words := s.words[key]; words != nil && !slices.Contains(words, fmt.Sprint(value)) {
		return false
	}
	switch text, isText := value.(string); s.kind[key] {
	case "time":
		_, err := time.Parse("2006-01-02T15:04:05.000Z", text)
		return isText && err == nil
	case "text":
		return isText && (text != "" || key == "trouble")
	case "decimal as text":
		return isText && decimal.MatchString(text)
	case "integer":
		number, ok := value.(json.Number)
		return ok && !strings.ContainsAny(number.String(), ".eE")
	case "true, false":
		_, ok := value.(bool)
		return ok
	}
	return false
}

var decimal = regexp.MustCompile(`^-?[0-9]+(\.[0-9]+)?$`)

// whole holds a line to the keys that it must have.
func (s *schema) whole(keys []string) error {
	if slices.Equal(keys, []string{"at", "trouble"}) {
		return nil // trouble of the whole program
	}
	for _, key := range s.always {
		if !slices.Contains(keys, key) {
			return fmt.Errorf("there is no %s", key)
		}
	}
	if slices.Contains(keys, "reference_id") == slices.Contains(keys, "source_id") {
		return errors.New("a payment is named by its reference or by its source")
	}
	return nil
}

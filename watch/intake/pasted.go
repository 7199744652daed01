package intake

import (
	"errors"
	"fmt"
	"slices"
	"strings"

	"tillwatch/watch"
)

// pastedMost bounds what is read at once while a person waits for the screen.
const pastedMost = 1 << 20

// newlines are what a line may end with: a terminal sends those of a paste as carriage
// returns.
var newlines = strings.NewReplacer("\r\n", "\n", "\r", "\n")

// Pasted reads what a person typed or pasted into a form: one payment as on the command
// line, its parts parted by colons or blanks; one JSON object, over as many lines as it
// takes; a list of payments, one a line; or the lines of a file. Nothing is taken if any of
// it is bad, for the person is there to mend it. The error is one clean line.
func Pasted(text string) ([]watch.Payment, error) {
	if len(text) > pastedMost {
		return nil, errors.New("that is more than 1 MiB: hand it over as a file, with -f")
	}
	lines := written(text)
	first := ""
	if len(lines) > 0 {
		first = strings.TrimSpace(lines[0])
	}
	text = strings.Join(lines, "\n")
	switch {
	case strings.HasPrefix(first, "["), strings.HasPrefix(first, "{") && (valid([]byte(text)) || !strings.Contains(text, "\n{")):
		return alone(pastedLine([]byte(text)))
	case strings.HasPrefix(first, "{"), likeHeader(first), len(lines) > 1 && headed(first):
		return sheet(text)
	case len(lines) <= 1:
		return alone(blanks(first))
	}
	var list []watch.Payment
	for i, line := range lines {
		if strings.TrimSpace(line) == "" {
			continue
		}
		p, err := blanks(line)
		if err != nil {
			return nil, fmt.Errorf("line %d: %w", i+1, err)
		}
		list = append(list, p)
	}
	return list, nil
}

// written is a text's lines without the empty ones around them, and without the mark that
// some editors put first.
func written(text string) []string {
	empty := func(line string) bool { return strings.TrimSpace(line) == "" }
	lines := strings.Split(newlines.Replace(strings.TrimPrefix(strings.TrimLeft(text, " \r\n"), string(bom))), "\n")
	for len(lines) > 0 && empty(lines[0]) {
		lines = lines[1:]
	}
	for len(lines) > 0 && empty(lines[len(lines)-1]) {
		lines = lines[:len(lines)-1]
	}
	return slices.Clip(lines)
}

// headed reports whether a line is a header of one column, which a payment cannot be.
func headed(line string) bool {
	_, err := newHeader([]byte(line))
	return err == nil
}

// alone is a list of the one payment.
func alone(p watch.Payment, err error) ([]watch.Payment, error) {
	if err != nil {
		return nil, err
	}
	return []watch.Payment{p}, nil
}

// pastedLine parses a line strictly: it refuses optional values that cannot be read too, because a
// person is there to correct them.
func pastedLine(b []byte) (watch.Payment, error) {
	r, err := readLine(b)
	switch {
	case err != nil:
		return watch.Payment{}, err
	case r.nothing:
		return watch.Payment{}, errors.New("the line is about no payment")
	case len(r.dropped) > 0:
		return watch.Payment{}, errors.New(r.dropped[0])
	}
	return r.known.Payment, pastable(&r.known)
}

// pastable returns an error for a payment of an export that the form cannot hold, because the form
// has no place for its facts.
func pastable(k *watch.Known) error {
	if k.Stopped || k.Damaged || k.Changed.Said() {
		return errors.New("it was stopped or damaged, or Dollr contradicted itself, which a form cannot hold: hand it over as a file, with -f")
	}
	return nil
}

// sheet reads the lines of a file, up to the first that is wrong.
func sheet(text string) ([]watch.Payment, error) {
	var list []watch.Payment
	var wrong error
	d := NewDecoder("", func(k watch.Known, _ bool) error {
		list = append(list, k.Payment)
		return pastable(&k)
	}, func(p Problem) {
		if wrong == nil && p.Lost {
			wrong = fmt.Errorf("line %d: %s", p.Line, p.Reason)
		}
	})
	d.strict = true
	_, _ = d.Write([]byte(text)) // it never fails
	d.End()
	switch {
	case wrong != nil:
		return nil, wrong
	case len(list) == 0:
		return nil, errors.New("there is a header, and no payment below it")
	}
	return list, nil
}

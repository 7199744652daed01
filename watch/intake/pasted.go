package intake

import (
	"encoding/json"
	"fmt"
	"strings"

	"tillwatch/watch"
)

// Pasted reads what a person typed or pasted into a form: one payment as on the command
// line, its parts parted by colons or blanks; one JSON object, over as many lines as it
// takes; or the lines of a file. Nothing is taken if any of it is bad, for the person is
// there to mend it. The error is one clean line.
func Pasted(text string) ([]watch.Payment, error) {
	text = strings.TrimSpace(text)
	if strings.HasPrefix(text, "{") && (json.Valid([]byte(text)) || !strings.Contains(text, "\n{")) {
		p, err := Line([]byte(text))
		return []watch.Payment{p}, err
	}
	if !strings.Contains(text, "\n") {
		p, err := blanks(text)
		return []watch.Payment{p}, err
	}
	var list []watch.Payment
	var wrong error
	first, _, _ := strings.Cut(text, "\n")
	if _, err := newHeader([]byte(first)); err != nil && first[0] != '{' { // a list of arguments
		number := 0
		for line := range strings.Lines(text) {
			number++
			if strings.TrimSpace(line) == "" {
				continue
			}
			p, err := blanks(line)
			if err != nil {
				return nil, fmt.Errorf("line %d: %w", number, err)
			}
			list = append(list, p)
		}
		return list, nil
	}
	d := NewDecoder("", func(p watch.Payment) error {
		list = append(list, p)
		return nil
	}, func(p Problem) {
		if wrong == nil {
			wrong = fmt.Errorf("line %d: %s", p.Line, p.Reason)
		}
	})
	_, _ = d.Write([]byte(text)) // it never fails
	d.End()
	return list, wrong
}

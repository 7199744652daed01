package intake

import (
	"errors"
	"fmt"
	"strings"

	"tillwatch/watch"
)

// Argument reads a payment as a person types it on the command line or into a form:
// SESSION:REFERENCE[:TYPE], a REFERENCE alone (it is polled), or ORDER:101, INVOICE:101
// (hosted checkout, polled). The error is one clean line.
func Argument(s string) (watch.Payment, error) {
	s = strings.TrimSpace(s)
	return argument(s, strings.Split(s, ":"))
}

// blanks is Argument of a line whose parts may be parted by blanks too.
func blanks(line string) (watch.Payment, error) {
	words := strings.Fields(line)
	line = strings.Join(words, " ")
	p, err := argument(line, strings.Split(strings.Join(words, ":"), ":"))
	if err == nil {
		return p, nil
	}
	// A number in groups, or a token behind its word, is seen for what it is only in the line
	// as it was: its pieces, one to a part, would be repeated as they are.
	var pieces []string
	for _, word := range words {
		pieces = append(pieces, masked(word))
	}
	if masked(line) != strings.Join(pieces, " ") {
		return p, noArgument(line)
	}
	return p, err
}

// argument reads the parts of a line.
func argument(line string, parts []string) (watch.Payment, error) {
	var f fields
	switch {
	case line == "":
		return watch.Payment{}, errors.New("the payment is empty")
	case len(parts) == 1:
		f.values[nameReference].text = parts[0]
	case len(parts) == 2 && isType(parts[0]):
		f.values[nameSourceType].text, f.values[nameSourceID].text = parts[0], parts[1]
	case len(parts) == 2:
		f.values[nameSession].text, f.values[nameReference].text = parts[0], parts[1]
	case len(parts) == 3 && parts[2] != "":
		f.values[nameSession].text, f.values[nameReference].text, f.values[nameSourceType].text = parts[0], parts[1], parts[2]
	default:
		return watch.Payment{}, noArgument(line)
	}
	if len(parts) > 1 && (parts[0] == "" || parts[1] == "") {
		return watch.Payment{}, fmt.Errorf("payment %s has nothing on one side of its colon", part(line))
	}
	return f.payment()
}

func noArgument(line string) error {
	return fmt.Errorf("payment %s is none of SESSION:REFERENCE, SESSION:REFERENCE:TYPE, REFERENCE, ORDER:101, INVOICE:101", part(line))
}

func isType(s string) bool { return strings.EqualFold(s, "ORDER") || strings.EqualFold(s, "INVOICE") }

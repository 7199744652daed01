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
	parts := strings.Split(s, ":")
	var f fields
	switch {
	case s == "":
		return watch.Payment{}, errors.New("the payment is empty")
	case len(parts) == 1:
		f.reference = parts[0]
	case len(parts) == 2 && isType(parts[0]):
		f.sourceType, f.sourceID = parts[0], parts[1]
	case len(parts) == 2:
		f.session, f.reference = parts[0], parts[1]
	case len(parts) == 3 && parts[2] != "":
		f.session, f.reference, f.sourceType = parts[0], parts[1], parts[2]
	default:
		return watch.Payment{}, fmt.Errorf(
			"payment %s is none of SESSION:REFERENCE, SESSION:REFERENCE:TYPE, REFERENCE, ORDER:101, INVOICE:101", part(s))
	}
	if len(parts) > 1 && (parts[0] == "" || parts[1] == "") {
		return watch.Payment{}, fmt.Errorf("payment %s has nothing on one side of its colon", part(s))
	}
	return f.payment()
}

func isType(s string) bool { return strings.EqualFold(s, "ORDER") || strings.EqualFold(s, "INVOICE") }

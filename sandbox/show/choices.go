package show

import "tillwatch/sandbox"

// Choice is a name that Start, Decide or SetFault takes and, in a few plain words, what it
// brings.
type Choice = sandbox.Choice

// Networks lists what Start can start a payment by, in the order of a menu.
func Networks() []Choice { return sandbox.Networks() }

// ScenariosOf lists what a payment by one network may do, or by any when it is empty, in the
// order of a menu.
func ScenariosOf(network string) []Choice { return sandbox.Scenarios(network) }

// Outcomes lists what Decide can do to a payment, in the order of a menu.
func Outcomes() []Choice { return sandbox.Outcomes() }

// Faults lists what SetFault can switch, in the order of a menu.
func Faults() []Choice { return sandbox.Faults() }

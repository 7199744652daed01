package show

import (
	"errors"
	"fmt"
	"slices"
	"strconv"
	"strings"
	"unicode/utf8"

	"tillwatch/sandbox"
)

// byChance is what a script writes where the sandbox is to draw.
const byChance = "any"

// deed makes a step come true. hand takes the intake lines of new payments.
type deed func(s *Show, hand func(line []byte)) error

// verb is a word of scripts: how it is written, what it does, and how it is read. The
// manual shows the first two.
type verb struct {
	word, form, does string
	read             func(r *reader, rest string) (deed, error)
}

// verbs is every word there is.
var verbs = []verb{
	{"caption", "caption WORDS", "shows the words until the next caption; without words, none", readCaption},
	{"start", "start LABEL NETWORK SCENARIO [CURRENCY AMOUNT] [link=LINK]", "starts a payment", readStart},
	{"decide", "decide LABEL OUTCOME", "lets something happen to a payment", readDecide},
	{"hint", "hint LABEL COMPLETED", "the channel says so (or FAILED), and the API does not", readHint},
	{"look", "look LABEL", "the cursor goes there, as it does with start, decide and hint", readLook},
	{"fault", "fault NAME on", "switches a fault of the whole sandbox on, or off", readFault},
	{"speed", "speed NUMBER", "customers and operators are this much faster", readSpeed},
	{"arrivals", "arrivals NUMBER", "so many customers a second come by chance", readArrivals},
	{"customers", "customers NUMBER", "so many customers come by chance, at once", readCustomers},
}

func verbNames() string {
	names := make([]string, len(verbs))
	for i, v := range verbs {
		names[i] = v.word
	}
	return strings.Join(names, ", ")
}

func readCaption(_ *reader, rest string) (deed, error) {
	text := strings.Join(strings.Fields(rest), " ")
	if n := utf8.RuneCountInString(text); n > captionMost {
		return nil, fmt.Errorf("%d characters, where %d are what a screen has room for", n, captionMost)
	}
	return func(s *Show, _ func([]byte)) error {
		s.caption(text)
		return nil
	}, nil
}

func readStart(r *reader, rest string) (deed, error) {
	args, err := words(rest)
	if err != nil {
		return nil, err
	}
	if len(args) < 3 {
		return nil, errors.New("needs LABEL NETWORK SCENARIO, such as: \"Table 4\" orange-lr paid")
	}
	label, order := args[0], sandbox.Order{Label: args[0], Method: args[1], Scenario: args[2]}
	for _, name := range []*string{&order.Method, &order.Scenario} {
		if *name == byChance {
			*name = ""
		}
	}
	more := args[3:]
	if last := len(more) - 1; last >= 0 && strings.HasPrefix(more[last], "link=") {
		order.Link, more = strings.TrimPrefix(more[last], "link="), more[:last]
	}
	switch before, again := r.started[label]; {
	case again:
		return nil, fmt.Errorf("%q is started in line %d already, and each payment needs a label of its own", label, before.line)
	case utf8.RuneCountInString(label) > labelMost:
		return nil, fmt.Errorf("a label has %d characters at most", labelMost)
	case len(more) == 2:
		order.Currency, order.Amount = more[0], more[1]
	case len(more) != 0:
		return nil, fmt.Errorf("%q: after the scenario come CURRENCY AMOUNT, link=LINK, or both", strings.Join(more, " "))
	}
	if err := order.Check(); err != nil {
		return nil, err
	}
	r.started[label] = started{line: r.number, hosted: !order.HasChannel()}
	return func(s *Show, hand func([]byte)) error {
		taken, err := s.box.Start(order)
		if err != nil {
			return err
		}
		s.called[label] = taken.ReferenceID
		if taken.ReferenceID == "" {
			s.called[label] = fmt.Sprintf("%s:%d", taken.SourceType, taken.SourceID)
		}
		hand(lineOf(taken))
		s.look(label)
		return nil
	}, nil
}

// about reads LABEL and one word more about a payment that is started above.
func (r *reader) about(rest, form string, allowed []string) (label, word string, err error) {
	args, err := words(rest)
	switch {
	case err != nil:
		return "", "", err
	case len(args) != 2:
		return "", "", fmt.Errorf("needs %s; a label of several words stands in quotes", form)
	}
	if _, found := r.started[args[0]]; !found {
		return "", "", fmt.Errorf("no payment %q is started above", args[0])
	}
	return args[0], args[1], oneOf(args[1], allowed)
}

func oneOf(word string, allowed []string) error {
	if !slices.Contains(allowed, word) {
		return fmt.Errorf("%q is none of %s", word, strings.Join(allowed, ", "))
	}
	return nil
}

// namesOf is the names alone.
func namesOf(choices []Choice) []string {
	names := make([]string, len(choices))
	for i, c := range choices {
		names[i] = c.Name
	}
	return names
}

func readDecide(r *reader, rest string) (deed, error) {
	label, outcome, err := r.about(rest, "LABEL OUTCOME", namesOf(Outcomes()))
	if err != nil {
		return nil, err
	}
	return func(s *Show, _ func([]byte)) error {
		s.look(label)
		return s.box.Decide(s.called[label], sandbox.Outcome(outcome))
	}, nil
}

func readLook(r *reader, rest string) (deed, error) {
	args, err := words(rest)
	if err != nil {
		return nil, err
	}
	if len(args) != 1 {
		return nil, errors.New("needs LABEL; a label of several words stands in quotes")
	}
	if _, found := r.started[args[0]]; !found {
		return nil, fmt.Errorf("no payment %q is started above", args[0])
	}
	return func(s *Show, _ func([]byte)) error {
		s.look(args[0])
		return nil
	}, nil
}

func readHint(r *reader, rest string) (deed, error) {
	label, word, err := r.about(rest, "LABEL COMPLETED or FAILED", []string{"COMPLETED", "FAILED"})
	switch {
	case err != nil:
		return nil, err
	case r.started[label].hosted:
		return nil, fmt.Errorf("%q is a hosted checkout, which has no channel", label)
	}
	return func(s *Show, _ func([]byte)) error {
		s.look(label)
		return s.box.Say(s.called[label], "", word)
	}, nil
}

func readFault(_ *reader, rest string) (deed, error) {
	args := strings.Fields(rest)
	if len(args) == 0 || len(args) > 2 {
		return nil, errors.New("needs NAME on, or NAME off")
	}
	if err := oneOf(args[0], namesOf(Faults())); err != nil {
		return nil, err
	}
	fault := sandbox.Fault(args[0])
	args = append(args, "on")
	switch {
	case len(args) == 2 && !fault.Momentary():
		return nil, errors.New("needs on or off")
	case fault.Momentary() && args[1] == "off":
		return nil, fmt.Errorf("%s passes by itself, and has no off", fault)
	}
	on := args[1] == "on"
	return func(s *Show, _ func([]byte)) error { return s.box.Set(fault, on) }, oneOf(args[1], []string{"on", "off"})
}

func readSpeed(_ *reader, rest string) (deed, error) {
	speed, err := number(rest, sandbox.SpeedLeast, sandbox.SpeedMost)
	return func(s *Show, _ func([]byte)) error { return s.box.SetSpeed(speed) }, err
}

func readArrivals(_ *reader, rest string) (deed, error) {
	rate, err := number(rest, 0, mostRate)
	return func(s *Show, _ func([]byte)) error {
		s.change(func() { s.rate = rate })
		return nil
	}, err
}

func readCustomers(_ *reader, rest string) (deed, error) {
	n, err := number(rest, 1, mostCustomers)
	if err == nil && n != float64(int(n)) {
		err = fmt.Errorf("%q is no whole number", rest)
	}
	return func(s *Show, _ func([]byte)) error {
		s.change(func() { s.now += int(n) })
		return nil
	}, err
}

// number reads one number between two others.
func number(text string, least, most float64) (float64, error) {
	n, err := strconv.ParseFloat(text, 64)
	if err != nil || !(n >= least && n <= most) {
		return 0, fmt.Errorf("%q is no number from %v to %v", text, least, most)
	}
	return n, nil
}

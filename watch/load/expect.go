package load

import (
	"fmt"
	"math"
	"regexp"
	"strconv"
	"strings"
	"time"

	"tillwatch/watch"
)

// Expectation is what the user expects of a run, such as "start_to_paid.p99<60s". The zero
// Expectation expects nothing; [ParseExpectation] makes them.
type Expectation struct {
	text string
	name string
	of   quantity
	op   string
	want float64
	unit unit
	in   string // of a duration: the one unit that it was given in; empty: several
}

// unit is what a value is counted in.
type unit uint8

const (
	plain   unit = iota
	percent      // of the quantity's whole
	elapsed      // seconds
)

// The comparisons, longest first, so that "<=" is not taken for "<".
var comparisons = []string{"<=", ">=", "==", "<", ">"}

// ParseExpectation reads one expectation: a quantity, a comparison (< <= > >= ==) and a
// value.
//
//	start_to_paid.p99<60s     a stage's p50 p90 p95 p99 p999 max mean, against a duration
//	checkout.errors==0        a stage's n or errors, against a number; errors also a percentage
//	paid>=70%                 paid not_paid check stopped failed, as a number or of all begun
//	open==0                   Report.Unresolved, as a number or of all due
//	wrong==0                  right wrong (after Judge), errors (of all stages), due, begun
//	http.429==0               http.CODE, http.5xx, http.0 (no answer), as a number or of all calls
//	hints.lost<5              hints.lost wrong late duplicates dropped
//	arrivals.actual>=95%      the mean over the run, a second, or begun of those due
//
// The error says in one line what is wrong and what is allowed. What was never measured
// does not meet an expectation.
func ParseExpectation(text string) (Expectation, error) {
	e := Expectation{text: strings.TrimSpace(text)}
	refuse := func(format string, args ...any) (Expectation, error) {
		return Expectation{}, fmt.Errorf("expectation %q: %s", watch.Clean(text, 60), fmt.Sprintf(format, args...))
	}
	at := strings.IndexAny(e.text, "<>=!")
	if at < 0 {
		return refuse("it compares nothing; write it like paid>=70%% or start_to_paid.p99<60s")
	}
	name, rest := strings.TrimSpace(e.text[:at]), e.text[at:]
	for _, op := range comparisons {
		if value, found := strings.CutPrefix(rest, op); found {
			e.op, rest = op, strings.TrimSpace(value)
			break
		}
	}
	if e.op == "" {
		return refuse("its comparison must be one of < <= > >= ==")
	}
	var err error
	if e.of, err = quantityNamed(name); err != nil {
		return refuse("%v", err)
	}
	e.name = name
	if err := e.value(rest); err != nil {
		return refuse("%v", err)
	}
	return e, nil
}

// Of is the name of what is expected to be so, such as "open".
func (e Expectation) Of() string { return e.name }

// String is the expectation as it was given.
func (e Expectation) String() string { return e.text }

var oneUnit = regexp.MustCompile(`^[0-9.]+(ns|us|µs|ms|s|m|h)$`)

// value reads what the quantity is compared with.
func (e *Expectation) value(text string) error {
	clean := watch.Clean(text, 40)
	if e.of.elapsed {
		d, err := time.ParseDuration(text)
		if err != nil || d < 0 {
			return fmt.Errorf("%q is no duration, such as 60s or 800ms", clean)
		}
		e.unit, e.want = elapsed, d.Seconds()
		if m := oneUnit.FindStringSubmatch(text); m != nil {
			e.in = m[1]
		}
		return nil
	}
	number, percents := strings.CutSuffix(text, "%")
	if percents {
		if e.of.whole == "" {
			return fmt.Errorf("%q: it is a number, not a part of something", clean)
		}
		e.unit = percent
	}
	var err error
	e.want, err = strconv.ParseFloat(strings.TrimSpace(number), 64)
	if err != nil || math.IsNaN(e.want) || math.IsInf(e.want, 0) || e.want < 0 {
		if e.of.whole == "" {
			return fmt.Errorf("%q is no number from 0 on", clean)
		}
		return fmt.Errorf("%q is neither a number from 0 on nor a percentage of %s, such as 5%%", clean, e.of.whole)
	}
	return nil
}

// judge says how the expectation stands.
func (e *Expectation) judge(f *facts) Expected {
	out := Expected{Text: e.text}
	if e.of.get == nil {
		return out
	}
	v := e.of.get(f)
	if !v.measured || e.unit == percent && v.whole <= 0 {
		return out
	}
	is, want := v.is, e.want
	if e.unit == percent { // multiplied out, so that 70% of ten is seven and no less
		is, want = v.part*100, e.want*v.whole
	}
	out.Met = compare(is, e.op, want)
	out.Value = e.format(v)
	return out
}

func compare(a float64, op string, b float64) bool {
	switch op {
	case "<":
		return a < b
	case "<=":
		return a <= b
	case ">":
		return a > b
	case ">=":
		return a >= b
	}
	return a == b
}

// units are the lengths of a duration's units in seconds.
var units = map[string]float64{"ns": 1e-9, "us": 1e-6, "µs": 1e-6, "ms": 1e-3, "s": 1, "m": 60, "h": 3600}

// format is a value in the unit in which it is expected.
func (e *Expectation) format(v value) string {
	switch {
	case e.unit == percent:
		return short(v.part/v.whole*100, 2) + "%"
	case e.unit == elapsed && e.in != "":
		return short(v.is/units[e.in], 3) + e.in
	case e.unit == elapsed:
		return time.Duration(math.Round(v.is * 1e9)).Round(time.Microsecond).String()
	}
	return short(v.is, 2)
}

// short is a number with at most so many decimals.
func short(f float64, decimals int) string {
	text := strconv.FormatFloat(f, 'f', decimals, 64)
	if strings.Contains(text, ".") {
		text = strings.TrimRight(strings.TrimRight(text, "0"), ".")
	}
	return text
}

package load

import (
	"errors"
	"fmt"
	"slices"
	"strconv"
	"strings"
	"time"

	"tillwatch/watch"
)

// facts are what expectations are compared with.
type facts struct {
	*Report
	hinted bool    // hints are counted
	called bool    // calls are
	judged bool    // Judge was called
	mean   float64 // arrivals a second, over the run
}

// quantity is something that can be expected.
type quantity struct {
	elapsed bool   // it is a duration
	whole   string // what a percentage of it would be of; empty: it has none
	get     func(*facts) value
}

// value is a quantity at one moment.
type value struct {
	is          float64
	part, whole float64 // for a percentage
	measured    bool
}

// share is a count that is part of another.
func share(n, of int, measured bool) value {
	return value{float64(n), float64(n), float64(of), measured}
}

const (
	ofBegun = "all payments begun"
	ofDue   = "all payments due"
	ofCalls = "all calls"
	ofBoth  = "all results compared"
)

// counts are the quantities with one word.
var counts = map[string]quantity{
	"paid":     outcomeOf(func(o *Outcomes) int { return o.Paid }),
	"not_paid": outcomeOf(func(o *Outcomes) int { return o.NotPaid }),
	"check":    outcomeOf(func(o *Outcomes) int { return o.Check }),
	"stopped":  outcomeOf(func(o *Outcomes) int { return o.Stopped }),
	"failed":   outcomeOf(func(o *Outcomes) int { return o.Failed }),
	// All that has no result: when Dollr no longer answers, what is open becomes a CHECK, and must
	// not count as resolved because of that.
	"open":  {whole: ofDue, get: func(f *facts) value { return share(f.Unresolved, f.Arrivals.Due, f.Arrivals.Due > 0) }},
	"due":   {get: func(f *facts) value { return share(f.Arrivals.Due, 0, true) }},
	"begun": {whole: ofDue, get: func(f *facts) value { return share(f.Arrivals.Begun, f.Arrivals.Due, true) }},
	"right": truthOf(func(t *Truth) int { return t.Right }),
	"wrong": truthOf(func(t *Truth) int { return t.Wrong }),
	"errors": {get: func(f *facts) value {
		n := 0
		for _, s := range f.Stages {
			n += int(s.Errors)
		}
		return share(n, 0, f.Arrivals.Begun > 0)
	}},
	"arrivals.actual": {whole: ofDue, get: func(f *facts) value {
		v := share(f.Arrivals.Begun, f.Arrivals.Due, f.Arrivals.Due > 0)
		v.is = f.mean
		return v
	}},
	"hints.lost":       hintsOf(func(c *Channel) uint64 { return c.Lost }),
	"hints.wrong":      hintsOf(func(c *Channel) uint64 { return c.Wrong }),
	"hints.late":       hintsOf(func(c *Channel) uint64 { return c.Late }),
	"hints.duplicates": hintsOf(func(c *Channel) uint64 { return c.Duplicates }),
	"hints.dropped":    hintsOf(func(c *Channel) uint64 { return c.Dropped }),
}

func outcomeOf(n func(*Outcomes) int) quantity {
	return quantity{whole: ofBegun, get: func(f *facts) value {
		return share(n(&f.Outcomes), f.Arrivals.Begun, f.Arrivals.Begun > 0)
	}}
}

// truthOf counts what Judge found. A sandbox that knows of nothing has measured nothing; and if
// results were not compared, it is unknown how many are wrong.
func truthOf(n func(*Truth) int) quantity {
	return quantity{whole: ofBoth, get: func(f *facts) value {
		all := f.Truth.Right + f.Truth.Wrong
		return share(n(&f.Truth), all, f.judged && all > 0 && f.Truth.Unjudged == 0)
	}}
}

// hintsOf counts hints. If no channel was ever ready, it is unknown whether they are good.
func hintsOf(n func(*Channel) uint64) quantity {
	return quantity{get: func(f *facts) value {
		c := &f.Channel
		heard := f.Stages[ready].N > 0 || c.Lost+c.Wrong+c.Late+c.Duplicates+c.Dropped > 0
		return share(int(n(c)), 0, f.hinted && heard)
	}}
}

// measures are what a stage has that is a duration.
var measures = map[string]func(*Stage) time.Duration{
	"p50":  func(s *Stage) time.Duration { return s.P50 },
	"p90":  func(s *Stage) time.Duration { return s.P90 },
	"p95":  func(s *Stage) time.Duration { return s.P95 },
	"p99":  func(s *Stage) time.Duration { return s.P99 },
	"p999": func(s *Stage) time.Duration { return s.P999 },
	"max":  func(s *Stage) time.Duration { return s.Max },
	"mean": func(s *Stage) time.Duration { return s.Mean },
}

// quantityNamed finds what is called so; the error says what there is.
func quantityNamed(name string) (quantity, error) {
	if q, known := counts[name]; known {
		return q, nil
	}
	first, second, _ := strings.Cut(name, ".")
	if first == "http" {
		return callsOf(second)
	}
	if i := slices.Index(stageNames[:], first); i >= 0 {
		return measureOf(i, second)
	}
	if first == "hints" {
		return quantity{}, errors.New("hints are lost, wrong, late, duplicates or dropped")
	}
	return quantity{}, fmt.Errorf("nothing is called %q; known are the stages %s; and %s", watch.Clean(name, 40),
		strings.Join(stageNames[:], " "), "paid not_paid check stopped failed open due begun right wrong errors http.CODE hints.lost arrivals.actual")
}

func measureOf(i int, name string) (quantity, error) {
	if of, known := measures[name]; known {
		return quantity{elapsed: true, get: func(f *facts) value {
			s := &f.Stages[i]
			return value{is: of(s).Seconds(), measured: s.N > 0}
		}}, nil
	}
	switch name {
	case "n":
		return quantity{get: func(f *facts) value { return share(int(f.Stages[i].N), 0, f.Arrivals.Begun > 0) }}, nil
	case "errors":
		return quantity{whole: "what was tried", get: func(f *facts) value {
			s := &f.Stages[i]
			return share(int(s.Errors), int(s.Errors+s.N), s.Errors+s.N > 0)
		}}, nil
	}
	return quantity{}, fmt.Errorf("%s has p50 p90 p95 p99 p999 max mean n errors, such as %s.p99", stageNames[i], stageNames[i])
}

// callsOf counts calls by code: "429", "0" for no answer, "5xx" for all of a hundred.
func callsOf(code string) (quantity, error) {
	least, most := 0, 0
	if n, err := strconv.Atoi(code); err == nil && (n == 0 || n >= 100 && n <= 599) {
		least, most = n, n
	} else if len(code) == 3 && code[1:] == "xx" && code[0] >= '1' && code[0] <= '5' {
		least = int(code[0]-'0') * 100
		most = least + 99
	} else {
		return quantity{}, errors.New("http has codes: http.429, http.5xx, or http.0 for calls without an answer")
	}
	return quantity{whole: ofCalls, get: func(f *facts) value {
		n, all := 0, 0
		for _, c := range f.Calls {
			all += int(c.Times)
			if c.Code >= least && c.Code <= most {
				n += int(c.Times)
			}
		}
		return share(n, all, f.called && all > 0)
	}}, nil
}

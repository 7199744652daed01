package load

import (
	"errors"
	"fmt"
	"math"
	"time"
)

// Plan says who arrives, how fast, and until when.
type Plan struct {
	Rate     float64       // arrivals a second at the start, 0 to [RateMost]
	Ramp     float64       // the rate to which it is ramped from the start on
	RampOver time.Duration // within that long, evenly; 0: there is no ramp
	For      time.Duration // arrivals end then; 0: not given
	Payments int           // at most so many arrivals; 0: no limit

	// Even arrivals have the same gap between them. Otherwise gaps are those of customers who
	// don't know of each other: they come in clumps and lulls, as people do.
	Even bool

	Mix      Mix           // scenarios by name; empty: [DefaultScenarios]
	Methods  Mix           // methods by name; empty: [DefaultMethods]
	Seed     uint64        // the same seed brings the same payments, whatever the timing
	DrainFor time.Duration // how long to wait for results when arrivals have ended; 0: 7 min

	// AsBegun counts latencies from when a payment was begun. They then leave out a stall of the
	// program, which flatters.
	AsBegun bool
}

// RateMost is the highest rate that may be asked for, a second.
const RateMost = 10_000

// UsualBurst is how many come with a Burst that names no Count.
const UsualBurst = 20

// The usual numbers.
const (
	usualAtOnce = 10_000
	usualDrain  = 7 * time.Minute // a payment that has no result 5 minutes after it was executed is a CHECK
	usualKeep   = 200_000
	usualAhead  = 50_000
)

// checked is the plan with its usual numbers filled in, or in one line what is wrong with it.
func (p Plan) checked() (Plan, error) {
	if len(p.Mix) == 0 {
		p.Mix = DefaultScenarios()
	}
	if len(p.Methods) == 0 {
		p.Methods = DefaultMethods()
	}
	if p.DrainFor == 0 {
		p.DrainFor = usualDrain
	}
	switch {
	case !rateAllowed(p.Rate), !rateAllowed(p.Ramp):
		return p, fmt.Errorf("a rate of arrivals must be from 0 to %d a second", RateMost)
	case p.RampOver < 0, p.For < 0, p.DrainFor < 0:
		return p, errors.New("a time of the plan is below 0")
	case p.Payments < 0:
		return p, errors.New("the number of payments is below 0")
	case p.Payments > 0 && p.For == 0 && p.RampOver > 0 && p.Ramp == 0:
		return p, errors.New("with a ramp to 0 so many payments may never come: say for how long they may")
	}
	return p, nil
}

func rateAllowed(rate float64) bool { return rate >= 0 && rate <= RateMost && !math.IsNaN(rate) }

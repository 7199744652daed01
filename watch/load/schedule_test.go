package load

import (
	"math"
	"testing"
	"time"

	"pgregory.net/rapid"
)

// However the rate is changed, ramped and paused, as many arrive as the area under it says,
// each at its time and none twice.
func TestSchedule_AsManyArriveAsTheAreaUnderTheRate(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		rate := rapid.Float64Range(0, 200)
		s := newSchedule(Plan{Even: true, Rate: rate.Draw(t, "rate"), Ramp: rate.Draw(t, "ramp"),
			RampOver: time.Duration(rapid.Int64Range(0, int64(20*time.Second)).Draw(t, "over"))})
		now, last, taken, area := time.Duration(0), time.Duration(0), 0, 0.0
		for range rapid.IntRange(1, 12).Draw(t, "changes") {
			until := now + time.Duration(rapid.Int64Range(0, int64(10*time.Second)).Draw(t, "pass"))
			// The rate is a line with one bend, so the area is that of two trapezes.
			bend := min(max(now, time.Duration((s.from+s.over)*1e9)), until)
			before, after := s.rateAt(now), s.rateAt(bend)
			area += (before+after)/2*(bend-now).Seconds() + s.rateAt(until)*(until-bend).Seconds()
			for {
				at, due := s.take(until)
				if !due {
					break
				}
				if at < last || at < now-time.Nanosecond || at > until {
					t.Fatalf("an arrival is due at %v, between %v and %v, the last was at %v", at, now, until, last)
				}
				last = at
				taken++
			}
			if math.Abs(float64(taken)-area) > 1+1e-6*area {
				t.Fatalf("by %v %d have arrived, the area is %v", until, taken, area)
			}
			now = until
			if rapid.Bool().Draw(t, "ramped") {
				s.change(now, rate.Draw(t, "goal"), time.Duration(rapid.Int64Range(1, int64(30*time.Second)).Draw(t, "within")))
			} else {
				s.change(now, rate.Draw(t, "to"), 0)
			}
		}
	})
}

// Gaps of customers who don't know of each other are exponential: their mean is one over
// the rate, and so is their spread.
func TestSchedule_GapsAreExponential(t *testing.T) {
	s := newSchedule(Plan{Rate: 100, Seed: 5})
	var sum, squares float64
	last := time.Duration(0)
	const n = 20_000
	for range n {
		at, due := s.take(time.Hour)
		if !due {
			t.Fatal("nobody arrives any more")
		}
		gap := (at - last).Seconds()
		sum, squares, last = sum+gap, squares+gap*gap, at
	}
	mean := sum / n
	if spread := math.Sqrt(squares/n - mean*mean); math.Abs(mean-0.01) > 0.0004 || math.Abs(spread/mean-1) > 0.05 {
		t.Errorf("gaps are %v on average with a spread of %v", mean, spread)
	}
}

// At a rate of nothing nobody arrives, and who was half arrived is when it goes on.
func TestSchedule_KeepsTheFractionOfTheGapThatHasPassed(t *testing.T) {
	s := newSchedule(Plan{Rate: 0.1, Even: true})
	if _, due := s.take(9 * time.Second); due {
		t.Fatal("the first comes after 10 s")
	}
	s.change(5*time.Second, 0, 0)
	if at, due := s.take(time.Hour); due {
		t.Fatalf("at a rate of 0 one comes at %v", at)
	}
	s.change(time.Hour, 1, 0) // half of the gap has passed
	if at, _ := s.due(); at != time.Hour+500*time.Millisecond {
		t.Errorf("the first comes at %v", at)
	}
}

// Nearly ten thousand a second for ten minutes, and not one too many or too few.
func TestSchedule_DoesNotDrift(t *testing.T) {
	s := newSchedule(Plan{Rate: 9999, Even: true})
	n := 0
	for {
		if _, due := s.take(10 * time.Minute); !due {
			break
		}
		n++
	}
	if n != 9999*600 {
		t.Errorf("%d have arrived", n)
	}
}

package load

import (
	"context"
	"testing"
	"testing/synctest"
	"time"

	"tillwatch/watch"
	"tillwatch/watch/dollr"
)

// quick is a shop where a checkout takes 0.2 s, and nobody gets further.
type quick struct{ Shop }

func (quick) CreateCheckout(context.Context, dollr.CheckoutRequest) (dollr.Checkout, error) {
	time.Sleep(200 * time.Millisecond)
	return dollr.Checkout{}, nil
}

func (quick) CreateSession(context.Context, string, int64) (dollr.Session, error) {
	return dollr.Session{}, &watch.Fault{Kind: watch.FaultDown, Code: 503}
}

// Our own stalls are in what is measured: a program that stands still for 3 s, and then makes
// up for it, has kept its customers waiting. Counted from when each was begun, nobody would
// know: that is what a run says of itself as not corrected.
func TestRun_OurOwnStallIsMeasured(t *testing.T) {
	for _, asBegun := range []bool{false, true} {
		synctest.Test(t, func(t *testing.T) {
			r, err := New(Config{Shop: quick{}, Hand: func(watch.Payment, func()) (watch.Addition, error) { return watch.Added, nil },
				Plan: Plan{Rate: 10, Even: true, AsBegun: asBegun}})
			if err != nil {
				t.Fatal(err)
			}
			r.born = time.Now()
			time.Sleep(3 * time.Second) // nothing of the program runs
			rep := r.Report()
			if a := rep.Arrivals; a.Due != 30 || a.Begun != 0 || a.Late != 2900*time.Millisecond {
				t.Errorf("stalled: %+v", a)
			}
			ctx, stop := context.WithCancel(t.Context())
			done := make(chan struct{})
			go func() { defer close(done); r.arrive(ctx, ctx) }()
			time.Sleep(2 * time.Second)
			synctest.Wait()
			rep = r.Report()
			if a := rep.Arrivals; a.Due != 50 || a.Begun != 50 || a.Late != 0 {
				t.Errorf("after it: %+v", a)
			}
			samples, _ := r.Samples()
			for _, s := range samples {
				if want := int64(max(0, 3_000_000-s.Number*100_000)); s.Begun != want {
					t.Errorf("payment %d was begun %dµs late, want %d", s.Number, s.Begun, want)
				}
			}
			st := rep.Stages[checkout]
			if corrected := st.P99 >= 3*time.Second && st.P50 > 500*time.Millisecond; corrected == asBegun || asBegun && st.Max != 200*time.Millisecond {
				t.Errorf("counted from when it was begun: %v, %+v", asBegun, st)
			}
			stop()
			<-done
			r.work.Wait()
			if rep.Corrected == asBegun {
				t.Errorf("corrected: %v", rep.Corrected)
			}
		})
	}
}

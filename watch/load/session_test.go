package load_test

import (
	"testing"
	"time"

	"tillwatch/watch/load"
)

// A person's session: begin at 5 a second, raise, burst, pause, go on, drain.
func TestRun_APersonsSession(t *testing.T) {
	plan := load.Plan{Rate: 5, Even: true, Seed: 7}
	sit(t, plan, nil, func(d *desk) {
		rep := d.at(10 * time.Second)
		if a := rep.Arrivals; rep.State != load.Running || a.Target != 5 || a.Due != 50 || a.Begun != 50 || a.Late != 0 || a.Actual < 4.8 || a.Actual > 5.2 {
			d.Errorf("after 10 s it is %v, %+v", rep.State, a)
		}
		begun := 0.0
		for _, n := range rep.Series.Arrivals {
			begun += n
		}
		if begun != 49 || len(rep.Series.Arrivals) != 10 { // the last comes in the second that is not over
			d.Errorf("the series is %v", rep.Series.Arrivals)
		}
		for range 3 {
			d.run.Steer(load.Steering{Verb: load.FasterByOne})
		}
		d.steer(load.Steering{Verb: load.SlowerByTenth}, "7.2 arrivals/s")
		d.steer(load.Steering{Verb: load.Ramp, Rate: 10}, "10.0 arrivals/s")
		rep = d.at(20 * time.Second)
		if a := rep.Arrivals; a.Target != 10 || a.Due != 150 || a.Begun != 150 {
			d.Errorf("after 20 s: %+v", a)
		}
		d.steer(load.Steering{Verb: load.Burst}, "20 more arrive at once")
		if a := d.run.Report().Arrivals; a.Due != 170 || a.Begun != 170 {
			d.Errorf("after the burst: %+v", a)
		}
		d.run.Steer(load.Steering{Verb: load.Pause})
		rep = d.at(30 * time.Second)
		if a := rep.Arrivals; rep.State != load.Paused || a.Due != 170 || a.Actual != 0 {
			d.Errorf("in the pause it is %v, %+v", rep.State, a)
		}
		d.addsUp(rep)
		d.steer(load.Steering{Verb: load.Pause}, "going on at 10.0 arrivals/s")
		rep = d.at(40 * time.Second)
		ended := 0.0
		for _, n := range rep.Series.Ended {
			ended += n
		}
		if o := rep.Outcomes; int(ended) > o.Paid+o.NotPaid || int(ended) < o.Paid+o.NotPaid-5 { // some in the second under way
			d.Errorf("%v have ended by second, %+v in all", ended, o)
		}
		if a := rep.Arrivals; rep.State != load.Running || a.Due != 270 {
			d.Errorf("after the pause it is %v, %+v", rep.State, a)
		}
		d.run.Steer(load.Steering{Verb: load.Drain})
		if rep = d.at(41 * time.Second); rep.State != load.Draining || rep.Arrivals.Target != 0 || rep.Arrivals.Open == 0 {
			d.Errorf("draining it is %v, %+v", rep.State, rep.Arrivals)
		}
		rep = d.ended()
		d.addsUp(rep)
		o := rep.Outcomes
		if rep.State != load.Ended || rep.Arrivals.Due != 270 || o.Paid+o.NotPaid != 270 || o.Paid < 180 || o.NotPaid < 20 || rep.Arrivals.Open != 0 {
			d.Errorf("in the end it is %v, %+v, %+v", rep.State, rep.Arrivals, o)
		}
		if rep.Truth.Right != 270 || rep.Truth.Wrong != 0 {
			d.Errorf("%+v", rep.Truth)
		}
		for _, name := range []string{"checkout", "session", "account", "stored", "execute", "start_to_end", "fact_to_told"} {
			if s := stageOf(rep, name); s.N != 270 || s.Errors != 0 {
				d.Errorf("%s: %+v", name, s)
			}
		}
		for _, name := range []string{"turn", "key", "join", "ready"} {
			if s := stageOf(rep, name); s.N < 200 || s.Errors != 0 {
				d.Errorf("%s: %+v", name, s)
			}
		}
		if s := stageOf(rep, "hint_to_verified"); s.N < 200 {
			d.Errorf("%+v", s)
		}
		if c := rep.Channel; c.Minted < 200 || c.Renewed != 0 || c.Wrong != 0 {
			d.Errorf("%+v", c)
		}
		if len(rep.Series.Arrivals) != len(rep.Series.Ended) || len(rep.Series.Ended) != len(rep.Series.Slowest) || len(rep.Series.Ended) > load.SeriesMost {
			d.Errorf("the series are %d, %d, %d long", len(rep.Series.Arrivals), len(rep.Series.Ended), len(rep.Series.Slowest))
		}
		d.steer(load.Steering{Verb: load.FasterByOne}, "the run has ended")
	})
}

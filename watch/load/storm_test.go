package load_test

import (
	"strings"
	"testing"
	"time"

	"tillwatch/sandbox"
	"tillwatch/watch"
	"tillwatch/watch/load"
)

// Faults show where they hurt and as what, and whatever is the matter no result is wrong.
func TestRun_FaultsShowWhereTheyHurt(t *testing.T) {
	var expect []load.Expectation
	for _, text := range []string{"wrong==0", "right>=90%", "http.429>0", "checkout.errors>0", "paid>=50%", "hints.wrong==0", "start_to_paid.p50<5m", "failed<50%"} {
		e, err := load.ParseExpectation(text)
		if err != nil {
			t.Fatal(err)
		}
		expect = append(expect, e)
	}
	plan := load.Plan{Rate: 3, Seed: 11, For: 70 * time.Second}
	sit(t, plan, func(c *load.Config) { c.Expect = expect }, func(d *desk) {
		faults := func() []string {
			var on []string
			for _, f := range d.box.FaultsOn() {
				on = append(on, string(f))
			}
			return on
		}
		set := func(at time.Duration, fault sandbox.Fault, lasting time.Duration) {
			d.at(at)
			var err error
			if lasting > 0 {
				err = d.box.SetFor(fault, lasting)
			} else {
				err = d.box.Set(fault, true)
			}
			if err != nil {
				d.Fatal(err)
			}
		}
		set(10*time.Second, sandbox.Throttle, 4*time.Second)
		if on := faults(); len(on) != 1 || on[0] != "throttle" {
			d.Errorf("on are %v", on)
		}
		set(20*time.Second, sandbox.Crash, 0)
		set(30*time.Second, sandbox.StallJoins, 5*time.Second)
		set(40*time.Second, sandbox.Cut, 0)
		set(50*time.Second, sandbox.Unreachable, 8*time.Second)
		d.addsUp(d.at(60 * time.Second))
		rep := d.ended()
		d.addsUp(rep)
		for _, e := range rep.Expected {
			if !e.Met {
				d.Errorf("%s is %s", e.Text, e.Value)
			}
		}
		if !d.run.Met() {
			d.Error("it is not as expected")
		}
		if c := rep.Channel; c.Rejoins == 0 || c.Gap == 0 || c.Renewed == 0 || c.Renewed > c.Minted {
			d.Errorf("%+v", c)
		}
		if st := stageOf(rep, "checkout"); st.Error != "429" && st.Error != "no answer" {
			d.Errorf("%+v", st)
		}
		words := map[string]bool{}
		samples, _ := d.run.Samples()
		for _, s := range samples {
			if stage, word, failed := strings.Cut(s.Failure, ": "); failed {
				words[word] = true
				if stage != "execute" && s.Session != 0 && s.Verdict == watch.Paid {
					d.Errorf("it failed and is paid: %+v", s)
				}
			}
		}
		if !words["429"] || !words["no answer"] {
			d.Errorf("what failed did so by %v", words)
		}
	})
}

// A bug of ours is told to whoever can put the screen right, and costs one payment.
func TestRun_ABugIsTold(t *testing.T) {
	var what, stack string
	c := load.Config{Plan: one(3), Fault: func(w, s string) { what, stack = w, s }}
	open(t, c, func(s *counter) {
		s.at(1500 * ms)
		s.set(func() { s.fails = nil; s.calls = nil }) // its map is gone, so the next call panics
		s.at(2500 * ms)
		s.set(func() { s.calls = map[string]int{} })
		s.at(4 * time.Second)
		s.tell(0, watch.Paid)
		s.tell(1, watch.Paid)
		rep := s.at(4 * time.Second)
		if rep.State != load.Ended || rep.Outcomes.Failed != 1 || rep.Outcomes.Paid != 2 {
			s.Errorf("%v, %+v", rep.State, rep.Outcomes)
		}
	})
	if !strings.HasPrefix(what, "the load run failed (runtime.") || !strings.Contains(stack, "counter") {
		t.Errorf("told %q", what)
	}
}

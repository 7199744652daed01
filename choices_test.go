package main

import (
	"slices"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"tillwatch/sandbox"
	"tillwatch/watch"
	"tillwatch/watch/dollr"
	"tillwatch/watch/load"
)

// The load run has a table of its own of who plays what, for it may not know the sandbox.
// Each of its scenarios, by each of its methods, is the one that the sandbox then plays.
func TestLoad_ItsScenariosAreTheSandboxs(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		box := sandbox.New(sandbox.Options{Seed: 1})
		memory := box.Memory()
		defer memory.Close()
		env := map[string]string{}
		for _, pair := range box.Env(sandbox.MemoryURL) {
			name, value, _ := strings.Cut(pair, "=")
			env[name] = value
		}
		api, err := dollr.New(dollr.Config{BaseURL: env["DOLLR_BASE_URL"], ClientID: env["DOLLR_CLIENT_ID"],
			ClientSecret: env["DOLLR_CLIENT_SECRET"], HTTP: memory.Client()})
		if err != nil {
			t.Fatal(err)
		}
		defer api.Close()
		tried := 0
		for _, method := range load.Methods() {
			for _, scenario := range load.Scenarios() {
				r, err := load.New(load.Config{Shop: api, Plan: load.Plan{Rate: 10, Payments: 1, DrainFor: time.Second, Seed: uint64(tried),
					Mix: load.Mix{{Name: scenario.Name, Weight: 1}}, Methods: load.Mix{{Name: method.Name, Weight: 1}}},
					Hand: func(_ watch.Payment, kept func()) (watch.Addition, error) { kept(); return watch.Added, nil }})
				if err != nil {
					if (method.Name == "card") == strings.HasPrefix(scenario.Name, "card-") || !strings.Contains(err.Error(), "no scenario of the mix can be paid by it") {
						t.Error(err)
					}
					continue
				}
				if err := r.Run(t.Context()); err != nil {
					t.Fatal(err)
				}
				tried++
				samples, _ := r.Samples()
				truths := box.Truth()
				truth := truths[len(truths)-1]
				if s := samples[0]; len(truths) != tried || truth.Scenario != s.Scenario || s.Failure != "" ||
					truth.Currency != s.Amount.Currency || truth.Amount != s.Amount.Amount {
					t.Errorf("%s by %s: payment %d is played as %+v, the run says %+v", scenario.Name, method.Name, len(truths), truth, s)
				}
			}
		}
		if tried < 60 {
			t.Errorf("%d were tried", tried)
		}
	})
}

// Whatever the sandbox plays for a number, a load run can choose, in the same words.
func TestLoad_KnowsEveryScenarioThatANumberChooses(t *testing.T) {
	for _, c := range sandbox.Scenarios("mtn-lr") {
		byNumber := c.Name != "lapsed" && c.Name != "not-landed"
		if known := slices.ContainsFunc(load.Scenarios(), func(l load.Choice) bool { return l.Name == c.Name }); known != byNumber {
			t.Errorf("%s is known: %v", c.Name, known)
		}
	}
	for _, c := range sandbox.Scenarios("card") {
		if !slices.Contains(load.Scenarios(), load.Choice(c)) {
			t.Errorf("a load run has no %s: %s", c.Name, c.Text)
		}
	}
	for _, n := range sandbox.Networks() {
		if !slices.ContainsFunc(load.Methods(), func(l load.Choice) bool { return l.Name == n.Name }) {
			t.Errorf("a load run cannot pay by %s", n.Name)
		}
	}
}

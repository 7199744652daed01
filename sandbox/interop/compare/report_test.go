package main

import (
	"maps"
	"strings"
	"testing"
	"time"
)

func TestJudge_FailsForAnyMissingOrWrongResult(t *testing.T) {
	written := time.Date(2026, 11, 27, 12, 0, 0, 0, time.UTC)
	truth := []fate{
		{Reference: "a", Status: "COMPLETED", Amount: "12.50", Currency: "USD", Written: written},
		{Reference: "b", Status: "FAILED", Amount: "1500", Currency: "LRD", Written: written},
	}
	right := map[string]told{
		"a": {Verdict: "PAID", Amount: "12.5", Currency: "USD", at: written.Add(3 * time.Millisecond)},
		"b": {Verdict: "NOT PAID", Amount: "1500", Currency: "LRD", at: written.Add(-time.Millisecond)},
	}
	var r result
	if err := r.judge(truth, right); err != nil {
		t.Fatalf("right results: %v", err)
	}
	if r.payments != 2 || len(r.waits) != 1 || r.early != 1 || r.p99() != 3 {
		t.Errorf("the times are %+v", r)
	}
	for name, spoil := range map[string]func(map[string]told, []fate){
		"no result of a":    func(ends map[string]told, _ []fate) { delete(ends, "a") },
		"told as NOT PAID":  func(ends map[string]told, _ []fate) { ends["a"] = ends["b"] },
		"told as PAID 13":   func(ends map[string]told, _ []fate) { ends["a"] = told{Verdict: "PAID", Amount: "13", Currency: "USD"} },
		"told as PAID  USD": func(ends map[string]told, _ []fate) { ends["a"] = told{Verdict: "PAID", Currency: "USD"} },
		"told as PAID 12.5 LRD": func(ends map[string]told, _ []fate) {
			ends["a"] = told{Verdict: "PAID", Amount: "12.5", Currency: "LRD"}
		},
		"2 of 2 channels never were": func(_ map[string]told, truth []fate) { truth[0].Written, truth[1].Written = time.Time{}, time.Time{} },
		"which is PROCESSING":        func(ends map[string]told, truth []fate) { delete(ends, "a"); truth[0].Status = "PROCESSING" },
	} {
		ends, fates := maps.Clone(right), append([]fate{}, truth...)
		spoil(ends, fates)
		if err := new(result).judge(fates, ends); err == nil || !strings.Contains(err.Error(), name) {
			t.Errorf("judged as %v, want %q", err, name)
		}
	}
}

func TestWait_IsTheNearestRank(t *testing.T) {
	var r result
	for i := range 200 {
		r.waits = append(r.waits, time.Duration(i+1)*time.Millisecond)
	}
	for percent, want := range map[float64]float64{50: 100, 99: 198, 100: 200, 0: 1} {
		if got := r.wait(percent); got != want {
			t.Errorf("p%v of 1 to 200 ms is %v ms, want %v", percent, got, want)
		}
	}
	if got := spread([]float64{3, 1, 2, 10}); got != "2.5 (1.0 to 10.0)" {
		t.Errorf("the spread is %s", got)
	}
}

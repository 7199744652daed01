package load

import (
	"strings"
	"testing"
	"time"
)

// facts after a run of 200 payments.
func someFacts() facts {
	rep := Report{
		Arrivals: Arrivals{Due: 200, Begun: 190},
		Outcomes: Outcomes{Paid: 133, NotPaid: 38, Check: 3, Stopped: 1, Failed: 5, Waiting: 8, Confirming: 2},
		Channel:  Channel{Lost: 4, Wrong: 1, Late: 2, Duplicates: 6, Dropped: 0},
		Calls:    []Call{{200, 900}, {429, 3}, {502, 1}, {503, 2}, {0, 4}},
		Truth:    Truth{Right: 170, Wrong: 1},
	}
	rep.Unresolved = 12 // ten are open, and of two that are CHECK an answer would heal
	for of := range stages {
		rep.Stages = append(rep.Stages, Stage{Name: stageNames[of]})
	}
	rep.Stages[startToPaid] = Stage{N: 133, P50: 22 * time.Second, P90: 40 * time.Second, P95: 50 * time.Second, P99: 61500 * time.Millisecond,
		P999: 70 * time.Second, Max: 71 * time.Second, Mean: 25 * time.Second}
	rep.Stages[key] = Stage{N: 170, Errors: 10}
	return facts{&rep, true, true, true, 11.8}
}

func TestExpectation_ComparesWhatIsWithWhatShouldBe(t *testing.T) {
	f := someFacts()
	for text, want := range map[string]string{ // the value, and whether it is met
		"start_to_paid.p50<=22s":     "22s yes",
		"start_to_paid.p90 < 40s":    "40s no",
		"start_to_paid.p95>=50000ms": "50000ms yes",
		"start_to_paid.p99<60s":      "61.5s no",
		"start_to_paid.p99<1m1s":     "1m1.5s no",
		"start_to_paid.p999<2m":      "1.167m yes",
		"start_to_paid.max<71s":      "71s no",
		"start_to_paid.mean==25s":    "25s yes",
		"start_to_paid.n>100":        "133 yes",
		"key.errors==0":              "10 no",
		"key.errors<6%":              "5.56% yes",
		"paid>=70%":                  "70% yes",
		"paid>=134":                  "133 no",
		"not_paid==20%":              "20% yes",
		"check<=3":                   "3 yes",
		"stopped==1":                 "1 yes",
		"failed<5":                   "5 no",
		"open==12":                   "12 yes",
		"open<=6%":                   "6% yes",
		"due==200":                   "200 yes",
		"begun>=95%":                 "95% yes",
		"begun==190":                 "190 yes",
		"wrong==0":                   "1 no",
		"wrong<1%":                   "0.58% yes",
		"right>99%":                  "99.42% yes",
		"errors==10":                 "10 yes",
		"http.429==0":                "3 no",
		"http.429<1%":                "0.33% yes",
		"http.5xx<=3":                "3 yes",
		"http.0<4":                   "4 no",
		"http.404==0":                "0 yes",
		"hints.lost<5":               "4 yes",
		"hints.wrong==0":             "1 no",
		"hints.late<=2":              "2 yes",
		"hints.duplicates>5":         "6 yes",
		"hints.dropped==0":           "0 yes",
		"arrivals.actual>=95%":       "95% yes",
		"arrivals.actual>=11.8":      "11.8 yes",
		"session.p99<1s":             " no", // nobody measured it
		"hint_to_verified.p50>=0s":   " no",
		"  checkout.n == 0 ":         "0 yes",
		"join.errors==0":             " no", // nobody joined
	} {
		e, err := ParseExpectation(text)
		if err != nil {
			t.Errorf("%s: %v", text, err)
			continue
		}
		got := e.judge(&f)
		met := map[bool]string{true: " yes", false: " no"}[got.Met]
		if got.Value+met != want || got.Text != strings.TrimSpace(text) || e.String() != got.Text {
			t.Errorf("%s: %+v, want %s", text, got, want)
		}
	}
}

// What nobody has measured is not as expected, whatever was expected.
func TestExpectation_NothingMeasuredIsNotMet(t *testing.T) {
	nothing := someFacts()
	*nothing.Report = Report{Stages: make([]Stage, stages)}
	nothing.hinted, nothing.called, nothing.judged = false, false, false
	for _, text := range []string{"paid>=0%", "paid==0", "open==0", "errors==0", "wrong==0", "right>=0%", "http.429==0", "http.0==0",
		"hints.lost==0", "arrivals.actual>=0", "arrivals.actual<=100%", "begun>=0%", "key.n==0", "key.errors==0", "key.p99<1h"} {
		e, err := ParseExpectation(text)
		if err != nil {
			t.Fatal(err)
		}
		if got := e.judge(&nothing); got.Met || got.Value != "" {
			t.Errorf("%s: %+v", text, got)
		}
	}
	if got := (&Expectation{}).judge(&nothing); got.Met {
		t.Error("the expectation of nothing is met")
	}
}

// A run of which only a part was measured has not shown that the rest is good: results that
// were not kept may be wrong, and hints that nobody could hear may be lost.
func TestExpectation_WhatWasMeasuredInPartIsNotMet(t *testing.T) {
	f := someFacts()
	f.Truth = Truth{Right: 200_000, Unjudged: 1}
	f.Channel = Channel{Minted: 3}
	for _, text := range []string{"wrong==0", "wrong<1%", "right>99%", "hints.lost==0", "hints.wrong==0"} {
		e, err := ParseExpectation(text)
		if err != nil {
			t.Fatal(err)
		}
		if got := e.judge(&f); got.Met || got.Value != "" {
			t.Errorf("%s: %+v", text, got)
		}
	}
	f.Truth.Unjudged, f.Stages[ready].N = 0, 1
	for _, text := range []string{"wrong==0", "hints.lost==0"} {
		e, _ := ParseExpectation(text)
		if got := e.judge(&f); !got.Met || got.Value != "0" {
			t.Errorf("%s: %+v", text, got)
		}
	}
}

func TestParseExpectation_SaysWhatIsWrongAndWhatIsAllowed(t *testing.T) {
	for text, want := range map[string]string{
		"":                       `expectation "": it compares nothing; write it like paid>=70% or start_to_paid.p99<60s`,
		"paid":                   `expectation "paid": it compares nothing`,
		"paid=5":                 `expectation "paid=5": its comparison must be one of < <= > >= ==`,
		"paid!=5":                `expectation "paid!=5": its comparison must be one of < <= > >= ==`,
		"paidd>5":                `expectation "paidd>5": nothing is called "paidd"; known are the stages checkout session account`,
		">5":                     `expectation ">5": nothing is called ""`,
		"paid>many":              `expectation "paid>many": "many" is neither a number from 0 on nor a percentage of all payments begun, such as 5%`,
		"paid>-1":                `expectation "paid>-1": "-1" is neither a number`,
		"paid>NaN":               `expectation "paid>NaN": "NaN" is neither a number`,
		"paid>%":                 `expectation "paid>%": "%" is neither a number`,
		"paid>>5":                `expectation "paid>>5": ">5" is neither a number`,
		"due>5%":                 `expectation "due>5%": "5%": it is a number, not a part of something`,
		"hints.lost<2%":          `expectation "hints.lost<2%": "2%": it is a number`,
		"hints.lots<2":           `expectation "hints.lots<2": hints are lost, wrong, late, duplicates or dropped`,
		"start_to_paid<60s":      `expectation "start_to_paid<60s": start_to_paid has p50 p90 p95 p99 p999 max mean n errors, such as start_to_paid.p99`,
		"start_to_paid.p98<60s":  `expectation "start_to_paid.p98<60s": start_to_paid has p50`,
		"start_to_paid.p99<60":   `expectation "start_to_paid.p99<60": "60" is no duration, such as 60s or 800ms`,
		"start_to_paid.p99<-1s":  `expectation "start_to_paid.p99<-1s": "-1s" is no duration`,
		"start_to_paid.p99<5%":   `expectation "start_to_paid.p99<5%": "5%" is no duration`,
		"key.n<5%":               `expectation "key.n<5%": "5%": it is a number`,
		"http.4>0":               `expectation "http.4>0": http has codes: http.429, http.5xx, or http.0 for calls without an answer`,
		"http.9xx>0":             `expectation "http.9xx>0": http has codes`,
		"http>0":                 `expectation "http>0": http has codes`,
		"paid>5\x1b[2J":          `expectation "paid>5`,
		strings.Repeat("x", 500): `expectation "xxx`,
	} {
		_, err := ParseExpectation(text)
		if err == nil || !strings.HasPrefix(err.Error(), want) || strings.ContainsAny(err.Error(), "\n\x1b") || len(err.Error()) > 400 {
			t.Errorf("%q: %v\nwant %s…", text, err, want)
		}
	}
}

func FuzzParseExpectation(f *testing.F) {
	for _, seed := range []string{"paid>=70%", "start_to_paid.p99<60s", "http.5xx==0", "a<b", "key.errors<=1e3%"} {
		f.Add(seed)
	}
	some := someFacts()
	f.Fuzz(func(t *testing.T, text string) {
		e, err := ParseExpectation(text)
		if err == nil {
			if got := e.judge(&some); got.Met && got.Value == "" {
				t.Errorf("%q is met by nothing", text)
			}
		}
	})
}

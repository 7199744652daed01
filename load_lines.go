package main

import (
	"bytes"
	"encoding/json"
	"fmt"
	"math"
	"strings"
	"time"

	"tillwatch/watch/load"
)

// loadSchema names the objects of a load run, docs/json.md.
const loadSchema = "tillwatch.load.v1"

// The kinds of its objects.
const (
	everySecond = "second"
	atTheEnd    = "summary"
)

// loadObject is a run at one moment. The order of the fields is that of the keys and part
// of the schema, so a new one goes to the end. Times are milliseconds.
type loadObject struct {
	Schema     string         `json:"schema"`
	Kind       string         `json:"kind"`
	At         string         `json:"at"`
	State      string         `json:"state"`
	Took       millis         `json:"took_ms"`
	Left       millis         `json:"left_ms,omitempty"`
	Arrivals   loadArrivals   `json:"arrivals"`
	Outcomes   loadOutcomes   `json:"outcomes"`
	Stages     []loadStage    `json:"stages"`
	Channel    loadChannel    `json:"channel"`
	Calls      []loadCall     `json:"calls"`
	Corrected  bool           `json:"corrected"`
	Faults     []string       `json:"faults,omitempty"`
	Expected   []loadExpected `json:"expected,omitempty"`
	Bars       []loadBar      `json:"start_to_paid,omitempty"` // of a summary alone, as all below
	Series     *loadSeries    `json:"series,omitempty"`
	Judged     *loadJudged    `json:"judged,omitempty"`
	Seed       *uint64        `json:"seed,omitempty"`
	Unresolved *int           `json:"unresolved,omitempty"`
	LeftOut    int            `json:"samples_left_out,omitempty"`
}

// millis is a time in milliseconds with three decimals.
type millis float64

func millisOf(d time.Duration) millis {
	return millis(math.Round(float64(d)/float64(time.Microsecond)) / 1000)
}

type loadArrivals struct {
	Target float64  `json:"target"` // a second, as the next one and the goal of a ramp
	Actual float64  `json:"actual"`
	Goal   *float64 `json:"goal,omitempty"` // during a ramp; it can be 0
	GoalIn millis   `json:"goal_in_ms,omitempty"`
	Due    int      `json:"due"`
	Begun  int      `json:"begun"`
	Open   int      `json:"open"`
	Late   millis   `json:"late_ms"`
}

type loadOutcomes struct {
	Paid       int `json:"paid"`
	NotPaid    int `json:"not_paid"`
	Check      int `json:"check"`
	Stopped    int `json:"stopped"`
	Confirming int `json:"confirming"`
	Waiting    int `json:"waiting"`
	Failed     int `json:"failed"`
}

type loadStage struct {
	Name   string `json:"name"`
	N      uint64 `json:"n"`
	Errors uint64 `json:"errors"`
	Error  string `json:"error,omitempty"`
	// Once anything was measured, be it a time of 0.
	P50  *millis `json:"p50_ms,omitempty"`
	P90  *millis `json:"p90_ms,omitempty"`
	P95  *millis `json:"p95_ms,omitempty"`
	P99  *millis `json:"p99_ms,omitempty"`
	P999 *millis `json:"p999_ms,omitempty"`
	Max  *millis `json:"max_ms,omitempty"`
	Mean *millis `json:"mean_ms,omitempty"`
}

type loadChannel struct {
	Lost       uint64 `json:"lost"` // hints, as the next four
	Wrong      uint64 `json:"wrong"`
	Late       uint64 `json:"late"`
	Duplicates uint64 `json:"duplicates"`
	Dropped    uint64 `json:"dropped"`
	ByPoll     uint64 `json:"by_poll"`
	Rejoins    uint64 `json:"rejoins"`
	Gap        millis `json:"gap_ms"`
	Minted     uint64 `json:"keys_minted"`
	Renewed    uint64 `json:"keys_renewed"`
	Away       int    `json:"away"`
}

type loadCall struct {
	Code  int    `json:"code"` // 0: no answer
	Times uint64 `json:"times"`
}

type loadExpected struct {
	Text  string `json:"text"`
	Value string `json:"value,omitempty"`
	Met   bool   `json:"met"`
}

type loadBar struct {
	From millis `json:"from_ms"`
	To   millis `json:"to_ms,omitempty"` // the last has no end
	N    uint64 `json:"n"`
}

type loadSeries struct {
	Arrivals []float64 `json:"arrivals"`
	Ended    []float64 `json:"ended"`
	Slowest  []millis  `json:"hint_to_verified_p99_ms"`
}

type loadJudged struct {
	Right    int `json:"right"`
	Wrong    int `json:"wrong"`
	Unjudged int `json:"unjudged"`
}

// objectOf is a report as an object of either kind, but for what a summary alone has.
func objectOf(kind string, at time.Time, r load.Report) loadObject {
	o := loadObject{
		Schema: loadSchema, Kind: kind, At: at.UTC().Format("2006-01-02T15:04:05.000Z"),
		State: r.State.String(), Took: millisOf(r.Took), Left: millisOf(r.Left),
		Arrivals: loadArrivals{
			Target: hundredths(r.Arrivals.Target), Actual: hundredths(r.Arrivals.Actual),
			Due: r.Arrivals.Due, Begun: r.Arrivals.Begun, Open: r.Arrivals.Open, Late: millisOf(r.Arrivals.Late),
		},
		Outcomes: loadOutcomes(r.Outcomes), Corrected: r.Corrected, Faults: r.Faults,
		Channel: loadChannel{
			Lost: r.Channel.Lost, Wrong: r.Channel.Wrong, Late: r.Channel.Late, Duplicates: r.Channel.Duplicates,
			Dropped: r.Channel.Dropped, ByPoll: r.Channel.ByPoll, Rejoins: r.Channel.Rejoins,
			Gap: millisOf(r.Channel.Gap), Minted: r.Channel.Minted, Renewed: r.Channel.Renewed,
			Away: r.Channel.Away,
		},
		Stages: make([]loadStage, 0, len(r.Stages)), Calls: make([]loadCall, 0, len(r.Calls)),
	}
	if r.Arrivals.GoalIn > 0 {
		o.Arrivals.Goal, o.Arrivals.GoalIn = new(hundredths(r.Arrivals.Goal)), millisOf(r.Arrivals.GoalIn)
	}
	for _, s := range r.Stages {
		o.Stages = append(o.Stages, stageLine(s))
	}
	for _, c := range r.Calls {
		o.Calls = append(o.Calls, loadCall(c))
	}
	for _, e := range r.Expected {
		o.Expected = append(o.Expected, loadExpected(e))
	}
	return o
}

func stageLine(s load.Stage) loadStage {
	line := loadStage{Name: s.Name, N: s.N, Errors: s.Errors, Error: s.Error}
	if s.N == 0 {
		return line
	}
	line.P50, line.P90, line.P95 = new(millisOf(s.P50)), new(millisOf(s.P90)), new(millisOf(s.P95))
	line.P99, line.P999 = new(millisOf(s.P99)), new(millisOf(s.P999))
	line.Max, line.Mean = new(millisOf(s.Max)), new(millisOf(s.Mean))
	return line
}

// hundredths is a rate as it is worth telling.
func hundredths(rate float64) float64 { return math.Round(rate*100) / 100 }

// summaryOf is the last object of a run.
func summaryOf(at time.Time, r load.Report, seed uint64, judged bool) loadObject {
	o := objectOf(atTheEnd, at, r)
	for _, b := range r.Bars {
		o.Bars = append(o.Bars, loadBar{millisOf(b.From), millisOf(b.To), b.N})
	}
	o.Series = &loadSeries{Arrivals: orNone(r.Series.Arrivals), Ended: orNone(r.Series.Ended), Slowest: []millis{}}
	for _, d := range r.Series.Slowest {
		o.Series.Slowest = append(o.Series.Slowest, millisOf(d))
	}
	if judged {
		j := loadJudged(r.Truth)
		o.Judged = &j
	}
	o.Seed, o.Unresolved, o.LeftOut = &seed, &r.Unresolved, r.LeftOut
	return o
}

// orNone is a list that is written as one, though there is nothing in it.
func orNone(list []float64) []float64 {
	if list == nil {
		return []float64{}
	}
	return list
}

// line is the object with its newline.
func (o loadObject) line() []byte {
	var out bytes.Buffer
	encoder := json.NewEncoder(&out)
	encoder.SetEscapeHTML(false) // "<" in an expectation is for a reader of JSON, not of a page
	if err := encoder.Encode(o); err != nil {
		panic("a load run's line: " + err.Error()) // strings and numbers can always be encoded
	}
	return out.Bytes()
}

// wordsOf is a report as one line for a person, with its newline.
func wordsOf(at time.Time, r load.Report) []byte {
	a, o := r.Arrivals, r.Outcomes
	var b strings.Builder
	fmt.Fprintf(&b, "%s %s %s, %.1f/s", at.Local().Format("15:04:05"), r.State, clock(r.Took), a.Actual)
	switch {
	case r.State == load.Draining || r.State == load.Ended:
	case a.GoalIn > 0:
		fmt.Fprintf(&b, " of %.1f, to %.1f in %s", a.Target, a.Goal, clock(a.GoalIn))
	default:
		fmt.Fprintf(&b, " of %.1f", a.Target)
	}
	fmt.Fprintf(&b, ", begun %d, open %d, PAID %d, NOT PAID %d", a.Begun, a.Open, o.Paid, o.NotPaid)
	if o.Check > 0 {
		fmt.Fprintf(&b, ", CHECK %d", o.Check)
	}
	if o.Failed > 0 {
		fmt.Fprintf(&b, ", failed %d", o.Failed)
	}
	if s, measured := stageOf(r, "start_to_paid"); measured {
		fmt.Fprintf(&b, ", start>PAID p50 %s p99 %s", brief(s.P50), brief(s.P99))
	}
	if a.Late >= time.Second {
		fmt.Fprintf(&b, ", arrivals %s late", brief(a.Late))
	}
	if len(r.Faults) > 0 {
		b.WriteString(", faults: " + strings.Join(r.Faults, " "))
	}
	b.WriteByte('\n')
	return []byte(b.String())
}

// stageOf is a stage by its name, and whether anything was measured of it.
func stageOf(r load.Report, name string) (load.Stage, bool) {
	for _, s := range r.Stages {
		if s.Name == name {
			return s, s.N > 0
		}
	}
	return load.Stage{}, false
}

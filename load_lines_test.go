package main

import (
	"encoding/json"
	"os"
	"reflect"
	"strings"
	"testing"
	"time"

	"github.com/charmbracelet/x/ansi"

	"tillwatch/watch"
	"tillwatch/watch/load"
)

var halfPastTwo = time.Date(2026, 11, 26, 14, 30, 0, 250_000_000, time.UTC)

// busy is a report in which everything is to be told.
func busy() load.Report {
	return load.Report{
		State: load.Running, Took: 62*time.Second + 1234567*time.Nanosecond, Left: 58 * time.Second, Corrected: true,
		Arrivals: load.Arrivals{Target: 12.5, Actual: 11.999, Goal: 20, GoalIn: 30 * time.Second, Due: 601, Begun: 600, Open: 41, Late: 1500 * time.Millisecond},
		Stages: []load.Stage{
			{Name: "checkout", Title: "checkout", N: 598, Errors: 2, Error: "429", P50: 1200 * time.Microsecond, P90: 2 * time.Millisecond,
				P95: 3 * time.Millisecond, P99: 4 * time.Millisecond, P999: 5 * time.Millisecond, Max: 5*time.Millisecond + 1, Mean: 1400 * time.Microsecond},
			{Name: "start_to_paid", Title: "start>PAID", N: 450, P50: 22 * time.Second, P90: 75 * time.Second, P95: 90 * time.Second,
				P99: 100 * time.Second, P999: 11 * time.Minute, Max: 2 * time.Hour, Mean: 30 * time.Second},
			{Name: "fact_to_told", Title: "fact>told"},
		},
		Outcomes: load.Outcomes{Paid: 450, NotPaid: 100, Check: 3, Stopped: 1, Confirming: 4, Waiting: 37, Failed: 5},
		Channel:  load.Channel{Lost: 1, Wrong: 2, Late: 3, Duplicates: 4, Dropped: 5, ByPoll: 6, Rejoins: 7, Gap: 8 * time.Second, Minted: 9, Renewed: 10, Away: 11},
		Bars:     []load.Bar{{From: 0, To: 2 * time.Second, N: 11}, {From: 160 * time.Second, N: 12}},
		Calls:    []load.Call{{Code: 200, Times: 4000}, {Code: 0, Times: 3}},
		Series:   load.Series{Arrivals: []float64{12, 11}, Ended: []float64{1, 0}, Slowest: []time.Duration{3 * time.Millisecond, 0}},
		Faults:   []string{"errors", "slow"},
		Expected: []load.Expected{{Text: "start_to_paid.p99<60s", Value: "100s"}, {Text: "paid>=70%", Value: "75%", Met: true}, {Text: "key.p99<1s"}},
		Truth:    load.Truth{Right: 549, Wrong: 1, Unjudged: 2}, Unresolved: 42, LeftOut: 1234,
	}
}

// The schema is stable: what is here may only get more keys, at the end of an object.
func TestLoadLines_HaveTheKeysOfTheSchemaInOrder(t *testing.T) {
	const shared = `"state":"RUNNING","took_ms":62001.235,"left_ms":58000,` +
		`"arrivals":{"target":12.5,"actual":12,"goal":20,"goal_in_ms":30000,"due":601,"begun":600,"open":41,"late_ms":1500},` +
		`"outcomes":{"paid":450,"not_paid":100,"check":3,"stopped":1,"confirming":4,"waiting":37,"failed":5},` +
		`"stages":[{"name":"checkout","n":598,"errors":2,"error":"429","p50_ms":1.2,"p90_ms":2,"p95_ms":3,"p99_ms":4,"p999_ms":5,"max_ms":5,"mean_ms":1.4},` +
		`{"name":"start_to_paid","n":450,"errors":0,"p50_ms":22000,"p90_ms":75000,"p95_ms":90000,"p99_ms":100000,"p999_ms":660000,"max_ms":7200000,"mean_ms":30000},` +
		`{"name":"fact_to_told","n":0,"errors":0}],` +
		`"channel":{"lost":1,"wrong":2,"late":3,"duplicates":4,"dropped":5,"by_poll":6,"rejoins":7,"gap_ms":8000,"keys_minted":9,"keys_renewed":10,"away":11},` +
		`"calls":[{"code":200,"times":4000},{"code":0,"times":3}],"corrected":true,"faults":["errors","slow"],` +
		`"expected":[{"text":"start_to_paid.p99<60s","value":"100s","met":false},{"text":"paid>=70%","value":"75%","met":true},{"text":"key.p99<1s","met":false}]`
	for want, got := range map[string][]byte{
		`{"schema":"tillwatch.load.v1","kind":"second","at":"2026-11-26T14:30:00.250Z",` + shared + "}\n": objectOf(everySecond, halfPastTwo, busy()).line(),
		`{"schema":"tillwatch.load.v1","kind":"summary","at":"2026-11-26T14:30:00.250Z",` + shared +
			`,"start_to_paid":[{"from_ms":0,"to_ms":2000,"n":11},{"from_ms":160000,"n":12}],` +
			`"series":{"arrivals":[12,11],"ended":[1,0],"hint_to_verified_p99_ms":[3,0]},"judged":{"right":549,"wrong":1,"unjudged":2},"seed":7,"unresolved":42,"samples_left_out":1234}` + "\n": summaryOf(halfPastTwo, busy(), 7, true).line(),
	} {
		if string(got) != want {
			t.Errorf("got  %swant %s", got, want)
		}
	}
}

func TestLoadLines_NothingIsEverNull(t *testing.T) {
	for _, o := range []loadObject{objectOf(everySecond, halfPastTwo, load.Report{}), summaryOf(halfPastTwo, load.Report{}, 0, false)} {
		line := string(o.line())
		if strings.Contains(line, "null") || !json.Valid([]byte(line)) || strings.Contains(line, "judged") {
			t.Errorf("an empty run is %s", line)
		}
	}
	if line := string(summaryOf(halfPastTwo, load.Report{}, 0, false).line()); !strings.Contains(line, `"seed":0,"unresolved":0}`) {
		t.Errorf("seed 0 is no seed in %s", line)
	}
}

// What was measured as nothing is told all the same, and so is a ramp down to nobody.
func TestLoadLines_TellAZeroThatWasMeasured(t *testing.T) {
	line := string(objectOf(everySecond, halfPastTwo, load.Report{
		Arrivals: load.Arrivals{Target: 5, GoalIn: 10 * time.Second}, Stages: []load.Stage{{Name: "turn", N: 1}},
	}).line())
	for _, part := range []string{`"actual":0,"goal":0,"goal_in_ms":10000,"due":0`, `"n":1,"errors":0,"p50_ms":0,"p90_ms":0,"p95_ms":0,"p99_ms":0,"p999_ms":0,"max_ms":0,"mean_ms":0}`} {
		if !strings.Contains(line, part) {
			t.Errorf("%s is not in %s", part, line)
		}
	}
}

// documented checks that the page has the keys of an object, in their order.
func documented(t *testing.T, page string, of reflect.Type) {
	t.Helper()
	from := 0
	for i := range of.NumField() {
		field := of.Field(i)
		key, _, _ := strings.Cut(field.Tag.Get("json"), ",")
		at := strings.Index(page[from:], "`"+key+"`")
		if at < 0 {
			t.Errorf("docs/json.md does not tell of %q of %s, or not in its place", key, of.Name())
			return
		}
		from += at
	}
}

func TestLoadLines_AreDocumentedKeyByKeyInOrder(t *testing.T) {
	text, err := os.ReadFile("docs/json.md")
	if err != nil {
		t.Fatal(err)
	}
	_, page, found := strings.Cut(string(text), "`"+loadSchema+"`")
	if !found {
		t.Fatal("docs/json.md does not name the schema")
	}
	for _, of := range []reflect.Type{
		reflect.TypeFor[loadObject](), reflect.TypeFor[loadArrivals](), reflect.TypeFor[loadOutcomes](), reflect.TypeFor[loadStage](),
		reflect.TypeFor[loadChannel](), reflect.TypeFor[loadCall](), reflect.TypeFor[loadExpected](), reflect.TypeFor[loadBar](),
		reflect.TypeFor[loadSeries](), reflect.TypeFor[loadJudged](),
	} {
		documented(t, page, of)
	}
}

func TestLoadWords_SayWhatMattersInOneLine(t *testing.T) {
	got := string(wordsOf(halfPastTwo, busy()))
	want := halfPastTwo.Local().Format("15:04:05") + " RUNNING 1:02, 12.0/s of 12.5, to 20.0 in 0:30, begun 600, open 41, PAID 450, NOT PAID 100, CHECK 3, failed 5, " +
		"start>PAID p50 22.0s p99 100.0s, arrivals 1.50s late, faults: errors slow\n"
	if got != want {
		t.Errorf("got  %swant %s", got, want)
	}
	calm := string(wordsOf(halfPastTwo, load.Report{State: load.Draining, Took: time.Hour + time.Second}))
	if want := halfPastTwo.Local().Format("15:04:05") + " DRAINING 1:00:01, 0.0/s, begun 0, open 0, PAID 0, NOT PAID 0\n"; calm != want {
		t.Errorf("got  %swant %s", calm, want)
	}
}

func TestLoadSummary_IsForAPersonWithin80Columns(t *testing.T) {
	got := summaryText(halfPastTwo, watch.Sim, 7, busy(), true, 100)
	want := `tillwatch load [SIM] seed 7, RUNNING after 1:02, 26 Nov 2026 14:30:00
STAGE                 N    ERR     P50     P90     P95     P99     MAX
checkout            598      2  1.20ms  2.00ms  3.00ms  4.00ms  5.00ms
  most of the errors: 429
start>PAID          450      0   22.0s   75.0s   90.0s  100.0s 2:00:00
Times count from when a payment was due (corrected for coordinated omission).
Hints: lost 1, wrong 2, late 3, duplicates 4, dropped 5
Found by asking, without a hint: 6; joined again: 7;
  longest gap: 8.00s, 11 still away
Answers: 200 x4,000, none x3
Arrivals: 601 due, 600 begun, 42 without a result
Outcomes: 450 PAID, 100 NOT PAID, 3 CHECK, 1 STOPPED, 4 CONFIRMING, 37 WAITING,
  5 never executed
The sandbox says: 549 right, 1 WRONG, 2 not kept, so not compared
Samples: 1,234 left out, for their file took them too slowly
XX expected start_to_paid.p99<60s: 100s
OK expected paid>=70%: 75%
XX expected key.p99<1s: nothing was measured
`
	if got != want {
		t.Errorf("got\n%s\nwant\n%s", got, want)
	}
	huge := busy()
	huge.Corrected = false
	huge.Expected[0].Text = strings.Repeat("x", 200)
	huge.Outcomes = load.Outcomes{Paid: 123456789, NotPaid: 123456789, Check: 123456789, Stopped: 123456789, Confirming: 123456789, Waiting: 123456789, Failed: 123456789}
	huge.Arrivals.Due, huge.Arrivals.Begun, huge.Unresolved = 1<<40, 1<<40, 1<<40
	huge.LeftOut = 1 << 40
	huge.Truth = load.Truth{Right: 1 << 40, Wrong: 1 << 40, Unjudged: 1 << 40}
	for i := range 60 {
		huge.Calls = append(huge.Calls, load.Call{Code: 500 + i, Times: 123456789})
	}
	huge.Stages[0].N = 1 << 40
	for line := range strings.Lines(summaryText(halfPastTwo, watch.Test, 1<<63, huge, true, 80)) {
		if width := ansi.StringWidth(strings.TrimSuffix(line, "\n")); width > textWidth {
			t.Errorf("%d columns: %s", width, line)
		}
	}
	if empty := summaryText(halfPastTwo, watch.Sim, 7, load.Report{Corrected: true}, false, 80); strings.Contains(empty, "The sandbox says") || !strings.Contains(empty, "Outcomes: none\n") {
		t.Errorf("an empty run is\n%s", empty)
	}
}

// A terminal of 40 columns and ten lines shows the end: what became of the payments, whether it
// is right, and each expectation.
func TestLoadSummary_ASmallTerminalShowsWhatMattersMost(t *testing.T) {
	got := summaryText(halfPastTwo, watch.Sim, 7, busy(), true, 40)
	want := `tillwatch load [SIM] seed 7, RUNNING
after 1:02, 26 Nov 2026 14:30:00
STAGE                N      P50      P99
checkout           598   1.20ms   4.00ms
  2 errors, mostly 429
start>PAID         450    22.0s   100.0s
Times count from when a payment was due
(corrected for coordinated omission).
Hints: lost 1, wrong 2, late 3,
duplicates 4, dropped 5
Found by asking, without a hint: 6;
  joined again: 7;
  longest gap: 8.00s, 11 still away
Answers: 200 x4,000, none x3
Arrivals: 601 due, 600 begun, 42 without
a result
Outcomes: 450 PAID, 100 NOT PAID,
  3 CHECK, 1 STOPPED, 4 CONFIRMING,
  37 WAITING, 5 never executed
The sandbox says: 549 right, 1 WRONG, 2
not kept, so not compared
Samples: 1,234 left out, for their file
took them too slowly
XX expected start_to_paid.p99<60s: 100s
OK expected paid>=70%: 75%
XX expected key.p99<1s: nothing was
measured
`
	if got != want {
		t.Errorf("got\n%s\nwant\n%s", got, want)
	}
}

func TestBrief_IsNeverWiderThanItsColumn(t *testing.T) {
	for d, want := range map[time.Duration]string{
		0: "0s", 1: "0.00ms", 9999 * time.Microsecond: "10.00ms", 10 * time.Millisecond: "10ms", 999600 * time.Microsecond: "1000ms",
		time.Second: "1.00s", 59500 * time.Millisecond: "59.5s", 599 * time.Second: "599.0s", 10 * time.Minute: "10:00", 25 * time.Hour: "25:00:00",
	} {
		if got := brief(d); got != want || len(got) > 8 {
			t.Errorf("%v is %s, want %s", d, got, want)
		}
	}
}

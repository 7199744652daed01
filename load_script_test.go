package main

import (
	"encoding/csv"
	"encoding/json"
	"fmt"
	"strconv"
	"strings"

	"github.com/rogpeppe/go-internal/testscript"
)

// summaryIn is the summary among the lines of a load run.
func summaryIn(ts *testscript.TestScript, file string) loadObject {
	var last loadObject
	for line := range strings.Lines(ts.ReadFile(file)) {
		if strings.Contains(line, `"trouble":`) {
			continue
		}
		last = loadObject{}
		ts.Check(json.Unmarshal([]byte(line), &last))
		if last.Schema != loadSchema || last.State == "" || len(last.Stages) < 10 {
			ts.Fatalf("no line of the schema: %s", line)
		}
	}
	if last.Kind != atTheEnd {
		ts.Fatalf("the last line is no summary but %q", last.Kind)
	}
	return last
}

// samplesIn are the rows of a file of samples, by the names of the columns.
func samplesIn(ts *testscript.TestScript, file string) []map[string]string {
	var all []map[string]string
	text := ts.ReadFile(file)
	if strings.HasSuffix(file, ".csv") {
		rows, err := csv.NewReader(strings.NewReader(text)).ReadAll()
		ts.Check(err)
		for _, row := range rows[1:] {
			one := map[string]string{}
			for i, cell := range row {
				if cell != "" {
					one[rows[0][i]] = cell
				}
			}
			all = append(all, one)
		}
		return all
	}
	for line := range strings.Lines(text) {
		var object map[string]any
		decoder := json.NewDecoder(strings.NewReader(line))
		decoder.UseNumber()
		ts.Check(decoder.Decode(&object))
		one := map[string]string{}
		for key, value := range object {
			one[key] = fmt.Sprint(value)
		}
		all = append(all, one)
	}
	return all
}

// adds checks that a file of samples adds up to what the summary says: how many there are of
// each verdict, and of each stage how many were measured and which of them was the longest.
func (s *stage) adds(ts *testscript.TestScript, args []string) {
	samples, summary := samplesIn(ts, args[0]), summaryIn(ts, args[1])
	verdicts, numbers := map[string]int{}, map[string]bool{}
	for _, one := range samples {
		verdicts[one["verdict"]]++
		numbers[one["number"]] = true
	}
	o := summary.Outcomes
	if len(numbers) != summary.Arrivals.Begun || len(samples) != len(numbers) {
		ts.Fatalf("%d samples of %d payments, of which %d have begun", len(samples), len(numbers), summary.Arrivals.Begun)
	}
	for verdict, want := range map[string]int{"PAID": o.Paid, "NOT PAID": o.NotPaid, "CHECK": o.Check, "STOPPED": o.Stopped} {
		if verdicts[verdict] != want {
			ts.Fatalf("%d samples are %s, want %d", verdicts[verdict], verdict, want)
		}
	}
	for _, st := range summary.Stages {
		n, longest, most := uint64(0), 0.0, 0.0
		if st.Max != nil {
			most = float64(*st.Max)
		}
		for _, one := range samples {
			if text, measured := one[st.Name+"_ms"]; measured {
				took, err := strconv.ParseFloat(text, 64)
				ts.Check(err)
				n++
				longest = max(longest, took)
			}
		}
		// The last is measured when the truth is known, which is after the samples.
		if st.Name != "fact_to_told" && (n != st.N || longest != most) {
			ts.Fatalf("of %s %d samples, the longest %v; want %d and %v", st.Name, n, longest, st.N, most)
		}
	}
}

// alike checks that two files of samples are about the same payments: what is asked of whom,
// and what becomes of it.
func (s *stage) alike(ts *testscript.TestScript, args []string) {
	payments := func(file string) map[string]string {
		all := map[string]string{}
		for _, one := range samplesIn(ts, file) {
			all[one["number"]] = strings.Join([]string{one["scenario"], one["method"], one["currency"], one["amount"], one["verdict"]}, " ")
		}
		return all
	}
	one, other := payments(args[0]), payments(args[1])
	if len(one) == 0 || len(one) != len(other) {
		ts.Fatalf("%d and %d payments", len(one), len(other))
	}
	for number, what := range one {
		if other[number] != what {
			ts.Fatalf("payment %s is %q and %q", number, what, other[number])
		}
	}
}

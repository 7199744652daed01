package load_test

import (
	"bytes"
	"encoding/csv"
	"encoding/json"
	"errors"
	"math"
	"strconv"
	"strings"
	"testing"
	"time"

	"tillwatch/watch"
	"tillwatch/watch/load"
)

// The raw rows of a run, read back, add up to what its Report says, in both forms.
func TestExport_RowsAddUpToTheReport(t *testing.T) {
	var stream bytes.Buffer
	rows := load.NewJSONLines(&stream)
	plan := load.Plan{Rate: 4, Seed: 9, Payments: 60}
	plan.Methods, _ = load.ParseMethods("mtn-lr=3,mtn-rw=2,card=2,hosted=1")
	change := func(c *load.Config) {
		c.Sample = func(s load.Sample) {
			if err := rows.Write(s); err != nil {
				t.Error(err)
			}
		}
	}
	sit(t, plan, change, func(d *desk) {
		rep := d.ended()
		if rep.Outcomes.Paid+rep.Outcomes.NotPaid != 60 || rep.Truth.Right != 60 {
			d.Fatalf("%+v, %+v", rep.Outcomes, rep.Truth)
		}
		samples, missing := d.run.Samples()
		if missing != 0 {
			d.Errorf("%d are missing", missing)
		}
		var text bytes.Buffer
		if err := load.WriteCSV(&text, samples); err != nil {
			d.Fatal(err)
		}
		table, err := csv.NewReader(&text).ReadAll()
		if err != nil {
			d.Fatal(err)
		}
		var objects []map[string]string
		for _, row := range table[1:] {
			object := map[string]string{}
			for i, cell := range row {
				object[table[0][i]] = cell
			}
			objects = append(objects, object)
		}
		addUp(d, rep, objects)

		text.Reset()
		if err := load.WriteJSONLines(&text, samples); err != nil {
			d.Fatal(err)
		}
		addUp(d, rep, objectsOf(d, &text))
	})
	if err := rows.Flush(); err != nil {
		t.Fatal(err)
	}
	if n := strings.Count(stream.String(), "\n"); n != 60 {
		t.Errorf("%d rows were streamed", n)
	}
	if strings.Contains(stream.String(), "231883456789") {
		t.Error("the export has a whole number in it")
	}
}

func objectsOf(d *desk, text *bytes.Buffer) []map[string]string {
	d.Helper()
	var objects []map[string]string
	in := json.NewDecoder(text)
	in.UseNumber()
	for in.More() {
		var line map[string]any
		if err := in.Decode(&line); err != nil {
			d.Fatal(err)
		}
		object := map[string]string{}
		for name, v := range line {
			if n, number := v.(json.Number); number {
				object[name] = n.String()
			} else {
				object[name] = v.(string)
			}
		}
		objects = append(objects, object)
	}
	return objects
}

// addUp adds up rows and compares them with a Report.
func addUp(d *desk, rep load.Report, rows []map[string]string) {
	d.Helper()
	verdicts := map[string]int{}
	sums, n, most := map[string]int64{}, map[string]uint64{}, map[string]int64{}
	for _, row := range rows {
		verdicts[row["verdict"]]++
		for name, cell := range row {
			stage, timed := strings.CutSuffix(name, "_ms")
			if !timed || cell == "" {
				continue
			}
			whole, parts, _ := strings.Cut(cell, ".")
			us, err := strconv.ParseInt(whole+parts, 10, 64)
			if err != nil || len(parts) != 3 {
				d.Fatalf("%s is %q: %v", name, cell, err)
			}
			sums[stage] += us
			n[stage]++
			most[stage] = max(most[stage], us)
		}
		if due, err := time.Parse(time.RFC3339Nano, row["due_at"]); err != nil || !strings.HasSuffix(row["due_at"], "Z") || due.Before(d.born) || len(row["due_at"]) != 27 {
			d.Errorf("due_at is %q: %v", row["due_at"], err)
		}
		if (row["reference_id"] == "") != (row["method"] == "hosted") || (row["source"] == "") == (row["method"] == "hosted") {
			d.Errorf("a row without its name: %v", row)
		}
		if row["status"] == "" || row["amount"] == "" || row["currency"] == "" || (row["verdict"] == "NOT PAID") != (row["failure"] != "") && row["method"] != "hosted" {
			d.Errorf("a row that says too little: %v", row)
		}
	}
	if len(rows) != rep.Arrivals.Begun || verdicts["PAID"] != rep.Outcomes.Paid || verdicts["NOT PAID"] != rep.Outcomes.NotPaid {
		d.Errorf("%d rows with %v, %+v", len(rows), verdicts, rep.Outcomes)
	}
	for _, st := range rep.Stages {
		if n[st.Name] != st.N || most[st.Name] != st.Max.Microseconds() {
			d.Errorf("%s: %d rows, at most %dµs; %+v", st.Name, n[st.Name], most[st.Name], st)
		}
		if st.N > 0 && math.Abs(float64(sums[st.Name])/float64(st.N)*1000-float64(st.Mean)) > 1 {
			d.Errorf("%s: the rows are %dµs in all; %+v", st.Name, sums[st.Name], st)
		}
	}
	if n["fact"] != 60 || n["begun"] != 60 {
		d.Errorf("%d facts, %d begun", n["fact"], n["begun"])
	}
}

// No cell is a formula, and an empty export has its header.
func TestExport_NoCellIsAFormula(t *testing.T) {
	var text bytes.Buffer
	sample := load.Sample{Number: 1, Failure: "=1+1", Status: "@SUM(A1)", Scenario: "-x", Method: `+"`, Verdict: watch.Check, Fact: -1}
	for i := range sample.Took {
		sample.Took[i] = -1
	}
	if err := load.WriteCSV(&text, []load.Sample{sample}); err != nil {
		t.Fatal(err)
	}
	table, err := csv.NewReader(&text).ReadAll()
	if err != nil || len(table) != 2 {
		t.Fatalf("%v, %v", table, err)
	}
	for i, cell := range table[1] {
		if cell != "" && strings.ContainsRune("=+-@", rune(cell[0])) {
			t.Errorf("%s is %q", table[0][i], cell)
		}
	}
	var empty bytes.Buffer
	if err := load.WriteCSV(&empty, nil); err != nil {
		t.Fatal(err)
	}
	if !strings.HasPrefix(empty.String(), "number,reference_id,source,session_id,") {
		t.Errorf("an empty export is %q", empty.String())
	}
}

type full struct{}

func (full) Write([]byte) (int, error) { return 0, errors.New("the disk is full") }

func TestExport_TellsThatItCouldNotBeWritten(t *testing.T) {
	for _, write := range []func() error{
		func() error { return load.WriteCSV(full{}, make([]load.Sample, 3)) },
		func() error { return load.WriteJSONLines(full{}, make([]load.Sample, 3)) },
		func() error { return load.WriteCSV(full{}, nil) },
	} {
		if err := write(); err == nil || !strings.HasPrefix(err.Error(), "writing samples: the disk is full") {
			t.Errorf("%v", err)
		}
	}
}

package main

import (
	"bytes"
	"fmt"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"tillwatch/ui/lines"
	"tillwatch/watch"
	"tillwatch/watch/intake"
	"tillwatch/watch/journal"
)

// A source of a million bad lines is told in a few, and none of them is forgotten.
func TestProblems_OfOneSourceAreSaidUpToTwentyAndCountedBeyond(t *testing.T) {
	for n, want := range map[int]struct{ said, more int }{
		0: {0, 0}, 1: {1, 0}, 20: {20, 0}, 21: {21, 1}, 39: {21, 19}, 40: {21, 20}, 41: {22, 1}, 80: {22, 40}, 1_000_000: {36, 344_640},
	} {
		var out bytes.Buffer
		j := &job{tally: lines.NewTally(), aside: lines.NewAside(&out, false)}
		var ps problems
		for i := range n {
			ps.put(intake.Problem{Source: "shop.csv", Line: i + 1, Reason: "bad", Lost: i%2 == 0}, j)
		}
		ps.rest(j)
		ps.rest(j) // there is no more
		said := strings.Split(strings.TrimSuffix(out.String(), "\n"), "\n")
		if n == 0 {
			said = nil
		}
		if len(said) != want.said {
			t.Errorf("of %d it says %d lines, want %d:\n%s", n, len(said), want.said, out.String())
			continue
		}
		if n == 0 {
			continue
		}
		last := fmt.Sprintf("tillwatch: not taken: shop.csv: %d more lines like these, %d of them not taken (%s in all)", want.more, (want.more+1)/2, counted(n))
		if want.more > 0 && said[len(said)-1] != last && said[len(said)-1] != strings.Replace(last, fmt.Sprint((want.more+1)/2, " of"), fmt.Sprint(want.more/2, " of"), 1) {
			t.Errorf("of %d it says at last %q, want %q", n, said[len(said)-1], last)
		}
		if j.tally.Status() != lines.SomeUnresolved {
			t.Errorf("of %d the status is %d", n, j.tally.Status())
		}
	}
}

func TestProblems_WithoutALossCostNothing(t *testing.T) {
	var out bytes.Buffer
	j := &job{tally: lines.NewTally(), aside: lines.NewAside(&out, false)}
	var ps problems
	for i := range 50 {
		ps.put(intake.Problem{Source: "shop.csv", Line: i + 1, Reason: "left out"}, j)
	}
	ps.rest(j)
	if j.tally.Status() != lines.AllPaid || strings.Contains(out.String(), "not taken:") {
		t.Errorf("status %d:\n%s", j.tally.Status(), out.String())
	}
}

// What a damaged record expected may have been another sum, in every journal that has it.
func TestExport_OfADamagedRecordIsACheckElsewhere(t *testing.T) {
	id := watch.ID("550e8400-e29b-41d4-a716-446655440000")
	known := watch.Known{Payment: watch.Payment{Reference: string(id)}, Damaged: true}
	var csv, jsonl bytes.Buffer
	for format, out := range map[journal.Format]*bytes.Buffer{journal.CSV: &csv, journal.JSONL: &jsonl} {
		_, err := journal.Export(out, format, func(yield func(journal.Payment, error) bool) {
			yield(journal.Payment{Past: watch.Past{Known: known, At: time.Now()}}, nil)
		})
		if err != nil {
			t.Fatal(err)
		}
	}
	for _, text := range []string{csv.String(), jsonl.String(), string(lines.Object(watch.Snapshot{Known: known, At: time.Now()}))} {
		synctest.Test(t, func(t *testing.T) {
			api := &echo{says: map[watch.ID]string{id: "COMPLETED"}}
			other := openTill(t, "", api, nil)
			defer other.end()
			if wrong := other.reads(text); wrong != nil {
				t.Fatal(wrong, text)
			}
			time.Sleep(time.Second)
			if s := other.of(id); s.Verdict != watch.Check || s.Reason != watch.Damaged {
				t.Errorf("%s became %v (%d)", text, s.Verdict, s.Reason)
			}
		})
	}
}

// Of the lines that --json wrote of one payment, one behind another, the newest counts.
func TestExport_OfManyLinesOfOnePaymentTheNewestCounts(t *testing.T) {
	const line = `{"at":"2026-11-22T14:31:50.120Z","reference_id":"550e8400-e29b-41d4-a716-446655440000","rev":%d,"verdict":"%s"}` + "\n"
	for _, c := range []struct {
		words string
		want  watch.Verdict
	}{
		{"WAITING STOPPED", watch.Stopped},
		{"STOPPED", watch.Stopped},
		{"STOPPED STOPPED", watch.Stopped},
		{"STOPPED WAITING", watch.Paid},
		{"WAITING STOPPED WAITING", watch.Paid},
		{"PAID", watch.Paid},
	} {
		synctest.Test(t, func(t *testing.T) {
			id := watch.ID("550e8400-e29b-41d4-a716-446655440000")
			api := &echo{says: map[watch.ID]string{id: "PROCESSING"}, payer: map[watch.ID]watch.Money{}, listen: map[watch.ID]watch.Line{}}
			other := openTill(t, "", api, nil)
			defer other.end()
			text := ""
			for i, word := range strings.Fields(c.words) {
				text += fmt.Sprintf(line, i+1, word)
			}
			if wrong := other.reads(text); wrong != nil {
				t.Fatal(wrong)
			}
			time.Sleep(time.Second)
			api.mu.Lock()
			api.says[id] = "COMPLETED"
			api.mu.Unlock()
			time.Sleep(time.Minute)
			if got := other.of(id).Verdict; got != c.want {
				t.Errorf("%s became %v", c.words, got)
			}
			// A second source, or the same one in the next run, does not stop what a person resumed.
			other.job.fleet.Resume(id)
			_ = other.reads(fmt.Sprintf(line, 9, "STOPPED"))
			time.Sleep(time.Minute)
			if got := other.of(id).Verdict; got != watch.Paid {
				t.Errorf("%s: it is %v again", c.words, got)
			}
		})
	}
}

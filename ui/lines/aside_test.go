package lines

import (
	"bytes"
	"fmt"
	"log/slog"
	"slices"
	"strconv"
	"strings"
	"testing"
)

func TestAside_WaitsForTheEndOfTheScreen(t *testing.T) {
	var to bytes.Buffer
	a := NewAside(&to, true)
	if a.Count() != "" {
		t.Errorf("nothing waits, and it says %q", a.Count())
	}
	a.Note("line %d is bad", 7)
	if to.Len() != 0 || a.Count() != "1 note, line 7 is bad" {
		t.Errorf("wrote %q, says %q", to.String(), a.Count())
	}
	a.Note("line 8 too")
	if a.Count() != "2 notes, line 8 too" {
		t.Errorf("says %q", a.Count())
	}
	a.Say()
	a.Note("after it")
	if want := "tillwatch: line 7 is bad\ntillwatch: line 8 too\ntillwatch: after it\n"; to.String() != want {
		t.Errorf("wrote %q", to.String())
	}
}

func TestAside_SaysWhichNotesCostAPayment(t *testing.T) {
	var to bytes.Buffer
	a := NewAside(&to, true)
	a.NotTaken("payments.jsonl, line 3: no reference_id")
	if got := a.Count(); got != "1 line NOT taken, payments.jsonl, line 3: no reference_id" {
		t.Errorf("says %q", got)
	}
	a.Note("payments.csv: there is no such file; waiting for it")
	a.NotTaken("payments.jsonl, line 9: no reference_id")
	a.Note("and this is less than a lost payment")
	if got := a.Count(); got != "2 lines NOT taken, payments.jsonl, line 9: no reference_id" {
		t.Errorf("says %q", got)
	}
	a.Say()
	if !strings.HasPrefix(to.String(), "tillwatch: not taken: payments.jsonl, line 3: no reference_id\n") {
		t.Errorf("wrote %q", to.String())
	}
}

func TestAside_WithoutAScreenWritesAtOnce(t *testing.T) {
	var to bytes.Buffer
	a := NewAside(&to, false)
	a.Note("now")
	if to.String() != "tillwatch: now\n" || a.Count() != "" {
		t.Errorf("wrote %q, says %q", to.String(), a.Count())
	}
}

func TestAside_KeepsNoMoreThanItCanTell(t *testing.T) {
	var to bytes.Buffer
	a := NewAside(&to, true)
	for range 10_000 {
		a.Note("this line is bad and so is the next")
	}
	a.Say()
	if to.Len() > asideMost+200 || !strings.HasSuffix(to.String(), "10000 notes in all, too many to keep each\n") {
		t.Errorf("%d bytes, ending in %q", to.Len(), to.String()[to.Len()-60:])
	}
}

func TestAside_TheLogHoldsWhatWasNotedAndWhatWasOnlyRemarked(t *testing.T) {
	var to bytes.Buffer
	a := NewAside(&to, true)
	a.Note("waits for payments.csv")
	a.Remark("stopped watching %s", "Table 4")
	a.Alarm("hook: %s", "exit status 1 for 231883456789")
	a.NotTaken("payments.jsonl, line 3")
	_, _ = a.Write([]byte("time=2026-03-14T14:32:07.000Z level=ERROR msg=\"bug\"\n"))
	var got []string
	for _, e := range a.Log() {
		got = append(got, map[bool]string{true: "!", false: " "}[e.Bad]+e.Text)
	}
	want := " waits for payments.csv\n stopped watching Table 4\n!hook: exit status 1 for 231******789\n!not taken: payments.jsonl, line 3\n!level=ERROR msg=\"bug\""
	if strings.Join(got, "\n") != want {
		t.Errorf("the log is\n%s", strings.Join(got, "\n"))
	}
	if a.Say(); strings.Contains(to.String(), "Table 4") {
		t.Errorf("what was only remarked is said: %s", to.String())
	}
	for range 5000 {
		a.Remark("one more")
	}
	if got := len(a.Log()); got != 1000 {
		t.Errorf("the log keeps %d entries", got)
	}
}

// A number may reach a note through another's words; wherever the note goes, it is masked.
func TestAside_TellsNobodyANumberOrATrick(t *testing.T) {
	const hidden = "shop.csv: refused for 231******789 by \u2022\u2022\u2022"
	for name, said := range map[string]string{
		"plain":            "shop.csv: refused for 231883456789 by Bearer abcdefghijkl",
		"between escapes":  "shop.csv: refused for \x1b[1m+231 88\x1b[0m3456789 by Bearer abcdefghijkl\x1b]0;owned\x07",
		"on several lines": "shop.csv:\nrefused for 231883456789\r\nby Bearer abcdefghijkl\n",
	} {
		t.Run(name, func(t *testing.T) {
			for _, later := range []bool{true, false} {
				var to bytes.Buffer
				a := NewAside(&to, later)
				a.Note("%s", said)
				a.Alarm("%s", said)
				if got := a.Count(); later && got != "2 notes, "+hidden {
					t.Errorf("the status says %q", got)
				}
				a.Say()
				if want := strings.Repeat("tillwatch: "+hidden+"\n", 2); to.String() != want {
					t.Errorf("it wrote %q, want %q", to.String(), want)
				}
				a.Remark("%s", said)
				for _, e := range a.Log() {
					if e.Text != hidden {
						t.Errorf("the log has %q", e.Text)
					}
				}
			}
		})
	}
}

func TestAside_CutsALongNoteAndLeavesAStackWhole(t *testing.T) {
	var to bytes.Buffer
	a := NewAside(&to, true)
	a.Note("%s", strings.Repeat("x ", 1<<20))
	if a.Say(); to.Len() > 17<<10 || !strings.HasSuffix(to.String(), "x x…\n") {
		t.Errorf("it keeps %d bytes", to.Len())
	}
	to.Reset()
	stack := strings.Repeat("main.go:12 +0x1d\n\t", 500)
	slog.New(slog.NewTextHandler(a, nil)).Error("a watcher panicked", "stack", stack)
	if !strings.Contains(to.String(), strconv.Quote(stack)) || strings.Count(to.String(), "\n") != 1 {
		t.Errorf("a stack is told as %.200q…", to.String())
	}
}

func TestAside_TellsWhoFollowsAllButAnotherLogsRecords(t *testing.T) {
	var out bytes.Buffer
	var told []string
	a := NewAside(&out, true)
	a.Follow(func(text string, bad bool) { told = append(told, fmt.Sprint(text, " ", bad)) })
	long := strings.Repeat("x", textMost+1)
	a.Note("one\n%s", long)
	a.Remark("two 231883456789")
	a.Alarm("three")
	a.NotTaken("four")
	slog.New(slog.NewTextHandler(a, nil)).Error("five")
	want := []string{"one " + long + " false", "two 231******789 false", "three true", "not taken: four true"}
	if !slices.Equal(told, want) {
		t.Errorf("told %q, want %q", told, want)
	}
}

package watch

import (
	"runtime"
	"slices"
	"strings"
	"sync"
	"testing"
)

// What came is shown as JSON, indented. Whoever sends it chooses how much that costs: an
// indent grows with the depth, and there is one on every line.
func TestRedact_CostsLittleWhateverCame(t *testing.T) {
	nested := func(n int, inner string) string {
		return strings.Repeat("[", n) + inner + strings.Repeat("]", n)
	}
	for name, c := range map[string]struct {
		raw  string
		want string // a part of what is shown
	}{
		"30,000 lists in each other":           {nested(30_000, "1"), "(no JSON)"},
		"9,000 lists, of many numbers":         {nested(9_000, strings.Repeat("1,", 20_000)+"1"), "…"},
		"9,000 objects in each other":          {strings.Repeat(`{"a":`, 9_000) + "1" + strings.Repeat("}", 9_000), "…"},
		"lists as deep as may be, all of them": {nested(18, strings.Repeat("[1],", 15_000)+"1"), "…"},
		"10 MB of text":                        {`{"a":"` + strings.Repeat("x", 10<<20) + `"}`, "(10240 KiB of JSON, too long to show)"},
		"100,000 lists in each other":          {nested(100_000, "1"), "too long to show"},
		"10 MB of zeros":                       {`{"a":0` + strings.Repeat("0", 10<<20), "too long to show"},
		"names of control characters":          {`{"` + strings.Repeat(`\u0000\u202e`, 5_000) + `a":1}`, `"a": 1`},
		"a number of 60,000 digits":            {`{"n":` + strings.Repeat("9", 60_000) + `}`, "…"},
	} {
		t.Run(name, func(t *testing.T) {
			raw := []byte(c.raw)
			var got string
			allocated := allocated(func() { got = Redact(raw) })
			if !strings.Contains(got, c.want) || len(got) > redactMost+10 || strings.ContainsAny(got, "\x00\x1b\u202e") {
				t.Errorf("it becomes %d bytes, %.80q…, want %q in them", len(got), got, c.want)
			}
			if allocated > 32<<20 {
				t.Errorf("it cost %d MiB", allocated>>20)
			}
		})
	}
}

// A channel that brings rows faster than they are worked off fills no memory, and the end
// that one of the lost rows told of is found.
func TestWatcher_AFloodOfRowsCostsReadsAndNotMemory(t *testing.T) {
	within(t, Config{}, func(d *desk) {
		d.hand()
		d.tells(Notice{Kind: Ready})
		d.pass(4 * sec)
		w := d.fleet.all()[0]
		resume := d.hold(w)
		for range 20 * mostMail {
			d.line.Hear(row("PROCESSING"))
		}
		d.line.Hear(row("COMPLETED"))
		w.mu.Lock()
		waiting := len(w.mail)
		w.mu.Unlock()
		d.says(StatusCompleted)
		close(resume)
		if waiting != mostMail {
			t.Errorf("%d rows wait, want %d", waiting, mostMail)
		}
		d.pass(sec)
		d.want(Paid, Done)
		if dropped := d.last().Channel.Dropped; dropped != 19*mostMail+1 {
			t.Errorf("%d rows were dropped", dropped)
		}
	})
}

// A server that says the same thousands of times a second fills no history, and its first claim
// of an end is kept all the same.
func TestWatcher_OfAFloodOfHintsTwentyAMinuteAreKeptAndTheRestIsCounted(t *testing.T) {
	var mu sync.Mutex
	kept := map[EventKind]int{}
	var words []string
	note := func(e Event) {
		mu.Lock()
		defer mu.Unlock()
		kept[e.Kind]++
		words = append(words, e.Word+e.Text)
	}
	within(t, Config{Note: note}, func(d *desk) {
		d.hand()
		d.tells(Notice{Kind: Ready})
		d.pass(4 * sec)
		for range 3000 {
			d.tells(row("PROCESSING"))
			d.tells(Notice{Kind: Ready})
		}
		stray := row("PROCESSING")
		stray.Row.Columns["reference_id"] = []byte(`"00000000-0000-4000-8000-000000000000"`)
		for range 1000 {
			d.tells(stray)
		}
		d.tells(row("COMPLETED"))
		mu.Lock()
		if kept[EventHint]+kept[EventStray] != quotaMost+1 || kept[EventReady] != quotaMost || !slices.Contains(words, "COMPLETED") {
			t.Errorf("kept are %v, the last %q", kept, words[len(words)-3:])
		}
		mu.Unlock()
		if c := d.last().Channel; c.Duplicates+c.Dropped < 3900 {
			t.Errorf("counted are %+v", c)
		}
		d.pass(61 * sec)
		d.tells(row("COMPLETED"))
		mu.Lock()
		defer mu.Unlock()
		if !slices.Contains(words, "not kept: 3981 more in the minutes before") {
			t.Errorf("it ends with %q", words[len(words)-3:])
		}
	})
}

// allocated is how many bytes do takes from the heap, be they freed or not.
func allocated(do func()) uint64 {
	var before, after runtime.MemStats
	runtime.ReadMemStats(&before)
	do()
	runtime.ReadMemStats(&after)
	return after.TotalAlloc - before.TotalAlloc
}

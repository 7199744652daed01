package watch

import (
	"fmt"
	"strings"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"github.com/go-json-experiment/json/jsontext"
)

// with is a row of ours with one column changed; an empty value takes the column away.
func with(column, value string) Notice {
	n := row("COMPLETED")
	if n.Row.Columns[column] = jsontext.Value(value); value == "" {
		delete(n.Row.Columns, column)
	}
	return n
}

// failed is a row that the server could not send.
func failed(n Notice) Notice {
	n.Row.Errors = []string{"Error 413: Payload Too Large"}
	return n
}

// Whatever the channel says that is not clear claims nothing. It costs one read where it may
// have been a hint about this payment, and none where it was not.
func TestWatcher_WhatIsNotClearCostsOneReadAtMost(t *testing.T) {
	for name, c := range map[string]struct {
		notice Notice
		reads  []float64
		text   string
	}{
		"a row that cannot be read":      {Notice{Kind: Changed, Row: Row{Unreadable: true}}, []float64{0, 2}, "a row that cannot be read"},
		"the reference is a number":      {with("reference_id", `5`), []float64{0, 2}, "a row whose reference is no text"},
		"the reference is null":          {with("reference_id", `null`), []float64{0, 2}, "a row whose reference is no text"},
		"the reference is in a list":     {with("reference_id", `["`+ref+`"]`), []float64{0, 2}, "a row whose reference is no text"},
		"the reference is true":          {with("reference_id", `true`), []float64{0, 2}, "a row whose reference is no text"},
		"our row, not sent whole":        {failed(row("COMPLETED")), []float64{0, 2}, "a row that could not be sent: Error 413: Payload Too Large"},
		"another's row":                  {with("reference_id", `"00000000-0000-4000-8000-000000000000"`), []float64{0}, "a row about another payment"},
		"an empty reference":             {with("reference_id", `""`), []float64{0}, "a row about another payment"},
		"our reference and a letter":     {with("reference_id", `"`+ref+`x"`), []float64{0}, "a row about another payment"},
		"another's row, not sent whole":  {failed(with("reference_id", `"x"`)), []float64{0}, "a row that could not be sent: Error 413: Payload Too Large"},
		"a row that nobody may read":     {failed(with("reference_id", ``)), []float64{0}, "a row that could not be sent: Error 413: Payload Too Large"},
		"an unreadable row with a claim": {Notice{Kind: Changed, Row: Row{Unreadable: true, Columns: row("COMPLETED").Row.Columns}}, []float64{0, 2}, "a row that cannot be read"},
	} {
		t.Run(name, func(t *testing.T) {
			var noted []Event
			var mu sync.Mutex
			note := func(e Event) {
				mu.Lock()
				defer mu.Unlock()
				if e.Kind == EventStray || e.Kind == EventHint {
					noted = append(noted, e)
				}
			}
			within(t, Config{Note: note}, func(d *desk) {
				d.hand()
				d.tells(Notice{Kind: Ready})
				d.pass(2 * sec)
				d.tells(c.notice)
				d.want(Waiting, Live)
				d.pass(7500 * time.Millisecond)
				d.wantReads(c.reads...)
				d.want(Waiting, Live)
				s := d.last()
				if s.Hint.Status != "" || s.Channel.Dropped != 1 || d.fleet.Health().Hints.Dropped != 1 {
					t.Errorf("hint %q, %+v", s.Hint.Status, s.Channel)
				}
				mu.Lock()
				defer mu.Unlock()
				if len(noted) != 1 || noted[0].Kind != EventStray || noted[0].Text != c.text {
					t.Errorf("noted %+v", noted)
				}
			})
		})
	}
}

// A status that is no word is no status, whatever it looks like.
func TestWatcher_AStatusOfAnotherTypeClaimsNothing(t *testing.T) {
	for _, value := range []string{`1`, `null`, `true`, `["COMPLETED"]`, `{"status":"COMPLETED"}`, `""`, `"\u200b"`, ``} {
		t.Run(value, func(t *testing.T) {
			within(t, Config{}, func(d *desk) {
				d.hand()
				d.tells(Notice{Kind: Ready})
				d.pass(2 * sec)
				d.tells(with("status", value))
				d.want(Waiting, Live)
				if s := d.last(); s.Hint.Status != "" || s.Channel.Dropped != 1 {
					t.Errorf("hint %q, %+v", s.Hint.Status, s.Channel)
				}
				if n := d.asked(); n != 2 {
					t.Errorf("%d reads, want one for the row", n)
				}
			})
		})
	}
}

// flood has the channel say something a hundred times a second.
func (d *desk) flood(times int, notice func(i int) Notice) {
	d.Helper()
	for i := range times {
		d.tells(notice(i))
		d.pass(10 * time.Millisecond)
	}
}

// A channel that never stops saying something new never costs more reads than a payment that is
// polled every second or two.
func TestWatcher_AFloodOfAnyWordsCostsFewReads(t *testing.T) {
	both := func(a, b string) func(int) Notice {
		return func(i int) Notice { return row([]string{a, b}[i%2]) }
	}
	for name, c := range map[string]struct {
		api    string
		notice func(i int) Notice
		most   int
	}{
		"rows that cannot be read":      {StatusProcessing, func(int) Notice { return Notice{Kind: Changed, Row: Row{Unreadable: true}} }, 20},
		"rows without a status":         {StatusProcessing, func(int) Notice { return with("status", "") }, 40},
		"one unknown word":              {StatusProcessing, func(int) Notice { return row("settled") }, 40},
		"two unknown words":             {StatusProcessing, both("settled", "succeeded"), 40},
		"ever new words":                {StatusProcessing, func(i int) Notice { return row(fmt.Sprint("word ", i)) }, 40},
		"both ends, by turns":           {StatusProcessing, both("COMPLETED", "FAILED"), 40},
		"an end that is none":           {StatusProcessing, func(int) Notice { return row("COMPLETED") }, 25},
		"routine words":                 {StatusProcessing, both("PENDING", "PROCESSING"), 12},
		"routine words before it began": {"404", both("PENDING", "PROCESSING"), 30},
		"ready again and again":         {StatusProcessing, func(int) Notice { return Notice{Kind: Ready} }, 15},
		"ready and lost by turns": {StatusProcessing, func(i int) Notice {
			return []Notice{{Kind: Ready}, {Kind: Lost, Why: "flaps"}}[i%2]
		}, 40},
	} {
		t.Run(name, func(t *testing.T) {
			within(t, Config{}, func(d *desk) {
				d.hand()
				d.tells(Notice{Kind: Ready})
				d.says(c.api)
				d.flood(6_000, c.notice) // a minute of it
				if n := d.asked(); n > c.most {
					t.Errorf("it cost %d reads in a minute, want %d at most", n, c.most)
				}
				d.says(StatusCompleted)
				d.pass(31 * sec)
				d.want(Paid, Done) // and the end is found
			})
		})
	}
}

// A first word of an end is looked into at once, whatever came before it.
func TestWatcher_AnEndAfterAFloodIsLookedIntoAtOnce(t *testing.T) {
	within(t, Config{}, func(d *desk) {
		d.hand()
		d.tells(Notice{Kind: Ready})
		d.flood(2_000, func(i int) Notice { return row(fmt.Sprint("word ", i)) })
		d.says(StatusCompleted)
		d.tells(row("COMPLETED"))
		d.want(Paid, Done)
	})
}

// Every Snapshot goes to the journal and the outputs. Those that say nothing but a new count are
// told once a second, and the last count is told too.
func TestWatcher_AFloodOfRowsIsToldOnceASecond(t *testing.T) {
	within(t, Config{}, func(d *desk) {
		d.hand()
		d.tells(Notice{Kind: Ready})
		d.tells(row("PROCESSING"))
		d.pass(2 * sec)
		before := len(d.said)
		d.flood(500, func(int) Notice { return row("PROCESSING") }) // for 5 s
		if n := len(d.said) - before; n < 4 || n > 7 {
			t.Errorf("%d snapshots were told", n)
		}
		d.pass(sec)
		if n := d.last().Channel.Duplicates; n != 500 {
			t.Errorf("%d duplicates were told", n)
		}
		d.says(StatusCompleted)
		d.tells(row("PROCESSING"))
		d.tells(row("COMPLETED"))
		d.want(Paid, Done) // which waits for nothing
		if n := d.last().Channel.Duplicates; n != 501 {
			t.Errorf("%d duplicates were told", n)
		}
	})
}

// A row's time is the database's word. One that is wrong must not make all others look late.
func TestWatcher_AWrongTimeInARowDoesNotCostTrust(t *testing.T) {
	days := func(n int) func(time.Time) time.Time {
		return func(t time.Time) time.Time { return t.AddDate(0, 0, n) }
	}
	by := func(d time.Duration) func(time.Time) time.Time {
		return func(t time.Time) time.Time { return t.Add(d) }
	}
	for name, c := range map[string]struct {
		wrong func(time.Time) time.Time
		times int
	}{
		"in 8000 years":  {days(8000 * 365), 5}, // so wrong that no number of them makes it right
		"2000 years ago": {days(-2000 * 365), 5},
		"tomorrow":       {days(1), 5},
		"yesterday":      {days(-1), 5},
		"in an hour":     {by(time.Hour), 5},
	} {
		t.Run(name, func(t *testing.T) {
			within(t, Config{}, func(d *desk) {
				d.hand()
				d.tells(Notice{Kind: Ready})
				d.pass(12 * time.Minute)
				tell := func(at time.Time) {
					n := row("PENDING")
					n.Row.Commit = at
					d.tells(n)
				}
				tell(time.Now().Round(0))
				for range c.times {
					tell(c.wrong(time.Now().Round(0)))
				}
				for range 5 {
					tell(time.Now().Round(0))
				}
				if h := d.fleet.Health(); !h.Trusted || h.Hints.Late != 0 {
					t.Errorf("after a wrong time: trusted %v, %+v", h.Trusted, h.Hints)
				}
			})
		})
	}
}

// hold has the crew stand still at a watcher until the channel is closed.
func (d *desk) hold(w *watcher) chan struct{} {
	resume := make(chan struct{})
	w.post(func() { <-resume })
	synctest.Wait()
	return resume
}

// Large rows wait in few.
func TestWatcher_RowsWaitInABoundedRoom(t *testing.T) {
	large := with("note", `"`+strings.Repeat("x", 60<<10)+`"`)
	wide := row("PROCESSING")
	for i := range 1_500 {
		wide.Row.Columns[fmt.Sprint("c", i)] = jsontext.Value(`1`)
	}
	huge := with("note", `"`+strings.Repeat("x", 4<<20)+`"`)
	for name, c := range map[string]struct {
		notice Notice
		most   int
	}{"large": {large, 4}, "wide": {wide, 2}, "huge": {huge, 1}, "small": {row("PROCESSING"), mostMail}} {
		t.Run(name, func(t *testing.T) {
			within(t, Config{}, func(d *desk) {
				d.hand()
				d.tells(Notice{Kind: Ready})
				d.pass(4 * sec)
				w := d.fleet.all()[0]
				for round := range 3 {
					resume := d.hold(w)
					for range 2 * mostMail {
						d.line.Hear(c.notice)
					}
					w.mu.Lock()
					waiting := len(w.mail)
					w.mu.Unlock()
					close(resume)
					if waiting != c.most {
						t.Errorf("%d wait in round %d, want %d", waiting, round, c.most)
					}
					d.pass(2 * sec)
				}
				if n := d.last().Channel.Dropped; int(n) != 3*(2*mostMail-c.most) {
					t.Errorf("%d were dropped", n)
				}
			})
		})
	}
}

// What is too long to be shown is not prepared for it.
func TestWatcher_AHugeRowIsNotShown(t *testing.T) {
	var raw string
	var mu sync.Mutex
	note := func(e Event) {
		mu.Lock()
		defer mu.Unlock()
		if e.Kind == EventHint {
			raw = e.Raw
		}
	}
	within(t, Config{Note: note}, func(d *desk) {
		d.hand()
		d.tells(with("note", `"`+strings.Repeat("x", 4<<20)+`"`))
		mu.Lock()
		defer mu.Unlock()
		if raw != "(a row too long to show)" {
			t.Errorf("it shows %.80q", raw)
		}
	})
}

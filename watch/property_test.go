package watch

import (
	"fmt"
	"testing"
	"testing/synctest"
	"time"

	"pgregory.net/rapid"
)

// schedule is what happens to one payment: at a time, to the API or to the channel.
type event struct {
	After time.Duration
	What  string
}

var happenings = []string{
	"hint PENDING", "hint PROCESSING", "hint COMPLETED", "hint FAILED", "hint completed", "hint odd",
	"ready", "ready again", "lost", "lost for good", "stalled", "resumed", "stray row", "error row",
	"api PENDING", "api PROCESSING", "api odd", "api 404", "api 429", "api 500", "api offline", "api another's",
	"clock jumps", "verify", "stop", "resume", "handed again",
}

// Over random schedules of hints, answers and faults: PAID and NOT PAID appear only after
// the API said so about this payment, and a payment whose end can be read ends right.
func TestWatcher_NeverSaysAnEndThatDollrDidNot(t *testing.T) {
	rapid.Check(t, func(r *rapid.T) {
		events := rapid.SliceOfN(rapid.Custom(func(r *rapid.T) event {
			return event{
				After: time.Duration(rapid.IntRange(0, 40_000).Draw(r, "ms")) * time.Millisecond,
				What:  rapid.SampledFrom(happenings).Draw(r, "what"),
			}
		}), 1, 25).Draw(r, "events")
		end := rapid.SampledFrom([]string{StatusCompleted, StatusFailed}).Draw(r, "end")
		window := rapid.SampledFrom([]Window{WindowKey, WindowStrict, WindowUntilFinal}).Draw(r, "window")
		channel := rapid.Bool().Draw(r, "channel")

		var wrong string
		within(t, Config{Window: window}, func(d *desk) { wrong = d.live(events, end, channel) })
		if wrong != "" {
			r.Fatal(wrong)
		}
	})
}

// live plays a schedule to its end and says what was wrong.
func (d *desk) live(events []event, end string, channel bool) string {
	d.hand(func(p *Payment) {
		if !channel {
			p.Session = 0
		}
	})
	for _, e := range events {
		d.pass(e.After)
		d.happen(e.What)
	}
	for _, s := range d.said { // the API has not said an end so far
		if s.Verdict == Paid || s.Verdict == NotPaid || s.Ended() {
			return fmt.Sprintf("%v before Dollr said so", s.Verdict)
		}
	}
	d.fleet.Resume(ID(ref))
	d.says(end)
	d.pass(12 * time.Minute) // 10 minutes of Retry-After would be the worst
	want := map[string]Verdict{StatusCompleted: Paid, StatusFailed: NotPaid}[end]
	if s := d.last(); s.Verdict != want || s.Link != Done {
		return fmt.Sprintf("ended as %v by %v (%q); Dollr says %s", s.Verdict, s.Link, s.Trouble, end)
	}
	return ""
}

func (d *desk) happen(what string) {
	var kind, word string
	_, _ = fmt.Sscanf(what, "%s %s", &kind, &word)
	d.mu.Lock()
	line := d.line
	d.mu.Unlock()
	hear := func(n Notice) {
		if line != nil {
			line.Hear(n)
		}
	}
	switch what {
	case "ready", "ready again":
		hear(Notice{Kind: Ready, Asked: word == "again"})
	case "lost", "lost for good":
		hear(Notice{Kind: Lost, Why: "the socket closed", Over: what != "lost"})
	case "stalled":
		hear(Notice{Kind: Stalled})
	case "resumed":
		hear(Notice{Kind: Resumed})
	case "stray row":
		n := row("COMPLETED")
		n.Row.Columns["reference_id"] = []byte(`"x"`)
		hear(n)
	case "error row":
		hear(Notice{Kind: Changed, Row: Row{Errors: []string{"Error 401: Unauthorized"}}})
	case "clock jumps":
		d.mu.Lock()
		d.skew += time.Minute
		d.mu.Unlock()
	case "verify":
		d.fleet.Verify(ID(ref))
	case "stop":
		d.fleet.Stop(ID(ref))
	case "resume":
		d.fleet.Resume(ID(ref))
	case "handed again":
		_, _ = d.fleet.Add(Payment{Reference: ref, Label: "again"})
	default:
		if kind == "hint" {
			hear(row(word))
		} else {
			d.says(word)
		}
	}
	synctest.Wait()
}

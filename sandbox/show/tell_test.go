package show

import (
	"context"
	"slices"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"tillwatch/sandbox"
)

// told is a script on the stage, with what was said and what went wrong.
type told struct {
	*stage
	said, troubles []string
}

// tell plays a script in a bubble.
func tell(t *testing.T, text string, look func(*told)) {
	t.Helper()
	script, err := Parse("day.txt", text)
	if err != nil {
		t.Fatal(err)
	}
	synctest.Test(t, func(t *testing.T) {
		p := &told{}
		p.stage = openWith(t, Options{
			Seed: 7, Rate: 5, Script: script, // the rate has no part in a story
			Say:     func(text string) { p.said = append(p.said, text) },
			Trouble: func(text string) { p.troubles = append(p.troubles, text) },
		})
		defer p.end()
		look(p)
	})
}

// ends is what became of each payment, by its label; of two of one label, of the first, for
// chance may draw a name that a script has given.
func (s *stage) ends() map[string]string {
	all := map[string]string{}
	truth := s.box.Truth()
	for i, line := range s.all() {
		if label := line["label"].(string); all[label] == "" {
			all[label] = truth[i].Status
		}
	}
	return all
}

func TestTell_TheBuiltInStoryEndsAsItsLastCaptionSays(t *testing.T) {
	for _, speed := range []float64{1, 4, 64} {
		tell(t, lunch, func(p *told) {
			if err := p.box.SetSpeed(speed); err != nil {
				t.Fatal(err)
			}
			p.after(p.script.Length())
			ends := p.ends()
			for label, want := range map[string]string{"Table 4": "COMPLETED", "Order 1042": "COMPLETED",
				"Musu D": "COMPLETED", "Table 9": "COMPLETED", "Hawa J": "FAILED"} {
				if ends[label] != want {
					t.Errorf("at speed %v %s ended %s", speed, label, ends[label])
				}
			}
			if len(ends) != 5 || len(p.FaultsOn()) != 0 || len(p.troubles) != 0 {
				t.Errorf("%d payments, faults %v, troubles %q", len(ends), p.FaultsOn(), p.troubles)
			}
			if last := p.said[len(p.said)-1]; p.Caption() != last || !strings.HasPrefix(last, "That was lunch") {
				t.Errorf("the last caption is %q", last)
			}
			if came := p.after(10 * time.Minute); came != 0 {
				t.Errorf("%d came by chance", came)
			}
		})
	}
}

func TestTell_EachStepHappensAtItsTime(t *testing.T) {
	tell(t, `
at 0s    caption  Good morning.
at 2s    start    "Table 4" orange-lr stuck LRD 3200.00
         start    Page hosted hosted-idle
at 5s    fault    slow on
at 6s    speed    8
wait 1s  caption
at 8s    decide   "Table 4" decline
         decide   Page approve
         fault    slow off
at 10s   customers 3
at 12s   arrivals 2
at 1m12s arrivals 0
`, func(p *told) {
		see := func(caption, status string, lines int) {
			t.Helper()
			if p.Caption() != caption || p.Status() != status || len(p.all()) != lines {
				t.Errorf("the caption is %q, the status %q, there are %d", p.Caption(), p.Status(), len(p.all()))
			}
		}
		see("Good morning.", "script 0:00 of 1:12, speed 1x", 0)
		p.after(1999 * time.Millisecond)
		see("Good morning.", "script 0:01 of 1:12, speed 1x", 0)
		p.after(time.Millisecond)
		see("Good morning.", "script 0:02 of 1:12, speed 1x", 2)
		if first := p.all()[0]; first["label"] != "Table 4" || first["method"] != "ORANGE_MONEY_LBR" ||
			first["amount"] != "3200.00" || first["currency"] != "LRD" {
			t.Errorf("it started %v", first)
		}
		p.after(4 * time.Second)
		see("Good morning.", "fault: slow, script 0:06 of 1:12, speed 8x", 2)
		p.after(2 * time.Second)
		see("", "script 0:08 of 1:12, speed 8x", 2)
		if ends := p.ends(); ends["Table 4"] != "FAILED" || ends["Page"] != "PAID" {
			t.Errorf("they ended as %v", ends)
		}
		p.after(2 * time.Second)
		see("", "script 0:10 of 1:12, speed 8x", 5)
		if came := p.after(40 * time.Second); came < 50 || came > 105 {
			t.Errorf("%d came in 38 seconds at 2/s", came)
		}
		if status := p.Status(); status != "script 0:50 of 1:12, arrivals 2/s, speed 8x" {
			t.Errorf("the status is %q", status)
		}
		p.after(22 * time.Second)
		see("", "arrivals 0/s, speed 8x", len(p.all())) // it is over, and a demo like any other
		if p.Faster(); p.after(time.Minute) == 0 {
			t.Error("after the story nobody can come")
		}
		if len(p.troubles) != 0 || !slices.Equal(p.said, []string{"Good morning."}) {
			t.Errorf("said %q, troubles %q", p.said, p.troubles)
		}
	})
}

func TestTell_PauseHoldsTheStory(t *testing.T) {
	tell(t, "at 10s caption One.\nat 20s caption Two.\n", func(p *told) {
		p.after(4 * time.Second)
		if said := p.Pause(); said != "script paused at 0:04 of 0:20" || p.Status() != said+", speed 1x" {
			t.Errorf("said %q, status %q", said, p.Status())
		}
		if p.after(time.Hour); p.Caption() != "" {
			t.Errorf("while it was paused it said %q", p.Caption())
		}
		if p.came(func() { p.One() }) != 1 { // the presenter may do as he likes meanwhile
			t.Error("one customer more did not come")
		}
		if said := p.Pause(); said != "script 0:04 of 0:20" {
			t.Errorf("it goes on with %q", said)
		}
		if p.after(5 * time.Second); p.Caption() != "" {
			t.Errorf("too early: %q", p.Caption())
		}
		if p.after(time.Second); p.Caption() != "One." {
			t.Errorf("six seconds later it says %q", p.Caption())
		}
		if p.after(10 * time.Second); p.Caption() != "Two." {
			t.Errorf("in the end it says %q", p.Caption())
		}
		if said := p.Pause(); said != "arrivals paused" { // there is no story left to hold
			t.Errorf("after the end: %q", said)
		}
	})
}

// What a step cannot do is said with its line, and the story goes on.
func TestTell_SaysWhatCannotBe(t *testing.T) {
	tell(t, `start A mtn-lr stuck
at 3s  decide A dialled
       decide A approve
at 5s  decide A decline
at 6s  caption Still there.
`, func(p *told) {
		p.after(7 * time.Second)
		want := []string{
			"script day.txt:2: decide A dialled: it does not wait for the customer to dial",
			"script day.txt:4: decide A decline: it is COMPLETED already",
		}
		if !slices.Equal(p.troubles, want) || p.Caption() != "Still there." {
			t.Errorf("said %q, the caption is %q", p.troubles, p.Caption())
		}
	})
}

// The channel hears a hint, and Dollr's API does not agree until it is decided.
func TestTell_AHintIsTheChannelsAlone(t *testing.T) {
	tell(t, `start Right mtn-lr stuck
start Wrong mtn-lr paid
at 2s   hint Right COMPLETED
        hint Wrong COMPLETED
at 12s  decide Right approve
        decide Wrong decline
`, func(p *told) {
		p.after(11 * time.Second)
		for _, truth := range p.box.Truth() {
			if truth.Status != "PROCESSING" || truth.Committed.Before(truth.At) {
				t.Errorf("behind a hint it is %+v", truth)
			}
		}
		p.after(10 * time.Minute)
		if ends := p.ends(); ends["Right"] != "COMPLETED" || ends["Wrong"] != "FAILED" {
			t.Errorf("they ended as %v", ends)
		}
	})
}

// While it plays, others press keys; nobody waits for another for ever.
func TestTell_KeysArePressedMeanwhile(t *testing.T) {
	tell(t, lunch, func(p *told) {
		for i := range 120 {
			done := make(chan struct{})
			go func() {
				defer close(done)
				p.Quicker()
				_, _ = p.Caption(), p.Status()
				p.Start("", "")
				p.SetFault("slow", i%2 == 0)
				p.Pause()
				p.Calmer()
				p.Pause()
			}()
			p.after(time.Second)
			<-done
		}
		if p.after(10 * time.Second); len(p.all()) != 125 {
			t.Errorf("%d came", len(p.all()))
		}
	})
}

func TestTell_ItPlaysWithoutAnyoneWhoListens(t *testing.T) {
	script, err := Parse("day.txt", "caption Hello\nstart A mtn-lr stuck\ndecide A dialled\n")
	if err != nil {
		t.Fatal(err)
	}
	synctest.Test(t, func(t *testing.T) {
		box := sandbox.New(sandbox.Options{})
		defer box.Close()
		s := New(box, Options{Script: script})
		ctx, cancel := context.WithTimeout(t.Context(), time.Second)
		defer cancel()
		n := 0
		s.Run(ctx, func([]byte) { n++ })
		if n != 1 || s.Caption() != "Hello" {
			t.Errorf("%d came, the caption is %q", n, s.Caption())
		}
	})
}

func TestTell_TheCursorGoesWhereTheStoryIs(t *testing.T) {
	tell(t, "start A mtn-lr stuck\nstart B mtn-lr stuck\nat 5s decide A approve\nat 9s look B\n", func(p *told) {
		if p.after(0); p.Focus() == "" || p.Focus() != p.called["B"] {
			t.Errorf("after the second start it is about %q", p.Focus())
		}
		if p.after(6 * time.Second); p.Focus() != p.called["A"] {
			t.Errorf("after deciding A it is about %q", p.Focus())
		}
		if p.after(4 * time.Second); p.Focus() != p.called["B"] {
			t.Errorf("after looking at B it is about %q", p.Focus())
		}
	})
}

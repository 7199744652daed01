package show

import (
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"tillwatch/sandbox"
)

func TestShow_ThePresenterDecidesAboutAPayment(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		s := open(t, 7, 0)
		defer s.end()
		if said := s.Decide("", sandbox.Approve); said != "no payment is selected" {
			t.Errorf("nothing selected: %q", said)
		}
		if said := s.Decide("ORDER:1", sandbox.Approve); said != "that cannot be: there is no such payment" {
			t.Errorf("unknown: %q", said)
		}
		reference := s.all()[0]["reference_id"].(string)
		time.Sleep(time.Second) // it has landed
		if said := s.Decide(reference, sandbox.Decline); said != "decline: done" {
			t.Fatal(said)
		}
		if said := s.Decide(reference, sandbox.Approve); !strings.HasPrefix(said, "that cannot be: it is FAILED") {
			t.Errorf("approved after it was declined: %q", said)
		}
		for _, truth := range s.box.Truth() {
			if truth.Reference == reference && truth.Status != "FAILED" {
				t.Errorf("the truth is %s", truth.Status)
			}
		}
	})
}

func TestShow_ThePresenterSwitchesFaultsByName(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		s := open(t, 7, 0)
		defer s.end()
		want := func(said, words, status string) {
			t.Helper()
			if said != words || s.Status() != status+"arrivals 0/s, speed 1x" {
				t.Errorf("said %q, status %q", said, s.Status())
			}
		}
		want(s.SetFault("unreachable", true), "fault: unreachable", "fault: unreachable, ")
		want(s.SetFault("slow", true), "fault: slow", "fault: unreachable + slow, ")
		want(s.SetFault("cut", true), "cut: done", "fault: unreachable + slow, ")
		want(s.SetFault("cut", false), "cut passes by itself", "fault: unreachable + slow, ")
		want(s.SetFault("unreachable", false), "fault over: unreachable", "fault: slow, ")
		want(s.SetFault("slow", false), "fault over: slow", "")
		want(s.SetFault("clock", true), "fault: clock", "fault: clock, ")
		want(s.SetFault("clock", false), "fault over: clock", "")
		want(s.SetFault("restart", true), "fault: restart", "fault: restart, ")
		time.Sleep(9 * time.Second)
		want("", "", "") // this one ends by itself
		if said := s.SetFault("rain", true); !strings.HasPrefix(said, `that cannot be: unknown fault "rain"; known are throttle, `) {
			t.Errorf("a fault that is none: %q", said)
		}
		for _, fault := range Faults() { // each of the menu can be had
			if said := s.SetFault(fault.Name, true); strings.HasPrefix(said, "that cannot be") {
				t.Errorf("%s: %s", fault.Name, said)
			}
		}
	})
}

func TestShow_ThePresenterStartsAChosenPayment(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		s := open(t, 7, 0)
		defer s.end()
		s.Pause() // which holds only those who come by chance
		for _, chosen := range []struct{ network, scenario, said string }{
			{"mtn-lr", "declined", ": mtn-lr declined"}, {"", "no-prompt", ": no-prompt"},
			{"airtel-rw", "", ": airtel-rw"}, {"", "", ""}, {"hosted", "hosted-paid", ": hosted hosted-paid"},
		} {
			said := ""
			if s.came(func() { said = s.Start(chosen.network, chosen.scenario) }) != 1 {
				t.Fatalf("%+v: nobody came: %q", chosen, said)
			}
			came := s.all()[len(s.all())-1]
			if want := "started " + came["label"].(string) + chosen.said; said != want {
				t.Errorf("said %q, want %q", said, want)
			}
			truth := s.box.Truth()
			if did := truth[len(truth)-1].Scenario; chosen.scenario != "" && did != chosen.scenario {
				t.Errorf("%+v became %s", chosen, did)
			}
		}
		said := ""
		if came := s.came(func() { said = s.Start("card", "declined") }); came != 0 || said != `that cannot be: scenario "declined" cannot be paid by CREDIT_CARD` {
			t.Errorf("a card cannot do that: %q, and %d came", said, came)
		}
		for _, n := range Networks() { // each pair of two menus can be had
			for _, sc := range ScenariosOf(n.Name) {
				if s.came(func() { s.Start(n.Name, sc.Name) }) != 1 {
					t.Errorf("%s %s did not come", n.Name, sc.Name)
				}
			}
		}
	})
}

func TestShow_ThePresenterChangesThePace(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		s := open(t, 7, 0)
		defer s.end()
		for _, want := range []string{"2", "4", "8", "16", "32", "64"} {
			if said := s.Quicker(); said != "speed "+want+"x" || s.Status() != "arrivals 0/s, "+said {
				t.Errorf("said %q, status %q, want %s", said, s.Status(), want)
			}
		}
		if said := s.Quicker(); said != "speed 64x, the quickest there is" {
			t.Errorf("quicker than can be: %q", said)
		}
		for range 8 {
			s.Calmer()
		}
		if said := s.Calmer(); said != "speed 0.25x, the calmest there is" || s.box.Speed() != 0.25 {
			t.Errorf("calmer than can be: %q", said)
		}
		if err := s.box.SetSpeed(100); err != nil { // as --speed 100 does
			t.Fatal(err)
		}
		if said := s.Quicker(); said != "speed 100x, the quickest there is" {
			t.Errorf("quicker than 100: %q", said)
		}
		if said := s.Calmer(); said != "speed 50x" {
			t.Errorf("calmer than 100: %q", said)
		}
	})
}

// What a menu shows is a few words on one line.
func TestChoices_AreForAMenu(t *testing.T) {
	for menu, choices := range map[string][]Choice{
		"networks": Networks(), "scenarios": ScenariosOf(""), "outcomes": Outcomes(), "faults": Faults(),
	} {
		if len(choices) == 0 {
			t.Errorf("there are no %s", menu)
		}
		for _, c := range choices {
			if c.Name == "" || c.Text == "" || len(c.Text) > 64 || strings.ContainsAny(c.Name+c.Text, "`\n") {
				t.Errorf("%s: %+v", menu, c)
			}
		}
	}
	if o := Outcomes(); o[0].Name != string(sandbox.Approve) || len(o) != 7 {
		t.Errorf("the outcomes are %v", o)
	}
}

func TestShow_ThePresenterLetsTheChannelLie(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		s := open(t, 7, 0)
		defer s.end()
		s.Start("mtn-lr", "stuck")
		s.after(5 * time.Second)
		name := s.all()[len(s.all())-1]["reference_id"].(string)
		if said := s.Lie(name, "COMPLETED"); said != "the channel says COMPLETED, the API does not" {
			t.Errorf("said %q", said)
		}
		if truth := s.box.Truth(); truth[len(truth)-1].Status == "COMPLETED" {
			t.Error("the API believes the lie")
		}
		if said := s.Lie("", "FAILED"); said != "no payment is selected" {
			t.Errorf("said %q", said)
		}
		if said := s.Lie("nobody", "FAILED"); !strings.HasPrefix(said, "that cannot be: ") {
			t.Errorf("said %q", said)
		}
	})
}

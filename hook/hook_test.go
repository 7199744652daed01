package hook

import (
	"encoding/json"
	"fmt"
	"os"
	"path/filepath"
	"runtime"
	"slices"
	"strings"
	"testing"
	"time"

	"go.uber.org/goleak"

	"tillwatch/watch"
)

func TestHook_ReadsTheObjectAndIsGivenItsWordsAsTheyAre(t *testing.T) {
	words := []string{"$HOME; rm -rf *", "`id` && {label}", `a "quoted" \ word`, "", "%s | tee > <"}
	s := newStage(t, func(c *Config) { c.Command = append(c.Command, words...) })
	for _, verdict := range []watch.Verdict{watch.Paid, watch.NotPaid} {
		told := snap("Table <4> $(id)", verdict)
		told.Reference = verdict.String()
		s.Put(told)
		a := s.begins()
		if a.Stdin != string(encode(told)) {
			t.Errorf("it read %q", a.Stdin)
		}
		if !slices.Equal(a.Args, words) {
			t.Errorf("its arguments are %q", a.Args)
		}
		a.does("exit", "0")
	}
	s.closes()
}

func TestHook_HasNoCredentialInItsEnvironment(t *testing.T) {
	kept := []string{"TILLWATCH_TITLE=Counter 2", "SHOP=supabase_dollr_", "MY_DOLLR_NOTE=x"}
	for _, variable := range append(kept,
		"DOLLR_CLIENT_SECRET=hush-1", "dollr_client_id=hush-2", "SUPABASE_ANON_KEY=hush-3", "Supabase_Url=hush-4", "DOLLR_=hush-5") {
		name, value, _ := strings.Cut(variable, "=")
		t.Setenv(name, value)
	}
	s := newStage(t)
	s.Put(paid("Table 4"))
	a := s.begins()
	for _, variable := range append(kept, "PATH="+os.Getenv("PATH")) {
		if !slices.Contains(a.Environ, variable) {
			t.Errorf("%s is not in its environment", variable)
		}
	}
	if all := strings.Join(a.Environ, "\n"); strings.Contains(all, "hush") {
		t.Errorf("a credential is in its environment:\n%s", all)
	}
	a.does("exit", "0")
	s.closes()
}

func TestHook_RunsOnVerifiedEndsAlone(t *testing.T) {
	s := newStage(t)
	for _, verdict := range []watch.Verdict{watch.Waiting, watch.Confirming, watch.Check, watch.Stopped} {
		hinted := snap(verdict.String(), verdict)
		hinted.Hint.Status = "COMPLETED"
		s.Put(hinted)
	}
	unverified, before := paid("by a hint"), paid("yesterday's")
	unverified.Final = watch.Answer{}
	before.Final.At = s.since.Add(-time.Hour)
	s.Put(unverified)
	s.Put(before)
	s.closes()
}

// A clock that is an hour back must not keep the hook silent for that hour.
func TestHook_RunsThoughTheClockWasSetBack(t *testing.T) {
	s := newStage(t)
	told := paid("Table 4")
	told.Final.At = s.since.Add(-time.Hour)
	told.At = told.Final.At.Add(time.Millisecond)
	s.Put(told)
	s.begins().does("exit", "0")
	s.closes()
}

// What ended before we began is news to a Runner that has just been made: it cannot know
// that another one has run for it.
func TestHook_RunsAgainAfterARestartForWhatIsHandedOverAgain(t *testing.T) {
	for range 2 {
		s := newStage(t)
		s.Put(paid("Table 4"))
		s.begins().does("exit", "0")
		s.closes()
	}
}

func TestHook_RunsOnceForAPayment(t *testing.T) {
	s := newStage(t)
	confirming := snap("Table 4", watch.Confirming)
	s.Put(confirming) // it has not ended, so this one does not count
	again := paid("Table 4")
	s.Put(again)
	s.begins().does("exit", "0")
	again.Rev++
	s.Put(again)
	contradicted := snap("Table 4", watch.Check)
	contradicted.Rev = again.Rev + 1
	s.Put(contradicted)
	s.closes()
}

func TestHook_KnowsWhoseMoneyItIs(t *testing.T) {
	for _, c := range []struct {
		stake watch.Stake
		asked bool // hook_sim
		runs  bool
	}{
		{watch.Real, false, true}, {watch.Test, false, true}, {watch.Sim, false, false},
		{watch.Real, true, true}, {watch.Sim, true, true},
	} {
		t.Run(fmt.Sprintf("%v, asked for SIM %v", c.stake, c.asked), func(t *testing.T) {
			s := newStage(t, func(to *Config) { to.Sim, to.Stake = c.asked, func() watch.Stake { return c.stake } })
			s.Put(paid("Table 4"))
			if !c.runs {
				s.Put(paid("Table 5"))
				s.logs("it is not run for the sandbox's payments; hook_sim = true has it run for them too", false)
				s.closes() // and that is said once
				return
			}
			s.begins().does("exit", "0")
			s.closes()
		})
	}
}

func TestHook_TwoRunAtATimeAndTheOthersWait(t *testing.T) {
	s := newStage(t)
	for _, label := range []string{"one", "two", "three"} {
		s.Put(paid(label)) // returns though nothing has ended
	}
	first, second := s.begins(), s.begins()
	if waiting := s.waits(); waiting != 1 {
		t.Errorf("%d wait", waiting)
	}
	s.silent()
	first.does("exit", "0")
	third := s.begins()
	if third.Stdin != string(encode(paid("three"))) {
		t.Errorf("the third is %s", third.Stdin)
	}
	first.ends() // long ago
	second.does("exit", "0")
	third.does("exit", "0")
	s.closes()
}

func (s *stage) waits() int {
	s.mu.Lock()
	defer s.mu.Unlock()
	return len(s.waiting)
}

func TestHook_WhenNothingRunsThereIsNoGoroutine(t *testing.T) {
	s := newStage(t)
	before := goleak.IgnoreCurrent()
	s.Put(paid("Table 4"))
	s.begins().does("exit", "0")
	s.work.Wait()
	goleak.VerifyNone(t, before)
	s.Put(paid("Table 5")) // and the next one runs all the same
	s.begins().does("exit", "0")
	s.closes()
}

func TestHook_IsKilledWhenItTakesTooLong(t *testing.T) {
	s := newStage(t)
	t.Setenv(stageName, "hang")
	r := s.runner(func(c *Config) { c.Limit = 50 * time.Millisecond })
	r.Put(paid("Table 4"))
	s.logs("Table 4: it was still running after 50ms and was killed", true)
	r.Close(t.Context())
	s.silent()
}

// How long a machine needs to start two processes nobody knows, so the limit grows until
// it is enough for that.
func TestHook_WhatItStartedIsKilledWithItAndHoldsNobodyUp(t *testing.T) {
	for name, leaves := range map[string]bool{"the command waits": false, "the command has ended": true} {
		t.Run(name, func(t *testing.T) {
			for limit := 250 * time.Millisecond; limit < patience; limit *= 2 {
				s := newStage(t, func(c *Config) { c.Limit = limit })
				s.Put(paid("Table 4"))
				came := s.untilKilled(limit, leaves)
				s.closes()
				if len(came) < 2 {
					continue
				}
				if !slices.Equal(came[1].Args, []string{"child"}) {
					t.Errorf("the second is no child: %q", came[1].Args)
				}
				came[0].ends()
				came[1].ends()
				return
			}
			t.Error("the command never came so far as to start another")
		})
	}
}

// untilKilled lets the command start another one, and end itself if it is to leave that
// alone. It returns those that came before both were killed.
func (s *stage) untilKilled(limit time.Duration, leaves bool) (came []*actor) {
	s.t.Helper()
	for {
		select {
		case a := <-s.comes:
			came = append(came, a)
			switch { // it may be dead by now, which the log will say
			case len(came) == 1:
				_ = json.NewEncoder(a.conn).Encode([]string{"start"})
			case leaves:
				_ = json.NewEncoder(came[0].conn).Encode([]string{"exit", "0"})
			}
		case got := <-s.log:
			if want := fmt.Sprintf("Table 4: it was still running after %v and was killed", limit); got != (logged{want, true}) {
				s.t.Errorf("logged %q", got.text)
			}
			return came
		}
	}
}

func TestHook_ABadEndIsLogged(t *testing.T) {
	s := newStage(t)
	s.Put(paid("Table 4"))
	a := s.begins()
	a.does("complain", "no such printer\n")
	a.does("exit", "3")
	s.logs("Table 4: no such printer", false)
	s.logs("Table 4: it failed, exit status 3", true)

	nameless := paid("")
	nameless.Reference = "550E8400-E29B-41D4-A716-446655440000"
	s.Put(nameless)
	s.begins().does("exit", "1")
	s.logs("550e8400-e29b-41d4-a716-446655440000: it failed, exit status 1", true)
	s.closes()
}

func TestHook_ACommandThatCannotBeStartedIsLogged(t *testing.T) {
	s := newStage(t)
	for name, c := range map[string]struct{ text, want string }{
		"no program": {"what is this", "Table 4: it could not be started: no program, and no script either, whose first line would begin with #!"},
		"no shell":   {"#!/no/such/shell\n", "Table 4: it could not be started: no such file or directory"},
	} {
		t.Run(name, func(t *testing.T) {
			file := filepath.Join(t.TempDir(), "hook")
			if err := os.WriteFile(file, []byte(c.text), 0o700); err != nil {
				t.Fatal(err)
			}
			r := s.runner(func(c *Config) { c.Command = []string{file} })
			tricky := paid("Table\x1b[2J 4\n")
			r.Put(tricky)
			s.logs(c.want, true)
			r.Close(t.Context())
		})
	}
	s.silent()
}

func TestHook_WhatItWritesIsCleanedMaskedAndShort(t *testing.T) {
	for name, c := range map[string]struct {
		says string
		want []string
	}{
		"nothing":          {" \n\n", nil},
		"a trick":          {"\x1b[2J\x1b]0;owned\x07paid by \x1b[1m+231 88\x1b[0m 345 6789\r\n", []string{"paid by 231******789"}},
		"a token":          {"Authorization: Bearer abcdefghijkl", []string{"Authorization: " + watch.Hidden}},
		"five lines":       {"1\n2\n\n3\n4\n5\n", []string{"1", "2", "3", "4", "5"}},
		"many lines":       {"1\n2\n3\n4\n5\n6\n7", []string{"…", "3", "4", "5", "6", "7"}},
		"a long line":      {strings.Repeat("x", 1000), []string{strings.Repeat("x", lineMost-1) + "…"}},
		"a flood":          {"231883456789" + strings.Repeat("0", 2*saidMost-20) + "\nthe end", []string{"…", "the end"}},
		"a flood, no line": {strings.Repeat("231883456789 ", saidMost), []string{"…"}},
	} {
		t.Run(name, func(t *testing.T) {
			s := newStage(t)
			s.Put(paid("T"))
			a := s.begins()
			a.does("say", c.says)
			a.does("exit", "0")
			for _, want := range c.want {
				s.logs("T: "+want, false)
			}
			s.closes()
		})
	}
}

func TestClose_LetsWhatRunsAndWaitsEnd(t *testing.T) {
	s := newStage(t)
	for _, label := range []string{"one", "two", "three"} {
		s.Put(paid(label))
	}
	first, second := s.begins(), s.begins()
	closed := make(chan struct{})
	go func() {
		defer close(closed)
		s.Close(t.Context())
	}()
	for !s.isClosed() {
		runtime.Gosched()
	}
	s.Put(paid("too late"))
	first.does("exit", "0")
	s.begins().does("exit", "0")
	select {
	case <-closed:
		t.Error("it did not wait for the second")
	default:
	}
	second.does("exit", "0")
	<-closed
	s.closes() // once more does no harm
}

func (s *stage) isClosed() bool {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.closed
}

func TestClose_KillsWhenItsTimeIsUpAndCountsWhatNeverRan(t *testing.T) {
	for waiting, want := range []string{
		"", "not run for 1 result: tillwatch ended before its turn", "not run for 2 results: tillwatch ended before their turn",
	} {
		t.Run(fmt.Sprint(waiting), func(t *testing.T) {
			s := newStage(t)
			for i := range 2 + waiting {
				later := paid("Table 4")
				later.Reference += fmt.Sprint(i)
				s.Put(later)
			}
			first, second := s.begins(), s.begins()
			s.Close(ended)
			first.ends()
			second.ends()
			for range 2 {
				s.logs("Table 4: it was still running when tillwatch ended, and was killed", true)
			}
			if waiting > 0 {
				s.logs(want, true)
			}
			s.silent()
		})
	}
}

func TestHook_WithoutACommandNothingHappens(t *testing.T) {
	r := New(Config{})
	r.Put(paid("Table 4"))
	r.Close(t.Context())
}

func TestHook_APanicForOnePaymentIsLoggedAndStopsNoOther(t *testing.T) {
	faults := make(chan string, 10)
	s := newStage(t, func(c *Config) {
		c.Encode = func(s watch.Snapshot) []byte {
			if s.Label == "one" {
				panic("of 231883456789")
			}
			return encode(s)
		}
		c.Fault = func(what, stack string) { faults <- what }
	})
	s.Put(paid("one"))
	s.logs("ref-one: this program failed (a bug)", true)
	s.Put(paid("two"))
	s.begins().does("exit", "0")
	s.closes()
	if len(faults) != 1 {
		t.Errorf("%d faults", len(faults))
	}
}

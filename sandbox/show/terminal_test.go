//go:build tmux

package show

import (
	"context"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
	"time"
)

// screen is a terminal in tmux with the demo on it.
type screen struct {
	*testing.T
	server  string
	program string
}

// onTerminal builds the program and starts it in a terminal of that size, after the words
// of another command if there are any. The shell says the exit status, and waits.
func onTerminal(t *testing.T, width, height int, before, args string) *screen {
	t.Helper()
	program := filepath.Join(t.TempDir(), "tillwatch")
	if out, err := exec.CommandContext(t.Context(), "go", "build", "-o", program, "tillwatch").CombinedOutput(); err != nil {
		t.Fatalf("building: %v\n%s", err, out)
	}
	s := &screen{t, fmt.Sprintf("tillwatch-%d-%s", os.Getpid(), filepath.Base(t.Name())), program} // a socket's name
	t.Cleanup(func() {
		_ = exec.CommandContext(context.Background(), "tmux", "-L", s.server, "kill-server").Run() // it may have ended
	})
	s.tmux("-f", "/dev/null", "new-session", "-d", "-s", "s", "-x", fmt.Sprint(width), "-y", fmt.Sprint(height),
		before+program+" "+args+"; echo status=$?; read -r line")
	return s
}

func (s *screen) tmux(args ...string) string {
	s.Helper()
	out, err := exec.CommandContext(s.Context(), "tmux", append([]string{"-L", s.server}, args...)...).CombinedOutput()
	if err != nil {
		s.Fatalf("tmux %s: %v\n%s", args, err, out)
	}
	return string(out)
}

func (s *screen) press(keys ...string) { s.tmux(append([]string{"send-keys", "-t", "s"}, keys...)...) }

// see waits until all the words are on the screen, and returns it.
func (s *screen) see(words ...string) string {
	s.Helper()
	look := time.NewTicker(50 * time.Millisecond)
	defer look.Stop()
	late := time.After(time.Minute)
	for {
		text := s.tmux("capture-pane", "-p", "-t", "s")
		missing := 0
		for _, word := range words {
			if !strings.Contains(text, word) {
				missing++
			}
		}
		if missing == 0 {
			return text
		}
		select {
		case <-look.C:
		case <-late:
			s.Fatalf("%q is not all on the screen:\n%s", words, text)
		}
	}
}

// resize gives the terminal another size and checks that nothing is wider.
func (s *screen) resize(width, height int, words ...string) string {
	s.Helper()
	s.tmux("resize-window", "-t", "s", "-x", fmt.Sprint(width), "-y", fmt.Sprint(height))
	text := s.see(words...)
	for line := range strings.Lines(text) {
		if len([]rune(strings.TrimRight(line, "\n"))) > width {
			s.Errorf("wider than %d: %q", width, line)
		}
	}
	if strings.Count(text, "\n") > height {
		s.Errorf("taller than %d:\n%s", height, text)
	}
	return text
}

// escape presses esc and waits for what it brings back: a key that follows too soon would
// reach the program as one with alt.
func (s *screen) escape(words ...string) {
	s.Helper()
	s.press("Escape")
	s.see(words...)
}

func TestDemo_OnARealTerminal(t *testing.T) {
	s := onTerminal(t, 80, 24, "", "demo --seed 3 --speed 20 --rate 0")
	s.see("TILLWATCH", "SIM", "demo seed 3", "speed 20x", "memory", "OK PAID")

	// A payment that the sandbox does not know is added by hand, found, looked at and stopped.
	s.press("a")
	s.see("ADD A PAYMENT TO WATCH", "Paste")
	s.press("55:550e8400-e29b-41d4-a716-446655440000:ORDER", "Enter")
	s.see("added", "ref 550e8400")
	s.press("/")
	s.see("text  !text")
	s.press("550e", "Enter")
	s.see(`filter "550e" shows 1 of`)
	s.press("Enter")
	s.see("WHY WE SAY SO", "does not know this reference yet")
	s.escape("STATUS", "filter")
	s.press("x")
	s.see("its result is NOT known")
	s.escape("-- STOPPED", "OK PAID", "verify")

	// The presenter decides about a payment that nothing else would end.
	s.press("N")
	s.see("HOW DOES THE CUSTOMER PAY?", "mtn-lr")
	s.press("m", "Enter")
	s.see("WHAT WILL HAPPEN?", "no-wallet")
	s.press("n", "Enter") // no-wallet is the first with an n: it fails at once
	s.see("started", "no-wallet")
	s.press("n")
	s.see("one customer more")

	s.press("f")
	s.see("FROZEN")
	s.press("f")
	s.see("heard")

	s.press("E") // the presenter's fault, and the banner that it must bring
	s.see("FAULTS OF ALL PAYMENTS", "throttle")
	s.press("Enter")
	s.see("fault: throttle", "SLOWED DOWN since", "questions; results come later")

	for _, page := range [][]string{{"?", "HELP", "READ A ROW"}, {"3", "LOG", "stopped watching"}, {"4", "SHIFT", "OPEN"}, {"1", "NOW", "CHECK"}} {
		s.press(page[0])
		s.see(page[1:]...)
	}
	s.resize(120, 40, "SIM", "TROUBLE")
	s.resize(40, 10, "[SIM]")
	s.resize(20, 4, "SIM")
	s.resize(80, 24, "TILLWATCH", "NOW")

	s.press("q")
	s.see("Quit?", "no result yet")
	s.press("q")
	s.see("Paid today (verified)", "-- STOPPED"[3:], "status=0")
	s.tmux("send-keys", "-t", "s", "echoed") // the terminal is a terminal again
	s.see("echoed")
}

func TestDemo_TellsAStoryToACounter(t *testing.T) {
	s := onTerminal(t, 80, 24, "", "demo --script lunch --counter")
	s.see("[SIM]", "demo seed 7", "WAITING", "Say: ", "LRD")
	s.press("p")
	s.see("script paused")
	s.press("C-c", "C-c")
	s.see("status=0")
}

func TestDemo_SpeaksInWordsOnADumbTerminal(t *testing.T) {
	s := onTerminal(t, 120, 90, "TERM=dumb ", "demo --for 3s --speed 20 --rate 0")
	text := s.see("TERM=dumb: words instead of the board (--plain)", "status=0")
	if strings.Contains(text, "TILLWATCH") {
		t.Errorf("a dumb terminal got a board:\n%s", text)
	}
}

// Whoever started the program is killed; the shell takes its terminal back and goes on. The
// program has to notice by itself, for no signal tells it.
func TestDemo_GivesTheTerminalBackWhenItsStarterIsKilled(t *testing.T) {
	s := onTerminal(t, 80, 24, "PS1='ready> ' bash --norc --noprofile -i; : ", "")
	s.see("ready>")
	s.press("sh -c 'echo starter=$$; "+s.program+" demo; true'", "Enter")
	s.see("TILLWATCH", "OK PAID")
	out, err := exec.CommandContext(t.Context(), "pkill", "-KILL", "-f", "^sh -c echo starter=.*"+s.program).CombinedOutput()
	if err != nil {
		t.Fatalf("killing the starter: %v %s", err, out)
	}
	s.see("Killed", "Payments:")
	s.press("echo all-$((1+1))-well", "Enter")
	s.see("all-2-well")
}

func TestDemo_EndsByItself(t *testing.T) {
	s := onTerminal(t, 80, 24, "", "demo --for 2s")
	s.see("TILLWATCH")
	s.see("Payments:", "status=0")
}

func TestDemo_EndsBySignal(t *testing.T) {
	for _, signal := range []string{"TERM", "HUP"} { // HUP is a terminal that is closed
		t.Run(signal, func(t *testing.T) {
			s := onTerminal(t, 80, 24, "timeout --foreground --preserve-status -s "+signal+" 3 ", "demo")
			s.see("TILLWATCH")
			s.see("Payments:", "status=0")
		})
	}
}

// A load run is steered on its screen, and says at the end what came of it.
func TestLoad_IsSteeredOnARealTerminal(t *testing.T) {
	s := onTerminal(t, 80, 40, "cd "+t.TempDir()+" && ", "load --rate 4 --speed 100 --scenarios paid --apart")
	s.see("[SIM]", "LOAD", "RUNNING", "this run touches no real money")
	s.press("]")
	s.see("5.0 arrivals/s")
	s.press("E")
	s.see("FAULTS of the whole sandbox", "throttle")
	s.escape("reads")
	s.press("e")
	s.see("samples in ")
	s.press("d")
	s.see("ENDED")
	s.press("1")
	s.see("PAID", "Load 1")
	s.press("q")
	s.see("tillwatch load [SIM] seed 7, ENDED after", "0 WRONG", "Every payment has its result.", "status=0")
}

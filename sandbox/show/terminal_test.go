//go:build tmux

package show

import (
	"os/exec"
	"strings"
	"testing"

	"tillwatch/sandbox/terminal"
)

func TestDemo_OnARealTerminal(t *testing.T) {
	s := terminal.Run(t, 80, 24, "", "demo --seed 3 --speed 20 --rate 0")
	s.See("TILLWATCH", "SIM", "demo seed 3", "speed 20x", "memory", "OK PAID")

	// A payment that the sandbox does not know is added by hand, found, looked at and stopped.
	s.Press("a")
	s.See("ADD A PAYMENT TO WATCH", "Paste")
	s.Press("55:550e8400-e29b-41d4-a716-446655440000:ORDER") // so many keys at once are a paste
	s.See("Session    [55")
	s.Press("Enter")
	s.See("added", "ref 550e8400")
	s.Press("/")
	s.See("text  !text")
	s.Press("550e", "Enter")
	s.See(`filter "550e" shows 1 of`)
	s.Press("Enter")
	s.See("WHY WE SAY SO", "does not know this reference yet")
	s.Escape("STATUS", "filter")
	s.Press("x")
	s.See("its result is NOT known")
	s.Escape("-- STOPPED", "OK PAID", "verify")

	// The presenter decides about a payment that nothing else would end.
	s.Press("N")
	s.See("HOW DOES THE CUSTOMER PAY?", "mtn-lr")
	s.Press("m", "Enter")
	s.See("WHAT WILL HAPPEN?", "no-wallet")
	s.Press("n", "Enter") // no-wallet is the first with an n: it fails at once
	s.See("started", "no-wallet")
	s.Press("n")
	s.See("one customer more")

	s.Press("f")
	s.See("FROZEN")
	s.Press("f")
	s.See("heard")

	s.Press("E") // the presenter's fault, and the banner that it must bring
	s.See("FAULTS OF ALL PAYMENTS", "throttle")
	s.Press("Enter")
	s.See("fault: throttle", "SLOWED DOWN since", "questions; results come later")

	for _, page := range [][]string{{"?", "HELP", "READ A ROW"}, {"3", "LOG", "stopped watching"}, {"4", "SHIFT", "OPEN"}, {"1", "NOW", "CHECK"}} {
		s.Press(page[0])
		s.See(page[1:]...)
	}
	s.Resize(120, 40, "SIM", "TROUBLE")
	s.Resize(40, 10, "[SIM]")
	s.Resize(20, 4, "SIM")
	s.Resize(80, 24, "TILLWATCH", "NOW")

	s.Press("q")
	s.See("Quit?", "no result yet")
	s.Press("q")
	s.See("Paid today (verified)", "-- STOPPED"[3:], "status=0")
	s.Tmux("send-keys", "-t", "s", "echoed") // the terminal is a terminal again
	s.See("echoed")
}

func TestDemo_TellsAStoryToACounter(t *testing.T) {
	s := terminal.Run(t, 80, 24, "", "demo --script lunch --counter")
	s.See("[SIM]", "demo seed 7", "WAITING", "Say: ", "LRD")
	s.Press("p")
	s.See("script paused")
	s.Press("C-c", "C-c")
	s.See("status=0")
}

func TestDemo_SpeaksInWordsOnADumbTerminal(t *testing.T) {
	s := terminal.Run(t, 120, 90, "TERM=dumb ", "demo --for 3s --speed 20 --rate 0")
	text := s.See("TERM=dumb: words instead of the board (--plain)", "status=0")
	if strings.Contains(text, "TILLWATCH") {
		t.Errorf("a dumb terminal got a board:\n%s", text)
	}
}

// Whoever started the program is killed; the shell takes its terminal back and goes on. The
// program has to notice by itself, for no signal tells it.
func TestDemo_GivesTheTerminalBackWhenItsStarterIsKilled(t *testing.T) {
	s := terminal.Run(t, 80, 24, "PS1='ready> ' bash --norc --noprofile -i; : ", "")
	s.See("ready>")
	s.Press("sh -c 'echo starter=$$; "+s.Program+" demo; true'", "Enter")
	s.See("TILLWATCH", "OK PAID")
	out, err := exec.CommandContext(t.Context(), "pkill", "-KILL", "-f", "^sh -c echo starter=.*"+s.Program).CombinedOutput()
	if err != nil {
		t.Fatalf("killing the starter: %v %s", err, out)
	}
	s.See("Killed", "Payments:")
	s.Press("echo all-$((1+1))-well", "Enter")
	s.See("all-2-well")
}

func TestDemo_EndsByItself(t *testing.T) {
	s := terminal.Run(t, 80, 24, "", "demo --for 2s")
	s.See("TILLWATCH")
	s.See("Payments:", "status=0")
}

func TestDemo_EndsBySignal(t *testing.T) {
	for _, signal := range []string{"TERM", "HUP"} { // HUP is a terminal that is closed
		t.Run(signal, func(t *testing.T) {
			s := terminal.Run(t, 80, 24, "timeout --foreground --preserve-status -s "+signal+" 3 ", "demo")
			s.See("TILLWATCH")
			s.See("Payments:", "status=0")
		})
	}
}

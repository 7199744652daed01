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
	server string
}

// onTerminal builds the program and starts it in a terminal of that size, after the words
// of another command if there are any. The shell says the exit status, and waits.
func onTerminal(t *testing.T, width, height int, before, args string) *screen {
	t.Helper()
	program := filepath.Join(t.TempDir(), "tillwatch")
	if out, err := exec.CommandContext(t.Context(), "go", "build", "-o", program, "tillwatch").CombinedOutput(); err != nil {
		t.Fatalf("building: %v\n%s", err, out)
	}
	s := &screen{t, fmt.Sprintf("tillwatch-%d-%s", os.Getpid(), filepath.Base(t.Name()))} // a socket's name
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

func TestDemo_OnARealTerminal(t *testing.T) {
	s := onTerminal(t, 80, 24, "", "demo --seed 3 --speed 20 --rate 0")
	s.see("TILLWATCH", "SIM", "demo seed 3", "speed 20x", "memory", "OK PAID")

	s.press("F") // the presenter's fault, and the banner that it must bring
	s.see("fault: throttle", "SLOWED DOWN since", "questions; results come later")

	s.press("?")
	s.see("HELP", "READ A ROW")
	s.press("Escape")
	s.see("NOW")

	s.tmux("resize-window", "-t", "s", "-x", "40", "-y", "10")
	narrow := s.see("SIM")
	for line := range strings.Lines(narrow) {
		if len([]rune(strings.TrimRight(line, "\n"))) > 40 {
			t.Errorf("wider than the screen: %q", line)
		}
	}
	s.tmux("resize-window", "-t", "s", "-x", "80", "-y", "24")

	s.press("q")
	s.see("Paid today (verified)", "status=0")
	s.tmux("send-keys", "-t", "s", "echoed") // the terminal is a terminal again
	s.see("echoed")
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

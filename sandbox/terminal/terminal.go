//go:build tmux

// Package terminal runs the program in a terminal of tmux, for tests that press keys and look
// as a person does.
package terminal

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

// Screen is a terminal with the program on it. Whatever does not come on it within a minute
// fails the test.
type Screen struct {
	*testing.T
	Program string // its path
	server  string
}

// Build makes the program, for as long as the test runs, and returns its path.
func Build(t *testing.T) string {
	t.Helper()
	program := filepath.Join(t.TempDir(), "tillwatch")
	if out, err := exec.CommandContext(t.Context(), "go", "build", "-o", program, "tillwatch").CombinedOutput(); err != nil {
		t.Fatalf("building: %v\n%s", err, out)
	}
	return program
}

// Run builds the program and starts it in a terminal of that size, after the words of another
// command if there are any. The shell says the exit status, and waits.
func Run(t *testing.T, width, height int, before, args string) *Screen {
	t.Helper()
	return Start(t, Build(t), width, height, before, args)
}

// Start is Run with a program that is built.
func Start(t *testing.T, program string, width, height int, before, args string) *Screen {
	t.Helper()
	s := &Screen{t, program, fmt.Sprintf("tillwatch-%d-%s", os.Getpid(), filepath.Base(t.Name()))} // a socket's name
	t.Cleanup(func() {
		_ = exec.CommandContext(context.Background(), "tmux", "-L", s.server, "kill-server").Run() // it may have ended
	})
	s.Tmux("-f", "/dev/null", "new-session", "-d", "-s", "s", "-x", fmt.Sprint(width), "-y", fmt.Sprint(height),
		before+program+" "+args+"; echo status=$?; read -r line")
	return s
}

// Tmux gives tmux a command and returns what it printed.
func (s *Screen) Tmux(args ...string) string {
	s.Helper()
	out, err := exec.CommandContext(s.Context(), "tmux", append([]string{"-L", s.server}, args...)...).CombinedOutput()
	if err != nil {
		s.Fatalf("tmux %s: %v\n%s", args, err, out)
	}
	return string(out)
}

// Press presses keys, by tmux's names.
func (s *Screen) Press(keys ...string) {
	s.Helper()
	s.Tmux(append([]string{"send-keys", "-t", "s"}, keys...)...)
}

// See waits until all the words are on the screen, and returns it.
func (s *Screen) See(words ...string) string {
	s.Helper()
	look := time.NewTicker(50 * time.Millisecond)
	defer look.Stop()
	late := time.After(time.Minute)
	for {
		text := s.Tmux("capture-pane", "-p", "-t", "s")
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

// Resize gives the terminal another size and checks that nothing is wider or taller.
func (s *Screen) Resize(width, height int, words ...string) string {
	s.Helper()
	s.Tmux("resize-window", "-t", "s", "-x", fmt.Sprint(width), "-y", fmt.Sprint(height))
	text := s.See(words...)
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

// Escape presses esc and waits for what it brings back: a key that follows too soon would
// reach the program as one with alt.
func (s *Screen) Escape(words ...string) {
	s.Helper()
	s.Press("Escape")
	s.See(words...)
}

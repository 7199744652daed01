//go:build linux

package main

import (
	"errors"
	"strings"
	"syscall"
	"testing"
	"time"

	"golang.org/x/sys/unix"

	"tillwatch/config"
	"tillwatch/sandbox/remote"
)

// A sandbox that somebody has stopped answers nothing and does not end by itself. Neither may
// keep the run's end waiting for long: it is asked once, killed, and spoken of in one line.
func TestApart_AStoppedSandboxIsGivenUpAndKilled(t *testing.T) {
	stopped := func() (*shift, ground) {
		c := program(t, "sandbox", "--addr", "127.0.0.1:0", "--print-env", "--until-eof")
		g, err := startApart(c, patience)
		if err != nil {
			t.Fatal(err)
		}
		t.Cleanup(func() { _ = c.Process.Kill() })
		settings, err := config.Given(g.variables)
		if err != nil {
			t.Fatal(err)
		}
		control, err := remote.New(settings.BaseURL)
		if err != nil {
			t.Fatal(err)
		}
		t.Cleanup(control.Close)
		s := ended(t)
		s.asked.Own, s.asked.Apart, s.hands, s.began = true, true, newFaultDesk(control), time.Now()
		if err := s.lastLook(t.Context()); err != nil {
			t.Fatal(err)
		}
		if err := c.Process.Signal(syscall.SIGSTOP); err != nil {
			t.Fatal(err)
		}
		// A signal that was sent has not arrived: until then the sandbox answers, or ends.
		if err := unix.Waitid(unix.P_PID, c.Process.Pid, nil, unix.WSTOPPED|unix.WNOWAIT, nil); err != nil {
			t.Fatal(err)
		}
		return s, g
	}
	isGone := func(g ground) {
		t.Helper()
		select {
		case <-g.gone:
		default:
			t.Error("it is still there")
		}
	}

	s, g := stopped()
	s.compare()
	if s.unjudged == nil || s.unjudged.Error() != "directing the sandbox: it does not answer, and is killed" || !errors.Is(s.unjudged, remote.ErrSilent) || s.judged {
		t.Errorf("it cannot be asked, which is %v", s.unjudged)
	}
	if said := said(t, func() { _ = g.stop(s.unjudged == nil) }); said != "" {
		t.Errorf("of the same thing it says more: %q", said)
	}
	isGone(g)

	_, g = stopped()
	if said := said(t, func() { _ = g.stop(true) }); said != "tillwatch: the run's sandbox has not ended within 2s, and is killed\n" {
		t.Errorf("it says %q", strings.TrimSpace(said))
	}
	isGone(g)
}

//go:build unix

package ui

import (
	"os"
	"os/signal"
	"syscall"

	"golang.org/x/sys/unix"
)

// stoppable reports whether there is a shell that could let us go on after a stop: one with
// job control leads the session and gives what it starts a group of its own.
func stoppable() bool {
	session, err := unix.Getsid(0)
	if err != nil || session == unix.Getpgrp() || os.Getppid() == 1 {
		return false
	}
	_, err = unix.Getsid(session) // it is there
	return err == nil
}

// stopProcess stops all that was started with us, as ctrl+z does in a terminal, until
// somebody lets us go on. Go's runtime ignores a SIGTSTP that it has once told of, so this
// is SIGSTOP.
func stopProcess() bool {
	goOn := make(chan os.Signal, 1)
	signal.Notify(goOn, syscall.SIGCONT)
	defer signal.Stop(goOn)
	if err := syscall.Kill(0, syscall.SIGSTOP); err != nil {
		return false
	}
	<-goOn
	return true
}

// stops are the signals that stop a process and let it go on.
type stops struct {
	asked, gone chan os.Signal
	done        chan struct{}
}

// watchStops calls asked when a signal asks us to stop, and gone after a stop that no signal
// told of before. Neither is called between deaf and listen, nor after close.
func watchStops(asked, gone func()) *stops {
	s := &stops{make(chan os.Signal, 1), make(chan os.Signal, 1), make(chan struct{})}
	s.listen()
	go func() {
		for {
			select {
			case <-s.asked:
				asked()
			case <-s.gone:
				gone()
			case <-s.done:
				return
			}
		}
	}()
	return s
}

func (s *stops) listen() {
	signal.Notify(s.asked, syscall.SIGTSTP)
	signal.Notify(s.gone, syscall.SIGCONT)
}

// deaf leaves the signals to the system.
func (s *stops) deaf() {
	signal.Stop(s.asked)
	signal.Stop(s.gone)
}

func (s *stops) close() {
	s.deaf()
	close(s.done)
}

//go:build unix

package ui

import (
	"os"
	"os/signal"
	"syscall"

	"golang.org/x/sys/unix"
)

// stoppable reports whether a shell could continue this process after a stop. A shell with job
// control leads the session and gives each job a process group of its own.
func stoppable() bool {
	session, err := unix.Getsid(0)
	if err != nil || session == unix.Getpgrp() || os.Getppid() == 1 {
		return false
	}
	_, err = unix.Getsid(session) // the session's leader exists
	return err == nil
}

// stopProcess stops this process group, as ctrl+z does in a terminal, until a shell continues it.
// It uses SIGSTOP, because Go's runtime ignores a SIGTSTP that it once reported.
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

// stops handles the signals that stop a process and continue it.
type stops struct {
	asked, gone chan os.Signal
	done        chan struct{}
}

// watchStops calls asked when a signal asks this process to stop. It calls gone after a stop that
// no signal announced. It calls neither between deaf and listen, nor after close.
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

//go:build unix

package ui

import (
	"os"
	"os/signal"
	"syscall"
	"time"

	"golang.org/x/sys/unix"
)

// stopLimit is how long a stop takes to happen. The system drops it when no shell of ours
// could let us go on.
const stopLimit = 500 * time.Millisecond

// stoppable reports whether there may be a shell that lets us go on after a stop. Who leads
// a session has none above.
func stoppable() bool {
	session, err := unix.Getsid(0)
	return err == nil && session != os.Getpid() && os.Getpid() != 1
}

// stopProcess stops all that was started with us, as ctrl+z does in a terminal, until
// somebody lets us go on. It reports whether that has happened.
func stopProcess() bool {
	goOn := make(chan os.Signal, 1)
	signal.Notify(goOn, syscall.SIGCONT)
	defer signal.Stop(goOn)
	if err := syscall.Kill(0, syscall.SIGTSTP); err != nil {
		return false
	}
	late := time.NewTimer(stopLimit)
	defer late.Stop()
	select {
	case <-goOn:
		return true
	case <-late.C: // which goes on while we are stopped
	}
	select {
	case <-goOn:
		return true
	default:
		return false
	}
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

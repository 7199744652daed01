//go:build darwin || dragonfly || freebsd || netbsd || openbsd

package ui

import "golang.org/x/sys/unix"

// The queues that TIOCFLUSH empties, from <sys/fcntl.h>.
const (
	queueRead  = 1
	queueWrite = 2
)

// discardOutput discards what a terminal has not read yet, and restarts a stopped terminal. It
// stops the terminal first, because only a start wakes a writer that waits.
func discardOutput(fd uintptr) {
	_ = unix.IoctlSetPointerInt(int(fd), unix.TIOCFLUSH, queueWrite)
	_ = unix.IoctlSetInt(int(fd), unix.TIOCSTOP, 0)
	_ = unix.IoctlSetInt(int(fd), unix.TIOCSTART, 0)
}

// discardInput discards what was typed and not read.
func discardInput(fd uintptr) { _ = unix.IoctlSetPointerInt(int(fd), unix.TIOCFLUSH, queueRead) }

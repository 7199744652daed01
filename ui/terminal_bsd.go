//go:build darwin || dragonfly || freebsd || netbsd || openbsd

package ui

import "golang.org/x/sys/unix"

// The queues that TIOCFLUSH empties, of <sys/fcntl.h>.
const (
	queueRead  = 1
	queueWrite = 2
)

// discardOutput throws away what a terminal has not read yet, and lets a stopped one go on.
// It is stopped before, for only a start wakes who waits to write.
func discardOutput(fd uintptr) {
	_ = unix.IoctlSetPointerInt(int(fd), unix.TIOCFLUSH, queueWrite)
	_ = unix.IoctlSetInt(int(fd), unix.TIOCSTOP, 0)
	_ = unix.IoctlSetInt(int(fd), unix.TIOCSTART, 0)
}

// discardInput throws away what was typed and not read.
func discardInput(fd uintptr) { _ = unix.IoctlSetPointerInt(int(fd), unix.TIOCFLUSH, queueRead) }

package ui

import "golang.org/x/sys/unix"

// discardOutput throws away what a terminal has not read yet, and lets a stopped one go on.
// It is stopped before, for only a start wakes who waits to write.
func discardOutput(fd uintptr) {
	_ = unix.IoctlSetInt(int(fd), unix.TCFLSH, unix.TCOFLUSH)
	_ = unix.IoctlSetInt(int(fd), unix.TCXONC, unix.TCOOFF)
	_ = unix.IoctlSetInt(int(fd), unix.TCXONC, unix.TCOON)
}

// discardInput throws away what was typed and not read.
func discardInput(fd uintptr) { _ = unix.IoctlSetInt(int(fd), unix.TCFLSH, unix.TCIFLUSH) }

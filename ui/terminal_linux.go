package ui

import "golang.org/x/sys/unix"

// discardOutput discards what a terminal has not read yet, and restarts a stopped terminal. It
// stops the terminal first, because only a start wakes a writer that waits.
func discardOutput(fd uintptr) {
	_ = unix.IoctlSetInt(int(fd), unix.TCFLSH, unix.TCOFLUSH)
	_ = unix.IoctlSetInt(int(fd), unix.TCXONC, unix.TCOOFF)
	_ = unix.IoctlSetInt(int(fd), unix.TCXONC, unix.TCOON)
}

// discardInput discards what was typed and not read.
func discardInput(fd uintptr) { _ = unix.IoctlSetInt(int(fd), unix.TCFLSH, unix.TCIFLUSH) }

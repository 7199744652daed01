//go:build unix

package main

import (
	"context"
	"errors"
	"os"
	"syscall"
	"time"

	"golang.org/x/sys/unix"
)

// terminalGone reports whether the terminal belongs to another process by now: the parent has died,
// perhaps killed, and the shell has taken its terminal back. No signal tells that, and the board
// would go on drawing over the shell.
func terminalGone(parent int) bool {
	if os.Getppid() == parent {
		return false // a shell that stops us or puts us aside means to have us back
	}
	return lost(int(os.Stdin.Fd()))
}

// lost reports whether a terminal has hung up, or is the controlling terminal and listens to
// another group of processes. A terminal that never was the controlling one (setsid starts a kiosk
// so) cannot have been taken away.
func lost(terminal int) bool {
	group, err := unix.IoctlGetInt(terminal, unix.TIOCGPGRP)
	if err != nil {
		return errors.Is(err, unix.EIO) || errors.Is(err, unix.ENXIO)
	}
	return group != syscall.Getpgrp()
}

// watchTerminal calls gone once the terminal is, and returns then or when ctx ends.
func watchTerminal(ctx context.Context, gone func()) {
	parent := os.Getppid()
	look := time.NewTicker(time.Second)
	defer look.Stop()
	for !terminalGone(parent) {
		select {
		case <-ctx.Done():
			return
		case <-look.C:
		}
	}
	gone()
}

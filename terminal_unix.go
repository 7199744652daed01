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

// terminalGone reports whether the terminal belongs to somebody else by now: whoever started
// us has died, killed perhaps, and the shell has taken its terminal back. No signal tells of
// that, and we would go on drawing over the shell.
func terminalGone(parent int) bool {
	if os.Getppid() == parent {
		return false // a shell that stops us or puts us aside means to have us back
	}
	return lost(int(os.Stdin.Fd()))
}

// lost reports whether a terminal has hung up, or is our controlling one and listens to
// another group of processes. One that never was our controlling terminal (a kiosk is
// started by setsid) has no group of ours, and nobody can have taken it.
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

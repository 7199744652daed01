//go:build !(linux || darwin || dragonfly || freebsd || netbsd || openbsd)

package ui

// discardOutput can do nothing here.
func discardOutput(uintptr) {}

// discardInput can do nothing here.
func discardInput(uintptr) {}

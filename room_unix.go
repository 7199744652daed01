//go:build linux || darwin || freebsd

package main

import "golang.org/x/sys/unix"

// room says why nothing can be written in a folder, if nothing can, and how many bytes are
// free there.
func room(folder string) (unwritable string, free uint64, known bool) {
	if err := unix.Access(folder, unix.W_OK|unix.X_OK); err != nil {
		unwritable = err.Error()
	}
	var s unix.Statfs_t
	if unix.Statfs(folder, &s) != nil {
		return unwritable, 0, false
	}
	// On some systems these have a sign, and Bavail can be below 0 there.
	return unwritable, uint64(max(0, int64(s.Bavail))) * uint64(s.Bsize), true
}

//go:build unix

package safefile

import (
	"errors"
	"io/fs"
	"os"
	"strconv"
	"syscall"
)

// modes says whether files have an owner and modes.
const modes = true

// atOpen holds the flags of every file that is opened for writing.
const atOpen = syscall.O_NOFOLLOW | syscall.O_NONBLOCK

// self returns this user. Tests replace it.
var self = os.Geteuid

// opening puts the error of opening a file into words. The system has two errors for a link.
func opening(err error) error {
	switch {
	case errors.Is(err, syscall.ELOOP), errors.Is(err, syscall.EMLINK):
		return errLink
	case errors.Is(err, syscall.ENXIO):
		return errPlain // a pipe without a reader
	}
	return err
}

// mine refuses a file for writing that does not belong to this user alone.
func mine(info fs.FileInfo) error {
	stat, ok := info.Sys().(*syscall.Stat_t)
	switch {
	case !ok:
		return nil
	case int(stat.Uid) != self():
		return errOwner
	case stat.Nlink > 1:
		return errNames
	}
	return nil
}

// Owned reports whether a file belongs to this user or to root.
func Owned(info fs.FileInfo) bool {
	stat, ok := info.Sys().(*syscall.Stat_t)
	return !ok || stat.Uid == 0 || int(stat.Uid) == self()
}

func owner(info fs.FileInfo) string {
	if stat, ok := info.Sys().(*syscall.Stat_t); ok {
		return "uid " + strconv.FormatUint(uint64(stat.Uid), 10)
	}
	return "unknown"
}

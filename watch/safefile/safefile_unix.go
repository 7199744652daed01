//go:build unix

package safefile

import (
	"errors"
	"io/fs"
	"os"
	"strconv"
	"syscall"
)

// modes says that files have an owner and modes.
const modes = true

// atOpen are flags of every file that is opened to be written to.
const atOpen = syscall.O_NOFOLLOW | syscall.O_NONBLOCK

// self is this user; another one in tests.
var self = os.Geteuid

// opening is the error of opening a file in words: a link there gives one of two odd ones.
func opening(err error) error {
	switch {
	case errors.Is(err, syscall.ELOOP), errors.Is(err, syscall.EMLINK):
		return errLink
	case errors.Is(err, syscall.ENXIO):
		return errPlain // a pipe that nobody reads
	}
	return err
}

// mine refuses a file to write to that is not this user's alone.
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

// Owned reports whether a file is this user's or root's.
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

//go:build unix

package journal

import (
	"io/fs"
	"os"
	"syscall"
)

// another reports whether a file belongs to a user who is neither this user nor root.
func another(info fs.FileInfo) bool {
	stat, ok := info.Sys().(*syscall.Stat_t)
	return ok && stat.Uid != 0 && int64(stat.Uid) != int64(os.Geteuid())
}

// open reports whether any user may replace a file in this folder.
func open(info fs.FileInfo) bool {
	return info.Mode().Perm()&0o002 != 0 && info.Mode()&fs.ModeSticky == 0
}

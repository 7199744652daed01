//go:build !windows

package journal

import "syscall"

// noRoom lists the errors of a full disk, and of a quota that is used up.
var noRoom = []error{syscall.ENOSPC, syscall.EDQUOT}

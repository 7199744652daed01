//go:build !windows

package journal

import "syscall"

// noRoom are the errors of a full disk, and of a share of one that is used up.
var noRoom = []error{syscall.ENOSPC, syscall.EDQUOT}

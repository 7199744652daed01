package journal

import "syscall"

// noRoom lists the errors of a full disk: ERROR_DISK_FULL and ERROR_HANDLE_DISK_FULL.
var noRoom = []error{syscall.Errno(112), syscall.Errno(39)}

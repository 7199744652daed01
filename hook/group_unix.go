//go:build unix

package hook

import (
	"os/exec"
	"syscall"
)

// setApart gives the command a session, and so a process group, of its own: killing the
// group ends what it has started too, ctrl+c on the terminal does not reach it, and
// nothing in it can ask for a password across the screen, for it has no terminal.
func setApart(cmd *exec.Cmd) { cmd.SysProcAttr = &syscall.SysProcAttr{Setsid: true} }

// killAll kills the command and whatever has stayed in its group.
func killAll(cmd *exec.Cmd) error { return syscall.Kill(-cmd.Process.Pid, syscall.SIGKILL) }

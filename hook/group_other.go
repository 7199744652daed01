//go:build !unix

package hook

import "os/exec"

// setApart does nothing: here a process has no group that could be killed as a whole.
func setApart(*exec.Cmd) {}

// killAll kills the command alone. What it has started goes on, but we wait for it no more.
func killAll(cmd *exec.Cmd) error { return cmd.Process.Kill() }

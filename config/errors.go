package config

import (
	"errors"
	"fmt"
)

// Exit statuses of every command, from the table in README.
const (
	ExitFault       = 1   // a fault of this program or its surroundings
	ExitUsage       = 2   // bad usage or settings
	ExitUnmet       = 6   // something that was expected of a load run was not so
	ExitInterrupted = 130 // a run that was cut short by SIGINT or SIGTERM
)

// Exit is the error of a run that has said all there is to say and only wants to end
// with this status.
type Exit int

// Error names the status; [Execute] never prints it.
func (e Exit) Error() string { return fmt.Sprintf("exit status %d", int(e)) }

// refusal is bad usage or a bad setting.
type refusal struct{ err error }

// Error is the one line for standard error.
func (r *refusal) Error() string { return r.err.Error() }

// Unwrap gives what it was made of, for errors.Is and errors.As.
func (r *refusal) Unwrap() error { return r.err }

// Refuse makes an error that ends the program with [ExitUsage]: the user asked for
// something that cannot be done as asked. Its text is fmt.Errorf's and must say what to
// do instead.
func Refuse(format string, args ...any) error {
	return &refusal{fmt.Errorf(format, args...)}
}

// status is the exit status that belongs to the error of a command.
func status(err error) int {
	var exit Exit
	var bad *refusal
	switch {
	case err == nil:
		return 0
	case errors.As(err, &exit):
		return int(exit)
	case errors.As(err, &bad):
		return ExitUsage
	}
	return ExitFault
}

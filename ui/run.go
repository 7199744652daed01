package ui

import (
	"context"
	"errors"
	"fmt"
	"io"
	"syscall"

	tea "charm.land/bubbletea/v2"

	"tillwatch/watch"
)

// framesPerSecond bounds how often the terminal is written to.
const framesPerSecond = 30

// Run shows the board on a terminal until the user quits or ctx ends, both of which are no
// error. News is taken from latest. When Run returns, the terminal is as it was before,
// after a panic too, which is returned as a [*Fault]; nothing it started still runs, but
// for a call of Desk.Add or Extra.Do that has not come back.
//
// A terminal that does not read holds Run up for 5 s at most, of all that it does.
//
// Signals that end a program are the caller's: it ends ctx. Those that stop one are Run's.
// The Summary is good whatever the error.
func Run(ctx context.Context, m *Model, latest *watch.Latest, in io.Reader, out io.Writer) (Summary, error) {
	c, err := newConsole(in, out, m.keys.moves)
	if err != nil {
		return m.summary(), fmt.Errorf("reading the terminal: %w", err)
	}
	c.signals, m.mono = true, !coloured(out)
	drawn.Store(drawnByRune) // until the terminal says that it does better
	return run(ctx, m, latest, c, tea.WithInput(c.in), tea.WithOutput(c.out))
}

// run is Run on any kind of terminal, for tests too. c is the console, if that is one.
func run(ctx context.Context, m *Model, latest *watch.Latest, c *console, options ...tea.ProgramOption) (Summary, error) {
	ctx, cancel := context.WithCancel(ctx)
	defer cancel()
	program := tea.NewProgram(m, append(options,
		tea.WithContext(ctx), tea.WithoutSignalHandler(), tea.WithFPS(framesPerSecond))...)
	if c != nil {
		m.halt = c.halt
		c.open(program.Send)
		defer c.close()
	}

	pumped := make(chan error, 1)
	go func() {
		defer func() {
			var err error
			if r := recover(); r != nil {
				err = panicked(r)
			}
			pumped <- err
			program.Send(tea.QuitMsg{}) // a board without news must not stay up
		}()
		Pump(ctx, latest, program.Send)
	}()
	_, err := program.Run()
	cancel() // first: the pump ends only with its context, and the model is ours once it has
	if pumpErr := <-pumped; pumpErr != nil {
		m.fault = pumpErr
	}

	m.thaw()
	switch {
	case m.fault != nil:
		err = m.fault
	case err == nil, errors.Is(err, tea.ErrInterrupted), errors.Is(err, context.Canceled), errors.Is(err, context.DeadlineExceeded),
		errors.Is(err, syscall.EIO): // the window is closed, which the signal says too
		err = nil
	default:
		err = fmt.Errorf("showing the board: %w", err)
	}
	return m.summary(), err
}

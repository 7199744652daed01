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

// Run shows the board on a terminal until the user quits or ctx ends; neither is an error. It takes
// its news from latest. When Run returns, also after a panic, the terminal is as it was before. It
// returns a panic as a [*Fault]. Nothing that it started still runs, except a call of Desk.Add or
// Extra.Do that has not returned.
//
// A terminal that does not read delays Run by 5 s at most in all.
//
// The caller handles signals that end a program, and ends ctx for them. Run handles signals that
// stop a process. The Summary is valid whatever the error.
func Run(ctx context.Context, m *Model, latest *watch.Latest, in io.Reader, out io.Writer) (Summary, error) {
	c, err := newConsole(in, out, m.keys.moves)
	if err != nil {
		return m.summary(), fmt.Errorf("reading the terminal: %w", err)
	}
	c.signals, m.mono = true, !coloured(out)
	drawn.Store(drawnByRune) // until the terminal says that it does better
	return run(ctx, m, latest, c, tea.WithInput(c.in), tea.WithOutput(c.out))
}

// run is Run on any kind of terminal, for tests too. c is the console; nil if the terminal is none.
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
		errors.Is(err, syscall.EIO): // the window is closed; a signal says so too
		err = nil
	default:
		err = fmt.Errorf("showing the board: %w", err)
	}
	return m.summary(), err
}

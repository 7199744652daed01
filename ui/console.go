package ui

import (
	"io"
	"os"
	"runtime"
	"time"

	tea "charm.land/bubbletea/v2"
	"github.com/charmbracelet/colorprofile"
	xterm "github.com/charmbracelet/x/term"
)

// console is the terminal of a running board. Whatever it does, the board's loop goes on.
type console struct {
	in       io.Reader // what Bubble Tea reads
	out      io.Writer // and writes
	keyboard *keyboard // nil on Windows, whose console Bubble Tea reads itself
	display  *display
	signals  bool // those that stop a process are ours
	stops    *stops
}

// newConsole makes a console of a terminal's two ends.
func newConsole(in io.Reader, out io.Writer, moves func(string) bool) (*console, error) {
	c := &console{in: in, display: newDisplay(out)}
	if c.out = c.display; isFile(out) {
		c.out = terminalDisplay{c.display, out.(xterm.File)}
	}
	if runtime.GOOS == "windows" {
		return c, nil
	}
	keyboard, err := newKeyboard(in, moves)
	if err != nil {
		return nil, err
	}
	c.keyboard = keyboard
	if c.in = keyboard; isFile(in) {
		c.in = terminalKeyboard{keyboard, in.(xterm.File)}
	}
	return c, nil
}

func isFile(end any) bool {
	_, is := end.(xterm.File)
	return is
}

// open connects the console with the program that shows the board on it.
func (c *console) open(send func(tea.Msg)) {
	c.display.Missed(func() { send(missedMsg{}) })
	if c.signals {
		c.stops = watchStops(func() { send(haltMsg{stop: true}) }, func() { send(haltMsg{}) })
	}
}

// close gives the terminal back when the program has ended.
func (c *console) close() {
	if c.signals {
		c.stops.close()
	}
	if c.keyboard != nil {
		c.keyboard.down()
	}
	c.display.rescue()
}

// coloured reports whether an end of a program is a terminal that shows colours.
func coloured(out io.Writer) bool {
	return colorprofile.Detect(out, os.Environ()) > colorprofile.ASCII
}

// haltMsg asks for the terminal to be given back and taken again: with stop, this process
// stops in between. Either way all is drawn anew.
type haltMsg struct{ stop bool }

// missedMsg says that the terminal has missed what it was sent, and reads again.
type missedMsg struct{}

// setModes sets the modes that it may have missed too.
const setModes = "\x1b[?1049h\x1b[?25l\x1b[?2004h"

// resumedMsg says that the terminal is ours again.
type resumedMsg struct{ asked, stopped bool }

// halt is the command for a haltMsg.
func (c *console) halt(stop bool) tea.Cmd {
	return func() tea.Msg {
		if stop && !(c.signals && stoppable()) {
			return resumedMsg{asked: true}
		}
		if c.keyboard != nil {
			c.keyboard.down()
		}
		p := &pause{console: c, stop: stop}
		return tea.Exec(p, func(error) tea.Msg { return resumedMsg{asked: stop, stopped: p.stopped} })()
	}
}

// settleTime is more than a goroutine takes that has nothing to wait for.
const settleTime = 50 * time.Millisecond

// pause is what happens while the terminal is not ours.
type pause struct {
	console       *console
	stop, stopped bool
}

// Run stops this process, if that is wanted, and returns when it goes on. What was typed
// ahead was meant for the shell.
func (p *pause) Run() error {
	c := p.console
	if p.stop {
		c.stops.deaf()
		p.stopped = stopProcess()
		c.stops.listen()
	}
	// Bubble Tea's renderer that was told to end stops the ticker that the next one starts:
	// it must have done so before.
	time.Sleep(settleTime)
	if c.keyboard == nil {
		return nil
	}
	if file, ok := c.in.(xterm.File); ok {
		discardInput(file.Fd())
	}
	return c.keyboard.again()
}

// The ends of the terminal are the console's.
func (p *pause) SetStdin(io.Reader)  {}
func (p *pause) SetStdout(io.Writer) {}
func (p *pause) SetStderr(io.Writer) {}

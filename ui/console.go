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

// console is the terminal of a running board. A terminal that hangs does not hold up the board's
// loop.
type console struct {
	in       io.Reader // Bubble Tea reads from it
	out      io.Writer // Bubble Tea writes to it
	keyboard *keyboard // nil on Windows, whose console Bubble Tea reads itself
	display  *display
	signals  bool // the console handles the signals that stop a process
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

// open connects the console with the Bubble Tea program that shows the board on it.
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

// coloured reports whether out is a terminal that shows colours.
func coloured(out io.Writer) bool {
	return colorprofile.Detect(out, os.Environ()) > colorprofile.ASCII
}

// haltMsg asks for the terminal to be given back and taken again. With stop, this process stops in
// between. Afterwards the whole screen is drawn anew.
type haltMsg struct{ stop bool }

// missedMsg says that the terminal has missed output and reads again.
type missedMsg struct{}

// setModes sets the modes that the terminal may have missed.
const setModes = "\x1b[?1049h\x1b[?25l\x1b[?2004h"

// resumedMsg says that the board has the terminal again.
type resumedMsg struct{ asked, stopped bool }

// halt returns the command for a haltMsg.
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

// settleTime is longer than a goroutine takes that waits for nothing.
const settleTime = 50 * time.Millisecond

// pause is what happens while the board does not have the terminal.
type pause struct {
	console       *console
	stop, stopped bool
}

// Run stops this process, if that is wanted, and returns when the process goes on. It discards what
// was typed ahead, because that was meant for the shell.
func (p *pause) Run() error {
	c := p.console
	if p.stop {
		c.stops.deaf()
		p.stopped = stopProcess()
		c.stops.listen()
	}
	// The end of Bubble Tea's renderer stops the ticker that the next renderer starts. Wait until
	// it has done so.
	time.Sleep(settleTime)
	if c.keyboard == nil {
		return nil
	}
	if file, ok := c.in.(xterm.File); ok {
		discardInput(file.Fd())
	}
	return c.keyboard.again()
}

// The pause uses the console's ends of the terminal.
func (p *pause) SetStdin(io.Reader)  {}
func (p *pause) SetStdout(io.Writer) {}
func (p *pause) SetStderr(io.Writer) {}

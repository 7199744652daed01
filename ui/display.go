package ui

import (
	"io"
	"time"

	xterm "github.com/charmbracelet/x/term"

	"tillwatch/ui/patient"
)

// display is a terminal's output. When the terminal does not take a frame within a second,
// frames are dropped until it does, and the board's loop goes on, its keys with it.
type display struct {
	*patient.Writer
	to io.Writer
}

func newDisplay(to io.Writer) *display { return &display{patient.New(to, 0), to} }

// rescueLimit bounds giving back a terminal that takes nothing.
const rescueLimit = 2 * time.Second

// rescue gives a terminal back that has not taken what undoes our modes: what it was sent
// last is thrown away, and if that makes room they are undone.
func (d *display) rescue() {
	late := d.Late()
	if late == nil {
		return
	}
	d.Missed(nil)
	if file, ok := d.to.(xterm.File); ok {
		discardOutput(file.Fd())
	}
	limit := time.NewTimer(rescueLimit)
	defer limit.Stop()
	select {
	case <-late:
	case <-limit.C:
		return
	}
	_, _ = d.Write([]byte(undoModes))
}

// undoModes takes back whatever the board may have set: an unfinished sequence, synchronized
// output, modes of the keyboard and the mouse, bracketed paste, colours, the hidden cursor,
// the other screen.
const undoModes = "\x18\x1b[?2026l\x1b[>4m\x1b[<1u\x1b[?1002l\x1b[?1003l\x1b[?1006l\x1b[?2004l\x1b]111\x07\x1b]110\x07\x1b[m\x1b[?25h\x1b[?1049l\r"

// terminalDisplay is a display whose terminal Bubble Tea is to know, for its size.
type terminalDisplay struct {
	*display
	terminal xterm.File
}

// Read is there for [xterm.File] alone.
func (t terminalDisplay) Read(p []byte) (int, error) { return t.terminal.Read(p) }

// Close leaves the terminal open: it is the caller's.
func (t terminalDisplay) Close() error { return nil }

// Fd is the terminal's.
func (t terminalDisplay) Fd() uintptr { return t.terminal.Fd() }

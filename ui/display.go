package ui

import (
	"io"
	"time"

	xterm "github.com/charmbracelet/x/term"

	"tillwatch/ui/patient"
)

// display is a terminal's output. When the terminal does not accept a frame within a second, frames
// are dropped until it does. The board's loop, and with it the keys, goes on.
type display struct {
	*patient.Writer
	to io.Writer
}

func newDisplay(to io.Writer) *display { return &display{patient.New(to, 0), to} }

// rescueLimit bounds how long giving back a hanging terminal may take.
const rescueLimit = 2 * time.Second

// rescueEvery is how often the pending output is discarded in that time.
const rescueEvery = 20 * time.Millisecond

// rescue gives back a terminal that has not accepted undoModes. It discards the pending output, and
// if that makes room it undoes the modes.
func (d *display) rescue() {
	late := d.Late()
	if late == nil {
		return
	}
	d.Missed(nil)
	limit, again := time.NewTimer(rescueLimit), time.NewTicker(rescueEvery)
	defer limit.Stop()
	defer again.Stop()
	for {
		if file, ok := d.to.(xterm.File); ok {
			discardOutput(file.Fd())
		}
		select {
		case <-late:
			_, _ = d.Write([]byte(undoModes))
			return
		case <-limit.C:
			return
		case <-again.C: // what hangs is longer than the room that was made
		}
	}
}

// undoModes takes back everything that the board may have set: an unfinished sequence, synchronized
// output, modes of the keyboard and the mouse, bracketed paste, colours, the hidden cursor, the
// alternate screen.
const undoModes = "\x18\x1b[?2026l\x1b[>4m\x1b[<1u\x1b[?1002l\x1b[?1003l\x1b[?1006l\x1b[?2004l\x1b]111\x07\x1b]110\x07\x1b[m\x1b[?25h\x1b[?1049l\r"

// terminalDisplay is a display that shows Bubble Tea its terminal, so that Bubble Tea can ask for
// the size.
type terminalDisplay struct {
	*display
	terminal xterm.File
}

// Read exists only to implement [xterm.File].
func (t terminalDisplay) Read(p []byte) (int, error) { return t.terminal.Read(p) }

// Close leaves the terminal open, because the caller owns it.
func (t terminalDisplay) Close() error { return nil }

// Fd returns the terminal's descriptor.
func (t terminalDisplay) Fd() uintptr { return t.terminal.Fd() }

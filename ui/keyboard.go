package ui

import (
	"io"
	"sync"
	"time"

	xterm "github.com/charmbracelet/x/term"
	"github.com/muesli/cancelreader"
)

// keyboard passes a terminal's input to Bubble Tea through a keyscan. It can be put down, so that
// another program gets what is typed, and taken up again.
type keyboard struct {
	in io.Reader

	reading sync.Mutex // serializes Read
	scan    keyscan

	mu   sync.Mutex
	hand *hand
}

// hand is one period in which the keyboard is held.
type hand struct {
	reader cancelreader.CancelReader
	came   chan []byte
	failed chan error    // why no more input comes
	down   chan struct{} // closed when the keyboard is put down
	ended  chan struct{} // closed when a Read has returned because of down
	end    sync.Once
	let    sync.Once // guards the letting go of the keyboard
}

// newKeyboard makes a keyboard and takes it up.
func newKeyboard(in io.Reader, moves func(string) bool) (*keyboard, error) {
	k := &keyboard{in: in, scan: keyscan{moves: moves}}
	return k, k.up()
}

// up begins to read.
func (k *keyboard) up() error {
	reader, err := cancelreader.NewReader(k.in)
	if err != nil {
		return err
	}
	h := &hand{
		reader: reader, came: make(chan []byte), failed: make(chan error, 1),
		down: make(chan struct{}), ended: make(chan struct{}),
	}
	k.mu.Lock()
	defer k.mu.Unlock()
	k.hand = h
	go h.pump()
	return nil
}

// pump passes on what the terminal sends.
func (h *hand) pump() {
	for {
		data := make([]byte, 4<<10)
		n, err := h.reader.Read(data)
		if err != nil {
			h.failed <- err
			return
		}
		select {
		case h.came <- data[:n]:
		case <-h.down:
			return
		}
	}
}

// Read waits for input. It returns io.EOF when the keyboard is put down.
func (k *keyboard) Read(p []byte) (int, error) {
	k.reading.Lock()
	defer k.reading.Unlock()
	k.mu.Lock()
	h := k.hand
	k.mu.Unlock()
	for k.scan.out.Len() == 0 {
		var late <-chan time.Time
		if due := k.scan.due(); !due.IsZero() {
			late = time.After(time.Until(due))
		}
		select {
		case <-h.down:
			h.end.Do(func() { close(h.ended) })
			return 0, io.EOF
		case err := <-h.failed:
			h.failed <- err // for the next Read
			return 0, err
		case data := <-h.came:
			k.scan.take(data, time.Now())
		case <-late:
			k.scan.expire(time.Now())
		}
	}
	return k.scan.out.Read(p)
}

// putDownLimit bounds the wait for a Read to return. Without a Read under way the wait lasts that
// long.
const putDownLimit = time.Second

// down stops reading, so that another program gets what is typed from now on. It returns when Read
// has returned.
func (k *keyboard) down() {
	k.mu.Lock()
	h := k.hand
	k.mu.Unlock()
	h.let.Do(func() {
		close(h.down)
		h.reader.Cancel()
	})
	late := time.NewTimer(putDownLimit)
	defer late.Stop()
	select {
	case <-h.ended:
	case <-late.C:
	}
}

// again takes the keyboard up after down and forgets all earlier input.
func (k *keyboard) again() error {
	k.reading.Lock()
	k.scan = keyscan{moves: k.scan.moves}
	k.reading.Unlock()
	return k.up()
}

// terminalKeyboard is a keyboard that shows Bubble Tea its terminal, so that Bubble Tea can set the
// modes. It has no name, so that Bubble Tea reads through it.
type terminalKeyboard struct {
	*keyboard
	terminal xterm.File
}

// Write exists only to implement [xterm.File].
func (t terminalKeyboard) Write(p []byte) (int, error) { return t.terminal.Write(p) }

// Close leaves the terminal open, because the caller owns it.
func (t terminalKeyboard) Close() error { return nil }

// Fd returns the terminal's descriptor.
func (t terminalKeyboard) Fd() uintptr { return t.terminal.Fd() }

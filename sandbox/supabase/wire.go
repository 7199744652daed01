package supabase

import (
	"bufio"
	"errors"
	"net"
	"net/http"
	"os"
	"sync"
	"sync/atomic"
	"time"
)

// gate is shut while the whole server is frozen.
type gate struct {
	mu   sync.Mutex
	shut chan struct{} // closed when the gate opens; nil while it is open
}

// close shuts the gate, if it was open.
func (g *gate) close() {
	g.mu.Lock()
	defer g.mu.Unlock()
	if g.shut == nil {
		g.shut = make(chan struct{})
	}
}

// open lets all who wait go on.
func (g *gate) open() {
	g.mu.Lock()
	defer g.mu.Unlock()
	if g.shut != nil {
		close(g.shut)
		g.shut = nil
	}
}

// waiting is what to wait for until the gate is open; nil when it is.
func (g *gate) waiting() <-chan struct{} {
	g.mu.Lock()
	defer g.mu.Unlock()
	return g.shut
}

// wire is the connection under a websocket. It remembers when a byte last came, and
// it can be deaf and dumb without being closed, as a stopped process or a dead router
// makes it: bytes still go into the buffers of the system, and nothing comes out.
type wire struct {
	net.Conn
	gate  *gate
	born  time.Time
	heard atomic.Int64 // when the last byte came, in nanoseconds since born
	half  atomic.Bool  // half-open: see sever
	gone  chan struct{}
	once  sync.Once
	held  []byte // came in while the gate was shut; the reader's alone
}

// heldMost is how much of a client's writing a frozen server's system takes before the
// client has to wait, about what socket buffers hold.
const heldMost = 4 << 20

// Read implements net.Conn. While the gate is shut it goes on reading into memory, for a
// client must be able to write to a frozen server.
func (w *wire) Read(p []byte) (int, error) {
	for {
		shut := w.gate.waiting()
		if shut != nil && len(w.held) >= heldMost {
			select {
			case <-shut:
			case <-w.gone:
				return 0, net.ErrClosed
			}
			continue
		}
		if shut == nil && len(w.held) > 0 {
			n := copy(p, w.held)
			w.held = w.held[n:]
			return n, nil
		}
		n, err := w.Conn.Read(p)
		if n > 0 {
			w.heard.Store(int64(time.Since(w.born)))
		}
		if errors.Is(err, os.ErrDeadlineExceeded) { // wake, after a freeze
			_ = w.SetReadDeadline(time.Time{})
			err = nil
		}
		switch {
		case w.half.Load(): // what comes is lost
			n = 0
		case w.gate.waiting() != nil || len(w.held) > 0:
			w.held = append(w.held, p[:n]...)
			n = 0
		}
		if n > 0 || err != nil {
			return n, err
		}
	}
}

// wake makes a blocked Read look at the gate again.
func (w *wire) wake() { _ = w.SetReadDeadline(time.Unix(1, 0)) }

// Write implements net.Conn.
func (w *wire) Write(p []byte) (int, error) {
	for frozen := w.gate.waiting(); frozen != nil; frozen = w.gate.waiting() {
		select {
		case <-frozen:
		case <-w.gone:
			return 0, net.ErrClosed
		}
	}
	if w.half.Load() {
		return len(p), nil
	}
	return w.Conn.Write(p)
}

// sever makes the connection half-open from here on: the client can write and is not
// heard, nothing is said to it, and no end of the connection is seen.
func (w *wire) sever() { w.half.Store(true) }

// cut ends the connection without a word, so that the client sees 1006. It is safe for concurrent
// use and may be called more than once.
func (w *wire) cut() {
	w.once.Do(func() {
		close(w.gone)
		_ = w.Conn.Close()
	})
}

// Close implements net.Conn.
func (w *wire) Close() error {
	w.cut()
	return nil
}

// tap is a ResponseWriter that puts a wire under whatever hijacks its connection.
type tap struct {
	http.ResponseWriter
	gate *gate
	wire *wire // not nil once it was hijacked
}

// Hijack implements http.Hijacker. The writer is a new one, for the one of net/http
// writes past the wire.
func (t *tap) Hijack() (net.Conn, *bufio.ReadWriter, error) {
	conn, rw, err := http.NewResponseController(t.ResponseWriter).Hijack()
	if err != nil {
		return nil, nil, err
	}
	t.wire = &wire{Conn: conn, gate: t.gate, born: time.Now(), gone: make(chan struct{})}
	return t.wire, bufio.NewReadWriter(rw.Reader, bufio.NewWriter(t.wire)), nil
}

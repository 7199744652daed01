package supabase

import (
	"context"
	"io"
	"sync"
	"sync/atomic"
	"time"

	"github.com/coder/websocket"
)

// The numbers of Supabase Realtime v2.129.8 and of Cowboy under it.
const (
	maxFrame    = 5_000_000        // a longer message ends the connection
	maxMailbox  = 50 << 20         // the heap limit of a socket's process
	idleTick    = 6 * time.Second  // idleness is looked at this often
	idleTicks   = 11               // looks in a row without a byte, then close 1000
	sweepEvery  = 10 * time.Minute // sockets that were left empty are killed
	closeLinger = time.Second      // for the client's close frame, once ours is out
	idleLinger  = 7 * time.Second  // for a client that reads nothing to take our close frame
	mailRoom    = 256              // bytes of a mail, whatever is in it
)

// socket is one websocket connection: the transport process of Phoenix. Its reader puts
// what comes into the mailbox, its actor takes from the mailbox, and may sleep over it.
type socket struct {
	srv     *Server
	ws      *websocket.Conn
	wire    *wire
	v2      bool
	apikey  string
	born    time.Time
	done    chan struct{} // closed when the socket has ended
	in, out atomic.Int64  // frames
	killed  atomic.Bool
	buf     []byte // the actor's, for writing

	mu   sync.Mutex // guards the mailbox; may be taken while holding Server.mu
	mail []mail
	held int           // bytes in the mailbox
	bell chan struct{} // holds at most one ring

	// guarded by Server.mu
	channels map[string]*channel // by topic, "realtime:" included
	counted  bool                // among Server.users
	idle     *time.Timer
}

// mail is one thing for the actor to do: the first of these that is set.
type mail struct {
	do    func()  // runs on the actor
	close int     // a close code
	text  []byte  // a frame from the client
	frame frame   // a frame for the client
	group []frame // frames for the client that belong together
}

// size is about what a mail takes of the memory, an empty one too.
func (m *mail) size() int {
	n := mailRoom + cap(m.text) + m.frame.size()
	for i := range m.group {
		n += m.group[i].size()
	}
	return n
}

// serve runs a socket until it has ended. cuts is how often sockets had been cut when its upgrade
// began: one that was cut since does not open.
func (s *Server) serve(ws *websocket.Conn, under *wire, v2 bool, apikey string, cuts uint64) {
	sk := &socket{srv: s, ws: ws, wire: under, v2: v2, apikey: apikey, born: time.Now(),
		done: make(chan struct{}), bell: make(chan struct{}, 1), channels: map[string]*channel{}}
	s.mu.Lock()
	if s.closed || s.cuts != cuts {
		s.mu.Unlock()
		under.cut()
		_ = ws.CloseNow() // it is cut already
		return
	}
	s.sockets[sk] = struct{}{}
	s.stats.Upgrades++
	sk.idle = s.after(s.scaled(idleTick*idleTicks), sk.checkIdle)
	s.busy.Add(1)
	s.mu.Unlock()
	go Guarded(s.opt.Fault, sk.act)
	sk.read()
	sk.end()
}

// read takes frames off the wire until it breaks. Binary frames are dropped: they carry
// broadcasts of clients, or junk, and the real server answers neither here.
func (sk *socket) read() {
	sk.ws.SetReadLimit(-1) // ours below cuts; the library would send a close frame first
	for {
		kind, reader, err := sk.ws.Reader(context.Background())
		if err != nil {
			return
		}
		text, err := io.ReadAll(io.LimitReader(reader, maxFrame+1))
		if err != nil || len(text) > maxFrame {
			return
		}
		sk.in.Add(1)
		if kind == websocket.MessageText {
			sk.post(mail{text: text})
		}
	}
}

// end takes the socket out of the server. The reader calls it, when nothing comes any more.
func (sk *socket) end() {
	s := sk.srv
	sk.wire.cut()
	close(sk.done)
	s.mu.Lock()
	delete(s.sockets, sk)
	for _, ch := range sk.channels {
		ch.drop()
	}
	if sk.counted {
		s.users--
	}
	sk.idle.Stop()
	s.stats.FramesIn += int(sk.in.Load())
	s.stats.FramesOut += int(sk.out.Load())
	s.mu.Unlock()
	_ = sk.ws.CloseNow() // lets the library go; the connection is cut
}

// post puts something into the mailbox and never waits. A mailbox that is full kills the
// socket, as the heap limit kills the real process: the client sees 1006. A change that
// many mailboxes share counts in each of them.
func (sk *socket) post(m mail) {
	sk.mu.Lock()
	sk.held += m.size()
	full := sk.held > maxMailbox
	if !full {
		sk.mail = append(sk.mail, m)
	}
	sk.mu.Unlock()
	if full {
		sk.kill()
		return
	}
	select {
	case sk.bell <- struct{}{}:
	default:
	}
}

// kill ends the socket for its full mailbox, once. It may hold Server.mu, so it counts by itself.
func (sk *socket) kill() {
	if !sk.killed.Swap(true) {
		sk.srv.killed.Add(1)
		sk.wire.cut()
	}
}

// send posts one frame.
func (sk *socket) send(f frame) { sk.post(mail{frame: f}) }

// take waits for the next thing to do; it is false when the socket has ended.
func (sk *socket) take() (mail, bool) {
	for {
		sk.mu.Lock()
		if len(sk.mail) > 0 {
			m := sk.mail[0]
			sk.mail[0] = mail{} // so that it can be collected
			sk.mail = sk.mail[1:]
			sk.held -= m.size()
			sk.mu.Unlock()
			return m, true
		}
		sk.mail = nil
		sk.mu.Unlock()
		select {
		case <-sk.bell:
		case <-sk.done:
			return mail{}, false
		}
	}
}

// act is the actor. It alone writes, so a join that it sleeps over holds up everything.
func (sk *socket) act() {
	defer sk.srv.busy.Done()
	defer sk.wire.cut() // the reader ends by this
	for {
		m, ok := sk.take()
		switch {
		case !ok:
			return
		case m.do != nil:
			m.do()
		case m.close != 0:
			sk.close(m.close)
			return
		case m.text != nil:
			if msg, good := decode(m.text, sk.v2); good {
				sk.handle(msg)
			}
		case m.group != nil:
			for i := range m.group {
				sk.write(&m.group[i])
			}
		default:
			sk.write(&m.frame)
		}
	}
}

// write sends a frame now. Only the actor may call it. An error needs no word: the reader
// sees the same broken connection.
func (sk *socket) write(f *frame) {
	sk.buf = f.append(sk.buf[:0], sk.v2)
	if f.writing != nil {
		f.writing(time.Now())
	}
	if sk.ws.Write(context.Background(), websocket.MessageText, sk.buf) == nil {
		sk.out.Add(1)
	}
	if cap(sk.buf) > 1<<20 { // after a large row
		sk.buf = nil
	}
}

// close ends the socket with a close code and no reason, as Realtime always does.
func (sk *socket) close(code int) {
	if !sk.srv.thawedFor(sk.done) { // a frozen server ends nothing
		return
	}
	timer := sk.srv.after(closeLinger, sk.wire.cut)
	defer timer.Stop()
	_ = sk.ws.Close(websocket.StatusCode(code), "") // a client that does not answer is cut
}

// checkIdle closes the socket once 60 to 66 s went by without a byte from the client, in
// ticks of 6 s counted from its start. What the server sends does not count.
func (sk *socket) checkIdle() {
	s := sk.srv
	s.mu.Lock()
	defer s.mu.Unlock()
	if _, open := s.sockets[sk]; !open || sk.wire.half.Load() {
		return // no client sees the end of a half-open connection
	}
	if s.gate.waiting() != nil { // a frozen server looks at nothing
		sk.idle = s.after(s.scaled(idleTick), sk.checkIdle)
		return
	}
	tick := s.scaled(idleTick)
	last := time.Duration(sk.wire.heard.Load()) / tick * tick // the tick before the last byte
	left := last + idleTicks*tick - time.Since(sk.born)
	if left <= 0 {
		sk.post(mail{close: int(websocket.StatusNormalClosure)})
		sk.idle = s.after(idleLinger, sk.wire.cut) // the actor may be stuck in a write
		return
	}
	sk.idle = s.after(left, sk.checkIdle)
}

// sweep kills, without a close frame, the sockets that have joined before and have no
// channel now.
func (s *Server) sweep() {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.closed {
		return
	}
	for sk := range s.sockets {
		if sk.counted && len(sk.channels) == 0 {
			sk.wire.cut()
		}
	}
	s.sweeper = s.after(s.scaled(sweepEvery), s.sweep)
}

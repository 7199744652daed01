package realtime

import (
	"context"
	"encoding/json"
	"fmt"
	"net"
	"net/http"
	"strings"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"github.com/coder/websocket"
)

// theServer is the other side of a test: raw frames over in-memory connections, all of
// it scripted by the test. It listens where its clients' dialers hand it pipes.
type theServer struct {
	t      *testing.T
	pipes  chan net.Conn
	done   chan struct{}
	client *http.Client
	http   *http.Server

	mu     sync.Mutex
	peers  []*peer
	refuse func(w http.ResponseWriter) bool // answers the upgrade itself
	dialed []time.Time                      // when each dial came
	down   bool                             // dials fail
	play   func(p *peer, f sent)            // plays the server; nil is calm
	query  string                           // of the last upgrade
	asked  int                              // upgrades
}

// peer is the server's end of one socket.
type peer struct {
	server *theServer
	conn   *websocket.Conn
	id     int

	mu     sync.Mutex
	frames []sent
	joined map[string]string // topic to join_ref
	deaf   bool              // reads and never answers: a half-open link
	freeze chan struct{}     // not nil: does not even read until it is closed
	gone   error             // how the connection ended, as the server saw it
}

// sent is a frame of the client's, with the fake time at which it came.
type sent struct {
	at                         time.Time
	joinRef, ref, topic, event string
	payload                    json.RawMessage
	nullJoinRef                bool
}

// newServer must be called inside a synctest bubble.
func newServer(t *testing.T) *theServer {
	s := &theServer{t: t, pipes: make(chan net.Conn), done: make(chan struct{})}
	carrier := transport(nil)
	carrier.DialContext = s.dial
	s.client = &http.Client{Transport: carrier}
	s.http = &http.Server{Handler: http.HandlerFunc(s.serve)}
	go s.http.Serve(s)
	t.Cleanup(func() {
		s.client.CloseIdleConnections()
		s.http.Close()
		for _, p := range s.all() {
			p.conn.CloseNow()
			p.thaw()
		}
		synctest.Wait()
	})
	return s
}

func (s *theServer) dial(ctx context.Context, _, _ string) (net.Conn, error) {
	s.mu.Lock()
	s.dialed = append(s.dialed, time.Now())
	down := s.down
	s.mu.Unlock()
	if down {
		return nil, &net.OpError{Op: "dial", Net: "tcp", Err: fmt.Errorf("down")}
	}
	ours, theirs := net.Pipe()
	select {
	case s.pipes <- theirs:
		return ours, nil
	case <-ctx.Done():
		return nil, ctx.Err()
	}
}

// Accept, Close and Addr make the server a net.Listener of its own pipes.
func (s *theServer) Accept() (net.Conn, error) {
	select {
	case conn := <-s.pipes:
		return conn, nil
	case <-s.done:
		return nil, net.ErrClosed
	}
}

func (s *theServer) Close() error {
	close(s.done)
	return nil
}

func (s *theServer) Addr() net.Addr { return &net.UnixAddr{Name: "memory"} }

func (s *theServer) serve(w http.ResponseWriter, r *http.Request) {
	s.mu.Lock()
	refuse := s.refuse
	s.query = r.URL.RequestURI()
	s.asked++
	s.mu.Unlock()
	if refuse != nil && refuse(w) {
		return
	}
	conn, err := websocket.Accept(w, r, nil)
	if err != nil {
		s.t.Errorf("accepting a socket: %v", err)
		return
	}
	s.mu.Lock()
	p := &peer{server: s, conn: conn, id: len(s.peers), joined: map[string]string{}}
	s.peers = append(s.peers, p)
	s.mu.Unlock()
	conn.SetReadLimit(1 << 20)
	for {
		_, data, err := conn.Read(context.Background())
		if err != nil {
			p.mu.Lock()
			p.gone = err
			p.mu.Unlock()
			return
		}
		p.took(data)
	}
}

func (s *theServer) all() []*peer {
	s.mu.Lock()
	defer s.mu.Unlock()
	return append([]*peer(nil), s.peers...)
}

// dials lists when each dial came.
func (s *theServer) dials() []time.Time {
	s.mu.Lock()
	defer s.mu.Unlock()
	return append([]time.Time(nil), s.dialed...)
}

// upgrades counts the requests for a socket, and has the last one's address.
func (s *theServer) upgrades() (n int, last string) {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.asked, s.query
}

// open counts the sockets that are open now.
func (s *theServer) open() (n int) {
	for _, p := range s.all() {
		p.mu.Lock()
		if p.gone == nil {
			n++
		}
		p.mu.Unlock()
	}
	return n
}

func (s *theServer) set(change func(*theServer)) {
	s.mu.Lock()
	defer s.mu.Unlock()
	change(s)
}

// took records a frame and has it answered.
func (p *peer) took(data []byte) {
	var raw [5]json.RawMessage
	if err := json.Unmarshal(data, &raw); err != nil {
		p.server.t.Errorf("the client sent no frame: %s", data)
		return
	}
	f := sent{at: time.Now(), payload: raw[4], nullJoinRef: string(raw[0]) == "null"}
	for i, to := range []*string{&f.joinRef, &f.ref, &f.topic, &f.event} {
		if i == 0 && f.nullJoinRef {
			continue
		}
		if err := json.Unmarshal(raw[i], to); err != nil {
			p.server.t.Errorf("element %d is no string: %s", i, data)
		}
	}
	p.mu.Lock()
	p.frames = append(p.frames, f)
	deaf, freeze := p.deaf, p.freeze
	p.mu.Unlock()
	if freeze != nil {
		<-freeze
	}
	if deaf {
		return
	}
	p.server.mu.Lock()
	play := p.server.play
	p.server.mu.Unlock()
	if play != nil {
		play(p, f)
	} else {
		p.calm(f)
	}
}

// calm answers as the real server does when all is well.
func (p *peer) calm(f sent) {
	switch f.event {
	case "heartbeat":
		p.send("", f.ref, "phoenix", "phx_reply", `{"status":"ok","response":{}}`)
	case "phx_join":
		p.accept(f)
		p.subscribed(f.topic)
	case "phx_leave":
		p.mu.Lock()
		known := p.joined[f.topic] == f.joinRef
		if known {
			delete(p.joined, f.topic)
		}
		_, other := p.joined[f.topic]
		p.mu.Unlock()
		if !known && other {
			return // a stale join_ref: ignored
		}
		p.send(f.joinRef, f.ref, f.topic, "phx_reply", `{"status":"ok","response":{}}`)
		if known {
			p.send(f.joinRef, f.joinRef, f.topic, "phx_close", `{}`)
		}
	}
}

// accept answers a join with ok.
func (p *peer) accept(f sent) {
	p.mu.Lock()
	p.joined[f.topic] = f.joinRef
	p.mu.Unlock()
	p.send(f.joinRef, f.ref, f.topic, "phx_reply", `{"status":"ok","response":{"postgres_changes":[{"id":126917690,"event":"*"}]}}`)
}

func (p *peer) deny(f sent, reason string) {
	p.send(f.joinRef, f.ref, f.topic, "phx_reply", fmt.Sprintf(`{"status":"error","response":{"reason":%q}}`, reason))
}

func (p *peer) subscribed(topic string) {
	p.send(p.ref(topic), "", topic, "system", `{"message":"Subscribed to PostgreSQL","status":"ok","extension":"postgres_changes"}`)
}

// expire ends a channel as the server does when its key runs out.
func (p *peer) expire(topic string) {
	ref := p.ref(topic)
	p.mu.Lock()
	delete(p.joined, topic)
	p.mu.Unlock()
	p.send(ref, "", topic, "system", `{"message":"Token has expired 0 seconds ago","status":"error","extension":"system"}`)
	p.send(ref, ref, topic, "phx_close", `{}`)
}

func (p *peer) change(topic, record string) {
	p.send("", "", topic, "postgres_changes", `{"ids":[1],"data":{"schema":"public","table":"t","type":"UPDATE","commit_timestamp":"2026-11-22T18:05:17.403Z","errors":null,"record":`+record+`,"old_record":{"id":1}}}`)
}

func (p *peer) ref(topic string) string {
	p.mu.Lock()
	defer p.mu.Unlock()
	return p.joined[topic]
}

// send writes a frame; "" is null. A client that is gone is no error here.
func (p *peer) send(joinRef, ref, topic, event, payload string) {
	null := func(s string) any {
		if s == "" {
			return nil
		}
		return s
	}
	data, err := json.Marshal([]any{null(joinRef), null(ref), topic, event, json.RawMessage(payload)})
	if err != nil {
		p.server.t.Errorf("bad frame in the test: %v", err)
	}
	p.raw(string(data))
}

func (p *peer) raw(data string) {
	_ = p.conn.Write(context.Background(), websocket.MessageText, []byte(data))
}

// closeWith sends a close frame, or cuts the connection for 1006.
func (p *peer) closeWith(code int) {
	if code == 1006 {
		p.conn.CloseNow()
		return
	}
	p.conn.Close(websocket.StatusCode(code), "")
}

func (p *peer) set(change func(*peer)) {
	p.mu.Lock()
	defer p.mu.Unlock()
	change(p)
}

func (p *peer) thaw() {
	p.mu.Lock()
	defer p.mu.Unlock()
	if p.freeze != nil {
		close(p.freeze)
		p.freeze = nil
	}
}

// got lists the client's frames of one event.
func (p *peer) got(event string) []sent {
	p.mu.Lock()
	defer p.mu.Unlock()
	var list []sent
	for _, f := range p.frames {
		if f.event == event {
			list = append(list, f)
		}
	}
	return list
}

// start runs a story in a bubble with a server and a client, and ends both.
func start(t *testing.T, cfg Config, story func(s *theServer, c *Client)) {
	t.Helper()
	synctest.Test(t, func(t *testing.T) {
		s := newServer(t)
		cfg.URL, cfg.APIKey, cfg.HTTP = "http://memory", "anon-key", s.client
		c := New(cfg)
		defer c.Close()
		story(s, c)
	})
}

// frame is a message taken apart by a reader of the tests' own, with encoding/json.
type frame struct {
	joinRef, ref string // "" for null
	topic, event string
	payload      []byte
}

func parseFrame(data []byte) (frame, error) {
	var raw []json.RawMessage
	if err := json.Unmarshal(data, &raw); err != nil {
		return frame{}, err
	}
	if len(raw) != 5 {
		return frame{}, fmt.Errorf("%d elements", len(raw))
	}
	f := frame{payload: raw[4]}
	for i, to := range []*string{&f.joinRef, &f.ref, &f.topic, &f.event} {
		if text := string(raw[i]); i < 2 && (text == "null" || text[0] == '-' || text[0] >= '0' && text[0] <= '9') {
			*to = strings.TrimPrefix(text, "null")
		} else if err := json.Unmarshal(raw[i], to); err != nil || text == "null" {
			return frame{}, fmt.Errorf("element %d is %s", i, text)
		}
	}
	return f, nil
}

// after lets fake time pass and everybody finish.
func after(d time.Duration) {
	time.Sleep(d)
	synctest.Wait()
}

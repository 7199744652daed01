package sandbox

import (
	"context"
	"net"
	"net/http"
	"sync"
	"sync/atomic"
	"syscall"

	"tillwatch/sandbox/supabase"
)

// MemoryURL is the base URL under which a Memory's clients find the sandbox.
const MemoryURL = "http://127.0.0.1:7700"

// Memory is a network in memory between one sandbox and its clients: every connection is
// a net.Pipe, so that a whole story runs inside testing/synctest. End it with Close.
type Memory struct {
	s           *Server
	server      *http.Server
	incoming    chan net.Conn
	refused     atomic.Bool
	connections *sync.WaitGroup
	done        chan struct{}
	once        sync.Once // of Close
	hung        sync.Once // of done
	ended       sync.WaitGroup

	mu      sync.Mutex
	pipes   map[*pipe]struct{}
	clients []*http.Transport
}

// Memory opens a network in memory to the sandbox, which Close of either ends.
func (s *Server) Memory() *Memory {
	server, connections := s.httpServer()
	m := &Memory{s: s, server: server, connections: connections, incoming: make(chan net.Conn),
		done: make(chan struct{}), pipes: map[*pipe]struct{}{}}
	m.ended.Go(func() { supabase.Guarded(s.opt.Fault, func() { _ = m.server.Serve(backdoor{m}) }) }) // ends with Close
	return m
}

// Client is a new HTTP client that reaches the sandbox and nothing else, whatever host it
// is told; http and websocket both. It follows no redirect.
func (m *Memory) Client() *http.Client {
	transport := &http.Transport{DialContext: m.Dial, MaxIdleConnsPerHost: 64}
	m.mu.Lock()
	m.clients = append(m.clients, transport)
	m.mu.Unlock()
	return &http.Client{Transport: transport,
		CheckRedirect: func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse }}
}

// Dial opens one connection to the sandbox; it fits http.Transport.DialContext.
func (m *Memory) Dial(ctx context.Context, network, address string) (net.Conn, error) {
	refusal := &net.OpError{Op: "dial", Net: network, Err: syscall.ECONNREFUSED}
	if m.refused.Load() {
		return nil, refusal
	}
	near, far := net.Pipe()
	a, b := &pipe{Conn: near, m: m}, &pipe{Conn: far, m: m}
	m.keep(a, b)
	select {
	case m.incoming <- b:
		return a, nil
	case <-ctx.Done():
		refusal.Err = ctx.Err()
	case <-m.done:
	}
	_ = a.Close()
	_ = b.Close()
	return nil, refusal
}

// Refuse lets every new connection be refused while on, as by a machine on which nothing
// listens. Open ones live on.
func (m *Memory) Refuse(on bool) { m.refused.Store(on) }

// Cut ends every connection there is, in the middle of whatever it does.
func (m *Memory) Cut() {
	m.mu.Lock()
	open := m.pipes
	m.pipes = map[*pipe]struct{}{}
	m.mu.Unlock()
	for p := range open {
		_ = p.Conn.Close()
	}
}

// Open is how many connections there are.
func (m *Memory) Open() int {
	m.mu.Lock()
	defer m.mu.Unlock()
	return len(m.pipes) / 2
}

// Close ends the sandbox and every connection to it. Calling it again does nothing.
func (m *Memory) Close() error {
	m.once.Do(func() {
		m.hangUp()
		m.s.Close()
		_ = m.server.Close()
		m.Cut()
		for _, t := range m.clients {
			t.CloseIdleConnections()
		}
		m.ended.Wait()
		m.connections.Wait()
	})
	return nil
}

// hangUp lets no connection come any more.
func (m *Memory) hangUp() { m.hung.Do(func() { close(m.done) }) }

// backdoor is the sandbox's side of the network. It is a type of its own because an
// http.Server closes its listener, and that must not close the Memory.
type backdoor struct{ m *Memory }

// Accept implements net.Listener.
func (b backdoor) Accept() (net.Conn, error) {
	select {
	case c := <-b.m.incoming:
		return c, nil
	case <-b.m.done:
		return nil, net.ErrClosed
	}
}

// Close implements net.Listener.
func (b backdoor) Close() error { b.m.hangUp(); return nil }

// Addr implements net.Listener.
func (b backdoor) Addr() net.Addr { return &net.UnixAddr{Name: "memory", Net: "pipe"} }

func (m *Memory) keep(ends ...*pipe) {
	m.mu.Lock()
	defer m.mu.Unlock()
	for _, p := range ends {
		m.pipes[p] = struct{}{}
	}
}

// pipe is one end of a connection.
type pipe struct {
	net.Conn
	m *Memory
}

// Close implements net.Conn.
func (p *pipe) Close() error {
	p.m.mu.Lock()
	delete(p.m.pipes, p)
	p.m.mu.Unlock()
	return p.Conn.Close()
}

package sandbox

import (
	"context"
	"errors"
	"fmt"
	"io"
	"log"
	"net"
	"net/http"
	"sync"
	"syscall"
	"time"

	"tillwatch/sandbox/supabase"
)

// Listen opens a TCP port, on loopback only, because what answers like Dollr must not be mistaken
// for Dollr. Any other address, and a port in use, is refused in one clear line.
func Listen(addr string) (net.Listener, error) {
	host, port, err := net.SplitHostPort(addr)
	if err != nil {
		return nil, fmt.Errorf("listening: %q is not an address such as 127.0.0.1:7700", addr)
	}
	if host == "localhost" {
		host = "127.0.0.1" // whatever a hosts file makes of the name
	}
	if ip := net.ParseIP(host); ip == nil || !ip.IsLoopback() {
		return nil, fmt.Errorf("listening: %q is not a loopback address; tillwatch serves this machine only", addr)
	}
	l, err := net.Listen("tcp", net.JoinHostPort(host, port))
	switch {
	case errors.Is(err, syscall.EADDRINUSE):
		return nil, fmt.Errorf("listening: port %s is in use by another program; choose another, or 0 for any", port)
	case err != nil:
		return nil, fmt.Errorf("listening: %w", err)
	}
	return l, nil
}

// Serve answers on l until ctx ends, then closes the whole sandbox and returns nil once
// every connection is gone. Any other end is an error.
func (s *Server) Serve(ctx context.Context, l net.Listener) error {
	server, connections := s.httpServer()
	ended := make(chan error, 1)
	go func() {
		err := errors.New("a bug in it")
		defer func() { ended <- err }()
		supabase.Guarded(s.opt.Fault, func() { err = server.Serve(l) })
	}()
	select {
	case err := <-ended: // the listener was closed under us
		_ = server.Close()
		s.Close()
		connections.Wait()
		return fmt.Errorf("serving the sandbox: %w", err)
	case <-ctx.Done():
	case <-s.done:
	}
	s.Close()
	// Answers under way get a moment; a client that will not read them gets no more.
	grace, cancel := context.WithTimeout(context.Background(), time.Second)
	defer cancel()
	if server.Shutdown(grace) != nil {
		_ = server.Close()
	}
	<-ended //nolint:errcheck // it ended because we ended it
	connections.Wait()
	return nil
}

// idleTimeout is longer than a watcher's rarest poll. Neither is a round number: a POST that
// meets the close half way is not sent again by itself, and people and tests wait in round
// numbers.
const (
	idleTimeout   = 187 * time.Second
	headerTimeout = 13 * time.Second
)

// httpServer is how every connection is served, in memory too. The group counts the
// connections that are net/http's, for http.Server.Close does not wait for them.
func (s *Server) httpServer() (*http.Server, *sync.WaitGroup) {
	connections := new(sync.WaitGroup)
	return &http.Server{
		Handler:                      s.Handler(),
		ReadHeaderTimeout:            headerTimeout,
		IdleTimeout:                  idleTimeout,
		DisableGeneralOptionsHandler: true,                       // it would answer "OPTIONS *" without asking us
		ErrorLog:                     log.New(io.Discard, "", 0), // a screen may be on standard error
		ConnState: func(_ net.Conn, state http.ConnState) {
			switch state {
			case http.StateNew:
				connections.Add(1)
			case http.StateClosed, http.StateHijacked: // a hijacked one is the realtime side's
				connections.Done()
			}
		},
	}, connections
}

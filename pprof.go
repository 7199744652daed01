package main

import (
	"errors"
	"io"
	"log"
	"net/http"
	"net/http/pprof"
	"time"

	"tillwatch/config"
	"tillwatch/sandbox"
)

// profiled serves profiles of this program at an address of this machine while a command
// runs; an empty address serves none. It is said once, before the run may have a screen.
func profiled(addr string, run func() error) error {
	if addr == "" {
		return run()
	}
	listener, err := sandbox.Listen(addr)
	if err != nil {
		return config.Refuse("--pprof: %w", err)
	}
	server := &http.Server{
		Handler: sandbox.Local(profiles()), ReadHeaderTimeout: 10 * time.Second,
		ErrorLog: log.New(io.Discard, "", 0), // a screen may be on standard error
	}
	ended := make(chan error, 1)
	go func() {
		err := error(bug{"the profiles failed"})
		defer func() { ended <- err }()
		guarded(func() { err = server.Serve(listener) })
	}()
	note("profiles on http://%s/debug/pprof/", listener.Addr())
	err = run()
	_ = server.Close() // a profile under way ends with what it is of
	if served := <-ended; !errors.Is(served, http.ErrServerClosed) {
		note("profiles: %v", served)
	}
	return err
}

// profiles are the pages of net/http/pprof, but for the command line.
func profiles() http.Handler {
	mux := http.NewServeMux()
	mux.HandleFunc("/debug/pprof/", pprof.Index)
	mux.HandleFunc("/debug/pprof/profile", pprof.Profile)
	mux.HandleFunc("/debug/pprof/trace", pprof.Trace)
	mux.HandleFunc("/debug/pprof/symbol", pprof.Symbol)
	return mux
}

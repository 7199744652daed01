package remote

import (
	"bytes"
	"context"
	"io"
	"net"
	"net/http"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"tillwatch/sandbox"
)

// liar is a server in memory that only says that it is a sandbox.
func liar(t *testing.T, answer func(w io.Writer, r *http.Request)) *Client {
	t.Helper()
	c, err := New("http://127.0.0.1:8787")
	if err != nil {
		t.Fatal(err)
	}
	c.http.Transport = &http.Transport{DialContext: func(context.Context, string, string) (net.Conn, error) {
		near, far := net.Pipe()
		server := http.Server{Handler: http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
			w.Header().Set(sandbox.Header, "1")
			answer(w, r)
		})}
		go func() { _ = server.Serve(&once{conn: far}) }()
		return near, nil
	}}
	return c
}

// once is a listener of one connection.
type once struct {
	conn net.Conn
	net.Listener
}

func (l *once) Accept() (net.Conn, error) {
	if conn := l.conn; conn != nil {
		l.conn = nil
		return conn, nil
	}
	return nil, io.EOF
}

func (l *once) Close() error { return nil }

func (l *once) Addr() net.Addr { return &net.TCPAddr{} }

// Whoever listens at an address on this machine may say that it is a sandbox, and then tell
// without end, or nothing.
func TestTruth_IsBoundedWhoeverTellsIt(t *testing.T) {
	line := []byte(`{"reference_id":"AB-1","status":"COMPLETED"}` + "\n")
	forEver := func(text []byte, pause time.Duration) func(io.Writer, *http.Request) {
		return func(w io.Writer, r *http.Request) {
			for r.Context().Err() == nil {
				if _, err := w.Write(text); err != nil {
					return
				}
				if pause > 0 {
					w.(http.Flusher).Flush()
					select {
					case <-r.Context().Done():
					case <-time.After(pause):
					}
				}
			}
		}
	}
	for name, c := range map[string]struct {
		answer func(io.Writer, *http.Request)
		want   string
		told   int // at most
		within time.Duration
	}{
		"a line without end":    {forEver([]byte(strings.Repeat("x", 1000)), 0), "reading what the sandbox says: a payment of more than 4096 bytes", 0, time.Second},
		"no end of payments":    {forEver(bytes.Repeat([]byte("{}\n"), 1000), 0), "reading what the sandbox says: more than 1000000 payments in one answer", truthMost, time.Second},
		"one now and then":      {forEver(line, time.Second), "reading what the sandbox says: it has no end within 15s", 16, truthLimit},
		"one, and then nothing": {forEver(line, time.Minute), "directing the sandbox: it does not answer", 1, CallLimit},
		"nothing":               {func(_ io.Writer, r *http.Request) { <-r.Context().Done() }, "directing the sandbox: it does not answer", 0, CallLimit},
		"a payment twice told": {func(w io.Writer, _ *http.Request) {
			_, _ = w.Write([]byte(`{"status":"FAILED","status":"COMPLETED"}` + "\n"))
		}, "reading what the sandbox says: it is not what a sandbox says", 0, time.Second},
		"nothing as a payment": {func(w io.Writer, _ *http.Request) { _, _ = w.Write([]byte("null\n")) }, "reading what the sandbox says: it is not what a sandbox says", 0, time.Second},
		"what is no payment":   {func(w io.Writer, _ *http.Request) { _, _ = w.Write([]byte("[]\n")) }, "reading what the sandbox says: it is not what a sandbox says", 0, time.Second},
	} {
		t.Run(name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				client := liar(t, c.answer)
				defer client.Close()
				begun, told := time.Now(), 0
				err := client.Truth(t.Context(), 0, func(sandbox.Truth) { told++ })
				if err == nil || !strings.HasPrefix(err.Error(), c.want) || strings.Contains(err.Error(), "\n") {
					t.Errorf("got  %v\nwant %s", err, c.want)
				}
				if took := time.Since(begun); took > c.within || told > c.told {
					t.Errorf("it takes %v and tells %d", took, told)
				}
			})
		})
	}
}

package dollr

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"net"
	"net/http"
	"strings"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"go.uber.org/goleak"

	"tillwatch/watch"
)

func TestMain(m *testing.M) { goleak.VerifyTestMain(m) }

const (
	testID     = "client-4711-at-the-till"
	testSecret = "s3cr3t-of-the-till"
	reference  = "550e8400-e29b-41d4-a716-446655440000"
)

// pipes is a listener in memory, so that a server's and a client's waits are in the
// bubble's time.
type pipes struct {
	conns chan net.Conn
	once  sync.Once
	done  chan struct{}
}

func newPipes() *pipes { return &pipes{conns: make(chan net.Conn), done: make(chan struct{})} }

func (p *pipes) Accept() (net.Conn, error) {
	select {
	case conn := <-p.conns:
		return conn, nil
	case <-p.done:
		return nil, net.ErrClosed
	}
}

func (p *pipes) Close() error   { p.once.Do(func() { close(p.done) }); return nil }
func (p *pipes) Addr() net.Addr { return &net.TCPAddr{IP: net.IPv4(127, 0, 0, 1)} }

func (p *pipes) dial(ctx context.Context, _, _ string) (net.Conn, error) {
	here, there := net.Pipe()
	select {
	case p.conns <- there:
		return here, nil
	case <-p.done:
	case <-ctx.Done():
	}
	return nil, errors.New("nobody listens")
}

// stage is a Dollr that a test writes itself. Its token call works unless the test says
// otherwise, and hands out token-1, token-2 …
type stage struct {
	*Client
	t  testing.TB
	mu sync.Mutex

	tokens int                                          // how often a token was asked for
	calls  map[string]int                               // how often each other path was asked for
	token  func(n int, w http.ResponseWriter)           // nil: an hour's token
	answer func(w http.ResponseWriter, r *http.Request) // of every other call
}

func (s *stage) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	s.mu.Lock()
	if r.URL.Path == "/v1/jwt/client/obtain/token" {
		s.tokens++
		n, token := s.tokens, s.token
		s.mu.Unlock()
		if token != nil {
			token(n, w)
			return
		}
		fmt.Fprintf(w, `{"access_token":"token-%d","expires_in":60}`, n)
		return
	}
	s.calls[r.URL.Path]++
	answer := s.answer
	s.mu.Unlock()
	answer(w, r)
}

func (s *stage) asked() (tokens, calls int) {
	s.mu.Lock()
	defer s.mu.Unlock()
	for _, n := range s.calls {
		calls += n
	}
	return s.tokens, calls
}

// play runs a test in a bubble, with a Client of a Dollr in memory.
func play(t *testing.T, answer http.HandlerFunc, scene func(s *stage)) {
	t.Helper()
	synctest.Test(t, func(t *testing.T) {
		s, end := open(t, answer)
		defer time.Sleep(time.Minute) // a handler that is still asleep ends in it
		defer end()
		scene(s)
	})
}

func open(t testing.TB, answer http.HandlerFunc) (*stage, func()) {
	t.Helper()
	s := &stage{t: t, calls: map[string]int{}, answer: answer}
	listener := newPipes()
	server := &http.Server{Handler: s, ErrorLog: nil, ConnContext: func(ctx context.Context, c net.Conn) context.Context {
		return context.WithValue(ctx, connKey{}, c)
	}}
	ended := make(chan struct{})
	go func() { defer close(ended); _ = server.Serve(listener) }()
	carrier := transport(nil)
	carrier.DialContext = listener.dial
	client, err := New(Config{
		BaseURL: "http://127.0.0.1:8080", ClientID: testID, ClientSecret: testSecret,
		HTTP: &http.Client{Transport: carrier},
	})
	if err != nil {
		t.Fatal(err)
	}
	s.Client = client
	return s, func() {
		client.Close()
		carrier.CloseIdleConnections()
		_ = server.Close()
		<-ended
	}
}

// says answers every call alike.
func says(code int, body string) http.HandlerFunc {
	return func(w http.ResponseWriter, _ *http.Request) {
		w.Header().Set("Content-Type", "application/json")
		w.WriteHeader(code)
		_, _ = w.Write([]byte(body))
	}
}

const processing = `{"reference_id":"` + reference + `","status":"PROCESSING"}`

// fault is err as the Fault that it must be, with a text fit for a screen.
func (s *stage) fault(err error, kind watch.FaultKind) *watch.Fault {
	s.t.Helper()
	var f *watch.Fault
	if !errors.As(err, &f) {
		s.t.Fatalf("got error %v, want a Fault", err)
	}
	if f.Kind != kind {
		s.t.Errorf("got a fault of kind %d (%q), want %d", f.Kind, f.Text, kind)
	}
	if watch.Clean(f.Text, 500) != f.Text || strings.Contains(f.Text, "http:") || strings.Contains(f.Text, "/v1/") {
		s.t.Errorf("the fault's text %q is not fit for a screen", f.Text)
	}
	return f
}

func (s *stage) collection() (watch.Answer, error) {
	return s.Collection(context.Background(), reference)
}

func decode(t testing.TB, r *http.Request) map[string]any {
	t.Helper()
	decoder := json.NewDecoder(r.Body)
	decoder.UseNumber()
	var body map[string]any
	if err := decoder.Decode(&body); err != nil {
		t.Errorf("the request's body is no JSON: %v", err)
	}
	return body
}

package supabase

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net"
	"net/http"
	"slices"
	"strings"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"github.com/coder/websocket"
)

const paymentTable = "checkout_payment_intent_public_status"

// payments is the table of the recordings: a row is for whoever has its reference.
func payments() []Table {
	return []Table{{
		Name: paymentTable, Key: "id", Published: true,
		Columns: []Column{{"id", "int8"}, {"session_id", "int8"}, {"reference_id", "uuid"},
			{"source_type", "text"}, {"status", "text"}, {"amount", "numeric"},
			{"currency", "text"}, {"method", "text"}, {"updated_at", "timestamptz"}},
		Visible: func(claims map[string]any, row Row) bool {
			return claims["reference_id"] == row["reference_id"]
		},
	}, {Name: "not_published", Key: "id", Columns: []Column{{"id", "int8"}}}}
}

// memory is a network of pipes that a server listens on.
type memory struct {
	conns chan net.Conn
	done  chan struct{}
	once  sync.Once
}

func (m *memory) Accept() (net.Conn, error) {
	select {
	case c := <-m.conns:
		return c, nil
	case <-m.done:
		return nil, net.ErrClosed
	}
}
func (m *memory) Close() error   { m.once.Do(func() { close(m.done) }); return nil }
func (m *memory) Addr() net.Addr { return &net.UnixAddr{Name: "memory"} }

func (m *memory) dial(ctx context.Context, _, _ string) (net.Conn, error) {
	client, server := net.Pipe()
	select {
	case m.conns <- server:
		return client, nil
	case <-m.done:
		return nil, errors.New("connection refused")
	}
}

// story is a server in memory, and whoever talks to it. It must run in a bubble.
type story struct {
	*Server
	t     testing.TB
	net   *memory
	http  *http.Client
	close []func()
}

// tell starts a server and plays a story on it. It fails when a goroutine is left: the
// bubble does not end then.
func tell(t *testing.T, opt Options, play func(*story)) {
	t.Helper()
	synctest.Test(t, func(t *testing.T) {
		s := begin(t, opt)
		defer s.end()
		play(s)
	})
}

func begin(t testing.TB, opt Options) *story {
	if opt.Tables == nil {
		opt.Tables = payments()
	}
	s := &story{Server: New(opt), t: t, net: &memory{conns: make(chan net.Conn), done: make(chan struct{})}}
	transport := &http.Transport{DialContext: s.net.dial, DisableKeepAlives: true}
	s.http = &http.Client{Transport: transport}
	web := &http.Server{Handler: s.Server}
	ended := make(chan struct{})
	go func() { defer close(ended); _ = web.Serve(s.net) }()
	s.close = append(s.close, func() { _ = web.Close(); <-ended; transport.CloseIdleConnections() })
	return s
}

func (s *story) end() {
	s.Close()
	slices.Reverse(s.close)
	for _, end := range s.close {
		end()
	}
}

// heard is a frame that a client got.
type heard struct {
	at   time.Time
	text string
}

// client is one websocket that remembers everything it hears.
type client struct {
	t      testing.TB
	ws     *websocket.Conn
	topic  string // of the last join
	ref    int
	closed chan struct{}
	mu     sync.Mutex
	got    []heard
	read   int   // of got, by expect
	err    error // why reading ended
}

// dial opens a socket of version 2.0.0 with the anon key.
func (s *story) dial() *client {
	s.t.Helper()
	c, response, err := s.dialAt("/realtime/v1/websocket?vsn=2.0.0&apikey="+s.AnonKey(), nil)
	if err != nil {
		s.t.Fatalf("dialling: %v %v", err, response)
	}
	synctest.Wait() // the server knows of a socket a little after the client does
	return c
}

func (s *story) dialAt(target string, header http.Header) (*client, *http.Response, error) {
	ws, response, err := websocket.Dial(context.Background(), "ws://127.0.0.1"+target,
		&websocket.DialOptions{HTTPClient: s.http, HTTPHeader: header, CompressionMode: websocket.CompressionContextTakeover})
	if err != nil {
		return nil, response, err
	}
	if agreed := response.Header.Get("Sec-WebSocket-Extensions"); agreed != "" {
		s.t.Errorf("compression was offered, and agreed to as %q", agreed)
	}
	ws.SetReadLimit(-1)
	c := &client{t: s.t, ws: ws, closed: make(chan struct{})}
	go c.listen()
	s.close = append(s.close, func() { _ = ws.CloseNow(); <-c.closed })
	return c, response, nil
}

func (c *client) listen() {
	defer close(c.closed)
	for {
		_, text, err := c.ws.Read(context.Background())
		c.mu.Lock()
		if err != nil {
			c.err = err
			c.mu.Unlock()
			return
		}
		c.got = append(c.got, heard{time.Now(), string(text)})
		c.mu.Unlock()
	}
}

// code is the close code that ended the socket: 1006 when there was none, 0 while it lives.
func (c *client) code() int {
	select {
	case <-c.closed:
	default:
		return 0
	}
	if code := websocket.CloseStatus(c.err); code > 0 {
		return int(code)
	}
	return 1006
}

func (c *client) say(text string) {
	c.t.Helper()
	if err := c.ws.Write(context.Background(), websocket.MessageText, []byte(text)); err != nil {
		c.t.Fatalf("writing %.80s: %v", text, err)
	}
}

// push sends an event on a topic, with the next ref, which it returns.
func (c *client) push(joinRef, topic, event string, payload any) string {
	c.t.Helper()
	c.ref++
	ref := fmt.Sprint(c.ref)
	c.say(string(toJSON([]any{joinRef, ref, topic, event, payload})))
	return ref
}

// join joins payment-intent:55:{reference} and listens to that reference.
func (c *client) join(reference, token string) string {
	c.t.Helper()
	ref := fmt.Sprint(c.ref + 1)
	c.topic = "realtime:payment-intent:55:" + reference
	return c.push(ref, c.topic, "phx_join", joinPayload(token, map[string]any{"event": "*", "schema": "public",
		"table": paymentTable, "filter": "reference_id=eq." + reference}))
}

func joinPayload(token string, bindings ...map[string]any) map[string]any {
	return map[string]any{"access_token": token, "config": map[string]any{"postgres_changes": bindings}}
}

func (c *client) heartbeat() { c.t.Helper(); c.say(`[null,"hb","phoenix","heartbeat",{}]`) }

// news are the frames heard since it was asked last, each as "event what", once all is quiet.
func (c *client) news() []string {
	synctest.Wait()
	c.mu.Lock()
	defer c.mu.Unlock()
	var news []string
	for _, h := range c.got[c.read:] {
		news = append(news, summary(h.text))
	}
	c.read = len(c.got)
	return news
}

// expect checks what was heard since the last time: all of it, in order.
func (c *client) expect(want ...string) {
	c.t.Helper()
	if got := c.news(); !slices.Equal(got, want) {
		c.t.Errorf("heard\n  %s\nwant\n  %s", strings.Join(got, "\n  "), strings.Join(want, "\n  "))
	}
}

// summary is what a story needs of a frame: "ok", "reply REASON", "system ok", "INSERT pending" …
func summary(text string) string {
	var parts []json.RawMessage
	if json.Unmarshal([]byte(text), &parts) != nil || len(parts) != 5 {
		return "garbage " + text
	}
	var event string
	_ = json.Unmarshal(parts[3], &event)
	var p struct {
		Status, Message, Reason string
		Response                struct{ Reason string }
		Data                    struct {
			Type   string
			Record struct{ Status string }
		}
	}
	_ = json.Unmarshal(parts[4], &p)
	switch {
	case event == "phx_reply" && p.Status == "ok":
		return "ok"
	case event == "phx_reply":
		return "refused: " + p.Response.Reason
	case event == "system" && p.Message == "Subscribed to PostgreSQL":
		return "system ok"
	case event == "system":
		return "system " + p.Status + ": " + p.Message
	case event == "postgres_changes":
		return strings.TrimSpace(p.Data.Type + " " + p.Data.Record.Status)
	case event == "phx_error":
		return "phx_error " + p.Reason
	}
	return event
}

// reference number n.
func reference(n int) string { return fmt.Sprintf("00000000-0000-4000-8000-%012d", n) }

// key mints a realtime key for reference n.
func (s *story) key(n int, life time.Duration) string {
	return s.Mint("authenticated", map[string]any{"reference_id": reference(n)}, life)
}

// row is payment n in a status.
func row(n int, status string) Row {
	return Row{"id": n, "session_id": 55, "reference_id": reference(n), "source_type": "INVOICE",
		"status": status, "amount": json.Number("12.50"), "currency": "USD", "method": "MTN_MOMO_LBR"}
}

func insert(n int, status string) Change {
	return Change{Table: paymentTable, Type: "INSERT", Row: row(n, status)}
}
func update(n int, status string) Change {
	return Change{Table: paymentTable, Type: "UPDATE", Row: row(n, status)}
}

// ready opens a socket and joins payment n, up to its "system ok".
func (s *story) ready(n int, life time.Duration) *client {
	s.t.Helper()
	c := s.dial()
	c.join(reference(n), s.key(n, life))
	time.Sleep(50 * time.Millisecond)
	c.expect("ok", "system ok")
	return c
}

// body reads a response that was no upgrade.
func body(r *http.Response) string {
	text, _ := io.ReadAll(r.Body)
	return string(text)
}

package sandbox

import (
	"bytes"
	"context"
	"encoding/json"
	"fmt"
	"io"
	"net/http"
	"slices"
	"strings"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"github.com/coder/websocket"
)

// merchant is somebody who uses the sandbox over its protocols, as a program would.
type merchant struct {
	t      *testing.T
	s      *Server
	m      *Memory
	http   *http.Client
	bearer string
}

// tell plays a story in memory and fake time. A goroutine left over fails it.
func tell(t *testing.T, opt Options, play func(*testing.T, *merchant)) {
	t.Helper()
	synctest.Test(t, func(t *testing.T) {
		s := New(opt)
		m := s.Memory()
		me := &merchant{t: t, s: s, m: m, http: m.Client()}
		defer m.Close()
		play(t, me)
	})
}

// answer is what the sandbox said.
type answer struct {
	status int
	header http.Header
	text   string
	object map[string]any // numbers are json.Number
}

func (a answer) get(name string) string { return fmt.Sprint(a.object[name]) }

// ask makes one call; the error is the connection's.
func (m *merchant) ask(method, path, body string, headers ...string) (answer, error) {
	m.t.Helper()
	req, err := http.NewRequest(method, MemoryURL+path, strings.NewReader(body))
	if err != nil {
		m.t.Fatal(err)
	}
	if body != "" {
		req.Header.Set("Content-Type", "application/json")
	}
	if m.bearer != "" {
		req.Header.Set("Authorization", "Bearer "+m.bearer)
	}
	for i := 0; i+1 < len(headers); i += 2 {
		if headers[i] == "Host" {
			req.Host = headers[i+1]
			continue
		}
		req.Header.Set(headers[i], headers[i+1])
	}
	res, err := m.http.Do(req)
	if err != nil {
		return answer{}, err
	}
	defer res.Body.Close()
	text, err := io.ReadAll(res.Body)
	if err != nil {
		return answer{}, err
	}
	if res.Header.Get(Header) != "1" {
		m.t.Errorf("%s %s: an answer without %s", method, path, Header)
	}
	a := answer{status: res.StatusCode, header: res.Header, text: string(text)}
	d := json.NewDecoder(bytes.NewReader(text))
	d.UseNumber()
	_ = d.Decode(&a.object) // a line or a page is no object
	return a, nil
}

// call is ask for one that must be answered.
func (m *merchant) call(method, path, body string, headers ...string) answer {
	m.t.Helper()
	a, err := m.ask(method, path, body, headers...)
	if err != nil {
		m.t.Fatalf("%s %s: %v", method, path, err)
	}
	return a
}

// want is call, with the status expected.
func (m *merchant) want(status int, method, path, body string, headers ...string) answer {
	m.t.Helper()
	a := m.call(method, path, body, headers...)
	if a.status != status {
		m.t.Fatalf("%s %s %s: HTTP %d %s, want %d", method, path, body, a.status, a.text, status)
	}
	return a
}

func (m *merchant) login() *merchant {
	m.t.Helper()
	a := m.want(200, "POST", "/v1/jwt/client/obtain/token",
		fmt.Sprintf(`{"client_id":%q,"client_secret":%q}`, m.s.opt.ClientID, m.s.opt.ClientSecret))
	m.bearer = a.get("access_token")
	return m
}

func (m *merchant) start(o Order) Intake {
	m.t.Helper()
	in, err := m.s.Start(o)
	if err != nil {
		m.t.Fatal(err)
	}
	return in
}

// statusOf is the API's word about a payment; for other answers their HTTP status.
func (m *merchant) statusOf(in Intake) string {
	m.t.Helper()
	path := "/v1/status/collection/" + in.ReferenceID
	if in.ReferenceID == "" {
		path = fmt.Sprintf("/v1/status/source?source_type=%s&source_id=%d", in.SourceType, in.SourceID)
	}
	a, err := m.ask("GET", path, "")
	switch {
	case err != nil:
		return "gone"
	case a.status != 200:
		return fmt.Sprint(a.status)
	}
	return a.get("status")
}

// history asks every quarter second for d and keeps each change, with its time since begin.
func (m *merchant) history(in Intake, begin time.Time, d time.Duration) (words []string, at []time.Duration) {
	m.t.Helper()
	for end := time.Now().Add(d); time.Now().Before(end); time.Sleep(250 * time.Millisecond) {
		if word := m.statusOf(in); len(words) == 0 || words[len(words)-1] != word {
			words, at = append(words, word), append(at, time.Since(begin))
		}
	}
	return words, at
}

func keyBody(in Intake) string {
	return fmt.Sprintf(`{"session_id":%d,"source_type":%q,"reference_id":%q}`, in.SessionID, in.SourceType, in.ReferenceID)
}

func (m *merchant) key(in Intake) string {
	m.t.Helper()
	return m.want(200, "POST", "/v1/realtime-keys/collection", keyBody(in)).get("access_token")
}

// channel is a merchant's ear on one payment: every frame, in words.
type channel struct {
	mu    sync.Mutex
	heard []string
	at    []time.Time
	rows  []string
}

// listen joins a payment's channel on a socket of its own.
func (m *merchant) listen(in Intake, key string) *channel {
	m.t.Helper()
	ctx, stop := context.WithCancel(context.Background())
	conn, res, err := websocket.Dial(ctx, "ws"+strings.TrimPrefix(MemoryURL, "http")+
		"/realtime/v1/websocket?vsn=2.0.0&apikey="+m.s.AnonKey(), &websocket.DialOptions{HTTPClient: m.http})
	if err != nil {
		m.t.Fatal(err)
	}
	if res.Header.Get(Header) != "1" {
		m.t.Errorf("the upgrade's answer is without %s", Header)
	}
	topic := fmt.Sprintf("realtime:payment-intent:%d:%s", in.SessionID, in.ReferenceID)
	join, err := json.Marshal([]any{"1", "1", topic, "phx_join", map[string]any{"access_token": key,
		"config": map[string]any{"postgres_changes": []any{map[string]any{"event": "*", "schema": "public",
			"table": statusTable, "filter": "reference_id=eq." + in.ReferenceID}}}}})
	if err != nil {
		m.t.Fatal(err)
	}
	c := &channel{}
	if err := conn.Write(ctx, websocket.MessageText, join); err != nil {
		m.t.Fatal(err)
	}
	var reading sync.WaitGroup
	reading.Go(func() { c.read(ctx, conn) })
	reading.Go(func() { // an idle socket is closed after a minute
		for beat := time.NewTicker(25 * time.Second); ; {
			select {
			case <-beat.C:
				_ = conn.Write(ctx, websocket.MessageText, []byte(`[null,"h","phoenix","heartbeat",{}]`))
			case <-ctx.Done():
				beat.Stop()
				return
			}
		}
	})
	m.t.Cleanup(func() { stop(); _ = conn.CloseNow(); reading.Wait() })
	return c
}

func (c *channel) read(ctx context.Context, conn *websocket.Conn) {
	for {
		_, text, err := conn.Read(ctx)
		if err != nil {
			c.note("end")
			return
		}
		var frame []json.RawMessage
		if json.Unmarshal(text, &frame) != nil || len(frame) != 5 {
			c.note("garbage")
			continue
		}
		var event string
		_ = json.Unmarshal(frame[3], &event)
		var payload struct {
			Status    string
			Extension string
			Data      struct {
				Type   string
				Table  string
				Record struct{ Status string }
			}
		}
		_ = json.Unmarshal(frame[4], &payload)
		switch {
		case event == "postgres_changes" && payload.Data.Table == statusTable:
			c.note(payload.Data.Type + " " + payload.Data.Record.Status)
			c.mu.Lock()
			c.rows = append(c.rows, string(text))
			c.mu.Unlock()
		case event == "phx_reply" && string(frame[1]) == `"h"`: // a heartbeat's
		case event == "phx_reply":
			c.note("reply " + payload.Status)
		case event == "system":
			c.note("system " + payload.Status)
		case event == "phx_close":
			c.note(event)
		default:
			c.note("garbage")
		}
	}
}

func (c *channel) note(word string) {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.heard, c.at = append(c.heard, word), append(c.at, time.Now())
}

// words is all that was heard, without garbage.
func (c *channel) words() string {
	c.mu.Lock()
	defer c.mu.Unlock()
	var words []string
	for _, w := range c.heard {
		if w != "garbage" {
			words = append(words, w)
		}
	}
	return strings.Join(words, ", ")
}

// all is everything that was heard, garbage too, and the rows as they came.
func (c *channel) all() (heard, rows []string) {
	c.mu.Lock()
	defer c.mu.Unlock()
	return slices.Clone(c.heard), slices.Clone(c.rows)
}

// when is the time at which a word was first heard.
func (c *channel) when(word string) time.Time {
	c.mu.Lock()
	defer c.mu.Unlock()
	for i, w := range c.heard {
		if w == word {
			return c.at[i]
		}
	}
	return time.Time{}
}

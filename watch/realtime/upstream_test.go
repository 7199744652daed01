package realtime

import (
	"bufio"
	"context"
	"crypto/sha1"
	"encoding/base64"
	"encoding/json"
	"fmt"
	"io"
	"log"
	"net"
	"net/http"
	"strings"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	upstream "github.com/supabase-community/realtime-go/realtime"
)

// standIn is a server of vsn 1.0.0 as far as this test goes: like Supabase Realtime
// v2.129.8 it drops, without a word, every frame that lacks topic, event, payload or
// ref. It is written on the bare connection, so that it owes nothing to any client.
type standIn struct {
	mu     sync.Mutex
	conn   net.Conn
	dials  int
	frames []string // what came
	obeyed []string // what was not dropped
}

// dial is http.Transport.DialTLSContext, without the TLS.
func (s *standIn) dial(context.Context, string, string) (net.Conn, error) {
	ours, theirs := net.Pipe()
	s.mu.Lock()
	s.dials++
	s.conn = theirs
	s.mu.Unlock()
	go s.serve(theirs)
	return ours, nil
}

func (s *standIn) serve(conn net.Conn) {
	in := bufio.NewReader(conn)
	req, err := http.ReadRequest(in)
	if err != nil {
		return
	}
	sum := sha1.Sum([]byte(req.Header.Get("Sec-WebSocket-Key") + "258EAFA5-E914-47DA-95CA-C5AB0DC85B11"))
	fmt.Fprintf(conn, "HTTP/1.1 101 Switching Protocols\r\nConnection: Upgrade\r\nUpgrade: websocket\r\nSec-WebSocket-Accept: %s\r\n\r\n",
		base64.StdEncoding.EncodeToString(sum[:]))
	for {
		data, err := readMasked(in)
		if err != nil {
			return
		}
		var f map[string]json.RawMessage
		s.mu.Lock()
		s.frames = append(s.frames, string(data))
		if json.Unmarshal(data, &f) == nil && f["topic"] != nil && f["event"] != nil && f["payload"] != nil && f["ref"] != nil {
			s.obeyed = append(s.obeyed, string(data))
		}
		s.mu.Unlock()
	}
}

// readMasked reads one short text frame of a client's (RFC 6455, section 5.2).
func readMasked(in *bufio.Reader) ([]byte, error) {
	var head [2]byte
	if _, err := io.ReadFull(in, head[:]); err != nil {
		return nil, err
	}
	n := int(head[1] & 0x7f)
	if n == 126 {
		var long [2]byte
		if _, err := io.ReadFull(in, long[:]); err != nil {
			return nil, err
		}
		n = int(long[0])<<8 | int(long[1])
	}
	body := make([]byte, 4+n)
	if _, err := io.ReadFull(in, body); err != nil {
		return nil, err
	}
	for i := range n {
		body[4+i] ^= body[i%4]
	}
	return body[4:], nil
}

// say sends a text frame of 126 bytes to 64 KiB.
func (s *standIn) say(text string) {
	text += strings.Repeat(" ", max(0, 126-len(text)))
	s.conn.Write(append([]byte{0x81, 126, byte(len(text) >> 8), byte(len(text))}, text...))
}

// lines keeps what a library logs.
type lines struct {
	mu   sync.Mutex
	text strings.Builder
}

func (l *lines) Write(p []byte) (int, error) {
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.text.Write(p)
}

func (l *lines) count(part string) int {
	l.mu.Lock()
	defer l.mu.Unlock()
	return strings.Count(l.text.String(), part)
}

// TestUpstream_CannotBeTheEngine shows on the wire why realtime-go v0.1.1 gives us
// words and a type, and no engine. The day it fails, the library has been mended, and
// package realtime should be thought about again. Recording 18 shows the same on the
// real server. It must not run beside other tests: it takes the place of the default
// transport's dialer, which is the only way to bring that library to another address,
// and of the default logger's output.
func TestUpstream_CannotBeTheEngine(t *testing.T) {
	transport := http.DefaultTransport.(*http.Transport)
	dialTLS, output := transport.DialTLSContext, log.Writer()
	defer func() {
		transport.DialTLSContext = dialTLS
		log.SetOutput(output)
	}()
	synctest.Test(t, func(t *testing.T) {
		var server standIn
		var logged lines
		transport.DialTLSContext = server.dial
		log.SetOutput(&logged)

		client := upstream.NewRealtimeClient("project", "anon-key").(*upstream.RealtimeClient)
		client.SetAuth("payment-key") // it goes into a header that the server does not read
		ctx, cancel := context.WithTimeout(t.Context(), time.Minute)
		defer cancel()
		if err := client.Connect(ctx); err != nil {
			t.Fatalf("connecting: %v", err)
		}

		const topic = "realtime:payment-intent:77:U"
		var heard []string
		channel := client.Channel(topic, &upstream.ChannelConfig{})
		for _, event := range []string{"*", "INSERT", "UPDATE", ""} {
			channel.OnPostgresChange(event, func(upstream.PostgresChangeEvent) { heard = append(heard, "a change") })
		}
		channel.OnMessage(func(upstream.Message) { heard = append(heard, "a message") })
		channel.OnBroadcast("fence", func(json.RawMessage) { heard = append(heard, "the fence") })

		said := upstream.SubscribeState(-1)
		err := channel.Subscribe(ctx, func(state upstream.SubscribeState, _ error) { said = state })
		synctest.Wait()
		if err != nil || said != upstream.SubscribeStateSubscribed || channel.GetState() != upstream.ChannelStateJoined {
			t.Errorf("it says state %v, %v: no longer SUBSCRIBED at once, without an answer", said, err)
		}
		if len(server.frames) != 1 || len(server.obeyed) != 0 {
			t.Errorf("the join reaches the server now: %q", server.obeyed)
		}

		// The golden frames of version 1.0.0, then a frame of no version that the library
		// does dispatch: when that is heard, those before it have been read.
		server.say(`{"ref":"1","event":"phx_reply","topic":"` + topic + `","payload":{"status":"error","response":{"reason":"MalformedJWT: The token provided is not a valid JWT"}}}`)
		server.say(`{"ref":null,"event":"system","topic":"` + topic + `","payload":{"message":"Subscribed to PostgreSQL","status":"ok","extension":"postgres_changes","channel":"payment-intent:77:U"}}`)
		server.say(`{"ref":null,"event":"postgres_changes","topic":"` + topic + `","payload":{"data":{"table":"t","type":"UPDATE","record":{"id":2},"columns":[],"errors":null,"schema":"public","commit_timestamp":"2026-11-22T18:07:05.675Z","old_record":{"id":2}},"ids":[64057815]}}`)
		server.say(`{"type":"broadcast","topic":"` + topic + `","event":"fence","payload":{}}`)
		synctest.Wait()
		if got := strings.Join(heard, ", "); got != "the fence" {
			t.Errorf("it hears %s", got)
		}
		if channel.GetState() != upstream.ChannelStateJoined {
			t.Error("it takes note of a refused join now")
		}

		after(2 * time.Minute)
		if n := len(server.frames); n != 2 || len(server.obeyed) != 0 {
			t.Errorf("%d frames in two minutes, %d of them heartbeats that a server answers; it used to be one that none does", n-1, len(server.obeyed))
		}
		if all := strings.Join(server.frames, " "); strings.Contains(all, "payment-key") {
			t.Errorf("it sends the channel's key now: %s", all)
		}

		server.conn.Close() // as the server does after a minute without a byte
		after(time.Minute)
		if n := logged.count("client is already reconnecting"); server.dials != 1 || n != 5 {
			t.Errorf("%d dials and %d refusals of its own: it reconnects now", server.dials, n)
		}
		client.Disconnect() // ends its heartbeat's goroutine
	})
}

package realtime

import (
	"context"
	"fmt"
	"net/http"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/coder/websocket"
)

// overheard is what a client has told of its frames, a line each, by socket.
type overheard struct {
	mu    sync.Mutex
	lines map[uint64][]string
}

func (o *overheard) hear(f Frame) {
	o.mu.Lock()
	defer o.mu.Unlock()
	way, text := "<", string(f.Data)
	if f.Out {
		way = ">"
	}
	if parsed, err := parseFrame(f.Data); err == nil && f.Type == FrameText {
		text = parsed.ref + " " + parsed.event
	}
	o.lines[f.Socket] = append(o.lines[f.Socket], fmt.Sprintf("%s %s %s", way, f.Type, text))
}

func (o *overheard) wants(t *testing.T, socket uint64, want ...string) {
	t.Helper()
	o.mu.Lock()
	defer o.mu.Unlock()
	if got := strings.Join(o.lines[socket], "\n"); got != strings.Join(want, "\n") {
		t.Errorf("socket %d:\n%s\nwant\n%s", socket, got, strings.Join(want, "\n"))
	}
}

func TestDump_TellsOfEveryFrameInTheOrderOfItsSocket(t *testing.T) {
	heard := &overheard{lines: map[uint64][]string{}}
	start(t, Config{Dump: heard.hear}, func(s *theServer, c *Client) {
		o := (&owner{t: t}).open(c, "t0")
		after(time.Second)
		o.wants("joining joined ready")
		p := s.all()[0]
		p.change(o.ch.topic(), `{"id":1}`)
		p.raw("no frame at all")
		_ = p.conn.Write(context.Background(), websocket.MessageBinary, []byte("\x04more"))
		after(5 * time.Second)
		p.closeWith(1001)
		after(3 * time.Second)
		first := []string{
			"< open ws://memory/realtime/v1/websocket?apikey=•••&vsn=2.0.0",
			"> text 1 phx_join", "< text 1 phx_reply", "< text  system", "< text  postgres_changes", "< text no frame at all",
			"< binary \x04more", "> text 2 heartbeat", "< text 2 phx_reply", "< close the server closed the socket with code 1001",
		}
		heard.wants(t, 1, first...)
		heard.wants(t, 2, first[:4]...) // each connection has a number of its own
	})
}

func TestDump_TellsOfARefusedSocketWithoutTheKey(t *testing.T) {
	heard := &overheard{lines: map[uint64][]string{}}
	start(t, Config{Dump: heard.hear}, func(s *theServer, c *Client) {
		s.set(func(s *theServer) {
			s.refuse = func(w http.ResponseWriter) bool {
				http.Error(w, `{"error":"bad anon-key"}`, http.StatusForbidden)
				return true
			}
		})
		(&owner{t: t}).open(c, "t0")
		after(500 * time.Millisecond)
		heard.wants(t, 1, "< refused the realtime server refused the connection: 403 bad •••")
	})
}

func TestDump_NobodyWhoListensCostsNothing(t *testing.T) {
	l, data, d := &link{}, []byte("[]"), &dialer{address: "wss://x?apikey=k&vsn=2.0.0"}
	if n := testing.AllocsPerRun(100, func() {
		l.tell(FrameText, true, data)
		l.tell(FrameText, false, data)
		l.tellOf(FrameOpen, d.shown)
	}); n != 0 {
		t.Errorf("a frame that nobody wants to know of costs %v allocations", n)
	}
}

func BenchmarkTell(b *testing.B) {
	data := fmt.Appendf(nil, benchChange, "t")
	for name, dump := range map[string]func(Frame){"nobody listens": nil, "dumped": func(Frame) {}} {
		b.Run(name, func(b *testing.B) {
			l := &link{dump: dump}
			b.ReportAllocs()
			for b.Loop() {
				l.tell(FrameText, false, data)
			}
		})
	}
}

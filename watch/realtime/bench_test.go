package realtime

import (
	"bufio"
	"context"
	"fmt"
	"io"
	"net"
	"net/http"
	"os"
	"os/exec"
	"runtime"
	"slices"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/coder/websocket"
)

// benchChange is a row of the size that payments have.
const benchChange = `[null,null,%q,"postgres_changes",{"ids":[64057815],"data":{"table":"checkout_payment_intent_public_status","type":"UPDATE","record":{"id": 2, "amount": 12.50, "method": "usdc", "status": "succeeded", "currency": "USD", "session_id": 55, "updated_at": "2026-11-22T18:07:05.675233+00:00", "source_type": "invoice", "reference_id": "722bcb9f-1d71-4ec9-a80a-04a10feb95d4"},"columns":[{"name": "id", "type": "int8"}, {"name": "session_id", "type": "int8"}, {"name": "reference_id", "type": "uuid"}],"errors":null,"schema":"public","commit_timestamp":"2026-11-22T18:07:05.675Z","old_record":{"id": 2}}}]`

// quickServer accepts everything at once, over loopback, and keeps no more than it
// needs to send changes.
type quickServer struct {
	url   string
	mu    sync.Mutex
	peers map[string]*websocket.Conn // by topic
	stop  func()
}

func newQuickServer() *quickServer {
	s := &quickServer{peers: map[string]*websocket.Conn{}}
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		panic(err)
	}
	server := &http.Server{Handler: http.HandlerFunc(s.serve)}
	go server.Serve(l)
	s.url = "http://" + l.Addr().String()
	s.stop = func() { server.Close() }
	return s
}

func (s *quickServer) serve(w http.ResponseWriter, r *http.Request) {
	conn, err := websocket.Accept(w, r, nil)
	if err != nil {
		return
	}
	defer conn.CloseNow()
	ctx := context.Background()
	for {
		_, data, err := conn.Read(ctx)
		if err != nil {
			return
		}
		f, err := parseFrame(data)
		if err != nil {
			return
		}
		if f.event == eventJoin || f.event == eventHeartbeat {
			conn.Write(ctx, websocket.MessageText, fmt.Appendf(nil, `[%q,%q,%q,"phx_reply",{"status":"ok","response":{}}]`, f.joinRef, f.ref, f.topic))
		}
		if f.event == eventJoin {
			s.mu.Lock()
			s.peers[f.topic] = conn
			s.mu.Unlock()
			conn.Write(ctx, websocket.MessageText, fmt.Appendf(nil, `[%q,null,%q,"system",{"extension":"postgres_changes","status":"ok","message":"Subscribed to PostgreSQL"}]`, f.joinRef, f.topic))
		}
	}
}

// fill opens n ready channels.
func fill(tb testing.TB, s *quickServer, n int, hear func(Notice)) *Client {
	c := New(Config{URL: s.url, JoinsPerSecond: 20_000})
	for i := range n {
		c.Open(Spec{
			Topic:   fmt.Sprintf("payment-intent:%d:722bcb9f-1d71-4ec9-a80a-%012d", i, i),
			Changes: []Binding{{Event: "*", Schema: "public", Table: "checkout_payment_intent_public_status", Filter: fmt.Sprintf("reference_id=eq.722bcb9f-1d71-4ec9-a80a-%012d", i)}},
			Token: func(context.Context) (Token, error) {
				return Token{Text: fmt.Sprintf("%0500d", i), Expires: time.Now().Add(time.Hour)}, nil
			},
			Hear: hear,
		})
	}
	for deadline := time.Now().Add(time.Minute); c.Status().Ready < n; runtime.Gosched() {
		if time.Now().After(deadline) {
			tb.Fatalf("not ready: %+v", c.Status())
		}
	}
	return c
}

// BenchmarkRoute is one change from the bytes to Hear, at 10,000 channels.
func BenchmarkRoute(b *testing.B) {
	s := newQuickServer()
	defer s.stop()
	heard := 0
	c := fill(b, s, 10_000, func(n Notice) {
		if n.Kind == Changed {
			heard++
		}
	})
	defer c.Close()
	type target struct {
		socket *socket
		data   []byte
	}
	var targets []target
	done := make(chan struct{})
	c.post(func(time.Time) {
		for _, s := range c.sockets {
			for topic := range s.members {
				targets = append(targets, target{s, fmt.Appendf(nil, benchChange, topic)})
			}
		}
		close(done)
	})
	<-done
	b.ReportAllocs()
	b.SetBytes(int64(len(targets[0].data)))
	i := 0
	for b.Loop() {
		to := targets[i%len(targets)]
		i++
		in, err := decode(to.data)
		if err != nil {
			b.Fatal(err)
		}
		c.post(func(now time.Time) { c.heard(to.socket, to.socket.link, in, now) })
	}
	end := make(chan int)
	c.post(func(time.Time) { end <- heard })
	if got := <-end; got != i {
		b.Fatalf("heard %d of %d", got, i)
	}
}

// BenchmarkChannel reports the memory of a ready channel that has heard one row, its
// share of the sockets included, and the server's end of these too.
func BenchmarkChannel(b *testing.B) {
	const n = 10_000
	for b.Loop() {
		s := newQuickServer()
		var before, after runtime.MemStats
		var heard atomic.Int64
		runtime.GC()
		runtime.ReadMemStats(&before)
		c := fill(b, s, n, func(n Notice) {
			if n.Kind == Changed {
				heard.Add(1)
			}
		})
		s.mu.Lock()
		for topic, conn := range s.peers {
			conn.Write(b.Context(), websocket.MessageText, fmt.Appendf(nil, benchChange, topic))
		}
		sockets := c.Status().Sockets
		for heard.Load() < n {
			runtime.Gosched()
		}
		s.peers = nil
		s.mu.Unlock()
		runtime.GC()
		runtime.ReadMemStats(&after)
		bytes := float64(after.HeapInuse+after.StackInuse) - float64(before.HeapInuse+before.StackInuse)
		b.ReportMetric(bytes/n, "B/channel")
		b.ReportMetric(float64(sockets), "sockets")
		c.Close()
		s.stop()
	}
}

// BenchmarkFlood is one channel that is flooded, and what that costs the hints of others: on the
// same socket, where the server itself queues them, and on another one. The server is a process
// of its own. Reported is how long a hint takes from the server's write to Hear.
func BenchmarkFlood(b *testing.B) {
	for _, flood := range []string{"none", "8000 duplicates a second", "duplicates", "unreadable", "rows of 256 KiB"} {
		b.Run(flood, func(b *testing.B) { floods(b, flood) })
	}
}

// floodFrames are what the flooded channel is sent.
var floodFrames = map[string][]byte{
	"8000 duplicates a second": fmt.Appendf(nil, benchChange, "realtime:flooded"),
	"duplicates":               fmt.Appendf(nil, benchChange, "realtime:flooded"),
	"unreadable":               []byte(`[null,null,"realtime:flooded","postgres_changes",{"data":{"type":"UPDATE","record":{"a":1,"a":2}}}]`),
	"rows of 256 KiB":          fmt.Appendf(nil, `[null,null,"realtime:flooded","postgres_changes",{"data":{"type":"UPDATE","record":{"x":"%0262144d"}}}]`, 0),
}

// floodVariable makes the test binary the server of BenchmarkFlood.
const floodVariable = "TILLWATCH_TEST_FLOOD"

func TestMain(m *testing.M) {
	if flood, is := os.LookupEnv(floodVariable); is {
		serveFlood(flood)
		return
	}
	os.Exit(m.Run())
}

// serveFlood tells its address, then floods one channel, and sends each of the two others a hint
// a hundred times a second, until standard input ends.
func serveFlood(flood string) {
	s := newQuickServer()
	fmt.Println(s.url)
	peer := func(topic string) *websocket.Conn {
		for {
			s.mu.Lock()
			conn := s.peers["realtime:"+topic]
			s.mu.Unlock()
			if conn != nil {
				return conn
			}
			time.Sleep(time.Millisecond)
		}
	}
	go func() {
		conn, frame, began := peer("flooded"), floodFrames[flood], time.Now()
		for n := 1; frame != nil && conn.Write(context.Background(), websocket.MessageText, frame) == nil; n++ {
			if strings.HasPrefix(flood, "8000") {
				time.Sleep(time.Until(began.Add(time.Duration(n) * time.Second / 8000)))
			}
		}
	}()
	for _, topic := range []string{"beside", "elsewhere"} {
		go func() {
			for conn := peer(topic); ; time.Sleep(10 * time.Millisecond) {
				conn.Write(context.Background(), websocket.MessageText, fmt.Appendf(nil,
					`[null,null,"realtime:%s","postgres_changes",{"data":{"type":"UPDATE","record":{"id":1},"commit_timestamp":%q}}]`,
					topic, time.Now().UTC().Format(time.RFC3339Nano)))
			}
		}()
	}
	io.Copy(io.Discard, os.Stdin)
}

func floods(b *testing.B, flood string) {
	server := exec.CommandContext(b.Context(), os.Args[0])
	server.Env = append(os.Environ(), floodVariable+"="+flood)
	quit, err := server.StdinPipe()
	if err != nil {
		b.Fatal(err)
	}
	out, err := server.StdoutPipe()
	if err != nil {
		b.Fatal(err)
	}
	if err := server.Start(); err != nil {
		b.Fatal(err)
	}
	defer server.Wait()
	defer quit.Close()
	url, err := bufio.NewReader(out).ReadString('\n')
	if err != nil {
		b.Fatal(err)
	}
	c := New(Config{URL: strings.TrimSpace(url), JoinsPerSecond: 20_000, ChannelsPerSocket: 2})
	defer c.Close()
	var flooded atomic.Int64
	arrived := make(chan struct{}, 1000)
	took := map[string][]time.Duration{}                               // by who waited; the loop's until it is closed
	for i, topic := range []string{"flooded", "beside", "elsewhere"} { // two on the first socket, one on the second
		c.Open(Spec{
			Topic: topic, Changes: []Binding{{Event: "*"}},
			Token: func(context.Context) (Token, error) { return Token{Text: "key"}, nil },
			Hear: func(n Notice) {
				switch {
				case n.Kind != Changed:
				case topic == "flooded":
					flooded.Add(1)
				default:
					took[topic] = append(took[topic], time.Since(n.Change.Commit))
					if topic == "elsewhere" {
						arrived <- struct{}{}
					}
				}
			},
		})
		for c.Status().Ready <= i {
			time.Sleep(time.Millisecond)
		}
	}
	began, before := time.Now(), flooded.Load()
	for b.Loop() {
		<-arrived
	}
	rate := float64(flooded.Load()-before) / time.Since(began).Seconds()
	c.Close()
	for topic, all := range took {
		slices.Sort(all)
		b.ReportMetric(float64(all[len(all)/2].Microseconds()), topic+"-p50-µs")
		b.ReportMetric(float64(all[len(all)*99/100].Microseconds()), topic+"-p99-µs")
	}
	b.ReportMetric(rate, "flood/s")
}

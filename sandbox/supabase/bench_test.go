package supabase

import (
	"context"
	"fmt"
	"runtime"
	"sync/atomic"
	"testing"
	"time"

	"github.com/coder/websocket"
)

const (
	crowdSockets  = 112 // of 90 channels each
	crowdChannels = 10_000
)

// crowd is ten thousand channels on 112 sockets, whose clients only count what they hear.
type crowd struct {
	*story
	heard atomic.Int64
}

func gather(b *testing.B, filtered bool) *crowd {
	c := &crowd{story: begin(b, Options{})}
	b.Cleanup(c.end)
	for i := range crowdSockets {
		ws, _, err := websocket.Dial(context.Background(), "ws://127.0.0.1/websocket?vsn=2.0.0&apikey="+c.AnonKey(),
			&websocket.DialOptions{HTTPClient: c.http})
		if err != nil {
			b.Fatal(err)
		}
		ended := make(chan struct{})
		go func() {
			defer close(ended)
			for {
				if _, _, err := ws.Read(context.Background()); err != nil {
					return
				}
				c.heard.Add(1)
			}
		}()
		c.close = append(c.close, func() { _ = ws.CloseNow(); <-ended })
		for n := i * 90; n < min((i+1)*90, crowdChannels); n++ {
			binding := map[string]any{"event": "*", "schema": "public", "table": paymentTable}
			token := c.Mint("service_role", nil, time.Hour)
			if filtered {
				binding["filter"], token = "reference_id=eq."+reference(n), c.key(n, time.Hour)
			}
			join := toJSON([]any{"1", "1", fmt.Sprint("realtime:", n), "phx_join", joinPayload(token, binding)})
			if err := ws.Write(context.Background(), websocket.MessageText, join); err != nil {
				b.Fatal(err)
			}
		}
	}
	c.wait(b, 2*crowdChannels) // a reply and a "system ok" each
	return c
}

// wait waits until n frames were heard since it was called last.
func (c *crowd) wait(b *testing.B, n int64) {
	for late := time.Now().Add(30 * time.Second); c.heard.Load() < n; runtime.Gosched() {
		if time.Now().After(late) {
			b.Fatalf("%d frames of %d", c.heard.Load(), n)
		}
	}
	c.heard.Store(0)
}

// A change that one channel of ten thousand has a filter for, from the commit to its client.
func BenchmarkCommit_ToOneOfTenThousand(b *testing.B) {
	c := gather(b, true)
	n := 0
	b.ReportAllocs()
	for b.Loop() {
		c.Commit(update(n%crowdChannels, "PROCESSING"))
		c.poll()
		n++
		c.wait(b, 1)
	}
}

// A transaction of a thousand changes, each for another of ten thousand channels.
func BenchmarkCommit_ThousandToThousand(b *testing.B) {
	c := gather(b, true)
	changes := make([]Change, 1000)
	for i := range changes {
		changes[i] = update(i*10, "PROCESSING")
	}
	b.ReportAllocs()
	for b.Loop() {
		c.Commit(changes...)
		c.poll()
		c.wait(b, 1000)
	}
}

// A change that all ten thousand channels hear of: encoded once, framed ten thousand times.
func BenchmarkCommit_ToAllTenThousand(b *testing.B) {
	c := gather(b, false)
	b.ReportAllocs()
	for b.Loop() {
		c.Commit(update(1, "PROCESSING"))
		c.poll()
		c.wait(b, crowdChannels)
	}
}

// BenchmarkChannel_Memory says what a joined channel costs the server and a reading client.
func BenchmarkChannel_Memory(b *testing.B) {
	var before, after runtime.MemStats
	for b.Loop() {
		runtime.GC()
		runtime.ReadMemStats(&before)
		c := gather(b, true)
		runtime.GC()
		runtime.ReadMemStats(&after)
		b.ReportMetric(float64(after.HeapAlloc-before.HeapAlloc)/crowdChannels, "B/channel")
		b.ReportMetric(float64(runtime.NumGoroutine())/crowdSockets, "goroutines/socket")
		c.end()
	}
}

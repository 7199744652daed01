package watch

import (
	"context"
	"fmt"
	"runtime"
	"testing"
	"time"
)

// still is an API whose payments never end, and a channel that is ready at once.
type still struct{}

func (still) Collection(_ context.Context, reference string) (Answer, error) {
	return Answer{At: time.Now(), Code: 200, Reference: reference, Status: StatusProcessing,
		Payer: Money{"1500.00", "LRD"}, Path: "/v1/status/collection"}, nil
}

func (still) Source(context.Context, string, int64) (Answer, error) {
	return Answer{Code: 404}, nil
}

func (still) RealtimeKey(context.Context, int64, string, string) (Key, error) { return Key{}, nil }

// BenchmarkFleet_MemoryOfALivePayment is what one watched payment costs, its timer and
// its place in Latest included, the channel's own memory not.
func BenchmarkFleet_MemoryOfALivePayment(b *testing.B) {
	const payments = 10_000
	for b.Loop() {
		var before, after runtime.MemStats
		runtime.GC()
		runtime.ReadMemStats(&before)
		var latest Latest
		f := New(Config{
			API: still{}, Tell: latest.Put, StatusRate: 100_000, Window: WindowUntilFinal,
			Listen: func(_ Payment, l Line) func() {
				l.Hear(Notice{Kind: Ready})
				return func() {}
			},
		})
		ctx, cancel := context.WithCancel(context.Background())
		over := make(chan struct{})
		go func() { defer close(over); _ = f.Run(ctx) }()
		for i := range payments {
			_, _ = f.Add(Payment{Session: 1, SourceType: "ORDER", SourceID: 1,
				Reference: fmt.Sprintf("%08d-0000-4000-8000-000000000000", i)})
		}
		rows := map[ID]Snapshot{}
		for live := 0; live < payments; {
			for _, s := range latest.Take(ctx) {
				if s.HeardAt().IsZero() || s.Link != Live {
					continue
				}
				if _, seen := rows[s.ID()]; !seen {
					live++
				}
				rows[s.ID()] = s
			}
		}
		runtime.GC()
		runtime.ReadMemStats(&after)
		b.ReportMetric((float64(after.HeapInuse)-float64(before.HeapInuse))/payments, "heap-B/payment")
		b.ReportMetric((float64(after.StackInuse)-float64(before.StackInuse))/payments, "stack-B/payment")
		cancel()
		<-over
	}
}

package watch

import (
	"context"
	"fmt"
	"slices"
	"sync"
	"sync/atomic"
	"testing"
	"time"
)

// shop answers every question at once, and knows one payment that has been paid.
type shop struct{ paid atomic.Value }

func (s *shop) Collection(_ context.Context, reference string) (Answer, error) {
	a := Answer{At: time.Now().Round(0), Code: 200, Reference: reference, Operation: "COLLECTION", Status: StatusProcessing}
	if reference == s.paid.Load() {
		a.Status = StatusCompleted
	}
	return a, nil
}

func (*shop) Source(context.Context, string, int64) (Answer, error) {
	panic("no source is asked about")
}

func (*shop) RealtimeKey(context.Context, int64, string, string) (Key, error) { return Key{}, nil }

// BenchmarkFlood is 3 payments whose channels repeat one word 8,000 times a second in all, for as
// long as it takes other payments to hear of their ends, one after another: how long each takes
// from the hint to PAID, and what the flood has us tell and note.
func BenchmarkFlood(b *testing.B) {
	for _, rate := range []int{0, 8_000, 100_000} {
		b.Run(fmt.Sprint(rate), func(b *testing.B) { floodWatchers(b, rate) })
	}
}

func floodWatchers(b *testing.B, rate int) {
	reference := func(i int) string { return fmt.Sprintf("00000000-0000-4000-8000-%012d", i) }
	var mu sync.Mutex
	lines := map[string]Line{}
	var told, noted atomic.Int64
	paid := make(chan struct{}, 1)
	f := New(Config{
		API: &shop{}, StatusRate: 100_000,
		Tell: func(s Snapshot) {
			if told.Add(1); s.Verdict == Paid {
				paid <- struct{}{}
			}
		},
		Note: func(Event) { noted.Add(1) },
		Listen: func(p Payment, l Line) func() {
			mu.Lock()
			defer mu.Unlock()
			lines[p.Reference] = l
			return func() {}
		},
	})
	line := func(i int) Line {
		for {
			mu.Lock()
			l, is := lines[reference(i)]
			mu.Unlock()
			if is {
				return l
			}
			time.Sleep(100 * time.Microsecond)
		}
	}
	add := func(i int) {
		if _, err := f.Add(Payment{Session: int64(i + 1), Reference: reference(i), SourceType: "ORDER", SourceID: int64(i + 1)}); err != nil {
			b.Fatal(err)
		}
		line(i).Hear(Notice{Kind: Ready})
	}
	ctx, cancel := context.WithCancel(b.Context())
	var work sync.WaitGroup
	defer work.Wait()
	defer cancel()
	work.Go(func() { _ = f.Run(ctx) })
	hint := func(i int, status string) Notice {
		n := row(status)
		n.Row.Columns["reference_id"] = fmt.Appendf(nil, "%q", reference(i))
		return n
	}
	for i := range 3 {
		add(i)
	}
	var flooded atomic.Int64
	if rate > 0 {
		work.Go(func() {
			notices := []Notice{hint(0, "PROCESSING"), hint(1, "PROCESSING"), hint(2, "PROCESSING")}
			for began := time.Now(); ctx.Err() == nil; {
				due := int64(time.Since(began).Seconds() * float64(rate))
				for flooded.Load() < due {
					i := int(flooded.Add(1)) % 3
					line(i).Hear(notices[i])
				}
				time.Sleep(time.Millisecond)
			}
		})
	}
	api := f.api.(*shop)
	began := time.Now()
	var took []time.Duration
	next := 3
	for b.Loop() {
		b.StopTimer()
		time.Sleep(5 * time.Millisecond)
		add(next)
		time.Sleep(time.Millisecond)
		api.paid.Store(reference(next))
		b.StartTimer()
		at := time.Now()
		line(next).Hear(hint(next, StatusCompleted))
		<-paid
		took = append(took, time.Since(at))
		next++
	}
	lasted := time.Since(began).Seconds()
	slices.Sort(took)
	b.ReportMetric(float64(took[len(took)/2].Microseconds()), "p50-µs")
	b.ReportMetric(float64(took[len(took)*99/100].Microseconds()), "p99-µs")
	b.ReportMetric(float64(flooded.Load())/lasted, "flood/s")
	b.ReportMetric(float64(told.Load())/lasted, "told/s")
	b.ReportMetric(float64(noted.Load())/lasted, "noted/s")
}

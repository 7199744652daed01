package journal

import (
	"fmt"
	"path/filepath"
	"slices"
	"sync"
	"testing"
	"time"

	"tillwatch/watch"
)

func opened(b *testing.B, file string, tell func(watch.Snapshot)) *Journal {
	b.Helper()
	j, err := Open(Config{Path: file, BaseURL: "https://dollr.example", ClientID: "shop-1", Tell: tell})
	if err != nil {
		b.Fatal(err)
	}
	b.Cleanup(func() {
		if err := j.Close(); err != nil {
			b.Error(err)
		}
	})
	return j
}

// Events as a busy fleet makes them: each with a raw of its own or not.
func BenchmarkEvents(b *testing.B) {
	for _, raw := range []string{"", `{"reference_id": "3f2504e0-4f89-41d3-9a0c-000000000001", "status": "PROCESSING", "payer_amount": "18.00"}`} {
		b.Run(fmt.Sprintf("raw=%d", len(raw)), func(b *testing.B) {
			j := opened(b, filepath.Join(b.TempDir(), "b.db"), nil)
			for n := range 100 {
				j.Tell(waiting(n, 1))
			}
			j.flush()
			for i := 0; b.Loop(); i++ {
				e := watch.Event{ID: payment(i % 100).ID(), At: day, From: watch.FromAPI, Kind: watch.EventAnswer, Word: "PROCESSING", Code: 200, Took: 5 * time.Millisecond}
				if raw != "" {
					e.Raw = fmt.Sprint(raw, i)
				}
				j.Note(e)
				if i%2000 == 1999 {
					j.flush()
				}
			}
			j.flush()
			b.ReportMetric(float64(b.N)/b.Elapsed().Seconds(), "events/s")
			if j.dropped > 0 {
				b.Errorf("%d dropped", j.dropped)
			}
		})
	}
}

func BenchmarkSnapshots(b *testing.B) {
	j := opened(b, filepath.Join(b.TempDir(), "b.db"), nil)
	for i := 0; b.Loop(); i++ {
		j.Tell(waiting(i%1000, uint64(i)))
		if i%1000 == 999 {
			j.flush()
		}
	}
	j.flush()
	b.ReportMetric(float64(b.N)/b.Elapsed().Seconds(), "snapshots/s")
}

// A payment handed over, on disk in full sync.
func BenchmarkKeep(b *testing.B) {
	for _, at := range []int{1, 100} {
		b.Run(fmt.Sprintf("at-once=%d", at), func(b *testing.B) {
			j := opened(b, filepath.Join(b.TempDir(), "b.db"), nil)
			var mu sync.Mutex
			var took []time.Duration
			n := 0
			for b.Loop() {
				var all sync.WaitGroup
				for range at {
					n++
					p := payment(n)
					all.Go(func() {
						start, done := time.Now(), make(chan struct{})
						j.Keep(p, func() { close(done) })
						<-done
						mu.Lock()
						took = append(took, time.Since(start))
						mu.Unlock()
					})
				}
				all.Wait()
			}
			b.ReportMetric(float64(len(took))/b.Elapsed().Seconds(), "keeps/s")
			slices.Sort(took)
			b.ReportMetric(float64(took[len(took)/2].Microseconds())/1000, "p50-ms")
			b.ReportMetric(float64(took[len(took)*99/100].Microseconds())/1000, "p99-ms")
		})
	}
}

func BenchmarkFinals(b *testing.B) {
	told := make(chan struct{}, 1000)
	j := opened(b, filepath.Join(b.TempDir(), "b.db"), func(watch.Snapshot) { told <- struct{}{} })
	n := 0
	for b.Loop() {
		for range 100 {
			n++
			j.Tell(ended(n, 1, watch.StatusCompleted))
		}
		for range 100 {
			<-told
		}
	}
	b.ReportMetric(float64(n)/b.Elapsed().Seconds(), "finals/s")
}

func BenchmarkOpenAndLoad(b *testing.B) {
	for _, n := range []int{10_000, 100_000} {
		b.Run(fmt.Sprintf("unresolved=%d", n), func(b *testing.B) {
			file := filepath.Join(b.TempDir(), "b.db")
			j := opened(b, file, nil)
			for i := range n {
				j.Tell(waiting(i, 1))
				for range 5 {
					j.Note(watch.Event{ID: payment(i).ID(), At: day, From: watch.FromAPI, Kind: watch.EventAnswer, Word: "PENDING", Code: 200})
				}
				if i%5000 == 4999 {
					j.flush()
				}
			}
			if err := j.Close(); err != nil {
				b.Fatal(err)
			}
			for b.Loop() {
				j := opened(b, file, nil)
				past, err := j.Load(day)
				if err != nil || len(past) != n {
					b.Fatal(len(past), err)
				}
				b.StopTimer()
				if err := j.Close(); err != nil {
					b.Fatal(err)
				}
				b.StartTimer()
			}
			b.ReportMetric(b.Elapsed().Seconds()*1000/float64(b.N), "ms/start")
		})
	}
}

package load

import (
	"fmt"
	"testing"
	"time"

	"tillwatch/watch"
)

// crowd is a run with so many payments handed over.
func crowd(b *testing.B, n int) (*Run, []watch.Payment) {
	b.Helper()
	r, err := New(Config{Shop: quick{}, Hand: func(watch.Payment, func()) (watch.Addition, error) { return watch.Added, nil }})
	if err != nil {
		b.Fatal(err)
	}
	r.born = time.Now()
	payments := make([]watch.Payment, n)
	for i := range payments {
		payments[i] = watch.Payment{Session: int64(i + 1), Reference: fmt.Sprintf("%08x-9e3f-4c1a-8b57-0d1f6a2c4e%02x", i*2654435761, i%256)}
		p := &payment{due: 1, start: 1, handed: 1, made: true, Sample: Sample{Number: i + 1, ID: payments[i].ID(), Session: int64(i + 1)}}
		r.book.begin(p)
		r.book.byID[p.ID] = p
	}
	return r, payments
}

func BenchmarkRun_Note(b *testing.B) {
	r, payments := crowd(b, 10_000)
	kinds := []watch.EventKind{watch.EventJoining, watch.EventKey, watch.EventJoined, watch.EventReady, watch.EventAnswer, watch.EventHint, watch.EventLost}
	b.ReportAllocs()
	for i := 0; b.Loop(); i++ {
		r.Note(watch.Event{ID: payments[i*7919%len(payments)].ID(), Kind: kinds[i/len(payments)%len(kinds)], Word: "COMPLETED"})
		if i%100_000 == 0 {
			r.settle()
		}
	}
}

func BenchmarkRun_Tell(b *testing.B) {
	r, payments := crowd(b, 10_000)
	b.ReportAllocs()
	for i := 0; b.Loop(); i++ {
		s := watch.Snapshot{Known: watch.Known{Payment: payments[i*7919%len(payments)]}}
		if s.Latest.Status = watch.StatusProcessing; i/len(payments)%3 == 2 {
			s.Verdict, s.Final.Status = watch.Paid, watch.StatusCompleted
		}
		r.Tell(s)
		if i%100_000 == 0 {
			r.settle()
		}
	}
}

func BenchmarkRun_Report(b *testing.B) {
	r, payments := crowd(b, 10_000)
	for _, p := range payments {
		r.Tell(watch.Snapshot{Known: watch.Known{Payment: p}, Judgement: watch.Judgement{Verdict: watch.Paid}})
	}
	b.ReportAllocs()
	for b.Loop() {
		r.Report()
	}
}

package ui

import (
	"fmt"
	"testing"
	"time"

	tea "charm.land/bubbletea/v2"

	"tillwatch/watch"
)

// crowd is n payments, of which one in seven is open.
func crowd(n int, rev uint64) SnapshotsMsg {
	news := make(SnapshotsMsg, n)
	for i := range news {
		label := fmt.Sprint("Order ", i)
		switch i % 7 {
		case 0:
			news[i] = pay(label, rev, executed(time.Duration(i%300)*time.Second), from("ORDER", int64(i+1)))
		case 1:
			news[i] = pay(label, rev, ended("FAILED", time.Duration(i)*time.Second, "18.00", "USD"), from("ORDER", int64(i+1)))
		default:
			news[i] = pay(label, rev, ended("COMPLETED", time.Duration(i)*time.Second, "1500.00", "LRD"), from("ORDER", int64(i+1)))
		}
		news[i].Reference = fmt.Sprintf("%08x-e29b-41d4-a716-446655440000", i)
	}
	return news
}

func crowded(n int) *Model {
	m := New(Options{Title: "Counter 2", Now: func() time.Time { return noon }, Desk: Desk{
		Health: func() watch.Health { return watch.Health{Stake: watch.Real, Heard: noon} },
	}})
	m.Update(tea.WindowSizeMsg{Width: 120, Height: 40})
	m.Update(crowd(n, 1))
	m.View()
	return m
}

// TestFrame_AllocatesLittle holds the count; how long a frame takes is the benchmark's.
func TestFrame_AllocatesLittle(t *testing.T) {
	var each [2]float64
	for i, n := range []int{100, 10_000} {
		m := crowded(n)
		each[i] = testing.AllocsPerRun(20, func() {
			m.stale = true
			m.View()
		})
		if each[i] > 500 {
			t.Errorf("a frame of 120x40 at %d payments makes %.0f allocations, more than 500", n, each[i])
		}
	}
	if each[1] > 1.2*each[0] {
		t.Errorf("a frame makes %.0f allocations at 100 payments and %.0f at 10,000", each[0], each[1])
	}
}

func BenchmarkFrame(b *testing.B) {
	for _, n := range []int{100, 10_000} {
		b.Run(fmt.Sprint(n), func(b *testing.B) {
			m := crowded(n)
			b.ReportAllocs()
			for b.Loop() {
				m.stale = true
				m.View()
			}
		})
	}
}

// loaded is a board of n payments under the load screen.
func loaded(n int) *Model {
	run := &shop{report: troubledRun()}
	run.report.Outcomes.Paid, run.report.Arrivals.Begun = n, n
	o := Options{Now: func() time.Time { return noon }, Desk: Desk{
		Health: func() watch.Health { return watch.Health{Stake: watch.Sim, Heard: noon, StatusRate: 20} },
	}}
	onRun(run)(&o)
	m := New(o)
	m.Update(tea.WindowSizeMsg{Width: 120, Height: 40})
	m.Update(crowd(n, 1))
	m.View()
	return m
}

func TestLoadFrame_AllocatesLittle(t *testing.T) {
	var each [2]float64
	for i, n := range []int{100, 10_000} {
		m := loaded(n)
		each[i] = testing.AllocsPerRun(20, func() {
			m.stale = true
			m.View()
		})
		if each[i] > 500 {
			t.Errorf("a frame of 120x40 at %d payments makes %.0f allocations, more than 500", n, each[i])
		}
	}
	if each[1] > 1.2*each[0] {
		t.Errorf("a frame makes %.0f allocations at 100 payments and %.0f at 10,000", each[0], each[1])
	}
}

func BenchmarkLoadFrame(b *testing.B) {
	for _, n := range []int{100, 10_000} {
		b.Run(fmt.Sprint(n), func(b *testing.B) {
			m := loaded(n)
			b.ReportAllocs()
			for b.Loop() {
				m.stale = true
				m.View()
			}
		})
	}
}

// BenchmarkBatch is 10,000 snapshots taken in, sorted and drawn: all new, all changed, and
// all changed under a filter; and 64 of which ten are changed, on the board and on the shift
// screen.
func BenchmarkBatch(b *testing.B) {
	const n = 10_000
	first, second := crowd(n, 1), crowd(n, 2)
	b.Run("new", func(b *testing.B) {
		for b.Loop() {
			b.StopTimer()
			m := New(Options{Now: func() time.Time { return noon }})
			m.Update(tea.WindowSizeMsg{Width: 120, Height: 40})
			b.StartTimer()
			m.Update(first)
			m.View()
		}
	})
	for name, typed := range map[string]string{"changed": "", "filtered": "order net:mtn >100"} {
		b.Run(name, func(b *testing.B) {
			m := crowded(n)
			m.table.look(newFilter(typed))
			rev := uint64(2)
			for b.Loop() {
				b.StopTimer()
				for i := range second {
					second[i].Rev = rev
				}
				rev++
				b.StartTimer()
				m.Update(second)
				m.View()
			}
		})
	}
	for name, looked := range map[string]view{"few": viewBoard, "few-shift": viewShift} {
		b.Run(name, func(b *testing.B) {
			m := crowded(n)
			m.view = looked
			rev := uint64(2)
			for b.Loop() {
				for i := range 10 {
					second[i*7].Rev = rev
				}
				rev++
				m.Update(SnapshotsMsg(second[:64]))
				m.View()
			}
		})
	}
}

package load

import (
	"math"
	"sync"
	"time"

	"github.com/HdrHistogram/hdrhistogram-go"
)

// sums adds the measurements up. It has a lock of its own, so that a caller that adds one never
// waits for percentiles.
type sums struct {
	mu      sync.Mutex
	stages  [stages]sum
	bars    [len(barEdges)]uint64
	window  *hdrhistogram.Histogram // hint_to_verified of the second under way
	second  int32
	slowest [SeriesMost + 8]slow
}

// sum is one stage's.
type sum struct {
	histogram *hdrhistogram.Histogram // microseconds
	n         uint64
	total     int64
	most      int64
}

// slow is the p99 of one second.
type slow struct {
	second int32
	took   time.Duration
}

// What a histogram can tell apart: a microsecond, and a thousandth of what it measures. What
// takes longer than an hour is an hour there; greatest and mean are exact.
const (
	histogramMost   = int64(time.Hour / time.Microsecond)
	histogramDigits = 3
)

// barEdges is where the bars of start_to_paid begin; the last has no end.
var barEdges = [...]time.Duration{
	0, 2 * time.Second, 5 * time.Second, 10 * time.Second, 20 * time.Second, 40 * time.Second, 80 * time.Second, 160 * time.Second,
}

func newHistogram() *hdrhistogram.Histogram {
	return hdrhistogram.New(1, histogramMost, histogramDigits)
}

func newSums() *sums {
	s := &sums{window: newHistogram()}
	for i := range s.stages {
		s.stages[i].histogram = newHistogram()
	}
	return s
}

// add adds readings up.
func (s *sums) add(fresh []reading) {
	s.mu.Lock()
	defer s.mu.Unlock()
	for _, f := range fresh {
		t := &s.stages[f.stage]
		t.n++
		t.total += f.took
		t.most = max(t.most, f.took)
		_ = t.histogram.RecordValue(min(f.took, histogramMost)) // in its range
		switch f.stage {
		case startToPaid:
			s.bars[barOf(time.Duration(f.took)*time.Microsecond)]++
		case hintToVerified:
			s.turn(f.second)
			_ = s.window.RecordValue(min(f.took, histogramMost))
		}
	}
}

// turn begins another second. The caller holds mu.
func (s *sums) turn(second int32) {
	if second <= s.second {
		return
	}
	if s.window.TotalCount() > 0 {
		p99 := time.Duration(s.window.ValueAtPercentile(99)) * time.Microsecond
		s.slowest[int(s.second)%len(s.slowest)] = slow{s.second, p99}
		s.window.Reset()
	}
	s.second = second
}

// slowestIn is the p99 of a second; 0: nothing was verified in it.
func (s *sums) slowestIn(second int32) time.Duration {
	if w := s.slowest[int(second)%len(s.slowest)]; w.second == second {
		return w.took
	}
	return 0
}

func barOf(took time.Duration) int {
	for i := len(barEdges) - 1; i > 0; i-- {
		if took >= barEdges[i] {
			return i
		}
	}
	return 0
}

func (s *sums) bar(i int) Bar {
	bar := Bar{From: barEdges[i], N: s.bars[i]}
	if i+1 < len(barEdges) {
		bar.To = barEdges[i+1]
	}
	return bar
}

// stage is what a Report says of a stage, but for its errors.
func (s *sums) stage(of stage) Stage {
	t := &s.stages[of]
	st := Stage{Name: stageNames[of], Title: stageTitles[of], N: t.n}
	if t.n == 0 {
		return st
	}
	// No percentile lies above the greatest, though a histogram's steps do.
	at := t.histogram.ValueAtPercentilesSlice([]float64{50, 90, 95, 99, 99.9})
	for i, to := range []*time.Duration{&st.P50, &st.P90, &st.P95, &st.P99, &st.P999} {
		*to = time.Duration(min(at[i], t.most)) * time.Microsecond
	}
	st.Max = time.Duration(t.most) * time.Microsecond
	st.Mean = time.Duration(math.Round(float64(t.total)/float64(t.n)*1000)) * time.Nanosecond
	return st
}

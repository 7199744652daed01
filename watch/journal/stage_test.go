package journal

import (
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"go.uber.org/goleak"

	"tillwatch/watch"
)

func TestMain(m *testing.M) {
	if path := os.Getenv("TILLWATCH_TEST_JOURNAL"); path != "" {
		other(path)
		return
	}
	goleak.VerifyTestMain(m)
}

// day is the test's wall clock.
var day = time.Date(2025, 3, 4, 12, 0, 0, 0, time.UTC)

// patient is how long anything may take; only a fault takes so long.
const patient = 20 * time.Second

// stage is a journal with everything it tells.
type stage struct {
	t *testing.T
	*Journal
	config Config

	mu    sync.Mutex
	told  []watch.Snapshot
	said  []string
	again int // Retells
	news  chan struct{}
}

func path(t *testing.T) string { return filepath.Join(t.TempDir(), "state", "test.db") }

// prepare is a stage whose journal is not open yet.
func prepare(t *testing.T, path string) *stage {
	s := &stage{t: t, news: make(chan struct{}, 1)}
	s.config = Config{
		Path: path, BaseURL: "https://dollr.example", ClientID: "shop-1",
		Wall: func() time.Time { return day },
		Tell: func(snap watch.Snapshot) { s.hear(func() { s.told = append(s.told, snap) }) },
		Say: func(text string, bad bool) {
			s.hear(func() { s.said = append(s.said, fmt.Sprintf("%v %s", bad, text)) })
		},
		Retell: func() { s.hear(func() { s.again++ }) },
	}
	s.config.test.retry, s.config.test.retries = time.Millisecond, 5*time.Millisecond
	s.config.test.close = patient // a busy machine may take its time
	return s
}

func (s *stage) hear(note func()) {
	s.mu.Lock()
	defer s.mu.Unlock()
	note()
	ring(s.news)
}

func (s *stage) open() *stage {
	s.t.Helper()
	j, err := Open(s.config)
	if err != nil {
		s.t.Fatal(err)
	}
	s.Journal = j
	s.t.Cleanup(func() { _ = j.Close() })
	return s
}

func begin(t *testing.T, path string) *stage { t.Helper(); return prepare(t, path).open() }

// until waits until something that was told or said makes it true.
func (s *stage) until(what string, holds func() bool) {
	s.t.Helper()
	late := time.After(patient)
	for {
		s.mu.Lock()
		ok := holds()
		said := strings.Join(s.said, "\n")
		s.mu.Unlock()
		if ok {
			return
		}
		select {
		case <-s.news:
		case <-late:
			s.t.Fatalf("%s never came; it said\n%s", what, said)
		}
	}
}

func (s *stage) heardOf(words string) func() bool {
	return func() bool {
		return slices.ContainsFunc(s.said, func(line string) bool { return strings.Contains(line, words) })
	}
}

// keep hands a payment over and waits until then is called.
func (s *stage) keep(p watch.Payment) {
	s.t.Helper()
	done := make(chan struct{})
	s.Keep(p, func() { close(done) })
	s.wait("then", done)
}

func (s *stage) wait(what string, done <-chan struct{}) {
	s.t.Helper()
	select {
	case <-done:
	case <-time.After(patient):
		s.t.Fatalf("%s never came", what)
	}
}

func (s *stage) load(since time.Time) []watch.Past {
	s.t.Helper()
	s.flush()
	past, err := s.Load(since)
	if err != nil {
		s.t.Fatal(err)
	}
	return past
}

func (s *stage) shut() {
	s.t.Helper()
	if err := s.Close(); err != nil {
		s.t.Fatal(err)
	}
}

func reference(n int) string { return fmt.Sprintf("3F2504E0-4F89-41D3-9A0C-%012d", n) }

func payment(n int) watch.Payment {
	return watch.Payment{
		Session: int64(n), Reference: reference(n), SourceType: "ORDER", SourceID: int64(100 + n), Label: fmt.Sprint("Table ", n),
		Expected: watch.Money{Amount: "18.00", Currency: "USD"}, Method: "MTN_MOMO_LBR", Phone: "231883456789",
		Handed: day.Add(time.Duration(n) * time.Millisecond),
	}
}

// waiting is a Snapshot of a payment whose end is not known.
func waiting(n int, rev uint64) watch.Snapshot {
	s := watch.Snapshot{Rev: rev, At: day.Add(time.Duration(rev) * time.Second)}
	s.Payment = payment(n)
	s.Status = watch.StatusPending
	s.Latest = watch.Answer{At: s.At, Code: 200, Reference: reference(n), Status: watch.StatusPending, Body: "{}"}
	return s
}

// ended is a Snapshot of one that is paid or not.
func ended(n int, rev uint64, status string) watch.Snapshot {
	s := waiting(n, rev)
	s.Status, s.Latest.Status = status, status
	s.Latest.Payer = watch.Money{Amount: "18.00", Currency: "USD"}
	s.Charge, s.Final = s.Latest.Payer, s.Latest
	s.Judgement = watch.Judge(&s.Known, s.At)
	return s
}

func contradicted(n int, rev uint64) watch.Snapshot {
	s := ended(n, rev, watch.StatusCompleted)
	later := s.Latest
	later.Status, later.At = watch.StatusFailed, s.At.Add(time.Minute)
	s.Changed = watch.Keep(later)
	s.Judgement = watch.Judge(&s.Known, s.At)
	return s
}

package patient

import (
	"errors"
	"strings"
	"sync"
	"testing"
	"testing/synctest"
	"time"
)

// slow is a reader that takes a write only when it is told to.
type slow struct {
	gate chan struct{}
	mu   sync.Mutex
	got  strings.Builder
	err  error
}

func (s *slow) Write(p []byte) (int, error) {
	<-s.gate
	s.mu.Lock()
	defer s.mu.Unlock()
	s.got.Write(p)
	return len(p), s.err
}

func (s *slow) text() string {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.got.String()
}

func TestWriter_WaitsASecondAndThenForNothing(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		to := &slow{gate: make(chan struct{})}
		w, missed := New(to, 6), 0
		w.Missed(func() { missed++ })
		begun := time.Now()
		for _, text := range []string{"one ", "two ", "three ", "4 "} { // three does not fit
			if n, err := w.Write([]byte(text)); n != len(text) || err != nil {
				t.Errorf("%q: %d, %v", text, n, err)
			}
		}
		if took := time.Since(begun); took != Patience {
			t.Errorf("four writes take %v", took)
		}
		late := w.Late()
		close(to.gate)
		<-late
		if to.text() != "one two 4 " || missed != 1 || w.Late() != nil {
			t.Errorf("it got %q, missed is called %d times", to.text(), missed)
		}
		if _, _ = w.Write([]byte("5")); !strings.HasSuffix(to.text(), "5") || missed != 1 {
			t.Errorf("afterwards it got %q", to.text())
		}
	})
}

func TestWriter_TellsOfAnErrorAndOwnsWhatItKeeps(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		gone := errors.New("gone")
		to := &slow{gate: make(chan struct{}), err: gone}
		w := New(to, 100)
		w.Missed(func() { t.Error("nothing is well again") })
		text := []byte("mine")
		_, _ = w.Write(text)
		copy(text, "no! ")
		late := w.Late()
		close(to.gate)
		<-late
		if to.text() != "mine" {
			t.Errorf("it got %q", to.text())
		}
		if _, err := w.Write([]byte("more")); !errors.Is(err, gone) {
			t.Errorf("the error is %v", err)
		}
	})
}

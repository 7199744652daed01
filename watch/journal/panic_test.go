package journal

import (
	"errors"
	"strings"
	"sync"
	"testing"

	"tillwatch/watch"
)

// faults are the panics that a journal told of.
type faults struct {
	mu   sync.Mutex
	told []string
}

func (f *faults) of(c *Config) *faults {
	c.Fault = func(what, stack string, lost bool) {
		f.mu.Lock()
		defer f.mu.Unlock()
		if lost {
			what = "lost: " + what
		}
		if strings.Contains(stack, "panic_test.go") {
			f.told = append(f.told, what)
		}
	}
	return f
}

func (f *faults) all() string {
	f.mu.Lock()
	defer f.mu.Unlock()
	return strings.Join(f.told, ", ")
}

func TestPanic_OfTheWriterEndsNothingButTheWriting(t *testing.T) {
	s := prepare(t, path(t))
	f := new(faults).of(&s.config)
	s.config.test.before = func(b *batch) error {
		if b.holds(payment(2).ID()) {
			panic(errors.New("of 231883456789"))
		}
		return nil
	}
	s.open()
	s.keep(payment(1))
	s.keep(payment(2)) // its writer panics, and then is called all the same
	s.until("the word", s.heardOf("true payments are kept in memory only: the journal "+s.path+": this program failed (a bug): *errors.errorString"))
	if text, since := s.Trouble(); !strings.Contains(text, "a bug") || since.IsZero() {
		t.Errorf("trouble is %q since %v", text, since)
	}
	if got := f.all(); got != "this program failed (a bug): *errors.errorString" {
		t.Errorf("faults: %s", got)
	}
	s.Tell(ended(2, 1, watch.StatusCompleted))
	s.until("the end", func() bool { return len(s.told) == 1 })
	if past, err := s.Load(day); len(past) != 1 || err != nil {
		t.Errorf("what was written before is %v, %v", past, err)
	}
	if s.Mend() {
		t.Error("it is mended")
	}
	if err := s.Close(); err == nil || !strings.Contains(err.Error(), "a bug") {
		t.Errorf("it closes with %v", err)
	}
	if got := begin(t, s.path).load(day); len(got) != 1 { // and the lock was given up
		t.Errorf("later it has %v", got)
	}
}

func TestPanic_OfOneThatIsToldStopsNoOther(t *testing.T) {
	s := prepare(t, path(t))
	f := new(faults).of(&s.config)
	tell := s.config.Tell
	s.config.Tell = func(snap watch.Snapshot) {
		if snap.ID() == payment(1).ID() {
			panic("no")
		}
		tell(snap)
	}
	s.open()
	s.Tell(ended(1, 1, watch.StatusCompleted))
	s.Tell(ended(2, 1, watch.StatusCompleted))
	s.until("the other", func() bool { return len(s.told) == 1 })
	if got := f.all(); got != "lost: this program failed (a bug)" {
		t.Errorf("faults: %s", got)
	}
	s.shut()
}

func TestPanic_OfRetellingIsTold(t *testing.T) {
	s := prepare(t, path(t))
	f := new(faults).of(&s.config)
	s.config.Retell = func() { s.hear(func() { s.again++ }); panic("no") }
	s.open()
	run(t, s.store, "PRAGMA query_only = 1")
	s.keep(payment(1))
	s.until("the return", func() bool { return s.again == 1 })
	s.shut()
	if got := f.all(); got != "this program failed (a bug)" {
		t.Errorf("faults: %s", got)
	}
}

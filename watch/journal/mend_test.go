package journal

import (
	"errors"
	"os"
	"testing"
	"time"

	"tillwatch/watch"
)

// Somebody quits while the journal is not written, and the disk is well again: nobody waits
// for the next try.
func TestMend_WritesBeforeTheEndWhatTheDiskTakesAgain(t *testing.T) {
	file := path(t)
	s := prepare(t, file)
	s.config.test.retry, s.config.test.retries = time.Hour, time.Hour
	s.open()
	if !s.Mend() {
		t.Error("a journal that is well is not well")
	}
	if err := os.Remove(file); err != nil {
		t.Fatal(err)
	}
	if err := os.Mkdir(file, 0o700); err != nil { // nothing can be written there
		t.Fatal(err)
	}
	s.keep(payment(1))
	s.Tell(ended(1, 1, watch.StatusCompleted))
	if s.Mend() {
		t.Error("it is mended by a folder")
	}
	if err := os.Remove(file); err != nil {
		t.Fatal(err)
	}
	if !s.Mend() {
		t.Fatal("it is not mended")
	}
	s.Tell(ended(1, 1, watch.StatusCompleted)) // whoever mends tells everything that is known
	s.mu.Lock()
	again := s.again
	s.mu.Unlock()
	s.shut()
	if again > 0 {
		t.Error("it asks for what it is told anyway")
	}
	if past, known, err := begin(t, file).Recall(payment(1).ID()); err != nil || !known || past.Verdict != watch.Paid {
		t.Errorf("the file has %+v, %t, %v", past, known, err)
	}
}

// The log of a file that is gone belongs to no other file that comes in its place.
func TestFailure_OfAReplacedFileLeavesTheOtherAlone(t *testing.T) {
	file := path(t)
	many(t, file, 3)
	backup, err := os.ReadFile(file)
	if err != nil {
		t.Fatal(err)
	}
	s := prepare(t, file)
	s.config.test.glance = time.Millisecond
	s.open()
	for n := 4; n < 200; n++ {
		s.keep(payment(n)) // these are in the log alone
	}
	if err := os.WriteFile(file+".new", backup, 0o600); err != nil {
		t.Fatal(err)
	}
	if err := os.Rename(file+".new", file); err != nil {
		t.Fatal(err)
	}
	s.until("the return", func() bool { return s.again == 1 })
	if got := s.load(day); len(got) != 3 {
		t.Errorf("the file that was put there has %d payments, want 3", len(got))
	}
	if _, err := os.Stat(file); err != nil || s.heardOf("was damaged")() {
		t.Errorf("it is taken for damaged: %v", s.said)
	}
	s.shut()
}

// A lock that somebody has removed would let a second process in.
func TestLock_ThatWasRemovedIsTakenAnew(t *testing.T) {
	file := path(t)
	s := prepare(t, file)
	s.config.test.glance = time.Millisecond
	s.open()
	if err := os.Remove(lockName(file)); err != nil {
		t.Fatal(err)
	}
	for late := time.After(patient); ; {
		if written(file) {
			break
		}
		select {
		case <-late:
			t.Fatal("nobody holds the new lock")
		default:
		}
	}
	var busy *BusyError
	if _, err := Open(prepare(t, file).config); !errors.As(err, &busy) {
		t.Errorf("a second one gets %v", err)
	}
	s.shut()
}

// A file that somebody moved for a moment is back with its log: what is in it counts.
func TestFailure_OfAFileThatIsBackKeepsItsLog(t *testing.T) {
	file := path(t)
	s := prepare(t, file)
	s.config.test.glance, s.config.test.retry, s.config.test.retries = time.Millisecond, time.Hour, time.Hour
	s.open()
	s.keep(payment(1)) // it is in the log alone
	if err := os.Rename(file, file+".away"); err != nil {
		t.Fatal(err)
	}
	s.until("the alarm", s.heardOf("its file was removed or replaced"))
	if err := os.Rename(file+".away", file); err != nil {
		t.Fatal(err)
	}
	if !s.Mend() {
		t.Fatal("it is not mended")
	}
	if _, known, err := s.Recall(payment(1).ID()); err != nil || !known || len(aside(t, file)) > 0 {
		t.Errorf("known %t, %v, moved aside: %v", known, err, aside(t, file))
	}
	s.shut()
}

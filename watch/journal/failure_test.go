package journal

import (
	"errors"
	"os"
	"path/filepath"
	"sync/atomic"
	"testing"
	"time"

	"tillwatch/watch"
)

func TestFailure_PassesEverythingOnSaysSoOnceAndComesBack(t *testing.T) {
	s := prepare(t, path(t))
	var full bool
	s.config.test.opened = func(st *store) error {
		if full {
			return errors.New("no")
		}
		return nil
	}
	s.open()
	s.keep(payment(1))
	run(t, s.store, "PRAGMA query_only = 1")
	s.keep(payment(2)) // then is called all the same
	s.until("the failure", s.heardOf("true payments are kept in memory only: the journal "+s.path+": it may not be written (read-only)"))
	s.until("the return", func() bool { return s.again == 1 })
	s.until("the word of it", s.heardOf("is written again"))
	if text, _ := s.Trouble(); text != "" {
		t.Errorf("trouble stays: %s", text)
	}
	s.Tell(ended(2, 1, watch.StatusCompleted)) // as Retell brings it
	s.until("the end", func() bool { return len(s.told) == 1 })
	if past := s.load(day); len(past) != 2 || past[1].Session != 2 || past[1].Label != "Table 2" {
		t.Errorf("the journal has %+v", past)
	}
}

func TestFailure_OfAFullDiskIsNamedOnceAndEndsWhenThereIsRoom(t *testing.T) {
	s := prepare(t, path(t))
	var tries atomic.Int32
	s.config.test.opened = func(st *store) error {
		most := "PRAGMA max_page_count = 20"
		if tries.Add(1) > 5 {
			most = "PRAGMA max_page_count = 100000" // somebody has tidied up
		}
		_, err := st.conn.ExecContext(t.Context(), most)
		return err
	}
	s.open()
	for n := 1; tries.Load() == 1 && n < 1000; n++ {
		s.keep(payment(n))
	}
	s.until("the return", func() bool { return s.again == 1 })
	s.mu.Lock()
	defer s.mu.Unlock()
	if tries.Load() <= 5 || len(s.said) != 2 || s.said[0] != "true payments are kept in memory only: the journal "+s.path+": the disk is full" {
		t.Errorf("it says %q", s.said)
	}
}

func TestFailure_KeepsNothingWhileItLasts(t *testing.T) {
	file := path(t)
	if err := os.MkdirAll(file, 0o700); err != nil { // a folder in place of the file
		t.Fatal(err)
	}
	s := begin(t, file)
	text, since := s.Trouble()
	if text == "" || since.IsZero() || !s.heardOf("payments are kept in memory only: the journal "+file+": "+text)() {
		t.Errorf("trouble is %q since %v", text, since)
	}
	for rev := range uint64(1000) {
		s.Tell(ended(1, rev, watch.StatusCompleted))
		s.Note(watch.Event{ID: payment(1).ID(), Kind: watch.EventAnswer})
	}
	s.keep(payment(2))
	if got := s.revs(); len(got) != 1000 {
		t.Errorf("%d were passed on", len(got))
	}
	s.Journal.mu.Lock()
	if !s.down || !s.Journal.open.empty() || len(s.owed) != 0 || len(s.marks) != 0 {
		t.Error("something is kept")
	}
	s.Journal.mu.Unlock()
	if past, err := s.Load(day); len(past) != 0 || err == nil { // nobody may take it for empty
		t.Errorf("loaded %v, %v", past, err)
	}
	if err := os.Remove(file); err != nil {
		t.Fatal(err)
	}
	s.until("the return", func() bool { return s.again == 1 })
	s.until("the word of it", s.heardOf("1000 entries of the payments' histories were not kept"))
	s.keep(payment(2))
	s.shut()
	if past := begin(t, file).load(day); len(past) != 1 {
		t.Errorf("the file has %v", past)
	}
}

func TestFailure_OfAFileInPlaceOfTheFolderHeals(t *testing.T) {
	dir := t.TempDir()
	folder := filepath.Join(dir, "state")
	if err := os.WriteFile(folder, nil, 0o600); err != nil {
		t.Fatal(err)
	}
	s := begin(t, filepath.Join(folder, "test.db"))
	if text, _ := s.Trouble(); text == "" {
		t.Error("there is no trouble")
	}
	if err := os.Remove(folder); err != nil {
		t.Fatal(err)
	}
	s.until("the return", func() bool { return s.again == 1 })
	s.keep(payment(1))
}

func TestFailure_OfARemovedFileIsSeenBeforeAnythingIsSaidToBeSafe(t *testing.T) {
	for name, remove := range map[string]func(string) error{
		"file":   os.Remove,
		"folder": func(file string) error { return os.RemoveAll(filepath.Dir(file)) },
		"replaced": func(file string) error {
			content, err := os.ReadFile(file)
			if err != nil {
				return err
			}
			if err := os.WriteFile(file+".copy", content, 0o600); err != nil {
				return err
			}
			return os.Rename(file+".copy", file)
		},
	} {
		t.Run(name, func(t *testing.T) {
			file := path(t)
			s := begin(t, file)
			s.keep(payment(1))
			if err := remove(file); err != nil {
				t.Fatal(err)
			}
			s.Tell(ended(2, 1, watch.StatusCompleted))
			s.until("the return", func() bool { return s.again == 1 && len(s.told) == 1 })
			s.until("the word", s.heardOf("its file was removed or replaced"))
			s.Tell(waiting(1, 2))
			s.Tell(ended(2, 2, watch.StatusCompleted))
			s.until("both", func() bool { return len(s.told) == 3 })
			s.shut()
			past := begin(t, file).load(day)
			if len(past) != 2 || past[0].Session+past[1].Session != 3 {
				t.Errorf("the file has %+v", past)
			}
			if info, err := os.Stat(file); err != nil || info.Mode() != 0o600 {
				t.Errorf("its mode is %v, %v", info.Mode(), err)
			}
		})
	}
}

func TestNote_OfAPaymentThatNeverComesIsLetGo(t *testing.T) {
	s := begin(t, path(t))
	s.Note(watch.Event{ID: "nobody", At: day, Kind: watch.EventAnswer})
	for range patience + 1 {
		s.flush()
	}
	s.Journal.mu.Lock()
	defer s.Journal.mu.Unlock()
	if !s.Journal.open.empty() || s.dropped != 1 {
		t.Errorf("%d wait, %d were dropped", len(s.Journal.open.events), s.dropped)
	}
}

func TestNote_KeepsABoundedQueueWhileTheDiskIsSlow(t *testing.T) {
	s := prepare(t, path(t))
	g := s.gated()
	s.open()
	s.Keep(payment(1), nil)
	g.next(t)
	for range queueMost + 7 {
		s.Note(watch.Event{ID: payment(1).ID(), At: day, Kind: watch.EventAnswer})
	}
	s.Journal.mu.Lock()
	if n := len(s.Journal.open.events); n != queueMost || s.dropped != 7 {
		t.Errorf("%d wait, %d were dropped", n, s.dropped)
	}
	s.Journal.mu.Unlock()
	g.let <- nil
	g.next(t)
	g.let <- nil
}

func TestFailure_OfARemovedFileIsNoticedWhileNothingIsWritten(t *testing.T) {
	file := path(t)
	s := prepare(t, file)
	s.config.test.glance = time.Millisecond
	s.open()
	s.keep(payment(1))
	if err := os.Remove(file); err != nil {
		t.Fatal(err)
	}
	s.until("the return", func() bool { return s.again >= 1 })
	if info, err := os.Stat(file); err != nil || info.Size() == 0 {
		t.Errorf("there is no new file: %v", err)
	}
}

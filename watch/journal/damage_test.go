package journal

import (
	"bytes"
	"database/sql"
	"errors"
	"math/rand/v2"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"tillwatch/watch"
)

// many fills a journal and closes it.
func many(t *testing.T, file string, n int) {
	t.Helper()
	s := begin(t, file)
	for i := range n {
		s.Keep(payment(i+1), nil)
		s.Tell(waiting(i+1, 1))
	}
	s.shut()
}

// overwrite puts noise into the file.
func overwrite(t *testing.T, file string, at, n int64) {
	t.Helper()
	f, err := os.OpenFile(file, os.O_RDWR, 0)
	if err != nil {
		t.Fatal(err)
	}
	noise := make([]byte, n)
	random := rand.New(rand.NewPCG(1, 2))
	for i := range noise {
		noise[i] = byte(random.Uint32())
	}
	if _, err := f.WriteAt(noise, at); err != nil {
		t.Fatal(err)
	}
	if err := f.Close(); err != nil {
		t.Fatal(err)
	}
}

func aside(t *testing.T, file string) []string {
	t.Helper()
	found, err := filepath.Glob(file + ".damaged-[0-9]*[0-9]")
	if err != nil {
		t.Fatal(err)
	}
	return found
}

func TestDamage_InTheMiddleCostsOnlyWhatIsBroken(t *testing.T) {
	file := path(t)
	many(t, file, 1000)
	info, err := os.Stat(file)
	if err != nil {
		t.Fatal(err)
	}
	page := info.Size() / 4096 / 2
	overwrite(t, file, page*4096, 2*4096)
	before, _ := os.ReadFile(file)

	s := begin(t, file)
	past := s.load(day) // it meets the break, has it seen to and reads again
	if len(past) < 900 || len(past) > 999 {
		t.Errorf("%d of 1000 could be read", len(past))
	}
	found := aside(t, file)
	if len(found) != 1 || !strings.HasSuffix(found[0], "test.db.damaged-20250304-120000") {
		t.Fatalf("moved aside as %v", found)
	}
	if after, _ := os.ReadFile(found[0]); len(after) != len(before) || !bytes.Equal(after[page*4096:], before[page*4096:]) {
		t.Error("the damaged file is not what it was")
	}
	s.until("the word", s.heardOf("true the journal "+s.path+" was damaged: it is kept as "+found[0]+", and "))
	s.until("the return", func() bool { return s.again == 1 })
	s.keep(payment(1001))
	s.shut()
	if got := begin(t, file).load(day); len(got) != len(past)+1 {
		t.Errorf("later it has %d, want %d", len(got), len(past)+1)
	}
}

func TestDamage_OfTheHeadIsSeenAtOnce(t *testing.T) {
	for name, spoil := range map[string]func(string){
		"noise":    func(file string) { overwrite(t, file, 0, 4096) },
		"no pages": func(file string) { overwrite(t, file, 100, 3996) },
		"cut":      func(file string) { _ = os.Truncate(file, 1000) },
		"text":     func(file string) { _ = os.WriteFile(file, []byte("hello, this is no database at all\n"), 0o600) },
	} {
		file := path(t)
		many(t, file, 10)
		spoil(file)
		s := begin(t, file)
		if text, _ := s.Trouble(); text != "" || len(aside(t, file)) != 1 {
			t.Errorf("%s: trouble %q, aside %v", name, text, aside(t, file))
		}
		s.until("the word", s.heardOf("was damaged: it is kept as"))
		s.keep(payment(1))
		if got := s.load(day); len(got) != 1 {
			t.Errorf("%s: it has %v", name, got)
		}
		s.shut()
	}
}

func TestDamage_WhileItIsWrittenIsSeenToAndNothingNewIsLost(t *testing.T) {
	file := path(t)
	many(t, file, 1000)
	s := begin(t, file)
	info, err := os.Stat(file)
	if err != nil {
		t.Fatal(err)
	}
	overwrite(t, file, 4096, info.Size()-4096) // all but the head
	for n := 1; n <= 2000; n++ {
		s.Tell(ended(n, 2, watch.StatusCompleted))
	}
	s.until("the return", func() bool { return s.again > 0 })
	s.until("the ends", func() bool { return len(s.told) == 2000 })
	if len(aside(t, file)) != 1 {
		t.Errorf("aside are %v", aside(t, file))
	}
	for n := 1; n <= 2000; n++ { // as Retell brings them
		s.Tell(ended(n, 3, watch.StatusCompleted))
	}
	if got := s.load(time.Time{}); len(got) != 2000 {
		t.Errorf("it has %d", len(got))
	}
}

func TestDamage_AfterAnUncleanEndIsLookedFor(t *testing.T) {
	for unclean, want := range map[bool]int{true: 1, false: 0} {
		file := path(t)
		many(t, file, 1)
		s := begin(t, file)
		for range 2000 {
			s.Note(watch.Event{ID: payment(1).ID(), At: day, Kind: watch.EventAnswer, Text: strings.Repeat("x", 100)})
		}
		s.shut()
		overwrite(t, file, 60*4096, 4096) // among the events, which no start reads
		if unclean {
			db, err := sql.Open("sqlite", file)
			if err != nil {
				t.Fatal(err)
			}
			if _, err := db.Exec("INSERT INTO meta VALUES ('writer_pid', '1')"); err != nil {
				t.Fatal(err)
			}
			db.Close()
		}
		s = begin(t, file)
		if got := s.load(day); len(got) != 1 || len(aside(t, file)) != want {
			t.Errorf("unclean %v: %d payments, aside %v", unclean, len(got), aside(t, file))
		}
		s.shut()
	}
}

func TestDamage_OfARowIsNotTakenForAnAnswer(t *testing.T) {
	for _, spoil := range []string{
		"UPDATE payments SET verdict = 'PAIR' WHERE session_id = 2",
		"UPDATE payments SET reference_id = 'other' WHERE session_id = 2",
		"UPDATE payments SET latest = '{\"code\": ' WHERE session_id = 2",
		"UPDATE payments SET session_id = 'many' WHERE session_id = 2",
	} {
		file := path(t)
		many(t, file, 3)
		s := begin(t, file)
		run(t, s.store, spoil)
		got, err := s.Load(day)
		if len(got) != 2 || got[0].Session != 1 || got[1].Session != 3 {
			t.Errorf("%s: loaded %v", spoil, got)
		}
		if err == nil || !strings.Contains(err.Error(), "its row holds what tillwatch never wrote there") {
			t.Errorf("%s: nobody learns that it is not all: %v", spoil, err)
		}
		if len(aside(t, file)) > 0 {
			t.Errorf("%s: the whole file is moved aside", spoil)
		}
		if _, known, err := s.Recall(payment(2).ID()); known || err == nil {
			t.Errorf("%s: it is recalled, %v", spoil, err)
		}
		s.shut()
	}
}

func TestDamage_IsNoReasonToMoveAnothersFile(t *testing.T) {
	file := path(t)
	many(t, file, 10)
	overwrite(t, file, 100, 3996)
	overwrite(t, file, 68, 4) // another application's
	content, _ := os.ReadFile(file)
	copied := filepath.Join(t.TempDir(), "theirs.db")
	if err := os.WriteFile(copied, content, 0o600); err != nil {
		t.Fatal(err)
	}
	var foreign *ForeignError
	if _, err := Open(prepare(t, copied).config); !errors.As(err, &foreign) {
		t.Errorf("it gives %v", err)
	}
	if after, _ := os.ReadFile(copied); !bytes.Equal(content, after) || len(aside(t, copied)) != 0 {
		t.Error("it was touched")
	}
}

func TestFailure_OfADiskThatHangsHoldsNobody(t *testing.T) {
	s := prepare(t, path(t))
	s.config.test.stuck = 20 * time.Millisecond
	g := s.gated()
	s.open()
	kept := make(chan struct{})
	s.Keep(payment(1), func() { close(kept) })
	g.next(t) // and there it hangs
	s.Tell(ended(2, 1, watch.StatusCompleted))
	s.wait("then", kept)
	s.until("the end", func() bool { return len(s.told) == 1 })
	s.until("the word", s.heardOf("the disk does not answer"))
	if text, _ := s.Trouble(); !strings.Contains(text, "does not answer") {
		t.Errorf("trouble is %q", text)
	}
	g.let <- nil // it was only slow
	s.until("the return", func() bool { return s.again == 1 })
	s.Tell(ended(2, 1, watch.StatusCompleted)) // as Retell brings it: it was given up before
	if b := g.next(t); !b.full {
		t.Error("an end that is not on disk yet is taken for one that is")
	}
	g.let <- nil
	s.until("the end again", func() bool { return len(s.told) == 2 })
	if past, err := s.Load(day); len(past) != 2 || err != nil {
		t.Errorf("the journal has %v, %v", past, err)
	}
}

func TestClose_DoesNotWaitForADiskThatHangs(t *testing.T) {
	s := prepare(t, path(t))
	s.config.test.close = 20 * time.Millisecond
	g := s.gated()
	s.open()
	kept := make(chan struct{})
	s.Keep(payment(1), func() { close(kept) })
	g.next(t)
	s.Tell(ended(2, 1, watch.StatusCompleted))
	if err := s.Close(); err == nil || !strings.Contains(err.Error(), "does not answer") {
		t.Errorf("it closes with %v", err)
	}
	s.wait("then", kept)
	s.until("the end", func() bool { return len(s.told) == 1 })
	g.let <- nil
	<-s.done
}

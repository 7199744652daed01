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
	if len(found) != 1 || !strings.HasSuffix(found[0], "test.db.damaged-2025-03-04-1200") {
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
	paid := strings.ReplaceAll(`'{"at":"2025-03-04T12:00:01.000000Z","code":200,"reference_id":"REF","status":"COMPLETED","payer_amount":"18.00","payer_currency":"USD"}'`, "REF", reference(2))
	for _, spoil := range []string{
		"verdict = 'PAID'", "verdict = 'PAIR'", "expected = '08.00'", "expected_currency = 'LRD'", "latest = '{\"code\": '", "session_id = 'many'",
		"label = 'Table 3'", "sum = NULL", "sum = 'none'", "rev = -1", "stopped = 1", "executed_at = 'soon'", "final = " + paid,
	} {
		file := path(t)
		many(t, file, 3)
		s := begin(t, file)
		run(t, s.store, "UPDATE payments SET "+spoil+" WHERE session_id = 2")
		got := s.load(day)
		if len(got) != 3 || got[0].Damaged || !got[1].Damaged || got[2].Damaged || len(aside(t, file)) > 0 {
			t.Fatalf("%s: loaded %v, aside %v", spoil, got, aside(t, file))
		}
		s.until("the word", s.heardOf("the record of 1 payment is damaged: Dollr is asked again, and what is paid is a CHECK"))
		p := got[1]
		if p.Verdict != watch.Check || p.Final.Code != 0 || p.Latest.Code != 0 || p.Stopped || p.Reference != reference(2) {
			t.Errorf("%s: it claims to know %+v", spoil, p)
		}
		if j := watch.Judge(&p.Known, day.Add(time.Minute)); j.Verdict != watch.Waiting {
			t.Errorf("%s: before Dollr is asked it is %v", spoil, j.Verdict)
		}
		if again, known, err := s.Recall(payment(2).ID()); !known || err != nil || !again.Damaged {
			t.Errorf("%s: recalled %v, %v, %v", spoil, again, known, err)
		}

		// Dollr says now that it is paid: what was expected is not known, so a person decides, in
		// the next run too.
		snap := ended(2, 9, watch.StatusCompleted)
		snap.Damaged = true
		snap.Judgement = watch.Judge(&snap.Known, day.Add(time.Minute))
		s.Tell(snap)
		s.shut()
		again := begin(t, file).load(day)
		if j := watch.Judge(&again[1].Known, day.Add(time.Minute)); j.Verdict != watch.Check || j.Reason != watch.Damaged || again[1].Final.Status != watch.StatusCompleted {
			t.Errorf("%s: later it is %v %v", spoil, j, again[1])
		}
	}
}

// Somebody has edited the file and given the row its sum: what was charged is text like any other.
func TestDamage_AnEditedAmountMovesNoCursor(t *testing.T) {
	file := path(t)
	many(t, file, 1)
	s := begin(t, file)
	run(t, s.store, `UPDATE payments SET latest = '{"code":200,"status":"PROCESSING","unread_amount":"\u001b[31m15,00\u0007 \u202eUSD"}'`)
	run(t, s.store, "UPDATE payments SET sum = "+sumSQL(nil))
	got := s.load(day)
	if len(got) != 1 || got[0].Damaged {
		t.Fatalf("loaded %v", got)
	}
	if unread := got[0].Unread(); unread != "15,00 USD" {
		t.Errorf("it shows %q", unread)
	}
}

func TestDamage_OfARowIsMendedByARunThatKnowsBetter(t *testing.T) {
	for _, spoil := range []string{"expected = '08.00'", "damaged = 1", "final = '{\"code\": 200, \"status\": \"FAILED\"}'", "swept = 1"} {
		file := path(t)
		s := begin(t, file)
		s.Tell(ended(1, 1, watch.StatusCompleted))
		s.flush()
		run(t, s.store, "UPDATE payments SET "+spoil)
		s.Keep(payment(1), nil) // handed over once more
		s.Tell(ended(1, 2, watch.StatusCompleted))
		s.shut()
		got := begin(t, file).load(day)
		if len(got) != 1 || got[0].Damaged || got[0].Expected != payment(1).Expected || got[0].Verdict != watch.Paid || got[0].Changed.Said() {
			t.Errorf("%s: it has %+v", spoil, got)
		}
	}
}

// A row is damaged, and cannot be read when its payment is handed over again. What was in it may have
// been another sum or another end, so what Dollr says now does not make it sound.
func TestDamage_OfARowStaysWhenThisRunCouldNotReadIt(t *testing.T) {
	for _, keeps := range []bool{true, false} {
		file := path(t)
		s := begin(t, file)
		s.Tell(ended(1, 1, watch.StatusFailed))
		s.shut()
		s = begin(t, file)
		run(t, s.store, "UPDATE payments SET expected = '08.00'")
		s.store.beside.Close()
		if _, _, err := s.Recall(payment(1).ID()); err == nil {
			t.Fatal("it can be read")
		}
		if keeps {
			s.keep(payment(1))
		}
		s.Tell(ended(1, 2, watch.StatusCompleted))
		s.shut()
		got := begin(t, file).load(day)
		if len(got) != 1 || !got[0].Damaged || got[0].Final.Status != watch.StatusCompleted {
			t.Errorf("kept first %t: it has %+v", keeps, got)
		}
	}
}

// Of a row whose id and reference are not about the same payment nobody knows what it is about.
func TestDamage_OfAnIdIsSaid(t *testing.T) {
	for _, spoil := range []string{"reference_id = 'other'", "id = 'other'", "reference_id = NULL", "id = x'1b5b32'"} {
		file := path(t)
		many(t, file, 3)
		s := begin(t, file)
		run(t, s.store, "UPDATE payments SET "+spoil+" WHERE session_id = 2")
		got, err := s.Load(day)
		if len(got) != 2 || got[0].Session != 1 || got[1].Session != 3 {
			t.Errorf("%s: loaded %v", spoil, got)
		}
		if err == nil || !strings.Contains(err.Error(), "its row holds what tillwatch never wrote there") || strings.Contains(err.Error(), "\x1b") {
			t.Errorf("%s: nobody learns that it is not all: %v", spoil, err)
		}
		s.shut()
		r, err := Read(file)
		if err != nil {
			t.Fatal(err)
		}
		var out strings.Builder
		if n, err := Export(&out, CSV, r.Payments(Filter{})); n != 2 || err == nil || !strings.Contains(out.String(), "Table 3") {
			t.Errorf("%s: %d are exported, %v:\n%s", spoil, n, err, out.String())
		}
		r.Close()
	}
}

// A file of the format before has no sums: what is in it is taken as it is, and gets them.
func TestMigrations_AJournalWithoutSumsIsReadAndGetsThem(t *testing.T) {
	file := path(t)
	s := prepare(t, file)
	s.config.test.steps = migrations[:1]
	s.config.test.opened = func(*store) error { return errors.New("no") }
	s.open() // the file is made, and no more
	_ = s.Close()
	db, err := sql.Open("sqlite", file)
	if err != nil {
		t.Fatal(err)
	}
	for _, text := range []string{
		"DELETE FROM meta WHERE name LIKE 'writer%'",
		"INSERT INTO payments (id, reference_id, label, handed_at, verdict, rev) VALUES ('ref-1', 'Ref-1', 'Table 1', '2025-03-04T12:00:00.000000Z', 'WAITING', 3)",
	} {
		if _, err := db.Exec(text); err != nil {
			t.Fatal(err)
		}
	}
	db.Close()

	r, err := Read(file)
	if err != nil {
		t.Fatal(err)
	}
	if past, known, err := r.Find("REF-1"); !known || err != nil || past.Damaged || past.Label != "Table 1" {
		t.Errorf("read as %+v, %v, %v", past, known, err)
	}
	r.Close()
	s = begin(t, file)
	if got := s.load(day); len(got) != 1 || got[0].Damaged || got[0].Label != "Table 1" {
		t.Errorf("loaded %+v", got)
	}
	run(t, s.store, "UPDATE payments SET label = 'Table 2'")
	if got := s.load(day); !got[0].Damaged {
		t.Error("it has got no sum")
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

// A turned bit in the number of the format makes it negative, under a writer too.
func TestDamage_OfTheFormatsNumberLosesNothing(t *testing.T) {
	for _, running := range []bool{false, true} {
		file := path(t)
		s := begin(t, file)
		s.keep(payment(1))
		if !running {
			s.shut()
		}
		content, err := os.ReadFile(file)
		if err != nil {
			t.Fatal(err)
		}
		f, err := os.OpenFile(file, os.O_RDWR, 0)
		if err != nil {
			t.Fatal(err)
		}
		if _, err := f.WriteAt([]byte{content[60] ^ 0x80}, 60); err != nil {
			t.Fatal(err)
		}
		f.Close()
		if running {
			s.keep(payment(2))
			s.shut()
		}
		if r, err := Read(file); err == nil {
			r.Close()
		} else if !strings.Contains(err.Error(), "the file is damaged") {
			t.Errorf("export says %v", err)
		}
		got := begin(t, file).load(day)
		if len(got) == 0 || got[0].Damaged || len(got) == 1 && running {
			t.Errorf("running %v: it has %+v", running, got)
		}
	}
}

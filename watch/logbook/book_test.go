package logbook

import (
	"bufio"
	"bytes"
	"compress/gzip"
	"encoding/json"
	"errors"
	"io"
	"log/slog"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"go.uber.org/goleak"

	"tillwatch/watch"
)

// lumberjack's tidying goroutine sleeps for ever.
func TestMain(m *testing.M) {
	goleak.VerifyTestMain(m, goleak.IgnoreTopFunction("gopkg.in/natefinch/lumberjack%2ev2.(*Logger).millRun"))
}

// shelf is where a test's log lies, and what was said about it.
type shelf struct {
	*testing.T
	*Book
	path string
	mu   sync.Mutex
	said []string
}

func openShelf(t *testing.T, change func(*Config)) *shelf {
	s := &shelf{T: t}
	c := Config{Path: filepath.Join(t.TempDir(), "state", "tillwatch", "test.log"), Own: true, Trouble: func(text string) {
		s.mu.Lock()
		defer s.mu.Unlock()
		s.said = append(s.said, text)
	}}
	if change != nil {
		change(&c)
	}
	s.path, s.Book = c.Path, Open(c)
	t.Cleanup(s.Close)
	return s
}

// entries closes the log and reads it.
func (s *shelf) entries() []map[string]any {
	s.Helper()
	s.Close()
	text, err := os.ReadFile(s.path)
	if err != nil {
		s.Fatal(err)
	}
	return parse(s.T, bytes.NewReader(text))
}

func parse(t *testing.T, from io.Reader) (all []map[string]any) {
	t.Helper()
	for scan := bufio.NewScanner(from); scan.Scan(); {
		var entry map[string]any
		if err := json.Unmarshal(scan.Bytes(), &entry); err != nil {
			t.Fatalf("no entry: %q: %v", scan.Text(), err)
		}
		if _, err := time.Parse("2006-01-02T15:04:05.000Z", entry["at"].(string)); err != nil {
			t.Error(err)
		}
		all = append(all, entry)
	}
	return all
}

func messages(entries []map[string]any) string {
	var all []string
	for _, e := range entries {
		all = append(all, e["msg"].(string))
	}
	return strings.Join(all, ", ")
}

func mode(t *testing.T, path string) os.FileMode {
	t.Helper()
	info, err := os.Stat(path)
	if err != nil {
		t.Fatal(err)
	}
	return info.Mode().Perm()
}

// told tells of a payment's whole life.
func told(b *Book) {
	at := time.Date(2026, 11, 22, 14, 31, 20, 0, time.UTC)
	s := watch.Snapshot{At: at}
	s.Payment = watch.Payment{Session: 55, Reference: reference, SourceType: "ORDER", SourceID: 101, Label: "Table 4", Expected: watch.Money{Amount: "18.00", Currency: "USD"}, Phone: number}
	b.Note(watch.Event{ID: s.ID(), Kind: watch.EventHanded})
	b.Tell(s)
	b.Note(watch.Event{ID: s.ID(), Kind: watch.EventHint, From: watch.FromChannel, Word: "COMPLETED"})
	b.Tell(s) // which says nothing new
	b.Note(watch.Event{ID: s.ID(), Kind: watch.EventAsked, From: watch.FromYou})
	b.Note(watch.Event{ID: s.ID(), Kind: watch.EventFailure, From: watch.FromAPI, Code: 503, Text: "Dollr is down"})
	b.Note(watch.Event{ID: s.ID(), Kind: watch.EventAnswer, From: watch.FromAPI, Code: 200, Word: "COMPLETED", Took: 1500 * time.Microsecond})
	s.Verdict, s.Reason = watch.Check, watch.Short
	s.Final = watch.Answer{At: at, Code: 200, Status: "COMPLETED", Payer: watch.Money{Amount: "15.00", Currency: "USD"}, Took: time.Millisecond}
	b.Tell(s)
	b.Note(watch.Event{ID: s.ID(), Kind: watch.EventVerdict, Verdict: watch.Check})
	b.Note(watch.Event{ID: s.ID(), Kind: watch.EventFault, Text: "this program failed (a bug)"})
}

func TestBook_TellsAPaymentsLifeByLevel(t *testing.T) {
	for level, want := range map[slog.Level]string{
		slog.LevelDebug: "payment handed over, hint, asked, call failed, answer, verdict, fault",
		slog.LevelInfo:  "payment handed over, asked, call failed, verdict, fault",
		slog.LevelWarn:  "call failed, fault",
		slog.LevelError: "fault",
	} {
		s := openShelf(t, func(c *Config) { c.Level = level })
		told(s.Book)
		if got := messages(s.entries()); got != want {
			t.Errorf("at %v it says %s; want %s", level, got, want)
		}
	}
}

func TestBook_AnEntryHasAttributesAndNoSentences(t *testing.T) {
	s := openShelf(t, func(c *Config) { c.Level = slog.LevelDebug })
	told(s.Book)
	entries := s.entries()
	for i, want := range map[int]string{
		0: `{"at":"2026-11-22T14:31:20.000Z","expected":"USD 18.00","label":"Table 4","level":"INFO","msg":"payment handed over","payment":"` + reference + `","session":55,"source":"ORDER:101","verdict":"WAITING"}`,
		5: `{"at":"2026-11-22T14:31:20.000Z","charged":"USD 15.00","code":200,"label":"Table 4","level":"INFO","msg":"verdict","payment":"` + reference + `","reason":"charged less","status":"COMPLETED","took_ms":1,"verdict":"CHECK","was":"WAITING"}`,
	} {
		if got, _ := json.Marshal(entries[i]); string(got) != want {
			t.Errorf("got  %s\nwant %s", got, want)
		}
	}
	if e := entries[4]; e["took_ms"] != 1.5 || e["code"] != 200.0 || e["status"] != "COMPLETED" || e["label"] != "Table 4" || e["from"] != "API" {
		t.Errorf("an answer is %v", e)
	}
}

func TestBook_TroublesOfTheProgramBeginAndEnd(t *testing.T) {
	s := openShelf(t, nil)
	down := watch.Health{Trouble: watch.APIDown, Text: "503", Since: time.Now().Add(-time.Minute)}
	for _, h := range []watch.Health{{}, down, down, {Trouble: watch.NoInternet}, {}, {}} {
		s.Health(h)
	}
	entries := s.entries()
	if got := messages(entries); got != "trouble, trouble over, trouble, trouble over" {
		t.Fatalf("it says %s", got)
	}
	if e := entries[0]; e["level"] != "WARN" || e["trouble"] != "DOLLR API DOWN" || e["text"] != "503" {
		t.Errorf("it begins with %v", e)
	}
	if lasted, _ := entries[1]["lasted_ms"].(float64); lasted < 60_000 {
		t.Errorf("it ends with %v", entries[1])
	}
}

func TestBook_OnlyItsOwnerReadsIt(t *testing.T) {
	s := openShelf(t, nil)
	s.Logger().Info("x")
	s.entries()
	if file, folder := mode(t, s.path), mode(t, filepath.Dir(s.path)); file != 0o600 || folder != 0o700 {
		t.Errorf("the file is %04o, its folder %04o", file, folder)
	}

	// What was there already, and open to others, is not any more. The rest of a line that
	// was cut off stays alone.
	folder := t.TempDir()
	path := filepath.Join(folder, "tillwatch.log")
	for name, m := range map[string]os.FileMode{folder: 0o755, path: 0o644} {
		if name == path {
			if err := os.WriteFile(path, []byte(`{"at":"2026`), m); err != nil {
				t.Fatal(err)
			}
		}
		if err := os.Chmod(name, m); err != nil && name == folder {
			t.Fatal(err)
		}
	}
	s = openShelf(t, func(c *Config) { c.Path, c.Own = path, false })
	s.Logger().Info("x")
	s.Close()
	text, err := os.ReadFile(path)
	if before, after, _ := strings.Cut(string(text), "\n"); err != nil || before != `{"at":"2026` || len(parse(t, strings.NewReader(after))) != 1 {
		t.Errorf("got %q, %v", text, err)
	}
	if file, own := mode(t, path), mode(t, folder); file != 0o600 || own != 0o755 {
		t.Errorf("the file is %04o, and the user's own folder %04o", file, own)
	}
}

func TestBook_TurnsOverAndKeepsFiveOldOnes(t *testing.T) {
	const lines, size = 400, 4000
	r := &rotated{path: filepath.Join(t.TempDir(), "test.log"), most: size}
	for i := range lines {
		var line bytes.Buffer
		slog.New(slog.NewJSONHandler(&line, options(slog.LevelInfo))).Info("line", "number", i, "text", strings.Repeat("x", 100))
		if _, err := r.write(line.Bytes()); err != nil {
			t.Fatal(err)
		}
	}
	r.close()
	// lumberjack tidies up beside us, and says nothing when it is done.
	var old []string
	for deadline := time.Now().Add(10 * time.Second); ; time.Sleep(10 * time.Millisecond) {
		all, err := filepath.Glob(filepath.Join(filepath.Dir(r.path), "test-*"))
		if err != nil {
			t.Fatal(err)
		}
		plain, _ := filepath.Glob(filepath.Join(filepath.Dir(r.path), "test-*.log"))
		if old = all; len(all) == oldMost && len(plain) == 0 {
			break
		}
		if time.Now().After(deadline) {
			t.Fatalf("old files: %v", old)
		}
	}
	for _, path := range append(old, r.path) {
		file, err := os.Open(path)
		if err != nil {
			t.Fatal(err)
		}
		defer file.Close()
		var from io.Reader = file
		if strings.HasSuffix(path, ".gz") {
			if from, err = gzip.NewReader(file); err != nil {
				t.Fatal(err)
			}
		}
		if n := len(parse(t, from)); n == 0 || n > lines/4 {
			t.Errorf("%s has %d lines", path, n)
		}
		if got := mode(t, path); got != 0o600 {
			t.Errorf("%s is %04o", path, got)
		}
	}
}

func TestBook_AFileThatCannotBeWrittenIsSaidOnceAndTriedAgain(t *testing.T) {
	path := filepath.Join(t.TempDir(), "test.log")
	if err := os.Mkdir(path, 0o700); err != nil {
		t.Fatal(err)
	}
	said := make(chan string, 10)
	s := openShelf(t, func(c *Config) { c.Path, c.Trouble = path, func(text string) { said <- text } })
	s.Logger().Info("one\nor two")
	want := "the log " + path + " cannot be written: it is a folder; going on without it"
	if got := <-said; got != want {
		t.Errorf("it said %q, want %q", got, want)
	}
	if err := os.Remove(path); err != nil {
		t.Fatal(err)
	}
	s.Logger().Info("three")
	if entries := s.entries(); messages(entries) != "three, entries lost" || entries[1]["count"] != 1.0 || len(said) != 0 {
		t.Errorf("got %v, and it said %d times more", entries, len(said))
	}
}

// stuck is a disk that takes nothing until it is freed, and then fails as often as it says.
type stuck struct {
	free  chan struct{}
	fails int
	half  bool // of what fails the first half is written
	text  bytes.Buffer
}

func (s *stuck) write(lines []byte) (int, error) {
	<-s.free
	if s.fails--; s.fails >= 0 {
		n := 0
		if s.half {
			n, _ = s.text.Write(lines[:len(lines)/2])
		}
		return n, errors.New("no space left on device")
	}
	return s.text.Write(lines)
}

func (s *stuck) close() {}

func TestQueue_ASlowDiskHoldsNobodyUpAndWhatIsLostIsCounted(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		disk := &stuck{free: make(chan struct{})}
		q := newQueue(disk, 100, lostLines, func(err error) { t.Error(err) })
		q.put([]byte("0123456789\n"))
		synctest.Wait() // the disk has it, and takes no more
		for range 1000 {
			q.put([]byte("0123456789\n"))
		}
		close(disk.free)
		q.end()
		q.put([]byte("too late\n"))
		text := disk.text.String()
		if strings.Count(text, "0123456789\n") != 10 || !strings.HasSuffix(text, `"count":991}`+"\n") {
			t.Errorf("got %s", text)
		}
	})
}

func TestQueue_AFullDiskIsSaidOnceAndEachLineIsKeptOrCounted(t *testing.T) {
	for half, want := range map[bool]string{
		false: "line\nlost\nlost\nlost\n" + strings.Repeat("line\n", 6),
		true:  "li" + "line\nline\n" + "line\nlost\n" + strings.Repeat("line\n", 6), // but for the first, half was a line
	} {
		synctest.Test(t, func(t *testing.T) {
			disk := &stuck{free: make(chan struct{}), fails: 3, half: half}
			close(disk.free)
			said := 0
			q := newQueue(disk, 1000, func(n uint64) []byte { return bytes.Repeat([]byte("lost\n"), int(n)) }, func(error) { said++ })
			for range 10 {
				q.put([]byte("line\n"))
				synctest.Wait()
			}
			q.end()
			if text := disk.text.String(); said != 1 || text != want {
				t.Errorf("half %v: said %d times; got %q, want %q", half, said, text, want)
			}
		})
	}
}

func TestQueue_ADeadDiskDoesNotHoldTheEndUp(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		disk, began := &stuck{free: make(chan struct{})}, time.Now()
		q := newQueue(disk, 1000, lostLines, func(error) {})
		q.put([]byte("line\n"))
		q.end()
		if took := time.Since(began); took != patience {
			t.Errorf("it ends after %v", took)
		}
		close(disk.free)
	})
}

func TestBook_NoneTakesEverything(t *testing.T) {
	var none *Book
	told(none)
	none.Health(watch.Health{Trouble: watch.APIDown})
	none.Logger().Error("x")
	none.Close()
	if n := testing.AllocsPerRun(100, func() { none.Note(watch.Event{Kind: watch.EventAnswer}) }); n != 0 {
		t.Errorf("no log costs %v allocations an event", n)
	}
}

func TestBook_EntriesOfManyAreWhole(t *testing.T) {
	s := openShelf(t, nil)
	var all sync.WaitGroup
	for i := range 8 {
		all.Go(func() {
			for n := range 100 {
				s.Logger().Info("line", "who", i, "n", n)
				s.Tell(watch.Snapshot{At: time.Now(), Known: watch.Known{Payment: watch.Payment{SourceType: "ORDER", SourceID: int64(1 + i*100 + n)}}})
			}
		})
	}
	all.Wait()
	if n := len(s.entries()); n != 1600 {
		t.Errorf("%d entries, want 1600", n)
	}
}

// broken is a sink with a bug.
type broken struct{ stuck }

func (*broken) write([]byte) (int, error) { panic("of 231883456789") }

func TestQueue_APanicOfItsWriterIsSaidOnceAndHoldsNobodyUp(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		var said []string
		q := newQueue(&broken{}, 1000, lostLines, func(err error) { said = append(said, err.Error()) })
		for range 10 {
			q.put([]byte("line\n"))
			synctest.Wait()
		}
		q.end()
		if len(said) != 1 || said[0] != "this program failed (a bug)" || len(q.waiting) != 0 {
			t.Errorf("it said %q, and %d bytes wait", said, len(q.waiting))
		}
	})
}

// Somebody has put a link where the log is to be, for instance to a file that others may read.
func TestBook_ALogThatIsALinkIsRefusedAndItsTargetStaysAsItIs(t *testing.T) {
	folder := t.TempDir()
	target, path := filepath.Join(folder, "page.html"), filepath.Join(folder, "till.log")
	if err := errors.Join(os.WriteFile(target, []byte("<p>"), 0o644), os.Chmod(target, 0o644), os.Symlink(target, path)); err != nil {
		t.Fatal(err)
	}
	said := make(chan string, 10)
	s := openShelf(t, func(c *Config) { c.Path, c.Trouble = path, func(text string) { said <- text } })
	s.Logger().Info("a payment")
	if got, want := <-said, "the log "+path+" cannot be written: it is a symbolic link: name the file itself; going on without it"; got != want {
		t.Errorf("it said %q, want %q", got, want)
	}
	s.Close()
	if text, err := os.ReadFile(target); err != nil || string(text) != "<p>" || mode(t, target) != 0o644 {
		t.Errorf("the other file has %04o and %q, %v", mode(t, target), text, err)
	}
	if _, err := OpenDump(path, map[string]string{}, nil); err == nil || !strings.Contains(err.Error(), "it is a symbolic link") {
		t.Errorf("a dump: %v", err)
	}
}

// Somebody has named another file by mistake.
func TestBook_AFileThatIsNoLogStaysAsItIs(t *testing.T) {
	path := filepath.Join(t.TempDir(), "books.csv")
	if err := errors.Join(os.WriteFile(path, []byte("a;b\n"), 0o600), os.Chmod(path, 0o644)); err != nil {
		t.Fatal(err)
	}
	said := make(chan string, 10)
	s := openShelf(t, func(c *Config) { c.Path, c.Trouble = path, func(text string) { said <- text } })
	s.Logger().Info("a payment")
	if got, want := <-said, "the log "+path+" cannot be written: it is there already and no log: give another name, or remove it; going on without it"; got != want {
		t.Errorf("it said %q, want %q", got, want)
	}
	s.Close()
	if text, err := os.ReadFile(path); err != nil || string(text) != "a;b\n" || mode(t, path) != 0o644 {
		t.Errorf("the file has %04o and %q, %v", mode(t, path), text, err)
	}
}

package intake

import (
	"context"
	"errors"
	"io"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"go.uber.org/goleak"

	"tillwatch/watch"
)

func TestMain(m *testing.M) { goleak.VerifyTestMain(m) }

// till is a file that a merchant's software writes while we follow it. Each look is one
// tick, so no test waits.
type till struct {
	*follower
	desk
	t    *testing.T
	time time.Time // as the follower sees it
}

func newTill(t *testing.T) *till {
	tl := &till{t: t}
	tl.follower = newFollower(filepath.Join(t.TempDir(), "payments.jsonl"), false, tl.desk.handle, tl.desk.report)
	tl.follower.now = func() time.Time { return tl.time }
	tl.time = time.Now()
	t.Cleanup(tl.follower.close)
	return tl
}

func (tl *till) write(text string) *till {
	tl.t.Helper()
	file, err := os.OpenFile(tl.path, os.O_APPEND|os.O_CREATE|os.O_WRONLY, 0o600)
	if err != nil {
		tl.t.Fatal(err)
	}
	if _, err := file.WriteString(text); err != nil {
		tl.t.Fatal(err)
	}
	if err := file.Close(); err != nil {
		tl.t.Fatal(err)
	}
	return tl
}

// rewrite puts other text into the same file, as `cat > payments.jsonl` does.
func (tl *till) rewrite(text string) *till {
	tl.t.Helper()
	return tl.rewriteAfter(time.Second, text) // a clock that ticks seldom must not hide it
}

// rewriteAfter does so and sets the file's time to so long after the one it had.
func (tl *till) rewriteAfter(d time.Duration, text string) *till {
	tl.t.Helper()
	before, err := os.Stat(tl.path)
	if err != nil {
		tl.t.Fatal(err)
	}
	if err := os.Truncate(tl.path, 0); err != nil {
		tl.t.Fatal(err)
	}
	tl.write(text)
	if err := os.Chtimes(tl.path, time.Time{}, before.ModTime().Add(d)); err != nil {
		tl.t.Fatal(err)
	}
	return tl
}

// replace puts another file in its place, as an editor or a log rotation does.
func (tl *till) replace(text string) *till {
	tl.t.Helper()
	other := tl.path + ".new"
	if err := os.WriteFile(other, []byte(text), 0o600); err != nil {
		tl.t.Fatal(err)
	}
	if err := os.Rename(other, tl.path); err != nil {
		tl.t.Fatal(err)
	}
	return tl
}

// passes lets time pass.
func (tl *till) passes(d time.Duration) *till {
	tl.time = tl.time.Add(d)
	return tl
}

// sees looks once and wants these payments to be new, and so many problems in all.
func (tl *till) sees(bad int, ids ...string) *till {
	tl.t.Helper()
	tl.ids = nil
	if err := tl.look(context.Background()); err != nil {
		tl.t.Fatal(err)
	}
	if strings.Join(tl.ids, " ") != strings.Join(ids, " ") || len(tl.bad) != bad {
		tl.t.Errorf("saw %v, want %v; reported %v, want %d", tl.ids, ids, tl.bad, bad)
	}
	return tl
}

func TestFollow_ReadsAFileAsItGrows(t *testing.T) {
	tl := newTill(t)
	tl.write(order(1)+"\n").sees(0, "ORDER:1").sees(0)
	tl.write(order(2)+"\n{bad\n"+order(3)[:9]).sees(1, "ORDER:2").sees(1)
	tl.write(order(3)[9:]+"\n").sees(1, "ORDER:3")
	tl.write("{bad\n").sees(2)
	if last := tl.bad[1]; last.Line != 5 || last.Source != tl.path {
		t.Errorf("reported %v", last)
	}
}

func TestFollow_TakesAnObjectWithoutNewlineOnceTheWriterRests(t *testing.T) {
	tl := newTill(t)
	tl.write(order(1)).sees(0).sees(0, "ORDER:1").sees(0)
	tl.write("\n"+order(2)+"\n").sees(0, "ORDER:2")
}

func TestFollow_LeavesAnUnfinishedRowOfCSV(t *testing.T) {
	tl := newTill(t)
	tl.write("source_type,source_id\nORDER,1").sees(0).sees(0)
	tl.write("01\n").sees(0, "ORDER:101")
}

func TestFollow_WaitsForAFileThatIsNotThereYet(t *testing.T) {
	tl := newTill(t).sees(0).sees(0)
	if want := tl.path + ": there is no such file; waiting for it"; len(tl.notes) != 1 || tl.notes[0].String() != want {
		t.Errorf("said %v, want %s once", tl.notes, want)
	}
	tl.write(order(1)+"\n").sees(0, "ORDER:1")
}

func TestFollow_ReadsTheOldFileToItsEndBeforeTheNewOne(t *testing.T) {
	tl := newTill(t)
	tl.write(order(1)+"\n").sees(0, "ORDER:1")
	tl.write(order(2) + "\nORDER") // not seen before the file is replaced
	tl.replace("source_type,source_id\nINVOICE,3\n").sees(0, "ORDER:2", "INVOICE:3")
	tl.write("INVOICE,4\n").passes(29*time.Second).sees(0, "INVOICE:4")
	tl.passes(time.Second).sees(1)
	if tl.bad[0].Line != 3 {
		t.Errorf("reported %v, want the old file's line 3", tl.bad[0])
	}
}

func TestFollow_KeepsToAFileThatLostItsName(t *testing.T) {
	tl := newTill(t)
	tl.write(order(1)+"\n").sees(0, "ORDER:1")
	moved := tl.path + ".1"
	if err := os.Rename(tl.path, moved); err != nil {
		t.Fatal(err)
	}
	late := &till{t: t, follower: &follower{path: moved}}
	late.write(order(2) + "\n") // its writer has it open still
	tl.sees(0, "ORDER:2")
	tl.write(order(3)+"\n").sees(0, "ORDER:3")
}

func TestFollow_BeginsAgainWhenTheFileIsShortened(t *testing.T) {
	tl := newTill(t)
	tl.write(order(1)+"\n"+order(2)+"\n").sees(0, "ORDER:1", "ORDER:2")
	tl.rewrite(order(3)+"\n").sees(0, "ORDER:3")
}

func TestFollow_BeginsAgainWhenARewrittenFileHasOutgrownTheOld(t *testing.T) {
	tl := newTill(t)
	tl.write(order(1)+"\n").sees(0, "ORDER:1")
	tl.rewrite(order(5)+"\n"+order(6)+"\n").sees(0, "ORDER:5", "ORDER:6")
	tl.rewrite(order(7)+"\n"+order(8)+"\n").sees(0, "ORDER:7", "ORDER:8") // of the same length
}

func TestFollow_SeesARewritingBetweenTwoTicksOfTheFileSystemsClock(t *testing.T) {
	tl := newTill(t)
	tl.write(order(1)+"\n"+order(2)+"\n").sees(0, "ORDER:1", "ORDER:2")
	tl.rewriteAfter(0, order(3)+"\n").sees(0, "ORDER:3")
	tl.rewriteAfter(0, order(4)+"\n"+order(5)+"\n").sees(0, "ORDER:4", "ORDER:5")
}

func TestFollow_SaysThatAnUnfinishedLineWasOverwritten(t *testing.T) {
	tl := newTill(t)
	tl.write(order(1)+"\n"+order(2)[:12]).sees(0, "ORDER:1")
	tl.rewrite(order(3)+"\n").sees(1, "ORDER:3")
	if p := tl.bad[0]; p.Line != 2 || !strings.Contains(p.Reason, "rewritten") {
		t.Errorf("reported %v", p)
	}
}

func TestFollow_OnceReadsToTheEndAndReturns(t *testing.T) {
	tl := newTill(t)
	tl.write("source_type,source_id\nORDER,1\nx,2\nORDER,3")
	var d desk
	if err := Follow(context.Background(), tl.path, d.handle, d.report, Options{Once: true}); err != nil {
		t.Fatal(err)
	}
	if strings.Join(d.ids, " ") != "ORDER:1 ORDER:3" || len(d.bad) != 1 {
		t.Errorf("took %v, reported %v", d.ids, d.bad)
	}
	err := Follow(context.Background(), tl.path+"x", d.handle, d.report, Options{Once: true})
	if err == nil || err.Error() != "reading payments: there is no such file" {
		t.Errorf("a file that is not there: %v", err)
	}
	if err := Follow(context.Background(), filepath.Dir(tl.path), d.handle, d.report, Options{}); err == nil {
		t.Error("a folder was read")
	}
}

func TestFollow_LooksAtEachTickUntilItsContextEnds(t *testing.T) {
	tl := newTill(t).write(order(1) + "\n")
	ctx, cancel := context.WithCancel(context.Background())
	tick, came, ended := make(chan time.Time), make(chan watch.ID), make(chan error)
	go func() {
		ended <- Follow(ctx, tl.path, func(k watch.Known, _ bool) error { came <- k.ID(); return nil }, tl.desk.report, Options{Tick: tick})
	}()
	if id := <-came; id != "ORDER:1" {
		t.Errorf("took %s first", id)
	}
	tl.write(order(2) + "\n{unfinished")
	tick <- time.Time{}
	if id := <-came; id != "ORDER:2" {
		t.Errorf("took %s at the tick", id)
	}
	tick <- time.Time{} // taken once the look before is over
	cancel()
	if err := <-ended; err != nil {
		t.Error(err)
	}
	if len(tl.bad) != 1 || tl.bad[0].Line != 3 || tl.bad[0].Reason != stopped {
		t.Errorf("reported %v, want the line that was not finished", tl.bad)
	}
}

func TestFollow_StandardInputIsReadToItsEnd(t *testing.T) {
	for name, in := range map[string]io.Reader{
		"a reader":          strings.NewReader(order(1) + "\n{bad\n" + order(2)),
		"a slow reader":     io.MultiReader(strings.NewReader(order(1)+"\n{b"), strings.NewReader("ad\n"), strings.NewReader(order(2))),
		"a redirected file": openFile(t, order(1)+"\n{bad\n"+order(2)),
	} {
		var d desk
		if err := Follow(context.Background(), "-", d.handle, d.report, Options{Stdin: in}); err != nil {
			t.Errorf("%s: %v", name, err)
		}
		if strings.Join(d.ids, " ") != "ORDER:1 ORDER:2" || len(d.bad) != 1 || d.bad[0].Source != "standard input" {
			t.Errorf("%s: took %v, reported %v", name, d.ids, d.bad)
		}
	}
	var d desk
	broken := io.MultiReader(strings.NewReader(order(1)), iotestErr{})
	err := Follow(context.Background(), "-", d.handle, d.report, Options{Stdin: broken})
	if err == nil || !strings.Contains(err.Error(), "the cable is out") || len(d.ids) != 1 {
		t.Errorf("a broken reader: %v, took %v", err, d.ids)
	}
}

type iotestErr struct{}

func (iotestErr) Read([]byte) (int, error) { return 0, errors.New("the cable is out") }

func openFile(t *testing.T, text string) *os.File {
	t.Helper()
	path := filepath.Join(t.TempDir(), "in")
	if err := os.WriteFile(path, []byte(text), 0o600); err != nil {
		t.Fatal(err)
	}
	file, err := os.Open(path)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = file.Close() })
	return file
}

func TestFollow_AWaitingReadEndsWithTheContext(t *testing.T) {
	reader, writer, err := os.Pipe()
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _, _ = reader.Close(), writer.Close() }()
	ctx, cancel := context.WithCancel(context.Background())
	came, ended := make(chan watch.ID), make(chan error)
	var d desk
	go func() {
		ended <- Follow(ctx, "-", func(k watch.Known, _ bool) error { came <- k.ID(); return nil }, d.report, Options{Stdin: reader})
	}()
	if _, err := writer.WriteString(order(1) + "\n" + order(2)); err != nil {
		t.Fatal(err)
	}
	<-came
	cancel() // while the pipe is open and silent
	if err := <-ended; err != nil {
		t.Error(err)
	}
	if len(d.bad) != 1 || d.bad[0].Line != 2 || d.bad[0].Reason != stopped {
		t.Errorf("reported %v, want the line that was not finished", d.bad)
	}
}

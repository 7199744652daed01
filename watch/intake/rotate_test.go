package intake

import (
	"context"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"tillwatch/watch"
)

// writer has the file open, as software does that writes on and on.
func (tl *till) writer() *os.File {
	tl.t.Helper()
	file, err := os.OpenFile(tl.path, os.O_APPEND|os.O_CREATE|os.O_WRONLY, 0o600)
	if err != nil {
		tl.t.Fatal(err)
	}
	tl.t.Cleanup(func() { _ = file.Close() })
	return file
}

func (tl *till) must(err error) {
	tl.t.Helper()
	if err != nil {
		tl.t.Fatal(err)
	}
}

func (tl *till) says(file *os.File, text string) *till {
	tl.t.Helper()
	_, err := file.WriteString(text)
	tl.must(err)
	return tl
}

// ends stops the following, as the end of the program does.
func (tl *till) ends(reasons ...string) {
	tl.t.Helper()
	tl.bad = nil
	tl.stop()
	var got []string
	for _, p := range tl.bad {
		got = append(got, p.Reason)
	}
	if strings.Join(got, "; ") != strings.Join(reasons, "; ") {
		tl.t.Errorf("at the end it says %q, want %q", got, reasons)
	}
}

func TestFollow_ReadsOnInAFileThatWasRotatedAway(t *testing.T) {
	tl := newTill(t)
	old := tl.writer()
	tl.says(old, order(1)+"\n").sees(0, "ORDER:1")
	tl.must(os.Rename(tl.path, tl.path+".1"))
	tl.write(order(2)+"\n").says(old, order(3)+"\n").sees(0, "ORDER:3", "ORDER:2")
	tl.says(old, order(4)+"\n").passes(29*time.Second).sees(0, "ORDER:4")
	tl.write(order(5)+"\n").says(old, order(6)[:10]).passes(29*time.Second).sees(0, "ORDER:5") // it wrote lately, so it is not over
	tl.says(old, order(6)[10:]+"\n").passes(29*time.Second).sees(0, "ORDER:6")
	if len(tl.notes) != 0 {
		t.Errorf("said %v", tl.notes)
	}
	tl.passes(30 * time.Second).sees(0)
	if len(tl.notes) != 1 || !strings.Contains(tl.notes[0].String(), "what is still written to the one before is not read any more") {
		t.Errorf("said %v", tl.notes)
	}
	tl.says(old, order(7)+"\n").sees(0)
	// The next time it is known already.
	tl.replace(order(8)+"\n").sees(0, "ORDER:8").passes(30 * time.Second).sees(0)
	if len(tl.notes) != 1 || len(tl.olds) != 0 {
		t.Errorf("said %v, holds %d", tl.notes, len(tl.olds))
	}
	tl.ends()
}

func TestFollow_ALineMayEndAfterTheRotation(t *testing.T) {
	tl := newTill(t)
	old := tl.writer()
	tl.says(old, "source_type,source_id\nORDER,1").sees(0)
	tl.must(os.Rename(tl.path, tl.path+".1"))
	tl.write("source_type,source_id\nORDER,2\n").sees(0, "ORDER:2")
	tl.says(old, "01\nORDER,3").sees(0, "ORDER:101")
	tl.passes(30*time.Second).sees(0, "ORDER:3") // it never ended, and its writer is gone
}

func TestFollow_SaysWhichLinesOfAnOldFileHadNotEnded(t *testing.T) {
	tl := newTill(t)
	old := tl.writer()
	tl.says(old, "source_type,source_id\nORDER,1").sees(0)
	tl.must(os.Rename(tl.path, tl.path+".1"))
	tl.write(`{"x`).sees(0)
	tl.ends(stopped, stopped)
}

func TestFollow_SaysOncePerNameWhatIsNotKnown(t *testing.T) {
	tl := newTill(t)
	line := func(n int) string {
		return strings.Replace(order(n), "{", `{"price":1,"label":"Caf`+"\xe9"+`",`, 1) + "\n"
	}
	tl.write(line(1)).sees(0, "ORDER:1")
	tl.rewrite(line(2)).sees(0, "ORDER:2").replace(line(3)).sees(0, "ORDER:3")
	if len(tl.notes) != 3 { // the third is of the rewriting
		t.Errorf("said %v", tl.notes)
	}
}

func TestFollow_HoldsNoMoreThanAFewOldFiles(t *testing.T) {
	tl := newTill(t)
	tl.write(order(1)+"\n").sees(0, "ORDER:1")
	for n := 2; n < 30; n++ {
		tl.write("ORDER").replace(order(n)+"\n").sees(max(0, n-2-oldMost), fmt.Sprint("ORDER:", n))
		if len(tl.olds) > oldMost+1 {
			t.Fatalf("it holds %d files", len(tl.olds))
		}
	}
}

func TestFollow_ReadsAFileThatIsEmptiedAndCopied(t *testing.T) {
	tl := newTill(t)
	file, err := os.Create(tl.path) // without O_APPEND: after the emptying it writes behind a hole
	tl.must(err)
	defer file.Close()
	tl.says(file, order(1)+"\n"+order(2)+"\n").sees(0, "ORDER:1", "ORDER:2")
	tl.must(os.Truncate(tl.path, 0))
	tl.sees(0).says(file, order(3)+"\n").sees(0, "ORDER:3")
	tl.must(os.Truncate(tl.path, 0))
	tl.says(file, order(4)+"\n").sees(0, "ORDER:4") // it has outgrown the place in between
	if len(tl.notes) != 2 || tl.notes[0].String() != tl.path+": the file was shortened or rewritten, and is read from its start again; what was written in the moment before may not have been read" {
		t.Errorf("said %v", tl.notes)
	}
	tl.ends()
}

func TestFollow_GoesOnWithAFileThatComesBack(t *testing.T) {
	tl := newTill(t)
	tl.write(order(1)+"\n").sees(0, "ORDER:1")
	tl.must(os.Rename(tl.path, tl.path+".away"))
	tl.sees(0)
	tl.must(os.Rename(tl.path+".away", tl.path))
	tl.write(order(2)+"\n").sees(0, "ORDER:2")
	tl.must(os.Remove(tl.path))
	tl.sees(0).write(order(3)+"\n").sees(0, "ORDER:3")
	tl.must(os.Remove(tl.path))
	tl.write(order(4)+"\n").sees(0, "ORDER:4") // of the same size, at once
	tl.must(os.Remove(tl.path))
	tl.must(os.Mkdir(tl.path, 0o700))
	tl.sees(0).sees(0)
	if last := tl.notes[len(tl.notes)-1]; last.Reason != "this is no plain file any more; waiting for it" || len(tl.notes) != 1 {
		t.Errorf("said %v", tl.notes)
	}
	tl.must(os.Remove(tl.path))
	tl.write(order(5)+"\n").sees(0, "ORDER:5")
	tl.ends()
}

func TestFollow_ALinkMayPointElsewhere(t *testing.T) {
	tl := newTill(t)
	dir := filepath.Dir(tl.path)
	to := func(name string) *till {
		tl.t.Helper()
		tl.must(os.Symlink(filepath.Join(dir, name), tl.path+".link"))
		tl.must(os.Rename(tl.path+".link", tl.path))
		return tl
	}
	monday, tuesday := filepath.Join(dir, "monday"), filepath.Join(dir, "tuesday")
	tl.must(os.WriteFile(monday, []byte(order(1)+"\n"), 0o600))
	tl.must(os.WriteFile(tuesday, []byte(order(2)+"\n"), 0o600))
	to("monday").sees(0, "ORDER:1")
	to("tuesday").sees(0, "ORDER:2")
	to("monday").sees(0).write(order(3)+"\n").sees(0, "ORDER:3") // it goes on where it was
	to("tuesday").sees(0).write(order(4)+"\n").sees(0, "ORDER:4")
	to("wednesday").sees(0)
	tl.must(os.WriteFile(filepath.Join(dir, "wednesday"), []byte(order(5)+"\n"), 0o600))
	tl.sees(0, "ORDER:5")
}

// An editor writes the whole file anew: one letter was mended, far above, and the length is
// what it was.
func TestFollow_SeesALineThatWasMendedInTheMiddle(t *testing.T) {
	for name, more := range map[string]string{"alone": "", "and the file grew": order(30) + "\n"} {
		t.Run(name, func(t *testing.T) {
			tl := newTill(t)
			text, ids := "", []string{}
			for n := 10; n < 20; n++ {
				text += order(n) + "\n"
				ids = append(ids, fmt.Sprint("ORDER:", n))
			}
			bad := strings.Replace(text, order(10), strings.ToUpper(order(10)[:2])+"?"+order(10)[3:], 1)
			tl.write(bad).sees(1, ids[1:]...)
			tl.rewrite(text + more)
			var added []string
			if more != "" {
				added = []string{"ORDER:30"}
			}
			tl.passes(compareEvery-time.Millisecond).sees(1, added...)
			tl.passes(time.Millisecond).sees(1, append(ids, added...)...)
			tl.passes(time.Hour).sees(1).passes(time.Hour).sees(1)
			if len(tl.notes) != 2 || !strings.Contains(tl.notes[1].Reason, "rewritten") { // the first is of the name with a slip
				t.Errorf("said %v", tl.notes)
			}
		})
	}
}

// What was read is compared with the file once after a change, and not while nothing changes.
func TestFollow_ComparesNoMoreThanItHasTo(t *testing.T) {
	tl := newTill(t)
	tl.write(order(1)+"\n").sees(0, "ORDER:1")
	if !tl.file.doubted {
		t.Fatal("a file that was just written is not doubted")
	}
	tl.passes(compareEvery).sees(0)
	if !tl.file.doubted {
		t.Error("it may be changed within a tick of its clock, and is not doubted any more")
	}
	tl.passes(oneTick + compareEvery).sees(0)
	if tl.file.doubted {
		t.Error("it is doubted though nothing has changed")
	}
	before := tl.file.compare
	tl.passes(compareAnyway).sees(0)
	if tl.file.compare != before {
		t.Error("it was compared again though nothing has changed")
	}
	tl.passes(compareEvery).sees(0)
	if !tl.file.compare.After(before) || tl.file.doubted {
		t.Error("it was not compared for more than a minute")
	}
	before = tl.file.compare
	tl.write(order(2)+"\n").passes(compareEvery).sees(0, "ORDER:2")
	if !tl.file.compare.After(before) {
		t.Error("it was changed, and not compared")
	}
}

// Some tools set a file's time to what it was.
func TestFollow_SeesALineThatWasMendedInSecret(t *testing.T) {
	tl := newTill(t)
	text := order(1) + "\n" + strings.Repeat(order(2)+"\n", 20)
	tl.write(text).passes(time.Hour)
	tl.must(tl.look(context.Background()))
	tl.passes(time.Hour).sees(0)
	tl.rewriteAfter(0, strings.Replace(text, order(1), order(3), 1)).passes(compareAnyway+compareEvery).sees(0, append([]string{"ORDER:3"}, slices.Repeat([]string{"ORDER:2"}, 20)...)...)
}

// A large file grows while it is compared with what was read of it.
func TestFollow_ComparesOnlyWhatItHasRead(t *testing.T) {
	tl := newTill(t)
	line := strings.Replace(order(1), "{", `{"label":"`+strings.Repeat("x", 60<<10)+`",`, 1) + "\n"
	tl.write(strings.Repeat(line, 7)).sees(0, slices.Repeat([]string{"ORDER:1"}, 7)...)
	tl.write(order(2)+"\n").passes(compareEvery).sees(0, "ORDER:2")
	if len(tl.notes) != 0 || !tl.file.compare.After(tl.time) {
		t.Errorf("said %v, compares again at %v", tl.notes, tl.file.compare)
	}
}

// A comparison that takes long has its share of the time and no more.
func TestFollow_ComparesALargeFileSeldom(t *testing.T) {
	tl := newTill(t)
	tl.write(order(1)+"\n").sees(0, "ORDER:1")
	tl.passes(compareEvery)
	tl.follower.now = func() time.Time {
		tl.time = tl.time.Add(100 * time.Millisecond) // for each look at the clock
		return tl.time
	}
	tl.sees(0)
	if wait := tl.file.compare.Sub(tl.time); wait < 9*time.Second || wait > 11*time.Second {
		t.Errorf("after 100 ms it compares again after %v", wait)
	}
}

func TestFollow_ALineWithoutEndCostsNoMemory(t *testing.T) {
	tl := newTill(t)
	tl.write(order(1)+"\n").sees(0, "ORDER:1")
	for n := range 8 {
		tl.write(strings.Repeat("x", lineMax/4)).sees(n / 4)
		if n >= 4 && cap(tl.file.decoder.line) != 0 {
			t.Errorf("it keeps %d bytes", cap(tl.file.decoder.line))
		}
	}
	tl.write("\n"+order(2)+"\n").sees(1, "ORDER:2")
	tl.ends()
}

func TestFollow_SaysAtItsEndThatNoPaymentCame(t *testing.T) {
	for name, c := range map[string]struct {
		texts []string // files one after another
		want  string
	}{
		"an empty one":         {[]string{""}, ""},
		"a header":             {[]string{"reference_id,label\n"}, "there is a header, and no payment below it"},
		"a header, then a day": {[]string{"reference_id,label\n", order(1) + "\n"}, ""},
		"a day, then a header": {[]string{order(1) + "\n", "reference_id,label\n"}, ""},
		"a web page":           {[]string{"<html>\n"}, ""}, // it was said at once
	} {
		t.Run(name, func(t *testing.T) {
			tl := newTill(t)
			for _, text := range c.texts {
				tl.replace(text)
				tl.must(tl.look(context.Background()))
			}
			if c.want == "" {
				tl.ends()
				return
			}
			tl.ends(c.want)
		})
		var d desk
		path := filepath.Join(t.TempDir(), "x")
		if err := os.WriteFile(path, []byte(c.texts[len(c.texts)-1]), 0o600); err != nil {
			t.Fatal(err)
		}
		if err := Follow(context.Background(), path, d.handle, d.report, Options{Once: true}); err != nil {
			t.Fatal(err)
		}
		if wants := !strings.Contains(name, "empty") && !strings.HasSuffix(name, "day"); (len(d.bad) == 1) != wants {
			t.Errorf("%s, read once: %v", name, d.bad)
		}
		var stdin desk
		if err := Follow(context.Background(), "-", stdin.handle, stdin.report, Options{Stdin: strings.NewReader(c.texts[len(c.texts)-1])}); err != nil || len(stdin.bad) != len(d.bad) {
			t.Errorf("%s, of a stream: %v, %v", name, stdin.bad, err)
		}
	}
}

// Half a row is not taken for a whole one because the time is over.
func TestFollow_OnceStoppedInTheMiddleTakesNoHalfLine(t *testing.T) {
	tl := newTill(t)
	tl.write("source_type,source_id\nORDER,1\n" + strings.Repeat("ORDER,2\n", 10_000) + "ORDER,3")
	ctx, cancel := context.WithCancel(context.Background())
	var d desk
	err := Follow(ctx, tl.path, func(k watch.Known, export bool) error {
		cancel()
		return d.handle(k, export)
	}, d.report, Options{Once: true})
	if err != nil || len(d.ids) == 0 || len(d.ids) > 5000 || len(d.bad) == 0 || d.bad[len(d.bad)-1].Reason != "reading stopped before its end" {
		t.Errorf("%v, took %d, said %v", err, len(d.ids), d.bad)
	}
}

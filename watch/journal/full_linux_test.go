package journal

import (
	"errors"
	"io"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"syscall"
	"testing"

	"tillwatch/watch"
)

// smallDisk names a folder on a disk of a few megabytes, see docs/journal.md.
const smallDisk = "TILLWATCH_TEST_SMALL_DISK"

// fillUp fills a disk to its last byte, and returns what it did that with.
func fillUp(t *testing.T, folder string) string {
	t.Helper()
	name := filepath.Join(folder, "filler")
	file, err := os.OpenFile(name, os.O_CREATE|os.O_WRONLY|os.O_APPEND, 0o600)
	if err != nil {
		t.Fatal(err)
	}
	defer file.Close()
	for size := 64 << 10; size > 0; {
		if _, err := file.Write(make([]byte, size)); err != nil {
			size /= 2
		}
	}
	_ = file.Sync()
	return name
}

func TestFull_DiskIsCalledFullAndTheJournalComesBack(t *testing.T) {
	folder := os.Getenv(smallDisk)
	if folder == "" {
		onASmallDisk(t)
		return
	}
	folder, err := os.MkdirTemp(folder, "till-")
	if err != nil {
		t.Fatal(err)
	}
	old := filepath.Join(folder, "old.db")
	many(t, old, 1)
	s := begin(t, filepath.Join(folder, "test.db"))
	s.keep(payment(1))
	filler := fillUp(t, folder)
	trouble := ""
	for n := 2; trouble == "" && n < 5000; n++ {
		s.Note(watch.Event{ID: payment(1).ID(), At: day, Kind: watch.EventAnswer, Raw: strings.Repeat("x", 1000) + reference(n)})
		s.keep(payment(n))
		trouble, _ = s.Trouble()
	}
	if trouble != "the disk is full" {
		t.Errorf("it says %q", trouble)
	}
	for range 20 { // it is tried again, and is full still
		s.flush()
		if trouble, _ = s.Trouble(); trouble != "the disk is full" && trouble != "" {
			t.Errorf("it says %q", trouble)
		}
	}
	for _, name := range []string{old, filepath.Join(folder, "new", "test.db")} {
		other := begin(t, name)
		other.keep(payment(1))
		if trouble, _ := other.Trouble(); trouble != "the disk is full" {
			t.Errorf("%s says %q", name, trouble)
		}
		_ = other.Close()
	}
	if err := os.Remove(filler); err != nil {
		t.Fatal(err)
	}
	s.until("the return", s.heardOf("is written again"))
	s.shut()
	_ = os.RemoveAll(folder)
}

// onASmallDisk runs the test in a name space of its own, where everybody may mount a disk. A
// machine that forbids it has the stand-in below.
func onASmallDisk(t *testing.T) {
	c := exec.CommandContext(t.Context(), os.Args[0], "-test.run=^"+t.Name()+"$", "-test.count=1")
	folder := t.TempDir()
	c.Env = append(os.Environ(), smallDisk+"="+folder)
	c.SysProcAttr = &syscall.SysProcAttr{
		Cloneflags:  syscall.CLONE_NEWUSER | syscall.CLONE_NEWNS,
		UidMappings: []syscall.SysProcIDMap{{ContainerID: 0, HostID: os.Getuid(), Size: 1}},
		GidMappings: []syscall.SysProcIDMap{{ContainerID: 0, HostID: os.Getgid(), Size: 1}},
	}
	c.Path, c.Args = "/bin/sh", []string{"sh", "-c", `mount -t tmpfs -o size=3m tmpfs "$0" || exit 77; exec "$@"`, folder, os.Args[0], "-test.run=^" + t.Name() + "$", "-test.count=1"}
	out, err := c.CombinedOutput()
	var exit *exec.ExitError
	switch {
	case err == nil:
	case errors.As(err, &exit) && exit.ExitCode() == 77, errors.Is(err, syscall.EPERM), errors.Is(err, syscall.EINVAL), errors.Is(err, syscall.ENOSPC):
		t.Logf("no small disk can be had here: %v %s", err, out)
	default:
		t.Errorf("on a small disk: %v\n%s", err, out)
	}
}

// SQLite has other words for a disk that is full when its log is made, or at a sync.
func TestFull_DiskThatSQLiteCallsBrokenIsCalledFull(t *testing.T) {
	for _, c := range []struct {
		why  error
		want string
	}{
		{&os.PathError{Op: "sync", Path: "x", Err: syscall.ENOSPC}, "the disk is full"},
		{&os.PathError{Op: "write", Path: "x", Err: syscall.EDQUOT}, "the disk is full"},
		{nil, "it cannot be opened"},
		{io.ErrUnexpectedEOF, "it cannot be opened"},
	} {
		s, why := prepare(t, path(t)), unopened(t)
		s.config.test.room = func(string) error { return c.why }
		s.config.test.before = func(b *batch) error { return why }
		s.open()
		s.keep(payment(1))
		s.until("the word", s.heardOf(": "+c.want))
		_ = s.Close()
	}
}

// unopened is SQLite's error of a file that cannot be made.
func unopened(t *testing.T) error {
	_, err := begin(t, "").store.conn.ExecContext(t.Context(), "ATTACH '/nowhere/at/all' AS m")
	return err
}

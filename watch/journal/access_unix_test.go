//go:build unix

package journal

import (
	"errors"
	"io/fs"
	"os"
	"path/filepath"
	"strings"
	"syscall"
	"testing"
)

func TestOpen_RefusesAJournalThatOthersCouldChange(t *testing.T) {
	for name, c := range map[string]struct {
		do   func(file string) error
		want string
	}{
		"an open folder":       {func(file string) error { return os.Chmod(filepath.Dir(file), 0o777) }, "anybody may rename and remove files"},
		"a log that is a link": {func(file string) error { return os.Symlink("/etc/passwd", file+"-wal") }, "-wal is no usual file"},
		"a log that is a pipe": {func(file string) error { return syscall.Mkfifo(file+"-wal", 0o600) }, "-wal is no usual file"},
		"a lock that is a pipe": {func(file string) error {
			return errors.Join(os.Remove(lockName(file)), syscall.Mkfifo(lockName(file), 0o600))
		}, ".lock is no usual file"},
		"an index that is a folder": {func(file string) error { return os.Mkdir(file+"-shm", 0o700) }, "-shm is no usual file"},
	} {
		file := path(t)
		many(t, file, 1)
		if err := c.do(file); err != nil {
			t.Fatal(err)
		}
		var access *AccessError
		_, err := Open(prepare(t, file).config)
		if !errors.As(err, &access) || !strings.Contains(err.Error(), c.want) || strings.Contains(err.Error(), "\n") {
			t.Errorf("%s: %v", name, err)
		}
		if err := Safe(file); !errors.As(err, &access) {
			t.Errorf("%s: the doctor says %v", name, err)
		}
		if r, err := Read(file); err == nil { // it never hangs
			r.Close()
		}
	}
}

func TestOpen_TakesAFolderLikeTmp(t *testing.T) {
	file := path(t)
	many(t, file, 1)
	if err := os.Chmod(filepath.Dir(file), 0o777|fs.ModeSticky); err != nil {
		t.Fatal(err)
	}
	if got := begin(t, file).load(day); len(got) != 1 {
		t.Errorf("it has %v", got)
	}
}

// theirs is a file of another user.
type theirs struct{ fs.FileInfo }

func (theirs) Sys() any { return &syscall.Stat_t{Uid: uint32(os.Geteuid()) + 1} }

func TestOpen_KnowsAFileOfAnotherUser(t *testing.T) {
	info, err := os.Stat(t.TempDir())
	if err != nil {
		t.Fatal(err)
	}
	if another(info) || !another(theirs{info}) {
		t.Error("whose file it is is not known")
	}
	if os.Geteuid() != 0 {
		return // only the administrator can give files away
	}
	for _, end := range []string{"", "-wal", ".lock"} {
		file := path(t)
		many(t, file, 1)
		if f, err := os.OpenFile(file+end, os.O_CREATE, 0o600); err == nil {
			f.Close()
		}
		if err := os.Chown(file+end, 12345, -1); err != nil {
			t.Fatal(err)
		}
		var access *AccessError
		if _, err := Open(prepare(t, file).config); !errors.As(err, &access) || !strings.Contains(err.Error(), filepath.Base(file)+end+" belongs to another user") {
			t.Errorf("%q: %v", end, err)
		}
	}
}

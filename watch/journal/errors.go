package journal

import (
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"slices"
	"syscall"
	"time"

	"modernc.org/sqlite"
	sqlite3 "modernc.org/sqlite/lib"

	"tillwatch/watch"
)

// BusyError says that another process writes the journal.
type BusyError struct {
	Path  string
	PID   int       // 0: not known
	Since time.Time // zero: not known
}

// Error names the process, and what to do.
func (e *BusyError) Error() string {
	who := "another process"
	if e.PID != 0 {
		who = fmt.Sprintf("process %d", e.PID)
	}
	if !e.Since.IsZero() {
		who += " since " + e.Since.Local().Format("2006-01-02 15:04:05")
	}
	return fmt.Sprintf("the journal %s is being written by %s; use --journal FILE for another", shown(e.Path), who)
}

// OwnerError says that the journal holds the payments of another merchant.
type OwnerError struct {
	Path  string
	Which string // what differs, in words
}

// Error says what differs, and what to do.
func (e *OwnerError) Error() string {
	return fmt.Sprintf("the journal %s is of %s; use --journal FILE for another", shown(e.Path), e.Which)
}

// VersionError says that a newer tillwatch has written the journal.
type VersionError struct {
	Path       string
	Have, Know int // its format, and the newest that this program knows
}

// Error names both formats, and what to do.
func (e *VersionError) Error() string {
	return fmt.Sprintf("the journal %s has format %d, and this tillwatch knows %d at most: use a newer one, or --journal FILE for another",
		shown(e.Path), e.Have, e.Know)
}

// ForeignError says that the file is no journal of tillwatch's. It was not touched.
type ForeignError struct{ Path string }

// Error says so, and what to do.
func (e *ForeignError) Error() string {
	return fmt.Sprintf("the file %s is not a journal of tillwatch; use --journal FILE for another", shown(e.Path))
}

// errSense is the error of a row that tillwatch cannot have written: the row was edited. The file
// is sound all the same.
var errSense = errors.New("its row holds what tillwatch never wrote there; was it edited?")

// errBroken is the error of a file in which a look found what cannot be.
var errBroken = errors.New("the file is damaged")

// code is SQLite's primary code of an error; 0 if it is not SQLite's.
func code(err error) int {
	var e *sqlite.Error
	if errors.As(err, &e) {
		return e.Code() & 0xff
	}
	return 0
}

// damage reports whether the error says that the file's content is broken.
func damage(err error) bool {
	c := code(err)
	return c == sqlite3.SQLITE_CORRUPT || c == sqlite3.SQLITE_NOTADB || errors.Is(err, errBroken)
}

// filled reports whether the error says that the disk is full.
func filled(err error) bool {
	return slices.ContainsFunc(noRoom, func(full error) bool { return errors.Is(err, full) }) || code(err) == sqlite3.SQLITE_FULL
}

// cause returns the error of a full disk where SQLite reports another one. A file system may find
// out only at the sync (as ext4 and btrfs do), or when the log is created. So cause tries the disk.
func (j *Journal) cause(err error) error {
	if c := code(err); j.path == "" || c != sqlite3.SQLITE_IOERR && c != sqlite3.SQLITE_CANTOPEN {
		return err
	}
	if why := j.c.test.room(filepath.Dir(j.path)); filled(why) {
		return why
	}
	return err
}

// roomMost is how many bytes must fit on a disk that is not full.
const roomMost = 1 << 20

// room writes a file of that size into a folder, and removes it again.
func room(folder string) error {
	file, err := os.CreateTemp(folder, "tillwatch-room-*")
	if err != nil {
		return err
	}
	_, err = file.Write(make([]byte, roomMost))
	if err == nil {
		err = file.Sync()
	}
	return errors.Join(err, file.Close(), os.Remove(file.Name()))
}

// meaning is an error in a few words for a person at a till.
func meaning(err error) string {
	switch {
	case damage(err):
		return "the file is damaged"
	case filled(err):
		return "the disk is full"
	case errors.Is(err, fs.ErrPermission), errors.Is(err, syscall.EROFS), code(err) == sqlite3.SQLITE_READONLY, code(err) == sqlite3.SQLITE_PERM:
		return "it may not be written (read-only)"
	case code(err) == sqlite3.SQLITE_IOERR:
		return "the disk has failed (I/O error)"
	case code(err) == sqlite3.SQLITE_BUSY, code(err) == sqlite3.SQLITE_LOCKED:
		return "another program holds its lock"
	case code(err) == sqlite3.SQLITE_CANTOPEN:
		return "it cannot be opened"
	}
	return watch.SafeExact(err.Error(), 300)
}

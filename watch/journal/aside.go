package journal

import (
	"errors"
	"io/fs"
	"os"
	"strconv"
)

// logAside gives the log of a file that is gone another name: SQLite would take it for that
// of whatever file comes in its place.
func (j *Journal) logAside() {
	name := j.asideName()
	for _, end := range []string{"-wal", "-shm"} {
		_ = os.Rename(j.path+end, name+end) // there may be none
	}
}

// strange reports whether a log next to the journal would be another file's: there is no file now,
// or another one than the one that was open. A file that is back was only away for a moment.
func (j *Journal) strange() bool {
	now, err := os.Stat(j.path)
	if err != nil {
		return errors.Is(err, fs.ErrNotExist)
	}
	return j.was != nil && !os.SameFile(now, j.was)
}

// moveAside gives a damaged file and its log another name, and returns it; empty if there
// is none. Nothing is deleted: a person may get more out of it than we can.
func (j *Journal) moveAside() (string, error) {
	if _, err := os.Lstat(j.path); errors.Is(err, fs.ErrNotExist) {
		return "", nil
	}
	name := j.asideName()
	for _, end := range []string{"-wal", "-shm", ""} { // the file last: without its log it must not be read
		if err := os.Rename(j.path+end, name+end); err != nil && !errors.Is(err, fs.ErrNotExist) {
			return "", err
		}
	}
	return name, nil
}

// asideName is a name that nothing of this journal has yet.
func (j *Journal) asideName() string {
	base := j.path + ".damaged-" + j.c.Wall().Format("2006-01-02-1504") // as the search for numbers lets it stand
	name := base
	for n := 2; exists(name) || exists(name+"-wal"); n++ {
		name = base + "-" + strconv.Itoa(n)
	}
	return name
}

func exists(path string) bool {
	_, err := os.Lstat(path)
	return err == nil
}

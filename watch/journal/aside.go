package journal

import (
	"errors"
	"io/fs"
	"os"
)

// moveAside gives a damaged file and its log another name, and returns it; empty if there
// is none. Nothing is deleted: a person may get more out of it than we can.
func (j *Journal) moveAside() (string, error) {
	if _, err := os.Lstat(j.path); errors.Is(err, fs.ErrNotExist) {
		return "", nil
	}
	base := j.path + ".damaged-" + j.c.Wall().Format("20060102-150405")
	name := base
	for n := 2; exists(name); n++ {
		name = base + "-" + string(rune('0'+n%10)) + name[len(base):]
	}
	for _, end := range []string{"-wal", "-shm", ""} { // the file last: without its log it must not be read
		if err := os.Rename(j.path+end, name+end); err != nil && !errors.Is(err, fs.ErrNotExist) {
			return "", err
		}
	}
	return name, nil
}

func exists(path string) bool {
	_, err := os.Lstat(path)
	return err == nil
}

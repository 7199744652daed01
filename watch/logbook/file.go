package logbook

import (
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"

	"gopkg.in/natefinch/lumberjack.v2"

	"tillwatch/watch"
	"tillwatch/watch/safefile"
)

const (
	fileMost = 10 << 20 // bytes of the log's file, before it is turned over
	oldMost  = 5        // old files that are kept, compressed
)

// rotated is the log's file. It is opened with the first line, and again after a failure.
type rotated struct {
	path string
	own  bool  // its folder is ours to make and to close to others
	most int64 // bytes

	out  *lumberjack.Logger // nil: not open
	size int64
	torn bool // it does not end with the end of a line
}

// write appends whole lines.
func (r *rotated) write(lines []byte) (int, error) {
	if r.out == nil {
		if err := r.open(); err != nil {
			return 0, err
		}
	}
	if r.size > 0 && r.size+int64(len(lines)) > r.most {
		if err := r.out.Rotate(); err != nil {
			r.close()
			return 0, r.failed(err)
		}
		r.size, r.torn = 0, false
	}
	if r.torn { // or the first of them would hang on the stump of another
		if _, err := r.out.Write([]byte{'\n'}); err != nil {
			r.close()
			return 0, r.failed(err)
		}
		r.size++
	}
	n, err := r.out.Write(lines)
	r.size += int64(n)
	r.torn = n > 0 && lines[n-1] != '\n'
	if err != nil {
		r.close()
		return n, r.failed(err)
	}
	return n, nil
}

// errNoLog is why a file that holds something else is left as it is.
var errNoLog = errors.New("it is there already and no log: give another name, or remove it")

// open makes sure that there is a file to which this program may append and which no other user may
// read. lumberjack would rename a file that it cannot open, make a folder that all can read, and
// keep the mode of a file as it is.
func (r *rotated) open() error {
	if r.own {
		if err := safefile.Folder(filepath.Dir(r.path)); err != nil {
			return r.failed(err)
		}
	}
	f, err := safefile.Open(r.path, os.O_RDWR|os.O_APPEND|os.O_CREATE)
	if err != nil {
		return r.failed(err)
	}
	defer f.Close()
	info, err := f.Stat()
	if err != nil {
		return r.failed(err)
	}
	r.size, r.torn = info.Size(), false
	if r.size > 0 {
		var first, last [1]byte
		_, err := f.ReadAt(first[:], 0)
		_, err2 := f.ReadAt(last[:], r.size-1)
		if err := errors.Join(err, err2); err != nil {
			return r.failed(err)
		}
		if first[0] != '{' {
			return r.failed(errNoLog)
		}
		r.torn = last[0] != '\n'
	}
	if err := f.Chmod(0o600); err != nil {
		return r.failed(err)
	}
	r.out = &lumberjack.Logger{Filename: r.path, MaxSize: 1 << 10, MaxBackups: oldMost, Compress: true} // turned over by us
	return nil
}

func (r *rotated) close() {
	if r.out != nil {
		_ = r.out.Close()
		r.out = nil
	}
}

func (r *rotated) failed(err error) error {
	return fmt.Errorf("the log %s cannot be written: %w", shown(r.path), bare(err))
}

// bare is the error without the call and the path that os puts around it.
func bare(err error) error {
	var path *fs.PathError
	if errors.As(err, &path) {
		return path.Err
	}
	return err
}

// shown is a path fit for a line.
func shown(path string) string { return watch.SafeExact(path, 1000) }

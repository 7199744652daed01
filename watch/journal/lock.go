package journal

import (
	"context"
	"errors"
	"io/fs"
	"os"
	"path/filepath"
	"time"

	"github.com/gofrs/flock"

	"tillwatch/watch/safefile"
)

// lockName is the file whose lock says who writes. It stays in place: removing it would
// give two processes a lock each.
func lockName(path string) string { return path + ".lock" }

// lockPatience is how long a lock may be held by a reader that looks whether it is held.
const lockPatience = 300 * time.Millisecond

// hold takes the lock, if it is not held already, and makes the folder that it lies in.
func (j *Journal) hold() error {
	name := lockName(j.path)
	if j.lock != nil {
		ours, err := j.lock.Stat()
		if now, gone := os.Stat(name); err == nil && gone == nil && os.SameFile(ours, now) {
			return nil
		}
		j.release() // the folder was taken away, and the lock with it
	}
	if err := os.MkdirAll(filepath.Dir(j.path), 0o700); err != nil {
		return err
	}
	if err := safe(j.path, j.c.Path); err != nil {
		return err
	}
	if err := safefile.Tighten(name); err != nil { // a link would make the lock elsewhere
		return err
	}
	_, err := os.Lstat(name)
	j.kept = j.kept || err == nil
	lock := flock.New(name, flock.SetPermissions(0o600))
	ctx, cancel := context.WithTimeout(context.Background(), lockPatience)
	defer cancel()
	held, err := lock.TryLockContext(ctx, lockPatience/10)
	switch {
	case held:
		j.lock = lock
		return nil
	case err == nil, errors.Is(err, context.DeadlineExceeded):
		_ = lock.Close()
		busy := &BusyError{Path: j.path}
		if r, err := Read(j.path); err == nil {
			busy.PID, busy.Since = r.writer()
			r.Close()
		}
		return busy
	}
	_ = lock.Close()
	return err
}

// withdraw gives up the lock of a file that tillwatch must not use. It leaves no file next to a
// file of another owner.
func (j *Journal) withdraw(why error) {
	var foreign *ForeignError
	if errors.As(why, &foreign) && j.lock != nil && !j.kept {
		_ = os.Remove(lockName(j.path))
	}
	j.release()
}

// written reports whether a process writes the journal just now.
func written(path string) bool {
	name := lockName(path)
	if _, err := os.Stat(name); err != nil {
		return false
	}
	lock := flock.New(name, flock.SetFlag(os.O_RDONLY))
	defer func() { _ = lock.Close() }()
	free, err := lock.TryRLock()
	return err == nil && !free
}

// resolved returns the path behind symbolic links: the lock and the log must lie next to the file
// that they belong to, by whatever name the file was given.
func resolved(path string) string {
	if path == "" {
		return ""
	}
	if whole, err := filepath.Abs(path); err == nil {
		path = whole
	}
	if file, err := filepath.EvalSymlinks(path); err == nil {
		return file
	}
	if dir, err := filepath.EvalSymlinks(filepath.Dir(path)); err == nil {
		return filepath.Join(dir, filepath.Base(path))
	}
	return path
}

// private makes the file for its owner alone before SQLite sees it, which gives its other
// files the same mode, and reports whether it is new.
func private(path string) (bool, error) {
	info, err := os.Stat(path)
	if errors.Is(err, fs.ErrNotExist) {
		file, err := os.OpenFile(path, os.O_CREATE|os.O_EXCL|os.O_RDWR, 0o600)
		if err != nil {
			return false, err
		}
		return true, file.Close()
	}
	if err != nil {
		return false, err
	}
	if !info.Mode().IsRegular() {
		return false, errors.New("there is a folder, or no usual file; --journal FILE names another")
	}
	return info.Size() == 0, nil
}

// tighten makes what is ours its owner's alone.
func tighten(path string) error {
	for _, name := range []string{path, path + "-wal", path + "-shm"} {
		if err := safefile.Tighten(name); err != nil {
			return err
		}
	}
	return nil
}

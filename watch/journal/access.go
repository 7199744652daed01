package journal

import (
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
)

// AccessError says that another user could change the journal, or has put a file in the place of
// one of its files. None of its files was opened.
type AccessError struct {
	Path string
	Why  string
}

// Error says why, and what to do.
func (e *AccessError) Error() string {
	return fmt.Sprintf("the journal %s is not safe: %s; use --journal FILE for another", shown(e.Path), e.Why)
}

// Safe returns an [*AccessError] if no journal would be kept at this path because other users could
// change it.
func Safe(path string) error { return safe(resolved(path), path) }

// safe returns an error if a journal's files, behind any links, do not belong to its owner alone.
// SQLite would take the content of a log that another user has put next to the journal for its
// newest payments. given is the path as the user gave it.
func safe(path, given string) error {
	if info, err := os.Lstat(given); err == nil && info.Mode()&fs.ModeSymlink != 0 && another(info) {
		return &AccessError{path, shown(given) + " is a link that another user has made"}
	}
	for _, name := range []string{path, path + "-wal", path + "-shm", lockName(path)} {
		info, err := os.Lstat(name)
		switch {
		case errors.Is(err, fs.ErrNotExist):
		case err != nil:
			return err
		case another(info):
			return &AccessError{path, shown(name) + " belongs to another user"}
		case name != path && !info.Mode().IsRegular(): // other checks report on the journal's own file
			return &AccessError{path, shown(name) + " is no usual file"}
		}
	}
	if info, err := os.Stat(filepath.Dir(path)); err == nil && open(info) {
		return &AccessError{path, "in its folder " + shown(filepath.Dir(path)) + " anybody may rename and remove files (chmod o-w)"}
	}
	return nil
}

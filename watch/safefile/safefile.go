// Package safefile opens files by names that others on this machine may control: in a shared
// folder somebody may have put a link, a pipe or a file of their own where a file of ours is
// expected.
//
//   - [Open] and [Write] open a file to write to it. What was opened is a plain file of this user with
//     one name alone, and nobody else may read it.
//   - [Owned] and [Closed] look at a file that was opened for reading: whose it is, and who
//     else may change it.
//   - [Trusted] looks at all that a name passes through, for a file that decides what runs.
//
// Windows has neither such owners nor such modes: there only links and what is no plain file
// are refused.
package safefile

import (
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"strings"
)

// Why a file is not used. The texts follow the name of the file.
var (
	errLink   = errors.New("it is a symbolic link: name the file itself")
	errPlain  = errors.New("it is no plain file")
	errFolder = errors.New("it is a folder")
	errNames  = errors.New("it has a second name (a hard link), so somebody else may have put it there")
	errOwner  = errors.New("it belongs to another user of this machine")
)

// Write is [Open], and closes the file to others.
func Write(path string, flags int) (*os.File, error) {
	f, err := Open(path, flags)
	if err != nil {
		return nil, err
	}
	if err := f.Chmod(0o600); err != nil {
		_ = f.Close()
		return nil, err
	}
	return f, nil
}

// Open opens a file to write to it, and makes it with O_CREATE. A link is not followed, and a
// pipe is not waited for.
func Open(path string, flags int) (*os.File, error) {
	if info, err := os.Lstat(path); err == nil {
		if err := plain(info); err != nil {
			return nil, err
		}
	}
	f, err := os.OpenFile(path, flags|atOpen, 0o600)
	if err != nil {
		return nil, opening(err)
	}
	info, err := f.Stat()
	if err == nil {
		err = errors.Join(plain(info), mine(info))
	}
	if err != nil {
		_ = f.Close()
		return nil, err
	}
	return f, nil
}

// Tighten closes a file to others, if it is there and was opened to them.
func Tighten(path string) error {
	info, err := os.Lstat(path)
	switch {
	case errors.Is(err, fs.ErrNotExist):
		return nil
	case err != nil:
		return err
	case info.Mode().IsRegular() && info.Mode().Perm()&0o077 == 0:
		return nil
	}
	f, err := Write(path, os.O_RDONLY)
	if err != nil {
		return err
	}
	return f.Close()
}

// Folder makes a folder for this user alone, or closes one that is there to others.
func Folder(path string) error {
	if err := os.MkdirAll(path, 0o700); err != nil {
		return err
	}
	f, err := os.Open(path)
	if err != nil {
		return err
	}
	defer f.Close()
	info, err := f.Stat()
	switch {
	case err != nil:
		return err
	case !Owned(info):
		return fmt.Errorf("the folder %s: %w", path, errOwner)
	case info.Mode().Perm() == 0o700:
		return nil
	}
	return f.Chmod(0o700)
}

func plain(info fs.FileInfo) error {
	switch {
	case info.Mode().IsRegular():
		return nil
	case info.Mode()&fs.ModeSymlink != 0:
		return errLink
	case info.IsDir():
		return errFolder
	}
	return errPlain
}

// Closed reports whether nobody but its owner may write to a file that was opened, or nobody
// at all but them and their group.
func Closed(info fs.FileInfo, toGroup bool) bool {
	others := fs.FileMode(0o002)
	if toGroup {
		others = 0o022
	}
	return !modes || !info.Mode().IsRegular() || info.Mode().Perm()&others == 0
}

// Why says why a file is not trusted, and what to do.
type Why struct {
	Path string
	Text string // follows the path
}

// Error is one line.
func (w *Why) Error() string { return w.Path + " " + w.Text }

// linksMost is how many links a name may pass through, as in Linux.
const linksMost = 40

// Trusted reports whether nobody but this user and root decides what a name stands for: the
// file, each folder on the way to it, and each link. In a folder that is open to all, such as
// /tmp, a thing stays what it is if the folder has the sticky bit and the thing is ours. The
// error is a [*Why].
func Trusted(path string) error {
	if !modes {
		return nil
	}
	whole, err := filepath.Abs(path)
	if err != nil {
		return &Why{path, "cannot be found: " + err.Error()}
	}
	at, rest := "/", strings.Split(strings.TrimPrefix(whole, "/"), "/")
	if err := trusted(at); err != nil {
		return err
	}
	for links := 0; len(rest) > 0; {
		name := rest[0]
		rest = rest[1:]
		switch name {
		case "", ".":
			continue
		case "..":
			at = filepath.Dir(at)
			continue
		}
		next := filepath.Join(at, name)
		if err := trusted(next); err != nil {
			return err
		}
		target, err := os.Readlink(next)
		if err != nil { // no link
			at = next
			continue
		}
		if links++; links > linksMost {
			return &Why{path, "passes through too many links"}
		}
		if filepath.IsAbs(target) {
			at = "/"
		}
		rest = append(strings.Split(target, "/"), rest...)
	}
	return nil
}

// trusted looks at one file, folder or link.
func trusted(path string) error {
	info, err := os.Lstat(path)
	if err != nil {
		var inner *fs.PathError
		if errors.As(err, &inner) {
			err = inner.Err
		}
		return &Why{path, "cannot be looked at: " + err.Error()}
	}
	mode := info.Mode()
	switch {
	case !Owned(info):
		return &Why{path, fmt.Sprintf("belongs to another user (%s), who can change it", owner(info))}
	case mode&fs.ModeSymlink != 0, mode.Perm()&0o022 == 0, mode.IsDir() && mode&fs.ModeSticky != 0:
		return nil
	}
	return &Why{path, fmt.Sprintf("can be changed by others (mode %04o): chmod go-w %s", mode.Perm(), path)}
}

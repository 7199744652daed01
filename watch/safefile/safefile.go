// Package safefile opens files by names that other users of this machine may control: in a shared
// folder one of them may have put a link, a pipe or their own file where tillwatch expects one of
// its own.
//
//   - [Open] and [Write] open a file for writing: a plain file of this user with a single name.
//     Write also closes it to other users.
//   - [Owned] and [Closed] look at a file that was opened for reading: who owns it, and who else
//     may change it.
//   - [Trusted] checks everything that a name passes through, for a file that decides what runs.
//
// Windows has neither such owners nor such modes. There only links and files that are not plain are
// refused.
package safefile

import (
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"strings"
)

// The reasons why a file is not used. Each text follows the name of the file.
var (
	errLink   = errors.New("it is a symbolic link: name the file itself")
	errPlain  = errors.New("it is no plain file")
	errFolder = errors.New("it is a folder")
	errNames  = errors.New("it has a second name (a hard link), so somebody else may have put it there")
	errOwner  = errors.New("it belongs to another user of this machine")
)

// Write is [Open], and closes the file to other users (mode 0600).
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

// Open opens a file for writing, and creates it if flags has O_CREATE. It follows no link and does
// not wait for a pipe.
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

// Tighten closes an existing file to other users, if it is open to them.
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

// Folder makes a folder for this user alone. It closes an existing one to other users.
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

// Closed reports whether only the owner and the group may write to an open file; with toGroup, only
// the owner.
func Closed(info fs.FileInfo, toGroup bool) bool {
	others := fs.FileMode(0o002)
	if toGroup {
		others = 0o022
	}
	return !modes || !info.Mode().IsRegular() || info.Mode().Perm()&others == 0
}

// Why is the error of a file that is not trusted. It says why, and what to do.
type Why struct {
	Path string
	Text string // follows the path
}

// Error returns one line.
func (w *Why) Error() string { return w.Path + " " + w.Text }

// linksMost is how many links a name may pass through, as on Linux.
const linksMost = 40

// Trusted reports whether only this user and root decide what a name stands for: it checks the
// file, and each folder and link on the way to it. In a folder that is open to all, such as /tmp,
// it accepts a file if the folder has the sticky bit and the file belongs to this user or root. The
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
		if err != nil { // not a link
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

// trusted checks one file, folder or link.
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

package config

import (
	"bytes"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path/filepath"
	"runtime"
	"slices"
	"strconv"
	"strings"
	"unicode"

	"tillwatch/watch/safefile"
)

// maxFile bounds what is read of a settings or secret file. Real ones are far smaller; a
// wrong path must not fill the memory.
const maxFile = 64 << 10

// secretFrom reads a secret from a file of one line. Its errors name the file and what
// to do, never what is in it.
func secretFrom(path string, into *Secret, refuse func(string) error) error {
	if path == "" {
		return errBad
	}
	if inQuotes(path) {
		return errQuoted
	}
	text, info, err := readFile(path)
	switch {
	case err != nil && !looksLikePath(path):
		return errors.New("there is no such file: the name of a file is wanted, not the secret itself")
	case err != nil:
		return err
	}
	if err := private(path, info); err != nil {
		return err
	}
	line := strings.TrimSpace(string(bytes.TrimPrefix(text, bom)))
	switch {
	case line == "":
		return fmt.Errorf("%s is empty", show(path))
	case oneLine(line) != nil:
		return fmt.Errorf("%s holds more than one line", show(path))
	}
	for _, check := range []func(string) error{asGiven, refuse} {
		if err := check(line); err != nil {
			return fmt.Errorf("%s: what it holds cannot be right: %w", show(path), err)
		}
	}
	*into = NewSecret(line)
	return nil
}

// looksLikePath reports whether a name that cannot be read was surely meant as a file's name, and
// may be shown: it begins like a path, or its folder exists. The user may have put the secret
// itself in its place, and in base64 a slash is an ordinary letter.
func looksLikePath(name string) bool {
	if _, err := os.Lstat(name); err == nil || filepath.IsAbs(name) || strings.HasPrefix(name, "~/") {
		return true
	}
	folder, err := os.Stat(filepath.Dir(name))
	return filepath.Base(name) != name && err == nil && folder.IsDir()
}

// readFile reads a small file whole. Owner and mode come from the open file, so a file that is
// swapped in between is noticed.
func readFile(path string) ([]byte, fs.FileInfo, error) {
	file, err := os.Open(path)
	if err != nil {
		return nil, nil, fmt.Errorf("%s: %w", show(path), bare(err))
	}
	defer file.Close()
	info, err := file.Stat()
	if err != nil {
		return nil, nil, fmt.Errorf("%s: %w", show(path), bare(err))
	}
	if info.IsDir() {
		return nil, nil, fmt.Errorf("%s is a folder, a file is wanted", show(path))
	}
	text, err := io.ReadAll(io.LimitReader(file, maxFile+1))
	if err != nil {
		return nil, nil, fmt.Errorf("%s: %w", show(path), bare(err))
	}
	if len(text) > maxFile {
		return nil, nil, fmt.Errorf("%s is larger than %d KiB", show(path), maxFile>>10)
	}
	return text, info, nil
}

// private refuses a file with a secret that another user of this machine can read or change. A pipe
// (from a shell's <(…)) has no other readers.
func private(path string, info fs.FileInfo) error {
	switch mode := info.Mode(); {
	case !mode.IsRegular():
		return nil
	case !safefile.Owned(info):
		return fmt.Errorf("%s belongs to another user of this machine and holds a secret: want a file of your own", show(path))
	case mode.Perm()&0o077 != 0 && runtime.GOOS != "windows":
		return fmt.Errorf("%s can be read by others (mode %04o) and holds a secret: chmod 600 %s",
			show(path), mode.Perm(), show(path))
	}
	return nil
}

// mine refuses a settings file that another user of this machine can change: they would choose
// where credentials go, what is written where, and what runs under this user's name. A file with
// none of these keys may belong to any user.
func mine(path string, info fs.FileInfo, keys []string) error {
	if len(keys) == 0 || !info.Mode().IsRegular() {
		return nil
	}
	sets := "sets " + strings.Join(keys, ", ")
	switch {
	case !safefile.Owned(info):
		return fmt.Errorf("%s belongs to another user of this machine and %s: want a file of your own, or of root", show(path), sets)
	case !safefile.Closed(info, false):
		return fmt.Errorf("%s can be changed by others (mode %04o) and %s: chmod 600 %s", show(path), info.Mode().Perm(), sets, show(path))
	}
	if !slices.Contains(keys, "hook") {
		return nil
	}
	if err := safefile.Trusted(path); err != nil { // every folder on the path decides what runs
		return fmt.Errorf("%s names a program to run (hook), and %w", show(path), err)
	}
	return nil
}

// bare is the error without the call and path that os puts around it.
func bare(err error) error {
	if inner := errors.Unwrap(err); inner != nil {
		return inner
	}
	return err
}

// show is a text from outside, fit for a terminal: as it is when every character can be
// seen, else quoted.
func show(text string) string {
	if strings.ContainsFunc(text, func(r rune) bool { return !unicode.IsPrint(r) }) {
		return strconv.Quote(text)
	}
	return text
}

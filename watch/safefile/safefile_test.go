//go:build unix

package safefile

import (
	"errors"
	"os"
	"path/filepath"
	"strings"
	"syscall"
	"testing"
)

// of makes what is at a path another user's, as far as this package can see.
func of(t *testing.T, path string) {
	t.Helper()
	if os.Geteuid() == 0 {
		if err := os.Lchown(path, 12345, 12345); err != nil {
			t.Fatal(err)
		}
		return
	}
	self = func() int { return os.Geteuid() + 1 }
	t.Cleanup(func() { self = os.Geteuid })
}

func put(t *testing.T, path string, mode os.FileMode) string {
	t.Helper()
	if err := errors.Join(os.WriteFile(path, []byte("as it was"), 0o600), os.Chmod(path, mode)); err != nil {
		t.Fatal(err)
	}
	return path
}

// Somebody has put something else where the log is to be.
func TestWrite_TakesNothingThatSomebodyElseHasPutThere(t *testing.T) {
	for what, test := range map[string]struct {
		make func(t *testing.T, path string) error
		want string
	}{
		"a link to a file":  {func(t *testing.T, path string) error { return os.Symlink(put(t, path+".target", 0o644), path) }, "it is a symbolic link"},
		"a link to nothing": {func(_ *testing.T, path string) error { return os.Symlink(path+".target", path) }, "it is a symbolic link"},
		"a hard link":       {func(t *testing.T, path string) error { return os.Link(put(t, path+".target", 0o644), path) }, "it has a second name"},
		"a pipe":            {func(_ *testing.T, path string) error { return syscall.Mkfifo(path, 0o600) }, "it is no plain file"},
		"a folder":          {func(_ *testing.T, path string) error { return os.Mkdir(path, 0o700) }, "it is a folder"},
		"another's file":    {func(t *testing.T, path string) error { put(t, path, 0o666); of(t, path); return nil }, "it belongs to another user"},
	} {
		t.Run(what, func(t *testing.T) {
			path := filepath.Join(t.TempDir(), "till.log")
			if err := test.make(t, path); err != nil {
				t.Fatal(err)
			}
			f, err := Write(path, os.O_WRONLY|os.O_CREATE|os.O_APPEND)
			if err == nil {
				f.Close()
			}
			if err == nil || !strings.Contains(err.Error(), test.want) {
				t.Errorf("got %v, want %s", err, test.want)
			}
			if info, err := os.Stat(path + ".target"); err == nil && (info.Mode().Perm() != 0o644 || info.Size() != int64(len("as it was"))) {
				t.Errorf("what it points to became %v", info.Mode())
			}
			if what == "a link to nothing" {
				if _, err := os.Lstat(path + ".target"); err == nil {
					t.Error("a file was made where the link points to")
				}
			}
		})
	}
	if _, err := Write("/dev/null", os.O_WRONLY); err == nil {
		t.Error("a device is taken")
	}
}

func TestWrite_MakesAFileForItsOwnerAloneAndClosesOneThatIsThere(t *testing.T) {
	for _, path := range []string{filepath.Join(t.TempDir(), "new"), put(t, filepath.Join(t.TempDir(), "open"), 0o644)} {
		f, err := Write(path, os.O_WRONLY|os.O_CREATE|os.O_APPEND)
		if err != nil {
			t.Fatal(err)
		}
		info, err := f.Stat()
		if _, failed := f.WriteString("x"); err != nil || failed != nil || info.Mode().Perm() != 0o600 {
			t.Errorf("%s has mode %v, %v", path, info.Mode(), err)
		}
		f.Close()
	}
}

func TestTighten_FollowsNoLink(t *testing.T) {
	target := put(t, filepath.Join(t.TempDir(), "target"), 0o644)
	link := filepath.Join(t.TempDir(), "link")
	if err := os.Symlink(target, link); err != nil {
		t.Fatal(err)
	}
	if err := Tighten(link); !errors.Is(err, errLink) {
		t.Errorf("got %v", err)
	}
	if info, err := os.Stat(target); err != nil || info.Mode().Perm() != 0o644 {
		t.Errorf("what it points to has %v, %v", info.Mode(), err)
	}
	if err := errors.Join(Tighten(target), Tighten(target+" that is not there")); err != nil {
		t.Error(err)
	}
	if info, err := os.Stat(target); err != nil || info.Mode().Perm() != 0o600 {
		t.Errorf("it has %v, %v", info.Mode(), err)
	}
}

func TestFolder_OfAnotherUserIsRefused(t *testing.T) {
	ours := filepath.Join(t.TempDir(), "a", "till")
	if err := Folder(ours); err != nil {
		t.Fatal(err)
	}
	if err := errors.Join(os.Chmod(ours, 0o755), Folder(ours)); err != nil {
		t.Error(err)
	}
	if info, err := os.Stat(ours); err != nil || info.Mode().Perm() != 0o700 {
		t.Errorf("it has %v, %v", info.Mode(), err)
	}
	of(t, ours)
	if err := Folder(ours); !errors.Is(err, errOwner) {
		t.Errorf("got %v", err)
	}
}

// A program is run by its name, and whoever can change what the name stands for runs theirs.
func TestTrusted_LooksAtAllThatANamePassesThrough(t *testing.T) {
	for what, test := range map[string]struct {
		change func(t *testing.T, root string)
		want   string // empty: it is trusted
	}{
		"all is ours":                     {func(*testing.T, string) {}, ""},
		"others may write the file":       {func(t *testing.T, root string) { put(t, root+"/bin/tool", 0o702) }, "bin/tool can be changed by others (mode 0702): chmod go-w "},
		"a group may write the file":      {func(t *testing.T, root string) { put(t, root+"/bin/tool", 0o720) }, "bin/tool can be changed by others"},
		"others may write its folder":     {func(t *testing.T, root string) { mode(t, root+"/bin", 0o777) }, "/bin can be changed by others (mode 0777)"},
		"a group may write its folder":    {func(t *testing.T, root string) { mode(t, root+"/bin", 0o770) }, "/bin can be changed by others"},
		"its folder is a sticky one":      {func(t *testing.T, root string) { mode(t, root+"/bin", 0o777|os.ModeSticky) }, ""},
		"others may write a folder above": {func(t *testing.T, root string) { mode(t, root, 0o707) }, " can be changed by others"},
		"a link lies in an open folder":   {func(t *testing.T, root string) { mode(t, root+"/links", 0o777) }, "/links can be changed by others"},
		"the file is another's":           {func(t *testing.T, root string) { of(t, root+"/bin/tool") }, "belongs to another user"},
		"its folder is another's":         {func(t *testing.T, root string) { of(t, root+"/bin") }, "belongs to another user"},
		"the link is another's":           {func(t *testing.T, root string) { of(t, root+"/links/tool") }, "belongs to another user"},
		"it is not there":                 {func(t *testing.T, root string) { _ = os.Remove(root + "/bin/tool") }, "cannot be looked at: no such file"},
		"links in a circle": {func(t *testing.T, root string) {
			_ = os.Remove(root + "/bin/tool")
			if err := os.Symlink("../links/tool", root+"/bin/tool"); err != nil {
				t.Fatal(err)
			}
		}, "passes through too many links"},
	} {
		t.Run(what, func(t *testing.T) {
			root, err := os.MkdirTemp("", "trusted-") // t.TempDir's parents are as open as the umask says
			if err != nil {
				t.Fatal(err)
			}
			t.Cleanup(func() { _ = os.RemoveAll(root) })
			if err := errors.Join(os.Mkdir(root+"/bin", 0o700), os.Mkdir(root+"/links", 0o700),
				os.Symlink("../bin/./tool", root+"/links/tool")); err != nil {
				t.Fatal(err)
			}
			put(t, root+"/bin/tool", 0o700)
			test.change(t, root)
			err = Trusted(root + "/links/tool")
			if test.want == "" && err != nil || test.want != "" && (err == nil || !strings.Contains(err.Error(), test.want)) {
				t.Errorf("got %v, want %q", err, test.want)
			}
		})
	}
}

func mode(t *testing.T, path string, mode os.FileMode) {
	t.Helper()
	if err := os.Chmod(path, mode); err != nil {
		t.Fatal(err)
	}
}

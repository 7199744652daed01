package journal

import (
	"errors"
	"os"
	"path/filepath"
	"strings"
	"testing"
)

// In a shared folder somebody has put a link where the journal's lock is to be: it leads to a
// file of ours that others are to read.
func TestOpen_FollowsNoLinkAtTheNameOfItsLock(t *testing.T) {
	folder := t.TempDir()
	page, file := filepath.Join(folder, "page.html"), filepath.Join(folder, "till.db")
	if err := errors.Join(os.WriteFile(page, []byte("<p>"), 0o600), os.Chmod(page, 0o644), os.Symlink(page, lockName(file))); err != nil {
		t.Fatal(err)
	}
	s := prepare(t, file)
	j, err := Open(s.config)
	if err == nil {
		_ = j.Close()
	}
	s.mu.Lock()
	said := strings.Join(s.said, "\n")
	s.mu.Unlock()
	if err != nil {
		said += err.Error()
	}
	if !strings.Contains(said, "till.db.lock is no usual file") {
		t.Errorf("it says %q, %v", said, err)
	}
	if info, err := os.Stat(page); err != nil || info.Mode().Perm() != 0o644 {
		t.Errorf("the page has %v, %v", info.Mode(), err)
	}
}

//go:build unix

package intake

import (
	"context"
	"os"
	"path/filepath"
	"strings"
	"syscall"
	"testing"
)

func TestFollow_ANamedPipeIsReadUntilItsWriterLeaves(t *testing.T) {
	path := filepath.Join(t.TempDir(), "pipe")
	if err := syscall.Mkfifo(path, 0o600); err != nil {
		t.Fatal(err)
	}
	var d desk
	ended := make(chan error)
	go func() { ended <- Follow(context.Background(), path, d.handle, d.report, Options{}) }()
	writer, err := os.OpenFile(path, os.O_WRONLY, 0) // waits for our end
	if err != nil {
		t.Fatal(err)
	}
	if _, err := writer.WriteString(order(1) + "\n" + order(2)); err != nil {
		t.Fatal(err)
	}
	if err := writer.Close(); err != nil {
		t.Fatal(err)
	}
	if err := <-ended; err != nil || strings.Join(d.ids, " ") != "ORDER:1 ORDER:2" {
		t.Errorf("took %v, %v", d.ids, err)
	}
}

func TestFollow_ANamedPipeWithoutAWriterEndsWithTheContext(t *testing.T) {
	path := filepath.Join(t.TempDir(), "pipe")
	if err := syscall.Mkfifo(path, 0o600); err != nil {
		t.Fatal(err)
	}
	ctx, cancel := context.WithCancel(context.Background())
	ended := make(chan error)
	var d desk
	go func() { ended <- Follow(ctx, path, d.handle, d.report, Options{}) }()
	cancel()
	if err := <-ended; err != nil || d.ids != nil {
		t.Errorf("took %v, %v", d.ids, err)
	}
}

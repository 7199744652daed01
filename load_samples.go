package main

import (
	"bytes"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path/filepath"
	"strings"
	"time"

	"tillwatch/config"
	"tillwatch/watch/load"
)

// samples is a file of raw samples that grows while the run goes on. put and close are for
// one goroutine at a time.
type samples struct {
	file   *os.File
	write  func(io.Writer, []load.Sample) error
	csv    bool
	buffer bytes.Buffer
	failed error // the first write that failed; nothing is written after it
}

// openSamples makes the file, for its owner's eyes alone. One that is there already is left
// alone and refused. No name is no file.
func openSamples(name string) (*samples, error) {
	if name == "" {
		return nil, nil
	}
	file, err := os.OpenFile(name, os.O_WRONLY|os.O_CREATE|os.O_EXCL, 0o600)
	switch {
	case errors.Is(err, fs.ErrExist):
		return nil, config.Refuse("--samples: %s is there already: give the name of a new file", filepath.Base(name))
	case err != nil:
		return nil, config.Refuse("--samples: %w", err)
	}
	s := &samples{file: file, csv: strings.EqualFold(filepath.Ext(name), ".csv"), write: load.WriteJSONLines}
	if s.csv {
		s.write = load.WriteCSV
		s.rows(nil)
	}
	return s, nil
}

// put adds one payment.
func (s *samples) put(one load.Sample) { s.rows([]load.Sample{one}) }

// rows adds payments; of CSV the header stands in the file once, before the first.
func (s *samples) rows(some []load.Sample) {
	if s.failed != nil {
		return
	}
	s.buffer.Reset()
	s.failed = s.write(&s.buffer, some)
	text := s.buffer.Bytes()
	if s.csv && len(some) > 0 {
		_, text, _ = bytes.Cut(text, []byte("\n"))
	}
	if s.failed == nil {
		_, s.failed = s.file.Write(text)
	}
}

// close ends the file, or takes it away when there was no run. Its error says that not all
// samples of the run are in it. Nil has no file.
func (s *samples) close(run *load.Run) error {
	if s == nil {
		return nil
	}
	err := errors.Join(s.failed, s.file.Close())
	switch {
	case run == nil:
		return os.Remove(s.file.Name())
	case err != nil:
		return fmt.Errorf("not all samples are in their file: %w", err)
	}
	if n := run.Report().LeftOut; n > 0 {
		return fmt.Errorf("not all samples are in their file: it took them too slowly, so %s were left out", thousands(n))
	}
	return nil
}

// export writes the samples that are kept to a new file, and says where it is.
func (s *shift) export() (string, error) {
	kept, missing := s.run.Samples()
	file, path, err := newFile("tillwatch-load-" + time.Now().Format("20060102-150405") + ".csv")
	if err != nil {
		return "", err
	}
	if err := errors.Join(load.WriteCSV(file, kept), file.Close()); err != nil {
		return "", fmt.Errorf("writing %s: %w", path, err)
	}
	said := fmt.Sprintf("%s samples in %s", thousands(len(kept)), path)
	if missing > 0 {
		said += fmt.Sprintf("; the oldest %s were not kept", thousands(missing))
	}
	return said, nil
}

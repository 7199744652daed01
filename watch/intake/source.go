package intake

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"hash/maphash"
	"io"
	"os"
	"time"
)

// source is an open file and the position up to which it was read.
type source struct {
	*follower
	file    *os.File
	decoder *Decoder
	until   time.Time // how long the file is read after it has lost its name

	place   int64        // bytes read so far
	tail    []byte       // the last bytes read
	all     maphash.Hash // the hash of all bytes read
	changed time.Time    // the file's time at the last look
	doubted bool         // the file has changed since the last comparison of the whole
	compare time.Time    // the earliest time of the next comparison
	buffer  []byte
}

// restart begins the file from its start.
func (s *source) restart() {
	s.decoder = NewDecoder(s.path, s.handle, s.report)
	s.decoder.sum = s.sum
	s.place, s.tail, s.changed, s.doubted = 0, nil, time.Time{}, false
	s.all.Reset()
	s.compare = s.now().Add(compareEvery)
}

// read reads everything that is new.
func (s *source) read(ctx context.Context) error {
	info, err := s.file.Stat()
	if err != nil {
		return fmt.Errorf("looking at the file: %w", err)
	}
	s.doubted = s.doubted || !info.ModTime().Equal(s.changed) || !s.now().Before(s.compare.Add(compareAnyway))
	if !s.same() || s.doubted && !s.now().Before(s.compare) && !s.whole(ctx, info) {
		s.decoder.Abandon("the file was rewritten before this line was finished")
		s.report(Problem{Source: s.decoder.source,
			Reason: "the file was shortened or rewritten, and is read from its start again; what was written in the moment before may not have been read"})
		s.restart()
	}
	s.changed = info.ModTime()
	if s.buffer == nil {
		s.buffer = make([]byte, 32<<10)
	}
	news := false
	for ctx.Err() == nil {
		n, err := s.file.ReadAt(s.buffer, s.place)
		if n > 0 {
			news = true
			s.place += int64(n)
			s.remember(s.buffer[:n])
			_, _ = s.decoder.Write(s.buffer[:n])
		}
		if errors.Is(err, io.EOF) {
			break
		}
		if err != nil {
			return fmt.Errorf("reading on: %w", err)
		}
	}
	if !news {
		s.decoder.Settle()
	}
	return nil
}

// remember records what shows later that the file is still the same.
func (s *source) remember(piece []byte) {
	_, _ = s.all.Write(piece) // never fails
	s.tail = append(s.tail, piece[max(0, len(piece)-tailMax):]...)
	s.tail = bytes.Clone(s.tail[max(0, len(s.tail)-tailMax):])
}

// same reports whether the bytes before the read position are still those that were read. In a file
// that was shortened, or emptied and outgrown since, they are not.
func (s *source) same() bool {
	there := make([]byte, len(s.tail))
	n, _ := s.file.ReadAt(there, s.place-int64(len(s.tail)))
	return bytes.Equal(there[:n], s.tail)
}

// whole reports whether the file still holds everything that was read of it, so that a corrected
// line in the middle is noticed. It reads the file again, and may use only its share of the time.
func (s *source) whole(ctx context.Context, info os.FileInfo) bool {
	began := s.now()
	var there maphash.Hash
	there.SetSeed(s.all.Seed())
	piece := make([]byte, 256<<10)
	for at := int64(0); at < s.place; {
		n, err := s.file.ReadAt(piece[:min(int64(len(piece)), s.place-at)], at)
		_, _ = there.Write(piece[:n])
		at += int64(n)
		if err != nil || ctx.Err() != nil {
			return ctx.Err() != nil || at == s.place && there.Sum64() == s.all.Sum64()
		}
	}
	s.doubted = began.Sub(info.ModTime()) < oneTick
	s.compare = began.Add(max(compareEvery, compareShare*s.now().Sub(began)))
	return there.Sum64() == s.all.Sum64()
}

// is reports whether file is the same file.
func (s *source) is(file *os.File) bool {
	one, err := s.file.Stat()
	other, err2 := file.Stat()
	return err == nil && err2 == nil && os.SameFile(one, other)
}

func (s *source) close() { _ = s.file.Close() }

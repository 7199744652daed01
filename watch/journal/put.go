package journal

import (
	"context"
	"database/sql"
	"hash/maphash"
	"math"
	"time"

	"tillwatch/watch"
)

// rawKey is a payment's raws of one kind.
type rawKey struct {
	id   watch.ID
	kind watch.EventKind
}

const (
	rawsMost = 50_000 // raws that are remembered; one that is not is stored again
	asBefore = "="    // stands for a raw that is the same as the last of its kind
)

var seed = maphash.MakeSeed()

// write writes a batch in one transaction, and returns the events whose payment is not
// there. A damaged row becomes what a Snapshot says, and stays damaged if this run is blind to
// its payment: what was in the row may have been the other end.
func (s *store) write(b *batch, blind func(watch.ID) bool) ([]early, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	ctx := context.Background()
	if err := s.sync(ctx, b.full); err != nil {
		return nil, err
	}
	var left []early
	return left, s.within(ctx, func() error {
		for _, p := range b.keeps {
			s.row = unknown(handed(s.row[:0], p), false)
			if err := s.put(ctx, s.keep, s.row, func() []any { return unknown(handed(s.row[:0], p), true) }); err != nil {
				return err
			}
		}
		for _, snap := range b.snaps {
			row, err := known(handed(s.row[:0], snap.Payment), snap)
			if err != nil {
				return err
			}
			s.row = row
			instead := func() []any {
				if blind(snap.ID()) {
					row[len(fields)-2] = int64(1)
					return summed(row[:len(fields)])
				}
				return row
			}
			if err := s.put(ctx, s.tell, s.row, instead); err != nil {
				return err
			}
		}
		for i := range b.events {
			there, err := s.putEvent(ctx, &b.events[i])
			if err != nil {
				return err
			}
			if !there {
				left = append(left, early{b.events[i], b.tries[i]})
			}
		}
		return nil
	})
}

// put writes a row of payments. It does not merge into a damaged row: it replaces it by the row
// that instead returns.
func (s *store) put(ctx context.Context, how *sql.Stmt, row []any, instead func() []any) error {
	out, err := how.ExecContext(ctx, row...)
	if err != nil {
		return err
	}
	if n, err := out.RowsAffected(); n > 0 || err != nil {
		return err
	}
	_, err = s.conn.ExecContext(ctx, replaceSQL, instead()...)
	return err
}

// sync chooses how the next transactions are committed: in full sync a commit is on the
// disk, otherwise a power cut may take the newest ones.
func (s *store) sync(ctx context.Context, full bool) error {
	if full == s.full {
		return nil
	}
	text := "PRAGMA synchronous = NORMAL"
	if full {
		text = "PRAGMA synchronous = FULL"
	}
	_, err := s.conn.ExecContext(ctx, text)
	if err == nil {
		s.full = full
	}
	return err
}

// After how many rows, and how long after the last time, the log is emptied into the file. If it
// were done more often, thousands of rows a second would wait for the disk all the time.
const (
	tidyRows  = 1500
	tidyEvery = 5 * time.Second
)

// tidy empties the log into the file (a checkpoint) when it has grown and no caller waits for a
// result, because a checkpoint takes two syncs. SQLite does it by itself in the middle of any
// commit, but only for a log that has grown very long. What cannot be done now is done the next
// time.
func (s *store) tidy(b *batch) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.untidy += b.rows(); b.full || s.untidy < tidyRows || time.Since(s.tidied) < tidyEvery {
		return
	}
	s.untidy, s.tidied = 0, time.Now()
	_, _ = s.conn.ExecContext(context.Background(), "PRAGMA wal_checkpoint(PASSIVE)")
}

// putEvent writes one event and reports whether its payment is there.
func (s *store) putEvent(ctx context.Context, e *watch.Event) (bool, error) {
	raw := text(e.Raw)
	at := rawKey{e.ID, e.Kind}
	var sum uint64
	if e.Raw != "" {
		sum = maphash.String(seed, e.Raw)
		if have, ok := s.raws[at]; ok && have == sum {
			raw = asBefore
		}
	}
	var verdict, took any
	if e.Kind == watch.EventVerdict {
		verdict = e.Verdict.String()
	}
	if e.Took != 0 {
		took = millis(e.Took)
	}
	out, err := s.note.ExecContext(ctx, key(e.ID), when(e.At), e.From.String(), word(kinds[:], e.Kind), text(e.Word),
		number(e.Code), took, verdict, word(reasons, e.Reason), text(e.Text), raw)
	if err != nil {
		return false, err
	}
	n, err := out.RowsAffected()
	if err != nil || n == 0 {
		return false, err
	}
	if e.Raw != "" {
		if len(s.raws) >= rawsMost {
			clear(s.raws)
		}
		s.raws[at] = sum
	}
	return true, s.trim(ctx, e.ID)
}

// How much of one payment's history is kept: more than a screen shows, and so little that neither a
// payment without an end nor a server that repeats itself fills a disk.
const (
	notesMost = 2000
	trimEvery = 500 // events of a payment between two trims
)

// trim removes the middle of a long history, once in trimEvery events.
func (s *store) trim(ctx context.Context, id watch.ID) error {
	if s.noted[id]++; s.noted[id]%trimEvery != 0 {
		return nil
	}
	if len(s.noted) >= rawsMost {
		clear(s.noted)
	}
	for kind := range kinds { // the next raw must not refer to a removed one
		delete(s.raws, rawKey{id, watch.EventKind(kind)})
	}
	_, err := s.conn.ExecContext(ctx, trimNotes, key(id), watch.HistoryHead, notesMost)
	return err
}

// salvage copies what can be read of the payments in a damaged file, and says how many.
func (s *store) salvage(path string) (int, error) {
	db, err := openReading(path)
	if err != nil {
		return 0, nil // nothing can be
	}
	defer func() { _ = db.Close() }()
	found := map[int64]Payment{}
	how := ofFormat(db)
	for _, text := range []string{upRows, downRows} { // up to the break, and down to it
		collect(how, text, found)
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	ctx := context.Background()
	return len(found), s.within(ctx, func() error {
		for _, n := range sorted(found) {
			if err := s.restore(ctx, found[n]); err != nil {
				return err
			}
		}
		return nil
	})
}

// collect reads rows until one cannot be read.
func collect(q querier, text string, found map[int64]Payment) {
	for p, err := range payments(q, text, math.MinInt64) {
		if err == nil {
			found[p.n] = p
		}
	} // the iteration ends with an error, because the file is damaged
}

// restore writes a payment as it was read.
func (s *store) restore(ctx context.Context, p Payment) error {
	snap := watch.Snapshot{
		Known: p.Known, Judgement: watch.Judgement{Verdict: p.Verdict, Reason: p.Reason}, Rev: p.Rev, At: p.At,
	}
	row, err := known(handed(nil, p.Payment), &snap)
	if err != nil {
		return err
	}
	return s.put(ctx, s.tell, row, func() []any { return row })
}

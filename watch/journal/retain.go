package journal

import (
	"context"
	"time"
)

// Old payments are deleted by the writer, a few in a transaction and only while nothing
// else waits, so that nobody notices.

// sweeping reports whether there may be something to delete.
func (j *Journal) sweeping() bool { return j.c.Retain > 0 && j.swept.IsZero() }

// sweepStep deletes a few payments that ended long ago.
func (j *Journal) sweepStep() {
	n, err := j.store.sweep(j.c.Wall().Add(-j.c.Retain))
	if err != nil {
		j.fail(err)
		return
	}
	if n == 0 {
		j.swept = time.Now()
	}
}

// sweep deletes some payments whose newest news is older, and says how many.
func (s *store) sweep(before time.Time) (int, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	ctx := context.Background()
	var old []int64
	err := s.within(ctx, func() error {
		var err error
		if old, err = s.oldest(ctx, before); err != nil {
			return err
		}
		for _, n := range old {
			for _, text := range []string{dropNotes, dropRow} {
				if _, err := s.conn.ExecContext(ctx, text, n); err != nil {
					return err
				}
			}
		}
		return nil
	})
	return len(old), err
}

func (s *store) oldest(ctx context.Context, before time.Time) ([]int64, error) {
	rows, err := s.conn.QueryContext(ctx, oldRows, before.UTC().Format(stamp))
	if err != nil {
		return nil, err
	}
	defer func() { _ = rows.Close() }()
	var out []int64
	for rows.Next() {
		var n int64
		if err := rows.Scan(&n); err != nil {
			return nil, err
		}
		out = append(out, n)
	}
	return out, rows.Err()
}

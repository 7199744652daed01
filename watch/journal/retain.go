package journal

import (
	"context"
	"time"
)

// The writer sweeps old payments, a few in a transaction and only while nothing else waits. Their
// histories and the names in them go. What identifies a payment and its end stays, because its line
// may be handed over for years.

// sweeping reports whether there may be something to sweep.
func (j *Journal) sweeping() bool { return j.c.Retain > 0 && j.swept.IsZero() && j.c.Agreed() }

// sweepStep sweeps a few payments that ended long ago: by the clock, and by the newest that
// the file knows, so that one of the two may be wrong.
func (j *Journal) sweepStep() {
	n, err := 0, error(nil)
	if before, known, fault := j.store.newest(); fault != nil {
		err = fault
	} else if known {
		if now := j.c.Wall(); now.Before(before) {
			before = now
		}
		n, err = j.store.sweep(before.Add(-j.c.Retain))
	}
	if err != nil {
		j.fail(err)
		return
	}
	if n == 0 {
		j.swept = time.Now()
	}
}

// newest is the wall time of the newest news of any payment, and whether there is any.
func (s *store) newest() (time.Time, bool, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	var at string
	err := s.conn.QueryRowContext(context.Background(), newestRow).Scan(&at)
	return moment(at), at != "", err
}

// sweep sweeps some payments whose newest news is older, and says how many.
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
			for _, text := range []string{dropNotes, markRow, sweepRow, sumRow} {
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

package journal

import (
	"fmt"
	"testing"
	"time"

	"tillwatch/watch"
)

// A server that never rests fills no disk, with a file or without one.
func TestNote_OfALongHistoryTheBeginningAndTheNewestAreKept(t *testing.T) {
	for _, file := range []string{"", path(t)} {
		s := begin(t, file)
		s.keep(payment(1))
		s.keep(payment(2))
		s.Note(watch.Event{ID: payment(2).ID(), At: day, Kind: watch.EventHanded})
		const all = 20 * trimEvery
		for n := range all {
			s.Note(watch.Event{ID: payment(1).ID(), At: day.Add(time.Duration(n) * time.Second), From: watch.FromChannel, Kind: watch.EventHint, Word: fmt.Sprint("WORD ", n), Raw: "{}"})
			if n%2000 == 0 {
				s.flush()
			}
		}
		entries, missing := s.History(payment(1).ID())
		if first, last := entries[0].Word, entries[len(entries)-1].Word; first != "WORD 0" || last != fmt.Sprint("WORD ", all-1) || missing == 0 || entries[len(entries)-1].Raw != "{}" {
			t.Errorf("kept are %q to %q, %d are missing", first, last, missing)
		}
		var rows int
		s.store.mu.Lock()
		err := s.store.conn.QueryRowContext(t.Context(), "SELECT count(*) FROM events").Scan(&rows)
		s.store.mu.Unlock()
		if err != nil || rows > notesMost+watch.HistoryHead+trimEvery+1 {
			t.Errorf("%d events are kept, %v", rows, err)
		}
		if entries, _ := s.History(payment(2).ID()); len(entries) != 1 {
			t.Errorf("another's are %v", entries)
		}
		s.shut()
	}
}

package journal

import (
	"slices"
	"testing"
	"time"

	"tillwatch/watch"
)

func TestRetain_SweepsOnlyWhatEndedLongAgoAndKnowsItStill(t *testing.T) {
	file := path(t)
	s := begin(t, file)
	old := -40 * 24 * time.Hour
	told := moved(ended(303, 1, watch.StatusFailed), old)
	told.At = day // there is news of it
	s.Tell(told)
	s.flush() // it would be the first to go
	for n := 1; n <= 300; n++ {
		s.Tell(moved(ended(n, 1, watch.StatusCompleted), old))
		s.Note(watch.Event{ID: payment(n).ID(), At: day, Kind: watch.EventAnswer})
	}
	s.Tell(moved(waiting(301, 1), old))
	s.Tell(ended(302, 1, watch.StatusFailed))
	s.shut()

	s = prepare(t, file)
	s.config.Retain = 30 * 24 * time.Hour
	s.open()
	var secure int
	s.store.mu.Lock()
	err := s.store.conn.QueryRowContext(t.Context(), "PRAGMA secure_delete").Scan(&secure)
	s.store.mu.Unlock()
	if err != nil || secure != 2 {
		t.Errorf("secure_delete is %d, want 2 (FAST), %v", secure, err)
	}
	s.keep(payment(304)) // the writer does not stall
	late := time.After(patient)
	for {
		var payments, events int
		if err := s.store.beside.QueryRow("SELECT (SELECT count(*) FROM payments WHERE swept = 0), (SELECT count(*) FROM events)").Scan(&payments, &events); err != nil {
			t.Fatal(err)
		}
		if payments == 4 && events == 0 {
			break
		}
		select {
		case <-late:
			t.Fatalf("%d payments and %d events are left", payments, events)
		default:
		}
	}
	// Its line may be handed over again after years: old money is no news.
	past, known, err := s.Recall(payment(7).ID())
	if err != nil || !known || past.Verdict != watch.Paid || past.Final.Code != 200 || past.Label != "" || past.Phone != "" || past.Final.Gateway != "" {
		t.Errorf("of a swept one it knows %+v, %t, %v", past, known, err)
	}
	var names int
	if err := s.store.beside.QueryRow("SELECT count(*) FROM payments WHERE swept = 1 AND (label IS NOT NULL OR phone IS NOT NULL)").Scan(&names); err != nil || names > 0 {
		t.Errorf("%d names are left, %v", names, err)
	}
	var got []int64
	for _, p := range s.load(time.Time{}) {
		got = append(got, p.Session)
	}
	if want := []int64{303, 301, 302, 304}; !slices.Equal(got, want) {
		t.Errorf("kept %v, want %v", got, want)
	}
}

// A till without a clock battery starts in another year: nothing is swept by that.
func TestRetain_AClockThatIsWrongSweepsNothing(t *testing.T) {
	file := path(t)
	s := begin(t, file)
	s.keep(payment(1))
	s.Tell(ended(1, 1, watch.StatusCompleted))
	s.Tell(moved(ended(2, 1, watch.StatusCompleted), -48*time.Hour))
	s.shut()
	whole := func(s *stage, n int) bool {
		past, known, err := s.Recall(payment(n).ID())
		if err != nil || !known {
			t.Fatalf("of payment %d it knows %t, %v", n, known, err)
		}
		return past.Label != ""
	}

	s = prepare(t, file)
	s.config.Retain, s.config.Agreed = 24*time.Hour, func() bool { return false } // nobody knows the time
	s.open()
	s.keep(payment(3))
	s.keep(payment(4))
	if !whole(s, 1) || !whole(s, 2) {
		t.Error("something was swept by a clock that may be wrong")
	}
	s.shut()

	s = prepare(t, file)
	s.config.Retain, s.config.Wall = 24*time.Hour, func() time.Time { return day.AddDate(1, 0, 0) }
	s.open()
	for late := time.After(patient); whole(s, 2); {
		select {
		case <-late:
			t.Fatal("nothing is swept at all")
		default:
		}
	}
	if !whole(s, 1) {
		t.Error("the newest is swept by a clock that is a year ahead")
	}
}

// A row that somebody has edited is no reason to go down, at a sweep neither.
func TestRetain_SweepsAnEditedRowToo(t *testing.T) {
	file := path(t)
	s := begin(t, file)
	s.Tell(ended(1, 1, watch.StatusCompleted))
	s.Tell(moved(ended(2, 1, watch.StatusCompleted), -48*time.Hour))
	s.flush()
	run(t, s.store, "UPDATE payments SET final = '{' WHERE session_id = 2")
	s.shut()
	s = prepare(t, file)
	s.config.Retain = 24 * time.Hour
	s.open()
	for late, swept := time.After(patient), 0; swept == 0; {
		if err := s.store.beside.QueryRow("SELECT count(*) FROM payments WHERE swept = 1").Scan(&swept); err != nil {
			t.Fatal(err)
		}
		select {
		case <-late:
			t.Fatal("nothing is swept")
		default:
		}
	}
	if text, _ := s.Trouble(); text != "" {
		t.Errorf("it is down: %s", text)
	}
}

// A run that could not read the first end has told another: the next one must see both.
func TestTell_OfAnotherEndThanTheFirstIsAContradiction(t *testing.T) {
	s := begin(t, path(t))
	s.Tell(ended(1, 1, watch.StatusFailed))
	s.flush()
	s.Tell(ended(1, 2, watch.StatusCompleted))
	s.flush()
	past, known, err := s.Recall(payment(1).ID())
	if j := watch.Judge(&past.Known, day); err != nil || !known || j.Verdict != watch.Check {
		t.Errorf("it is %v, %t, %v", j.Verdict, known, err)
	}
}

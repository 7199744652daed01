package journal

import (
	"os"
	"regexp"
	"slices"
	"strings"
	"testing"
	"time"

	"tillwatch/watch"
)

func TestJournal_KnowsAfterARestartWhatWasHandedOverAndTold(t *testing.T) {
	file := path(t)
	s := begin(t, file)
	s.keep(payment(1))
	s.keep(payment(2))
	s.Tell(ended(2, 3, watch.StatusCompleted))
	s.Tell(waiting(3, 1)) // nobody kept it first
	s.shut()

	s = begin(t, file)
	past := s.load(day)
	if len(past) != 3 {
		t.Fatalf("loaded %d, want 3", len(past))
	}
	for i, want := range []watch.Verdict{watch.Waiting, watch.Paid, watch.Waiting} {
		if past[i].Verdict != want || past[i].Session != int64(i+1) {
			t.Errorf("%d is session %d, %v, want %v", i, past[i].Session, past[i].Verdict, want)
		}
	}
	if got := past[1]; got.Final.Status != watch.StatusCompleted || got.Rev != 3 || got.Charged().Amount != "18.00" || !got.At.Equal(day.Add(3*time.Second)) {
		t.Errorf("the end came back as %+v", got)
	}
}

// A run that is killed at once leaves nothing of what it has told, not even its Revs: only
// that there was one more.
func TestJournal_GivesEveryRunRevsThatNoOtherHas(t *testing.T) {
	file := path(t)
	s := begin(t, file)
	s.keep(payment(1))
	s.Tell(waiting(1, 3))
	least := uint64(3)
	for range 3 {
		s.shut()
		s = begin(t, file)
		recalled, _, _ := s.Recall(payment(1).ID())
		loaded := s.load(day)[0]
		if loaded.Least < least+1000 || recalled.Least != loaded.Least || loaded.Rev != 3 {
			t.Fatalf("loaded from %d on, recalled from %d on, after %d", loaded.Least, recalled.Least, least)
		}
		least = loaded.Least
	}
}

func TestJournal_InMemoryWorksAlike(t *testing.T) {
	s := begin(t, "")
	s.keep(payment(1))
	s.Tell(ended(1, 2, watch.StatusFailed))
	s.Note(watch.Event{ID: payment(1).ID(), At: day, Kind: watch.EventHanded, From: watch.FromYou})
	past, ok, _ := s.Recall(payment(1).ID())
	if !ok || past.Verdict != watch.NotPaid {
		t.Errorf("recalled %v, %v", ok, past.Verdict)
	}
	if entries, missing := s.History(payment(1).ID()); len(entries) != 1 || missing != 0 {
		t.Errorf("history is %v and %d missing", entries, missing)
	}
	if text, _ := s.Trouble(); text != "" || len(s.load(day)) != 1 {
		t.Errorf("trouble %q, loaded %d", text, len(s.load(day)))
	}
}

func TestLoad_TakesTheUnresolvedTheRecentAndTheChecksOfAWeek(t *testing.T) {
	s := begin(t, path(t))
	stopped := waiting(5, 1)
	stopped.Stopped, stopped.Verdict, stopped.At = true, watch.Stopped, day.Add(-time.Hour)
	overdue := waiting(6, 1)
	overdue.Verdict, overdue.Reason, overdue.At = watch.Check, watch.Overdue, day.AddDate(0, 0, -30)
	for _, snap := range []watch.Snapshot{
		moved(waiting(1, 1), -30*24*time.Hour),                       // unresolved, however old
		moved(ended(2, 1, watch.StatusCompleted), -25*time.Hour),     // ended the day before
		moved(ended(3, 1, watch.StatusCompleted), -time.Hour),        // today
		moved(contradicted(4, 1), -5*24*time.Hour), stopped, overdue, // to be looked at
		moved(contradicted(7, 1), -8*24*time.Hour), // for too long
	} {
		s.keep(snap.Payment)
		s.Tell(snap)
	}
	var got []int64
	for _, p := range s.load(day.Add(-24 * time.Hour)) {
		got = append(got, p.Session)
	}
	if want := []int64{1, 3, 4, 5, 6}; !slices.Equal(got, want) {
		t.Errorf("loaded %v, want %v", got, want)
	}
}

// moved is a Snapshot of another time.
func moved(s watch.Snapshot, by time.Duration) watch.Snapshot {
	for _, at := range []*time.Time{&s.At, &s.Latest.At, &s.Final.At, &s.Handed} {
		if !at.IsZero() {
			*at = at.Add(by)
		}
	}
	if later := s.Changed.Answer(); s.Changed.Said() {
		later.At = later.At.Add(by)
		s.Changed = watch.Keep(later)
	}
	return s
}

func TestKeep_OfAKnownPaymentFillsItAndLeavesWhatIsKnown(t *testing.T) {
	s := begin(t, path(t))
	bare := watch.Payment{Reference: reference(1), Handed: day}
	s.keep(bare)
	old := waiting(1, 7)
	old.Payment = bare
	s.Tell(old)
	whole := payment(1)
	whole.Handed = day
	s.keep(whole)
	late := waiting(1, 8) // made before the merge, told after it
	late.Payment = bare
	s.Tell(late)

	past := s.load(day)
	if len(past) != 1 || past[0].Session != 1 || past[0].Rev != 8 || past[0].Status != watch.StatusPending || past[0].Expected.Amount != "18.00" {
		t.Errorf("the journal has %+v", past)
	}
}

func TestTell_NeverMixesTwoSources(t *testing.T) {
	s := begin(t, path(t))
	p := watch.Payment{Reference: reference(1), SourceType: "INVOICE", Handed: day}
	s.keep(p)
	snap := waiting(1, 1) // of ORDER:101
	s.Tell(snap)
	if got := s.load(day)[0]; got.SourceType != "INVOICE" || got.SourceID != 0 {
		t.Errorf("it became %s:%d", got.SourceType, got.SourceID)
	}
}

func TestJournal_NeverHoldsAWholePhoneNumberOrTheClientID(t *testing.T) {
	file := path(t)
	s := begin(t, file)
	s.keep(payment(1))
	s.Tell(ended(1, 1, watch.StatusCompleted))
	s.keep(payment(1))
	if got := s.load(day)[0].Phone; got != "231******789" {
		t.Errorf("the phone is %s", string(got))
	}
	s.flush()
	for _, end := range []string{"", "-wal"} {
		content, err := os.ReadFile(file + end)
		if err != nil {
			t.Fatal(err)
		}
		for _, secret := range []string{"231883456789", "883456", "shop-1"} {
			if strings.Contains(string(content), secret) {
				t.Errorf("%s holds %s", end, secret)
			}
		}
	}
}

func TestHistory_FoldsAndKnowsAnAnswersRawThatIsStoredOnce(t *testing.T) {
	file := path(t)
	s := begin(t, file)
	id := payment(1).ID()
	s.Note(watch.Event{ID: id, At: day, Kind: watch.EventHanded, From: watch.FromYou}) // before anything else is known
	s.flush()
	s.Tell(waiting(1, 1))
	raw := strings.Repeat("{\"a\": \"b\"} ", 400)
	for i := range 5 {
		s.Note(watch.Event{
			ID: id, At: day.Add(time.Duration(i) * time.Second), Kind: watch.EventAnswer, From: watch.FromAPI, Word: "PENDING", Code: 200,
			Took: 1234 * time.Microsecond, Raw: raw,
		})
	}
	s.Note(watch.Event{ID: id, At: day, Kind: watch.EventVerdict, Verdict: watch.Check, Reason: watch.Overdue})
	check := func(entries []watch.Entry, missing int) {
		t.Helper()
		if len(entries) != 3 || missing != 0 {
			t.Fatalf("%d entries: %+v", len(entries), entries)
		}
		kinds := map[watch.EventKind]watch.Entry{}
		for _, e := range entries {
			kinds[e.Kind] = e
		}
		if e := kinds[watch.EventAnswer]; e.Times != 5 || e.Raw != raw || e.Took != 1234*time.Microsecond || e.From != watch.FromAPI || e.Code != 200 {
			t.Errorf("the answers are %+v", e)
		}
		if e := kinds[watch.EventVerdict]; e.Verdict != watch.Check || e.Reason != watch.Overdue {
			t.Errorf("the verdict is %+v", e)
		}
	}
	check(s.History(id))
	var stored int
	if err := s.store.beside.QueryRow("SELECT count(*) FROM events WHERE raw > '='").Scan(&stored); err != nil || stored != 1 {
		t.Errorf("the raw is stored %d times, %v", stored, err)
	}
	r, err := Read(file)
	if err != nil {
		t.Fatal(err)
	}
	defer r.Close()
	entries, missing, err := r.History(id)
	if err != nil {
		t.Fatal(err)
	}
	check(entries, missing)
}

func TestJournal_StoresHostileTextAndGivesItBackFitForAScreen(t *testing.T) {
	file := path(t)
	s := begin(t, file)
	labels := []string{`Robert'); DROP TABLE payments;--`, "a\x00b", "💳 注文 \"quoted\"", "%s ?1 :id $x @y", "="}
	for i, label := range labels {
		p := payment(i + 1)
		p.Label = label
		s.keep(p)
	}
	weird := watch.Payment{Reference: "x' OR '1'='1", Handed: day}
	s.keep(weird)
	raw := strings.Repeat("x", 16<<10)
	s.Note(watch.Event{ID: weird.ID(), At: day, Kind: watch.EventAnswer, From: watch.FromAPI, Raw: raw, Text: "'); --"})
	s.flush()
	past := s.load(day)
	for i, label := range labels {
		if past[i].Label != watch.Clean(label, mostText) {
			t.Errorf("%q came back as %q", label, past[i].Label)
		}
	}
	if got, ok, _ := s.Recall(weird.ID()); !ok || got.Reference != weird.Reference {
		t.Errorf("recalled %v %q", ok, got.Reference)
	}
	if entries, _ := s.History(weird.ID()); len(entries) != 1 || entries[0].Raw != raw {
		t.Error("a large raw did not come back")
	}
}

func run(t *testing.T, s *store, text string) {
	t.Helper()
	s.mu.Lock()
	defer s.mu.Unlock()
	if _, err := s.conn.ExecContext(t.Context(), text); err != nil {
		t.Fatal(err)
	}
}

func TestClose_WritesWhatWaitsAndMayBeFollowedByAnything(t *testing.T) {
	file := path(t)
	s := prepare(t, file)
	s.config.test.batch = time.Hour // only Close can write it
	s.open()
	s.Tell(waiting(1, 1))
	s.shut()
	s.shut()
	s.Tell(ended(2, 1, watch.StatusCompleted))
	s.Note(watch.Event{ID: payment(2).ID()})
	called := false
	s.Keep(payment(3), func() { called = true })
	s.Keep(payment(3), nil)
	if s.mu.Lock(); len(s.told) != 2 || !called {
		t.Errorf("told %d, called %v", len(s.told), called)
	}
	s.mu.Unlock()
	if got := begin(t, file).load(day); len(got) != 1 || got[0].Session != 1 {
		t.Errorf("the file has %v", got)
	}
}

// What docs/journal.md asks SQLite's own tool can be asked.
func TestDocs_StatementsCanBeAsked(t *testing.T) {
	text, err := os.ReadFile("../../docs/journal.md")
	if err != nil {
		t.Fatal(err)
	}
	asked := regexp.MustCompile(`(?m)^sqlite3 .*"(select .*)"$`).FindAllStringSubmatch(string(text), -1)
	if len(asked) < 2 {
		t.Fatalf("there are %d statements", len(asked))
	}
	s := begin(t, path(t))
	s.keep(payment(1))
	for _, statement := range asked {
		rows, err := s.store.beside.Query(statement[1])
		if err != nil {
			t.Errorf("%s: %v", statement[1], err)
			continue
		}
		rows.Close()
	}
}

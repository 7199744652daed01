package journal

import (
	"database/sql"
	"errors"
	"os"
	"path/filepath"
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
	for _, at := range []*time.Time{&s.At, &s.Latest.At, &s.Final.At, &s.Changed.At, &s.Handed} {
		if !at.IsZero() {
			*at = at.Add(by)
		}
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

func TestJournal_StoresHostileTextAsItIs(t *testing.T) {
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
		if past[i].Label != label {
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

func TestOpen_RefusesAnothersJournalAndNeverNamesTheClient(t *testing.T) {
	file := path(t)
	begin(t, file).shut()
	for want, change := range map[string]func(*Config){
		"base URL":   func(c *Config) { c.BaseURL = "https://other.example" },
		"client id":  func(c *Config) { c.ClientID = "shop-2-whole-id" },
		"real money": func(c *Config) { c.Real = true },
	} {
		s := prepare(t, file)
		change(&s.config)
		_, err := Open(s.config)
		var owner *OwnerError
		if !errors.As(err, &owner) || !strings.Contains(err.Error(), want) || !strings.Contains(err.Error(), "--journal FILE") {
			t.Errorf("%s: %v", want, err)
		}
		if err != nil && strings.Contains(err.Error(), "shop-") {
			t.Errorf("it names the client: %v", err)
		}
	}
	s := prepare(t, file)
	s.config.BaseURL = "https://DOLLR.example/"
	s.open().shut() // the same in other letters
}

func TestOpen_RefusesANewerFormatAndLeavesOthersFilesAlone(t *testing.T) {
	file := path(t)
	s := begin(t, file)
	run(t, s.store, "PRAGMA user_version = 99")
	s.shut()
	var version *VersionError
	if _, err := Open(s.config); !errors.As(err, &version) || version.Have != 99 {
		t.Errorf("a newer format gives %v", err)
	}

	dir := t.TempDir()
	database := filepath.Join(dir, "theirs.db")
	theirs, err := sql.Open("sqlite", database)
	if err != nil {
		t.Fatal(err)
	}
	if _, err := theirs.Exec("CREATE TABLE notes (a); INSERT INTO notes VALUES (1)"); err != nil {
		t.Fatal(err)
	}
	theirs.Close()
	text := filepath.Join(dir, "notes.txt")
	if err := os.WriteFile(text, []byte(strings.Repeat("what I must not forget\n", 20)), 0o644); err != nil {
		t.Fatal(err)
	}
	for _, path := range []string{database, text} {
		before, _ := os.ReadFile(path)
		_, err := Open(prepare(t, path).config)
		var foreign *ForeignError
		if !errors.As(err, &foreign) || !strings.Contains(err.Error(), "--journal FILE") {
			t.Errorf("%s: %v", path, err)
		}
		if after, _ := os.ReadFile(path); string(before) != string(after) {
			t.Errorf("%s was changed", path)
		}
		if exists(lockName(path)) {
			t.Errorf("%s has got a lock beside it", path)
		}
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

func TestOpen_MakesItsFilesForTheOwnerAlone(t *testing.T) {
	file := path(t)
	s := begin(t, file)
	s.keep(payment(1))
	for name, want := range map[string]os.FileMode{
		filepath.Dir(file): 0o700 | os.ModeDir, file: 0o600, file + "-wal": 0o600, file + "-shm": 0o600, lockName(file): 0o600,
	} {
		if info, err := os.Stat(name); err != nil || info.Mode() != want {
			t.Errorf("%s: %v, %v, want %v", name, info.Mode(), err, want)
		}
	}
	s.shut()
	if exists(file+"-wal") || exists(file+"-shm") || !exists(lockName(file)) {
		t.Error("a closed journal is its file and its lock alone")
	}
	for _, name := range []string{file, lockName(file)} {
		if err := os.Chmod(name, 0o666); err != nil {
			t.Fatal(err)
		}
	}
	begin(t, file).keep(payment(2))
	for _, end := range []string{"", "-wal", "-shm", ".lock"} {
		if info, err := os.Stat(file + end); err != nil || info.Mode() != 0o600 {
			t.Errorf("a file that others could read stays %v, %v", info.Mode(), err)
		}
	}
}

func TestOpen_FollowsALinkToTheFolderAndToTheFile(t *testing.T) {
	dir := t.TempDir()
	real, link := filepath.Join(dir, "real"), filepath.Join(dir, "link")
	if err := os.Mkdir(real, 0o700); err != nil {
		t.Fatal(err)
	}
	if err := os.Symlink(real, link); err != nil {
		t.Fatal(err)
	}
	s := begin(t, filepath.Join(link, "a ?#%41.db"))
	s.keep(payment(1))
	if !exists(filepath.Join(real, "a ?#%41.db")) {
		t.Error("there is no file behind the link")
	}
	file := filepath.Join(dir, "file")
	if err := os.Symlink(filepath.Join(real, "a ?#%41.db"), file); err != nil {
		t.Fatal(err)
	}
	var busy *BusyError
	if _, err := Open(prepare(t, file).config); !errors.As(err, &busy) || busy.PID != os.Getpid() {
		t.Errorf("by another name it gives %v", err)
	}
}

func TestDefaultName_KeepsRealMoneyApart(t *testing.T) {
	for _, c := range []struct {
		base string
		real bool
		want string
	}{
		{"https://api.heydollr.app", true, "real.db"},
		{"https://API.heydollr.app.:443/", true, "real.db"},
		{"https://proxy.shop.example:8443/dollr", true, "real-proxy.shop.example.db"},
		{"http://127.0.0.1:8080", false, "test-127.0.0.1_8080.db"},
		{"http://[::1]:8080", false, "test-1_8080.db"},
		{"https://dollr.example", false, "test-dollr.example.db"},
		{"../../etc/passwd", false, "test.db"},
		{"", false, "test.db"},
	} {
		got := DefaultName(c.base, "shop", c.real)
		if !c.real {
			got = strings.Replace(got, "_"+fingerprint("shop")[:6], "", 1)
		}
		if got != c.want {
			t.Errorf("%s, %v: %s, want %s", c.base, c.real, got, c.want)
		}
	}
	if one, two := DefaultName("http://127.0.0.1:8080", "a", false), DefaultName("http://127.0.0.1:8080", "b", false); one == two {
		t.Errorf("two sandboxes share %s", one)
	}
}

func TestMigrations_ACutOneHasNotBeenAndAWholeOneKeepsThePayments(t *testing.T) {
	file := path(t)
	s := begin(t, file)
	s.keep(payment(1))
	s.shut()

	s = prepare(t, file)
	s.config.test.steps = append(migrations[:1:1], "ALTER TABLE payments ADD COLUMN tip TEXT; CREATE TABLE meta (a); PRAGMA user_version = 2;")
	s.open() // it fails in the middle
	if text, _ := s.Trouble(); text == "" {
		t.Error("a migration that fails is no trouble")
	}
	if got := s.load(day); len(got) != 1 {
		t.Errorf("what is there cannot be read: %v", got)
	}
	_ = s.Close()

	s = prepare(t, file)
	s.config.test.steps = append(migrations[:1:1], "ALTER TABLE payments ADD COLUMN tip TEXT DEFAULT 'none'; PRAGMA user_version = 2;")
	s.open()
	var version int
	var tip string
	if err := s.store.beside.QueryRow("SELECT tip, (SELECT user_version FROM pragma_user_version) FROM payments").Scan(&tip, &version); err != nil || version != 2 || tip != "none" {
		t.Errorf("format %d, %q, %v", version, tip, err)
	}
	if got := s.load(day); len(got) != 1 || got[0].Session != 1 {
		t.Errorf("loaded %v", got)
	}
}

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

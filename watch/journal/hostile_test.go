package journal

import (
	"bytes"
	"database/sql"
	"errors"
	"fmt"
	"io"
	"math/rand/v2"
	"os"
	"path/filepath"
	"reflect"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"
	"unicode"
	"unicode/utf8"

	sqlite3 "modernc.org/sqlite/lib"

	"tillwatch/watch"
)

// truth is a small journal with all kinds of payments, and what is so of each.
type truth struct {
	files map[string][]byte // by the end of their name: "", and "-wal"
	of    map[watch.ID]watch.Past
}

// tell fills a journal with payments of each verdict and some events.
func fillSmall(s *stage) {
	for n := 1; n <= 12; n++ {
		s.Keep(payment(n), nil)
		switch n % 4 {
		case 0:
			s.Tell(ended(n, 2, watch.StatusCompleted))
		case 1:
			s.Tell(ended(n, 2, watch.StatusFailed))
		case 2:
			s.Tell(waiting(n, 2))
		default:
			s.Tell(contradicted(n, 2))
		}
		for i := range 3 {
			s.Note(watch.Event{ID: payment(n).ID(), At: day, From: watch.FromAPI, Kind: watch.EventAnswer, Code: 200, Word: "PENDING", Raw: fmt.Sprintf(`{"n":%d}`, i)})
		}
	}
	s.flush()
}

// small makes such a journal: closed well, or with its newest writes in the log alone.
func small(t *testing.T, logged bool) truth {
	t.Helper()
	file := path(t)
	s := begin(t, file)
	fillSmall(s)
	tr := truth{files: map[string][]byte{}, of: map[watch.ID]watch.Past{}}
	for _, p := range s.load(time.Time{}) {
		tr.of[p.ID()] = p
	}
	if !logged {
		s.shut()
	}
	for _, end := range []string{"", "-wal"} {
		if content, err := os.ReadFile(file + end); err == nil {
			tr.files[end] = content
		}
	}
	if logged {
		s.shut()
		if len(tr.files["-wal"]) == 0 {
			t.Fatal("there is no log")
		}
	}
	return tr
}

// open opens a changed copy as a run does, and as export does, and says what is wrong.
func (tr truth) open(t *testing.T, dir, end string, change func([]byte) []byte) error {
	file := filepath.Join(dir, "till.db")
	for name, content := range tr.files {
		if name == end {
			content = change(append([]byte(nil), content...))
		}
		if err := os.WriteFile(file+name, content, 0o600); err != nil {
			return err
		}
	}
	if err := os.WriteFile(lockName(file), nil, 0o600); err != nil {
		return err
	}
	if err := tr.export(file); err != nil {
		return fmt.Errorf("export: %w", err)
	}
	c := prepare(t, file).config
	var mu sync.Mutex
	var said []string
	c.Say = func(text string, bad bool) {
		mu.Lock()
		defer mu.Unlock()
		if bad {
			said = append(said, text)
		}
	}
	c.Tell, c.Retell = nil, nil
	j, err := Open(c)
	if err != nil {
		return oneLine(err.Error()) // it was refused
	}
	past, odd := j.Load(time.Time{})
	if text := j.look(); text != nil { // as it is done behind the start
		past, odd = j.Load(time.Time{})
	}
	for _, p := range past {
		if err := tr.check(p); err != nil {
			return err
		}
		j.History(p.ID())
	}
	if p, known, err := j.Recall(payment(4).ID()); known && err == nil {
		if err := tr.check(p); err != nil {
			return fmt.Errorf("recalled: %w", err)
		}
	}
	trouble, _ := j.Trouble()
	j.Tell(waiting(13, 1))
	_ = j.Close()
	mu.Lock()
	defer mu.Unlock()
	if len(past) < len(tr.of) && odd == nil && trouble == "" && len(said) == 0 && end != "-wal" {
		return fmt.Errorf("%d of %d payments, and nobody is told", len(past), len(tr.of))
	}
	if odd != nil {
		said = append(said, odd.Error())
	}
	return oneLine(said...)
}

// check compares a payment with the truth: what it claims must be so.
func (tr truth) check(p watch.Past) error {
	real, known := tr.of[p.ID()]
	verdict := watch.Judge(&p.Known, day.Add(time.Hour)).Verdict
	switch {
	case !known:
		if verdict == watch.Paid || verdict == watch.NotPaid {
			return fmt.Errorf("%s is made up, and %v", p.ID(), verdict)
		}
		return nil
	case p.Damaged && (verdict == watch.Paid || verdict == watch.NotPaid):
		return fmt.Errorf("%s is damaged and %v", p.ID(), verdict)
	case p.Damaged || p.Rev == 0: // asked again; or handed over, and what came then is cut off
		return nil
	case verdict != watch.Judge(&real.Known, day.Add(time.Hour)).Verdict, p.Payment != real.Payment, p.Charged() != real.Charged(), p.Final != real.Final:
		return fmt.Errorf("%s is %+v, and was %+v", p.ID(), p, real)
	}
	return nil
}

func (tr truth) export(file string) error {
	r, err := Read(file)
	if err != nil {
		return oneLine(err.Error())
	}
	defer r.Close()
	_, _ = r.Info()
	for p, err := range r.Payments(Filter{}) {
		if err != nil {
			continue
		}
		if err := tr.check(p.Past); err != nil {
			return err
		}
	}
	_, err = Export(io.Discard, CSV, r.Payments(Filter{}))
	if err != nil {
		return oneLine(err.Error())
	}
	_, _, _ = r.History(payment(4).ID())
	return nil
}

// oneLine complains about words that are no single clean line.
func oneLine(all ...string) error {
	for _, text := range all {
		if strings.ContainsAny(text, "\n\r\x1b") || len(text) > 1500 || strings.Contains(text, "goroutine") {
			return errors.New("no single line: " + text)
		}
	}
	return nil
}

// memory is a folder that no disk slows down, where there is one: thousands of syncs would be
// a matter of minutes.
func memory(t *testing.T) string {
	if dir, err := os.MkdirTemp("/dev/shm", "tillwatch-test-"); err == nil {
		t.Cleanup(func() { _ = os.RemoveAll(dir) })
		return dir
	}
	return t.TempDir()
}

// spoil tries many changes, each on a fresh copy.
func spoil(t *testing.T, tr truth, end string, n int, change func(i int, content []byte) []byte) {
	t.Helper()
	root := memory(t)
	for i := range n {
		dir := filepath.Join(root, fmt.Sprint(i))
		if err := os.Mkdir(dir, 0o700); err != nil {
			t.Fatal(err)
		}
		if err := tr.open(t, dir, end, func(content []byte) []byte { return change(i, content) }); err != nil {
			t.Errorf("change %d: %v", i, err)
		}
		_ = os.RemoveAll(dir)
	}
}

func TestDamage_OfAnyBitOfTheHeadGivesNoWrongVerdictAndNoPanic(t *testing.T) {
	for _, end := range []string{"", "-wal"} {
		spoil(t, small(t, end != ""), end, 800, func(i int, content []byte) []byte {
			content[i/8] ^= 1 << (i % 8)
			return content
		})
	}
}

func TestDamage_OfAFileThatIsCutAnywhereGivesNoWrongVerdictAndNoPanic(t *testing.T) {
	for _, end := range []string{"", "-wal"} {
		tr := small(t, end != "")
		spoil(t, tr, end, len(tr.files[end])/512, func(i int, content []byte) []byte { return content[:i*512] })
	}
}

func TestDamage_OfRandomBytesGivesNoWrongVerdictAndNoPanic(t *testing.T) {
	seed := uint64(time.Now().UnixNano())
	t.Logf("seed %d", seed)
	random := rand.New(rand.NewPCG(seed, 1))
	for _, end := range []string{"", "-wal"} {
		spoil(t, small(t, end != ""), end, 1000, func(_ int, content []byte) []byte {
			for range 1 + random.IntN(8) {
				content[random.IntN(len(content))] = byte(random.Uint32())
			}
			return content
		})
	}
}

const large = "replace(hex(zeroblob(5000000)), '0', 'x')" // 10 MB

// hostile are values that no column was ever given, as SQL.
var hostile = []string{
	"NULL", "-1", "-9223372036854775808", "9223372036854775807", "1e308", "-1e308", "'NaN'", "''", "x'00ff1b5b324a'",
	"CAST(x'fffe1b5b324a0a0d00' AS TEXT)", "char(27) || '[2J' || char(10) || char(8238) || char(155)", "zeroblob(100000)", large,
	"replace(hex(zeroblob(50000)), '0', '[')",
	`'{"code":99999999999999999999}'`, `'{"code":200,"took_ms":1e308,"at":"9999-99-99"}'`,
	`'{"code":-5,"status":"COMPLETED"}'`, `'{"code":200,"payer_amount":"1e999999999","payer_currency":"USD"}'`,
	`'{"code":200,"code":404,"status":{"a":1}}'`, "'9999-12-31T23:59:59.999999Z'", "'0000-01-01T00:00:00.000000Z'",
}

// dirty finds text that could move a cursor, in any part of a value.
func dirty(v reflect.Value) string {
	switch v.Kind() {
	case reflect.String:
		if s := v.String(); !utf8.ValidString(s) || len(s) > mostAnswer || strings.ContainsFunc(s, func(r rune) bool { return unicode.IsControl(r) && r != '\n' || r == '\u202e' }) {
			return fmt.Sprintf("%.100q", s)
		}
	case reflect.Struct:
		if r, ok := v.Interface().(watch.Rare); ok {
			return dirty(reflect.ValueOf(r.Answer()))
		}
		if _, ok := v.Interface().(time.Time); ok {
			return ""
		}
		for i := range v.NumField() {
			if bad := dirty(v.Field(i)); bad != "" {
				return v.Type().Field(i).Name + ": " + bad
			}
		}
	}
	return ""
}

func TestRead_HostileValuesInAnyColumnAreShownCleanOrRefused(t *testing.T) {
	root := memory(t)
	file := filepath.Join(root, "first.db")
	s := begin(t, file)
	fillSmall(s)
	s.shut()
	content, err := os.ReadFile(file)
	if err != nil {
		t.Fatal(err)
	}
	columns := map[string][]string{
		"payments": append(append([]string(nil), fields...), "sum", "n"),
		"events":   strings.Fields("n payment at source kind word code took_ms verdict reason text raw"),
		"meta":     {"name", "value"},
	}
	for table, names := range columns {
		for _, column := range names {
			for i, value := range hostile {
				file := filepath.Join(root, fmt.Sprintf("%s-%s-%d.db", table, column, i))
				if value == large && !slices.Contains([]string{"label", "latest", "raw", "value"}, column) {
					continue // it takes its time
				}
				where := map[string]string{"payments": "session_id = 4", "events": "payment = 4", "meta": "name = 'client' OR name = 'runs'"}[table]
				if err := os.WriteFile(file, content, 0o600); err != nil {
					t.Fatal(err)
				}
				change := []string{"UPDATE OR IGNORE " + table + " SET " + column + " = " + value + " WHERE " + where}
				if table == "payments" && column != "sum" && i%2 == 0 { // by somebody who knows about the sums
					change = append(change, "UPDATE payments SET sum = "+sumSQL(nil))
				}
				if err := showChanged(t, file, change); err != nil {
					t.Errorf("%s: %.200s: %v", file, value, err)
				}
				for _, end := range []string{"", "-wal", "-shm", ".lock"} {
					_ = os.Remove(file + end)
				}
			}
		}
	}
}

// showChanged changes a file and has all of it shown in every way.
func showChanged(t *testing.T, file string, change []string) error {
	db, err := sql.Open("sqlite", source(file, "_pragma=synchronous(OFF)"))
	if err != nil {
		return err
	}
	for _, text := range change {
		if _, err := db.Exec(text); err != nil && code(err) != sqlite3.SQLITE_CONSTRAINT && code(err) != sqlite3.SQLITE_MISMATCH {
			return err
		}
	}
	_ = db.Close()
	var out bytes.Buffer
	r, err := Read(file)
	if err == nil {
		if _, err := r.Info(); err != nil {
			fmt.Fprintln(&out, err)
		}
		for _, format := range []Format{CSV, JSONL} {
			if _, err := Export(&out, format, r.Payments(Filter{})); err != nil {
				fmt.Fprintln(&out, err)
			}
		}
		r.Close()
	} else {
		fmt.Fprintln(&out, err)
	}
	c := prepare(t, file).config
	c.Tell, c.Retell, c.Say = nil, nil, nil
	j, err := Open(c)
	if err != nil {
		fmt.Fprintln(&out, err)
	} else {
		past, err := j.Load(time.Time{})
		if err != nil {
			fmt.Fprintln(&out, err)
		}
		for _, p := range past {
			if bad := dirty(reflect.ValueOf(p)); bad != "" {
				return errors.New(bad)
			}
			entries, _ := j.History(p.ID())
			for _, e := range entries {
				if bad := dirty(reflect.ValueOf(e)); bad != "" {
					return errors.New("history: " + bad)
				}
			}
		}
		j.Tell(ended(4, 9, watch.StatusCompleted))
		j.flush()
		if err := j.Close(); err != nil {
			fmt.Fprintln(&out, err)
		}
	}
	for line := range strings.Lines(out.String()) {
		if bad := dirty(reflect.ValueOf(line)); bad != "" || strings.Contains(line, "goroutine") || len(line) > 5000 {
			return errors.New("said: " + bad + fmt.Sprintf("%.300q", line))
		}
	}
	return nil
}

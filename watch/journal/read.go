package journal

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"iter"
	"maps"
	"os"
	"slices"
	"strings"
	"time"

	"tillwatch/watch"
)

// querier is a connection, or several.
type querier interface {
	QueryContext(ctx context.Context, query string, args ...any) (*sql.Rows, error)
}

// Reader reads a journal, also while another process writes it. It never changes it. Its
// methods may be called from any goroutine; Close when it is of no more use.
type Reader struct {
	path string
	db   *sql.DB
	ask  querier // db, adapted to the file's format
	calm bool    // there was no log, so no process wrote the journal
	meta map[string]string
}

// unreadError is a journal that is there and cannot be read.
type unreadError struct {
	path string
	why  error
}

// Error says why it cannot.
func (e *unreadError) Error() string {
	return "the journal " + e.path + " cannot be read: " + meaning(e.why)
}

// Unwrap is the cause.
func (e *unreadError) Unwrap() error { return e.why }

// missingError is a journal that is not there; it is an fs.ErrNotExist.
type missingError string

// Error says where it was looked for.
func (e missingError) Error() string { return "there is no journal " + string(e) }

// Is makes it one of those.
func (e missingError) Is(target error) bool { return target == fs.ErrNotExist }

// Read opens a journal for reading. The error is a [*ForeignError], a [*VersionError] or
// says why the file cannot be read; fs.ErrNotExist if there is none.
func Read(path string) (*Reader, error) {
	whole := resolved(path)
	info, err := os.Stat(whole)
	switch {
	case errors.Is(err, fs.ErrNotExist):
		return nil, missingError(shown(path))
	case err == nil && !info.Mode().IsRegular():
		return nil, fmt.Errorf("the journal %s is no file", shown(path))
	case err != nil:
		return nil, &unreadError{shown(path), err}
	case info.Size() > 0 && !sqliteFile(whole):
		return nil, &ForeignError{Path: path}
	}
	r := &Reader{path: whole, calm: !exists(whole + "-wal")}
	if r.db, err = openReading(whole); err == nil {
		err = r.check()
	}
	if err != nil {
		r.Close()
		if refusal(err) != nil {
			return nil, err
		}
		return nil, &unreadError{shown(path), err}
	}
	return r, nil
}

// sqliteFile reports whether a file begins as SQLite's do (its page on the file format).
// What cannot be opened is for others to tell.
func sqliteFile(path string) bool {
	const magic = "SQLite format 3\x00"
	file, err := os.Open(path)
	if err != nil {
		return true
	}
	defer func() { _ = file.Close() }()
	head := make([]byte, len(magic))
	_, err = io.ReadFull(file, head)
	return err == nil && string(head) == magic
}

// check sees whether it is a journal, of a format that we know.
func (r *Reader) check() error {
	var id, version int
	err := r.db.QueryRow("SELECT application_id, (SELECT user_version FROM pragma_user_version) FROM pragma_application_id").Scan(&id, &version)
	switch {
	case err != nil:
		return err
	case id != applicationID:
		return &ForeignError{Path: r.path}
	case version > len(migrations):
		return &VersionError{Path: r.path, Have: version, Know: len(migrations)}
	case version < 1:
		return errBroken
	}
	r.ask = ofFormat(r.db)
	r.meta, err = readMeta(context.Background(), r.db)
	return err
}

// Close lets the file go.
func (r *Reader) Close() {
	if r.db != nil {
		_ = r.db.Close()
	}
}

// writer is who signed as the file's writer.
func (r *Reader) writer() (int, time.Time) { return writerOf(r.meta) }

// still returns an error if the file has got a writer since it was opened without one:
// what was read may be half of one state and half of another.
func (r *Reader) still() error {
	if r.calm && exists(r.path+"-wal") {
		return fmt.Errorf("the journal %s was begun to be written meanwhile: read it again", shown(r.path))
	}
	return nil
}

// Belongs returns an *OwnerError if the journal holds another's payments: those of another
// API, another client id, or another kind of money.
func (r *Reader) Belongs(baseURL, clientID string, real bool) error {
	if which := differs(r.meta, owner(baseURL, clientID, real)); which != "" {
		return &OwnerError{Path: r.path, Which: which}
	}
	return nil
}

// Info is what there is to say of a journal as a whole.
type Info struct {
	Path      string
	Format    int
	BaseURL   string
	Real      bool // whether it is real money
	CreatedAt time.Time
	Payments  int
	Open      int // unresolved
	Events    int
	Size      int64 // bytes, with the log
	PID       int   // the process that writes it now; 0: none does
	Since     time.Time
}

// Info counts.
func (r *Reader) Info() (Info, error) {
	i := Info{Path: r.path, BaseURL: r.meta["base_url"], Real: r.meta["money"] == class(true), CreatedAt: moment(r.meta["created_at"])}
	err := r.db.QueryRow(`SELECT (SELECT user_version FROM pragma_user_version), (SELECT count(*) FROM payments),
		(SELECT count(*) FROM payments WHERE ended_at IS NULL), (SELECT count(*) FROM events)`).
		Scan(&i.Format, &i.Payments, &i.Open, &i.Events)
	if err == nil {
		err = r.still()
	}
	if err != nil {
		return Info{}, err
	}
	for _, end := range []string{"", "-wal"} {
		if info, err := os.Stat(r.path + end); err == nil {
			i.Size += info.Size()
		}
	}
	if written(r.path) {
		meta, err := readMeta(context.Background(), r.db) // it may be another than at the start
		if err != nil {
			return Info{}, err
		}
		i.PID, i.Since = writerOf(meta)
	}
	return i, nil
}

// Filter chooses payments; what is zero chooses all.
type Filter struct {
	// From Since on and before Until the result was verified, or without one the payment was
	// handed over.
	Since, Until time.Time
	Verdicts     []watch.Verdict // one of these
	Label        string          // is contained in the label, in any case of letters
}

func (f Filter) takes(p *Payment) bool {
	return (len(f.Verdicts) == 0 || slices.Contains(f.Verdicts, p.Verdict)) &&
		strings.Contains(strings.ToLower(p.Label), strings.ToLower(f.Label))
}

// Payments are the chosen payments in the order in which they were handed over. An error
// is the last that is told.
func (r *Reader) Payments(f Filter) iter.Seq2[Payment, error] {
	until := "A" // after every time
	if !f.Until.IsZero() {
		until = f.Until.UTC().Format(stamp)
	}
	since := ""
	if !f.Since.IsZero() {
		since = f.Since.UTC().Format(stamp)
	}
	return func(yield func(Payment, error) bool) {
		var odd error
		for p, err := range payments(r.ask, someRows, since, until) {
			if errors.Is(err, errSense) { // one bad row must not hide the others
				odd = p.odd(err)
				continue
			}
			if err != nil || f.takes(&p) {
				if !yield(p, err) || err != nil {
					return
				}
			}
		}
		if err := r.still(); err != nil {
			odd = err
		}
		if odd != nil {
			yield(Payment{}, odd)
		}
	}
}

// Find is the payment of a reference, or of a source such as ORDER:101, in any case of
// letters.
func (r *Reader) Find(ref string) (watch.Past, bool, error) {
	p, ok, err := one(r.ask, watch.ID(strings.TrimSpace(ref)))
	if err == nil {
		err = r.still()
	}
	return p, ok, err
}

// History is what happened to a payment, oldest first, what is repeated folded as
// watch.History does, and how many entries are missing.
func (r *Reader) History(id watch.ID) (entries []watch.Entry, missing int, err error) {
	entries, missing, err = history(r.ask, id)
	if err == nil {
		err = r.still()
	}
	return entries, missing, err
}

// payments reads rows of payments. An error is the last that is told, but errSense, which is
// one row's.
func payments(q querier, text string, args ...any) iter.Seq2[Payment, error] {
	return func(yield func(Payment, error) bool) {
		rows, err := q.QueryContext(context.Background(), text, args...)
		if err != nil {
			yield(Payment{}, err)
			return
		}
		defer func() { _ = rows.Close() }()
		row := newScanner(q)
		for rows.Next() {
			p, err := row.scan(rows)
			if !yield(p, err) || err != nil && !errors.Is(err, errSense) {
				return
			}
		}
		if err := rows.Err(); err != nil {
			yield(Payment{}, err)
		}
	}
}

// count is a number that a query gives.
func count(q querier, text string, args ...any) (n int, err error) {
	rows, err := q.QueryContext(context.Background(), text, args...)
	if err != nil {
		return 0, err
	}
	defer func() { _ = rows.Close() }()
	if rows.Next() {
		err = rows.Scan(&n)
	}
	return n, errors.Join(err, rows.Err())
}

func one(q querier, id watch.ID) (watch.Past, bool, error) {
	for p, err := range payments(q, oneRow, key(id)) {
		return p.Past, err == nil, err
	}
	return watch.Past{}, false, nil
}

// history reads a payment's events.
func history(q querier, id watch.ID) ([]watch.Entry, int, error) {
	rows, err := q.QueryContext(context.Background(), eventRows, key(id))
	if err != nil {
		return nil, 0, err
	}
	defer func() { _ = rows.Close() }()
	folded := watch.History{Whole: true}
	raws := map[watch.EventKind]string{}
	columns := make([]sql.NullString, 10)
	into := make([]any, len(columns))
	for i := range columns {
		into[i] = &columns[i]
	}
	for rows.Next() {
		if err := rows.Scan(into...); err != nil {
			return nil, 0, err
		}
		e := event(id, &found{columns: columns})
		if e.Raw == asBefore {
			e.Raw = raws[e.Kind]
		} else if e.Raw != "" {
			raws[e.Kind] = e.Raw
		}
		folded.Put(e)
	}
	entries, missing := folded.Of(id)
	return entries, missing, rows.Err()
}

// event reads one entry. An entry that tillwatch cannot have written becomes one that says so.
func event(id watch.ID, f *found) watch.Event {
	e := watch.Event{
		ID: id, At: f.moment(), From: watch.Origin(f.word(origins)), Kind: watch.EventKind(f.word(kinds[:])), Word: f.text(),
		Code: int(f.number(999)), Took: f.took(), Verdict: watch.Verdict(f.word(verdicts)), Reason: watch.Reason(f.word(reasons)),
		Text: f.text(), Raw: f.raw(),
	}
	if f.bad || e.Kind == 0 {
		return watch.Event{ID: id, At: e.At, Text: "an entry of the journal that cannot be read"}
	}
	return e
}

func sorted(found map[int64]Payment) []int64 { return slices.Sorted(maps.Keys(found)) }

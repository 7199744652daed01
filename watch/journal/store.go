package journal

import (
	"context"
	"database/sql"
	"errors"
	"io"
	"io/fs"
	"net/url"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"time"

	sqlite3 "modernc.org/sqlite/lib"

	"tillwatch/watch"
)

// store is the open file. Its connection is used by one at a time, under mu.
type store struct {
	path   string
	file   os.FileInfo // as it was when it was opened
	looked time.Time   // when it was last seen to be that file still
	run    uint64      // how often it has been opened for writing

	mu     sync.Mutex
	db     *sql.DB
	conn   *sql.Conn
	beside *sql.DB // for readers, who then do not wait for the writer; nil in memory

	keep, tell, note *sql.Stmt
	full             bool // the connection commits in full sync
	raws             map[rawKey]uint64
	noted            map[watch.ID]int // how many events of each payment were written
	untidy           int              // rows since the last checkpoint
	tidied           time.Time
	row              []any
}

// source is the file as SQLite's URI.
func source(path string, pragmas string) string {
	if path == "" {
		return "file::memory:?" + pragmas
	}
	slashed := filepath.ToSlash(path)
	if !strings.HasPrefix(slashed, "/") {
		slashed = "/" + slashed
	}
	u := url.URL{Scheme: "file", Path: slashed, RawQuery: pragmas}
	return u.String()
}

const (
	writing = "mode=rw&_pragma=busy_timeout(2000)&_pragma=journal_mode(WAL)&_pragma=secure_delete(FAST)" +
		"&_pragma=temp_store(MEMORY)&_pragma=cache_size(-8000)&_pragma=journal_size_limit(16777216)&_pragma=wal_autocheckpoint(32000)"
	inMemory  = "_pragma=temp_store(MEMORY)"
	reading   = "mode=ro&_pragma=busy_timeout(2000)&_pragma=query_only(1)&_pragma=temp_store(MEMORY)"
	unchanged = reading + "&immutable=1"
)

// openStore opens the file for writing and makes it if there is none. before is whether a
// journal has been there under this name.
func openStore(c *Config, path string, before bool) (*store, error) {
	if path != "" {
		fresh, err := private(path)
		if err != nil {
			return nil, err
		}
		if !fresh {
			if err := inspect(path, before); err != nil {
				return nil, err
			}
		}
		if err := tighten(path); err != nil {
			return nil, err
		}
	}
	s := &store{path: path, raws: map[rawKey]uint64{}, noted: map[watch.ID]int{}}
	if err := s.open(c); err != nil {
		s.close()
		return nil, err
	}
	return s, nil
}

func (s *store) open(c *Config) (err error) {
	ctx := context.Background()
	pragmas := writing
	if s.path == "" {
		pragmas = inMemory
	} else if s.file, err = os.Stat(s.path); err != nil {
		return err
	}
	if s.db, err = sql.Open("sqlite", source(s.path, pragmas)); err != nil {
		return err
	}
	s.db.SetMaxOpenConns(1)
	if s.conn, err = s.db.Conn(ctx); err != nil {
		return err
	}
	if _, err = s.conn.ExecContext(ctx, "PRAGMA synchronous = FULL"); err != nil {
		return err
	}
	s.full = true
	if err = s.migrate(ctx, c.test.steps); err != nil {
		return err
	}
	unclean, err := s.own(ctx, c)
	if err != nil {
		return err
	}
	if unclean && s.path != "" && s.file.Size() <= checkMost {
		if err = s.check(ctx); err != nil {
			return err
		}
	}
	for _, p := range []struct {
		stmt **sql.Stmt
		text string
	}{{&s.keep, keepSQL}, {&s.tell, tellSQL}, {&s.note, noteSQL}} {
		if *p.stmt, err = s.conn.PrepareContext(ctx, p.text); err != nil {
			return misfit(err)
		}
	}
	if s.path != "" {
		if s.beside, err = sql.Open("sqlite", source(s.path, reading)); err != nil {
			return err
		}
		s.beside.SetMaxOpenConns(2)
		s.looked = time.Now()
	}
	if c.test.opened != nil {
		return c.test.opened(s)
	}
	return nil
}

// checkMost is the size up to which a file whose writer has not signed off is looked
// through before it is used: that takes some 2 ms for each MiB. A break in a larger one, or
// after a good end, is met when its page is read.
const checkMost = 32 << 20

// check looks through the file for what cannot be.
func (s *store) check(ctx context.Context) error {
	var found string
	if err := s.conn.QueryRowContext(ctx, "PRAGMA quick_check(1)").Scan(&found); err != nil {
		return err
	}
	if found != "ok" {
		return errBroken
	}
	return nil
}

// agree checks whether the payments match the indexes by which they are found: a payment that no
// index has would not be watched. It uses a reader's connection, so the writer need not wait.
func (s *store) agree(ctx context.Context) error {
	if s.beside == nil {
		return nil
	}
	var found string
	if err := s.beside.QueryRowContext(ctx, "PRAGMA integrity_check(payments)").Scan(&found); err != nil {
		return err
	}
	if found != "ok" {
		return errBroken
	}
	return nil
}

// migrate brings the file to the newest format.
func (s *store) migrate(ctx context.Context, steps []string) error {
	var have int
	if err := s.conn.QueryRowContext(ctx, "PRAGMA user_version").Scan(&have); err != nil {
		return err
	}
	switch {
	case have > len(steps):
		return &VersionError{Path: s.path, Have: have, Know: len(steps)}
	case have < 0:
		return errBroken
	}
	for _, step := range steps[have:] {
		if err := s.within(ctx, func() error {
			_, err := s.conn.ExecContext(ctx, step)
			return err
		}); err != nil {
			if have == 0 {
				return misfit(err) // it has tables, so it has another format
			}
			return err
		}
	}
	return nil
}

// misfit maps SQLite's refusal of a statement to errBroken: the file does not have the tables of
// the format that it names.
func misfit(err error) error {
	if code(err) == sqlite3.SQLITE_ERROR {
		return errBroken
	}
	return err
}

// within does what it is given in one transaction.
func (s *store) within(ctx context.Context, do func() error) error {
	if _, err := s.conn.ExecContext(ctx, "BEGIN IMMEDIATE"); err != nil {
		return err
	}
	err := do()
	if err == nil {
		_, err = s.conn.ExecContext(ctx, "COMMIT")
	}
	if err != nil {
		_, _ = s.conn.ExecContext(ctx, "ROLLBACK") // SQLite may have done it already
	}
	return err
}

// inspect looks at a file without changing it, and says whether it is ours to write. What
// is broken is ours only if it can be told.
func inspect(path string, before bool) error {
	db, err := openReading(path)
	if err == nil {
		var id, tables int
		err = db.QueryRow("SELECT application_id, (SELECT count(*) FROM sqlite_schema) FROM pragma_application_id").Scan(&id, &tables)
		_ = db.Close()
		if err == nil && id != applicationID && (id != 0 || tables > 0) {
			return &ForeignError{Path: path}
		}
	}
	if damage(err) && !broken(path, before) {
		return &ForeignError{Path: path}
	}
	return err
}

// broken reports whether a file that SQLite cannot read is a journal of tillwatch, by what is left
// of its head, or by the lock that lay next to it.
func broken(path string, before bool) bool {
	head := make([]byte, 72)
	file, err := os.Open(path)
	if err != nil {
		return false
	}
	defer func() { _ = file.Close() }()
	_, err = io.ReadFull(file, head)
	if err != nil || string(head[:16]) != "SQLite format 3\x00" {
		return before
	}
	id := int(head[68])<<24 | int(head[69])<<16 | int(head[70])<<8 | int(head[71])
	return id == applicationID || id == 0 && before
}

// openReading opens the file for reading only. Without a log next to it no process writes it, and
// it is read as it is: SQLite would make a log otherwise.
func openReading(path string) (*sql.DB, error) {
	pragmas := reading
	for _, end := range []string{"-shm", "-wal"} {
		switch info, err := os.Stat(path + end); {
		case errors.Is(err, fs.ErrNotExist):
			if end == "-wal" {
				pragmas = unchanged
			}
		case err == nil && !info.Mode().IsRegular(): // opening a pipe would block forever
			return nil, errors.New(filepath.Base(path) + end + " beside it is no usual file")
		}
	}
	db, err := sql.Open("sqlite", source(path, pragmas))
	if err != nil {
		return nil, err
	}
	db.SetMaxOpenConns(1)
	if err := db.Ping(); err != nil {
		_ = db.Close()
		return nil, err
	}
	return db, nil
}

// end checkpoints and closes.
func (s *store) end() error {
	s.mu.Lock()
	defer s.mu.Unlock()
	ctx := context.Background()
	if s.beside != nil {
		_ = s.beside.Close()
	}
	_, err := s.conn.ExecContext(ctx, "DELETE FROM meta WHERE name IN ('writer_pid', 'writer_since')")
	if err == nil && s.path != "" {
		_, err = s.conn.ExecContext(ctx, "PRAGMA wal_checkpoint(TRUNCATE)")
	}
	return errors.Join(err, s.shut())
}

// close lets go of the file, in whatever state it is.
func (s *store) close() {
	s.mu.Lock()
	defer s.mu.Unlock()
	_ = s.shut()
}

func (s *store) shut() error {
	var err error
	for _, stmt := range []*sql.Stmt{s.keep, s.tell, s.note} {
		if stmt != nil {
			_ = stmt.Close()
		}
	}
	if s.beside != nil {
		_ = s.beside.Close()
	}
	if s.conn != nil {
		_ = s.conn.Close()
	}
	if s.db != nil {
		err = s.db.Close()
	}
	return err
}

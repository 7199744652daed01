package journal

import (
	"database/sql"
	"errors"
	"os"
	"path/filepath"
	"strings"
	"testing"
)

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
	s.config.test.steps = append(migrations[:2:2], "ALTER TABLE payments ADD COLUMN tip TEXT; CREATE TABLE meta (a); PRAGMA user_version = 3;")
	s.open() // it fails in the middle
	if text, _ := s.Trouble(); text == "" {
		t.Error("a migration that fails is no trouble")
	}
	if got := s.load(day); len(got) != 1 {
		t.Errorf("what is there cannot be read: %v", got)
	}
	_ = s.Close()

	s = prepare(t, file)
	s.config.test.steps = append(migrations[:2:2], "ALTER TABLE payments ADD COLUMN tip TEXT DEFAULT 'none'; PRAGMA user_version = 3;")
	s.open()
	var version int
	var tip string
	if err := s.store.beside.QueryRow("SELECT tip, (SELECT user_version FROM pragma_user_version) FROM payments").Scan(&tip, &version); err != nil || version != 3 || tip != "none" {
		t.Errorf("format %d, %q, %v", version, tip, err)
	}
	if got := s.load(day); len(got) != 1 || got[0].Session != 1 {
		t.Errorf("loaded %v", got)
	}
}

func TestOpen_LeavesTheModeOfAnothersFileAlone(t *testing.T) {
	file := filepath.Join(t.TempDir(), "notes.txt")
	if err := os.WriteFile(file, []byte(strings.Repeat("what I must not forget\n", 20)), 0o644); err != nil {
		t.Fatal(err)
	}
	if _, err := Open(prepare(t, file).config); err == nil {
		t.Error("it is opened")
	}
	if info, err := os.Stat(file); err != nil || info.Mode().Perm() != 0o644 {
		t.Errorf("its mode has become %v, %v", info.Mode(), err)
	}
}

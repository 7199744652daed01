package config

import (
	"path/filepath"
	"reflect"
	"strings"
	"testing"
)

func TestDemo_ReadsTheScreensSettingsAndNoOther(t *testing.T) {
	s := newSession(t, "DOLLR_BASE_URL=not a url", "TILLWATCH_STATUS_RATE=x", "TILLWATCH_NONSENSE=1", "TILLWATCH_HOOK=x",
		"DOLLR_CLIENT_SECRET_FILE=/nowhere", "TILLWATCH_BELL=paid")
	s.words = words()
	s.file(".config/tillwatch/config.toml", `
theme = "dark"
columns = "age,status"
dollr_client_secret = "hush-hush" # in a file that others can read
dollr_client_secret_file = "/nowhere"
status_rate = "fast"
hook = "rm"
nonsense = 5
[more.nonsense]
x = 1
[keys]
quit = "Q"
[hints]
mtn = "dial"
`, 0o666)
	d := s.run("demo", "--counter").demos()
	want := Screen{
		Theme: "dark", Glyphs: "auto", Columns: []string{"age", "status"}, Bell: "paid", Mouse: true, Counter: true,
		Keys: map[string][]string{"quit": {"Q"}}, Hints: map[string]string{"MTN": "dial"},
	}
	if !reflect.DeepEqual(d.Screen, want) || d.Notes != nil {
		t.Errorf("got %+v, notes %q", d.Screen, d.Notes)
	}
	if strings.Contains(s.said, "hush") {
		t.Errorf("a secret is in: %s", s.said)
	}
}

func TestDemo_AUsualFileThatIsNoUseIsANote(t *testing.T) {
	s := newSession(t, "TILLWATCH_THEME=mono").settings("theme = 'dark'\nbroken hush-hush\n")
	d := s.run("demo").demos()
	if d.Theme != "mono" || len(d.Notes) != 1 || !strings.Contains(d.Notes[0], "config.toml:2: ") ||
		!strings.HasSuffix(d.Notes[0], "; going on without it") || strings.Contains(d.Notes[0], "hush") {
		t.Errorf("theme %s, notes %q", d.Theme, d.Notes)
	}
	s = newSession(t)
	s.file(".config/tillwatch/config.toml/folder", "", 0o600)
	if d := s.run("demo").demos(); len(d.Notes) != 1 || !strings.Contains(d.Notes[0], "is a folder") {
		t.Errorf("notes %q", d.Notes)
	}
	if d := newSession(t).run("demo").demos(); d.Notes != nil {
		t.Errorf("no file is nothing to note: %q", d.Notes)
	}
}

func TestDemo_AFileThatIsAskedForMustBeOfUse(t *testing.T) {
	s := newSession(t).settings("broken")
	s.run("demo", "--config", filepath.Join(s.home, "nothing")).refused("no such file")
	s.run("demo", "--config", s.file("broken.toml", "\nbroken", 0o600)).refused("broken.toml:2")
	d := s.run("demo", "--config", s.file("mine.toml", "theme = 'light'\nstatus_rate = 'x'", 0o600)).demos()
	if d.Theme != "light" || d.Notes != nil {
		t.Errorf("got %+v", d)
	}
}

func TestDemo_BadSettingsOfTheScreenAreRefused(t *testing.T) {
	s := newSession(t, "TILLWATCH_MOUSE=cat").settings("bell = 'loud'\n")
	s.run("demo", "--counter=x").refused("--counter")
	s.run("demo").refused("environment variable TILLWATCH_MOUSE", "config.toml:1: bell")
	s.run("demo", "--hook-sim").refused("unknown flag")
}

func TestDemo_HasTheFlagsOfTheScreenAndTheDumpAlone(t *testing.T) {
	help := newSession(t).run("demo", "--help").out
	for _, d := range table {
		if d.flag != "" && strings.Contains(help, "--"+d.flag+" ") != (d.screen || d.key == "dump") {
			t.Errorf("--%s: of the screen %v, and the help of demo is\n%s", d.flag, d.screen, help)
		}
	}
}

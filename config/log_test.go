package config

import (
	"path/filepath"
	"testing"
)

func TestLog_HasItsDefaults(t *testing.T) {
	s := newSession(t, login()...)
	if w := s.run("watch").watches(); w.LogFile != "" || w.LogLevel != "info" || w.Dump != "" {
		t.Errorf("got %q %q %q", w.LogFile, w.LogLevel, w.Dump)
	}
	if got := s.origin("log_level"); got != "default" {
		t.Errorf("the level is from %q", got)
	}
}

func TestLog_TakesFlagsOverEnvironmentOverFile(t *testing.T) {
	s := newSession(t, append(login(), "TILLWATCH_LOG_LEVEL=warn", "TILLWATCH_DUMP=b.jsonl")...)
	s.settings("log_file = \"a.log\"\nlog_level = \"error\"\ndump = \"a.jsonl\"\n")
	if w := s.run("watch", "--log-level", "debug").watches(); w.LogFile != "a.log" || w.LogLevel != "debug" || w.Dump != "b.jsonl" {
		t.Errorf("got %q %q %q", w.LogFile, w.LogLevel, w.Dump)
	}
	if w := s.run("watch", "--log-file=off", "--dump", "c.jsonl").watches(); w.LogFile != LogOff || w.LogLevel != "warn" || w.Dump != "c.jsonl" {
		t.Errorf("got %q %q %q", w.LogFile, w.LogLevel, w.Dump)
	}
}

func TestLog_WhatIsNoFileIsRefused(t *testing.T) {
	s := newSession(t, login()...)
	s.run("watch", "--log-level=loud").refused(`flag --log-level: "loud" is not debug, info, warn or error`)
	s.run("watch", "--log-file=-").refused(`flag --log-file: "-" is not the name of a file, or off`)
	s.run("watch", "--log-file=logs/").refused(`"logs/" is not the name of a file, or off`)
	s.run("watch", "--log-file= ").refused("--log-file")
	s.run("watch", "--dump=-").refused(`flag --dump: "-" is not the name of a file; - is none, for only results go to standard output`)
	s.run("watch", "--dump=").refused("flag --dump: want the name of a file")
	s.run("demo", "--dump=-").refused("flag --dump: want the name of a file")
	s.run("demo", "--dump=").refused("flag --dump")
}

func TestLog_OfADemoThereIsTheDumpAloneAndOnlyByItsFlag(t *testing.T) {
	s := newSession(t, "TILLWATCH_DUMP=-", "TILLWATCH_LOG_LEVEL=loud").settings("dump = \"a.jsonl\"\n")
	if d := s.run("demo").demos(); d.Dump != "" {
		t.Errorf("its dump goes to %q", d.Dump)
	}
	if d := s.run("demo", "--dump", "b.jsonl").demos(); d.Dump != "b.jsonl" {
		t.Errorf("its dump goes to %q", d.Dump)
	}
	s.run("demo", "--log-file", "a.log").refused("unknown flag")
}

func TestStateDir_IsThatOfXDGUnlessItIsRelative(t *testing.T) {
	for want, environ := range map[string][]string{
		"":                               nil,
		"/home/a/.local/state/tillwatch": {"HOME=/home/a", "XDG_STATE_HOME=relative"},
		"/state/tillwatch":               {"XDG_STATE_HOME=/state", "HOME=/home/a"},
	} {
		if got := stateDir(environ, "linux"); got != filepath.FromSlash(want) {
			t.Errorf("%q gives %q, want %q", environ, got, want)
		}
	}
}

// Windows has neither HOME nor the variables of XDG: without its own, nothing would be kept.
func TestFolders_OfWindowsAreItsOwn(t *testing.T) {
	usual := []string{`SystemRoot=C:\Windows`, `APPDATA=C:\Users\a\AppData\Roaming`, `LocalAppData=C:\Users\a\AppData\Local`}
	for _, c := range []struct {
		goos, state, file string
		environ           []string
	}{
		{"windows", filepath.Join(`C:\Users\a\AppData\Local`, "tillwatch"), filepath.Join(`C:\Users\a\AppData\Roaming`, "tillwatch", "config.toml"), usual},
		{"linux", "", "", usual},
		{"windows", "", "", []string{"APPDATA=", "LOCALAPPDATA="}},
		{"windows", filepath.FromSlash("/home/a/.local/state/tillwatch"), filepath.FromSlash("/home/a/.config/tillwatch/config.toml"), append([]string{"HOME=/home/a"}, usual...)},
	} {
		if state, file := stateDir(c.environ, c.goos), usualFile(c.environ, c.goos); state != c.state || file != c.file {
			t.Errorf("%s, %q gives %q and %q, want %q and %q", c.goos, c.environ, state, file, c.state, c.file)
		}
	}
}

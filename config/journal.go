package config

import (
	"errors"
	"path/filepath"
	"strings"
)

// NoJournal is the value of the setting that keeps everything in memory.
const NoJournal = "off"

// settingsOfTheJournal say where payments are kept, and how long.
var settingsOfTheJournal = []setting{
	{
		key: "journal", env: "TILLWATCH_JOURNAL", flag: "journal",
		about:   "file in which payments are kept; without it one for each API in the XDG state folder; off: none",
		allowed: "the name of a file, or off",
		put: func(s *Settings, v string) error {
			if s.Journal = v; strings.EqualFold(v, NoJournal) {
				s.Journal = NoJournal
			}
			return fileName(v)
		},
	},
	{
		key: "journal_days", env: "TILLWATCH_JOURNAL_DAYS", flag: "journal-days", fallback: "90",
		about:   "days that payments with a result are kept whole; 0: for ever",
		allowed: "a whole number from 0 to 36500",
		put:     func(s *Settings, v string) error { return whole(v, 0, 36500, &s.JournalDays) },
	},
}

// StateDir is the folder for what the program itself keeps: tillwatch in the XDG state folder.
// The error says why there is none.
func (s Settings) StateDir() (string, error) {
	if s.state == "" {
		return "", errors.New("neither XDG_STATE_HOME nor HOME is set")
	}
	return s.state, nil
}

// stateDir is where the XDG base directory specification puts such a folder; a relative
// XDG_STATE_HOME is ignored, as it says. Empty: there is no home.
func stateDir(environ []string) string {
	if dir := lookup(environ, "XDG_STATE_HOME"); filepath.IsAbs(dir) {
		return filepath.Join(dir, "tillwatch")
	}
	if home := lookup(environ, "HOME"); home != "" {
		return filepath.Join(home, ".local", "state", "tillwatch")
	}
	return ""
}

package config

import (
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

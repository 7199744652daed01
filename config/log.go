package config

import (
	"errors"
	"strings"
)

// LogOff is the log_file that means none.
const LogOff = "off"

const (
	allowedFile = "the name of a file"
	allowedDump = allowedFile + "; - is none, for only results go to standard output"
	aboutDump   = "for developers: file for all that goes over the wire, without secrets"
)

// settingsOfTheLog say what is written down of a run.
var settingsOfTheLog = []setting{
	{
		key: "log_file", env: "TILLWATCH_LOG_FILE", flag: "log-file",
		about:   "file of the log; without it one in tillwatch/ of the XDG state folder, with off none",
		allowed: allowedFile + ", or off",
		put:     func(s *Settings, v string) error { s.LogFile = v; return fileName(v) },
	},
	{
		key: "log_level", env: "TILLWATCH_LOG_LEVEL", flag: "log-level", fallback: "info",
		about: "what is logged: debug, info, warn or error", allowed: "debug, info, warn or error",
		put: func(s *Settings, v string) error { return oneOf(v, &s.LogLevel, "debug", "info", "warn", "error") },
	},
	{
		key: "dump", env: "TILLWATCH_DUMP", flag: "dump",
		about: aboutDump, allowed: allowedDump,
		put: func(s *Settings, v string) error { s.Dump = v; return fileName(v) },
	},
}

// fileName refuses what cannot be the name of a log file. A folder shows only when it is opened.
func fileName(v string) error {
	if strings.TrimSpace(v) == "" || v == "-" || strings.HasSuffix(v, "/") {
		return errBad
	}
	if strings.HasPrefix(v, "~") || strings.HasPrefix(v, "$") {
		return errors.New("no shell reads it, so ~ and $HOME mean nothing here: write the whole path")
	}
	return oneLine(v)
}

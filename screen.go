package main

import (
	"os"

	"github.com/atotto/clipboard"

	"tillwatch/config"
	"tillwatch/ui"
)

// vocabulary is the words that the settings of the screen may use.
func vocabulary() config.Vocabulary {
	return config.Vocabulary{Themes: ui.Themes(), Columns: ui.ColumnNames(), Actions: ui.Actions(), Keys: ui.CheckKeys, StartOfDay: startOfDay}
}

// onScreen is a board as the settings have it.
func onScreen(s config.Settings) ui.Options {
	chooseGlyphs(s.Glyphs)
	o := ui.Options{
		ASCII: onlyASCII.Load(),
		Title: s.Title, API: s.BaseURL, Theme: ui.ParseTheme(s.Theme), Columns: s.Columns, Bell: ui.ParseBell(s.Bell),
		Mouse: s.Mouse, Counter: s.Counter, Changed: s.Keys, Hints: s.Hints,
	}
	// At the other end of ssh the desktop is another machine's: there only the terminal knows
	// the way to the clipboard that a person means.
	if !clipboard.Unsupported && os.Getenv("SSH_CONNECTION") == "" {
		o.Clipboard = clipboard.WriteAll
	}
	return o
}

package config

import (
	"fmt"
	"slices"
	"strings"
)

// Settings are the values that a run on a live API needs, checked and ready for use.
type Settings struct {
	ClientID     string // of Dollr's API
	ClientSecret Secret
	BaseURL      string // Dollr's API, without a slash at its end
	SupabaseURL  string // empty: no realtime, everything is polled
	AnonKey      Secret // Supabase's anon key

	StatusRate        float64 // reads a second, at most
	KeyRate           float64 // realtime keys a second, at most
	JoinsRate         float64 // channel joins a second, at most
	ChannelsPerSocket int     // channels that share one socket, at most
	Window            string  // how long a channel stays: "key", "strict", "until-final"
	SourceType        string  // of a payment that does not say: INVOICE, ORDER, or empty
	RealMoney         bool    // the API is a proxy in front of the real one
	Title             string  // words for the board's header

	Journal     string // a file, NoJournal, or empty: one named for the API in StateDir
	JournalDays int    // that payments with a result are kept; 0: for ever

	Screen

	Hook    []string // the words of a program that is told of results; empty: none
	HookSim bool     // of results of the sandbox too

	LogFile  string // empty: in the state folder; LogOff: none
	LogLevel string // "debug", "info", "warn", "error"
	Dump     string // the file of the wire dump; empty: none

	origins map[string]Origin
	noted   map[string]string // what was given, of settings that may be shown so
	state   string            // see StateDir
	file    string            // the file that was looked for
	found   bool              // and whether it is there
	words   Vocabulary        // only while the settings are read
}

// Origins says for each setting where its value came from, in the order of README's
// table. It holds no values, so it may be printed.
func (s Settings) Origins() []Origin {
	var all []Origin
	for _, d := range table {
		if o, ok := s.origins[d.key]; ok {
			all = append(all, o)
		}
	}
	return all
}

// Listens reports whether there is what realtime needs.
func (s Settings) Listens() bool { return s.SupabaseURL != "" && s.AnonKey.Given() }

// MissingForRealtime names the settings without which every payment is polled; empty
// when realtime can be had.
func (s Settings) MissingForRealtime() []string {
	var missing []string
	if s.SupabaseURL == "" {
		missing = append(missing, "SUPABASE_URL")
	}
	if !s.AnonKey.Given() {
		missing = append(missing, "SUPABASE_ANON_KEY")
	}
	return missing
}

// credential is one of the settings without which Dollr's API cannot be asked.
type credential struct {
	key    string
	looked []string // the variables and flags that can give it
}

// lacking returns the credentials that are not given.
func (s Settings) lacking() []credential {
	var all []credential
	if s.ClientID == "" {
		all = append(all, credential{"dollr_client_id", []string{"DOLLR_CLIENT_ID", "--client-id"}})
	}
	if !s.ClientSecret.Given() {
		all = append(all, credential{"dollr_client_secret", []string{
			"DOLLR_CLIENT_SECRET", "DOLLR_CLIENT_SECRET_FILE", "--client-secret-file",
		}})
	}
	return all
}

// credentials refuses settings without which Dollr's API cannot be asked. The text says
// where was looked, for a variable set in another shell is the usual cause.
func (s Settings) credentials() error {
	var missing, looked []string
	for _, c := range s.lacking() {
		missing = append(missing, c.looked[0])
		looked = append(looked, c.looked...)
	}
	if len(missing) == 0 {
		return nil
	}
	verb := "is"
	if len(missing) > 1 {
		verb = "are"
	}
	return Refuse("%s %s missing.\nLooked in %s.\nTo see everything without credentials: tillwatch demo",
		strings.Join(missing, " and "), verb, s.searched(looked))
}

// searched is where these variables and flags were looked for, and the file.
func (s Settings) searched(looked []string) string {
	var variables, flags []string
	for _, name := range looked {
		if strings.HasPrefix(name, "-") {
			flags = append(flags, name)
		} else {
			variables = append(variables, name)
		}
	}
	return fmt.Sprintf("the environment (%s), in the flags (%s) and in the file %s%s",
		strings.Join(variables, ", "), strings.Join(flags, ", "), s.fileName(), s.fileNote())
}

func (s Settings) fileName() string {
	if s.file == "" {
		return "tillwatch/config.toml"
	}
	return show(s.file)
}

func (s Settings) fileNote() string {
	if s.found {
		return ""
	}
	return " (not there)"
}

// names lists the settings for an error that has to say what is allowed.
func names(of func(setting) string) string {
	var all []string
	for _, d := range table {
		if name := of(d); name != "" && !slices.Contains(all, name) {
			all = append(all, name)
		}
	}
	return strings.Join(all, " ")
}

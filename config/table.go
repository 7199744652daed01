package config

import (
	"errors"
	"net/url"
	"slices"
	"strconv"
	"strings"
	"unicode"

	"tillwatch/watch/loopback"
)

// setting is one line of the settings table: every name under which it is known, what is
// allowed, and where its value goes.
type setting struct {
	key      string // in the file
	env      string // empty: in the file alone
	flag     string // empty: never a flag
	fallback string
	about    string                // what it is, for the help
	allowed  string                // what a bad value is told
	hidden   bool                  // a bad value is not repeated: it may be, or hold, a secret
	shown    func(Settings) string // a good value, fit to be shown to anyone; nil: as it was given
	screen   bool                  // it is of the screen, so demo has it too
	alone    bool                  // its flag needs no value: given, it is true
	words    func(Vocabulary) []string

	// One of these puts a value where it belongs: a text, what may be a list, or all that
	// stands in a table of the file.
	put     func(*Settings, string) error
	list    func(*Settings, Origin, any) error
	entries func(s *Settings, table Origin, all []entry) []error
}

// errBad is a value that is not allowed; the setting's own words say what is.
var errBad = errors.New("bad value")

// table holds every setting once. File, environment, flags, help, errors and README's
// tables are made from it or held to it.
var table = slices.Concat(settingsOfWatch, settingsOfTheJournal, settingsOfTheScreen, settingsOfTheHook, settingsOfTheLog)

// settingsOfWatch are those of a run on an API: whom it asks, how often, and about what.
// Defaults of rates are those of the design, which took them from runs against Supabase
// Realtime v2.129.8.
var settingsOfWatch = []setting{
	{
		key: "dollr_client_id", env: "DOLLR_CLIENT_ID", flag: "client-id", hidden: true,
		about: "client id of Dollr's API", allowed: "one line of text",
		put:   func(s *Settings, v string) error { return credentialOf(v, func() { s.ClientID = v }, dollrs) },
		shown: func(s Settings) string { return begins(s.ClientID) },
	},
	{
		key: "dollr_client_secret", env: "DOLLR_CLIENT_SECRET", hidden: true,
		about: "client secret of Dollr's API; never a flag", allowed: "one line of text",
		put: func(s *Settings, v string) error {
			return credentialOf(v, func() { s.ClientSecret = NewSecret(v) }, dollrs)
		},
		shown: func(Settings) string { return "set" },
	},
	{
		key: "dollr_client_secret_file", env: "DOLLR_CLIENT_SECRET_FILE", flag: "client-secret-file",
		about: "file that holds the client secret, readable by you alone", allowed: "a file with one line of text",
		put: func(s *Settings, v string) error { return secretFrom(v, &s.ClientSecret, dollrs) },
	},
	{
		key: "dollr_base_url", env: "DOLLR_BASE_URL", flag: "base-url", hidden: true,
		fallback: "https://api.heydollr.app", about: "Dollr's API", allowed: allowedURL,
		put: func(s *Settings, v string) error {
			if strings.HasSuffix(strings.TrimRight(v, "/"), "/v1") {
				return errors.New("leave /v1 away: it is part of every call")
			}
			return baseURL(v, &s.BaseURL)
		},
		shown: func(s Settings) string { return s.BaseURL },
	},
	{
		key: "supabase_url", env: "SUPABASE_URL", flag: "supabase-url", hidden: true,
		about: "Supabase's base URL; without it everything is polled", allowed: allowedURL,
		put:   func(s *Settings, v string) error { return baseURL(v, &s.SupabaseURL) },
		shown: func(s Settings) string { return s.SupabaseURL },
	},
	{
		key: "supabase_anon_key", env: "SUPABASE_ANON_KEY", hidden: true,
		about: "Supabase's anon key; never a flag", allowed: "one line of text",
		put: func(s *Settings, v string) error {
			return credentialOf(v, func() { s.AnonKey = NewSecret(v) }, anonKey)
		},
		shown: func(Settings) string { return "set" },
	},
	{
		key: "supabase_anon_key_file", env: "SUPABASE_ANON_KEY_FILE", flag: "anon-key-file",
		about: "file that holds the anon key, readable by you alone", allowed: "a file with one line of text",
		put: func(s *Settings, v string) error { return secretFrom(v, &s.AnonKey, anonKey) },
	},
	{
		key: "status_rate", env: "TILLWATCH_STATUS_RATE", flag: "status-rate", fallback: "20",
		about: "reads of Dollr's status API a second, at most", allowed: allowedRate,
		put: func(s *Settings, v string) error { return rate(v, &s.StatusRate) },
	},
	{
		key: "key_rate", env: "TILLWATCH_KEY_RATE", flag: "key-rate", fallback: "20",
		about: "realtime keys asked a second, at most", allowed: allowedRate,
		put: func(s *Settings, v string) error { return rate(v, &s.KeyRate) },
	},
	{
		key: "joins_rate", env: "TILLWATCH_JOINS_RATE", flag: "joins-rate", fallback: "50",
		about: "channel joins a second, at most", allowed: allowedRate,
		put: func(s *Settings, v string) error { return rate(v, &s.JoinsRate) },
	},
	{
		key: "channels_per_socket", env: "TILLWATCH_CHANNELS_PER_SOCKET", flag: "channels-per-socket", fallback: "90",
		about: "channels that share one socket, at most", allowed: "a whole number from 1 to 100",
		put: func(s *Settings, v string) error { return whole(v, 1, 100, &s.ChannelsPerSocket) },
	},
	{
		key: "realtime_window", env: "TILLWATCH_REALTIME_WINDOW", flag: "realtime-window", fallback: "key",
		about:   "how long a channel stays: key (while its key lives), strict (30 s), until-final",
		allowed: "key, strict or until-final",
		put:     func(s *Settings, v string) error { return oneOf(v, &s.Window, "key", "strict", "until-final") },
	},
	{
		key: "source_type", env: "TILLWATCH_SOURCE_TYPE", flag: "source-type",
		about:   "for payments that do not say theirs: INVOICE or ORDER; without one they are polled",
		allowed: "INVOICE or ORDER",
		put: func(s *Settings, v string) error {
			return oneOf(strings.ToUpper(v), &s.SourceType, "INVOICE", "ORDER")
		},
	},
	{
		key: "money", env: "TILLWATCH_MONEY", flag: "money", fallback: "auto",
		about:   "whose money: auto (told by the host), or real (the base URL is a proxy in front of Dollr's own API)",
		allowed: "auto or real",
		put: func(s *Settings, v string) error {
			s.RealMoney = v == "real"
			return oneOf(v, new(string), "auto", "real")
		},
	},
	{
		key: "title", env: "TILLWATCH_TITLE", flag: "title",
		about: "words for the board's header, e.g. Counter 2", allowed: "one line of text",
		put: func(s *Settings, v string) error { return line(v, func() { s.Title = v }) },
	},
}

const (
	allowedURL  = "https://HOST, or http:// to this machine alone, without user, query or fragment"
	allowedRate = "a number from 0.2 to 100000"
)

func oneLine(v string) error {
	if strings.ContainsFunc(v, unicode.IsControl) {
		return errBad
	}
	return nil
}

// line takes a value of one line.
func line(v string, take func()) error {
	err := oneLine(v)
	if err == nil {
		take()
	}
	return err
}

func oneOf(v string, into *string, words ...string) error {
	for _, word := range words {
		if v == word {
			*into = v
			return nil
		}
	}
	return errBad
}

func whole(v string, least, most int, into *int) error {
	n, err := strconv.Atoi(v)
	if err != nil || n < least || n > most {
		return errBad
	}
	*into = n
	return nil
}

// rate takes a number a second. 0.2 is the floor that the budget keeps after any number
// of 429s, so a lower setting would be raised behind the user's back.
func rate(v string, into *float64) error {
	n, err := strconv.ParseFloat(v, 64)
	if err != nil || !(n >= 0.2 && n <= 100_000) { // NaN is neither
		return errBad
	}
	*into = n
	return nil
}

// baseURL takes an address to which paths are added. Tokens travel over it, so plain
// http is for this machine alone.
func baseURL(v string, into *string) error {
	if err := asGiven(v); err != nil {
		return err
	}
	u, err := url.Parse(v)
	if err != nil || oneLine(v) != nil || u.Hostname() == "" || u.Opaque != "" || u.User != nil ||
		u.RawQuery != "" || u.ForceQuery || u.Fragment != "" {
		return errBad
	}
	written := u.Host
	if loopback.ASCII(u) != nil {
		return errBad
	}
	if u.Host != written {
		v = u.String()
	}
	if u.Scheme != "https" && (u.Scheme != "http" || !loopback.Is(u.Hostname())) {
		return errBad
	}
	*into = strings.TrimRight(v, "/")
	return nil
}

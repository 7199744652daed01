package config

import (
	"net"
	"net/url"
	"strings"
)

// A credential that stands in the environment or in the file is for the address beside it. A
// load run's address comes from the command line, so a slip there would hand the credential to
// somebody else: it goes where `watch` would send it too, or it comes from the command line as
// well, or it goes nowhere.

// besideLogin are the addresses for which credentials are meant.
var besideLogin = []string{"dollr_base_url", "supabase_url"}

// meantFor sees to it that each credential goes where it is meant for. beside are the addresses
// that stand in the environment and the file.
func (l *Load) meantFor(beside map[string]string) error {
	dollr := beside["dollr_base_url"]
	if dollr == "" {
		dollr = "https://api.heydollr.app"
	}
	here := sameAddress(dollr, l.BaseURL)
	for _, key := range []string{"dollr_client_id", "dollr_client_secret", "dollr_client_secret_file"} {
		if o, given := l.origins[key]; given && o.Layer != Flag && !here {
			return Refuse("--base-url %s: %s is for %s and is not sent elsewhere: if it is for this one, %s beside it; else give --client-id and --client-secret-file",
				l.BaseURL, o.place(), addressWords(dollr), o.say("DOLLR_BASE_URL", "dollr_base_url", l.BaseURL))
		}
	}
	if o := l.origins["supabase_url"]; o.Layer != Flag && l.SupabaseURL != "" && !here {
		l.Notes = append(l.Notes, o.place()+" is not used: it belongs to "+addressWords(dollr)+"; without --supabase-url every payment is polled")
		l.SupabaseURL = ""
		delete(l.origins, "supabase_url")
	}
	if l.SupabaseURL == "" {
		l.AnonKey = Secret{} // nobody to send it to
		return nil
	}
	supabase := beside["supabase_url"]
	for _, key := range []string{"supabase_anon_key", "supabase_anon_key_file"} {
		if o, given := l.origins[key]; given && o.Layer != Flag && !sameAddress(supabase, l.SupabaseURL) {
			return Refuse("--supabase-url %s: %s is for %s and is not sent elsewhere: if it is for this one, %s beside it; else give --anon-key-file",
				l.SupabaseURL, o.place(), addressWords(supabase), o.say("SUPABASE_URL", "supabase_url", l.SupabaseURL))
		}
	}
	return nil
}

// say is how a setting is given in the place that this is.
func (o Origin) say(variable, key, value string) string {
	if o.Layer == File {
		return "set " + key + " = \"" + value + "\""
	}
	return "set " + variable + "=" + value
}

// addressWords is an address that may be shown: one that is none may hold anything.
func addressWords(address string) string {
	switch {
	case address == "":
		return "no address that is said"
	case baseURL(address, new(string)) != nil:
		return "another address"
	}
	return strings.TrimRight(address, "/")
}

// sameAddress reports whether two addresses are one, however they are written. One that
// cannot be used is none.
func sameAddress(a, b string) bool {
	one, other := plainAddress(a), plainAddress(b)
	return one != "" && one == other
}

// plainAddress is an address as all who mean it could write it; empty: it cannot be used.
func plainAddress(address string) string {
	var whole string
	if baseURL(address, &whole) != nil {
		return ""
	}
	u, err := url.Parse(whole)
	if err != nil {
		return ""
	}
	port := u.Port()
	if port == "" {
		port = map[string]string{"http": "80", "https": "443"}[u.Scheme]
	}
	return u.Scheme + "://" + net.JoinHostPort(strings.ToLower(u.Hostname()), port) + u.EscapedPath()
}

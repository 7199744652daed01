package config

import (
	"cmp"
	"net"
	"net/url"
	"strings"
)

// A credential in the environment or in the file is meant for the address in the same place. A load
// run's address comes from the command line, so a slip there would send the credential to the wrong
// server. The credential therefore goes to the address in its own place, or comes from the command
// line too, or goes nowhere.

// addresses are where a place says that credentials go, by setting.
type addresses map[Layer]map[string]string

// take takes in what one place says. Nil takes nothing.
func (a addresses) take(at Layer, l layer) {
	if a == nil {
		return
	}
	for _, key := range []string{"dollr_base_url", "supabase_url"} {
		a[at][key] = l.values.String(key)
	}
}

// beside returns the address for which the credential in a place is meant. A shell that holds only
// the secrets completes the file. The file's secrets are not meant for an address of the shell.
func (a addresses) beside(o Origin, key string) string {
	if here := a[Environment][key]; here != "" && o.Layer == Environment {
		return here
	}
	return a[File][key]
}

// meantFor sees to it that each credential goes where it is meant for.
func (l *Load) meantFor(a addresses) error {
	for _, key := range []string{"dollr_client_id", "dollr_client_secret", "dollr_client_secret_file", "supabase_url"} {
		o, given := l.origins[key]
		dollr := cmp.Or(a.beside(o, "dollr_base_url"), "https://api.heydollr.app")
		switch {
		case !given || o.Layer == Flag || sameAddress(dollr, l.BaseURL):
		case key == "supabase_url":
			l.Notes = append(l.Notes, o.place()+" is not used: it belongs to "+addressWords(dollr)+"; without --supabase-url every payment is polled")
			l.SupabaseURL = ""
			delete(l.origins, key)
		default:
			return Refuse("--base-url %s: %s is for %s and is not sent elsewhere: if it is for this one, %s beside it; else give --client-id and --client-secret-file",
				l.BaseURL, o.place(), addressWords(dollr), o.say("DOLLR_BASE_URL", "dollr_base_url", l.BaseURL))
		}
	}
	if l.SupabaseURL == "" {
		l.AnonKey = Secret{} // there is no address for it
		return nil
	}
	for _, key := range []string{"supabase_anon_key", "supabase_anon_key_file"} {
		o, given := l.origins[key]
		if supabase := a.beside(o, "supabase_url"); given && o.Layer != Flag && !sameAddress(supabase, l.SupabaseURL) {
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

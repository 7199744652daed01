package config

import (
	"encoding/base64"
	"encoding/json"
	"errors"
	"fmt"
	"regexp"
	"slices"
	"strings"
	"unicode"
	"unicode/utf8"
)

// errQuoted is why a value is refused whose quotes no shell has removed.
var errQuoted = errors.New("it is in quotes, which would be sent too: leave them away. A shell takes them off, docker's --env-file does not")

// quotes are the pairs of quotes that people and word processors put around a value.
var quotes = []string{`""`, `''`, "``", "“”", "‘’", "„“", "«»", "”“", "’‘"}

// inQuotes reports whether a value stands between quotes.
func inQuotes(v string) bool {
	first, _ := utf8.DecodeRuneInString(v)
	last, size := utf8.DecodeLastRuneInString(v)
	return len(v) > size && slices.Contains(quotes, string([]rune{first, last}))
}

// assignment matches how a line of a shell's file begins.
var assignment = regexp.MustCompile(`^(?:(?i:export|set)\s+\w+\s*=|(?:DOLLR|SUPABASE|TILLWATCH)_\w+\s*=|(?:dollr|supabase)_\w+\s*=)`)

// asGiven refuses a credential or an address to which something was added on its way here, such as
// quotes or blanks. The server would refuse it too, but later and in less clear words.
func asGiven(v string) error {
	switch trimmed := strings.TrimSpace(v); {
	case strings.HasPrefix(v, string(bom)):
		return errors.New("it begins with a byte order mark (U+FEFF), which an editor has put there: take it away")
	case strings.HasSuffix(v, "\r"):
		return errors.New("it ends with a carriage return: the file that it comes from has the line ends of Windows")
	case inQuotes(trimmed):
		return errQuoted
	case assignment.MatchString(trimmed):
		return errors.New("the name stands in it too: want only what is behind the =")
	case trimmed != v:
		return errors.New("it begins or ends with a blank: take it away")
	}
	for _, r := range v {
		if unicode.In(r, unicode.Cf, unicode.Zs) && r != ' ' && !(r == 0xad && strings.Contains(v, "://")) { // a host loses soft hyphens
			return fmt.Errorf("it has a character in it that cannot be seen (%U): copy it anew", r)
		}
	}
	return nil
}

// credentialOf passes a value of one line to take as it was given out.
func credentialOf(v string, take func(), refuse func(string) error) error {
	if err := asGiven(v); err != nil {
		return err
	}
	if err := refuse(v); err != nil {
		return err
	}
	return line(v, take)
}

// anonKey refuses a Supabase key that may read and change everything.
func anonKey(v string) error {
	switch {
	case strings.HasPrefix(strings.ToLower(v), "sb_secret_"):
		return errors.New("it is a secret key of Supabase (sb_secret_…), which passes by all rules: want the publishable key (sb_publishable_…) or the anon key")
	case mighty(v):
		return errors.New("it is Supabase's service_role key, which passes by all rules: want the anon key, or the publishable key (sb_publishable_…)")
	case strings.HasPrefix(strings.ToLower(v), "bearer "):
		return errors.New("it begins with Bearer: want the key alone")
	}
	return nil
}

// dollrs refuses a Supabase key in the place of a Dollr credential.
func dollrs(v string) error {
	if strings.HasPrefix(strings.ToLower(v), "sb_secret_") || strings.HasPrefix(strings.ToLower(v), "sb_publishable_") || mighty(v) {
		return errors.New("it is a key of Supabase and none of Dollr's: want what Dollr's merchant portal gives")
	}
	return nil
}

// mighty reports whether a key is a JSON Web Token (RFC 7519) with the role service_role at any
// depth.
func mighty(v string) bool {
	for piece := range strings.SplitSeq(v, ".") {
		piece = strings.NewReplacer("-", "+", "_", "/", "=", "", "%3D", "", "%3d", "").Replace(piece)
		text, err := base64.RawStdEncoding.DecodeString(piece)
		if err != nil {
			continue
		}
		var claims any
		if strings.Contains(string(text), "service_role") || json.Unmarshal(text, &claims) == nil && says(claims, "service_role", "supabase_admin") {
			return true
		}
	}
	return false
}

// says reports whether one of these words is a value anywhere in decoded JSON.
func says(value any, words ...string) bool {
	switch v := value.(type) {
	case string:
		return slices.ContainsFunc(words, func(word string) bool { return strings.EqualFold(strings.TrimSpace(v), word) })
	case []any:
		return slices.ContainsFunc(v, func(one any) bool { return says(one, words...) })
	case map[string]any:
		for _, one := range v {
			if says(one, words...) {
				return true
			}
		}
	}
	return false
}

// mixedUp refuses one text as two credentials: one of them is in the wrong place and would be sent
// to the wrong server.
func (s *Settings) mixedUp() error {
	switch key := s.AnonKey.Reveal(); {
	case key == "":
		return nil
	case key != s.ClientSecret.Reveal() && key != s.ClientID:
		return nil
	}
	s.AnonKey = Secret{}
	o := s.origins["supabase_anon_key"]
	if file, is := s.origins["supabase_anon_key_file"]; is {
		o = file
	}
	return about(o.Key, fmt.Errorf("%s: it is a credential of Dollr's, which Supabase must not see: want the anon key", o.place()))
}

// pairs lists the addresses and the credentials that are sent to each.
var pairs = []struct {
	address, variable string
	credentials       []string
	forget            func(*Settings)
}{
	{
		"dollr_base_url", "DOLLR_BASE_URL", []string{"dollr_client_id", "dollr_client_secret", "dollr_client_secret_file"},
		func(s *Settings) { s.BaseURL = "" },
	},
	{
		"supabase_url", "SUPABASE_URL", []string{"supabase_anon_key", "supabase_anon_key_file"},
		func(s *Settings) { s.SupabaseURL = "" },
	},
}

// together refuses to send credentials of the environment or the command line to an address from a
// file, because a user who can change the file would get them. Dollr's own address is allowed. An
// address from the environment or the command line may go with all credentials, because both belong
// to the user who starts the program.
func (s *Settings) together() error {
	var problems []error
	for _, pair := range pairs {
		o := s.origins[pair.address]
		if o.Layer != File || pair.address == "dollr_base_url" && sameAddress(s.BaseURL, "https://api.heydollr.app") {
			continue
		}
		for _, key := range pair.credentials {
			if c, given := s.origins[key]; given && c.Layer != File && c.Layer != Default {
				problems = append(problems, about(pair.address, fmt.Errorf(
					"%s: an address in the file goes only with the credentials of the same file, and %s is not there: put %s into the file too, or give the address as %s",
					o.place(), c, key, pair.variable)))
				pair.forget(s)
				break
			}
		}
	}
	return errors.Join(problems...)
}

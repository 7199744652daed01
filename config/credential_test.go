package config

import (
	"encoding/base64"
	"os"
	"strings"
	"testing"
)

// what docker's --env-file, an editor of Windows or a hand that copies adds to a value.
var added = map[string]struct{ before, behind, want string }{
	"double quotes":        {`"`, `"`, "it is in quotes"},
	"single quotes":        {`'`, `'`, "it is in quotes"},
	"back quotes":          {"`", "`", "it is in quotes"},
	"a word processor's":   {"“", "”", "it is in quotes"},
	"quotes and a blank":   {` "`, `" `, "it is in quotes"},
	"a blank before":       {" ", "", "it begins or ends with a blank"},
	"a blank behind":       {"", " ", "it begins or ends with a blank"},
	"a tab behind":         {"", "\t", "it begins or ends with a blank"},
	"a blank of the web's": {"", "\u00a0", "it begins or ends with a blank"},
	"the ends of Windows":  {"", "\r", "it ends with a carriage return"},
	"a byte order mark":    {"\ufeff", "", "it begins with a byte order mark"},
	"what is not seen":     {"", "\u200b", "it has a character in it that cannot be seen (U+200B)"},
	"a name":               {"DOLLR_CLIENT_SECRET=", "", "the name stands in it too"},
	"a line of a shell":    {"export DOLLR_CLIENT_SECRET=", "", "the name stands in it too"},
}

// The value is sent as it stands, and the refusal comes from far away in other words.
func TestCredentials_WithWhatWasAddedOnTheWayAreRefusedByName(t *testing.T) {
	whole := map[string]string{
		"DOLLR_CLIENT_ID": "shop-hush", "DOLLR_CLIENT_SECRET": "s1-hush-hush", "DOLLR_BASE_URL": "https://api.hush.example",
		"SUPABASE_URL": "https://hush.supabase.co", "SUPABASE_ANON_KEY": "sb_publishable_hush",
	}
	for name, value := range whole {
		environ := func(value string) []string {
			all := []string{name + "=" + value}
			for other, v := range whole {
				if other != name {
					all = append(all, other+"="+v)
				}
			}
			return all
		}
		newSession(t, environ(value)...).run("watch").watches()
		for what, a := range added {
			s := newSession(t, environ(a.before+value+a.behind)...)
			if s.run("watch").refused("environment variable "+name+": ", a.want); strings.Contains(s.said, "hush") {
				t.Errorf("%s of %s: it is repeated: %s", what, name, s.said)
			}
		}
	}
}

func TestCredentials_InFilesOfTheirOwnAreLookedAtToo(t *testing.T) {
	for what, a := range added {
		s := newSession(t, "DOLLR_CLIENT_ID=shop")
		secret := s.file("secret", a.before+"s1-hush-hush"+a.behind+"\n", 0o600)
		s.run("watch", "--client-secret-file", secret)
		if strings.Contains(a.want, "blank") || strings.Contains(a.want, "carriage") || strings.Contains(a.want, "byte order") {
			if got := s.watches().ClientSecret.Reveal(); got != "s1-hush-hush" { // blanks at the ends of a file are dropped
				t.Errorf("%s: it became %q", what, got)
			}
			continue
		}
		if s.refused(secret+": what it holds cannot be right: ", a.want); strings.Contains(s.said, "hush") {
			t.Errorf("%s: it is repeated: %s", what, s.said)
		}
	}
	newSession(t, "DOLLR_CLIENT_ID=shop", `DOLLR_CLIENT_SECRET_FILE="/run/secrets/till"`).run("watch").refused("DOLLR_CLIENT_SECRET_FILE: it is in quotes")
	newSession(t, append(login(), `TILLWATCH_STATUS_RATE="50"`)...).run("watch").refused("TILLWATCH_STATUS_RATE: it is in quotes")
}

// token is a JSON Web Token with these claims.
func token(claims string, code *base64.Encoding) string {
	return code.EncodeToString([]byte(`{"alg":"HS256"}`)) + "." + code.EncodeToString([]byte(claims)) + ".c2ln"
}

// The key that passes by all rules stands next to the right one in Supabase's settings.
func TestAnonKey_ThatMayDoEverythingIsRefusedByName(t *testing.T) {
	mighty := map[string]string{
		"a secret key":         "sb_secret_N7UND0UgjKTVK",
		"service_role":         token(`{"iss":"supabase","role":"service_role","exp":1}`, base64.RawURLEncoding),
		"with blanks":          token("{ \"iss\" : \"x\",\n \"role\" :\t\"service_role\" }", base64.RawURLEncoding),
		"padded":               token(`{"role":"service_role"}`, base64.URLEncoding),
		"the other base64":     token(`{"role":"service_role","x":"???>>>"}`, base64.StdEncoding),
		"escaped":              token(`{"role":"service\u005frole"}`, base64.RawURLEncoding),
		"nested":               token(`{"app_metadata":{"roles":["anon","service_role"]}}`, base64.RawURLEncoding),
		"named twice":          token(`{"role":"service_role","role":"anon"}`, base64.RawURLEncoding),
		"in capitals":          token(`{"role":"SERVICE_ROLE"}`, base64.RawURLEncoding),
		"Supabase's own admin": token(`{"role":"supabase_admin"}`, base64.RawURLEncoding),
	}
	for what, key := range mighty {
		s := newSession(t, append(login(), "SUPABASE_URL=https://x.supabase.co", "SUPABASE_ANON_KEY="+key)...)
		if s.run("watch").refused("environment variable SUPABASE_ANON_KEY: it is ", "want the "); strings.Contains(s.said, key) {
			t.Errorf("%s: it is repeated", what)
		}
		s = newSession(t, append(login(), "SUPABASE_URL=https://x.supabase.co")...)
		s.run("watch", "--anon-key-file", s.file("key", key+"\n", 0o600)).refused("/key: what it holds cannot be right: it is ")
		newSession(t, "DOLLR_CLIENT_ID=shop", "DOLLR_CLIENT_SECRET="+key).run("watch").refused("DOLLR_CLIENT_SECRET: it is a key of Supabase")
		newSession(t, "DOLLR_CLIENT_ID="+key, "DOLLR_CLIENT_SECRET=hush").run("watch").refused("DOLLR_CLIENT_ID: it is a key of Supabase")
		s = newSession(t, append(login(), "SUPABASE_ANON_KEY="+key)...).run("doctor")
		if s.doctor == nil || s.doctor.AnonKey.Given() {
			t.Errorf("%s: the doctor would send it", what)
		}
	}
	for what, key := range map[string]string{
		"the publishable key": "sb_publishable_ACJWlzQHlZjBrEguHvfOxg",
		"the anon key":        token(`{"iss":"supabase","role":"anon","exp":1}`, base64.RawURLEncoding),
	} {
		w := newSession(t, append(login(), "SUPABASE_URL=https://x.supabase.co", "SUPABASE_ANON_KEY="+key)...).run("watch").watches()
		if w.AnonKey.Reveal() != key {
			t.Errorf("%s is not taken", what)
		}
	}
	newSession(t, "DOLLR_CLIENT_ID=shop", "DOLLR_CLIENT_SECRET=hush-hush", "SUPABASE_ANON_KEY=hush-hush").run("watch").
		refused("SUPABASE_ANON_KEY: it is a credential of Dollr's")
	newSession(t, append(login(), "SUPABASE_ANON_KEY=Bearer abc")...).run("watch").refused("SUPABASE_ANON_KEY: it begins with Bearer")
}

// Who can put an address into a file would get what the environment holds.
func TestSettings_AnAddressInTheFileGoesOnlyWithTheCredentialsOfTheSameFile(t *testing.T) {
	const address = "dollr_base_url = 'https://till.example'\n"
	for what, c := range map[string]struct {
		file    string
		environ []string
		args    []string
		want    string // empty: it is fine
	}{
		"both in the file":          {address + "dollr_client_id = 'shop'\ndollr_client_secret = 'hush-hush'\n", nil, nil, ""},
		"the secret in another":     {address + "dollr_client_id = 'shop'\ndollr_client_secret_file = 'SECRET'\n", nil, nil, ""},
		"both in the variables":     {"", append(login(), "DOLLR_BASE_URL=https://till.example"), nil, ""},
		"the address in a variable": {"dollr_client_id = 'shop'\ndollr_client_secret = 'hush-hush'\n", []string{"DOLLR_BASE_URL=https://till.example"}, nil, ""},
		"the address in a flag":     {address, login(), []string{"--base-url", "https://till.example"}, ""},
		"Dollr's own address":       {"dollr_base_url = 'https://API.heydollr.app:443/'\n", login(), nil, ""},
		"the secret in a variable": {
			address + "dollr_client_id = 'shop'\n", []string{"DOLLR_CLIENT_SECRET=hush-hush"}, nil,
			"config.toml:1: dollr_base_url: an address in the file goes only with the credentials of the same file, and environment variable DOLLR_CLIENT_SECRET is not there: put dollr_client_secret into the file too, or give the address as DOLLR_BASE_URL",
		},
		"the id in a variable":        {address + "dollr_client_secret = 'hush-hush'\n", []string{"DOLLR_CLIENT_ID=shop"}, nil, "and environment variable DOLLR_CLIENT_ID is not there"},
		"the secret in a flag's file": {address + "dollr_client_id = 'shop'\n", nil, []string{"--client-secret-file", "SECRET"}, "and flag --client-secret-file is not there"},
		"a variable wins over the file": {
			address + "dollr_client_id = 'shop'\ndollr_client_secret = 'hush-hush'\n", []string{"DOLLR_CLIENT_SECRET=hush-too"}, nil,
			"and environment variable DOLLR_CLIENT_SECRET is not there",
		},
		"the channel's":                   {"supabase_url = 'https://till.example'\n", append(login(), "SUPABASE_ANON_KEY=anon"), nil, "config.toml:1: supabase_url: an address in the file goes only with"},
		"the channel's, both in the file": {"supabase_url = 'https://till.example'\nsupabase_anon_key = 'anon'\n", login(), nil, ""},
	} {
		t.Run(what, func(t *testing.T) {
			s := newSession(t, c.environ...)
			secret := s.file("secret", "hush-hush\n", 0o600)
			for i := range c.args {
				c.args[i] = strings.ReplaceAll(c.args[i], "SECRET", secret)
			}
			s.settings(strings.ReplaceAll(c.file, "SECRET", secret))
			if s.run(append([]string{"watch"}, c.args...)...); c.want == "" {
				s.watches()
				return
			}
			s.refused(c.want)
			if s.run(append([]string{"doctor"}, c.args...)...); s.doctor == nil || s.doctor.BaseURL == "https://till.example" || s.doctor.SupabaseURL != "" {
				t.Errorf("the doctor would send them: %s", s.said)
			}
		})
	}
}

// A file that everybody can write to says where credentials go only if everybody may.
func TestSettings_AFileThatOthersCanChangeSetsNothingOfWeight(t *testing.T) {
	for _, line := range []string{
		"dollr_base_url = 'https://till.example'", "supabase_url = 'https://x.supabase.co'", "log_file = '/tmp/x.log'", "journal = '/tmp/x.db'",
		"dump = '/tmp/x.jsonl'", "money = 'real'", "hook = ['bell']", "dollr_client_id = 'shop'", "dollr_client_secret_file = '/x'",
	} {
		s := newSession(t, login()...)
		path := s.file("mine.toml", "theme = 'dark'\n"+line+"\n", 0o646)
		key, _, _ := strings.Cut(line, " ")
		s.run("watch", "--config", path).refused(path+" can be changed by others (mode 0646) and sets "+key+": chmod 600 ", path)
		if s.run("doctor", "--config", path); s.doctor == nil || s.doctor.BaseURL != "https://api.heydollr.app" || s.doctor.SupabaseURL+s.doctor.LogFile+s.doctor.Dump != "" || s.doctor.Hook != nil {
			t.Errorf("%s: the doctor uses it: %+v", key, s.doctor)
		}
		if os.Geteuid() == 0 { // as another user's it is as good as open
			chmod(t, path, 0o600)
			if err := os.Chown(path, 12345, 12345); err != nil {
				t.Fatal(err)
			}
			s.run("watch", "--config", path).refused(path + " belongs to another user of this machine and sets " + key)
		}
	}
	s := newSession(t, login()...)
	s.run("watch", "--config", s.file("screen.toml", "theme = 'dark'\nstatus_rate = 5\n", 0o666)).watches() // it only looks different
}

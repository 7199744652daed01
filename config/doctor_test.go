package config

import (
	"fmt"
	"strings"
	"testing"
)

// examines checks that doctor ran, and returns what it got.
func (s *session) examines() Doctor {
	s.t.Helper()
	if s.doctor == nil || s.code != 0 {
		s.t.Fatalf("doctor did not run: status %d, said: %s", s.code, s.said)
	}
	if text := fmt.Sprintf("%#v %q", s.doctor.Found, s.doctor.Problems); strings.Contains(text, "hush") {
		s.t.Errorf("a secret is in what may be shown: %s", text)
	}
	return *s.doctor
}

// of is one setting as it was found.
func (d Doctor) of(key string) Found {
	for _, f := range d.Found {
		if f.Key == key {
			return f
		}
	}
	return Found{}
}

func TestDoctor_ShowsEverySettingAndWhereItCameFrom(t *testing.T) {
	s := newSession(t, "DOLLR_CLIENT_ID=shop-of-mine", "SUPABASE_ANON_KEY=anon-hush-hush", "TILLWATCH_COLUMNS=status,age")
	secret := s.file("secret", "hush-hush\n", 0o600)
	s.settings("theme = 'dark'\nhook = ['/usr/bin/notify-send', '--token', 'hush-hush']\n[keys]\nverify = 'V'\n")
	d := s.run("doctor", "--client-secret-file", secret, "--status-rate", "5", "ORDER:5").examines()
	if d.Payment != "ORDER:5" || len(d.Problems) != 0 || !d.There || d.ClientSecret.Reveal() != "hush-hush" {
		t.Errorf("got %+v", d)
	}
	for key, want := range map[string]string{
		"dollr_client_id":          "shop…, environment variable DOLLR_CLIENT_ID",
		"dollr_client_secret_file": secret + ", flag --client-secret-file",
		"dollr_base_url":           "https://api.heydollr.app, default",
		"supabase_anon_key":        "set, environment variable SUPABASE_ANON_KEY",
		"status_rate":              "5, flag --status-rate",
		"key_rate":                 "20, default",
		"theme":                    "dark, theme in " + d.File + ":1",
		"columns":                  "status, age, environment variable TILLWATCH_COLUMNS",
		"hook":                     "notify-send, hook in " + d.File + ":2",
		"keys":                     "1 changed, keys in " + d.File + ":3",
	} {
		if f := d.of(key); f.Value+", "+f.Origin.String() != want || f.Missing || f.Bad != nil {
			t.Errorf("%s is %+v, want %s", key, f, want)
		}
	}
	if f := d.of("supabase_url"); f.Key != "" {
		t.Errorf("nobody gives supabase_url, and it is %+v", f)
	}
}

func TestDoctor_MistakesAreToldAndEndNothing(t *testing.T) {
	s := newSession(t, "DOLLR_CLIENT_ID=shop", "TILLWATCH_STATUS_RATE=fast", "TILLWATCH_STATUS_RAT=3", "SUPABASE_ANON_KEY=hush\x01hush")
	s.file("secret", "hush-hush\n", 0o644)
	s.settings("colour = 'green'\nbell = 'loud'\nkey_rate = 7\n[hints]\n'a b' = 'x'\n'c d' = 'y'\n")
	d := s.run("doctor", "--client-secret-file", s.home+"/secret", "--base-url", "http://hush-hush.example").examines()
	for key, words := range map[string][]string{
		"dollr_client_secret_file": {"chmod 600"},
		"dollr_base_url":           {"flag --base-url: want https://HOST"},
		"supabase_anon_key":        {"environment variable SUPABASE_ANON_KEY: want one line of text"},
		"status_rate":              {`environment variable TILLWATCH_STATUS_RATE: "fast" is not a number`},
		"bell":                     {`config.toml:2: bell: "loud" is not off, paid or all`},
		"hints":                    {"config.toml:5:", "config.toml:6:"},
	} {
		f := d.of(key)
		if len(f.Bad) != len(words) || f.Value != "" || f.Missing {
			t.Errorf("%s is %+v", key, f)
			continue
		}
		for i, word := range words {
			if !strings.Contains(f.Bad[i], word) {
				t.Errorf("of %s it says %q, nothing of %q", key, f.Bad[i], word)
			}
		}
	}
	if len(d.Problems) != 2 || !strings.Contains(strings.Join(d.Problems, "\n"), "config.toml:1: colour is not a setting") ||
		!strings.Contains(strings.Join(d.Problems, "\n"), "TILLWATCH_STATUS_RAT is not known") {
		t.Errorf("the problems are %q", d.Problems)
	}
	if d.KeyRate != 7 || d.BaseURL != "" || d.AnonKey.Given() || d.ClientSecret.Given() || d.ClientID != "shop" {
		t.Errorf("it goes on with %+v", d.Settings)
	}
}

func TestDoctor_NothingIsSetUp(t *testing.T) {
	d := newSession(t).run("doctor").examines()
	id, secret := d.of("dollr_client_id"), d.of("dollr_client_secret")
	if !id.Missing || !secret.Missing || len(secret.Bad) != 1 || d.There || len(d.Problems) != 0 ||
		!strings.Contains(secret.Bad[0], "DOLLR_CLIENT_SECRET_FILE") || id.Bad[0] != "missing: looked for DOLLR_CLIENT_ID, --client-id, and dollr_client_id in the file" ||
		!strings.HasPrefix(d.File, "/") {
		t.Errorf("got %+v, problems %q", d.Found, d.Problems)
	}
}

func TestDoctor_ASettingsFileThatIsNoneIsAProblem(t *testing.T) {
	d := newSession(t, login()...).settings("what is this\n").run("doctor").examines()
	if len(d.Problems) != 1 || !strings.Contains(d.Problems[0], "config.toml:1") || d.ClientID != "shop" || d.StatusRate != 20 {
		t.Errorf("problems %q, settings %+v", d.Problems, d.Settings)
	}
	d = newSession(t, login()...).run("doctor", "--config", "nowhere.toml").examines()
	if len(d.Problems) != 1 || !strings.Contains(d.Problems[0], "nowhere.toml") {
		t.Errorf("problems %q", d.Problems)
	}
}

func TestDoctor_BadUsageIsRefused(t *testing.T) {
	for line, want := range map[string]string{
		"doctor --fast":                   "unknown flag",
		"doctor ORDER:1 ORDER:2":          "accepts at most 1 arg",
		"doctor --client-secret=hush":     "a secret is never a flag",
		"doctor --hook-sim=maybe ORDER:1": "--hook-sim",
	} {
		newSession(t, login()...).run(strings.Fields(line)...).refused(want)
	}
	newSession(t, login()...).run("doctor", " ").refused("the payment is empty")
}

func TestSettings_WhatMustNotBeRepeatedIsNotShown(t *testing.T) {
	for _, d := range table {
		if d.hidden && d.shown == nil {
			t.Errorf("%s is hidden, and nothing says how it may be shown", d.key)
		}
	}
}

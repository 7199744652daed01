package config

import (
	"strings"
	"testing"
)

const elsewhere = "https://test.example"

// The slip that this is about: a shell that is set up for Dollr's own API, and a load run that
// is pointed at another address.
func TestLoad_ACredentialGoesNowhereButWhereItIsMeantFor(t *testing.T) {
	for want, s := range map[string]*session{
		"--base-url https://test.example: environment variable DOLLR_CLIENT_ID is for https://api.heydollr.app and is not sent elsewhere: " +
			"if it is for this one, set DOLLR_BASE_URL=https://test.example beside it; else give --client-id and --client-secret-file\n": newSession(t, login()...),
		"variable DOLLR_CLIENT_ID is for https://test.example:8443 and": newSession(t, append(login(), "DOLLR_BASE_URL=https://test.example:8443/")...),
		"variable DOLLR_CLIENT_ID is for http://localhost and":          newSession(t, append(login(), "DOLLR_BASE_URL=http://localhost")...),
		"variable DOLLR_CLIENT_ID is for another address and":           newSession(t, append(login(), "DOLLR_BASE_URL=https://shop:hush-hush@test.example")...),
		"config.toml:2: dollr_client_secret is for https://other.example and is not sent elsewhere: if it is for this one, set dollr_base_url = \"https://test.example\" beside": newSession(t).
			settings("dollr_base_url = 'https://other.example'\ndollr_client_secret = 'hush-hush'\n"),
		"variable DOLLR_CLIENT_ID is for https://api.heydollr.app and": newSession(t, append(login(), "DOLLR_BASE_URL=https://api.heydollr.app")...).
			settings("dollr_base_url = 'https://test.example'\n"), // the nearer place says it
		"config.toml:1: dollr_client_id is for https://api.heydollr.app and": newSession(t, "DOLLR_BASE_URL="+elsewhere).
			settings("dollr_client_id = 'shop'\ndollr_client_secret = 'hush-hush'\n"), // a shell may be set up by halves
	} {
		s.run("load", "--base-url", elsewhere).refused(want)
		if strings.Contains(s.said, "hush-hush") || strings.Count(s.said, "\n") != 1 {
			t.Errorf("it says %q", s.said)
		}
	}
	s := newSession(t, "DOLLR_CLIENT_SECRET=hush-hush")
	s.run("load", "--base-url", elsewhere, "--client-id", "mine").refused("variable DOLLR_CLIENT_SECRET is for https://api.heydollr.app")
}

// A sandbox of one's own is a load run's with no word more than its address, and so is an
// environment whose address stands beside its credentials.
func TestLoad_ACredentialGoesToTheAddressBesideIt(t *testing.T) {
	supabase := []string{"SUPABASE_URL=http://127.0.0.1:8787", "SUPABASE_ANON_KEY=anon"}
	s := newSession(t, append(append(login(), "DOLLR_BASE_URL=http://127.0.0.1:8787"), supabase...)...)
	if l := s.run("load", "--base-url", "http://127.0.0.1:8787").loads(); l.ClientSecret.Reveal() != "hush-hush" || !l.Listens() || l.Notes != nil {
		t.Errorf("got %+v", l)
	}
	s = newSession(t, login()...).settings("dollr_base_url = 'https://test.example'\n")
	if l := s.run("load", "--base-url", elsewhere).loads(); l.ClientSecret.Reveal() != "hush-hush" {
		t.Errorf("got %+v", l)
	}
	s = newSession(t, append(login(), "DOLLR_BASE_URL=https://tést.example")...)
	if l := s.run("load", "--base-url", "https://xn--tst-bma.example").loads(); l.ClientSecret.Reveal() != "hush-hush" {
		t.Errorf("one host in two writings: got %+v", l)
	}
	s = newSession(t).settings("dollr_base_url = 'https://test.example'\ndollr_client_id = 'shop'\ndollr_client_secret = 'hush-hush'\n")
	if l := s.run("load", "--base-url", "https://Test.Example:443/").loads(); l.ClientID != "shop" || l.Listens() {
		t.Errorf("got %+v", l)
	}
}

// Whoever gives the credentials with the address means both, and nothing of what else stands
// around goes along.
func TestLoad_WhatIsGivenWithTheAddressIsMeantForIt(t *testing.T) {
	s := newSession(t, append(login(), "SUPABASE_URL=https://x.supabase.co", "SUPABASE_ANON_KEY=anon")...)
	secret := s.file("secret", "of-the-test\n", 0o600)
	args := []string{"load", "--base-url", elsewhere, "--client-id", "mine", "--client-secret-file", secret}
	l := s.run(args...).loads()
	if l.ClientID != "mine" || l.ClientSecret.Reveal() != "of-the-test" || l.SupabaseURL != "" || l.AnonKey.Given() ||
		strings.Join(l.Notes, "\n") != "environment variable SUPABASE_URL is not used: it belongs to https://api.heydollr.app; without --supabase-url every payment is polled" {
		t.Errorf("got %+v", l)
	}
	args = append(args, "--supabase-url", "https://y.supabase.co")
	s.run(args...).refused("--supabase-url https://y.supabase.co: environment variable SUPABASE_ANON_KEY is for https://x.supabase.co and is not sent elsewhere: " +
		"if it is for this one, set SUPABASE_URL=https://y.supabase.co beside it; else give --anon-key-file\n")
	anon := s.file("anon", "anon-of-the-test\n", 0o600)
	if l = s.run(append(args, "--anon-key-file", anon)...).loads(); !l.Listens() || l.AnonKey.Reveal() != "anon-of-the-test" {
		t.Errorf("got %+v", l)
	}
	s = newSession(t, append(login(), "DOLLR_BASE_URL="+elsewhere, "SUPABASE_ANON_KEY=anon")...)
	s.run("load", "--base-url", elsewhere, "--supabase-url", "https://y.supabase.co").refused("SUPABASE_ANON_KEY is for no address that is said")
}

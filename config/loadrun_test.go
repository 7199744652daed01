package config

import (
	"reflect"
	"strings"
	"testing"
	"time"
)

func TestLoad_TakesItsFlags(t *testing.T) {
	l := newSession(t).run("load").loads()
	if !l.Own || l.Output != Board || l.Rate != 5 || l.RampOver != 0 || l.For != 0 || l.Payments != 0 || l.Seed != 7 || l.Speed != 4 ||
		l.Limits != "default" || l.Drain != 7*time.Minute || l.StatusRate != 20 || l.Window != "key" || l.Theme != "auto" {
		t.Errorf("alone it is %+v", l)
	}
	l = newSession(t).run("load", "--rate", "0.5", "--ramp", "20/2m", "--for", "3m", "--payments", "100", "--even", "--scenarios", "paid=8",
		"--methods", "card", "--links", "mixed", "--seed", "3", "--speed", "8", "--limits", "none", "--drain", "30s", "--as-begun",
		"--expect", "paid>=70%", "--expect", "start_to_paid.p99<60s,", "--samples", "run.CSV", "--apart", "--json", "--dump", "wire.jsonl",
		"--pprof", "localhost:0", "--status-rate", "200", "--joins-rate", "300", "--realtime-window", "strict", "--theme", "dark").loads()
	want := Load{Own: true, Output: JSON, Rate: 0.5, Ramp: 20, RampOver: 2 * time.Minute, For: 3 * time.Minute, Payments: 100, Even: true,
		Scenarios: "paid=8", Methods: "card", Links: "mixed", Seed: 3, Speed: 8, Limits: "none", Drain: 30 * time.Second, AsBegun: true,
		Expect: []string{"paid>=70%", "start_to_paid.p99<60s,"}, Samples: "run.CSV", Apart: true, Pprof: "localhost:0", Settings: l.Settings}
	if !reflect.DeepEqual(l, want) {
		t.Errorf("got  %+v\nwant %+v", l, want)
	}
	if l.StatusRate != 200 || l.JoinsRate != 300 || l.KeyRate != 20 || l.Window != "strict" || l.Dump != "wire.jsonl" || l.Theme != "dark" {
		t.Errorf("its settings are %+v", l.Settings)
	}
}

// A run on our own sandbox reads no credential, right or wrong, and nothing about whom to ask.
func TestLoad_OnOurOwnSandboxReadsNoCredential(t *testing.T) {
	s := newSession(t, "DOLLR_BASE_URL=https://api.heydollr.app", "DOLLR_CLIENT_SECRET_FILE=/nowhere", "TILLWATCH_NONSENSE=1",
		"SUPABASE_URL=not a url", "TILLWATCH_KEY_RATE=100", "TILLWATCH_HOOK=x", "TILLWATCH_DUMP=x.jsonl")
	s.file(".config/tillwatch/config.toml", "joins_rate = 7\nbell = 'off'\ndollr_client_secret = 'hush-hush'\njournal = 'x.db'\n", 0o666)
	l := s.run("load").loads()
	if l.KeyRate != 100 || l.JoinsRate != 7 || l.Bell != "off" || l.ClientSecret.Given() || l.BaseURL != "" || l.SupabaseURL != "" || l.Journal != "" || l.Dump != "" || l.Hook != nil {
		t.Errorf("got %+v", l.Settings)
	}
	settings, err := l.On([]string{"DOLLR_BASE_URL=http://127.0.0.1:1", "DOLLR_CLIENT_ID=sandbox", "DOLLR_CLIENT_SECRET=x", "SUPABASE_URL=http://127.0.0.1:1", "SUPABASE_ANON_KEY=y"})
	if err != nil || settings.BaseURL != "http://127.0.0.1:1" || settings.KeyRate != 100 || settings.JoinsRate != 7 || settings.Bell != "off" ||
		!settings.Listens() || settings.Title != "load seed 7" || settings.StatusRate != 20 {
		t.Errorf("on the sandbox they are %+v, %v", settings, err)
	}
	newSession(t, "TILLWATCH_KEY_RATE=x").run("load").refused("environment variable TILLWATCH_KEY_RATE")
}

// An address that happens to stand somewhere is not where a load run goes.
func TestLoad_ReadsTheAddressFromItsFlagAlone(t *testing.T) {
	s := newSession(t, append(login(), "DOLLR_BASE_URL=https://TEST.example:443/", "SUPABASE_URL=https://x.supabase.co", "SUPABASE_ANON_KEY=anon", `TILLWATCH_HOOK=["bell"]`)...)
	s.settings("dollr_base_url = 'no address at all'\nstatus_rate = 5\njournal = 'load.db'\n")
	l := s.run("load", "--base-url", "https://test.example").loads()
	if l.Own || l.BaseURL != "https://test.example" || l.ClientID != "shop" || !l.Listens() || l.StatusRate != 5 || l.Journal != "load.db" || l.Hook != nil {
		t.Errorf("got %+v", l)
	}
	newSession(t).run("load", "--base-url", "https://test.example").refused("DOLLR_CLIENT_ID and DOLLR_CLIENT_SECRET are missing")
	newSession(t, append(login(), "DOLLR_BASE_URL=https://test.example", "TILLWATCH_STATUS_RAET=2")...).run("load", "--base-url", "https://test.example").refused("TILLWATCH_STATUS_RAET is not known")
}

// live is Dollr's live API as people, and those who mean no good, may write it.
var live = []string{
	"https://api.heydollr.app", "https://API.HeyDollr.App", "https://api.heydollr.app.", "https://api.heydollr.app..", "https://heydollr.app",
	"https://heydollr.app:443", "https://api.heydollr.app.:8443/base", "https://shop:hush-hush@api.heydollr.app", "http://api.heydollr.app",
	"https://a.b.heydollr.app/v1", "api.heydollr.app", "//api.heydollr.app", " https://api.heydollr.app ", "wss://realtime.heydollr.app",
	"https://127.0.0.1@api.heydollr.app", "HTTPS://HEYDOLLR.APP?x=1#y",
	// These are dialled as heydollr.app.
	"https://ａpi.heydollr.app", "https://api.ｈeydollr.app", "https://heydollr。app", "https://api.heydollr．app", "https://hey\u00addollr.app",
	"https://hey\u200bdollr.app", "https://ⓗeydollr.app。", "https://%EF%BD%88eydollr.app", "https://xn--heydollr-.app", "https://аpi.heydollr.app",
}

func TestLoad_DollrsLiveAPIIsRefused(t *testing.T) {
	const why = "this is Dollr's live API: a load run would ask real customers for money"
	for _, address := range live {
		for _, args := range [][]string{
			{"--base-url", address}, {"--base-url=" + address, "--money=auto", "--payments=1", "--limits=none"},
			{"--base-url", "https://test.example", "--supabase-url", address}, {"--supabase-url", address},
		} {
			s := newSession(t, login()...).run(append([]string{"load"}, args...)...).refused(why)
			if strings.Count(s.said, "\n") != 1 || strings.Contains(s.said, "hush-hush") {
				t.Errorf("%q is refused with %q", args, s.said)
			}
		}
	}
	s := newSession(t, append(login(), "SUPABASE_URL=https://db.heydollr.app", "SUPABASE_ANON_KEY=x")...)
	s.run("load", "--base-url", "https://test.example").refused("environment variable SUPABASE_URL: " + why)
	s = newSession(t, login()...).settings("supabase_url = 'https://db.HEYDOLLR.app.'\n")
	s.run("load", "--base-url", "https://test.example").refused("config.toml:1: supabase_url: " + why)
}

// These turn into other names on their way to a resolver, or are no addresses at all.
func TestLoad_NamesThatAreNotWhatTheySeemAreRefused(t *testing.T) {
	for _, address := range []string{
		"https://tést.example", "https://hеydollr.app", "https://api.heydollr․app", "https://api.heydollr%2eapp", "https://api.hey%64ollr.app", "https://api.hey\tdollr.app",
		"https://api.heydollr.app\\@127.0.0.1", "https://api.heydollr.app:port",
	} {
		newSession(t, login()...).run("load", "--base-url", address).refused("--base-url")
	}
	for _, host := range []string{"test.heydollr.example", "heydollr.app.example", "myheydollr.app", "127.0.0.1", "::1", "", "api.heydollr.ap"} {
		if err := RefuseLive(host); err != nil {
			t.Errorf("%s: %v", host, err)
		}
	}
}

func TestLoad_RealMoneyIsRefused(t *testing.T) {
	const where = "--base-url=https://proxy.example"
	newSession(t, login()...).run("load", where, "--money", "real").refused("--money real: a load run is refused where the money is real")
	newSession(t).run("load", "--money=real").refused("--money real")
	s := newSession(t, append(login(), "TILLWATCH_MONEY=real")...)
	s.run("load", where).refused("environment variable TILLWATCH_MONEY: ")
	s.run("load").refused("environment variable TILLWATCH_MONEY: ")
	s.run("load", where, "--money=auto").refused("environment variable TILLWATCH_MONEY: ")
	const file = "config.toml:1: money: a load run is refused"
	newSession(t, login()...).settings("money = 'real'\n").run("load", where).refused(file)
	newSession(t, login()...).settings("money = 'real'\n").run("load", where, "--money", "auto").refused(file)
	newSession(t, append(login(), "TILLWATCH_MONEY=auto")...).settings("money = 'real'\n").run("load", where).refused(file)
	if help := newSession(t).run("load", "--help").out; strings.Contains(help, "--money") {
		t.Error("the help shows --money, which can only be refused")
	}
}

func TestLoad_HelpHasItsFlagsAndWhatTheExitStatusMeans(t *testing.T) {
	help := newSession(t).run("load", "--help").out
	for _, word := range []string{"--ramp", "--expect", "--samples", "--apart", "--pprof", "--base-url", "--status-rate", "--client-id", "6 an expectation"} {
		if !strings.Contains(help, word) {
			t.Errorf("the help has no %s", word)
		}
	}
	if strings.Contains(help, "--hook-sim") || strings.Contains(newSession(t).run("sandbox", "--help").out, "until-eof") {
		t.Error("the help shows what is none of a person's business")
	}
	if man := newSession(t).run("man").out; !strings.Contains(man, "TILLWATCH LOAD") || !strings.Contains(man, "6 an expectation") || strings.Contains(man, "until-eof") {
		t.Error("the manual page lacks load, or shows a hidden flag")
	}
}

package config

import (
	"fmt"
	"path/filepath"
	"slices"
	"strings"
	"testing"
)

func TestSettings_FlagOverEnvironmentOverFileOverDefault(t *testing.T) {
	s := newSession(t, append(login(), "TILLWATCH_KEY_RATE=12", "TILLWATCH_JOINS_RATE=13")...)
	s.settings("# pace\nkey_rate = 2\n\njoins_rate = 3.5\nchannels_per_socket = 44\n")
	w := s.run("watch", "--joins-rate", "23").watches()

	if w.StatusRate != 20 || w.KeyRate != 12 || w.JoinsRate != 23 || w.ChannelsPerSocket != 44 {
		t.Errorf("got rates %v %v %v and %d channels", w.StatusRate, w.KeyRate, w.JoinsRate, w.ChannelsPerSocket)
	}
	for key, want := range map[string]string{
		"status_rate":         "default",
		"key_rate":            "environment variable TILLWATCH_KEY_RATE",
		"joins_rate":          "flag --joins-rate",
		"channels_per_socket": "channels_per_socket in " + filepath.Join(s.home, ".config/tillwatch/config.toml") + ":5",
	} {
		if got := s.origin(key); got != want {
			t.Errorf("%s is from %q, want %q", key, got, want)
		}
	}
}

func TestSettings_HaveTheDefaultsOfTheDesign(t *testing.T) {
	w := newSession(t, login()...).run("watch").watches()
	if w.BaseURL != "https://api.heydollr.app" || w.StatusRate != 20 || w.KeyRate != 20 || w.JoinsRate != 50 ||
		w.ChannelsPerSocket != 90 || w.Window != "key" || w.SourceType != "" || w.RealMoney || w.Listens() {
		t.Errorf("got %+v", w.Settings)
	}
	if got := w.MissingForRealtime(); !slices.Equal(got, []string{"SUPABASE_URL", "SUPABASE_ANON_KEY"}) {
		t.Errorf("missing for realtime: %v", got)
	}
}

func TestSettings_UnderscoresInNamesStayWhole(t *testing.T) {
	s := newSession(t, append(login(), "TILLWATCH_CHANNELS_PER_SOCKET=7", "TILLWATCH_REALTIME_WINDOW=until-final",
		"TILLWATCH_SOURCE_TYPE=order", "TILLWATCH_MONEY=real", "TILLWATCH_TITLE=Counter 2",
		"SUPABASE_URL=https://x.supabase.co/", "SUPABASE_ANON_KEY=anon")...)
	w := s.run("watch").watches()
	if w.ChannelsPerSocket != 7 || w.Window != "until-final" || w.SourceType != "ORDER" || !w.RealMoney ||
		w.Title != "Counter 2" || w.SupabaseURL != "https://x.supabase.co" || !w.Listens() {
		t.Errorf("got %+v", w.Settings)
	}
}

func TestSettings_AnEmptyVariableIsNotSet(t *testing.T) {
	s := newSession(t, append(login(), "TILLWATCH_STATUS_RATE=", "SUPABASE_URL=")...).settings("status_rate = 5\n")
	if w := s.run("watch").watches(); w.StatusRate != 5 || w.SupabaseURL != "" {
		t.Errorf("got rate %v, url %q", w.StatusRate, w.SupabaseURL)
	}
}

func TestSettings_BadOnesAreNamedWithPlaceAndWhatIsAllowed(t *testing.T) {
	for name, c := range map[string]struct {
		environ []string
		file    string
		args    []string
		want    []string
	}{
		"a word for a rate":            {environ: []string{"TILLWATCH_STATUS_RATE=fast"}, want: []string{"environment variable TILLWATCH_STATUS_RATE", `"fast"`, "0.2 to 100000"}},
		"no number":                    {environ: []string{"TILLWATCH_STATUS_RATE=NaN"}, want: []string{"0.2 to 100000"}},
		"a rate below the floor":       {args: []string{"--key-rate=0.1"}, want: []string{"flag --key-rate", `"0.1"`}},
		"more channels than a server":  {file: "\nchannels_per_socket = 101\n", want: []string{"config.toml:2", `"101"`, "from 1 to 100"}},
		"an unknown window":            {file: "realtime_window = \"forever\"\n", want: []string{"config.toml:1", "key, strict or until-final"}},
		"a list for a value":           {file: "status_rate = [1, 2]\n", want: []string{"config.toml:1", "0.2 to 100000"}},
		"an unknown name in the file":  {file: "status_rate = 2\nstatusrate = 3\n", want: []string{"config.toml:2", "statusrate is not a setting", "status_rate"}},
		"a table in the file":          {file: "[watch]\nstatus_rate = 2\n", want: []string{"config.toml:2", "watch.status_rate is not a setting"}},
		"no TOML at all":               {file: "status_rate = 2\nwhat is this\n", want: []string{"config.toml:2"}},
		"an unknown variable of ours":  {environ: []string{"TILLWATCH_STATUS_RAET=2"}, want: []string{"TILLWATCH_STATUS_RAET is not known", "TILLWATCH_STATUS_RATE"}},
		"an unknown source type":       {args: []string{"--source-type=CART"}, want: []string{`"CART"`, "INVOICE or ORDER"}},
		"an empty flag":                {args: []string{"--money="}, want: []string{"flag --money: want auto or real"}},
		"money that is not real":       {environ: []string{"TILLWATCH_MONEY=monopoly"}, want: []string{"auto or real"}},
		"an unencrypted server":        {environ: []string{"SUPABASE_URL=http://example.com"}, want: []string{"environment variable SUPABASE_URL", "https://HOST"}},
		"a host that looks like local": {environ: []string{"DOLLR_BASE_URL=http://127.0.0.1.example.com"}, want: []string{"DOLLR_BASE_URL"}},
		"no scheme":                    {environ: []string{"SUPABASE_URL=x.supabase.co"}, want: []string{"SUPABASE_URL"}},
		"no host":                      {environ: []string{"SUPABASE_URL=https:///x"}, want: []string{"SUPABASE_URL"}},
		"a key in the query":           {environ: []string{"SUPABASE_URL=https://x.supabase.co?apikey=hush-hush"}, want: []string{"without user, query"}},
		"a user in the address":        {environ: []string{"DOLLR_BASE_URL=https://shop:hush-hush@api.heydollr.app"}, want: []string{"without user"}},
		"a secret of two lines":        {environ: []string{"SUPABASE_ANON_KEY=hush-hush\nhush-hush"}, want: []string{"SUPABASE_ANON_KEY"}},
		"a secret without quotes":      {file: "title = 'x'\ndollr_client_secret = 98765432109876543210\n", want: []string{"config.toml:2: a number that is none, or is too large; a text stands in quotes"}},
		"a hexadecimal secret":         {file: "dollr_client_secret = 0x98765432109876543210\n", want: []string{"config.toml:1: a number that is none"}},
		"a number beyond all":          {file: "key_rate = 987654e999999\n", want: []string{"config.toml:1: a number that is none"}},
		"half a number":                {file: "key_rate = 9876543e\n", want: []string{"config.toml:1: a number that is none"}},
		"letters without quotes":       {file: "dollr_client_secret = a9876543\n", want: []string{"config.toml:1: incomplete number"}},
		"a secret after its quotes":    {file: "dollr_client_secret = 'a'9876543\n", want: []string{"config.toml:1: expected newline but got U+0039 '9'"}},
		"a long name twice":            {file: strings.Repeat("n", 9000) + " = 1\n" + strings.Repeat("n", 9000) + " = 1\n", want: []string{"config.toml:2: key nnn", "nnn…\n"}},
		"a settings file that is not":  {args: []string{"--config", "/nowhere/at/all.toml"}, want: []string{"/nowhere/at/all.toml", "no such file"}},
		"a negative timeout":           {args: []string{"--timeout=-1s"}, want: []string{"--timeout"}},
		"an unknown flag":              {args: []string{"--colour"}, want: []string{"unknown flag: --colour"}},
		"two outputs":                  {args: []string{"--json", "--plain"}, want: []string{"--json and --plain"}},
		"a secret as a flag":           {args: []string{"--client-secret=hush-hush"}, want: []string{"never a flag", "--client-secret-file"}},
	} {
		t.Run(name, func(t *testing.T) {
			s := newSession(t, append(login(), c.environ...)...)
			if c.file != "" {
				s.settings(c.file)
			}
			s.run(append([]string{"watch"}, c.args...)...).refused(c.want...)
			said := strings.ReplaceAll(s.said, s.home, "~") // whose name has digits by chance
			if strings.Contains(said, "hush-hush") || strings.Contains(said, "9876") {
				t.Errorf("a secret is in: %s", s.said)
			}
		})
	}
}

func TestSettings_AllMistakesAreToldAtOnce(t *testing.T) {
	s := newSession(t, append(login(), "TILLWATCH_STATUS_RATE=x", "SUPABASE_URL=ftp://x")...)
	s.run("watch", "--key-rate=y").refused("TILLWATCH_STATUS_RATE", "SUPABASE_URL", "--key-rate")
}

// Somebody may give another program's file: that is said in few words.
func TestSettings_ManyMistakesAreCounted(t *testing.T) {
	var text strings.Builder
	for i := range 6000 {
		fmt.Fprintf(&text, "n%d=1\n", i)
	}
	s := newSession(t, login()...).settings("colour = 'green'\nsize = 7\n")
	s.run("watch").refused("config.toml:1: colour is not a setting\n", "config.toml:2: size is not a setting: they are dollr_client_id ")
	s.settings(text.String()).run("watch").refused("config.toml:20: n19 is not a setting\n", "config.toml: and 5,980 more like these: they are dollr_client_id ")
	if strings.Contains(s.said, "n20 ") || strings.Count(s.said, "dollr_base_url") != 1 {
		t.Errorf("it says too much: %s", s.said)
	}
	s = screenSession(t, login()...).settings("[keys]\n" + text.String())
	s.run("watch").refused("config.toml:21: keys.n19 is not an action", "config.toml: and 5,980 more like these\n")
}

func TestSettings_HTTPIsForThisMachineAlone(t *testing.T) {
	for _, address := range []string{"http://localhost:8787", "http://127.0.0.1:1/base", "http://[::1]:99", "http://127.9.9.9", "http://realtime-dev.localhost:4000"} {
		w := newSession(t, append(login(), "DOLLR_BASE_URL="+address)...).run("watch").watches()
		if w.BaseURL != address {
			t.Errorf("%s became %s", address, w.BaseURL)
		}
	}
}

func TestSettings_AHostIsWhatIsLookedUp(t *testing.T) {
	for address, want := range map[string]string{
		"https://ａpi.heydollr.app":         "https://api.heydollr.app",
		"https://API.heydollr。app:8443/x/": "https://api.heydollr.app:8443/x",
		"https://hey\u00addollr.app":       "https://heydollr.app",
		"https://tést.example":             "https://xn--tst-bma.example",
		"http://ｌocalhost:8787":            "http://localhost:8787",
		"https://Test.Example.":            "https://Test.Example.",
		"http://[::1]:99":                  "http://[::1]:99",
		"https://xn--api-.heydollr.app":    "",
		"https://xn--pi-fy3a.heydollr.app": "",
		"https://a\u200cpi.heydollr.app":   "",
		"https://api.heydollr․app":         "",
		"http://tést.localhost.example":    "",
	} {
		s := newSession(t, append(login(), "DOLLR_BASE_URL="+address, "SUPABASE_URL="+address, "SUPABASE_ANON_KEY=anon")...).run("watch")
		if want == "" {
			s.refused("environment variable DOLLR_BASE_URL: ", "environment variable SUPABASE_URL: ")
			continue
		}
		if w := s.watches(); w.BaseURL != want || w.SupabaseURL != want {
			t.Errorf("%s became %s and %s, want %s", address, w.BaseURL, w.SupabaseURL, want)
		}
	}
}

func TestWatch_WithoutCredentialsSaysWhatIsMissingWhereItLookedAndDemo(t *testing.T) {
	s := newSession(t).run()
	s.refused("DOLLR_CLIENT_ID and DOLLR_CLIENT_SECRET are missing", "DOLLR_CLIENT_SECRET_FILE", "--client-id",
		filepath.Join(s.home, ".config/tillwatch/config.toml")+" (not there)", "tillwatch demo")

	s = newSession(t, "DOLLR_CLIENT_ID=shop").settings("status_rate = 2\n").run("watch")
	s.refused("DOLLR_CLIENT_SECRET is missing")
	if strings.Contains(s.said, "not there") || strings.Contains(s.said, "--client-id") {
		t.Errorf("it says too much: %s", s.said)
	}
}

func TestSettings_XDGConfigHomeIsUsedUnlessItIsRelative(t *testing.T) {
	s := newSession(t, login()...).settings("status_rate = 2\n")
	s.environ = append(s.environ, "XDG_CONFIG_HOME=relative")
	if w := s.run("watch").watches(); w.StatusRate != 2 {
		t.Errorf("a relative folder was used: rate %v", w.StatusRate)
	}
	s.file("xdg/tillwatch/config.toml", "status_rate = 3\n", 0o600)
	s.environ = append(s.environ, "XDG_CONFIG_HOME="+filepath.Join(s.home, "xdg"))
	if w := s.run("watch").watches(); w.StatusRate != 3 {
		t.Errorf("the XDG folder was not used: rate %v", w.StatusRate)
	}
	other := s.file("other.toml", "status_rate = 4\n", 0o644)
	if w := s.run("watch", "--config", other).watches(); w.StatusRate != 4 {
		t.Errorf("--config was not used: rate %v", w.StatusRate)
	}
}

func TestGiven_ReadsNothingElse(t *testing.T) {
	t.Setenv("DOLLR_CLIENT_ID", "somebody")
	t.Setenv("TILLWATCH_STATUS_RATE", "x")
	s, err := Given([]string{"DOLLR_BASE_URL=http://127.0.0.1:9", "DOLLR_CLIENT_SECRET=hush-hush"})
	if err != nil {
		t.Fatal(err)
	}
	if s.ClientID != "" || s.BaseURL != "http://127.0.0.1:9" || s.ClientSecret.Reveal() != "hush-hush" || s.StatusRate != 20 {
		t.Errorf("got %+v", s)
	}
	if _, err := Given([]string{"DOLLR_BASE_URL=hush-hush"}); err == nil || strings.Contains(err.Error(), "hush") {
		t.Errorf("a bad address gives %v", err)
	}
}

package dollr

import (
	"io"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"

	"tillwatch/watch"
)

func TestNew_TakesHTTPSAnywhereAndHTTPOnlyHere(t *testing.T) {
	tests := map[string]bool{
		"https://api.heydollr.app":         true,
		"https://api.heydollr.app/":        true,
		"https://proxy.example/dollr/":     true,
		"http://127.0.0.1:8080":            true,
		"http://127.9.9.9":                 true,
		"http://[::1]:8080/x":              true,
		"http://localhost:8080":            true,
		"http://LOCALHOST.":                true,
		"http://api.heydollr.app":          false,
		"http://localhost.example":         false,
		"http://127.0.0.1.example":         false,
		"http://10.0.0.1":                  false,
		"https://user:hunter2@api.example": false,
		"https://api.example?x=hunter2":    false,
		"https://api.example/#hunter2":     false,
		"ftp://api.example":                false,
		"api.heydollr.app":                 false,
		"https://":                         false,
		"https://%zz":                      false,
		"https://tést.example":             true,
		"http://ｌocalhost:8080":            true, // it is dialled as localhost
		"http://１２７.0.0.1:8080":            true,
		"https://xn--tst-bma.example":      true,
		"https://xn--api-.heydollr.app":    false, // punycode of letters that need none
		"https://xn--pi-fy3a.heydollr.app": false, // of a letter that becomes another one
		"https://a\u200cpi.heydollr.app":   false,
		"https://api․heydollr.app":         false, // a dot of another kind
		"https://%61pi.heydollr.app":       false,
		"https://\u00ad":                   false,
		"http://tést.example":              false,
		"":                                 false,
	}
	for base, want := range tests {
		c, err := New(Config{BaseURL: base, ClientID: testID, ClientSecret: testSecret})
		if (err == nil) != want {
			t.Errorf("%q: got %v", base, err)
		}
		if err != nil && strings.Contains(err.Error(), "hunter2") {
			t.Errorf("%q: the error repeats the password: %v", base, err)
		}
		if c != nil {
			c.Close()
		}
	}
}

func TestNew_WantsIDAndSecret(t *testing.T) {
	for _, config := range []Config{
		{BaseURL: "https://api.example", ClientSecret: testSecret},
		{BaseURL: "https://api.example", ClientID: testID},
	} {
		if _, err := New(config); err == nil {
			t.Errorf("%v was taken", config)
		}
	}
}

func TestNew_AsksBelowThePathOfTheBaseURL(t *testing.T) {
	play(t, func(w http.ResponseWriter, r *http.Request) { says(404, `{}`)(w, r) }, func(s *stage) {
		s.Client.base = "http://127.0.0.1/proxy/dollr"
		s.answer = func(w http.ResponseWriter, r *http.Request) {
			if !strings.HasPrefix(r.URL.Path, "/proxy/dollr/v1/") {
				t.Errorf("asked %s", r.URL.Path)
			}
			says(200, `{"access_token":"x","status":"PENDING"}`)(w, r)
		}
		if _, err := s.collection(); err != nil {
			t.Error(err)
		}
	})
	c, err := New(Config{BaseURL: "https://proxy.example/dollr//", ClientID: testID, ClientSecret: testSecret})
	if err != nil || c.base != "https://proxy.example/dollr" {
		t.Errorf("the base is %q, %v", c.base, err)
	}
}

func TestNew_AsksAHostInTheFormInWhichItIsLookedUp(t *testing.T) {
	c, err := New(Config{BaseURL: "https://ａpi。heydollr.app:8443/x/", ClientID: testID, ClientSecret: testSecret})
	if err != nil || c.base != "https://api.heydollr.app:8443/x" {
		t.Errorf("the base is %q, %v", c.base, err)
	}
	if stake, _ := c.Stake(); stake != watch.Real {
		t.Errorf("it is %s", stake)
	}
}

func TestStake_IsRealExactlyAtDollrsHost(t *testing.T) {
	tests := []struct {
		base   string
		forced bool
		want   watch.Stake
		host   string
	}{
		{"https://api.heydollr.app", false, watch.Real, "api.heydollr.app"},
		{"https://API.HeyDollr.App.:443/x", false, watch.Real, "api.heydollr.app"},
		{"https://sandbox.heydollr.app", false, watch.Test, "sandbox.heydollr.app"},
		{"https://api.heydollr.app.example", false, watch.Test, "api.heydollr.app.example"},
		{"https://xapi.heydollr.app", false, watch.Test, "xapi.heydollr.app"},
		{"http://127.0.0.1:8080", false, watch.Test, "127.0.0.1"},
		{"https://proxy.example", true, watch.Real, "proxy.example"},
		{"::", false, watch.Test, ""},
		{"https://ａpi.heydollr.app", false, watch.Real, "api.heydollr.app"},
		{"https://ⓐpi.ＨＥＹＤＯＬＬＲ.app:443/x", false, watch.Real, "api.heydollr.app"},
		{"https://api。heydollr｡app", false, watch.Real, "api.heydollr.app"},
		{"https://api.heydollr.app。", false, watch.Real, "api.heydollr.app"},
		{"https://api.heydollr.app..", false, watch.Real, "api.heydollr.app"},
		{"https://a\u00adpi.hey\u200bdollr.app", false, watch.Real, "api.heydollr.app"},
		{"https://%EF%BD%81pi.heydollr.app", false, watch.Real, "api.heydollr.app"},
		{"https://heydollr。app", false, watch.Test, "heydollr.app"},
		{"https://аpi.heydollr.app", false, watch.Test, "xn--pi-6kc.heydollr.app"}, // Cyrillic: another host
		{"https://xn--api-.heydollr.app", false, watch.Test, ""},                   // New refuses it
	}
	for _, test := range tests {
		if stake, host := Stake(test.base, test.forced); stake != test.want || host != test.host {
			t.Errorf("%s (forced %t): %s at %q, want %s at %q", test.base, test.forced, stake, host, test.want, test.host)
		}
	}
	c, err := New(Config{BaseURL: "https://proxy.example", ClientID: testID, ClientSecret: testSecret, Real: true})
	if err != nil {
		t.Fatal(err)
	}
	if stake, _ := c.Stake(); stake != watch.Real {
		t.Errorf("a proxy that the user says is real is %s", stake)
	}
}

// What each answer is about stays with it: a journal may hold it long after the run that
// got it, and another run must not count made-up money as real.
func TestCollection_SaysWhoseMoneyItsAnswerIsAbout(t *testing.T) {
	for name, test := range map[string]struct {
		header string
		forced bool
		want   watch.Stake
		fault  bool
	}{
		"another host":               {"", false, watch.Test, false},
		"our sandbox":                {"1", false, watch.Sim, false},
		"a proxy of Dollr":           {"", true, watch.Real, false},
		"our sandbox taken for real": {"1", true, watch.Unknown, true}, // what it says must never be PAID
	} {
		t.Run(name, func(t *testing.T) {
			server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
				if test.header != "" {
					w.Header().Set(sandboxHeader, test.header)
				}
				if r.Method == http.MethodPost {
					_, _ = io.WriteString(w, `{"access_token":"token","expires_in":60}`)
					return
				}
				_, _ = io.WriteString(w, `{"reference_id":"r","status":"PENDING"}`)
			}))
			defer server.Close()
			c, err := New(Config{BaseURL: server.URL, ClientID: "id", ClientSecret: "hush-hush", Real: test.forced})
			if err != nil {
				t.Fatal(err)
			}
			defer c.Close()
			a, err := c.Collection(t.Context(), "r")
			if (err != nil) != test.fault || a.Stake != test.want {
				t.Errorf("%s, %v; want %s", a.Stake, err, test.want)
			}
		})
	}
}

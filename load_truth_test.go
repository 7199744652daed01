package main

import (
	"cmp"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"
	"time"

	"tillwatch/config"
	"tillwatch/sandbox/remote"
	"tillwatch/ui/lines"
	"tillwatch/watch/dollr"
)

// Where a sandbox's results are not compared somebody says so: silence would look as if they
// were right.
func TestTruth_WhatIsNotComparedIsSaid(t *testing.T) {
	box, base := openSandbox(t)
	settings, err := config.Given(box.Env(base))
	if err != nil {
		t.Fatal(err)
	}
	other := httptest.NewServer(http.NotFoundHandler())
	defer other.Close()
	for name, c := range map[string]struct {
		api     string // what is asked; empty: nobody
		sandbox bool   // one said that it is there when the run began
		want    string
	}{
		"a sandbox that came late": {base, false, "when the run began no sandbox said at its address that it is one"},
		"another in its place":     {other.URL, true, "not all answers came from the sandbox"},
		"an environment":           {other.URL, false, ""},
		"nobody was asked":         {"", true, ""},
		"a sandbox":                {base, true, ""},
	} {
		var said strings.Builder
		s := ended(t)
		s.aside = lines.NewAside(&said, false)
		if c.sandbox {
			control, err := remote.New(base)
			if err != nil {
				t.Fatal(err)
			}
			s.hands, s.began = newFaultDesk(control), time.Now()
		}
		s.api, err = dollr.New(dollr.Config{
			BaseURL: cmp.Or(c.api, base), ClientID: settings.ClientID, ClientSecret: settings.ClientSecret.Reveal(),
		})
		if err != nil {
			t.Fatal(err)
		}
		if c.api != "" {
			_, _ = s.api.Login(t.Context()) // of another server it is an error, and an answer
		}
		s.judge()
		s.api.Close()
		want := ""
		if c.want != "" {
			want = "tillwatch: the verdicts are not compared with the truth: " + c.want + "\n"
		}
		if said.String() != want {
			t.Errorf("%s: it says %q", name, said.String())
		}
		if s.judged != (name == "a sandbox") {
			t.Errorf("%s: judged is %v", name, s.judged)
		}
	}
}

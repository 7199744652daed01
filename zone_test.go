package main

import (
	"bytes"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"tillwatch/config"
	"tillwatch/ui/lines"
)

func TestZone_ThatCannotBeHadIsSaid(t *testing.T) {
	before := localtime
	defer func() { localtime = before }()
	good := filepath.Join(t.TempDir(), "good")
	data, err := os.ReadFile("testdata/monrovia.tz")
	if err != nil {
		t.Fatal(err)
	}
	bad := filepath.Join(t.TempDir(), "bad")
	if err := os.WriteFile(good, data, 0o600); err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(bad, []byte("no zone"), 0o600); err != nil {
		t.Fatal(err)
	}
	for _, c := range []struct {
		tz, file, said string // tz "-": not set
	}{
		{"Africa/Monrovia", bad, ""}, {":Africa/Monrovia", bad, ""}, {"UTC", bad, ""}, {"-", good, ""}, {good, bad, ""}, {":" + good, bad, ""},
		{"CAT-2", good, "TZ=CAT-2: there is no such time zone"}, {"Afrika/Kigali", good, "TZ=Afrika/Kigali: there is no such time zone"},
		{"africa/../../etc/passwd", good, "there is no such time zone"}, {"Local", good, "TZ=Local: there is no such time zone"},
		{"", good, "TZ is empty"}, {bad, good, "there is no such file"}, {"/nowhere", good, "TZ=/nowhere: there is no such file"},
		{"-", bad, "time zone cannot be read"}, {"-", "/nowhere/localtime", "time zone cannot be read (/nowhere/localtime)"},
		{"\x1b[31mX", good, "TZ=X: there is no such time zone"},
	} {
		localtime = c.file
		t.Setenv("TZ", c.tz)
		if c.tz == "-" {
			os.Unsetenv("TZ") // which Setenv puts right
		}
		said := zoneTrouble()
		if c.said == "" && said != "" || !strings.Contains(said, c.said) || c.said != "" && !strings.Contains(said, "those of UTC") {
			t.Errorf("TZ=%q, localtime %q: it says %q, want %q", c.tz, c.file, said, c.said)
		}
	}
}

func TestZone_ThatCannotBeHadIsSaidAtTheStartAndBesideToday(t *testing.T) {
	t.Setenv("TZ", "Afrika/Kigali")
	box, base := openSandbox(t)
	settings, err := config.Given(box.Env(base))
	if err != nil {
		t.Fatal(err)
	}
	settings.LogFile = config.LogOff
	var said bytes.Buffer
	j := newJob(settings, config.Board)
	j.aside = lines.NewAside(&said, false)
	j.zone()
	if !strings.Contains(said.String(), "TZ=Afrika/Kigali: there is no such time zone; days and times are those of UTC") {
		t.Errorf("it says %q", said.String())
	}
	if j.board.Zone != "UTC" {
		t.Errorf("beside today stands %q", j.board.Zone)
	}
}

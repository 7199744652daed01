package config

import (
	"context"
	"errors"
	"fmt"
	"os"
	"reflect"
	"strings"
	"testing"
	"time"
)

func chmod(t *testing.T, path string, mode os.FileMode) {
	t.Helper()
	if err := os.Chmod(path, mode); err != nil {
		t.Fatal(err)
	}
}

func TestCommand_AloneIsWatch(t *testing.T) {
	w := newSession(t, login()...).run().watches()
	if w.Output != Board || !w.Follow || w.Payments != nil || w.Files != nil {
		t.Errorf("got %+v", w)
	}
}

func TestWatch_TakesPaymentsFilesAndOutput(t *testing.T) {
	s := newSession(t, login()...)
	w := s.run("watch", "ORDER:101", "-f", "a.jsonl", "-", "--file", "b.csv", "-f", "a.jsonl", "55:ref",
		"--json", "--no-follow", "--timeout", "10m").watches()
	if !reflect.DeepEqual(w.Payments, []string{"ORDER:101", "55:ref"}) ||
		!reflect.DeepEqual(w.Files, []string{"a.jsonl", "b.csv", "-"}) ||
		w.Output != JSON || w.Follow || w.Timeout != 10*time.Minute {
		t.Errorf("got %+v", w)
	}
	if got := s.run("watch", "--plain").watches().Output; got != Plain {
		t.Errorf("--plain is output %d", got)
	}
	if got := s.run("watch", "--json=false").watches().Output; got != Board {
		t.Errorf("--json=false is output %d", got)
	}
}

func TestCommand_WatchMayBeLeftOut(t *testing.T) {
	s := newSession(t, login()...)
	const reference = "550e8400-e29b-41d4-a716-446655440000"
	for line, want := range map[string]Watch{
		"ORDER:5":                 {Payments: []string{"ORDER:5"}},
		"55:" + reference:         {Payments: []string{"55:" + reference}},
		reference + " --json":     {Payments: []string{reference}, Output: JSON},
		"-f a.jsonl":              {Files: []string{"a.jsonl"}},
		"--plain - --timeout=10m": {Files: []string{"-"}, Output: Plain, Timeout: 10 * time.Minute},
		"- --json":                {Files: []string{"-"}, Output: JSON},
	} {
		got := s.run(strings.Fields(line)...).watches()
		got.Settings, want.Follow = Settings{}, true
		if !reflect.DeepEqual(got, want) {
			t.Errorf("%s is %+v", line, got)
		}
	}
	for _, word := range []string{"--help", "--version"} {
		if s.run(word); s.watch != nil || s.code != 0 {
			t.Errorf("%s was taken for watch", word)
		}
	}
}

func TestHelp_ALimitThatIsNotGivenIsNone(t *testing.T) {
	for command, flag := range map[string]string{"watch": "--timeout", "demo": "--for", "load": "--for"} {
		help := newSession(t).run(command, "--help").out
		if strings.Contains(help, "(0s") || !strings.Contains(help, flag) || !strings.Contains(help, "(default, and 0: n") {
			t.Errorf("the help of %s shows no limit as one:\n%s", flag, help)
		}
	}
}

func TestDemo_TakesItsFlags(t *testing.T) {
	usual := Screen{Theme: "auto", Glyphs: "auto", Bell: "all", Mouse: true}
	s := newSession(t).run("demo", "--for", "2m", "--speed", "8", "--seed", "3", "--rate", "0", "--plain")
	want := Demo{Screen: usual, Output: Plain, For: 2 * time.Minute, Speed: 8, Seed: 3, Rate: 0}
	if s.demo == nil || !reflect.DeepEqual(*s.demo, want) {
		t.Fatalf("got %+v, said %s", s.demo, s.said)
	}
	if s.run("demo", "--script", "lunch"); !reflect.DeepEqual(*s.demo, Demo{Screen: usual, Speed: 4, Seed: 7, Rate: 0.5, Script: "lunch"}) {
		t.Errorf("with a script it is %+v", *s.demo)
	}
	if s.run("demo"); !reflect.DeepEqual(*s.demo, Demo{Screen: usual, Speed: 4, Seed: 7, Rate: 0.5}) {
		t.Errorf("alone it is %+v", *s.demo)
	}
}

func TestSandbox_TakesItsFlags(t *testing.T) {
	s := newSession(t).run("sandbox", "--addr", "127.0.0.1:0", "--print-env", "--limits", "none", "--seed", "1", "--speed", "2", "--links", "mixed", "--key-life", "15m", "--pprof", "127.0.0.1:0")
	want := Sandbox{Addr: "127.0.0.1:0", PrintEnv: true, Limits: "none", Seed: 1, Speed: 2, Links: "mixed", KeyLife: 15 * time.Minute, Pprof: "127.0.0.1:0"}
	if s.sandbox == nil || *s.sandbox != want {
		t.Fatalf("got %+v, said %s", s.sandbox, s.said)
	}
}

func TestCommand_BadUsageIsRefused(t *testing.T) {
	for line, want := range map[string]string{
		"wach":                                  "Did you mean this?\n\twatch",
		"demo extra":                            "unknown command",
		"demo --for=-1s":                        "--for is negative",
		"demo --speed 0":                        "--speed",
		"demo --speed NaN":                      "--speed",
		"demo --rate 1000":                      "--rate",
		"demo --script":                         "flag needs an argument",
		"demo --script=":                        "--script is empty",
		"demo --script lunch --rate 1":          "--script and --rate cannot be had together",
		"demo --client-id x":                    "unknown flag",
		"sandbox --limits no":                   "--limits",
		"sandbox --speed=1000":                  "--speed",
		"sandbox --key-life=0s":                 "--key-life: 0s is not from 1s to 24h",
		"sandbox --key-life=25h":                "--key-life: 25h0m0s is not from 1s to 24h",
		"sandbox --seed=-1":                     "--seed: \"-1\" is not a whole number from 0",
		"load extra":                            "unknown command",
		"load --json --plain":                   "--json and --plain",
		"load --rate=-1":                        "--rate: -1 is not a number from 0 to 10000",
		"load --rate NaN":                       "--rate",
		"load --ramp 20":                        "--ramp: \"20\" is not a rate and a time, such as 20/2m",
		"load --ramp 20/soon":                   "--ramp",
		"load --ramp 20/0s":                     "--ramp",
		"load --ramp NaN/2m":                    "--ramp",
		"load --ramp=":                          "--ramp",
		"load --for=-1s":                        "--for is negative",
		"load --payments=-1":                    "--payments is negative",
		"load --payments=many":                  "--payments: \"many\" is not a whole number",
		"load --drain 0":                        "--drain: want a time above 0",
		"load --speed 0":                        "--speed",
		"load --limits few":                     "--limits",
		"load --samples run.txt":                "ends in .csv or .jsonl",
		"load --samples ~/run.csv":              "ends in .csv or .jsonl",
		"load --scenarios=":                     "--scenarios is empty",
		"load --methods=":                       "--methods is empty",
		"load --links=":                         "--links is empty",
		"load --dump -":                         "flag --dump: want",
		"load --bell loud":                      "flag --bell",
		"load --status-rate fast":               "flag --status-rate",
		"load --client-id shop":                 "--client-id needs --base-url",
		"load --journal x.db":                   "--journal needs --base-url",
		"load --supabase-url https://x.example": "--supabase-url needs --base-url",
		"load --base-url http://127.0.0.1:1 --speed 2": "--speed is about our own sandbox",
		"load --base-url http://127.0.0.1:1 --apart":   "--apart is about our own sandbox",
		"load --base-url http://shop.example":          "flag --base-url: want https://HOST",
		"load --base-url=":                             "flag --base-url: want https://HOST",
		"load --hook-sim":                              "unknown flag",
		"watch --file":                                 "flag needs an argument",
		"watch --timeout=forever":                      "--timeout: \"forever\" is not a time, such as 90s or 10m",
		"demo --speed=fast":                            "--speed: \"fast\" is not a number",
		"watch --no-follow=maybe":                      "--no-follow: \"maybe\" is not true or false",
		"-x":                                           "unknown shorthand flag",
	} {
		newSession(t, login()...).run(strings.Fields(line)...).refused(want)
	}
	// A variable that a script forgot to set: waiting for a file of no name would never end.
	newSession(t, login()...).run("watch", "-f", " ").refused("--file is empty", "- for standard input")
	for _, command := range []string{"watch", "demo"} {
		newSession(t, login()...).settings("status_rate = 5\n").run(command, "--config", "").refused("--config is empty: want the name of a settings file")
	}
}

func TestCommand_HelpVersionAndCompletionGoToStandardOutput(t *testing.T) {
	for _, args := range [][]string{{"--help"}, {"watch", "--help"}, {"--version"}, {"completion", "bash"}} {
		s := newSession(t).run(args...)
		if s.code != 0 || s.out == "" || s.said != "" {
			t.Errorf("%v: status %d, %d bytes out, said %q", args, s.code, len(s.out), s.said)
		}
	}
}

func TestHelp_NamesEverySettingThatIsAFlag(t *testing.T) {
	out := newSession(t).run("watch", "--help").out
	for _, d := range table {
		if d.flag != "" && (!strings.Contains(out, "--"+d.flag) || !strings.Contains(out, d.env)) {
			t.Errorf("--%s or %s is not in the help", d.flag, d.env)
		}
	}
}

func TestReadme_ListsEverySetting(t *testing.T) {
	text, err := os.ReadFile("../README.md")
	if err != nil {
		t.Fatal(err)
	}
	for _, d := range table {
		flag := "never"
		if d.flag != "" {
			flag = "`--" + d.flag + "`"
		}
		fallback := ""
		if d.fallback != "" {
			fallback = "`" + d.fallback + "`"
		}
		variable, key := "`"+d.env+"`", "`"+d.key+"`"
		if d.env == "" {
			variable, key = "in the file alone", "`["+d.key+"]`"
		}
		row := fmt.Sprintf("| %s | %s | %s | %s |", variable, key, flag, fallback)
		if !strings.Contains(strings.ReplaceAll(string(text), "|  |", "| |"), strings.ReplaceAll(row, "|  |", "| |")) {
			t.Errorf("README has no row that starts with: %s", row)
		}
	}
}

func TestExecute_ErrorsBecomeExitStatuses(t *testing.T) {
	for name, c := range map[string]struct {
		err  error
		code int
		said string
	}{
		"none":               {nil, 0, ""},
		"a status":           {Exit(4), 4, ""},
		"a wrapped status":   {fmt.Errorf("watching: %w", Exit(130)), 130, ""},
		"a refusal":          {Refuse("port 1 is in use"), 2, "tillwatch: port 1 is in use\n"},
		"anything else":      {errors.New("it broke"), 1, "tillwatch: it broke\n"},
		"a refusal, wrapped": {fmt.Errorf("listening: %w", Refuse("no")), 2, "tillwatch: listening: no\n"},
	} {
		t.Run(name, func(t *testing.T) {
			var out, said strings.Builder
			code := Execute(context.Background(), System{Args: []string{"sandbox"}, Out: &out, Err: &said}, Runs{
				Sandbox: func(context.Context, Sandbox) error { return c.err },
			})
			if code != c.code || said.String() != c.said || out.Len() != 0 {
				t.Errorf("status %d, said %q, out %q", code, said.String(), out.String())
			}
		})
	}
}

// The help writes every text with a capital at its front, which must not be the front of a
// value: "Invoice" and "Real" are refused or mean nothing.
func TestHelp_NoFlagsTextBeginsWithAValue(t *testing.T) {
	help := newSession(t).run("watch", "--help").out + newSession(t).run("sandbox", "--help").out + newSession(t).run("load", "--help").out
	for flag, values := range map[string][]string{
		"money": {"auto", "real"}, "source-type": {"invoice", "order"}, "limits": {"default", "none"},
		"realtime-window": {"key", "strict", "until-final"}, "bell": {"off", "paid", "all"}, "mouse": {"on", "off"},
		"hook-sim": {"true", "false"}, "theme": {"auto"},
	} {
		_, text, found := strings.Cut(help, "--"+flag+" ")
		if !found {
			t.Errorf("the help has no --%s", flag)
		}
		for _, value := range values {
			if strings.HasPrefix(strings.ToLower(strings.TrimSpace(text)), value) {
				t.Errorf("the text of --%s begins with its value %s", flag, value)
			}
		}
	}
}

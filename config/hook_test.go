package config

import (
	"os"
	"slices"
	"strings"
	"testing"
)

func TestHook_IsAListInTheFileAndJSONInTheEnvironment(t *testing.T) {
	s := newSession(t, login()...).settings("hook = ['notify-send', 'Till watch', '']\nhook_sim = true\n")
	if w := s.run("watch").watches(); !slices.Equal(w.Hook, []string{"notify-send", "Till watch", ""}) || !w.HookSim {
		t.Errorf("got %q, %v", w.Hook, w.HookSim)
	}
	s.environ = append(s.environ, `TILLWATCH_HOOK=["./tell", "a, \"b\""]`, "TILLWATCH_HOOK_SIM=false")
	if w := s.run("watch").watches(); !slices.Equal(w.Hook, []string{"./tell", `a, "b"`}) || w.HookSim {
		t.Errorf("got %q, %v", w.Hook, w.HookSim)
	}
	if !s.run("watch", "--hook-sim").watches().HookSim {
		t.Error("--hook-sim alone is not true")
	}
	s.environ = append(s.environ, "TILLWATCH_HOOK=[]")
	if w := s.run("watch").watches(); len(w.Hook) != 0 {
		t.Errorf("a list of nothing is %q", w.Hook)
	}
}

func TestHook_ABadOneIsNamedAndNotRepeated(t *testing.T) {
	const want = `: want a list of words, such as ["notify-send", "Tillwatch"]: it is run without a shell`
	for name, c := range map[string]struct{ file, environ, want string }{
		"a line for a shell":       {file: "\nhook = 'hush-hush'", want: "config.toml:2: hook" + want},
		"JSON in the file":         {file: `hook = '["hush-hush"]'`, want: "config.toml:1: hook" + want},
		"a number among words":     {file: "hook = ['hush-hush', 3]", want: "config.toml:1: hook" + want},
		"a list in a list":         {file: "hook = [['hush-hush']]", want: "config.toml:1: hook" + want},
		"a table":                  {file: "[hook]\nrun = 'hush-hush'", want: "config.toml:1: hook" + want},
		"a table of dots":          {file: "hook.run = 'hush-hush'", want: "config.toml:1: hook" + want},
		"a NUL":                    {file: `hook = ["a", "hush-hush\u0000"]`, want: "config.toml:1: hook" + want},
		"an empty first word":      {file: "hook = [' ', 'hush-hush']", want: "config.toml:1: hook: the first word is the program to run, and it is empty"},
		"a line in a variable":     {environ: "hush-hush", want: "environment variable TILLWATCH_HOOK" + want},
		"a variable of two lists":  {environ: `["hush-hush"] ["x"]`, want: "environment variable TILLWATCH_HOOK" + want},
		"null":                     {environ: "null", want: "environment variable TILLWATCH_HOOK" + want},
		"null among words":         {environ: `["hush-hush", null]`, want: "environment variable TILLWATCH_HOOK" + want},
		"an object":                {environ: `{"run": "hush-hush"}`, want: "environment variable TILLWATCH_HOOK" + want},
		"bytes that are no text":   {environ: "[\"hush-hush\", \"\xff\"]", want: "environment variable TILLWATCH_HOOK" + want},
		"an empty word by itself":  {environ: `[""]`, want: "environment variable TILLWATCH_HOOK: the first word is the program"},
		"a hook_sim of many words": {file: "hook_sim = 'sometimes'", want: `config.toml:1: hook_sim: "sometimes" is not true or false`},
	} {
		t.Run(name, func(t *testing.T) {
			s := newSession(t, append(login(), "TILLWATCH_HOOK="+c.environ)...).settings(c.file)
			s.run("watch").refused(c.want)
			if strings.Contains(s.said, "hush") {
				t.Errorf("it is repeated: %s", s.said)
			}
		})
	}
}

func TestHook_IsNeverAFlag(t *testing.T) {
	newSession(t, login()...).run("watch", "--hook", "x").refused("a hook is never a flag", "TILLWATCH_HOOK")
}

func TestHook_AFileThatEverybodyCanChangeMayNotNameOne(t *testing.T) {
	s := newSession(t, login()...)
	path := s.file("mine.toml", "\nhook = ['tell']\n", 0o644)
	s.run("watch", "--config", path).watches()
	chmod(t, path, 0o664)
	s.run("watch", "--config", path).refused(path+" names a program to run (hook), and "+path+" can be changed by others", "mode 0664", "chmod go-w")
	chmod(t, path, 0o666)
	s.run("watch", "--config", path).refused(path+" can be changed by others", "mode 0666", "sets hook", "chmod 600")
	chmod(t, path, 0o644)
	chmod(t, s.home, 0o770)
	s.run("watch", "--config", path).refused("names a program to run (hook), and " + s.home + " can be changed by others (mode 0770): chmod go-w " + s.home)
	chmod(t, s.home, 0o777|os.ModeSticky) // there others may put files, and change none of ours
	s.run("watch", "--config", path).watches()
}

package hook

import (
	"os"
	"path/filepath"
	"strconv"
	"testing"

	"tillwatch/watch"
)

func TestCheck_SaysInOneLineWhyACommandCannotRun(t *testing.T) {
	folder := t.TempDir()
	plain := filepath.Join(folder, "plain")
	if err := os.WriteFile(plain, nil, 0o600); err != nil {
		t.Fatal(err)
	}
	t.Setenv("PATH", folder)
	const split = "no shell splits it, so make each argument a word of its own in the list"
	for name, c := range map[string]struct {
		command []string
		want    string
	}{
		"none":            {nil, ""},
		"this program":    {[]string{os.Args[0], "~", "no such word"}, ""},
		"an empty word":   {[]string{""}, "its first word is empty, it must be a program"},
		"not in PATH":     {[]string{"notify-sand", "x"}, `"notify-sand" is no program in PATH`},
		"not there":       {[]string{"/no/such"}, `"such" cannot be run: no such file or directory`},
		"not executable":  {[]string{plain}, `"plain" cannot be run: permission denied`},
		"a home folder":   {[]string{"~/hook"}, `"hook" cannot be run: no shell reads ~, so write the whole path`},
		"a shell's line":  {[]string{"notify-sand --token hush-hush"}, `"notify-sand" is no program: ` + split},
		"a path's line":   {[]string{"/opt/hush-hush/bell\thush-hush"}, `"bell" is no program: ` + split},
		"a bearer's line": {[]string{"'Bearer abcdefghijkl'"}, `"'Bearer" is no program: ` + split},
		"a variable":      {[]string{"TOKEN=hush-hush curl"}, "its first word is no program: " + split},
		"an address":      {[]string{"https://shop.example/?token=hush-hush"}, "its first word cannot be run: no such file or directory"},
		"half an address": {[]string{"hooks.shop.example/services/hush-hush"}, "its first word cannot be run: no such file or directory"},
		"a token":         {[]string{"eyJhbGciOiJIUzI1NiJ9.eyJyb2xlIjoiYW5vbiJ9.hush-hush"}, strconv.Quote(watch.Hidden) + " is no program in PATH"},
		"an escape in it": {[]string{"no\x1b[2J\nsuch"}, `"no" is no program: ` + split},
		"only an escape":  {[]string{"\x1b[2J"}, "its first word is no program in PATH"},
	} {
		t.Run(name, func(t *testing.T) {
			got := ""
			if err := Check(c.command); err != nil {
				got = err.Error()
			}
			if got != c.want {
				t.Errorf("got  %s\nwant %s", got, c.want)
			}
		})
	}
}

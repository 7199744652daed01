package config

import (
	"fmt"
	"reflect"
	"slices"
	"strings"
	"testing"
)

// words are those of a small screen, which has a key for each of its actions.
func words() Vocabulary {
	return Vocabulary{
		Themes:  []string{"auto", "dark", "light", "contrast", "mono"},
		Columns: []string{"status", "amount", "label", "method", "age"},
		Actions: []string{"add", "back", "quit", "stop", "verify"},
		Keys: func(changed map[string][]string) (string, error) {
			keys := map[string][]string{"add": {"a"}, "back": {"esc"}, "quit": {"q"}, "stop": {"x"}, "verify": {"v"}}
			for action := range changed {
				keys[action] = changed[action]
			}
			taken := map[string]string{}
			for _, action := range []string{"verify", "add", "back", "quit", "stop"} {
				for _, key := range keys[action] {
					if taken[key] != "" {
						return action, fmt.Errorf("%q is the key of %s already", key, taken[key])
					}
					taken[key] = action
				}
			}
			return "", nil
		},
	}
}

// screenSession is a session of somebody whose screen has words.
func screenSession(t *testing.T, environ ...string) *session {
	s := newSession(t, append(login(), environ...)...)
	s.words = words()
	return s
}

func TestScreen_HasItsDefaults(t *testing.T) {
	s := screenSession(t)
	want := Screen{Theme: "auto", Glyphs: "auto", Bell: "all", Mouse: true}
	if got := s.run("watch").watches(); !reflect.DeepEqual(got.Screen, want) || got.Hook != nil || got.HookSim {
		t.Errorf("got %+v", got.Settings)
	}
	if got := s.origin("theme"); got != "default" {
		t.Errorf("the theme is from %q", got)
	}
}

func TestScreen_TakesFlagsOverEnvironmentOverFile(t *testing.T) {
	s := screenSession(t, "TILLWATCH_THEME=light", "TILLWATCH_MOUSE=off", "TILLWATCH_COLUMNS= age, status ")
	s.settings("theme = \"dark\"\ncolumns = [\"status\", \"amount\"]\nbell = \"paid\"\ncounter = true\nmouse = \"on\"\n")
	w := s.run("watch", "--theme", "mono").watches()
	want := Screen{Theme: "mono", Glyphs: "auto", Columns: []string{"age", "status"}, Bell: "paid", Mouse: false, Counter: true}
	if !reflect.DeepEqual(w.Screen, want) {
		t.Errorf("got %+v, want %+v", w.Screen, want)
	}
	if w = s.run("watch", "--columns", "label", "--counter=false", "--mouse=on", "--bell=off").watches(); w.Counter ||
		!slices.Equal(w.Columns, []string{"label"}) || !w.Mouse || w.Bell != "off" {
		t.Errorf("got %+v", w.Screen)
	}
	if !newSession(t, login()...).run("watch", "--counter").watches().Counter {
		t.Error("--counter alone is not true")
	}
}

func TestScreen_ColumnsAreAListOrATextInTheFile(t *testing.T) {
	for _, file := range []string{`columns = ["status", "age"]`, "columns = [\n  'status', # first\n  'age',\n]", `columns = "status, age"`, `"columns" = "status,age"`} {
		if got := screenSession(t).settings(file).run("watch").watches().Columns; !slices.Equal(got, []string{"status", "age"}) {
			t.Errorf("%s gives %q", file, got)
		}
	}
}

func TestScreen_KeysAndHintsStandInTablesOfTheFile(t *testing.T) {
	s := screenSession(t).settings(`
theme = "dark"
[hints]
mtn_momo_lbr = "dial *156# and choose Approvals"
[keys]
verify = "V"
quit = ["q", "ctrl+q"]
`)
	w := s.run("watch").watches()
	if want := map[string][]string{"verify": {"V"}, "quit": {"q", "ctrl+q"}}; !reflect.DeepEqual(w.Keys, want) {
		t.Errorf("keys are %v", w.Keys)
	}
	if want := map[string]string{"MTN_MOMO_LBR": "dial *156# and choose Approvals"}; !reflect.DeepEqual(w.Hints, want) {
		t.Errorf("hints are %v", w.Hints)
	}
	if got := s.origin("keys"); !strings.HasSuffix(got, "config.toml:5") {
		t.Errorf("keys are from %q", got)
	}
	for _, file := range []string{"keys.verify = \"V\"", "keys = {verify = \"V\"}", "'keys' . \"verify\" = ['V']", "[ keys ]\n'verify' = \"\"\"V\"\"\""} {
		if got := screenSession(t).settings(file).run("watch").watches().Keys; !reflect.DeepEqual(got, map[string][]string{"verify": {"V"}}) {
			t.Errorf("%s gives %v", file, got)
		}
	}
	if got := screenSession(t).settings("[keys]\n[hints]\n").run("watch").watches().Screen; got.Keys != nil || got.Hints != nil {
		t.Errorf("empty tables give %+v", got)
	}
}

func TestScreen_BadOnesAreNamedWithPlaceAndWhatIsAllowed(t *testing.T) {
	actions := "they are add, back, quit, stop, verify"
	for name, c := range map[string]struct {
		file string
		args []string
		want string
	}{
		"an unknown theme":           {file: "\ntheme = 'pink'", want: `config.toml:2: theme: "pink" is not a theme: they are auto, dark, light, contrast, mono`},
		"a theme of a flag":          {args: []string{"--theme=pink"}, want: `flag --theme: "pink" is not a theme: they are auto`},
		"an empty theme":             {args: []string{"--theme="}, want: "flag --theme: want the name of a theme"},
		"an unknown column":          {file: "columns = [\n'metod',\n]", want: `config.toml:1: columns: "metod" is not a column: they are status, amount, label, method, age`},
		"a column of a flag":         {args: []string{"--columns", "status,metod"}, want: `flag --columns: "metod" is not a column`},
		"a column twice":             {file: `columns = ["age", "status", "age"]`, want: `config.toml:1: columns: "age" is there twice`},
		"no column":                  {file: "columns = []", want: "config.toml:1: columns: want a list of columns"},
		"an empty column":            {args: []string{"--columns=age,"}, want: "flag --columns: want a list of columns"},
		"a number for a column":      {file: "columns = ['age', 3]", want: "config.toml:1: columns: want a list"},
		"a column that is odd":       {args: []string{"--columns=\x1b[2J"}, want: `"\x1b[2J" is not a column`},
		"a table for a theme":        {file: "[theme]\nname = 'dark'", want: "config.toml:1: theme: want the name of a theme"},
		"a theme of dots":            {file: "theme.name = 'dark'", want: "config.toml:1: theme: want the name of a theme"},
		"a theme that is a date":     {file: "theme = 1979-05-27", want: "config.toml:1: theme: want the name of a theme"},
		"a bell that is not":         {file: "bell = true", want: `config.toml:1: bell: "true" is not off, paid or all`},
		"half a mouse":               {args: []string{"--mouse=left"}, want: `flag --mouse: "left" is not on or off`},
		"a counter of no kind":       {args: []string{"--counter=maybe"}, want: `--counter: "maybe" is not true or false`},
		"a counter of the file":      {file: "counter = 2", want: `config.toml:1: counter: "2" is not true or false`},
		"an unknown action":          {file: "theme = 'dark'\n[keys]\nverify = 'V'\nverfy = 'w'", want: "config.toml:4: keys.verfy is not an action: " + actions},
		"one of several headers":     {file: "[hints]\nverfy = 'x'\n[keys] # here\n'verfy'='w'", want: "config.toml:4: keys.verfy is not an action"},
		"a dotted action":            {file: "\nkeys.verfy = 'w'", want: "config.toml:2: keys.verfy is not"},
		"an action in a line":        {file: "\nkeys = {stop = 'S', verfy = 'w'}", want: "config.toml:2: keys.verfy is not"},
		"a number as an action":      {file: "[keys]\n1 = 'w'", want: "config.toml:2: keys.1 is not an action"},
		"an action with a dot":       {file: "[keys]\n'a.b' = 'w'", want: `config.toml:2: keys."a.b" is not an action`},
		"an action of no name":       {file: "[keys]\n'' = 'w'", want: `config.toml:2: keys."" is not an action`},
		"a table that is a name":     {file: "'keys.verify' = 'w'", want: `config.toml:1: "keys.verify" is not a setting`},
		"a number as a key":          {file: "[keys]\nstop = 1", want: `config.toml:2: keys.stop: want a key, such as "v", or a list of them`},
		"no key":                     {file: "[keys]\nstop = []", want: "config.toml:2: keys.stop: want a key"},
		"an empty key":               {file: "[keys]\nstop = ['S', '']", want: "config.toml:2: keys.stop: want a key"},
		"a key that is not seen":     {file: "[keys]\nstop = \"\\u001b\"", want: "config.toml:2: keys.stop: want a key"},
		"a table as a key":           {file: "[keys.stop]\nx = 'x'", want: "config.toml:1: keys.stop: want a key"},
		"a key of two actions":       {file: "[keys]\nquit = 'Q'\nstop = 'v'", want: `config.toml:3: keys.stop: "v" is the key of verify already`},
		"a key of an action at rest": {file: "\n[keys]\nverify = 'x'", want: `config.toml:2: keys.stop: "x" is the key of verify already`},
		"keys that are no table":     {file: "\nkeys = 'vim'", want: "config.toml:2: keys: want a table"},
		"many tables of keys":        {file: "[[keys]]\nstop = 'S'", want: "config.toml:1: keys: want a table"},
		"keys as a variable":         {want: "environment variable TILLWATCH_KEYS is not known"},
		"a setting among the keys":   {file: "[keys]\nstop = 'S'\nstatus_rate = 5", want: "config.toml:3: keys.status_rate is not an action: a setting stands above the first [table]"},
		"a setting among the hints":  {file: "[hints]\ntheme = 'dark'", want: "config.toml:2: hints.theme: a setting stands above"},
		"a method with a dash":       {file: "[hints]\nMTN-MOMO = 'x'", want: "config.toml:2: hints.MTN-MOMO: want the name of a method"},
		"a method twice":             {file: "[hints]\nMTN = 'x'\nmtn = 'y'", want: "config.toml:3: hints.mtn: "},
		"an empty hint":              {file: "[hints]\nMTN = ' '", want: "config.toml:2: hints.MTN: want one line of text, of at most 120 characters"},
		"a hint of two lines":        {file: "[hints]\nMTN = \"\"\"a\nb\"\"\"", want: "config.toml:2: hints.MTN: want one line"},
		"a long hint":                {file: "[hints]\nMTN = '" + strings.Repeat("é", 121) + "'", want: "config.toml:2: hints.MTN: want one line"},
		"a hint of several":          {file: "[hints]\nMTN = ['a', 'b']", want: "config.toml:2: hints.MTN: want one line"},
		"hints that are no table":    {file: "hints = []", want: "config.toml:1: hints: want a table"},
	} {
		t.Run(name, func(t *testing.T) {
			s := screenSession(t).settings(c.file)
			if name == "keys as a variable" {
				s.environ = append(s.environ, "TILLWATCH_KEYS=vim")
			}
			s.run(append([]string{"watch"}, c.args...)...).refused(c.want)
			if strings.Contains(s.said, "\x1b") {
				t.Errorf("a terminal would obey %q", s.said)
			}
			if c.file == "" || strings.Contains(c.want, "is not a setting") {
				return
			}
			s.run("demo").refused(c.want) // a screen is a screen
		})
	}
}

func TestScreen_AHintMayBeAsLongAsItSays(t *testing.T) {
	text := strings.Repeat("é", 120)
	if got := screenSession(t).settings("[hints]\nM = '" + text + "'").run("watch").watches().Hints["M"]; got != text {
		t.Errorf("got %q", got)
	}
}

func TestScreen_WithoutAVocabularyNothingIsChecked(t *testing.T) {
	s := newSession(t, login()...).settings("theme = 'pink'\ncolumns = 'a,b'\n[keys]\nfly = 'f'\nwalk = 'f'\n")
	if w := s.run("watch").watches(); w.Theme != "pink" || len(w.Columns) != 2 || len(w.Keys) != 2 {
		t.Errorf("got %+v", w.Screen)
	}
}

func TestScreen_AllMistakesAreToldAtOnce(t *testing.T) {
	s := screenSession(t, "TILLWATCH_BELL=loud").settings("theme = 'pink'\n[keys]\nfly = 'f'\nstop = 3\n[hints]\nM = ''\n")
	s.run("watch", "--mouse=x").refused("config.toml:1", "config.toml:3", "config.toml:4", "config.toml:6", "TILLWATCH_BELL", "--mouse")
}

func TestHelp_ListsTheWordsOfTheScreen(t *testing.T) {
	s := screenSession(t)
	for _, help := range []string{s.run("watch", "--help").out, s.run("demo", "--help").out, s.run("man").out} {
		for _, want := range []string{"there are auto, dark, light, contrast, mono", "there are status, amount"} {
			if !strings.Contains(help, want) {
				t.Errorf("no %q in:\n%s", want, help)
			}
		}
	}
	if !strings.Contains(s.out, "there are add, back, quit, stop, verify") {
		t.Error("the manual page does not list the actions")
	}
}

package doctor

import (
	"context"
	"errors"
	"strings"
	"testing"
	"time"
)

// says is what one group of checks writes.
func says(c Config, group func(*run, context.Context)) string {
	var out strings.Builder
	r := &run{Config: c, sheet: &sheet{out: &out}}
	group(r, context.Background())
	return out.String()
}

func TestSettings_SayWhereEachCameFrom(t *testing.T) {
	out := says(Config{File: "~/config.toml", There: true, Problems: []string{"~/config.toml:3: colour is not a setting"}, Settings: []Setting{
		{Name: "dollr_client_id", Value: "shop…", Origin: "variable DOLLR_CLIENT_ID"},
		{Name: "dollr_client_secret", Bad: []string{"missing"}, Do: "give it"},
		{Name: "dollr_base_url", Value: "https://api.heydollr.app", Origin: "default", Default: true},
		{Name: "status_rate", Value: "20", Origin: "default", Default: true},
		{Name: "bell", Value: "off", Origin: "config.toml:2"},
		{Name: "theme", Value: "auto", Origin: "default", Default: true},
	}}, (*run).settings)
	if want := `
SETTINGS
XX  settings             ~/config.toml:3: colour is not a setting
    -> mend or remove it: tillwatch watch does not start with it
OK  dollr_client_id      shop… (variable DOLLR_CLIENT_ID)
XX  dollr_client_secret  missing
    -> give it
OK  dollr_base_url       https://api.heydollr.app (default)
OK  bell                 off (config.toml:2)
OK  by default           status_rate 20, theme auto
`; out != want {
		t.Errorf("it says\n%s\nwant\n%s", out, want)
	}
}

func TestJournal_SaysWhatIsInTheWay(t *testing.T) {
	good := Journal{
		Path: "~/state/real.db", Exists: true, Looked: true, Format: 1, Payments: 120, Open: 3, Size: 1_234_567, Mode: 0o600,
		Folder: "~/state", Free: 12_000_000_000, FreeKnown: true,
	}
	for name, c := range map[string]struct {
		change func(*Journal)
		err    error
		lines  []string
		bad    int
	}{
		"well": {func(*Journal) {}, nil, []string{
			"OK  journal     ~/state/real.db, 1234 kB, format 1: 120 payments, 3 open\n",
			"OK  mode        for you alone (0600)\n", "OK  folder      ~/state can be written, 12 GB free\n",
		}, 0},
		"only seen":      {func(j *Journal) { j.Looked = false }, nil, []string{"OK  journal     ~/state/real.db, 1234 kB\n"}, 0},
		"not there":      {func(j *Journal) { *j = Journal{Path: j.Path, Folder: "~"} }, nil, []string{"OK  journal     ~/state/real.db is not there yet\n"}, 0},
		"no home":        {func(j *Journal) { *j = Journal{} }, nil, []string{"??  journal     there is no home folder", "-> set HOME"}, 0},
		"unreadable":     {func(j *Journal) { j.Do = "do this" }, errors.New("it is no journal"), []string{"XX  journal     ~/state/real.db: it is no journal\n", "-> do this"}, 1},
		"for all to see": {func(j *Journal) { j.Mode = 0o644 }, nil, []string{"XX  mode        others can read it (mode 0644)", "-> chmod 600 ~/state/real.db"}, 1},
		"at work": {func(j *Journal) { j.Writer, j.Since = 4711, time.Date(2026, 11, 22, 9, 12, 0, 0, time.Local) }, nil, []string{
			"OK  writer      process 4711 writes it since 22 Nov 09:12",
		}, 0},
		"read-only": {func(j *Journal) { j.Unwritable = "read-only file system" }, nil, []string{"XX  folder      ~/state cannot be written: read-only file system"}, 1},
		"full":      {func(j *Journal) { j.Free = 5000 }, nil, []string{"XX  folder      ~/state: only 5000 bytes free\n", "-> make room"}, 1},
		"damaged once": {func(j *Journal) { j.Damaged = []string{"real.db.damaged-1"} }, nil, []string{
			"??  copies      1 damaged beside it: real.db.damaged-1\n", "-> it was damaged once",
		}, 0},
	} {
		t.Run(name, func(t *testing.T) {
			j := good
			c.change(&j)
			out := says(Config{Journal: func() (Journal, error) { return j, c.err }}, (*run).journal)
			for _, line := range c.lines {
				if !strings.Contains(out, line) {
					t.Errorf("no line %q in\n%s", line, out)
				}
			}
			if got := strings.Count(out, "XX  "); got != c.bad {
				t.Errorf("%d are bad in\n%s", got, out)
			}
		})
	}
}

func TestClock_SaysThatTheTimeZoneCannotBeHad(t *testing.T) {
	const why = "TZ=CAT-2: there is no such time zone; days and times are those of UTC. Set TZ to a name such as Africa/Monrovia"
	out := says(Config{Zone: why}, func(r *run, _ context.Context) { r.clock() })
	if !strings.Contains(out, "XX  time zone TZ=CAT-2: there is no such time zone; days and times are those") || !strings.Contains(out, "Set TZ to a name") {
		t.Errorf("it says\n%s", out)
	}
}

func TestTerminal_SaysWhatTheBoardWillMiss(t *testing.T) {
	good := Terminal{In: true, Out: true, Width: 80, Height: 24, Term: "xterm", Colours: "256 colours", Locale: "en_GB.UTF-8", UTF8: true}
	for name, c := range map[string]struct {
		change func(*Terminal)
		line   string
	}{
		"well":          {func(*Terminal) {}, "OK  terminal    xterm, 256 colours, 80 x 24\n"},
		"a pipe":        {func(t *Terminal) { t.Out = false }, "??  terminal    standard output is no terminal\n"},
		"a file":        {func(t *Terminal) { t.In = false }, "??  terminal    standard input is no terminal\n"},
		"neither":       {func(t *Terminal) { t.In, t.Out = false, false }, "??  terminal    standard input and output are no terminal\n"},
		"dumb":          {func(t *Terminal) { t.Term = "dumb" }, `XX  terminal    TERM is "dumb", with which there is no board`},
		"small":         {func(t *Terminal) { t.Height = 9 }, "??  terminal    xterm, 256 colours, and small: 80 x 9\n"},
		"other letters": {func(t *Terminal) { t.Locale, t.UTF8 = "C", false }, "??  letters     the locale C is not UTF-8"},
		"no locale":     {func(t *Terminal) { t.Locale, t.UTF8 = "", false }, "??  letters     no locale is set"},
		"tmux":          {func(t *Terminal) { t.Tmux, t.SSH = true, true }, "??  clipboard   inside tmux"},
		"ssh":           {func(t *Terminal) { t.SSH = true }, "OK  clipboard   over ssh"},
	} {
		t.Run(name, func(t *testing.T) {
			terminal := good
			c.change(&terminal)
			if out := says(Config{Terminal: terminal}, (*run).terminal); !strings.Contains(out, c.line) {
				t.Errorf("no line %q in\n%s", c.line, out)
			}
		})
	}
}

func TestSheet_FoldsAtBlanksAndLeavesPathsWhole(t *testing.T) {
	var out strings.Builder
	s := &sheet{out: &out}
	s.group("GROUP")
	path := "/" + strings.Repeat("x", 90)
	s.line(Bad, "file", "this text is so long that it does not fit into one line of the sheet, and then "+path+" \x1b[31mred", "mend it")
	if want := "\nGROUP\nXX  file        this text is so long that it does not fit into one line of the\n" +
		"                sheet, and then\n                " + path + "\n                red\n    -> mend it\n"; out.String() != want {
		t.Errorf("got\n%s\nwant\n%s", out.String(), want)
	}
}

func TestSheet_TheLastLineSaysWhereToBegin(t *testing.T) {
	for want, marks := range map[string][]Mark{
		"All is well.":                                        {Good, Good},
		"Nothing is bad, 1 unknown (??).":                     {Good, Unknown},
		"2 bad: start with the first XX, check 2.":            {Good, Bad, Bad},
		"1 bad, 2 unknown: start with the first XX, check 2.": {Unknown, Bad, Unknown},
	} {
		var out strings.Builder
		s := &sheet{out: &out}
		for i, m := range marks {
			s.line(m, "check "+string(rune('1'+i)), "text")
		}
		if s.summary(); !strings.HasSuffix(out.String(), "\n\n"+want+"\n") {
			t.Errorf("got %q, want %q", out.String(), want)
		}
	}
}

func TestLasts_SaysATimeAsAPersonWould(t *testing.T) {
	for d, want := range map[time.Duration]string{
		0: "0 seconds", time.Second: "1 second", 190 * time.Second: "3 minutes 10 seconds", time.Hour: "60 minutes",
		60 * time.Hour: "60 hours", 90 * time.Minute: "90 minutes", 121*time.Minute + time.Second: "2 hours 1 minute 1 second",
	} {
		if got := lasts(d); got != want {
			t.Errorf("%v is %q, want %q", d, got, want)
		}
	}
}

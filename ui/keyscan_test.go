package ui

import (
	"bytes"
	"context"
	"fmt"
	"io"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	tea "charm.land/bubbletea/v2"
	"github.com/charmbracelet/colorprofile"

	"tillwatch/watch"
)

// pieces is a terminal that sends its pieces one after another, each after a while.
type pieces struct {
	wait time.Duration
	list []string
	end  chan struct{}
}

func (p *pieces) Read(b []byte) (int, error) {
	if len(p.list) == 0 {
		<-p.end
		return 0, io.EOF
	}
	time.Sleep(p.wait)
	n := copy(b, p.list[0])
	p.list = p.list[1:]
	return n, nil
}

// heard shows a board whose terminal sends these pieces, and returns it as it is then, with
// the keys that reached it.
func heard(t *testing.T, o Options, wait time.Duration, list ...string) (m *Model, keys []string) {
	t.Helper()
	ctx, quit := context.WithCancel(t.Context())
	var latest watch.Latest
	latest.Put(payAt(time.Now(), "Table 4", 1))
	in := &pieces{wait, append([]string{""}, list...), make(chan struct{})}
	m = New(o)
	var out terminal
	c, err := newConsole(in, &out, m.keys.moves)
	if err != nil {
		t.Fatal(err)
	}
	go func() {
		time.Sleep(time.Duration(len(list)+1)*wait + 7*time.Second)
		quit()
	}()
	_, err = run(ctx, m, &latest, c, tea.WithInput(c.in), tea.WithOutput(c.out), tea.WithWindowSize(80, 24),
		tea.WithEnvironment([]string{"TERM=xterm-256color"}), tea.WithColorProfile(colorprofile.TrueColor),
		tea.WithFilter(func(_ tea.Model, msg tea.Msg) tea.Msg {
			switch msg := msg.(type) {
			case tea.KeyPressMsg:
				keys = append(keys, msg.String())
			case tea.PasteMsg:
				keys = append(keys, "paste:"+msg.Content)
			}
			return msg
		}))
	if err != nil {
		t.Error(err)
	}
	close(in.end)
	leaveTicks()
	return m, keys
}

// replies are what a terminal may say that nobody typed.
var replies = map[string]string{
	"its background, ended by ST":    "\x1b]11;rgb:ffff/ffff/ffff\x1b\\",
	"its background, ended by BEL":   "\x1b]11;rgb:ffff/ffff/ffff\x07",
	"its background with alpha":      "\x1b]11;rgba:ffff/ffff/ffff/ffff\x07",
	"its text colour":                "\x1b]10;rgb:0000/0000/0000\x1b\\",
	"a colour of its palette":        "\x1b]4;1;rgb:cdcd/0000/0000\x1b\\",
	"what kind it is (DA1)":          "\x1b[?62;1;2;4;6;9;15;22;29c",
	"which version (DA2)":            "\x1b[>41;388;0c",
	"its name (XTVERSION)":           "\x1bP>|xterm(388)\x1b\\",
	"a mode (DECRPM)":                "\x1b[?2026;2$y",
	"where the cursor is":            "\x1b[24;80R",
	"that the cursor is at the top":  "\x1b[1;5R",
	"where the cursor is (DECXCPR)":  "\x1b[?24;80;1R",
	"that it speaks kitty's keys":    "\x1b[?1u",
	"that all is well":               "\x1b[0n",
	"how large it is":                "\x1b[4;600;800t",
	"a capability (XTGETTCAP)":       "\x1bP1+r524742=382F382F38\x1b\\",
	"a setting (DECRQSS)":            "\x1bP1$r0m\x1b\\",
	"that it draws pictures":         "\x1b_Gi=31;OK\x1b\\",
	"its background, which is black": "\x1b]11;rgb:0000/0000/0000\x1b\\",
}

func TestTerminal_AnAnswerIsNoKeyHoweverALinkSplitsIt(t *testing.T) {
	for name, answer := range replies {
		t.Run(name, func(t *testing.T) {
			for _, wait := range []time.Duration{60 * time.Millisecond, 400 * time.Millisecond} {
				for at := 1; at < len(answer); at++ {
					synctest.Test(t, func(t *testing.T) {
						m, keys := heard(t, Options{}, wait, answer[:at], answer[at:])
						if len(keys) > 0 || !m.table.filter.empty() {
							t.Errorf("split at %d by %v it presses %q", at, wait, keys)
						}
					})
				}
			}
		})
	}
}

func TestTerminal_AnAnswerIsNoKeyByteByByteLateAndTwice(t *testing.T) {
	for name, answer := range replies {
		t.Run(name, func(t *testing.T) {
			for _, wait := range []time.Duration{60 * time.Millisecond, 90 * time.Millisecond} {
				synctest.Test(t, func(t *testing.T) {
					list := strings.Split(strings.Repeat(answer, 2), "")
					if _, keys := heard(t, Options{}, wait, list...); len(keys) > 0 {
						t.Errorf("a byte each %v presses %q", wait, keys)
					}
				})
			}
		})
	}
}

// Seconds later no answer is due, so that an ESC that nothing follows for a tenth of a second
// is the escape key; the rest is no key all the same.
func TestTerminal_AnAnswerThatNobodyAskedForIsNoKey(t *testing.T) {
	for name, answer := range replies {
		t.Run(name, func(t *testing.T) {
			for at := 1; at < len(answer); at++ {
				synctest.Test(t, func(t *testing.T) {
					_, keys := heard(t, Options{}, 700*time.Millisecond, "", "", "", "", "", answer[:at], answer[at:])
					if pressed := strings.Join(keys, " "); pressed != "" && (at > 1 || pressed != "esc") {
						t.Errorf("split at %d it presses %q", at, pressed)
					}
				})
			}
		})
	}
}

func TestTerminal_SaysItsBackgroundInPieces(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		m, _ := heard(t, Options{}, 60*time.Millisecond, "\x1b]11;rgb:ff", "ff/ffff/ffff\x1b", "\\")
		if m.dark || !m.known {
			t.Errorf("a white background that came in pieces: dark %v, known %v", m.dark, m.known)
		}
	})
}

func TestTerminal_IsAskedForItsBackgroundOnlyWhenThatMatters(t *testing.T) {
	for name, c := range map[string]struct {
		theme Theme
		mono  bool
		want  bool
	}{
		"auto":                   {want: true},
		"auto without colours":   {mono: true},
		"dark":                   {theme: ThemeDark},
		"light":                  {theme: ThemeLight},
		"contrast":               {theme: ThemeContrast},
		"mono":                   {theme: ThemeMono},
		"NO_COLOR, a dark theme": {theme: ThemeDark, mono: true},
	} {
		t.Run(name, func(t *testing.T) {
			m := New(Options{Theme: c.theme})
			m.mono = c.mono
			if asked := m.inquire() != nil; asked != c.want {
				t.Errorf("the question is sent: %v", asked)
			}
			if m.inquire() != nil {
				t.Error("the question is sent twice")
			}
		})
	}
}

// A theme that is made for one background must be read on the other too, whether or not
// anybody asked the terminal which it has.
func TestTheme_BringsItsGroundToATerminalThatWasNotAsked(t *testing.T) {
	for theme, want := range map[Theme]string{ThemeDark: "#10121a", ThemeLight: "#ffffff", ThemeContrast: "#000000"} {
		m := New(Options{Theme: theme})
		r, g, b, _ := m.View().BackgroundColor.RGBA()
		if got := fmt.Sprintf("#%02x%02x%02x", r>>8, g>>8, b>>8); got != want {
			t.Errorf("%v stands on %s, want %s", theme, got, want)
		}
	}
}

func TestKeys_ReachTheBoardAsTheyWerePressed(t *testing.T) {
	for name, c := range map[string]struct {
		wait time.Duration
		sent []string
		want string
	}{
		"esc":                        {60 * time.Millisecond, []string{"\x1b"}, "esc"},
		"esc, then ctrl+c":           {5 * time.Millisecond, []string{"\x1b", "\x03"}, "esc ctrl+c"},
		"esc twice":                  {5 * time.Millisecond, []string{"\x1b\x1b"}, "esc esc"},
		"an arrow in one piece":      {time.Millisecond, []string{"\x1b[A"}, "up"},
		"an arrow in three":          {60 * time.Millisecond, []string{"\x1b", "[", "B"}, "down"},
		"F1 of the Linux console":    {time.Millisecond, []string{"\x1b[[A"}, "f1"},
		"F1":                         {60 * time.Millisecond, []string{"\x1b", "O", "P"}, "f1"},
		"shift and an arrow":         {60 * time.Millisecond, []string{"\x1b[1;", "2A"}, "shift+up"},
		"page down":                  {time.Millisecond, []string{"\x1b[6~"}, "pgdown"},
		"a key as kitty sends it":    {60 * time.Millisecond, []string{"\x1b[1", "22;5u"}, "ctrl+z"},
		"alt and a letter":           {time.Millisecond, []string{"\x1bx"}, "alt+x"},
		"alt and [":                  {time.Millisecond, []string{"\x1b["}, "alt+["},
		"alt and ]":                  {time.Millisecond, []string{"\x1b]"}, "alt+]"},
		"alt and ], then a letter":   {time.Second / 2, []string{"\x1b]", "j"}, "alt+] j"},
		"esc, a while later ]":       {2 * time.Second, []string{"", "\x1b", "]"}, "esc ]"},
		"esc, a while later [ and [": {2 * time.Second, []string{"", "\x1b", "[["}, "esc [ ["},
		"a letter of two bytes":      {60 * time.Millisecond, []string{"\xc3", "\xa9"}, "\u00e9"},
		"a letter of three":          {60 * time.Millisecond, []string{"\xe0", "\xae", "\xa4"}, "\u0ba4"},
		"half a letter, ctrl+c":      {time.Millisecond, []string{"\xc3", "\x03"}, "ctrl+c"},
		"ctrl+c in an answer":        {60 * time.Millisecond, []string{"\x1b]11;rgb:ff", "\x03"}, "ctrl+c"},
		"ctrl+c in a sequence":       {60 * time.Millisecond, []string{"\x1b[1;", "\x03"}, "ctrl+c"},
		"an answer that is cut off":  {time.Millisecond, []string{"\x1b]11;rgb:ff\x1b[A"}, "up"},
		"keys typed quickly":         {20 * time.Millisecond, strings.Split("jkjkooCfjkjkjkjkjk", ""), strings.Join(strings.Split("jkjkooCfjkjkjkjkjk", ""), " ")},
		"a key that is held down":    {time.Millisecond, strings.Split(strings.Repeat("j", 40), ""), strings.TrimSpace(strings.Repeat("j ", 40))},
		"such a key, on a slow link": {time.Millisecond, []string{strings.Repeat("j", 40)}, strings.TrimSpace(strings.Repeat("j ", 40))},
		"up and down, a slow link":   {time.Millisecond, []string{strings.Repeat("jk", 10)}, strings.TrimSpace(strings.Repeat("j k ", 10))},
		"an arrow that is held down": {time.Millisecond, []string{strings.Repeat("\x1b[B", 20)}, strings.TrimSpace(strings.Repeat("down ", 20))},
		"twelve keys at once":        {time.Millisecond, []string{"jkojkojkojko"}, "j k o j k o j k o j k o"},
		"a paste":                    {60 * time.Millisecond, []string{"\x1b[200~550e", "8400\rx", "\x1b[20", "1~"}, "paste:550e8400\rx"},
		"a paste that never ends":    {6 * time.Second, []string{"\x1b[200~q", "\x03"}, "paste:q ctrl+c"},
		"a paste without its marks":  {time.Millisecond, []string{"550e8400-e29b-41d4", "-a716-446655440000\r"}, "paste:550e8400-e29b-41d4-a716-446655440000\r"},
		"the same, byte by byte":     {time.Millisecond, strings.Split("qyqyxumqqyBdK", ""), "paste:qyqyxumqqyBdK"},
		"the same, over a slow link": {100 * time.Millisecond, []string{"qyqyxumqqyBdK", "qq", "\ryy"}, "paste:qyqyxumqqyBdKqq\ryy"},
		"a paste, and ctrl+c":        {time.Millisecond, []string{"qyqyxumqqyBdK\x03"}, "paste:qyqyxumqqyBdK ctrl+c"},
	} {
		t.Run(name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				// Not in the first seconds, when a terminal's answers are due.
				list := append(make([]string, int(4*time.Second/c.wait)), c.sent...)
				if _, keys := heard(t, Options{}, c.wait, list...); strings.Join(keys, " ") != c.want {
					t.Errorf("the board hears %q", strings.Join(keys, " "))
				}
			})
		})
	}
}

// An answer of 64 KiB, and one that never ends, take bounded room and let go of the keys.
func TestTerminal_AnEndlessAnswerTakesBoundedRoom(t *testing.T) {
	now := noon
	var s keyscan
	s.take([]byte("\x1b]11;"), now)
	for range 1000 {
		s.take(bytes.Repeat([]byte("f"), 4<<10), now)
	}
	if len(s.held) > longestKept {
		t.Errorf("it keeps %d bytes", len(s.held))
	}
	if s.expire(now.Add(sequenceWait)); s.out.Len() > 0 || s.mode != scanGround {
		t.Errorf("given up it says %q", s.out.String())
	}
	s.take([]byte(pasteStart), now)
	for range 2000 {
		s.take(bytes.Repeat([]byte("f"), 4<<10), now)
	}
	if len(s.paste) > longestCut+4<<10 {
		t.Errorf("it keeps %d bytes of a paste", len(s.paste))
	}
}

func TestPaste_OnTheBoardIsOfferedToTheForm(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		acted := func(what string) func(watch.ID) { return func(watch.ID) { t.Errorf("the paste acts: %s", what) } }
		o := Options{Desk: Desk{
			Read: func(string) ([]watch.Payment, error) {
				return []watch.Payment{{Reference: reference("Pasted"), Label: "Table 7"}}, nil
			},
			Add:    func(watch.Payment) (string, error) { t.Error("the paste is handed over"); return "", nil },
			Verify: acted("verify"), Stop: acted("stop"), Resume: acted("resume"),
		}}
		m, _ := heard(t, o, time.Millisecond, "550e8400-e29b-41d4-a716-446655440000\rvxumqqyK\r")
		if m.form == nil || m.form.value("label") != "Table 7" || m.unmasked != 0 || m.asking != askNothing {
			t.Errorf("the form is %v, unmasked %d, asking %d", m.form, m.unmasked, m.asking)
		}
	})
}

func TestPaste_ElsewhereActsOnNothing(t *testing.T) {
	const burst = "qyqyKydBpRxumqqe1\r"
	for name, prepare := range map[string]func(*screen){
		"log": func(s *screen) { s.press("3") }, "shift": func(s *screen) { s.press("4") }, "help": func(s *screen) { s.press("?") },
		"the question": func(s *screen) { s.press("q") },
	} {
		t.Run(name, func(t *testing.T) {
			s := newScreen(t, 80, 24).send(counter())
			prepare(s)
			view, asking := s.m.view, s.m.asking
			s.send(tea.PasteMsg{Content: burst})
			if s.m.view != view || s.m.asking != asking || s.m.form != nil {
				t.Errorf("the view is %d, asking %d", s.m.view, s.m.asking)
			}
		})
	}
}

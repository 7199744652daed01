package ui

import (
	"errors"
	"fmt"
	"regexp"
	"strings"
	"testing"
	"time"

	"charm.land/bubbles/v2/key"
	tea "charm.land/bubbletea/v2"

	"tillwatch/watch"
)

// hostile are texts that somebody may put where we show a name or a message.
var hostile = []string{
	"OK PAID", "OK PAID 14:31:50", "paid", "P A I D", "P.A.I.D", "ＰＡＩＤ", "p\u200ba\u200bi\u200bd", "pai\u0301d PAID",
	"\x1b[2J\x1b[1;1HOK PAID", "\x1b]0;PAID\x07", "\u202eDIAP KO\u202c", "\r\nOK PAID 14:00:00  LRD 1.00", "PAID TODAY LRD 9.00",
	"注文 PAID 済", "👍🏽 PAID 👨‍👩‍👧‍👦", "e\u0301\u0301\u0301 paid", "\" PAID \"", "x\" PAID \"y", "You may hand over", "VERIFIED ==> PAID", "OK",
	"ОК РАID", "PΑID", "𝐏𝐀𝐈𝐃", "ⓅⒶⒾⒹ", "ᴘᴀɪᴅ", "🄿🄰🄸🄳", "🅿🅰🅸🅳", "PAÍD", "PA1D", "OK: PAlD", "P\u0430id",
}

// quoted is what we show as somebody else's words, cut ones too.
var quoted = regexp.MustCompile(`(?s)"[^"…]*["…]`)

// asOf is the title of totals that have nothing in them.
var asOf = regexp.MustCompile(`PAID TODAY as of [0-9:]+   nothing yet`)

// claims is every way in which the screen could say that money came.
var claims = regexp.MustCompile(`(?i)paid|you may hand over|\bok {1,2}[a-z]`)

// unverified are the ways in which a payment can be anything but verified, with a hostile
// text wherever one can stand.
func unverified() map[string]func(text string) fact {
	return map[string]func(text string) fact{
		"waiting":     func(string) fact { return func(*watch.Snapshot) {} },
		"strange":     func(text string) fact { return func(s *watch.Snapshot) { s.Status, s.Latest.Status = text, text } },
		"source word": func(string) fact { return func(s *watch.Snapshot) { s.Status, s.Latest.Status = "PAID", "PAID" } },
		"hinted":      func(string) fact { return claimed("COMPLETED", time.Second) },
		"hinted long": func(string) fact { return claimed("completed", time.Minute) },
		"hinted PAID": func(string) fact { return claimed("PAID", time.Minute) },
		"failing": func(text string) fact {
			return func(s *watch.Snapshot) { s.FailedSince, s.FailedText = noon.Add(-time.Minute), text }
		},
		"refused": func(text string) fact {
			return func(s *watch.Snapshot) { s.Latest.Code, s.Latest.Detail = 422, text }
		},
		"stopped": func(string) fact { return func(s *watch.Snapshot) { s.Stopped = true } },
		"broken":  func(text string) fact { return func(s *watch.Snapshot) { s.Panic = text } },
		"messages": func(text string) fact {
			return func(s *watch.Snapshot) { s.Latest.Gateway, s.Latest.Wallet, s.Trouble = text, text, text }
		},
		"about another": func(string) fact {
			return func(s *watch.Snapshot) {
				s.Latest.Status, s.Latest.Reference = "COMPLETED", "6f9619ff-8b86-4011-b42d-00c04fc964ff"
				s.Status = ""
			}
		},
	}
}

func TestScreen_NeverSaysPaidWithoutAVerifiedAnswer(t *testing.T) {
	states := unverified()
	for name, state := range states {
		for i, text := range hostile {
			for _, size := range [][2]int{{120, 60}, {80, 60}, {40, 10}, {20, 4}} {
				s := newScreen(t, size[0], size[1], func(o *Options) { o.Title = text })
				s.health.Text = text
				p := pay(text, 1, state(text), method(text), func(s *watch.Snapshot) { s.Expected = watch.Money{Amount: "9.00", Currency: "LRD"} })
				if p.Verdict == watch.Paid || p.Verdict == watch.NotPaid {
					t.Fatalf("the %s case is %s", name, p.Verdict)
				}
				s.send(SnapshotsMsg{p})
				claimless(t, s, fmt.Sprintf("%s %d board", name, i))
				if size[0] < paneFrom {
					s.press("enter").send(tea.WindowSizeMsg{Width: size[0], Height: 150}) // all of it: no quote is cut
					claimless(t, s, fmt.Sprintf("%s %d detail", name, i))
				}
				for _, keys := range [][]string{{"esc", "1"}, {"4"}, {"3"}, {"1", "w"}, {"w", "C"}, {"esc", "a", "tab", "tab", "tab", "tab", "tab"}} {
					s.notes = []Note{{noon, text, true}}
					s.press(keys...)
					if keys[0] == "esc" && len(keys) > 2 {
						s.send(tea.PasteMsg{Content: text}).press("tab")
					}
					claimless(t, s, fmt.Sprintf("%s %d after %q", name, i, keys))
				}
				if totals := s.m.summary(); len(totals.Totals) != 0 || !strings.Contains(totals.String(), "Paid today (verified): nothing\n") {
					t.Fatalf("%s: the summary says\n%s", name, totals)
				}
			}
		}
	}
}

// The same at a counter, in every trouble, frozen, under a caption, in menus, in the raw
// JSON, and beside a payment that is PAID, whose row, box and total alone may say so.
func TestScreen_NeverSaysPaidWhateverElseIsOnIt(t *testing.T) {
	for name, state := range unverified() {
		for i, text := range hostile {
			for _, counterMode := range []bool{false, true} {
				s := newScreen(t, 100, 40, func(o *Options) {
					o.Title, o.Counter, o.Status, o.Caption = text, counterMode, func() string { return foreign(text) }, func() string { return "A story" }
					o.Keys = []Extra{{Binding: bind("S", "outcome", "S"), Selected: true, Steps: []Step{{Title: "WHAT", Choices: func([]string) []Choice { return nil }}}}}
				})
				p := pay(text, 1, state(text), method(text))
				s.past = []watch.Entry{{Event: watch.Event{At: noon, From: watch.FromChannel, Kind: watch.EventHint, Word: text, Text: text}}}
				s.send(SnapshotsMsg{p})
				for trouble := watch.NoTrouble; trouble <= watch.NoInternet; trouble++ {
					s.health.Trouble, s.health.Text, s.health.Host, s.health.Since = trouble, text, text, noon
					s.after(0)
					claimless(t, s, fmt.Sprintf("%s %d counter %v in %v", name, i, counterMode, trouble))
				}
				s.health.Trouble = watch.NoTrouble
				s.after(0)
				for _, keys := range [][]string{{"f"}, {"f", "S"}, {"esc", "enter"}, {"esc", "4"}} {
					s.press(keys...).settle()
					claimless(t, s, fmt.Sprintf("%s %d counter %v after %q", name, i, counterMode, keys))
				}
				s.press("e").settle()
				for where, said := range map[string]string{"report": s.saved, "summary": s.m.summary().String()} {
					ours := quoted.ReplaceAllString(strings.ReplaceAll(said, "Paid today (verified): nothing", ""), "")
					if found := claims.FindString(ours); found != "" {
						t.Fatalf("%s %d: the %s says %q:\n%s", name, i, where, found, said)
					}
				}
			}
		}
	}
}

func TestScreen_APaidNeighbourLendsItsWordToNobody(t *testing.T) {
	for _, text := range hostile {
		for _, counterMode := range []bool{false, true} {
			s := newScreen(t, 100, 40, func(o *Options) { o.Counter = counterMode })
			s.send(SnapshotsMsg{pay("Table 1", 1, ended("COMPLETED", time.Second, "450.00", "LRD")), pay(text, 1, method(text))})
			for l := range strings.SplitSeq(s.text(), "\n") {
				ours := quoted.ReplaceAllString(l, "")
				for _, allowed := range []string{"PAID TODAY (verified)", "not paid 0", "link OK"} {
					ours = strings.ReplaceAll(ours, allowed, "")
				}
				if claims.MatchString(ours) && !strings.Contains(l, "Table 1") {
					t.Fatalf("beside a payment that is PAID %q says:\n%s", text, l)
				}
			}
		}
	}
}

// claimless fails when the screen, but for other people's words in quotes, speaks of money
// that came.
func claimless(t *testing.T, s *screen, where string) {
	t.Helper()
	text := s.text()
	if strings.Count(text, "\x1b")+strings.Count(text, "\u202e")+strings.Count(text, "\r") > 0 {
		t.Fatalf("%s: control characters reach the screen: %q", where, text)
	}
	ours := asOf.ReplaceAllString(quoted.ReplaceAllString(text, ""), "")
	for _, allowed := range []string{"PAID TODAY (verified)   nothing yet", "not paid 0", "link OK, heard", "link OK", "since tillwatch was started", " ok\n"} {
		ours = strings.ReplaceAll(ours, allowed, "")
	}
	if found := claims.FindString(ours); found != "" {
		t.Fatalf("%s: the screen says %q:\n%s", where, found, text)
	}
}

func TestScreen_AnErrorOfTheDeskIsCleanAndMasked(t *testing.T) {
	s := newScreen(t, 80, 24, func(o *Options) {
		o.Desk.Add = func(watch.Payment) (string, error) {
			return "", errors.New("phone 231883456789 \x1b[31mis not\nallowed")
		}
	})
	s.press("a").typed("ORDER:101").press("enter").settle().want("phone 231******789 is not allowed")
}

func TestForeign_LeavesPlainLabelsAlone(t *testing.T) {
	for _, label := range []string{"Table 4", "Order 1042", "Amina K", "注文 1040", "café", "Card, Mr D", "Okra stall"} {
		if got := foreign(label); got != label {
			t.Errorf("foreign(%q) is %q", label, got)
		}
	}
}

func FuzzScreen(f *testing.F) {
	for i, text := range hostile {
		f.Add(text, "COMPLETED", uint8(20+i*7), uint8(3+i*2), "jG?\x1b/a\t\n\x1b4r3/x\n\x1bCF w@@a\tq\x1bS\n f @", uint8(i))
	}
	f.Add("👩‍❤️‍💋‍👨🇷🇼e\u0301\u200d", "\x1b]52;c;", uint8(1), uint8(1), "ojf", uint8(6))
	f.Fuzz(func(t *testing.T, label, message string, w, h uint8, keys string, trouble uint8) {
		s := newScreen(t, int(w), int(h), func(o *Options) {
			o.Title, o.Memory, o.Status = label, w%2 == 0, func() string { return message }
			o.Counter, o.Mouse = h%3 == 0, true
			o.Caption = func() string { return strings.Repeat(label+" ", int(h%4)) }
			o.Keys = []Extra{{
				Binding: key.NewBinding(key.WithKeys("S"), key.WithHelp("S", label)), Selected: true, Starts: true,
				Steps: []Step{{Title: message, Choices: func([]string) []Choice { return make([]Choice, int(w)%20) }, On: func(string) bool { return w%2 == 0 }}},
				Do:    func(watch.ID, ...string) string { return message },
			}}
		})
		s.health.Trouble = watch.Trouble(trouble % 7)
		s.health.Text, s.health.Host = message, label
		s.health.Stake = watch.Stake(trouble % 4)
		s.after(time.Second)
		s.send(SnapshotsMsg{
			pay(label, 1, amount(strings.Repeat("9", 1+int(w)%24)+".00", "LRD")),
			pay(label+"2", 1, ended("COMPLETED", time.Second, "1.50", "USD"), func(s *watch.Snapshot) { s.Final.Gateway = message }),
			pay(label+"3", 1, func(s *watch.Snapshot) { s.Trouble, s.Status, s.Method = message, message, label }),
		})
		for i, r := range keys {
			if i > 60 {
				break
			}
			if i%7 == 6 {
				s.settle().after(time.Duration(i) * time.Second)
			}
			switch r {
			case '\x1b':
				s.press("esc")
			case '\n':
				s.press("enter")
			case '\t':
				s.send(tea.PasteMsg{Content: message})
			case '@':
				s.send(click(int(w)*i%80, int(h)*i%40))
			default:
				s.press(string(r))
			}
			s.send(tea.WindowSizeMsg{Width: int(w) * (i % 3) / 2, Height: int(h) * (i % 4) / 2})
		}
	})
}

func TestForeign_QuotesWhatOnlyLooksLikeAVerdict(t *testing.T) {
	for _, label := range []string{"ОК РАID", "PΑID", "𝐏𝐀𝐈𝐃", "ⓅⒶⒾⒹ", "ᴘᴀɪᴅ", "🄿🄰🄸🄳", "🅿🅰🅸🅳", "PAÍD", "PA1D", "OK: PAlD", "C0mpleted"} {
		if got := foreign(label); !strings.HasPrefix(got, `"`) {
			t.Errorf("foreign(%q) is %q", label, got)
		}
	}
}

func TestScreen_ANumberIsMaskedWhateverHidesIt(t *testing.T) {
	for _, text := range []string{"call 2318\u200b83456789", "call 231\u00a0883\u00a0456\u00a0789", "call \x1b[1m23188\x1b[0m3456789", "call 231\u2011883\u2011456\u2011789"} {
		s := newScreen(t, 120, 60).send(SnapshotsMsg{pay("one", 1, func(s *watch.Snapshot) { s.Trouble, s.Latest.Gateway = text, text })})
		s.press("enter").want("call 231******789").wantNot("456")
	}
}

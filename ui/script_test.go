package ui

import (
	"strings"
	"testing"
	"time"

	tea "charm.land/bubbletea/v2"
	"github.com/charmbracelet/x/ansi"
)

// labels are names that lose their meaning with any of their characters.
var labels = []string{
	"தமிழ்", "नमस्ते", "ភាសាខ្មែរ", "น้ำใจ", "مُحَمَّد", "می\u200cخواهم", "שָׁלוֹם", "ශ්\u200dරී ලංකා", "বাংলা", "မြန်မာ", "Nguyễn Thị",
	"👨\u200d👩\u200d👧\u200d👦", "👩🏽\u200d❤\ufe0f\u200d💋\u200d👨", "🏳\ufe0f\u200d🌈", "🇱🇷", "👍🏾",
}

func TestScreen_ShowsALabelOfAnyScriptWhole(t *testing.T) {
	defer drawn.Store(drawn.Load())
	for way, columns := range map[int32]func(string) int{
		drawnWhole: ansi.StringWidth, drawnByRune: ansi.StringWidthWc,
		drawnUnknown: func(s string) int { return max(ansi.StringWidth(s), ansi.StringWidthWc(s)) },
	} {
		drawn.Store(way)
		for _, label := range labels {
			m := New(Options{Now: func() time.Time { return noon }})
			m.Update(tea.WindowSizeMsg{Width: 120, Height: 40})
			m.Update(SnapshotsMsg{pay(label, 1), pay("Table 4", 1)})
			frame := m.View().Content
			if strings.Count(ansi.Strip(frame), label) < 2 { // the row and the advice
				t.Errorf("way %d: %q is not whole in\n%s", way, label, ansi.Strip(frame))
			}
			ends := map[int]bool{}
			for line := range strings.Lines(frame) {
				line = strings.TrimSuffix(line, "\n")
				if w := columns(line); w > 120 {
					t.Errorf("way %d: %d columns: %q", way, w, line)
				}
				if before, _, found := strings.Cut(line, "MTN LR"); found {
					ends[columns(before)] = true
				}
			}
			if len(ends) != 1 {
				t.Errorf("way %d, %q: the next column begins at %v", way, label, ends)
			}
		}
	}
}

// What a terminal of another encoding would make of our boxes nobody can read.
func TestScreen_InASCIIHasEverythingWhereItWas(t *testing.T) {
	for _, size := range [][2]int{{120, 40}, {80, 24}, {40, 10}, {20, 4}} {
		for _, keys := range [][]string{{}, {"enter"}, {"4"}, {"3"}, {"?"}, {"a"}, {"C"}} {
			both := [2]*Model{}
			for i := range both {
				s := newScreen(t, size[0], size[1], func(o *Options) { o.ASCII = i == 1 }).send(counter())
				news := SnapshotsMsg{}
				for _, label := range labels {
					news = append(news, pay(label, 1))
				}
				s.send(news).press(keys...)
				both[i] = s.m
			}
			before, after := strings.Split(ansi.Strip(both[0].View().Content), "\n"), strings.Split(ansi.Strip(both[1].View().Content), "\n")
			if len(before) != len(after) {
				t.Fatalf("%v %q: %d lines become %d", size, keys, len(before), len(after))
			}
			for i := range before {
				if !ascii(after[i]) {
					t.Errorf("%v %q: not ASCII: %q", size, keys, after[i])
				}
				if measure(before[i]) != len(after[i]) {
					t.Errorf("%v %q: %q becomes %q", size, keys, before[i], after[i])
				}
			}
		}
	}
}

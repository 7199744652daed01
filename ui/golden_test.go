package ui

import (
	"fmt"
	"image/color"
	"strings"
	"testing"
	"time"

	tea "charm.land/bubbletea/v2"
	"github.com/charmbracelet/colorprofile"
	"github.com/charmbracelet/x/exp/golden"

	"tillwatch/watch"
)

// goldenTheme is a terminal that golden files are of: its answers about its colours.
type goldenTheme struct {
	name string
	msgs []tea.Msg
}

// themesOfGoldens are the terminals that golden files are of.
func themesOfGoldens() []goldenTheme {
	contrast := []tea.Msg{tea.ColorProfileMsg{Profile: colorprofile.TrueColor}, tea.BackgroundColorMsg{Color: color.Black}}
	for range ThemeContrast {
		contrast = append(contrast, tea.KeyPressMsg{Text: "T", Code: 'T'})
	}
	return []goldenTheme{
		{"nocolor", []tea.Msg{tea.ColorProfileMsg{Profile: colorprofile.ASCII}}},
		{"dark", []tea.Msg{tea.ColorProfileMsg{Profile: colorprofile.TrueColor}, tea.BackgroundColorMsg{Color: color.Black}}},
		{"light", []tea.Msg{tea.ColorProfileMsg{Profile: colorprofile.TrueColor}, tea.BackgroundColorMsg{Color: color.White}}},
		{"contrast", append(contrast, flashEndMsg{int(ThemeContrast)})},
	}
}

// TestScreen_Looks pins what the screens look like. The golden files are what a review
// reads: plain text without colour, and the same with the two themes' escape sequences.
func TestScreen_Looks(t *testing.T) {
	views := []struct {
		name string
		do   func(*screen)
	}{
		{"board", func(*screen) {}},
		{"detail", func(s *screen) { s.press("j", "enter") }},
		{"help", func(s *screen) { s.press("?") }},
		{"shift", func(s *screen) { s.press("4") }},
		{"log", func(s *screen) {
			s.notes = []Note{
				{noon.Add(-26 * time.Hour), "waits for payments.csv", false},
				{noon.Add(-time.Minute), "not taken: payments.csv, line 7: reference_id \"x\" is not a UUID like 550e8400-e29b-41d4-a716-446655440000", true},
				{noon, "stopped watching Table 2", false},
			}
			s.press("3")
		}},
		{"add", func(s *screen) { s.press("a").send(tea.PasteMsg{Content: pasted}).press("tab", "tab", "tab") }},
		{"counter", func(*screen) {}},
		{"counter-offline", func(s *screen) {
			s.health = watch.Health{
				Trouble: watch.NoInternet, Text: "dial tcp: no route to host", Stake: watch.Real,
				Heard: noon.Add(-74 * time.Second), Since: noon.Add(-72 * time.Second), Until: noon.Add(8 * time.Second),
			}
			s.after(0)
		}},
		{"raw", func(s *screen) {
			s.past = []watch.Entry{{Last: noon, Event: watch.Event{
				At: noon, From: watch.FromAPI, Kind: watch.EventAnswer, Word: "PROCESSING", Code: 200, Took: 96 * time.Millisecond,
				Raw: "{\n  \"reference_id\": \"550e8400-e29b-41d4-a716-446655440000\",\n  \"status\": \"PROCESSING\"\n}",
			}}}
			s.press("enter", "J").settle().settle()
		}},
		{"outcomes", func(s *screen) { s.press("j", "S", "down") }},
		{"filter", func(s *screen) { s.press("/").typed("net:mtn") }},
		{"quit", func(s *screen) { s.press("q") }},
		{"full", func(s *screen) {
			if s.press("enter"); s.m.paned() {
				s.press("enter")
			}
		}},
		{"columns", func(s *screen) { s.press("C", "down", "space") }},
		{"offline", func(s *screen) {
			s.health = watch.Health{
				Trouble: watch.NoInternet, Text: "dial tcp: no route to host", Stake: watch.Real,
				Heard: noon.Add(-74 * time.Second), Since: noon.Add(-72 * time.Second), Until: noon.Add(8 * time.Second),
			}
			s.after(0)
		}},
	}
	for _, v := range views {
		for _, size := range [][2]int{{120, 40}, {80, 24}, {40, 10}, {20, 4}} {
			for _, theme := range themesOfGoldens() {
				t.Run(fmt.Sprintf("%s/%dx%d/%s", v.name, size[0], size[1], theme.name), func(t *testing.T) {
					s := newScreen(t, size[0], size[1], func(o *Options) {
						o.Memory, o.Counter = true, strings.HasPrefix(v.name, "counter")
						if v.name == "outcomes" {
							o.Keys = []Extra{{
								Binding: bind("S", "what happens to this payment", "S"), Selected: true, Short: "outcome", Keep: 8,
								Do: func(watch.ID, ...string) string { return "done" },
								Steps: []Step{{Title: "WHAT HAPPENS TO", Choices: func([]string) []Choice {
									return []Choice{{"approve", "the customer approves now"}, {"decline", "the customer refuses now"}, {"cut", "the sockets are cut, its neighbours' too"}}
								}}},
							}}
							o.Caption = func() string { return "The customer has not approved yet, and nobody knows whether that will come." }
						}
					})
					s.send(theme.msgs...).send(counter())
					v.do(s)
					if theme.name == "nocolor" {
						golden.RequireEqual(t, s.text()+"\n")
						return
					}
					golden.RequireEqual(t, s.m.View().Content+"\n")
				})
			}
		}
	}
}

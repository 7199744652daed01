package ui

import (
	"os"
	"regexp"
	"slices"
	"strings"
	"testing"
)

// keysOfReadme is the first table of README's chapter on keys: what stands in backticks in
// its left column, and the whole of it.
func keysOfReadme(t *testing.T) (keys []string, table string) {
	t.Helper()
	text, err := os.ReadFile("../README.md")
	if err != nil {
		t.Fatal(err)
	}
	_, chapter, found := strings.Cut(string(text), "\n## Keys\n")
	if !found {
		t.Fatal("README has no chapter on keys")
	}
	_, table, _ = strings.Cut(chapter, "|---|---|\n")
	table, _, _ = strings.Cut(table, "\n\n")
	quoted := regexp.MustCompile("`([^`]+)`")
	for row := range strings.Lines(table) {
		left, _, _ := strings.Cut(strings.TrimPrefix(row, "| "), " | ")
		for _, m := range quoted.FindAllStringSubmatch(left, -1) {
			keys = append(keys, m[1])
		}
	}
	return keys, table
}

func TestReadme_HasEveryKeyAndNoOther(t *testing.T) {
	keys, table := keysOfReadme(t)
	var ours []string
	for _, a := range usualKeys().actions() {
		help := a.bound.Help()
		ours = append(ours, help.Key)
		if !slices.Contains(keys, help.Key) {
			t.Errorf("README does not have the key %s (%s)", help.Key, a.name)
		}
		does, _, _ := strings.Cut(strings.TrimPrefix(strings.TrimPrefix(help.Desc, "in the detail: "), "on the shift screen: "), ";")
		if does, _, _ = strings.Cut(does, ","); !strings.Contains(strings.ReplaceAll(table, "`", ""), does) {
			t.Errorf("README does not say %q of the key %s", does, help.Key)
		}
	}
	for _, k := range keys {
		if !slices.Contains(ours, k) {
			t.Errorf("README has the key %s, which does nothing", k)
		}
	}
}

func TestReadme_NamesEveryAction(t *testing.T) {
	text, err := os.ReadFile("../README.md")
	if err != nil {
		t.Fatal(err)
	}
	_, list, _ := strings.Cut(string(text), "The actions are ")
	list, _, _ = strings.Cut(list, ".")
	got := strings.Join(strings.Fields(strings.NewReplacer("`", "", ",", " ").Replace(list)), " ")
	if want := strings.Join(Actions(), " "); got != want {
		t.Errorf("README names\n%s, want\n%s", got, want)
	}
}

func TestHelp_ExplainsEveryWordBesideAStatus(t *testing.T) {
	for _, reason := range reasons {
		if !slices.ContainsFunc(besides, func(r remark) bool { return reason == "" || r[0] == reason }) {
			t.Errorf("the help does not explain %q", reason)
		}
	}
}

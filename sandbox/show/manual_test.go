package show

import (
	"os"
	"strings"
	"testing"
)

func read(t *testing.T, name string) string {
	t.Helper()
	text, err := os.ReadFile(name)
	if err != nil {
		t.Fatal(err)
	}
	return string(text)
}

// The manual's table has every word of scripts, as the code has it and in its order.
func TestManual_HasEveryWord(t *testing.T) {
	page := read(t, "../../docs/demo.md")
	want := "\n| step | does |\n|---|---|\n"
	for _, v := range verbs {
		if !strings.HasPrefix(v.form+" ", v.word+" ") {
			t.Errorf("%s is written as %s", v.word, v.form)
		}
		want += "| `" + v.form + "` | " + v.does + " |\n"
	}
	if !strings.Contains(page, want+"\n") {
		t.Errorf("docs/demo.md has not this table:\n%s", want)
	}
	for _, row := range strings.Split(read(t, "../../README.md"), "\n") {
		if strings.HasPrefix(row, "| `tillwatch demo` |") && (!strings.Contains(row, "`--script "+Lunch+"`") || !strings.Contains(row, "docs/demo.md")) {
			t.Errorf("README says nothing of scripts in %s", row)
		}
	}
}

// The manual's example is a script, it has every word but one, and what it says of a bad
// line is what is said.
func TestManual_ItsExampleCanBePlayed(t *testing.T) {
	page := read(t, "../../docs/demo.md")
	_, example, found := strings.Cut(page, "```\n# Monday")
	example, _, closed := strings.Cut(example, "```\n")
	if !found || !closed {
		t.Fatal("docs/demo.md has no example")
	}
	for _, v := range verbs {
		if !strings.Contains(example, " "+v.word+" ") && v.word != "customers" {
			t.Errorf("the example has no %s", v.word)
		}
	}
	example = "# Monday" + example
	tell(t, example, func(p *told) {
		p.after(p.script.Length())
		if ends := p.ends(); ends["Order 1042"] != "COMPLETED" || ends["Musu D"] != "FAILED" || len(p.troubles) != 0 {
			t.Errorf("it ends as %v, with troubles %q", ends, p.troubles)
		}
	})
	lines := strings.Split(example, "\n")
	lines[6] = `decide "Order 1042" pay`
	_, err := Parse("monday.txt", strings.Join(lines, "\n"))
	if err == nil || !strings.Contains(page, "\ntillwatch: "+err.Error()+"\n") {
		t.Errorf("docs/demo.md does not say: %v", err)
	}
}

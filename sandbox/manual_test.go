package sandbox

import (
	"fmt"
	"net/http"
	"os"
	"reflect"
	"regexp"
	"strings"
	"testing"
)

// page is docs/sandbox.md, which this test holds to the code in both directions.
func page(t *testing.T) string {
	t.Helper()
	text, err := os.ReadFile("../docs/sandbox.md")
	if err != nil {
		t.Fatal(err)
	}
	return string(text)
}

// rows is the table whose head begins with these columns, by the first cells of its rows.
func rows(t *testing.T, head string, cells int) []string {
	t.Helper()
	_, rest, found := strings.Cut(page(t), "\n"+head)
	if !found {
		t.Fatalf("docs/sandbox.md has no table %s", head)
	}
	table, _, _ := strings.Cut(rest, "\n\n")
	var all []string
	for _, row := range strings.Split(table, "\n")[2:] {
		all = append(all, strings.Join(strings.Split(row, "|")[1:1+cells], "|"))
	}
	return all
}

func TestManual_HasEveryNameInTheOrderOfTheCode(t *testing.T) {
	code := func(name string) string { return " `" + name + "` " }
	var carried, played, linked, decided, faulty, ordered []string
	for _, s := range scenarios {
		suffix := " "
		if s.suffix != "" {
			suffix = code(s.suffix)
		}
		played = append(played, suffix+"|"+code(s.name)+"| "+s.text+" ")
	}
	for _, n := range Networks() {
		named, _ := networkNamed(n.Name)
		method := " "
		if named.method != "" {
			method = code(named.method)
		}
		carried = append(carried, code(n.Name)+"|"+method+"| "+n.Text+" ")
	}
	for _, l := range links {
		linked = append(linked, code(fmt.Sprintf("%02d", l.code))+"|"+code(l.name))
	}
	for _, o := range outcomes {
		decided = append(decided, code(o.Name)+"| "+o.Text+" ")
	}
	for _, f := range allFaults {
		faulty = append(faulty, code(f.Name)+"| "+f.Text+" ")
	}
	for _, f := range fieldsOf(reflect.TypeFor[paymentsBody]()) {
		ordered = append(ordered, code(f))
	}
	for _, table := range []struct {
		head string
		want []string
	}{
		{"| network | `method` |", carried}, {"| suffix | scenario |", played}, {"| code | link |", linked}, {"| `outcome` |", decided},
		{"| `fault` |", faulty}, {"| field |", ordered},
	} {
		got := rows(t, table.head, 1+strings.Count(table.want[0], "|"))
		for i := range max(len(got), len(table.want)) {
			if i >= len(got) || i >= len(table.want) || got[i] != table.want[i] {
				t.Errorf("row %d of the table %s: the page has %q, the code %q", i+1, table.head, got, table.want)
				break
			}
		}
	}
	for _, v := range []reflect.Type{
		reflect.TypeFor[decideBody](), reflect.TypeFor[faultsBody](), reflect.TypeFor[State](), reflect.TypeFor[Truth](),
	} {
		for _, field := range fieldsOf(v) {
			if !strings.Contains(page(t), "`"+field+"`") {
				t.Errorf("the page does not tell of %s of %s", field, v)
			}
		}
	}
}

// Each example is typed as it stands, with names of payments that are there.
func TestManual_EveryExampleIsTaken(t *testing.T) {
	curl := regexp.MustCompile(`(?m)^curl -s (?:-H 'Content-Type: application/json' -d '(.*)' )?"\$DOLLR_BASE_URL(/sandbox/.*)"$`)
	examples := curl.FindAllStringSubmatch(page(t), -1)
	if want := strings.Count(page(t), "\ncurl "); len(examples) != want || want == 0 {
		t.Fatalf("%d of %d examples are understood", len(examples), want)
	}
	called := map[string]bool{}
	tell(t, Options{}, func(t *testing.T, m *merchant) {
		in, hosted := m.start(Order{Scenario: "stuck"}), m.start(Order{Scenario: "hosted-idle"})
		names := strings.NewReplacer("REFERENCE", in.ReferenceID, "ORDER:101", fmt.Sprintf("%s:%d", hosted.SourceType, hosted.SourceID))
		for _, example := range examples {
			method := http.MethodPost
			if example[1] == "" {
				method = http.MethodGet
			}
			called[method+" "+example[2]] = true
			m.want(200, method, example[2], names.Replace(example[1]))
		}
	})
	for _, row := range rows(t, "| call |", 1) {
		if call := strings.Trim(row, " `"); !called[call] {
			t.Errorf("%s has no example", call)
		}
	}
}

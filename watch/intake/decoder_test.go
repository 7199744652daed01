package intake

import (
	"errors"
	"fmt"
	"reflect"
	"strings"
	"testing"

	"tillwatch/watch"
)

// desk keeps what a Decoder hands over.
type desk struct {
	ids   []string
	last  watch.Payment
	bad   []Problem // with a loss
	notes []Problem // without

	known  watch.Known // of the last
	export bool        // as is this
}

func (d *desk) handle(k watch.Known, export bool) error {
	p := k.Payment
	if p.Label == "refuse me" {
		return errors.New("this one is not wanted")
	}
	d.known, d.export = k, export
	d.ids = append(d.ids, string(p.ID()))
	d.last = p
	return nil
}

func (d *desk) report(p Problem) {
	if p.Lost {
		d.bad = append(d.bad, p)
		return
	}
	d.notes = append(d.notes, p)
}

func read(text string, size int) *desk {
	var d desk
	decoder := NewDecoder("shop.txt", d.handle, d.report)
	for len(text) > 0 {
		n := min(size, len(text))
		_, _ = decoder.Write([]byte(text[:n]))
		text = text[n:]
	}
	decoder.End()
	return &d
}

func order(n int) string { return fmt.Sprintf(`{"source_type":"ORDER","source_id":%d}`, n) }

func TestDecoder_TakesGoodLinesAndReportsBadOnes(t *testing.T) {
	long := `{"source_type":"ORDER","source_id":9,"label":"` + strings.Repeat("x", lineMax) + `"}`
	atLimit := `{"source_type":"ORDER","source_id":9,"label":"` + strings.Repeat("x", lineMax-48) + `"}`
	if len(atLimit) != lineMax {
		t.Fatalf("the longest line has %d bytes", len(atLimit))
	}
	tests := map[string]struct {
		text string
		ids  []string
		bad  map[int]string // line: a part of its reason
	}{
		"nothing":                      {"", nil, nil},
		"blank lines":                  {"\n \r\n\n", nil, nil},
		"lines":                        {order(1) + "\n" + order(2) + "\n", []string{"ORDER:1", "ORDER:2"}, nil},
		"no last newline":              {order(1) + "\n" + order(2), []string{"ORDER:1", "ORDER:2"}, nil},
		"CRLF, a mark and blank lines": {"\ufeff" + order(1) + "\r\n\r\n" + order(2) + "\r\n", []string{"ORDER:1", "ORDER:2"}, nil},
		"a bad one between": {order(1) + "\n{\"x\n" + order(2) + "\nhi\n" + order(3), []string{"ORDER:1", "ORDER:2", "ORDER:3"},
			map[int]string{2: "does not end on its line", 4: "no JSON object"}},
		"a long one between": {order(1) + "\n" + long + "\n" + order(2), []string{"ORDER:1", "ORDER:2"}, map[int]string{2: "longer than 64 KiB"}},
		"one at the limit":   {order(1) + "\n" + atLimit + "\r\n" + order(2), []string{"ORDER:1", "ORDER:9", "ORDER:2"}, nil},
		"one byte beyond it": {order(1) + "\n" + strings.Replace(atLimit, "xx", "xxx", 1) + "\n" + order(2), []string{"ORDER:1", "ORDER:2"}, map[int]string{2: "longer than 64 KiB"}},
		"a brace in CSV":     {"source_type,source_id\n{,1\nORDER,2", []string{"ORDER:2"}, map[int]string{2: "neither INVOICE nor ORDER"}},
		"one beyond it":      {order(1) + "\n" + atLimit + " x\n" + order(2), []string{"ORDER:1", "ORDER:2"}, map[int]string{2: "longer than 64 KiB"}},
		"a long one at last": {order(1) + "\n" + long, []string{"ORDER:1"}, map[int]string{2: "longer than 64 KiB"}},
		"one that is refused": {order(1) + "\n" + `{"source_type":"ORDER","source_id":2,"label":"refuse me"}` + "\n" + order(3),
			[]string{"ORDER:1", "ORDER:3"}, map[int]string{2: "not wanted"}},
		"a JSON list": {"[\n" + order(1) + "\n]\n", []string{"ORDER:1"}, map[int]string{1: "a JSON list", 3: "no JSON object"}},
		"CSV": {"source_type,source_id,label,reference_id\nORDER,1,a,\ninvoice,2,b,\n,,," + ref + "\n",
			[]string{"ORDER:1", "INVOICE:2", ref}, nil},
		"CSV with a mark, cases, spaces, quotes and columns of others": {
			"\ufeffName, Source_Type ,SOURCE_ID,label,,\r\nx,ORDER, 1 ,\"Table 4, \"\"left\"\"\",,\r\n", []string{"ORDER:1"}, nil},
		"CSV with bad rows": {"source_type,source_id,label\nORDER,1\nORDER,2,a,b\nORDER,3,\"a\nb\",\nORDER,4,a\"b\nREFUND,5,\nORDER,6,x",
			[]string{"ORDER:6"}, map[int]string{2: "2 fields and the header 3", 3: "4 fields", 4: "quote", 5: "quote", 6: "quote", 7: "neither INVOICE nor ORDER"}},
		"CSV with a quote in its header": {"source_type,\"source_id\nORDER,1\n", nil, map[int]string{1: "a quote is out of place", 2: "nor a CSV header"}},
		"CSV with two slips":             {"source_type,source_id,amuont,label,label\n", nil, map[int]string{1: "amuont"}},
		"CSV of one column":              {"reference_id\n" + ref + ",\n" + ref + ";\n", []string{ref}, map[int]string{3: "has 37 characters"}},
		"a NUL behind a brace":           {"{\x00}\n", nil, map[int]string{1: "not JSON"}},
		"CSV without a header":           {"ORDER,1\n", nil, map[int]string{1: "nor a CSV header"}},
		"CSV with a column twice":        {"source_type,source_id,Source_ID\nORDER,1,2\n", nil, map[int]string{1: `"source_id" and "Source_ID" are two spellings of one name`, 2: "nor a CSV header"}},
		"CSV parted by tabs": {"label\tSource_Type\tsource_id\t\r\n\torder\t1\t\nTable \"4\"\tORDER\t2\tx\nORDER\t3\n\t\t\n", []string{"ORDER:1", "ORDER:2"},
			map[int]string{4: "2 fields and the header 4"}},
		"CSV with tabs about":      {" source_type,\tsource_id\t\r\n\tORDER,\t1 \n", []string{"ORDER:1"}, nil},
		"CSV with the same twice":  {"source_type,source_id,label,label\nORDER,1,2,3\n", nil, map[int]string{1: `"label" stands there twice`, 2: "nor a CSV header"}},
		"CSV parted by semicolons": {"source_type;source_id\nORDER;1\n", []string{"ORDER:1"}, nil},
		"JSON after a bad header":  {"oops\n" + order(1), []string{"ORDER:1"}, map[int]string{1: "nor a CSV header"}},
		"CSV amount":               {"reference_id,amount,currency\n" + ref + ",1500.00,LRD\n" + ref + ",1500.00,\n", []string{ref}, map[int]string{3: "without a currency"}},
		"no text at all":           {"\xff\xfd{\x00\n\x00", nil, map[int]string{1: "nor a CSV header"}},
	}
	for name, test := range tests {
		t.Run(name, func(t *testing.T) {
			for _, size := range []int{1 << 20, 7, 1} { // pieces as a network or a disk cuts them
				d := read(test.text, size)
				if !reflect.DeepEqual(d.ids, test.ids) {
					t.Errorf("in pieces of %d: took %v, want %v", size, d.ids, test.ids)
				}
				if len(d.bad) != len(test.bad) {
					t.Errorf("in pieces of %d: reported %v", size, d.bad)
				}
				for _, p := range d.bad {
					if want, ok := test.bad[p.Line]; !ok || !strings.Contains(p.Reason, want) || p.Source != "shop.txt" ||
						p.Reason != watch.Clean(p.Reason, 250) {
						t.Errorf("in pieces of %d: reported %q, want %q", size, p.String(), want)
					}
				}
			}
		})
	}
}

func TestDecoder_KeepsQuotedCellsWhole(t *testing.T) {
	d := read("reference_id,label,phone\n"+ref+`,"Table 4, ""left""",+231771234567`+"\n", 5)
	if want := (watch.Payment{Reference: ref, Label: `Table 4, "left"`, Phone: "231771234567"}); d.last != want {
		t.Errorf("got %+v", d.last)
	}
}

func TestDecoder_SettlesAnObjectThatNobodyEnds(t *testing.T) {
	var d desk
	decoder := NewDecoder("shop.txt", d.handle, d.report)
	step := func(piece string, wantPending bool, wantIDs ...string) {
		t.Helper()
		_, _ = decoder.Write([]byte(piece))
		decoder.Settle()
		if strings.Join(d.ids, " ") != strings.Join(wantIDs, " ") || (len(decoder.line) > 0) != wantPending {
			t.Errorf("after %q: took %v, pending %t", piece, d.ids, len(decoder.line) > 0)
		}
	}
	step(`{"source_type":"ORDER",`, true)
	step(`"source_id":1}`, false, "ORDER:1")
	step("\n", false, "ORDER:1")
	step(order(2)+" \n"+order(3), false, "ORDER:1", "ORDER:2", "ORDER:3")
	step("\n{oops\n", false, "ORDER:1", "ORDER:2", "ORDER:3")
	if len(d.bad) != 1 || d.bad[0].Line != 4 {
		t.Errorf("reported %v, want line 4", d.bad)
	}
}

func TestDecoder_DoesNotSettleCSV(t *testing.T) {
	var d desk
	decoder := NewDecoder("shop.csv", d.handle, d.report)
	_, _ = decoder.Write([]byte("source_type,source_id\nORDER,1"))
	decoder.Settle()
	if d.ids != nil {
		t.Fatal("ORDER,1 was taken though it may become ORDER,101")
	}
	_, _ = decoder.Write([]byte("01\n"))
	if strings.Join(d.ids, " ") != "ORDER:101" || d.bad != nil {
		t.Errorf("took %v, reported %v", d.ids, d.bad)
	}
}

func TestDecoder_DoesNotSettleARowOfCSVThatLooksLikeJSON(t *testing.T) {
	var d desk
	decoder := NewDecoder("shop.csv", d.handle, d.report)
	_, _ = decoder.Write([]byte("label,source_type,source_id\n{}"))
	decoder.Settle()
	_, _ = decoder.Write([]byte(",ORDER,1\n"))
	if strings.Join(d.ids, " ") != "ORDER:1" || d.bad != nil {
		t.Errorf("took %v, reported %v", d.ids, d.bad)
	}
}

func TestProblem_NamesTheSourceAndLine(t *testing.T) {
	if got := (Problem{"a.csv", 7, "why", true}).String(); got != "a.csv, line 7: why" {
		t.Errorf("got %q", got)
	}
	if got := (Problem{"a.csv", 0, "why", false}).String(); got != "a.csv: why" {
		t.Errorf("got %q", got)
	}
}

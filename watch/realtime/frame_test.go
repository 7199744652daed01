package realtime

import (
	"encoding/json"
	"fmt"
	"strings"
	"testing"
	"time"

	"tillwatch/watch"
)

func TestFrame_IsReadInEveryShapeTheServerSends(t *testing.T) {
	cases := map[string]struct {
		text string
		want frame
	}{
		"a reply":          {`["1","2","realtime:x","phx_reply",{"status":"ok"}]`, frame{"1", "2", "realtime:x", "phx_reply", []byte(`{"status":"ok"}`)}},
		"a fan-out":        {`[null,null,"realtime:x","system",{}]`, frame{"", "", "realtime:x", "system", []byte(`{}`)}},
		"numbers as refs":  {`[1,-2.5e3,"t","e",{}]`, frame{"1", "-2.5e3", "t", "e", []byte(`{}`)}},
		"spaces":           {" [ \"1\" ,\tnull , \"t\" , \"e\" , {\"a\": [1, 2]} ]\n", frame{"1", "", "t", "e", []byte(`{"a": [1, 2]}`)}},
		"escapes":          {`[null,null,"t\"\u00e9,","e\\",null]`, frame{"", "", `t"é,`, `e\`, []byte(`null`)}},
		"letters of all":   {`[null,null,"注文","e",{}]`, frame{"", "", "注文", "e", []byte(`{}`)}},
		"an empty topic":   {`[null,null,"","e",1]`, frame{"", "", "", "e", []byte(`1`)}},
		"commas in a name": {`["a,b","]","t","e",[]]`, frame{"a,b", "]", "t", "e", []byte(`[]`)}},
	}
	for name, tc := range cases {
		t.Run(name, func(t *testing.T) {
			got, err := parseFrame([]byte(tc.text))
			if err != nil || fmt.Sprintf("%q", got) != fmt.Sprintf("%q", tc.want) {
				t.Errorf("got %q, %v; want %q", got, err, tc.want)
			}
		})
	}
}

func TestFrame_IsRefusedWhenItIsNone(t *testing.T) {
	for _, text := range []string{
		``, `[`, `[]`, `{}`, `null`, `[null,null,"t","e"]`, `[null,null,"t","e",]`, `[null,null,null,"e",{}]`,
		`[null,null,"t",5,{}]`, `[true,null,"t","e",{}]`, `["a" "b",null,"t","e",{}]`, `[null,null,"t,"e",{}]`,
		`["unfinished`, `[null,null,"t","e",{}`, `[nul,null,"t","e",{}]`, `[-,null,"t","e",{}]`, "[\"\x01\",null,\"t\",\"e\",{}]",
	} {
		if f, err := parseFrame([]byte(text)); err == nil {
			t.Errorf("%s was taken for %+v", text, f)
		}
	}
}

// FuzzFrame compares the frame reader with encoding/json: what both take must be read
// alike, and nothing that encoding/json takes as our five elements may be refused.
func FuzzFrame(f *testing.F) {
	for _, seed := range []string{
		`["1","2","realtime:x","phx_reply",{"status":"error","response":{"reason":"no"}}]`,
		`[null,null,"realtime:x","postgres_changes",{"data":{"type":"UPDATE","record":{"id":9007199254740993},"errors":["x"]}}]`,
		`["1",null,"realtime:x","system",{"extension":"system","status":"ok","message":"\u00e9"}]`,
		`[1,2.5,"a\\","b",null]`, `["1","1","t","phx_close",{}]`, `[,,,,]`, ``, "[\"\xff\",null,\"t\",\"e\",0]",
	} {
		f.Add([]byte(seed))
	}
	f.Fuzz(func(t *testing.T, data []byte) {
		in, decodeErr := decode(data)
		got, err := parseFrame(data)
		if err != nil {
			if decodeErr == nil {
				t.Fatalf("decode took %q, parseFrame did not", data)
			}
			if fiveElements(data) {
				t.Fatalf("refused %q: %v", data, err)
			}
			return
		}
		if !json.Valid(data) {
			return // its payload is not JSON; decode says so for each event that we follow
		}
		var all []json.RawMessage
		if err := json.Unmarshal(data, &all); err != nil || len(all) < 5 {
			t.Fatalf("took %q", data)
		}
		for i, field := range []string{got.joinRef, got.ref, got.topic, got.event} {
			var want any
			json.Unmarshal(all[i], &want)
			switch want := want.(type) {
			case nil:
				if field != "" {
					t.Errorf("element %d of %q is %q, want nothing", i, data, field)
				}
			case string:
				if field != want {
					t.Errorf("element %d of %q is %q, want %q", i, data, field, want)
				}
			}
		}
		if len(all) == 5 && string(got.payload) != string(all[4]) {
			t.Errorf("the payload of %q is %q, want %q", data, got.payload, all[4])
		}
		if decodeErr == nil && (in.topic != got.topic || in.event != got.event) {
			t.Errorf("decode and parseFrame differ about %q", data)
		}
	})
}

// fiveElements says that data is [string or null, string or null, string, string, any].
func fiveElements(data []byte) bool {
	var all []any
	if json.Unmarshal(data, &all) != nil || len(all) != 5 {
		return false
	}
	for i, element := range all[:4] {
		if _, isText := element.(string); !isText && (element != nil || i > 1) {
			return false
		}
	}
	return true
}

func TestChange_KeepsDigitsAndTimes(t *testing.T) {
	in, err := decode([]byte(`[null,null,"realtime:x","postgres_changes",{"ids":[1],"data":{"schema":"public","table":"t","type":"INSERT","commit_timestamp":"2026-11-22T18:07:05.675Z","errors":null,"columns":[],"record":{"id":9007199254740993,"amount":12.50,"who":null}}}]`))
	if err != nil {
		t.Fatal(err)
	}
	ch := in.change
	if string(ch.Record["id"]) != "9007199254740993" || string(ch.Record["amount"]) != "12.50" || string(ch.Record["who"]) != "null" {
		t.Errorf("record %s", ch.Record)
	}
	if want := time.Date(2026, 11, 22, 18, 7, 5, 675e6, time.UTC); !ch.Commit.Equal(want) || ch.Type != "INSERT" || ch.Schema != "public" || ch.Table != "t" {
		t.Errorf("change %+v", ch)
	}
}

func TestChange_MergesWhatAnUpdateLeavesOut(t *testing.T) {
	row := func(text string) (m map[string]json.RawMessage) {
		if err := json.Unmarshal([]byte(text), &m); err != nil {
			t.Fatal(err)
		}
		return m
	}
	last := row(`{"id":1,"status":"PENDING","big":"x"}`)
	cases := map[string]struct {
		change   Change
		heard    string
		remember string
	}{
		"an unchanged column":       {Change{Type: "UPDATE", Record: row(`{"id":1,"status":"PAID"}`), Old: row(`{"id":1}`)}, `{"big":"x","id":1,"status":"PAID"}`, `{"big":"x","id":1,"status":"PAID"}`},
		"null is a value":           {Change{Type: "UPDATE", Record: row(`{"id":1,"big":null}`), Old: row(`{"id":1}`)}, `{"big":null,"id":1,"status":"PENDING"}`, `{"big":null,"id":1,"status":"PENDING"}`},
		"another row":               {Change{Type: "UPDATE", Record: row(`{"id":2,"status":"PAID"}`), Old: row(`{"id":2}`)}, `{"id":2,"status":"PAID"}`, `{"id":2,"status":"PAID"}`},
		"a new row":                 {Change{Type: "INSERT", Record: row(`{"id":1,"status":"PAID"}`)}, `{"id":1,"status":"PAID"}`, `{"id":1,"status":"PAID"}`},
		"an error row":              {Change{Type: "UPDATE", Record: row(`{"id":1}`), Errors: []string{"Error 413"}}, `{"id":1}`, `{"big":"x","id":1,"status":"PENDING"}`},
		"a delete":                  {Change{Type: "DELETE", Old: row(`{"id":1}`)}, `null`, `{"big":"x","id":1,"status":"PENDING"}`},
		"a key that has been moved": {Change{Type: "UPDATE", Record: row(`{"id":7}`), Old: row(`{"id":1}`)}, `{"big":"x","id":7,"status":"PENDING"}`, `{"big":"x","id":7,"status":"PENDING"}`},
	}
	for name, tc := range cases {
		t.Run(name, func(t *testing.T) {
			remembered := merge(last, &tc.change)
			heard, _ := json.Marshal(tc.change.Record)
			kept, _ := json.Marshal(remembered)
			if string(heard) != tc.heard || string(kept) != tc.remember {
				t.Errorf("heard %s and kept %s, want %s and %s", heard, kept, tc.heard, tc.remember)
			}
		})
	}
	if len(last) != 3 || string(last["status"]) != `"PENDING"` {
		t.Errorf("the row heard before was written to: %s", last)
	}
}

func TestChange_AnErrorRowIsToldAndKeepsTheRecord(t *testing.T) {
	start(t, Config{}, func(s *theServer, c *Client) {
		o := many(t, c, "t", 1)[0]
		p := s.all()[0]
		p.change("realtime:t0", `{"id":1,"status":"PENDING"}`)
		p.send("", "", "realtime:t0", "postgres_changes", `{"ids":[],"data":{"type":"UPDATE","schema":"public","table":"t","errors":["Error 401: Unauthorized"],"record":{},"columns":[],"commit_timestamp":null}}`)
		p.change("realtime:t0", `{"id":1,"x":2}`)
		after(time.Second)
		o.wants("changed changed changed")
		if e := o.heard[1].Change.Errors; len(e) != 1 || e[0] != "Error 401: Unauthorized" || !o.heard[1].Change.Commit.IsZero() {
			t.Errorf("change %+v", o.heard[1].Change)
		}
		if got := string(o.heard[2].Change.Record["status"]); got != `"PENDING"` {
			t.Errorf("status %s after an error row", got)
		}
	})
}

func TestAddress_IsWhereSupabaseListens(t *testing.T) {
	for base, want := range map[string]string{
		"https://x.supabase.co":                      "wss://x.supabase.co/realtime/v1/websocket?apikey=a%2Bb&vsn=2.0.0",
		"https://x.supabase.co/":                     "wss://x.supabase.co/realtime/v1/websocket?apikey=a%2Bb&vsn=2.0.0",
		"http://127.0.0.1:5000/base":                 "ws://127.0.0.1:5000/base/realtime/v1/websocket?apikey=a%2Bb&vsn=2.0.0",
		"wss://h/realtime/v1":                        "wss://h/realtime/v1/websocket?apikey=a%2Bb&vsn=2.0.0",
		"ws://h/socket/websocket?apikey=theirs#part": "ws://h/socket/websocket?apikey=a%2Bb&vsn=2.0.0",
		"https://user:pass@h":                        "wss://h/realtime/v1/websocket?apikey=a%2Bb&vsn=2.0.0",
		"ftp://h":                                    "the Supabase URL must begin with https:// or http://",
		"h.supabase.co":                              "the Supabase URL must begin with https:// or http://",
		"https://":                                   "the Supabase URL has no host",
		"https://h/%zz":                              "the Supabase URL cannot be read",
	} {
		got, _, bad := address(base, "a+b")
		if got+bad != want {
			t.Errorf("%s: %s%s, want %s", base, got, bad, want)
		}
	}
}

func TestClient_ABadAddressIsTrouble(t *testing.T) {
	start(t, Config{}, func(_ *theServer, _ *Client) {
		c := New(Config{URL: "not a url at all"})
		defer c.Close()
		o := (&owner{t: t}).open(c, "t")
		after(time.Second)
		if !strings.HasPrefix(o.kinds(), "joining lost") || !strings.Contains(o.reason(), "must begin with https") {
			t.Errorf("heard %q, %s", o.kinds(), o.reason())
		}
	})
}

func TestToken_IsNotPrinted(t *testing.T) {
	key := Token{Text: "secret"}
	if all := fmt.Sprintf("%v %+v %s %#v %v", key, key, key, key, []any{key, struct{ K Token }{key}}); strings.Contains(all, "secret") {
		t.Errorf("printed as %s", all)
	}
}

func TestClean_MakesAnyTextOneSafeLine(t *testing.T) {
	watch.AddSecret("hush-hush")
	for text, want := range map[string]string{
		"a\r\nb\tc":                        "a b c",
		"\x1b[31mred\u202etxt\u200b":       "redtxt",
		"key hush-hush in it":              "key ••• in it",
		"jwt eyJhbGciOiJIUzI1NiJ9.abc.d-f": "jwt •••",
		strings.Repeat("x", 500):           strings.Repeat("x", longestText-1) + "…",
		"bad \xff byte":                    "bad � byte",
	} {
		if got := clean(text); got != want {
			t.Errorf("%q became %q, want %q", text, got, want)
		}
	}
}

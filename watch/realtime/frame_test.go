package realtime

import (
	"encoding/json"
	"fmt"
	"strings"
	"testing"
	"time"

	"tillwatch/watch"

	jsonv2 "github.com/go-json-experiment/json"
	"github.com/go-json-experiment/json/jsontext"
)

func TestFrame_IsReadInEveryShapeTheServerSends(t *testing.T) {
	cases := map[string]struct {
		text string
		want inbound
	}{
		"a reply":          {`["1","2","realtime:x","phx_reply",{"status":"ok"}]`, inbound{joinRef: "1", ref: "2", topic: "realtime:x", event: "phx_reply", ok: true}},
		"a refusal":        {`["1","2","t","phx_reply",{"status":"error","response":{"reason":"no"}}]`, inbound{joinRef: "1", ref: "2", topic: "t", event: "phx_reply", reason: "no"}},
		"a strange reason": {`["1","2","t","phx_reply",{"status":"error","response":{"reason":{"a":1}}}]`, inbound{joinRef: "1", ref: "2", topic: "t", event: "phx_reply", reason: `{"a":1}`}},
		"no reason":        {`["1","2","t","phx_reply",{"status":"error","response":[1]}]`, inbound{joinRef: "1", ref: "2", topic: "t", event: "phx_reply", reason: `[1]`}},
		"a subscription": {`["1",null,"t","system",{"extension":"postgres_changes","status":"ok","message":"m"}]`,
			inbound{joinRef: "1", topic: "t", event: "system", system: systemPayload{"postgres_changes", "ok", "m"}}},
		"a list for a message": {`["1",null,"t","system",{"extension":"system","status":"error","message":[1]}]`,
			inbound{joinRef: "1", topic: "t", event: "system", system: systemPayload{"system", "error", "[1]"}}},
		"numbers as refs":  {`[1,-2.5e3,"t","e",{}]`, inbound{joinRef: "1", ref: "-2.5e3", topic: "t", event: "e", ignored: true}},
		"spaces":           {" [ \"1\" ,\tnull , \"t\" , \"e\" , {\"a\": [1, 2]} ]\n", inbound{joinRef: "1", topic: "t", event: "e", ignored: true}},
		"escapes":          {`[null,null,"t\"\u00e9,","e\\",null]`, inbound{topic: `t"é,`, event: `e\`, ignored: true}},
		"letters of all":   {`[null,null,"注文","phx_close",{}]`, inbound{topic: "注文", event: "phx_close"}},
		"an empty topic":   {`[null,null,"","e",1]`, inbound{event: "e", ignored: true}},
		"commas in a name": {`["a,b","]","t","e",[]]`, inbound{joinRef: "a,b", ref: "]", topic: "t", event: "e", ignored: true}},
	}
	for name, tc := range cases {
		t.Run(name, func(t *testing.T) {
			got, err := decode([]byte(tc.text))
			if err != nil || fmt.Sprintf("%+v", got) != fmt.Sprintf("%+v", tc.want) {
				t.Errorf("got %+v, %v; want %+v", got, err, tc.want)
			}
		})
	}
}

// refusedFrames are messages that can't be read, or can be read in two ways.
var refusedFrames = []string{
	``, `[`, `[]`, `{}`, `null`, `[null,null,"t","e"]`, `[null,null,"t","e",]`, `[null,null,null,"e",{}]`,
	`[null,null,"t",5,{}]`, `[true,null,"t","e",{}]`, `["a" "b",null,"t","e",{}]`, `[null,null,"t,"e",{}]`,
	`["unfinished`, `[null,null,"t","e",{}`, `[nul,null,"t","e",{}]`, `[-,null,"t","e",{}]`, "[\"\x01\",null,\"t\",\"e\",{}]",
	`[null,null,"t","e",{},6]`, `[null,null,"t","e",{}] []`, "[null,null,\"t\",\"\xff\",{}]",
	`{"topic":"t","event":"e","payload":{},"ref":"1"}`, // vsn 1.0.0
	`[null,null,"t","e",{"a":1,"a":2}]`, `[null,null,"t","phx_close",{"x":[{"a":1,"a":1}]}]`,
	`["1","1","t","phx_reply",{"status":"error","status":"ok"}]`, `["1","1","t","phx_reply",{"status":"ok","response":{"a":{"b":1,"b":2}}}]`,
	`["1","1","t","phx_reply",null]`, `["1","1","t","phx_reply",[]]`, `["1","1","t","phx_reply",5]`, `["1","1","t","phx_reply","ok"]`,
	`["1","1","t","phx_reply",{}]`, `["1","1","t","phx_reply",{"status":null}]`, `["1","1","t","phx_reply",{"status":true}]`,
	`["1","1","t","phx_reply",{"status":["ok"]}]`, `["1","1","t","phx_reply",{"Status":"ok"}]`, `["1","1","t","phx_reply",{"status":"OK"}]`,
	`["1",null,"t","system",null]`, `["1",null,"t","system",[]]`, `["1",null,"t","system",5]`, `["1",null,"t","system","ok"]`,
	`["1",null,"t","system",{}]`, `["1",null,"t","system",{"extension":"system"}]`, `["1",null,"t","system",{"status":"error"}]`,
	`["1",null,"t","system",{"extension":"system","status":1}]`, `["1",null,"t","system",{"extension":["system"],"status":"error"}]`,
	`["1",null,"t","system",{"extension":"system","status":"ok","status":"error"}]`,
}

func TestFrame_IsRefusedWhenItIsNoneOrTwo(t *testing.T) {
	for _, text := range refusedFrames {
		if f, err := decode([]byte(text)); err == nil {
			t.Errorf("%s was taken for %+v", text, f)
		}
	}
}

// FuzzFrame compares the frame reader with encoding/json: what it takes must be read alike.
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
		got, err := decode(data)
		if err != nil {
			return
		}
		want, err := parseFrame(data)
		if err != nil {
			t.Fatalf("took %q: %v", data, err)
		}
		if got.joinRef != want.joinRef || got.ref != want.ref || got.topic != want.topic || got.event != want.event {
			t.Errorf("%q was read as %+v, want %+v", data, got, want)
		}
		var payload struct {
			Status string `json:"status"`
			Data   struct {
				Type   string                     `json:"type"`
				Record map[string]json.RawMessage `json:"record"`
			} `json:"data"`
		}
		switch err := json.Unmarshal(want.payload, &payload); {
		case got.event == eventReply && (err != nil || got.ok != (payload.Status == "ok")):
			t.Errorf("the status of %q is read as %v (%v)", data, got.ok, err)
		case got.event == eventChanges && (err != nil || got.change.Type != payload.Data.Type || len(got.change.Record) != len(payload.Data.Record)):
			t.Errorf("the change of %q is read as %+v (%v)", data, got.change, err)
		}
	})
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
	row := func(text string) (m columns) {
		if err := jsonv2.Unmarshal([]byte(text), &m); err != nil {
			t.Fatal(err)
		}
		return m
	}
	encoded := func(row map[string]jsontext.Value) string {
		out, err := jsonv2.Marshal(row, jsonv2.Deterministic(true), jsonv2.FormatNilMapAsNull(true))
		if err != nil {
			t.Error(err)
		}
		return string(out)
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
			heard, kept := encoded(tc.change.Record), encoded(remembered)
			if heard != tc.heard || kept != tc.remember {
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
		"https://ｘ.supabase。co:8443":                 "wss://x.supabase.co:8443/realtime/v1/websocket?apikey=a%2Bb&vsn=2.0.0",
		"https://xn--x-.supabase.co":                 "the Supabase URL: the host's name is none that can be looked up",
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

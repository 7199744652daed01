package realtime

import (
	"context"
	"fmt"
	"strings"
	"testing"
	"time"
)

// TestStrict_AFrameThatIsNotClearChangesNothing has a server say what cannot be read, can be
// read in two ways, or is for somebody else, on a ready channel. It is counted. It is never a
// reason to leave or to join, and the channel works on. What may have been a hint is told as a
// change that cannot be read.
func TestStrict_AFrameThatIsNotClearChangesNothing(t *testing.T) {
	const hint = "changed"
	row := func(data string) string {
		return `[null,null,"realtime:t0","postgres_changes",{"ids":[1],"data":` + data + `}]`
	}
	system := func(payload string) string { return `["JOIN",null,"realtime:t0","system",` + payload + `]` }
	reply := func(payload string) string { return `["JOIN","JOIN","realtime:t0","phx_reply",` + payload + `]` }
	whole := `"schema":"public","table":"t","commit_timestamp":"2026-11-22T18:05:17.403Z","errors":null`
	cases := map[string]struct {
		frame string
		heard string
		drops Drops
	}{
		"system, null":                   {system(`null`), "", Drops{Malformed: 1}},
		"system, a list":                 {system(`["ok"]`), "", Drops{Malformed: 1}},
		"system, a number":               {system(`5`), "", Drops{Malformed: 1}},
		"system, a text":                 {system(`"ok"`), "", Drops{Malformed: 1}},
		"system, empty":                  {system(`{}`), "", Drops{Malformed: 1}},
		"system without a status":        {system(`{"extension":"postgres_changes","message":"m"}`), "", Drops{Malformed: 1}},
		"system without an extension":    {system(`{"status":"error","message":"m"}`), "", Drops{Malformed: 1}},
		"system, status null":            {system(`{"extension":"postgres_changes","status":null}`), "", Drops{Malformed: 1}},
		"system, status a number":        {system(`{"extension":"postgres_changes","status":500}`), "", Drops{Malformed: 1}},
		"system, status false":           {system(`{"extension":"system","status":false}`), "", Drops{Malformed: 1}},
		"system, status a list":          {system(`{"extension":"system","status":["error"]}`), "", Drops{Malformed: 1}},
		"system, another status":         {system(`{"extension":"postgres_changes","status":"ERROR"}`), "", Drops{Event: 1}},
		"system, a status in capitals":   {system(`{"extension":"system","Status":"error"}`), "", Drops{Malformed: 1}},
		"system, two statuses":           {system(`{"extension":"postgres_changes","status":"ok","status":"error"}`), "", Drops{Malformed: 1}},
		"system, two names deep inside":  {system(`{"extension":"postgres_changes","status":"error","x":[{"a":1,"a":2}]}`), "", Drops{Malformed: 1}},
		"system, unknown extension":      {system(`{"extension":"broadcast","status":"error","message":"m"}`), "", Drops{Event: 1}},
		"system for another topic":       {`["JOIN",null,"realtime:other","system",{"extension":"postgres_changes","status":"error"}]`, "", Drops{Stale: 1}},
		"system for no topic":            {`[null,null,"","system",{"extension":"postgres_changes","status":"error"}]`, "", Drops{Topic: 1}},
		"system of an earlier join":      {`["77",null,"realtime:t0","system",{"extension":"postgres_changes","status":"error"}]`, "", Drops{Stale: 1}},
		"a reply, null":                  {reply(`null`), "", Drops{Malformed: 1}},
		"a reply without a status":       {reply(`{"response":{"reason":"no"}}`), "", Drops{Malformed: 1}},
		"a reply, status a number":       {reply(`{"status":1}`), "", Drops{Malformed: 1}},
		"a reply, another status":        {reply(`{"status":"timeout"}`), "", Drops{Malformed: 1}},
		"a reply that nobody waits for":  {reply(`{"status":"error","response":{"reason":"no"}}`), "", Drops{Stale: 1}},
		"a close of another join":        {`["77","77","realtime:t0","phx_close",{}]`, "", Drops{Stale: 1}},
		"a close of no join":             {`[null,"JOIN","realtime:t0","phx_close",{}]`, "", Drops{Stale: 1}},
		"an error of another join":       {`["77","77","realtime:t0","phx_error",{"reason":"channel_crash"}]`, "", Drops{Stale: 1}},
		"an error with two names":        {`["JOIN","JOIN","realtime:t0","phx_error",{"a":1,"a":1}]`, "", Drops{Malformed: 1}},
		"a close in capitals":            {`["JOIN","JOIN","realtime:t0","PHX_CLOSE",{}]`, "", Drops{Event: 1}},
		"a join_ref of another type":     {`[["JOIN"],"JOIN","realtime:t0","phx_close",{}]`, "", Drops{Malformed: 1}},
		"a topic of another type":        {`["JOIN","JOIN",["realtime:t0"],"phx_close",{}]`, "", Drops{Malformed: 1}},
		"vsn 1.0.0, a close":             {`{"ref":"JOIN","event":"phx_close","topic":"realtime:t0","payload":{}}`, "", Drops{Malformed: 1}},
		"vsn 1.0.0, a change":            {`{"ref":null,"event":"postgres_changes","topic":"realtime:t0","payload":{"data":{"type":"UPDATE","record":{}}}}`, "", Drops{Malformed: 1}},
		"six elements":                   {`["JOIN","JOIN","realtime:t0","phx_close",{},{}]`, "", Drops{Malformed: 1}},
		"two frames":                     {`["JOIN","JOIN","realtime:t0","phx_close",{}]["JOIN","JOIN","realtime:t0","phx_close",{}]`, "", Drops{Malformed: 1}},
		"a change, null":                 {`[null,null,"realtime:t0","postgres_changes",null]`, hint, Drops{Malformed: 1}},
		"a change without data":          {`[null,null,"realtime:t0","postgres_changes",{"ids":[1]}]`, hint, Drops{Malformed: 1}},
		"a change, data null":            {row(`null`), hint, Drops{Malformed: 1}},
		"a change, data a list":          {row(`[]`), hint, Drops{Malformed: 1}},
		"a change without a type":        {row(`{"record":{"status":"COMPLETED"}}`), hint, Drops{Malformed: 1}},
		"a change, type a number":        {row(`{"type":1,"record":{"status":"COMPLETED"},` + whole + `}`), hint, Drops{Malformed: 1}},
		"a change, table a list":         {row(`{"type":"UPDATE","record":{"id":1},"table":["t"],"schema":"public"}`), hint, Drops{Malformed: 1}},
		"a change, record a list":        {row(`{"type":"UPDATE","record":[1],` + whole + `}`), hint, Drops{Malformed: 1}},
		"a change, record a text":        {row(`{"type":"UPDATE","record":"COMPLETED",` + whole + `}`), hint, Drops{Malformed: 1}},
		"a change, old_record a text":    {row(`{"type":"UPDATE","record":{"id":1},"old_record":"x",` + whole + `}`), hint, Drops{Malformed: 1}},
		"a change with two statuses":     {row(`{"type":"UPDATE","record":{"status":"PENDING","status":"COMPLETED"},` + whole + `}`), hint, Drops{Malformed: 1}},
		"a change with two records":      {row(`{"type":"UPDATE","record":{"status":"PENDING"},"record":{"status":"COMPLETED"},` + whole + `}`), hint, Drops{Malformed: 1}},
		"a change, two names in a value": {row(`{"type":"UPDATE","record":{"id":1,"x":{"y":[{"a":1,"a":1}]}},` + whole + `}`), hint, Drops{Malformed: 1}},
		"a change, two names in columns": {row(`{"type":"UPDATE","record":{"id":1},"columns":[{"name":"id","name":"status"}],` + whole + `}`), hint, Drops{Malformed: 1}},
		"a change of 100,000 columns":    {row(`{"type":"UPDATE","record":{` + wide(100_000) + `"id":1},` + whole + `}`), hint, Drops{Malformed: 1}},
		"a change cut short":             {`[null,null,"realtime:t0","postgres_changes",{"data":{"type":"UPD`, hint, Drops{Malformed: 1}},
		"a broken change of another":     {`[null,null,"realtime:other","postgres_changes",null]`, "", Drops{Malformed: 1, Topic: 1}},
		"a broken change of an old join": {`["77",null,"realtime:t0","postgres_changes",null]`, "", Drops{Malformed: 1, Stale: 1}},
		// These are clear, though odd.
		"a change, columns that lie":  {row(`{"type":"UPDATE","record":{"id":1},"columns":{"id":"json"},` + whole + `}`), hint, Drops{}},
		"a change, ids of all types":  {`[null,null,"realtime:t0","postgres_changes",{"ids":{"a":[null,"x",-1e99]},"data":{"type":"UPDATE","record":{"id":1},` + whole + `}}]`, hint, Drops{}},
		"a change, an unknown type":   {row(`{"type":"UPSERT","record":{"id":1},` + whole + `}`), hint, Drops{}},
		"a change, no time":           {row(`{"type":"UPDATE","record":{"id":1},"commit_timestamp":{"now":true}}`), hint, Drops{}},
		"a change, a time in 9999":    {row(`{"type":"UPDATE","record":{"id":1},"commit_timestamp":"9999-12-31T23:59:59.999999999Z"}`), hint, Drops{}},
		"a change, errors a number":   {row(`{"type":"UPDATE","record":{"id":1},"errors":413}`), hint, Drops{}},
		"a change, errors of a crowd": {row(`{"type":"UPDATE","record":{"id":1},"errors":[` + strings.Repeat(`"x",`, 100_000) + `"x"]}`), hint, Drops{}},
		"a change of 1,600 columns":   {row(`{"type":"UPDATE","record":{` + wide(1599) + `"id":1},` + whole + `}`), hint, Drops{}},
	}
	for name, tc := range cases {
		t.Run(name, func(t *testing.T) {
			start(t, Config{}, func(s *theServer, c *Client) {
				o := many(t, c, "t", 1)[0]
				p := s.all()[0]
				p.raw(strings.ReplaceAll(tc.frame, "JOIN", p.ref("realtime:t0")))
				after(time.Second)
				o.wants(tc.heard)
				if got := c.Status().Dropped; got != tc.drops {
					t.Errorf("dropped %+v, want %+v", got, tc.drops)
				}
				o.forget()
				after(time.Minute)
				p.change("realtime:t0", `{"id":1,"status":"COMPLETED"}`)
				after(time.Second)
				o.wants("changed")
				if n := len(p.got("phx_join")); n != 1 || len(p.got("phx_leave")) != 0 || len(s.all()) != 1 {
					t.Errorf("%d joins, %d leaves, %d sockets", n, len(p.got("phx_leave")), len(s.all()))
				}
			})
		})
	}
}

// wide is so many columns, each with a comma.
func wide(n int) string {
	var text strings.Builder
	for i := range n {
		fmt.Fprintf(&text, `"c%d":null,`, i)
	}
	return text.String()
}

// TestStrict_AnUnreadableRowHasNothingInIt checks what is told of a row that was refused: not
// one of its two readings.
func TestStrict_AnUnreadableRowHasNothingInIt(t *testing.T) {
	start(t, Config{}, func(s *theServer, c *Client) {
		o := many(t, c, "t", 1)[0]
		p := s.all()[0]
		p.change("realtime:t0", `{"id":1,"status":"PENDING","big":"x"}`)
		p.change("realtime:t0", `{"id":1,"status":"PENDING","status":"COMPLETED"}`)
		p.change("realtime:t0", `{"id":1,"status":"FAILED"}`)
		after(time.Second)
		o.wants("changed changed changed")
		if ch := o.heard[1].Change; !ch.Unreadable || len(ch.Record)+len(ch.Old)+len(ch.Errors) != 0 || ch.Type != "" || !ch.Commit.IsZero() {
			t.Errorf("an unreadable row is told as %+v", ch)
		}
		if ch := o.heard[2].Change; ch.Unreadable || string(ch.Record["status"]) != `"FAILED"` || string(ch.Record["big"]) != `"x"` {
			t.Errorf("the next one is told as %+v", ch)
		}
	})
}

// TestStrict_AJoinWaitsForAnAnswerThatIsOne has a join answered in ways that mean nothing. The
// good answer that comes after them counts.
func TestStrict_AJoinWaitsForAnAnswerThatIsOne(t *testing.T) {
	for _, odd := range []string{
		`["REF","REF","TOPIC","phx_reply",null]`,
		`["REF","REF","TOPIC","phx_reply",["ok"]]`,
		`["REF","REF","TOPIC","phx_reply",{"response":{}}]`,
		`["REF","REF","TOPIC","phx_reply",{"status":"error","status":"ok"}]`,
		`["REF","REF","TOPIC","phx_reply",{"status":"maybe"}]`,
		`["REF","REF","realtime:other","phx_reply",{"status":"error","response":{"reason":"no"}}]`, // our ref, another topic
		`["REF","9","TOPIC","phx_reply",{"status":"error","response":{"reason":"no"}}]`,
		`{"ref":"REF","event":"phx_reply","topic":"TOPIC","payload":{"status":"error","response":{}}}`,
		`["REF",null,"TOPIC","system",null]`,
		`["REF",null,"TOPIC","system",{"extension":"postgres_changes","status":{}}]`,
		`["REF","REF","TOPIC","phx_close"]`,
	} {
		t.Run(odd, func(t *testing.T) {
			start(t, Config{}, func(s *theServer, c *Client) {
				s.play = func(p *peer, f sent) {
					if f.event == eventJoin {
						p.raw(strings.NewReplacer("REF", f.ref, "TOPIC", f.topic).Replace(odd))
					}
					p.calm(f)
				}
				o := (&owner{t: t}).open(c, "t")
				after(time.Minute)
				o.wants("joining joined ready")
				if d := c.Status().Dropped; d.Malformed+d.Stale != 1 {
					t.Errorf("dropped %+v", d)
				}
			})
		})
	}
}

// TestStrict_TheProbeWaitsForAnAnswerThatIsOne is the same for doctor's socket.
func TestStrict_TheProbeWaitsForAnAnswerThatIsOne(t *testing.T) {
	start(t, Config{}, func(s *theServer, _ *Client) {
		s.play = func(p *peer, f sent) {
			if f.event == eventJoin {
				p.raw(`["` + f.ref + `","` + f.ref + `","` + f.topic + `","phx_reply",null]`)
				p.raw(`["` + f.ref + `",null,"` + f.topic + `","system",null]`)
				p.raw(`["` + f.ref + `",null,"` + f.topic + `","system",{"extension":"presence","status":"error","message":"no"}]`)
				p.raw(`["` + f.ref + `","` + f.ref + `","realtime:other","phx_reply",{"status":"error","response":{"reason":"no"}}]`)
			}
			p.calm(f)
		}
		ctx, cancel := context.WithTimeout(context.Background(), 20*time.Second)
		defer cancel()
		probe, _, err := Dial(ctx, Config{URL: "http://memory", APIKey: "anon-key", HTTP: s.client})
		if err != nil {
			t.Fatal(err)
		}
		defer probe.Close()
		if _, err := probe.Join(ctx, "t", nil, Token{Text: "key"}); err != nil {
			t.Errorf("joining: %v", err)
		}
		if _, err := probe.Ready(ctx, "t"); err != nil {
			t.Errorf("ready: %v", err)
		}
	})
}

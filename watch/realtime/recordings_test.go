package realtime

import (
	"bufio"
	"encoding/json"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"
)

// replays are the recordings whose server's side is played to our client, by pattern,
// and what the owner of each topic must hear, in the order in which the recording
// joins the topics. Where the recorded client gave up, ours goes on, and is answered
// as by a server that is well.
var replays = map[string]replay{
	"01-js-vsn-default.jsonl":  {want: []string{"joining joined ready changed changed changed changed"}},
	"02-heartbeat-v2.jsonl":    {want: []string{"joining joined ready"}},
	"03-join-expired-v2.jsonl": {want: []string{"joining lost joining joined ready"}},
	"03-join-badsig-v2.jsonl":  {want: []string{"joining lost joining joined ready"}},
	// After that it pipelines bad joins on one socket, which ours never does.
	"03b-error-join-blocks-socket.jsonl": {
		want:  []string{"joining joined ready changed stalled resumed changed", "joining lost joining joined ready"},
		until: 7689,
	},
	// The push of a good key to the dead channel (ref 10) is one that ours never sends.
	"04-token-expires-while-joined-v2.jsonl": {want: []string{"joining joined ready changed lost joining joined ready changed"}, never: "10"},
	// It is pushed two good keys and, at the end, an expired one (ref 5); null (ref 4) is
	// what ours never sends.
	"04b-refresh-before-expiry-v2.jsonl": {
		want:  []string{"joining joined ready changed" + strings.Repeat(" changed", 4) + " ready?" + strings.Repeat(" changed", 12) + " ready? changed lost joining joined ready"},
		never: "4", life: 7 * time.Second,
	},
	"05-two-channels-two-jwts.jsonl": {want: []string{"joining joined ready changed changed lost joining joined ready", "joining joined ready changed changed changed changed changed"}},
	// A second join of the topic is the owner's doing: it closes and opens again. Ours
	// never uses a ref twice, so the play ends before that.
	"08-duplicate-join-v2.jsonl": {want: []string{"joining joined ready", "joining joined ready changed"}, until: 5600},
	// The second leave (ref 3) is one that ours never sends.
	"09-leave-v2.jsonl":       {want: []string{"joining joined ready", "joining joined ready changed"}, never: "3", stale: 1},
	"11-idle-joined-v2.jsonl": {want: []string{"joining joined ready lost joining joined ready"}},

	"13-filter-allpublic.jsonl":       {want: subscribed},
	"13-filter-in-filter.jsonl":       {want: subscribed},
	"13-filter-missing-event.jsonl":   {want: subscribed},
	"13-filter-missing-schema.jsonl":  {want: subscribed},
	"13-filter-session-filter.jsonl":  {want: subscribed},
	"13-filter-unknown-event.jsonl":   {want: subscribed},
	"13-filter-insertonly.jsonl":      {want: []string{"joining joined ready changed"}},
	"13-filter-lowercase-event.jsonl": {want: []string{"joining joined ready changed"}},
	"13-filter-two-filters-and.jsonl": {want: []string{"joining joined ready changed"}},
	"13-filter-updateonly.jsonl":      {want: []string{"joining joined ready changed"}},
	"13-filter-empty-list.jsonl":      {want: []string{"joining joined lost joining joined ready"}}, // never confirmed
	"13-filter-bad*.jsonl":            {want: []string{"joining joined lost!"}},
	"13-filter-no*.jsonl":             {want: []string{"joining joined lost!"}},
	"13-filter-select.jsonl":          {want: []string{"joining joined lost!"}},
	"13-filter-two-one-bad.jsonl":     {want: []string{"joining joined lost!"}},
	"17-large-row.jsonl":              {want: []string{"joining joined ready changed changed changed changed"}, then: largeRow},
}

var subscribed = []string{"joining joined ready changed changed"}

// leftOut are the other recordings, by pattern, and why they are not played.
var leftOut = map[string]string{
	"01-js-vsn-1.0.0.jsonl":                  "vsn 1.0.0, which we do not speak; the same story as vsn-default",
	"01b-*":                                  "vsn 1.0.0; what the database does with deletes and policies, in frames like those of 01",
	"02-heartbeat-v1.jsonl":                  "vsn 1.0.0; the same story as v2",
	"03-join-*-v1.jsonl":                     "vsn 1.0.0; one refusal is like another but for its words",
	"03c-*":                                  "what the official client does with an expired token",
	"04-token-expires-while-joined-v1.jsonl": "vsn 1.0.0; the same story as v2",
	"04b-refresh-before-expiry-v1.jsonl":     "vsn 1.0.0; the same story as v2",
	"04c-*":                                  "a bad push, in other words than that of 04b",
	"04d-*":                                  "a bad push, in other words than that of 04b",
	"04e-*":                                  "what the official client does when a token expires",
	"04f-*":                                  "what the official client does to renew a token",
	"06-*":                                   "frames that our client never sends",
	"08-duplicate-join-v1.jsonl":             "vsn 1.0.0; the same story as v2",
	"09-leave-v1.jsonl":                      "vsn 1.0.0; the same story as v2",
	"10-*":                                   "the official client's reconnects; ours are stories of socket_test.go",
	"11-idle-heartbeat-without-payload-only*": "frames that our client never sends",
	"11-idle-joined-v1.jsonl":                 "vsn 1.0.0; the same story as v2",
	"11-idle-joined-with-server-events.jsonl": "vsn 1.0.0; the same close as in idle-joined-v2",
	"11-idle-joined-ws-ping-only.jsonl":       "frames that our client never sends",
	"11-idle-never-joined-*":                  "a socket that never joins is closed by us first",
	"12-*":                                    "answers to upgrades, told in socket_test.go",
	"13b-*":                                   "what the official client does about a table that is not published",
	"15-*":                                    "broadcasts, which we do not follow",
	"16-*":                                    "a deaf server, which nothing in its frames tells from a quiet one",
	"18-*":                                    "another client; upstream_test.go shows the same",
	"24-*":                                    "the official client's answer to close 1000; ours is in socket_test.go",
}

// replay says how a recording is played.
type replay struct {
	want  []string
	never string        // ref of a recorded client frame that ours never sends
	until int           // milliseconds; 0 is to the end
	life  time.Duration // of keys
	stale uint64        // frames that count as such
	then  func(t *testing.T, owners []*owner)
}

// line is a line of a recording.
type line struct {
	TMS   int             `json:"t_ms"`
	Dir   string          `json:"dir"`
	Op    string          `json:"op"`
	Code  int             `json:"code"`
	Text  json.RawMessage `json:"frame"`
	frame recorded
}

// recorded is a frame of either version, as version 2.0.0 has it.
type recorded struct {
	joinRef, ref string
	topic, event string
	payload      string
	v1           bool
}

func TestClient_DealsWithTheRecordedServer(t *testing.T) {
	files, err := filepath.Glob("../../testdata/recordings/*.jsonl")
	if err != nil || len(files) == 0 {
		t.Fatalf("no recordings: %v", err)
	}
	used := map[string]bool{}
	for _, file := range files {
		name := filepath.Base(file)
		_, why := lookUp(leftOut, name, used)
		how, play := lookUp(replays, name, used)
		switch {
		case play == why:
			t.Errorf("%s must be either played or left out", name)
		case play:
			t.Run(strings.TrimSuffix(name, ".jsonl"), func(t *testing.T) {
				how.run(t, readRecording(t, file))
			})
		}
	}
	for _, list := range []func(func(string)){keys(replays), keys(leftOut)} {
		list(func(pattern string) {
			if !used[pattern] {
				t.Errorf("no recording is %s", pattern)
			}
		})
	}
}

func keys[V any](m map[string]V) func(func(string)) {
	return func(yield func(string)) {
		for k := range m {
			yield(k)
		}
	}
}

func lookUp[V any](list map[string]V, name string, used map[string]bool) (found V, ok bool) {
	for pattern, v := range list {
		if match, _ := filepath.Match(pattern, name); match {
			used[pattern] = true
			return v, true
		}
	}
	return found, false
}

func readRecording(t *testing.T, file string) []line {
	t.Helper()
	f, err := os.Open(file)
	if err != nil {
		t.Fatal(err)
	}
	defer f.Close()
	var lines []line
	in := bufio.NewScanner(f)
	in.Buffer(nil, 16<<20)
	for in.Scan() {
		var l line
		if err := json.Unmarshal(in.Bytes(), &l); err != nil {
			t.Fatalf("%s: %v", file, err)
		}
		if l.Op == "text" {
			var text string
			if err := json.Unmarshal(l.Text, &text); err != nil {
				t.Fatalf("%s: %v", file, err)
			}
			l.frame = readRecorded(t, text)
		}
		lines = append(lines, l)
	}
	return lines
}

func readRecorded(t *testing.T, text string) recorded {
	t.Helper()
	if f, err := parseFrame([]byte(text)); err == nil {
		return recorded{f.joinRef, f.ref, f.topic, f.event, string(f.payload), false}
	}
	var v1 struct {
		Ref, Topic, Event string
		Payload           json.RawMessage
	}
	if err := json.Unmarshal([]byte(text), &v1); err != nil {
		t.Fatalf("%s: %v", text, err)
	}
	return recorded{"", v1.Ref, v1.Topic, v1.Event, string(v1.Payload), true}
}

// largeRow is about recording 17: a row too large to be told whole, then one whose
// large column did not change.
func largeRow(t *testing.T, owners []*owner) {
	heard := owners[0].heard[3:]
	status := func(i int) string { return string(heard[i].Change.Record["status"]) }
	if e := fmt.Sprint(heard[1].Change.Errors); e != "[Error 413: Payload Too Large]" {
		t.Errorf("the second change has errors %s", e)
	}
	if len(status(2)) < 8000 || status(3) != status(2) {
		t.Errorf("the last change has a status of %d bytes, want the %d of the one before", len(status(3)), len(status(2)))
	}
	if id := string(heard[3].Change.Record["session_id"]); id != "5" {
		t.Errorf("session_id is %s, want the new 5", id)
	}
}

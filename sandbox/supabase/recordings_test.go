package supabase

import (
	"bufio"
	"context"
	"encoding/base64"
	"net/http"
	"path/filepath"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"github.com/coder/websocket"
)

// secret signed the tokens of the recordings.
const secret = "super-secret-jwt-token-with-at-least-32-characters-long"

// replayed are the recordings whose client is played here, by pattern, with what was done
// to the database beside the changes that can be read off the frames.
var replayed = map[string]replay{
	"01-js-vsn-1*": {also: func(r *recording) { // both in one poll, so nobody sees the first
		r.change(9200, "UPDATE", Row{"status": "succeeded"})
		r.change(9201, "DELETE", nil)
	}},
	"01-js-vsn-default.jsonl": {also: func(r *recording) { r.change(12000, "DELETE", nil) }},
	"01b-*": {also: func(r *recording) {
		r.change(6690, "UPDATE", Row{"reference_id": reference(1)}) // out of the policy
		r.change(9096, "UPDATE", Row{"status": "lost"})             // and deleted before the poll
	}},
	"02-*": {}, "03-*": {}, "03b-*": {}, "03c-*": {},
	"04-*": {also: func(r *recording) { r.change(14022, "UPDATE", Row{"status": "x"}) }},
	"04b-*": {loose: true, also: func(r *recording) { // the claims have moved on by then
		r.change(24500, "UPDATE", Row{"status": "not ours"})
	}},
	"04c-*": {}, "04d-*": {}, "04e-*": {}, "04f-*": {},
	"05-*": {also: func(r *recording) {
		r.change(3966, "INSERT", Row{"id": 999, "reference_id": reference(3)})
		r.change(20515, "UPDATE", Row{"status": "afterA"})
	}},
	"06-*": {}, "08-*": {},
	"10-server-kill-*": {acts: map[int]func(*Server){8022: func(s *Server) { s.Restart(0, 8208*time.Millisecond) }}},
	"10-server-term-*": {acts: map[int]func(*Server){8026: func(s *Server) { s.Restart(1012, 26847*time.Millisecond) }}},
	"09-*":             {also: func(r *recording) { r.change(1428, "INSERT", Row{"id": 998}) }},
	"11-*":             {}, "12-*": {},
	"13-*":  {also: (*recording).insertAndUpdate},
	"13b-*": {}, "15-*": {},
	"16-*": {link: Link{Silent: true, ReadyDelay: 1300 * time.Millisecond}, also: func(r *recording) {
		r.change(6000, "INSERT", Row{"id": 997})
	}},
	"17-*": {},
	"18-*": {also: func(r *recording) {
		r.change(6025, "INSERT", Row{"id": 996})
		r.change(6026, "UPDATE", Row{"id": 996, "status": "succeeded"})
	}},
	"24-*": {},
}

// leftOut are the recordings that are not, and why.
var leftOut = map[string]string{
	"12-connect-longpoll-path.jsonl":  "long polling is another transport, which no client of ours or theirs uses",
	"12-connect-unknown-tenant.jsonl": "there is one tenant here, whatever the Host says",
}

// replay says how a recording is played.
type replay struct {
	link  Link
	loose bool                  // changes and other frames are compared apart: the order between them is chance
	also  func(*recording)      // what was done that no frame shows
	acts  map[int]func(*Server) // what happened to the server, by the recording's milliseconds
}

// TestServer_AnswersAsRecorded plays the client's side of what was recorded with the real
// server, at the recorded times, and compares what comes back: frames, their order, about
// when, and close codes. Ids may differ, as long as equal ones stay equal.
func TestServer_AnswersAsRecorded(t *testing.T) {
	files, err := filepath.Glob("../../testdata/recordings/*.jsonl")
	if err != nil || len(files) == 0 {
		t.Fatalf("no recordings: %v", err)
	}
	used := map[string]bool{}
	for _, file := range files {
		name := filepath.Base(file)
		how, pattern := replay{}, ""
		for p := range replayed {
			if ok, _ := filepath.Match(p, name); ok {
				how, pattern = replayed[p], p
			}
		}
		for p := range leftOut {
			if ok, _ := filepath.Match(p, name); ok {
				pattern = p
			}
		}
		used[pattern] = true
		if _, out := leftOut[pattern]; out {
			continue
		}
		if pattern == "" {
			t.Errorf("%s is neither replayed nor left out", name)
			continue
		}
		t.Run(strings.TrimSuffix(name, ".jsonl"), func(t *testing.T) {
			r := read(t, file)
			r.derive()
			if how.also != nil {
				how.also(r)
			}
			opt := Options{Secret: secret, Limits: DefaultLimits(), Link: func(string) Link { return how.link }}
			var zero time.Time // of the bubble
			opt.Now = func() time.Time { return r.start.Add(time.Since(zero)) }
			tell(t, opt, func(s *story) { zero = time.Now(); r.play(t, s, how) })
		})
	}
	for p := range replayed {
		if !used[p] {
			t.Errorf("no recording is called %s", p)
		}
	}
	for p := range leftOut {
		if !used[p] {
			t.Errorf("no recording is called %s", p)
		}
	}
}

// play does what the recorded client did and compares.
func (r *recording) play(t *testing.T, s *story, how replay) {
	zero := time.Now()
	for _, c := range r.commits {
		time.AfterFunc(c.after, func() { s.Commit(c.changes...) })
	}
	for ms, act := range how.acts {
		time.AfterFunc(time.Duration(ms)*time.Millisecond, func() { act(s.Server) })
	}
	clients := map[int]*client{}
	ids := map[string]string{}
	for i, l := range r.lines {
		time.Sleep(time.Until(zero.Add(time.Duration(l.Ms) * time.Millisecond)))
		if l.Dir != "c>s" {
			continue
		}
		c := clients[l.Conn]
		switch l.Op {
		case "http":
			clients[l.Conn] = r.dial(t, s, l, r.lines[i+1:])
		case "text":
			c.say(l.Frame)
		case "binary":
			junk, _ := base64.StdEncoding.DecodeString(l.B64)
			_ = c.ws.Write(context.Background(), websocket.MessageBinary, junk)
		case "ping":
			if err := c.ws.Ping(context.Background()); err != nil {
				t.Errorf("a ping was not answered: %v", err)
			}
		case "close":
			if l.Code == nil { // else it only answers the server's
				if err := c.ws.Close(websocket.StatusNoStatusRcvd, ""); err != nil && c.code() != 1005 {
					t.Errorf("our close was answered with %v", err)
				}
			}
		}
	}
	if r.name == "06-huge-frame-6MB-v1.jsonl" { // the file leaves the frame itself out
		_ = clients[1].ws.Write(context.Background(), websocket.MessageText, make([]byte, 6_000_000))
	}
	time.Sleep(time.Second)
	synctest.Wait()
	for conn, c := range clients {
		if c != nil {
			r.compare(t, zero, conn, c, how, ids)
		}
	}
}

// dial upgrades as the recording did, or is refused as it was.
func (r *recording) dial(t *testing.T, s *story, l line, after []line) *client {
	request, err := http.ReadRequest(bufio.NewReader(strings.NewReader(l.Frame + "\r\n\r\n")))
	if err != nil {
		t.Fatal(err)
	}
	header := http.Header{}
	for _, name := range []string{"X-Api-Key", "Apikey", "Authorization"} {
		if value := request.Header.Get(name); value != "" {
			header.Set(name, value)
		}
	}
	began := time.Now()
	c, response, err := s.dialAt(request.URL.RequestURI(), header)
	for _, next := range after {
		if next.Conn == l.Conn && next.Op == "tcp-end" {
			if response != nil || err == nil {
				t.Errorf("the upgrade was answered with %v, want no answer", response)
			}
			return nil
		}
		if next.Conn != l.Conn || next.Op != "http" {
			continue
		}
		want, err := http.ReadResponse(bufio.NewReader(strings.NewReader(next.Frame+"\r\n\r\n")), request)
		if err != nil {
			t.Fatal(err)
		}
		if response == nil || response.StatusCode != want.StatusCode {
			t.Fatalf("the upgrade was answered with %v, want %s", response, want.Status)
		}
		if want.StatusCode == http.StatusSwitchingProtocols {
			return c
		}
		if got, want := body(response), body(want); got != want {
			t.Errorf("the upgrade was refused with %q, want %q", got, want)
		}
		if got, want := response.Header.Get("Content-Type"), want.Header.Get("Content-Type"); got != want {
			t.Errorf("refused as %q, want %q", got, want)
		}
		took, due := time.Since(began), time.Duration(next.Ms-l.Ms)*time.Millisecond
		if d := took - due; d.Abs() > 200*time.Millisecond {
			t.Errorf("refused after %v, want %v", took, due)
		}
		return nil
	}
	t.Fatalf("no answer to %.60s: %v", l.Frame, err)
	return nil
}

package wire

import (
	"context"
	"errors"
	"io"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"
	"time"

	"github.com/go-json-experiment/json/jsontext"

	"tillwatch/watch"
	"tillwatch/watch/realtime"
)

// Everything that realtime tells reaches the watcher in its own words, but for a row that
// was deleted, which says nothing about a status.
func TestTranslate_KeepsWhatAWatcherNeeds(t *testing.T) {
	commit := time.Date(2026, 11, 25, 9, 0, 0, 0, time.UTC)
	record := map[string]jsontext.Value{"status": jsontext.Value(`"COMPLETED"`)}
	row := realtime.Change{Type: "UPDATE", Schema: "public", Table: Table, Record: record, Commit: commit, Errors: []string{"Error 413"}}
	for in, want := range map[realtime.Kind]watch.NoticeKind{
		realtime.Joining: watch.Joining, realtime.Joined: watch.Joined, realtime.Ready: watch.Ready, realtime.Changed: watch.Changed,
		realtime.Stalled: watch.Stalled, realtime.Resumed: watch.Resumed, realtime.Lost: watch.Lost,
	} {
		got, told := translate(realtime.Notice{Kind: in, Change: row, Err: errors.New("why"), Over: true, Asked: true})
		if !told || got.Kind != want || got.Why != "why" || !got.Over || !got.Asked {
			t.Errorf("%v became %+v, %v", in, got, told)
		}
		if in == realtime.Changed && (string(got.Row.Columns["status"]) != `"COMPLETED"` || !got.Row.Commit.Equal(commit) || len(got.Row.Errors) != 1) {
			t.Errorf("the row became %+v", got.Row)
		}
	}
	if _, told := translate(realtime.Notice{Kind: realtime.Changed, Change: realtime.Change{Type: "DELETE"}}); told {
		t.Error("a deleted row is told")
	}
	if got, told := translate(realtime.Notice{Kind: realtime.Changed, Change: realtime.Change{Unreadable: true}}); !told || !got.Row.Unreadable || len(got.Row.Errors) != 0 {
		t.Errorf("an unreadable row becomes %+v, %v", got.Row, told)
	}
}

// A row of another table on a payment's channel is no hint about the payment.
func TestTranslate_ARowOfAnotherTableSaysSo(t *testing.T) {
	for _, change := range []realtime.Change{
		{Type: "UPDATE", Schema: "public", Table: "payouts"}, {Type: "UPDATE", Schema: "auth", Table: Table}, {Type: "INSERT"},
	} {
		change.Record = map[string]jsontext.Value{"status": jsontext.Value(`"COMPLETED"`)}
		got, told := translate(realtime.Notice{Kind: realtime.Changed, Change: change})
		if !told || len(got.Row.Errors) != 1 || got.Row.Errors[0] != "it is of another table" {
			t.Errorf("%s.%s becomes %+v, %v", change.Schema, change.Table, got, told)
		}
	}
}

// A server that cannot be reached is CHANNEL DOWN, since when it was noticed.
func TestOutlook_TellsOfAChannelThatIsDown(t *testing.T) {
	client := realtime.New(realtime.Config{URL: "gopher://nowhere"})
	t.Cleanup(client.Close)
	h := until(t, client, func(h watch.Health) bool { return h.Trouble == watch.ChannelDown })
	if h.Trouble != watch.ChannelDown || h.Text == "" || time.Since(h.Since) > time.Minute || h.Channels != 1 {
		t.Errorf("it tells %+v", h)
	}
}

// A server, or what stands in front of it, may refuse a socket in any words.
func TestOutlook_RepeatsNoPayersNumber(t *testing.T) {
	server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) {
		w.WriteHeader(http.StatusForbidden)
		_, _ = io.WriteString(w, `{"error":"no socket for +231 88 345 6789"}`)
	}))
	defer server.Close()
	client := realtime.New(realtime.Config{URL: server.URL, APIKey: "anon-key"})
	t.Cleanup(client.Close)
	until(t, client, func(h watch.Health) bool { return strings.Contains(h.Text, "no socket for 231******789") })
}

// What a person is told to do is what helps.
func TestOutlook_SaysWhatCanBeDone(t *testing.T) {
	for _, c := range []struct {
		code       int
		text, want string
	}{
		{401, "The token provided is not a valid JWT", "; check SUPABASE_ANON_KEY"},
		{403, "Forbidden", "; check SUPABASE_ANON_KEY"},
		{403, "Realtime was disabled for this tenant", ""},
		{404, "Tenant not found", "; check SUPABASE_URL"},
		{404, "", "; check SUPABASE_URL"},
		{500, "Internal Server Error", ""},
		{429, "Too many connected users", ""},
		{500, "Error connecting to Realtime", ""},
		{0, "connection refused", ""},
	} {
		if got := advice(realtime.Trouble{Status: c.code, Text: c.text}); got != c.want {
			t.Errorf("%d %s: %q, want %q", c.code, c.text, got, c.want)
		}
	}
	const elsewhere = "; check SUPABASE_URL, and whether a proxy or a login page answers for it"
	for code, want := range map[int]string{200: elsewhere, 204: elsewhere, 301: elsewhere, 403: elsewhere, 404: elsewhere, 502: ""} {
		if got := advice(realtime.Trouble{Status: code, Text: "a web page", Page: true}); got != want {
			t.Errorf("a page with %d: %q, want %q", code, got, want)
		}
	}
}

// What answers may be anything: what it is stands in the banner, and its words do not.
func TestOutlook_APageIsNamedAndNotRepeated(t *testing.T) {
	server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) {
		_, _ = io.WriteString(w, "<html><title>OK</title>Welcome to the hotel</html>")
	}))
	defer server.Close()
	client := realtime.New(realtime.Config{URL: server.URL, APIKey: "anon-key"})
	t.Cleanup(client.Close)
	h := until(t, client, func(h watch.Health) bool { return h.Text != "" })
	const want = "a web page, HTTP 200; check SUPABASE_URL, and whether a proxy or a login page answers for it"
	if h.Trouble != watch.ChannelDown || h.Text != want {
		t.Errorf("it tells %v: %s", h.Trouble, h.Text)
	}
}

// until opens a payment's channel and waits until the client's outlook is so.
func until(t *testing.T, client *realtime.Client, so func(watch.Health) bool) watch.Health {
	t.Helper()
	leave := Listen(client)(watch.Payment{Session: 55, Reference: "r", SourceType: "ORDER"}, watch.Line{
		Token: func(context.Context) (watch.Key, error) {
			return watch.Key{Text: "k", Expires: time.Now().Add(time.Hour)}, nil
		},
		Wanted: func(time.Duration) bool { return true },
		Hear:   func(watch.Notice) {},
	})
	t.Cleanup(leave)
	var h watch.Health
	for late := time.After(20 * time.Second); !so(h); {
		select {
		case <-late:
			t.Fatalf("it tells %+v", h)
		case <-time.After(time.Millisecond):
		}
		h = watch.Health{}
		Outlook(client, time.Now)(&h)
	}
	return h
}

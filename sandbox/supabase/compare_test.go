package supabase

import (
	"encoding/json"
	"fmt"
	"reflect"
	"strings"
	"testing"
	"time"
)

// compare checks what one connection heard against the recording.
func (r *recording) compare(t *testing.T, zero time.Time, conn int, c *client, how replay, ids map[string]string) {
	t.Helper()
	var want []heard
	code := 0
	for _, l := range r.lines {
		switch {
		case l.Conn != conn || l.Dir != "s>c":
		case l.Op == "text":
			want = append(want, heard{zero.Add(time.Duration(l.Ms) * time.Millisecond), l.Frame})
		case l.Op == "close" && l.Code != nil:
			code = *l.Code
		case l.Op == "close":
			code = 1005 // ours came first and had no code
		case l.Op == "tcp-end" && code == 0:
			code = 1006
		}
	}
	if code != 0 && c.code() != code {
		t.Errorf("the socket ended with %d (%v), want %d", c.code(), c.err, code)
	}
	c.mu.Lock()
	got := c.got
	c.mu.Unlock()
	if how.loose {
		want, got = changesLast(want), changesLast(got)
	}
	for i := range max(len(want), len(got)) {
		switch {
		case i >= len(want):
			t.Errorf("heard too much: %.300s", got[i].text)
			continue
		case i >= len(got):
			t.Errorf("not heard: %.300s", want[i].text)
			continue
		}
		if !same(t, got[i].text, want[i].text, ids) {
			t.Errorf("heard\n  %.700s\nwant\n  %.700s", got[i].text, want[i].text)
		}
		if late := got[i].at.Sub(want[i].at); late.Abs() > leeway(want[i].text) {
			t.Errorf("%v too late: %.300s", late, want[i].text)
		}
	}
}

// leeway is how far from the recorded time a frame may come. Changes wait for a poll, which
// begins anywhere in half a second, and a new token for a second to three.
func leeway(text string) time.Duration {
	switch {
	case strings.Contains(text, "commit_timestamp"):
		return time.Second
	case strings.Contains(text, "Subscribed to PostgreSQL"):
		return 2100 * time.Millisecond
	}
	return 250 * time.Millisecond
}

// changesLast puts the changes behind all other frames, both in their order.
func changesLast(all []heard) []heard {
	var changes, others []heard
	for _, h := range all {
		if strings.Contains(h.text, "commit_timestamp") {
			changes = append(changes, h)
		} else {
			others = append(others, h)
		}
	}
	return append(others, changes...)
}

// same compares two frames as JSON. Ids of bindings are ours: each of theirs must always
// be the same one of ours, and no two may share one.
func same(t *testing.T, got, want string, ids map[string]string) bool {
	a, b := parse(t, got), parse(t, want)
	return reflect.DeepEqual(replaceIDs(a, b, ids), b)
}

func parse(t *testing.T, text string) any {
	decoder := json.NewDecoder(strings.NewReader(text))
	decoder.UseNumber()
	var v any
	if err := decoder.Decode(&v); err != nil {
		t.Errorf("a frame that is no JSON: %.100s", text)
	}
	return v
}

// replaceIDs puts their ids in the place of ours.
func replaceIDs(got, want any, ids map[string]string) any {
	switch g := got.(type) {
	case map[string]any:
		w, ok := want.(map[string]any)
		if !ok {
			return got
		}
		for key := range g {
			if key == "record" || key == "old_record" {
				continue
			}
			if key == "id" {
				g[key] = theirs(g[key], w[key], ids)
				continue
			}
			if list, ok := g[key].([]any); ok && key == "ids" {
				wanted, _ := w[key].([]any)
				for i := range min(len(list), len(wanted)) {
					list[i] = theirs(list[i], wanted[i], ids)
				}
				continue
			}
			g[key] = replaceIDs(g[key], w[key], ids)
		}
	case []any:
		w, ok := want.([]any)
		for i := range g {
			if ok && i < len(w) {
				g[i] = replaceIDs(g[i], w[i], ids)
			}
		}
	}
	return got
}

func theirs(ours, want any, ids map[string]string) any {
	key, value := fmt.Sprint(ours), fmt.Sprint(want)
	for k, v := range ids {
		if (k == key) != (v == value) {
			return "an id of another binding"
		}
	}
	ids[key] = value
	return want
}

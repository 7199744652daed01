package supabase

import (
	"bufio"
	"bytes"
	"encoding/json"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"
)

// line is one line of a recording.
type line struct {
	TS      time.Time       `json:"ts"`
	Ms      int64           `json:"t_ms"`
	Conn    int             `json:"conn"`
	Dir, Op string          //
	Frame   string          `json:"frame"`
	B64     string          `json:"b64"`
	Code    *int            `json:"code"`
	Note    json.RawMessage `json:"note"`
}

// commit is a transaction that was made while a recording ran.
type commit struct {
	after   time.Duration // since the recording's start
	changes []Change
}

// recording is a file, and what happened to the database meanwhile.
type recording struct {
	name    string
	start   time.Time
	lines   []line
	commits []commit
	row     Row // the first row seen, or one like it
}

func read(t *testing.T, file string) *recording {
	text, err := os.ReadFile(file)
	if err != nil {
		t.Fatal(err)
	}
	r := &recording{name: filepath.Base(file)}
	scan := bufio.NewScanner(bytes.NewReader(text))
	scan.Buffer(nil, 16<<20)
	for scan.Scan() {
		var l line
		if err := json.Unmarshal(scan.Bytes(), &l); err != nil {
			t.Fatal(err)
		}
		r.lines = append(r.lines, l)
	}
	first := r.lines[0]
	r.start = first.TS.Add(-time.Duration(first.Ms) * time.Millisecond)
	r.row = Row{"id": json.Number("900"), "session_id": 55, "status": "pending", "amount": json.Number("12.50"),
		"currency": "USD", "method": "usdc", "source_type": "invoice"}
	if topic := strings.LastIndex(string(text), "realtime:payment-intent:5"); topic >= 0 {
		_, rest, _ := strings.Cut(string(text)[topic+len("realtime:payment-intent:5"):], ":")
		if len(rest) > 36 {
			r.row["reference_id"] = rest[:36]
		}
	}
	return r
}

// derive makes transactions of the changes that the recorded client heard of. Those of one
// timestamp are one transaction; two channels that hear of one change are one change.
func (r *recording) derive() {
	seen := map[string]bool{}
	for _, l := range r.lines {
		data := changeIn(l)
		if data == nil {
			continue
		}
		id := fmt.Sprint(data.At, data.Type, data.Record, data.Old)
		if seen[id] {
			continue
		}
		seen[id] = true
		c := Change{Table: paymentTable, Type: data.Type, Row: data.Record, Old: data.Old}
		if data.Record["reference_id"] != nil && r.row["updated_at"] == nil {
			r.row = data.Record
		}
		if data.Errors != nil { // the value was too large to be sent
			c.Row["status"] = strings.Repeat("x", 3<<19)
		}
		after := data.At.Sub(r.start)
		if n := len(r.commits); n > 0 && r.commits[n-1].after == after {
			r.commits[n-1].changes = append(r.commits[n-1].changes, c)
		} else {
			r.commits = append(r.commits, commit{after, []Change{c}})
		}
	}
}

// change adds a change that nobody heard of, to the recording's row with some columns else.
func (r *recording) change(ms int, kind string, with Row) {
	row := Row{}
	for _, part := range []Row{r.row, with} {
		for key, value := range part {
			row[key] = value
		}
	}
	after := time.Duration(ms) * time.Millisecond
	r.commits = append(r.commits, commit{after, []Change{{Table: paymentTable, Type: kind, Row: row, Old: Row{"id": row["id"]}}}})
}

// insertAndUpdate is what was done in every recording of chapter 13: an insert where the
// note says so, and an update to "succeeded" a second later. Some filters hid one of them.
func (r *recording) insertAndUpdate() {
	heard := map[string]bool{}
	for _, c := range r.commits {
		heard[c.changes[0].Type] = true
	}
	for _, l := range r.lines {
		if string(l.Note) != `"INSERT"` {
			continue
		}
		if !heard["INSERT"] {
			r.change(int(l.Ms), "INSERT", nil)
		}
		if !heard["UPDATE"] {
			r.change(int(l.Ms)+1000, "UPDATE", Row{"status": "succeeded"})
		}
	}
}

// changed is the part of a postgres_changes frame that says what was done.
type changed struct {
	Type   string
	Record Row
	Old    Row       `json:"old_record"`
	At     time.Time `json:"commit_timestamp"`
	Errors []string
}

func changeIn(l line) *changed {
	if l.Op != "text" || l.Dir != "s>c" || !strings.Contains(l.Frame, `"postgres_changes",`) || !strings.Contains(l.Frame, `"commit_timestamp"`) {
		return nil
	}
	var payload struct{ Data *changed }
	raw := []byte(l.Frame)
	var parts []json.RawMessage
	if json.Unmarshal(raw, &parts) == nil {
		raw = parts[4]
	} else {
		var object struct{ Payload json.RawMessage }
		_ = json.Unmarshal(raw, &object)
		raw = object.Payload
	}
	decoder := json.NewDecoder(bytes.NewReader(raw))
	decoder.UseNumber()
	_ = decoder.Decode(&payload)
	return payload.Data
}

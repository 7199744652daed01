package realtime

import (
	"bytes"
	"encoding/json"
	"time"
)

// Change is one changed row, as Supabase Realtime v2.129.8 tells it in a
// postgres_changes frame. It belongs to whoever hears it, except that its maps may
// be shared with later Changes of the same channel: read them, never write.
//
// A Change is a hint. The server may lose, repeat and delay it, and says nothing.
type Change struct {
	// Type is INSERT, UPDATE or DELETE, in the server's words.
	Type string
	// Schema and Table name where the row is.
	Schema, Table string
	// Record is the row after the change, by column: each value as the JSON that came,
	// so int8 and numeric keep all their digits. A column that an UPDATE leaves out
	// (the server omits unchanged large values) has the value that this channel last
	// heard for that row, unless that row was over 64 KiB. Nil for a DELETE.
	Record map[string]json.RawMessage
	// Old is what the server tells of the row before an UPDATE or DELETE: its primary
	// key, unless the table's replica identity is FULL.
	Old map[string]json.RawMessage
	// Errors is not empty when the server could not tell the row ("Error 401:
	// Unauthorized", "Error 413: Payload Too Large"). Record is then what it told all
	// the same, and takes no part in later Records.
	Errors []string
	// Commit is the server's commit time, in milliseconds; all rows of a transaction
	// share it. Zero when unknown.
	Commit time.Time
}

// changePayload is the frame's payload; columns and ids are skipped, for channels
// with equal parameters share ids, and values need no types to be passed on.
type changePayload struct {
	Data struct {
		Type            string                     `json:"type"`
		Schema          string                     `json:"schema"`
		Table           string                     `json:"table"`
		CommitTimestamp string                     `json:"commit_timestamp"`
		Record          map[string]json.RawMessage `json:"record"`
		OldRecord       map[string]json.RawMessage `json:"old_record"`
		Errors          json.RawMessage            `json:"errors"`
	} `json:"data"`
}

func decodeChange(payload []byte) (Change, error) {
	var p changePayload
	if err := json.Unmarshal(payload, &p); err != nil {
		return Change{}, err
	}
	if p.Data.Type == "" {
		return Change{}, errShape
	}
	change := Change{
		Type:   p.Data.Type,
		Schema: p.Data.Schema,
		Table:  p.Data.Table,
		Record: p.Data.Record,
		Old:    p.Data.OldRecord,
		Errors: rowErrors(p.Data.Errors),
	}
	// A time that cannot be read is no reason to drop the row.
	change.Commit, _ = time.Parse(time.RFC3339Nano, p.Data.CommitTimestamp)
	return change, nil
}

// rowErrors reads null or a list of words; anything else counts as one error, since
// taking a broken row for a whole one is the worse mistake.
func rowErrors(raw json.RawMessage) []string {
	if len(raw) == 0 || string(raw) == "null" {
		return nil
	}
	var list []string
	if json.Unmarshal(raw, &list) != nil {
		return []string{string(raw)}
	}
	return list
}

// merge fills the columns that change leaves out from last, the row heard before,
// and returns the row to remember. Only an UPDATE of the same row is filled: a
// channel without a filter hears of several rows.
func merge(last map[string]json.RawMessage, change *Change) map[string]json.RawMessage {
	if len(change.Errors) > 0 || change.Record == nil {
		return last
	}
	if change.Type == "UPDATE" && sameRow(last, change.Old) {
		for column, value := range last {
			if _, told := change.Record[column]; !told {
				change.Record[column] = value
			}
		}
	}
	size := 0
	for column, value := range change.Record {
		size += len(column) + len(value)
	}
	if size > rowLimit { // each channel keeps one, and a server may invent columns for ever
		return nil
	}
	return change.Record
}

// sameRow compares the old key of an UPDATE with the row heard before. Without a key
// to compare it says yes: a channel with a filter, the usual one, hears of one row.
func sameRow(last, old map[string]json.RawMessage) bool {
	for column, value := range old {
		if was, known := last[column]; known && !bytes.Equal(was, value) {
			return false
		}
	}
	return true
}

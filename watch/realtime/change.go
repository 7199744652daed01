package realtime

import (
	"bytes"
	"errors"
	"fmt"
	"time"

	"github.com/go-json-experiment/json"
	"github.com/go-json-experiment/json/jsontext"
)

// Change is one changed row, as Supabase Realtime v2.129.8 sends it in a postgres_changes frame.
// The receiver may keep it, but must not change its maps, because later Changes of the same channel
// may share them.
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
	Record map[string]jsontext.Value
	// Old is what the server tells of the row before an UPDATE or DELETE: its primary
	// key, unless the table's replica identity is FULL.
	Old map[string]jsontext.Value
	// Errors is not empty when the server could not tell the row ("Error 401:
	// Unauthorized", "Error 413: Payload Too Large"). Record is then what it told all
	// the same, and takes no part in later Records.
	Errors []string
	// Commit is the server's commit time, in milliseconds; all rows of a transaction
	// share it. Zero when unknown.
	Commit time.Time
	// Unreadable says that a change came but could not be read. All other fields are then empty.
	Unreadable bool
}

// changePayload is the frame's payload. Columns and ids are skipped: channels with equal parameters
// share ids, and values are passed on without their types. errors may have any JSON type; any value
// but null is an error.
type changePayload struct {
	Data *struct {
		Type            string         `json:"type"`
		Schema          string         `json:"schema"`
		Table           string         `json:"table"`
		CommitTimestamp jsontext.Value `json:"commit_timestamp"`
		Record          columns        `json:"record"`
		OldRecord       columns        `json:"old_record"`
		Errors          jsontext.Value `json:"errors"`
	} `json:"data"`
}

func (p *changePayload) change() (Change, error) {
	if p.Data == nil || p.Data.Type == "" {
		return Change{}, errors.New("a change without a type")
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
	change.Commit, _ = time.Parse(time.RFC3339Nano, textOf(p.Data.CommitTimestamp))
	return change, nil
}

// columns holds a row's values by name.
type columns map[string]jsontext.Value

// mostColumns is the most columns that a table of PostgreSQL can have. A row with more is made up.
const mostColumns = 1600

// UnmarshalJSONFrom reads an object of at most mostColumns values, or null.
func (c *columns) UnmarshalJSONFrom(d *jsontext.Decoder) error {
	begin, err := d.ReadToken()
	switch {
	case err != nil:
		return err
	case begin.Kind() == 'n':
		return nil
	case begin.Kind() != '{':
		return errors.New("a row that is no object")
	}
	row := columns{}
	for len(row) <= mostColumns {
		name, err := d.ReadToken()
		if err != nil {
			return err
		}
		if name.Kind() == '}' {
			*c = row
			return nil
		}
		column := name.String() // the next call invalidates the token
		value, err := d.ReadValue()
		if err != nil {
			return err
		}
		row[column] = value.Clone()
	}
	return fmt.Errorf("a row of over %d columns", mostColumns)
}

// mostErrors is how many errors of a row are kept. The server sends one.
const mostErrors = 5

// rowErrors reads null or a list of words; anything else counts as one error, since
// taking a broken row for a whole one is the worse mistake.
func rowErrors(raw jsontext.Value) []string {
	if len(raw) == 0 || raw.Kind() == 'n' {
		return nil
	}
	var list []jsontext.Value
	if json.Unmarshal(raw, &list) != nil || len(list) > mostErrors {
		list = []jsontext.Value{raw}
	}
	var words []string
	for _, value := range list {
		words = append(words, textOf(value))
	}
	return words
}

// merge fills the columns that change leaves out from last, the row heard before,
// and returns the row to remember. Only an UPDATE of the same row is filled: a
// channel without a filter hears of several rows.
func merge(last map[string]jsontext.Value, change *Change) map[string]jsontext.Value {
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
		size += len(column) + len(value) + columnCost
	}
	if size > rowLimit { // each channel keeps one, and a server may invent columns for ever
		return nil
	}
	return change.Record
}

// columnCost is what a column costs in addition to its name and value, in bytes.
const columnCost = 64

// sameRow compares the old key of an UPDATE with the row heard before. Without a key
// to compare it says yes: a channel with a filter, the usual one, hears of one row.
func sameRow(last, old map[string]jsontext.Value) bool {
	for column, value := range old {
		if was, known := last[column]; known && !bytes.Equal(was, value) {
			return false
		}
	}
	return true
}

package supabase

import (
	"encoding/json"
	"fmt"
	"maps"
	"slices"
	"strconv"
	"strings"
	"time"
)

// Table is a table of schema public.
type Table struct {
	Name    string
	Columns []Column
	// Key is the primary key. A change of a table without one is told as an error row.
	Key string
	// Published tables are in the publication; only those can be subscribed to.
	Published bool
	// Visible is the table's row level security: whether a client with these claims may see the
	// row, as it is now. Numbers among the claims are json.Number. Nil shows all rows. The service
	// role is never asked about, nor is a DELETE. It must not call the Server.
	Visible func(claims map[string]any, row Row) bool
}

// Column is a column and its type, by Postgres's short name: int8, numeric, uuid, text,
// timestamptz and so on.
type Column struct {
	Name string `json:"name"`
	Type string `json:"type"`
}

// Row is a row, or a part of one. Values go onto the wire as encoding/json writes them, so
// json.Number and json.RawMessage keep every digit: json.Number("12.50") stays 12.50. Keys
// that are no column of the table are left out.
type Row map[string]any

// record is a row in JSON, by column; nil is a value that is not there.
type record []json.RawMessage

// table is a Table with its rows and with those who listen to it.
type table struct {
	Table
	order   []int          // of the columns in a record: as jsonb has them, short names first
	names   [][]byte       // of the columns, in JSON
	columns []byte         // what a frame says of them
	rows    map[string]Row // now, by key

	exact map[int]map[string]*listeners // with an eq filter, by column and value
	rest  listeners
}

func newTable(t Table) *table {
	order, names := make([]int, len(t.Columns)), make([][]byte, len(t.Columns))
	for i, column := range t.Columns {
		order[i], names[i] = i, toJSON(column.Name)
	}
	slices.SortFunc(order, func(a, b int) int {
		x, y := t.Columns[a].Name, t.Columns[b].Name
		if len(x) != len(y) {
			return len(x) - len(y)
		}
		return strings.Compare(x, y)
	})
	return &table{Table: t, order: order, names: names, columns: toJSON(t.Columns),
		rows: map[string]Row{}, exact: map[int]map[string]*listeners{}}
}

// column is the index of a column, or -1.
func (t *table) column(name string) int {
	return slices.IndexFunc(t.Columns, func(c Column) bool { return c.Name == name })
}

// encode makes a record of a row. In an INSERT the missing columns are NULL, in an UPDATE
// they are unchanged and not sent, as a large value that Postgres keeps apart is not.
func (t *table) encode(row Row, whole bool) record {
	r := make(record, len(t.Columns))
	for i, column := range t.Columns {
		value, given := row[column.Name]
		switch {
		case given:
			r[i] = valueJSON(value)
		case whole:
			r[i] = null
		}
	}
	return r
}

// valueJSON is toJSON, sooner for what rows are mostly made of.
func valueJSON(value any) json.RawMessage {
	switch v := value.(type) {
	case nil:
		return null
	case string:
		if strings.IndexFunc(v, func(r rune) bool { return r < ' ' || r > '~' || r == '"' || r == '\\' }) < 0 {
			return append(append(append(make([]byte, 0, len(v)+2), '"'), v...), '"')
		}
	case int:
		return strconv.AppendInt(nil, int64(v), 10)
	}
	return toJSON(value)
}

// keyOf is the identity of a row.
func (t *table) keyOf(row Row) string { return fmt.Sprint(row[t.Key]) }

// apply makes a change to the rows, and keeps none of the caller's maps.
func (t *table) apply(c Change) {
	if t.Key == "" {
		return
	}
	switch c.Type {
	case "DELETE":
		delete(t.rows, t.keyOf(c.oldKey(t)))
	default:
		key := t.keyOf(c.Row)
		row := maps.Clone(c.Row)
		if c.Type == "UPDATE" {
			was := t.keyOf(c.oldKey(t))
			row = maps.Clone(t.rows[was])
			if row == nil {
				row = Row{}
			}
			maps.Copy(row, c.Row)
			delete(t.rows, was)
		}
		t.rows[key] = row
	}
}

// Change is one row of a transaction. Type is INSERT, UPDATE or DELETE. Row is the new row;
// an UPDATE may give only some columns, the others count as large values that did not
// change and are not sent. Old needs no more than the key, and not even that where Row has it.
//
// Writing, if it is set, is called just before each frame that tells the change goes onto a
// socket, by that socket's own goroutine: it must not wait for anything.
type Change struct {
	Table, Type string
	Row, Old    Row
	Writing     func(at time.Time)
}

// keyed gives a new row that lacks its key the one it had.
func (c Change) keyed(t *table) Change {
	if _, given := c.Row[t.Key]; !given && c.Row != nil {
		row := c.oldKey(t)
		maps.Copy(row, c.Row)
		c.Row = row
	}
	return c
}

// oldKey is the key before the change.
func (c Change) oldKey(t *table) Row {
	for _, row := range []Row{c.Old, c.Row} {
		if value, ok := row[t.Key]; ok {
			return Row{t.Key: value}
		}
	}
	return Row{}
}

// change is a Change that waits in the slot.
type change struct {
	seq   uint64
	table *table
	kind  string
	key   string // of the row that it left behind
	row   record // what filters see; of a DELETE only the key
	old   []byte
	at    time.Time
	plain []byte            // encoded, for those who want all columns
	other map[string][]byte // encoded for all other channels

	writing func(at time.Time) // see Change.Writing
}

func newChange(t *table, c Change, seq uint64, at time.Time) *change {
	ch := &change{seq: seq, table: t, kind: c.Type, at: at, writing: c.Writing}
	if t.Key == "" {
		return ch
	}
	old := c.oldKey(t)
	ch.old = toJSON(old)
	if c.Type == "DELETE" {
		ch.row = t.encode(old, false)
		return ch
	}
	ch.row = t.encode(c.Row, c.Type == "INSERT")
	ch.key = t.keyOf(c.Row)
	return ch
}

// A row of more than 1 MiB is sent without its larger values.
const (
	maxRow     = 1 << 20
	largeValue = 64
)

// data encodes the change once for all who selected the same columns; none means all of
// them. A strange one has a column more than the table, for Link.Garbage.
func (c *change) data(selected []string, strange bool) []byte {
	if selected == nil && !strange {
		if c.plain == nil {
			c.plain = c.encode(nil, false)
		}
		return c.plain
	}
	name := fmt.Sprint(strange, selected)
	if c.other[name] == nil {
		if c.other == nil {
			c.other = map[string][]byte{}
		}
		c.other[name] = c.encode(selected, strange)
	}
	return c.other[name]
}

func (c *change) encode(selected []string, strange bool) []byte {
	t := c.table
	b := make([]byte, 0, 1024)
	b = fmt.Appendf(b, `{"schema":"public","table":%s,"type":"%s"`, toJSON(t.Name), c.kind)
	if t.Key == "" {
		return append(b, `,"record":{},"columns":[],"commit_timestamp":null,"errors":["Error 400: Bad Request, no primary key"]}`...)
	}
	b = append(b, `,"commit_timestamp":"`...)
	b = c.at.UTC().AppendFormat(b, "2006-01-02T15:04:05.000Z")
	size := 0
	for _, value := range c.row {
		size += len(value)
	}
	if size > maxRow {
		b = append(b, `","errors":["Error 413: Payload Too Large"]`...)
	} else {
		b = append(b, `","errors":null`...)
	}
	b = append(append(b, `,"columns":`...), t.columns...)
	if strange {
		b = append(b[:len(b)-1], `,{"name":"added_yesterday","type":"jsonb"}]`...)
	}
	if c.kind != "DELETE" {
		b = c.appendRecord(append(b, `,"record":`...), selected, strange, size > maxRow)
	}
	if c.kind != "INSERT" {
		b = append(append(b, `,"old_record":`...), c.old...)
	}
	return append(b, '}')
}

// appendRecord writes the row; of one that is cut only the small values.
func (c *change) appendRecord(b []byte, selected []string, strange, cut bool) []byte {
	t := c.table
	b = append(b, '{')
	for _, i := range t.order {
		value, column := c.row[i], t.Columns[i].Name
		switch {
		case value == nil:
			continue
		case cut && (len(value) > largeValue || string(value) == "null"):
			continue
		case selected != nil && column != t.Key && !slices.Contains(selected, column):
			continue
		}
		b = append(append(append(append(b, t.names[i]...), ':'), value...), ',')
	}
	if strange {
		b = append(b, `"added_yesterday":{"a":[1,null]},`...)
	}
	if b[len(b)-1] == ',' {
		b = b[:len(b)-1]
	}
	return append(b, '}')
}

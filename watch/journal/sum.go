package journal

import (
	"context"
	"database/sql"
	"database/sql/driver"
	"hash/crc64"
	"strconv"
	"strings"

	"modernc.org/sqlite"
)

// SQLite has no checksums: one bit that a disk or a memory has flipped makes another amount, status
// or reference. So each row of payments has a sum over all its columns. A row whose sum does not
// match is damaged. Nothing that it claims is believed (see scan), and nothing of it goes into the
// row that replaces it.

// fields lists the columns of payments that the sum covers, in the order of the sum. rowSQL, handed
// and known use the same order.
var fields = strings.Fields(`id session_id reference_id source_type source_id label expected expected_currency
	method phone executed_at handed_at verdict reason status hint hint_at hint_claimed_at charged charged_currency
	named named_currency heard_at verified_at begun_at ended_at stopped money told_at rev latest final
	changed refused failed_since failed_text damaged swept`)

const (
	sumFunction = "tillwatch_sum"
	parted      = 0x1f // separates two columns; no stored text has it
)

var sums = crc64.MakeTable(crc64.ECMA)

func init() {
	// The function reads its text in place and keeps nothing of it.
	if err := sqlite.RegisterFunction(sumFunction, &sqlite.FunctionImpl{
		NArgs: 1, Deterministic: true, VolatileArgs: true,
		Scalar: func(_ *sqlite.FunctionContext, args []driver.Value) (driver.Value, error) {
			text, _ := args[0].(string)
			return int64(crc64.Update(0, sums, []byte(text))), nil
		},
	}); err != nil {
		panic(err) // cannot happen: the name is not taken
	}
}

// sumSQL returns an expression for the sum of a row. A column that set names gets its new value
// there, any other column keeps its own.
func sumSQL(set [][2]string) string {
	new := map[string]string{}
	for _, s := range set {
		new[s[0]] = s[1]
	}
	all := make([]string, len(fields))
	for i, name := range fields {
		value, changed := new[name]
		if !changed {
			value = name
		}
		all[i] = "coalesce(" + value + ", '')"
	}
	return sumFunction + "(concat_ws(char(31), " + strings.Join(all, ", ") + "))"
}

// upsert returns a statement that inserts a row, or sets these columns of an existing one. It
// leaves a row alone whose sum does not match: see replaceSQL.
func upsert(set [][2]string) string {
	return insertSQL + " ON CONFLICT (id) DO UPDATE SET " + assigned(set) + ", sum = " + sumSQL(set) +
		"\nWHERE sum = " + sumSQL(nil)
}

// assigned returns a list of assignments.
func assigned(set [][2]string) string {
	all := make([]string, len(set))
	for i, s := range set {
		all[i] = s[0] + " = " + s[1]
	}
	return strings.Join(all, ",\n\t")
}

// insertSQL inserts a whole row with its sum.
var insertSQL = "INSERT INTO payments (" + strings.Join(fields, ", ") + ", sum) VALUES (?" + strings.Repeat(", ?", len(fields)) + ")"

// replaceSQL overwrites a row whatever it holds.
var replaceSQL = func() string {
	all := make([][2]string, 0, len(fields)+1)
	for _, name := range append(fields[1:len(fields):len(fields)], "sum") {
		all = append(all, [2]string{name, "excluded." + name})
	}
	return insertSQL + " ON CONFLICT (id) DO UPDATE SET " + assigned(all)
}()

// summed appends its sum to a row that is to be written.
func summed(row []any) []any {
	text := make([]byte, 0, 1024)
	for i, value := range row {
		if i > 0 {
			text = append(text, parted)
		}
		switch v := value.(type) {
		case string:
			text = append(text, v...)
		case int64:
			text = strconv.AppendInt(text, v, 10)
		case bool:
			text = strconv.AppendInt(text, int64(digit(v)), 10)
		}
	}
	return append(row, int64(crc64.Checksum(text, sums)))
}

func digit(b bool) int {
	if b {
		return 1
	}
	return 0
}

// sumOf returns the sum of a row that was read.
func sumOf(row []sql.NullString) string {
	text := make([]byte, 0, 1024)
	for i := range row {
		if i > 0 {
			text = append(text, parted)
		}
		text = append(text, row[i].String...)
	}
	return strconv.FormatInt(int64(crc64.Checksum(text, sums)), 10)
}

// older queries a file of format 1, which has no sums.
type older struct{ querier }

// QueryContext asks only for the columns that such a file has.
func (o older) QueryContext(ctx context.Context, query string, args ...any) (*sql.Rows, error) {
	return o.querier.QueryContext(ctx, strings.Replace(query, newColumns, oldColumns, 1), args...)
}

// ofFormat returns a querier that fits the columns of the file.
func ofFormat(q querier) querier {
	if n, err := count(q, "SELECT count(*) FROM pragma_table_info('payments') WHERE name = 'sum'"); err == nil && n == 0 {
		return older{q}
	}
	return q
}

// The columns that a write sets in an existing row.
var (
	keepSet = [][2]string{
		{"session_id", "coalesce(session_id, excluded.session_id)"},
		{"reference_id", "coalesce(reference_id, excluded.reference_id)"},
		{"source_type", "coalesce(source_type, excluded.source_type)"},
		{"source_id", "coalesce(source_id, excluded.source_id)"},
		{"label", "coalesce(excluded.label, label)"}, // the new label may be masked
		{"expected_currency", "CASE WHEN expected IS NULL THEN excluded.expected_currency ELSE expected_currency END"},
		{"expected", "coalesce(expected, excluded.expected)"},
		{"method", "coalesce(method, excluded.method)"},
		{"phone", "coalesce(phone, excluded.phone)"},
		{"executed_at", "coalesce(executed_at, excluded.executed_at)"},
		{"handed_at", "coalesce(handed_at, excluded.handed_at)"},
		{"swept", "0"},
	}

	// A Snapshot may be older than the last Keep of its payment, so of what was handed over it only
	// fills empty columns. The first final answer and the first contradiction stay, because a run
	// that could not read them must not erase them.
	tellSet = [][2]string{
		{"session_id", "coalesce(session_id, excluded.session_id)"},
		{"reference_id", "coalesce(reference_id, excluded.reference_id)"},
		{"source_id", "CASE WHEN coalesce(source_type, excluded.source_type) IS excluded.source_type THEN coalesce(source_id, excluded.source_id) ELSE source_id END"},
		{"source_type", "CASE WHEN coalesce(source_id, excluded.source_id) IS excluded.source_id THEN coalesce(source_type, excluded.source_type) ELSE source_type END"},
		{"label", "coalesce(label, excluded.label)"},
		{"expected_currency", "CASE WHEN expected IS NULL THEN excluded.expected_currency ELSE expected_currency END"},
		{"expected", "coalesce(expected, excluded.expected)"},
		{"method", "coalesce(method, excluded.method)"},
		{"phone", "coalesce(phone, excluded.phone)"},
		{"executed_at", "coalesce(executed_at, excluded.executed_at)"},
		{"handed_at", "excluded.handed_at"},
		{"verdict", "excluded.verdict"}, {"reason", "excluded.reason"}, {"status", "excluded.status"},
		{"hint", "excluded.hint"}, {"hint_at", "excluded.hint_at"}, {"hint_claimed_at", "excluded.hint_claimed_at"},
		{"charged", "excluded.charged"}, {"charged_currency", "excluded.charged_currency"},
		{"named", "excluded.named"}, {"named_currency", "excluded.named_currency"},
		{"heard_at", "excluded.heard_at"}, {"verified_at", "excluded.verified_at"}, {"begun_at", "excluded.begun_at"},
		{"ended_at", "CASE WHEN excluded.ended_at IS NOT NULL AND verdict = excluded.verdict THEN coalesce(ended_at, excluded.ended_at) ELSE excluded.ended_at END"},
		{"stopped", "excluded.stopped"}, {"money", "excluded.money"}, {"told_at", "excluded.told_at"}, {"rev", "excluded.rev"},
		{"latest", "excluded.latest"},
		{"final", "CASE WHEN json_valid(final) THEN final ELSE excluded.final END"},
		{"changed", "CASE WHEN json_valid(changed) THEN changed WHEN excluded.changed IS NOT NULL THEN excluded.changed " +
			"WHEN json_valid(final) AND final ->> '$.status' <> excluded.final ->> '$.status' THEN excluded.final END"},
		{"refused", "excluded.refused"}, {"failed_since", "excluded.failed_since"}, {"failed_text", "excluded.failed_text"},
		{"damaged", "excluded.damaged"}, {"swept", "0"},
	}

	keepSQL = upsert(keepSet)
	tellSQL = upsert(tellSet) + " AND damaged <= excluded.damaged" // else the row is replaced
	// Sweeping gives a row a new sum, which must not make a damaged row look sound.
	markRow = "UPDATE payments SET damaged = 1 WHERE n = ?1 AND sum IS NOT " + sumSQL(nil)
	sumRow  = "UPDATE payments SET sum = " + sumSQL(nil) + " WHERE n = ?1"
)

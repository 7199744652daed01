package intake

import (
	"bytes"
	"encoding/csv"
	"errors"
	"fmt"
	"strings"

	"tillwatch/watch"
)

// header is the first line of CSV: which column is which of our keys. A column that is
// none of ours is kept only for the count.
type header []string

// newHeader reads the header. Names may have any case; one that stands there twice is
// refused, for it is not known which of the two is meant.
func newHeader(line []byte) (header, error) {
	names, err := row(line)
	if err != nil {
		return nil, err
	}
	var f fields
	known := map[string]bool{}
	for i, name := range names {
		names[i] = strings.ToLower(strings.TrimSpace(name))
		if names[i] != "" && known[names[i]] {
			return nil, fmt.Errorf("column %s stands in the header twice", part(names[i]))
		}
		known[names[i]] = true
		if f.place(names[i]) == nil {
			names[i] = ""
		}
	}
	if !known["reference_id"] && !(known["source_type"] && known["source_id"]) {
		hint := ""
		if bytes.ContainsAny(line, ";\t") && len(names) == 1 {
			hint = " (columns are parted by commas)"
		}
		return nil, errors.New("neither a JSON object nor a CSV header with reference_id, or source_type and source_id" + hint)
	}
	return names, nil
}

// payment reads one line below the header.
func (h header) payment(line []byte) (watch.Payment, error) {
	cells, err := row(line)
	if err != nil {
		return watch.Payment{}, err
	}
	if len(cells) != len(h) {
		return watch.Payment{}, fmt.Errorf("the line has %d fields and the header %d", len(cells), len(h))
	}
	var f fields
	for i, name := range h {
		if place := f.place(name); place != nil {
			*place = strings.TrimSpace(cells[i])
		}
	}
	return f.payment()
}

// row parts one line into its cells. A quoted cell ends on its line: one forgotten quote
// would otherwise swallow the payments below it.
func row(line []byte) ([]string, error) {
	reader := csv.NewReader(bytes.NewReader(line))
	reader.FieldsPerRecord = -1
	reader.TrimLeadingSpace = true
	cells, err := reader.Read()
	if err != nil {
		return nil, errors.New("not CSV: a quote is out of place, or a quoted field does not end on its line")
	}
	return cells, nil
}

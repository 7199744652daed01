package intake

import (
	"bytes"
	"encoding/csv"
	"errors"
	"fmt"
	"slices"
	"strings"

	"tillwatch/watch"
)

// header is the first line of CSV: which column is which of our keys. A column that is
// none of ours is kept only for the count.
type header struct {
	names []string
	comma rune // a tab in what is copied out of a spreadsheet
}

// newHeader reads the header. Names may have any case; one that stands there twice is
// refused, for it is not known which of the two is meant.
func newHeader(line []byte) (*header, error) {
	comma := ','
	if bytes.ContainsRune(line, '\t') && !bytes.ContainsRune(line, ',') {
		comma = '\t'
	}
	names, err := row(line, comma)
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
		if bytes.ContainsRune(line, ';') && len(names) == 1 {
			hint = " (columns are parted by commas or tabs)"
		}
		return nil, errors.New("neither a JSON object nor a CSV header with reference_id, or source_type and source_id" + hint)
	}
	return &header{names, comma}, nil
}

// likeHeader reports whether a line is meant as a header, right or wrong: it has columns,
// and one of them has a name of ours.
func likeHeader(line string) bool {
	cells := strings.FieldsFunc(line, func(r rune) bool { return r == ',' || r == ';' || r == '\t' })
	return len(cells) > 1 && slices.ContainsFunc(cells, func(cell string) bool {
		return new(fields).place(strings.ToLower(strings.Trim(cell, ` "`))) != nil
	})
}

// payment reads one line below the header.
func (h *header) payment(line []byte) (watch.Payment, error) {
	cells, err := row(line, h.comma)
	if err != nil {
		return watch.Payment{}, err
	}
	if len(cells) != len(h.names) {
		return watch.Payment{}, fmt.Errorf("the line has %d fields and the header %d", len(cells), len(h.names))
	}
	var f fields
	for i, name := range h.names {
		if place := f.place(name); place != nil {
			*place = strings.TrimSpace(cells[i])
		}
	}
	return f.payment()
}

// row parts one line into its cells. A quoted cell ends on its line: one forgotten quote
// would otherwise swallow the payments below it. Between tabs a quote is a sign like others,
// for a spreadsheet puts none around what it copies, and an empty cell is nothing but its tab.
func row(line []byte, comma rune) ([]string, error) {
	if comma == '\t' {
		line = bytes.Trim(line, " \r")
	} else {
		line = bytes.TrimSpace(line)
	}
	reader := csv.NewReader(bytes.NewReader(line))
	reader.FieldsPerRecord = -1
	reader.Comma, reader.LazyQuotes, reader.TrimLeadingSpace = comma, comma == '\t', comma != '\t'
	cells, err := reader.Read()
	if err != nil {
		return nil, errors.New("not CSV: a quote is out of place, or a quoted field does not end on its line")
	}
	return cells, nil
}

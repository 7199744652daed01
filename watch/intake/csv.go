package intake

import (
	"bytes"
	"encoding/csv"
	"errors"
	"fmt"
	"regexp"
	"slices"
	"strings"

	"tillwatch/watch"
)

// header is the first line of CSV: it says which column has which name.
type header struct {
	spelled []string // the names as they came; empty: an unknown column
	comma   rune     // what separates the columns
	count   int
	strange []string
	export  bool // the table comes from tillwatch, and its cells may be quoted against spreadsheets
}

// separator matches a first line that tells spreadsheets what separates the columns: "sep=;".
var separator = regexp.MustCompile(`^(?i:"?sep=.?"?)$`)

// commas lists what may separate columns.
var commas = []rune{',', ';', '\t'}

// newHeader parses the header. The separator is the one that gives the most known names. A name
// that stands there twice is refused, because it is not known which of the columns counts.
func newHeader(line []byte) (*header, error) {
	var best *header
	var refused error
	for _, comma := range commas {
		h, err := headerWith(line, comma)
		if refused == nil {
			refused = err
		}
		if h != nil && (best == nil || known(h) > known(best)) {
			best, refused = h, err
		}
	}
	if best == nil {
		if refused == nil {
			refused = noHeader()
		}
		return nil, refused
	}
	return best, refused
}

func noHeader() error {
	return errors.New("neither a JSON object nor a CSV header with reference_id, or source_type and source_id")
}

func known(h *header) int { return h.count - len(h.strange) }

// headerWith parses the header with this separator. It returns nil if a name that a payment needs
// is missing. A header with an error is a header, but a wrong one.
func headerWith(line []byte, comma rune) (*header, error) {
	names, err := row(line, comma)
	if err != nil {
		return nil, err
	}
	h := &header{spelled: names, comma: comma, count: len(names)}
	var f fields
	var wrong error
	for i, spelled := range names {
		before := len(f.strange) + len(f.spare)
		if err := f.put(spelled, value{}); err != nil && wrong == nil {
			wrong = err
		}
		if len(f.strange)+len(f.spare) > before {
			names[i] = ""
		}
	}
	there := func(n name) bool { return f.values[n].there }
	if !there(nameReference) && !(there(nameSourceType) && there(nameSourceID)) {
		return nil, nil
	}
	h.export = there(nameVerdict) && there(nameAt)
	h.strange = f.unnamed(h.export)
	return h, wrong
}

// likeHeader reports whether a line is meant as a header, right or wrong: it has columns, and one
// of them has a known name.
func likeHeader(line string) bool {
	cells := strings.FieldsFunc(line, func(r rune) bool { return slices.Contains(commas, r) })
	return len(cells) > 1 && slices.ContainsFunc(cells, func(cell string) bool {
		n, err := nameOf(strings.Trim(cell, ` "`))
		return n != unknown || err != nil
	}) || separator.MatchString(strings.TrimSpace(line))
}

// read parses one line below the header. A line without content is about no payment.
func (h *header) read(line []byte) (reading, error) {
	cells, err := row(line, h.comma)
	if err != nil {
		return reading{}, err
	}
	empty := func(cell string) bool { return strings.TrimSpace(cell) == "" }
	if !slices.ContainsFunc(cells, func(cell string) bool { return !empty(cell) }) {
		return reading{nothing: true}, nil
	}
	if len(cells) < h.count || slices.ContainsFunc(cells[h.count:], func(cell string) bool { return !empty(cell) }) {
		return reading{}, fmt.Errorf("the line has %d fields and the header %d", len(cells), h.count)
	}
	f := fields{comma: h.comma == ';'}
	for i, spelled := range h.spelled {
		if spelled == "" {
			continue
		}
		cell := cells[i]
		if h.export {
			cell = watch.FromSheet(cell)
		}
		if err := f.put(spelled, value{text: strings.TrimSpace(cell)}); err != nil {
			return reading{}, err
		}
	}
	return f.read()
}

// row splits one line into its cells. A quoted cell must end on its line: otherwise one forgotten
// quote would swallow the payments below it. With tabs a quote is an ordinary character, because a
// spreadsheet copies text without quotes, and an empty cell is nothing but its tab.
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

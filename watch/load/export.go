package load

import (
	"bufio"
	"encoding/csv"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"strconv"
	"strings"

	"tillwatch/watch"
)

// columns are the raw export's, in order: the names of a CSV's header and of a JSON line's
// keys. Times end in _ms and are milliseconds with three decimals; due_at is UTC.
var columns = func() []string {
	all := []string{"number", "reference_id", "source", "session_id", "scenario", "method", "currency", "amount", "due_at", "begun_ms"}
	for _, name := range stageNames {
		all = append(all, name+"_ms")
	}
	return append(all, "verdict", "status", "failure", "fact_ms")
}()

// dueLayout is RFC 3339 with microseconds, always six digits, so that rows sort as text.
const dueLayout = "2006-01-02T15:04:05.000000Z07:00"

// Rows writes payments one after another, for a run that streams them. What it has written is
// with its reader after Flush.
type Rows struct {
	csv   *csv.Writer // nil: JSON Lines
	lines *bufio.Writer
	begun bool
}

// NewCSV writes CSV with a header line, one row a payment; what was not measured is empty. A
// cell that a spreadsheet would take for a formula begins with a '.
func NewCSV(w io.Writer) *Rows { return &Rows{csv: csv.NewWriter(w)} }

// NewJSONLines writes JSON Lines, one object a payment; what was not measured is not in it.
// Amounts are text, exact to the digit.
func NewJSONLines(w io.Writer) *Rows { return &Rows{lines: bufio.NewWriter(w)} }

// Write writes one payment. Its error may be one of an earlier row's.
func (r *Rows) Write(s Sample) error {
	if r.csv == nil {
		_, err := r.lines.Write(s.line())
		return written(err)
	}
	if err := r.head(); err != nil {
		return err
	}
	cells := s.cells()
	for i, cell := range cells {
		cells[i] = watch.Sheet(cell)
	}
	return written(r.csv.Write(cells))
}

// head writes the header, if it is not written.
func (r *Rows) head() error {
	if r.begun {
		return nil
	}
	r.begun = true
	return written(r.csv.Write(columns))
}

// Flush passes on all that was written; a file of no payments has its header.
func (r *Rows) Flush() error {
	if r.csv == nil {
		return written(r.lines.Flush())
	}
	err := r.head()
	r.csv.Flush()
	return errors.Join(err, written(r.csv.Error()))
}

func written(err error) error {
	if err != nil {
		return fmt.Errorf("writing samples: %w", err)
	}
	return nil
}

// WriteCSV writes payments as [NewCSV] does.
func WriteCSV(w io.Writer, samples []Sample) error { return writeAll(NewCSV(w), samples) }

// WriteJSONLines writes payments as [NewJSONLines] does.
func WriteJSONLines(w io.Writer, samples []Sample) error { return writeAll(NewJSONLines(w), samples) }

func writeAll(r *Rows, samples []Sample) error {
	for _, s := range samples {
		if err := r.Write(s); err != nil {
			return err
		}
	}
	return r.Flush()
}

// numeric are the columns that are numbers in JSON.
func numeric(column string) bool {
	return column == "number" || column == "session_id" || strings.HasSuffix(column, "_ms")
}

// line is a JSON object with the columns in their order, and the end of the line.
func (s *Sample) line() []byte {
	line := []byte{'{'}
	for i, cell := range s.cells() {
		if cell == "" {
			continue
		}
		if len(line) > 1 {
			line = append(line, ',')
		}
		line = append(strconv.AppendQuote(line, columns[i]), ':')
		if numeric(columns[i]) {
			line = append(line, cell...)
			continue
		}
		text, _ := json.Marshal(cell) // text always can be
		line = append(line, text...)
	}
	return append(line, '}', '\n')
}

// cells are the sample's columns as text.
func (s *Sample) cells() []string {
	reference, source, session := string(s.ID), "", ""
	if s.Session == 0 {
		reference, source = "", reference
	} else {
		session = strconv.FormatInt(s.Session, 10)
	}
	cells := []string{
		strconv.Itoa(s.Number), reference, source, session, s.Scenario, s.Method,
		s.Amount.Currency, s.Amount.Amount, s.DueAt().Format(dueLayout), millis(s.Begun),
	}
	for _, took := range s.Took {
		cells = append(cells, millis(took))
	}
	return append(cells, s.Verdict.String(), s.Status, s.Failure, millis(s.Fact))
}

// millis is microseconds as milliseconds with three decimals; empty for what was not
// measured.
func millis(us int64) string {
	if us < 0 {
		return ""
	}
	return fmt.Sprintf("%d.%03d", us/1000, us%1000)
}

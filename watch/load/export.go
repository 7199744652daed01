package load

import (
	"encoding/csv"
	"encoding/json"
	"fmt"
	"io"
	"strconv"
	"strings"
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

// WriteCSV writes payments as CSV with a header line, one row a payment; what was not
// measured is empty. A cell that a spreadsheet would take for a formula begins with a '.
func WriteCSV(w io.Writer, samples []Sample) error {
	out := csv.NewWriter(w)
	if err := out.Write(columns); err != nil {
		return fmt.Errorf("writing samples: %w", err)
	}
	for i := range samples {
		cells := samples[i].cells()
		for n, cell := range cells {
			if cell != "" && strings.ContainsRune("=+-@", rune(cell[0])) {
				cells[n] = "'" + cell
			}
		}
		if err := out.Write(cells); err != nil {
			return fmt.Errorf("writing samples: %w", err)
		}
	}
	out.Flush()
	if err := out.Error(); err != nil {
		return fmt.Errorf("writing samples: %w", err)
	}
	return nil
}

// WriteJSONLines writes payments as JSON Lines, one object a payment; what was not measured
// is not in it. Amounts are text, exact to the digit.
func WriteJSONLines(w io.Writer, samples []Sample) error {
	for i := range samples {
		if _, err := w.Write(samples[i].line()); err != nil {
			return fmt.Errorf("writing samples: %w", err)
		}
	}
	return nil
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

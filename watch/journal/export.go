package journal

import (
	"bufio"
	"encoding/csv"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"iter"
	"strconv"
	"time"

	"tillwatch/watch"
)

// Format is the kind of an export's lines.
type Format uint8

// The formats.
const (
	CSV   Format = iota // RFC 4180, with a header
	JSONL               // an object a line
)

// column is one field of an export.
type column struct {
	name   string
	number bool // in JSON; all else is text, money too
	value  func(p *Payment) string
}

// columns are the fields in their order, which people's spreadsheets rely on: a new one goes
// to the end. Their names are Dollr's and those of --json where there is one.
var columns = []column{
	{"reference_id", false, func(p *Payment) string { return p.Reference }},
	{"session_id", true, func(p *Payment) string { return whole(p.Session) }},
	{"source_type", false, func(p *Payment) string { return p.SourceType }},
	{"source_id", true, func(p *Payment) string { return whole(p.SourceID) }},
	{"label", false, func(p *Payment) string { return p.Label }},
	{"money", false, func(p *Payment) string { return stakeWord(p.Final.Stake, p.Latest.Stake) }},
	{"verdict", false, func(p *Payment) string { return p.Verdict.String() }},
	{"status", false, func(p *Payment) string { return p.Status }},
	{"hint", false, func(p *Payment) string { return p.Hint.Status }},
	{"amount", false, func(p *Payment) string { return p.Charged().Amount }},
	{"currency", false, func(p *Payment) string { return p.Charged().Currency }},
	{"payee_amount", false, func(p *Payment) string { return decisive(p).Payee.Amount }},
	{"payee_currency", false, func(p *Payment) string { return decisive(p).Payee.Currency }},
	{"expected", false, func(p *Payment) string { return p.Expected.Amount }},
	{"expected_currency", false, func(p *Payment) string { return p.Expected.Currency }},
	{"method", false, func(p *Payment) string { return p.Method }},
	{"phone", false, func(p *Payment) string { return p.Phone.String() }},
	{"provider_transaction_id", false, func(p *Payment) string { return decisive(p).Transaction }},
	{"gateway_message", false, func(p *Payment) string { return watch.Safe(decisive(p).Gateway, messageMost) }},
	{"wallet_message", false, func(p *Payment) string { return watch.Safe(decisive(p).Wallet, messageMost) }},
	{"later_status", false, func(p *Payment) string { return p.Changed.Answer().Status }},
	{"executed_at", false, func(p *Payment) string { return utc(p.Executed) }},
	{"handed_at", false, func(p *Payment) string { return utc(p.Handed) }},
	{"verified_at", false, func(p *Payment) string { return utc(p.Final.At) }},
	{"heard_at", false, func(p *Payment) string { return utc(p.Latest.At) }},
	{"at", false, func(p *Payment) string { return utc(p.At) }},
	{"reason", false, func(p *Payment) string { return p.Reason.Code() }},
	{"final_status", false, func(p *Payment) string { return p.Final.Status }},
	{"begun_at", false, func(p *Payment) string { return utc(p.Begun) }},
	{"claimed_at", false, func(p *Payment) string { return utc(p.Hint.Claimed) }},
	{"unread_amount", false, func(p *Payment) string { return watch.MaskNumbers(p.Unread()) }},
	{"damaged", false, func(p *Payment) string { return yes(p.Damaged) }},
}

// yes returns "yes" for true and "" for false.
func yes(so bool) string {
	if so {
		return "yes"
	}
	return ""
}

// messageMost bounds a message of Dollr's, in characters. No stored message is longer.
const messageMost = 300

// decisive is the answer that ended the payment, else the newest.
func decisive(p *Payment) watch.Answer {
	if p.Final.Code != 0 {
		return p.Final
	}
	return p.Latest
}

// stakeWord is whose money the first of these answers that says so was about.
func stakeWord(stakes ...watch.Stake) string {
	for _, s := range stakes {
		if s != watch.Unknown {
			return s.String()
		}
	}
	return ""
}

// whole formats a number; empty for none.
func whole(n int64) string {
	if n == 0 {
		return ""
	}
	return strconv.FormatInt(n, 10)
}

// utc is a time as --json has it; empty for none.
func utc(t time.Time) string {
	if t.IsZero() {
		return ""
	}
	return t.UTC().Format("2006-01-02T15:04:05.000Z")
}

// Export writes payments to w, a line each, and returns how many. It holds no secret and no
// whole number of a payer. An error of payments ends it, behind the lines before.
func Export(w io.Writer, format Format, payments iter.Seq2[Payment, error]) (lines int, err error) {
	out := bufio.NewWriterSize(w, 64<<10)
	line := jsonLine
	if format == CSV {
		table := csv.NewWriter(out)
		line = func(_ io.Writer, p *Payment) error {
			if err := table.Write(cells(p)); err != nil {
				return err
			}
			table.Flush()
			return table.Error()
		}
		if err := table.Write(header()); err != nil {
			return 0, fmt.Errorf("writing: %w", err)
		}
		table.Flush()
	}
	for p, err := range payments {
		if err != nil {
			return lines, errors.Join(err, out.Flush())
		}
		if err := line(out, &p); err != nil {
			return lines, fmt.Errorf("writing: %w", err)
		}
		lines++
	}
	if err := out.Flush(); err != nil {
		return lines, fmt.Errorf("writing: %w", err)
	}
	return lines, nil
}

func header() []string {
	names := make([]string, len(columns))
	for i, c := range columns {
		names[i] = c.name
	}
	return names
}

// cells returns a payment's fields for a spreadsheet.
func cells(p *Payment) []string {
	texts := make([]string, len(columns))
	for i, c := range columns {
		texts[i] = watch.Sheet(c.value(p))
	}
	return texts
}

// jsonLine writes a payment's fields as an object, in their order, without the empty ones.
func jsonLine(w io.Writer, p *Payment) error {
	line := []byte{'{'}
	for _, c := range columns {
		text := c.value(p)
		if text == "" {
			continue
		}
		if len(line) > 1 {
			line = append(line, ',')
		}
		line = append(append(append(line, '"'), c.name...), `":`...)
		if c.number {
			line = append(line, text...)
			continue
		}
		quoted, err := json.Marshal(text)
		if err != nil {
			return err
		}
		line = append(line, quoted...)
	}
	_, err := w.Write(append(line, "}\n"...))
	return err
}

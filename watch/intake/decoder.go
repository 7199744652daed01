package intake

import (
	"bytes"
	"encoding/json"
	"fmt"

	"tillwatch/watch"
)

// lineMax is how many bytes a line may have.
const lineMax = 64 << 10

// Problem is a line that was refused, or a source that cannot be read just now.
type Problem struct {
	Source string // the file's name or "standard input", clean
	Line   int    // from 1; 0: it is about the source as a whole
	Reason string // one clean line
}

// String is the problem in one line: "payments.csv, line 7: …".
func (p Problem) String() string {
	if p.Line == 0 {
		return p.Source + ": " + p.Reason
	}
	return fmt.Sprintf("%s, line %d: %s", p.Source, p.Line, p.Reason)
}

// Decoder takes a stream of payments in pieces of any size, as JSON Lines or as CSV with a
// header: the first byte decides, "{" is JSON. It calls handle for each payment and report
// for each bad line, in order, from within Write, Settle and End; a payment that handle
// refuses is a bad line too. One goroutine may use it.
type Decoder struct {
	source string
	handle func(watch.Payment) error
	report func(Problem)

	line    []byte // what has come of the line under way
	number  int    // complete lines so far
	tooLong bool   // the line under way is refused already
	begun   bool   // a byte has come, and a byte order mark before it was dropped
	json    bool
	header  *header // nil: no header has come yet
}

// NewDecoder makes a Decoder; source is what problems name.
func NewDecoder(source string, handle func(watch.Payment) error, report func(Problem)) *Decoder {
	return &Decoder{source: watch.SafeExact(source, 200), handle: handle, report: report}
}

// Write takes the next piece of the stream. It never fails.
func (d *Decoder) Write(piece []byte) (int, error) {
	n := len(piece)
	for {
		end := bytes.IndexByte(piece, '\n')
		if end < 0 {
			d.grow(piece)
			return n, nil
		}
		d.grow(piece[:end])
		d.take()
		d.number++
		d.tooLong = false
		piece = piece[end+1:]
	}
}

// grow adds to the line under way; a line beyond the limit is refused once and skipped.
func (d *Decoder) grow(piece []byte) {
	switch {
	case d.tooLong:
	case len(d.line)+len(piece) > lineMax+1: // one more, for a carriage return
		d.bad("the line is longer than 64 KiB")
		d.tooLong, d.line = true, nil
	default:
		d.line = append(d.line, piece...)
	}
}

// Settle takes the line under way if it is a whole JSON object. Who follows a file calls
// it when nothing more comes: a writer may never end its last line. CSV has to wait, for
// its last field may still grow.
func (d *Decoder) Settle() {
	line := bytes.TrimSpace(bytes.TrimPrefix(d.line, bom))
	if len(line) > 0 && line[0] == '{' && (d.json || d.header == nil) && json.Valid(line) {
		d.take()
	}
}

// End takes the last line, which may lack its newline. The Decoder is not to be used
// afterwards.
func (d *Decoder) End() { d.take() }

// Abandon reports the line under way, if there is one, as lost for this reason. It is for
// who stops before the stream has ended.
func (d *Decoder) Abandon(reason string) {
	if len(bytes.TrimSpace(d.line)) > 0 {
		d.bad(reason)
	}
	d.line = nil
}

// take reads the line under way and begins a new one.
func (d *Decoder) take() {
	line := d.line
	d.line = d.line[:0]
	if !d.begun && len(line) > 0 {
		line = bytes.TrimPrefix(line, bom)
		d.begun = true
	}
	line = bytes.Trim(line, " \r") // a tab at an end may part empty cells
	if len(bytes.TrimSpace(line)) == 0 {
		return
	}
	if len(line) > lineMax {
		d.bad("the line is longer than 64 KiB")
		return
	}
	p, err := d.decode(line)
	if err == nil && p != (watch.Payment{}) {
		err = d.handle(p)
	}
	if err != nil {
		d.bad(err.Error())
	}
}

// decode reads one line; it is the zero Payment for a header. Until a header or an object
// has come every line is a first line, so after a bad one the rest still goes on.
func (d *Decoder) decode(line []byte) (watch.Payment, error) {
	first := bytes.TrimSpace(line)[0]
	if d.header == nil && first == '{' {
		d.json = true
	}
	switch {
	case d.json:
		return Line(line)
	case d.header != nil:
		return d.header.payment(line)
	case first == '[':
		return Line(line) // whose error says what is wanted
	}
	h, err := newHeader(line)
	d.header = h
	return watch.Payment{}, err
}

func (d *Decoder) bad(reason string) {
	d.report(Problem{Source: d.source, Line: d.number + 1, Reason: reason})
}

package intake

import (
	"bytes"
	"fmt"
	"strings"
	"unicode/utf8"

	"github.com/go-json-experiment/json/jsontext"
	"golang.org/x/text/transform"

	"tillwatch/watch"
)

// lineMax is how many bytes a line may have.
const lineMax = 64 << 10

// namesMost is how many unknown names of one source are reported.
const namesMost = 20

// Problem is a line that was refused or only partly accepted, or a problem of a source as a whole.
type Problem struct {
	Source string // the file's name or "standard input", clean
	Line   int    // from 1; 0: it is about the source as a whole
	Reason string // one clean line
	Lost   bool   // a payment may be missing; otherwise the problem is only worth a word
}

// String is the problem in one line: "payments.csv, line 7: …".
func (p Problem) String() string {
	if p.Line == 0 {
		return p.Source + ": " + p.Reason
	}
	return fmt.Sprintf("%s, line %d: %s", p.Source, p.Line, p.Reason)
}

// Handle receives a payment that was read. If export is set, the line comes from tillwatch, and k
// has the facts of that line. An error of Handle refuses the line.
type Handle func(k watch.Known, export bool) error

// ends says what ends a line of a stream.
type ends uint8

const (
	endsUnknown ends = iota
	endsLF           // a line feed, perhaps after a carriage return
	endsCR           // a carriage return alone, as old Mac programs write it
)

// Decoder reads a stream of payments in pieces of any size, as JSON Lines or as CSV with a header.
// The first byte decides: "{" is JSON. It calls handle for each payment and report for each
// problem, in order, from within Write, Settle and End. A payment that handle refuses is a problem
// too. A Decoder must be used from one goroutine.
//
// Text may be UTF-8, UTF-16 or, where it is neither, Windows-1252. A Decoder holds one line at
// most.
type Decoder struct {
	source string
	handle Handle
	report func(Problem)
	sum    *sum
	strict bool // an unreadable optional value refuses its line

	head   []byte // the first bytes, until they show the encoding of the stream
	begun  bool   // the encoding is known
	wide   transform.Transformer
	rest   []byte // the start of a UTF-16 character
	ends   ends
	heldCR bool // the last byte was a carriage return that may be half of a line end

	line    []byte // what has come of the line under way
	number  int    // complete lines so far
	tooLong bool   // the line under way is refused already
	looked  bool   // the first line was compared with the signatures
	skip    bool   // the stream is no text with payments, and the rest of it is ignored
	json    bool
	header  *header // nil: no header has come yet
}

// sum counts what came from a source, which may be several files one after another.
type sum struct {
	text   bool // the source held something other than blanks
	header bool
	taken  int
	lost   int             // reported problems with a loss
	said   map[string]bool // unknown names that were reported
	old    bool            // it was reported that the text is not UTF-8
}

func newSum() *sum { return &sum{said: map[string]bool{}} }

// NewDecoder makes a Decoder; source is what problems name.
func NewDecoder(source string, handle Handle, report func(Problem)) *Decoder {
	return &Decoder{source: watch.Clean(source, 200), handle: handle, report: report, sum: newSum()}
}

// Write takes the next piece of the stream. It never fails.
func (d *Decoder) Write(piece []byte) (int, error) {
	n := len(piece)
	if !d.begun {
		if d.head = append(d.head, piece...); len(d.head) < headMost {
			return n, nil
		}
		piece = d.begin()
	}
	d.text(piece)
	return n, nil
}

// begin finds the encoding of the stream, and returns the bytes that came so far.
func (d *Decoder) begin() []byte {
	d.begun, d.wide = true, wide(d.head)
	head := d.head
	d.head = nil
	d.refuse(foreign(head)) // decoding would lose the first bytes of some signatures
	return head
}

// text processes a piece once the encoding is known.
func (d *Decoder) text(piece []byte) {
	if d.wide != nil {
		piece = append(d.rest, piece...)
		letters := make([]byte, 2*len(piece)+utf8.UTFMax)
		n, used, _ := d.wide.Transform(letters, piece, false) // the start of a character waits for its rest
		d.rest = bytes.Clone(piece[used:])
		piece = letters[:n]
	}
	for len(piece) > 0 && !d.skip {
		piece = d.next(piece)
	}
}

// next processes the part of this piece that belongs to the line under way, and returns the rest.
func (d *Decoder) next(piece []byte) []byte {
	if d.heldCR {
		d.heldCR = false
		feed := piece[0] == '\n'
		if d.ends == endsUnknown {
			d.ends = endsCR
			if feed {
				d.ends = endsLF
			}
			d.finish()
		}
		if feed {
			return piece[1:]
		}
	}
	end := bytes.IndexByte(piece, '\n')
	if d.ends != endsLF {
		if cr := bytes.IndexByte(piece, '\r'); cr >= 0 && (end < 0 || cr < end) {
			d.grow(piece[:cr])
			d.heldCR = true
			if d.ends == endsCR {
				d.finish()
			}
			return piece[cr+1:]
		}
	}
	if end < 0 {
		d.grow(piece)
		return nil
	}
	d.grow(piece[:end])
	if d.ends == endsUnknown {
		d.ends = endsLF
	}
	d.finish()
	return piece[end+1:]
}

// finish processes a line that has ended.
func (d *Decoder) finish() {
	d.take()
	d.number++
	d.tooLong = false
}

// grow adds to the line under way. A line beyond the limit is refused once and skipped. Zero bytes
// may stand before a line if its writer went on in a file that was emptied.
func (d *Decoder) grow(piece []byte) {
	if len(d.line) == 0 {
		piece = bytes.TrimLeft(piece, "\x00")
	}
	switch {
	case d.tooLong:
	case len(d.line)+len(piece) > lineMax+1: // one more, for a carriage return
		d.sum.text = true
		if d.look(append(d.line, piece[:min(len(piece), 64)]...)) {
			d.lose("the line is longer than 64 KiB")
		}
		d.tooLong, d.line = true, nil
	default:
		d.line = append(d.line, piece...)
	}
}

// Settle reads the line under way if it is a whole JSON object. The caller follows a file and calls
// it when nothing more comes, because a writer may never end its last line. A line of CSV has to
// wait, because its last field may still grow.
func (d *Decoder) Settle() {
	line := bytes.TrimSpace(bytes.TrimPrefix(d.line, bom))
	if len(line) > 0 && line[0] == '{' && (d.json || d.header == nil) && valid(line) {
		d.take()
	}
}

// valid reports whether a text is JSON, even if readLine would refuse it.
func valid(text []byte) bool {
	return jsontext.Value(text).IsValid(jsontext.AllowInvalidUTF8(true), jsontext.AllowDuplicateNames(true))
}

// End takes the last line, which may lack its newline. The Decoder is not to be used
// afterwards.
func (d *Decoder) End() {
	if !d.begun {
		d.text(d.begin())
	}
	d.take()
}

// Abandon reports the line under way, if there is one, as lost for this reason. A caller that stops
// before the stream has ended must call it.
func (d *Decoder) Abandon(reason string) {
	if len(bytes.TrimSpace(d.line))+len(bytes.TrimSpace(d.head)) > 0 && !d.skip {
		d.sum.text = true
		d.lose(reason)
	}
	d.line, d.head = nil, nil
}

// nothing reports that a source held text and gave no payment, unless a problem was reported.
func (d *Decoder) nothing() {
	if !d.sum.text || d.sum.taken+d.sum.lost > 0 {
		return
	}
	reason := "there is text in it, and no payment"
	if d.sum.header {
		reason = "there is a header, and no payment below it"
	}
	d.report(Problem{Source: d.source, Reason: reason, Lost: true})
}

// take reads the line under way and begins a new one.
func (d *Decoder) take() {
	line := d.line
	d.line = d.line[:0]
	line = bytes.Trim(bytes.TrimPrefix(line, bom), "\x00 \r") // a tab at an end may separate empty cells
	if len(bytes.TrimSpace(line)) == 0 || d.skip {
		return
	}
	d.sum.text = true
	if !d.look(line) {
		return
	}
	if len(line) > lineMax {
		d.lose("the line is longer than 64 KiB")
		return
	}
	if !utf8.Valid(line) {
		if !d.sum.old {
			d.sum.old = true
			d.note("the text is not UTF-8: its letters are read as Windows-1252")
		}
		line = western(line)
	}
	r, err := d.decode(line)
	d.name(r.strange)
	if err != nil {
		d.lose(err.Error())
		return
	}
	if r.nothing {
		return
	}
	if d.strict && len(r.dropped) > 0 {
		d.lose(r.dropped[0])
		return
	}
	for _, what := range r.dropped {
		d.note(what + "; it is left out, and the payment is watched")
	}
	if err := d.handle(r.known, r.export); err != nil {
		d.lose(err.Error())
		return
	}
	d.sum.taken++
}

// look reports whether a stream with this first line may hold payments. If it may not, look reports
// the reason as a problem.
func (d *Decoder) look(line []byte) bool {
	if !d.looked {
		d.looked = true
		d.refuse(foreign(line))
	}
	return !d.skip
}

// refuse skips the whole stream and reports what it is.
func (d *Decoder) refuse(what string) {
	if what == "" {
		return
	}
	d.skip = true
	d.sum.lost++
	d.report(Problem{Source: d.source, Reason: "this is " + what, Lost: true})
}

// decode parses one line. Until a header or an object has come, every line counts as a first line,
// so the lines after a bad one are still read.
func (d *Decoder) decode(line []byte) (reading, error) {
	first := bytes.TrimSpace(line)[0]
	if d.header == nil && first == '{' {
		d.json = true
	}
	switch {
	case d.json:
		return readLine(line)
	case d.header != nil:
		return d.header.read(line)
	case first == '[':
		return readLine(line) // the error says what is wanted
	case separator.Match(bytes.TrimSpace(line)):
		return reading{nothing: true}, nil // the header shows the separator too
	}
	h, err := newHeader(line)
	if err != nil {
		return reading{}, err
	}
	d.header, d.sum.header = h, true
	return reading{nothing: true, strange: h.strange}, nil
}

// name reports unknown names, each once.
func (d *Decoder) name(strange []string) {
	var news []string
	for _, name := range strange {
		if key := folded(name); !d.sum.said[key] && len(d.sum.said) < namesMost {
			d.sum.said[key] = true
			news = append(news, part(name))
		}
	}
	if len(news) == 0 {
		return
	}
	text := "these names are not known, and what is under them is left out: "
	if len(news) == 1 {
		text = "this name is not known, and what is under it is left out: "
	}
	text += strings.Join(news, ", ")
	if len(d.sum.said) == namesMost {
		text += "; other names are not said"
	}
	d.note(watch.Clean(text, 1000))
}

func (d *Decoder) note(reason string) {
	d.report(Problem{Source: d.source, Line: d.number + 1, Reason: reason})
}

func (d *Decoder) lose(reason string) {
	d.sum.lost++
	d.report(Problem{Source: d.source, Line: d.number + 1, Reason: reason, Lost: true})
}

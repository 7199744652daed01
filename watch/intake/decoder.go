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

// namesMost is how many names that are not known are said of one source.
const namesMost = 20

// Problem is a line that was refused or not taken whole, or something about a source.
type Problem struct {
	Source string // the file's name or "standard input", clean
	Line   int    // from 1; 0: it is about the source as a whole
	Reason string // one clean line
	Lost   bool   // a payment may be missing; else it is only worth a word
}

// String is the problem in one line: "payments.csv, line 7: …".
func (p Problem) String() string {
	if p.Line == 0 {
		return p.Source + ": " + p.Reason
	}
	return fmt.Sprintf("%s, line %d: %s", p.Source, p.Line, p.Reason)
}

// Handle takes a payment that was read. If export is set it comes from our own export, and k
// has the facts that the export tells. An error of Handle refuses the line.
type Handle func(k watch.Known, export bool) error

// ends says what ends a line of a stream.
type ends uint8

const (
	endsUnknown ends = iota
	endsLF           // a line feed, perhaps behind a carriage return
	endsCR           // a carriage return alone, as old programs of the Mac write it
)

// Decoder takes a stream of payments in pieces of any size, as JSON Lines or as CSV with a
// header: the first byte decides, "{" is JSON. It calls handle for each payment and report
// for each problem, in order, from within Write, Settle and End; a payment that handle
// refuses is a problem too. One goroutine may use it.
//
// Text may be UTF-8, UTF-16 or, where it is neither, Windows-1252. It holds at most one line.
type Decoder struct {
	source string
	handle Handle
	report func(Problem)
	sum    *sum
	strict bool // an optional value that cannot be read refuses its line

	head   []byte // the first bytes, until they show how the stream is written
	begun  bool   // they have
	wide   transform.Transformer
	rest   []byte // the beginning of a wide letter
	ends   ends
	heldCR bool // the last byte was a carriage return that may be half of an end

	line    []byte // what has come of the line under way
	number  int    // complete lines so far
	tooLong bool   // the line under way is refused already
	looked  bool   // the first line was compared with the signatures
	skip    bool   // this is no text for us, and nothing more is read of it
	json    bool
	header  *header // nil: no header has come yet
}

// sum is what has come of a source, which may be several files one after another.
type sum struct {
	text   bool // something other than blanks
	header bool
	taken  int
	lost   int             // problems with a loss that were reported
	said   map[string]bool // names of which it was said that they are not known
	old    bool            // it was said that the text is not UTF-8
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

// begin finds out how the stream is written, and returns what has come of it.
func (d *Decoder) begin() []byte {
	d.begun, d.wide = true, wide(d.head)
	head := d.head
	d.head = nil
	d.refuse(foreign(head)) // of some the first bytes are lost as text
	return head
}

// text takes a piece once it is known how it is written.
func (d *Decoder) text(piece []byte) {
	if d.wide != nil {
		piece = append(d.rest, piece...)
		letters := make([]byte, 2*len(piece)+utf8.UTFMax)
		n, used, _ := d.wide.Transform(letters, piece, false) // it waits for the rest of a letter
		d.rest = bytes.Clone(piece[used:])
		piece = letters[:n]
	}
	for len(piece) > 0 && !d.skip {
		piece = d.next(piece)
	}
}

// next takes the line under way as far as this piece has it, and returns the rest.
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

// finish takes a line that has ended.
func (d *Decoder) finish() {
	d.take()
	d.number++
	d.tooLong = false
}

// grow adds to the line under way; a line beyond the limit is refused once and skipped. A
// line may have a hole before it, where its writer has gone on in a file that was emptied.
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

// Settle takes the line under way if it is a whole JSON object. The caller
// follows a file and calls it when nothing more comes: a writer may never end its last line. CSV has to wait, because
// its last field may still grow.
func (d *Decoder) Settle() {
	line := bytes.TrimSpace(bytes.TrimPrefix(d.line, bom))
	if len(line) > 0 && line[0] == '{' && (d.json || d.header == nil) && valid(line) {
		d.take()
	}
}

// valid reports whether a text is JSON, though perhaps not such as is taken.
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

// Abandon reports the line under way, if there is one, as lost for this reason. It is for
// a caller that stops before the stream has ended.
func (d *Decoder) Abandon(reason string) {
	if len(bytes.TrimSpace(d.line))+len(bytes.TrimSpace(d.head)) > 0 && !d.skip {
		d.sum.text = true
		d.lose(reason)
	}
	d.line, d.head = nil, nil
}

// nothing says that no payment came of a source that held text, unless it was said why.
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
	line = bytes.Trim(bytes.TrimPrefix(line, bom), "\x00 \r") // a tab at an end may part empty cells
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

// look reports whether a stream whose first line this is may hold payments; if it may not,
// that is said.
func (d *Decoder) look(line []byte) bool {
	if !d.looked {
		d.looked = true
		d.refuse(foreign(line))
	}
	return !d.skip
}

// refuse skips a whole stream, which is said to be something else.
func (d *Decoder) refuse(what string) {
	if what == "" {
		return
	}
	d.skip = true
	d.sum.lost++
	d.report(Problem{Source: d.source, Reason: "this is " + what, Lost: true})
}

// decode reads one line. Until a header or an object has come every line is a first line, so
// after a bad one the rest still goes on.
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
		return readLine(line) // whose error says what is wanted
	case separator.Match(bytes.TrimSpace(line)):
		return reading{nothing: true}, nil // the header shows it too
	}
	h, err := newHeader(line)
	if err != nil {
		return reading{}, err
	}
	d.header, d.sum.header = h, true
	return reading{nothing: true, strange: h.strange}, nil
}

// name says which names are not known, each once.
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

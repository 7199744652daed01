package logbook

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"os"
	"time"

	"tillwatch/watch"
	"tillwatch/watch/safefile"
)

// dumpMost bounds the lines that wait for the disk, in bytes: a dump has much to say at once.
const dumpMost = 32 << 20

// dumpSchema is what a dump's first line says, and what an older file must begin with to be
// continued.
const dumpSchema = `{"dump":"tillwatch.dump.v1"`

// frameMost bounds the text of a frame that is no JSON, in characters.
const frameMost = 2000

// urlMost bounds an address, in characters.
const urlMost = 8 << 10

// Dump is a file with everything that goes over the wire, one JSON object a line, in the
// order of each connection. Its methods may be called from any goroutine and wait for no
// disk, but for Close. Secrets are hidden and payers' numbers masked; references stay whole.
type Dump struct {
	queue *queue
}

// Call is one HTTP exchange. Its texts are as they are to be written: the bodies made by
// [watch.Redact], the headers without credentials.
type Call struct {
	At          time.Time
	Took        time.Duration
	Method, URL string
	Header      map[string]string // of the request
	Body        string            // likewise; empty: none
	Code        int               // 0: there was no answer
	Answered    map[string]string // headers of the answer that are of use
	Answer      string            // its body
	Err         string            // why there is no whole answer
}

// Frame is one message of a websocket, or its beginning or end.
type Frame struct {
	At     time.Time
	Socket uint64 // which one, counted from 1
	Out    bool   // it is ours
	Type   string // text, binary, open, refused, close
	Data   []byte // as it is on the wire, or words about it; not kept
}

// OpenDump makes the file, for its owner alone. One that is there already is continued if
// it is a dump, and left alone otherwise. about is what the run is about. That a line could
// not be written is told to trouble, once.
func OpenDump(path string, about map[string]string, trouble func(text string)) (*Dump, error) {
	file, err := openDump(path)
	if err != nil {
		return nil, err
	}
	d := &Dump{}
	d.queue = newQueue(plain{file}, dumpMost, lostFrames, func(err error) {
		trouble(fmt.Sprintf("the dump %s cannot be written: %v; going on without it", shown(path), bare(err)))
	})
	about["at"] = stamp(time.Now())
	rest, err := json.Marshal(about)
	if err != nil {
		return nil, fmt.Errorf("beginning the dump: %w", err)
	}
	d.queue.put(append([]byte(dumpSchema+","+string(rest[1:])), '\n'))
	return d, nil
}

func openDump(path string) (*os.File, error) {
	file, err := safefile.Open(path, os.O_RDWR|os.O_APPEND|os.O_CREATE)
	if err != nil {
		return nil, fmt.Errorf("%s cannot be written: %w", shown(path), bare(err))
	}
	front := make([]byte, len(dumpSchema))
	if n, err := file.ReadAt(front, 0); n > 0 && string(front[:n]) != dumpSchema || err != nil && !errors.Is(err, io.EOF) {
		_ = file.Close()
		return nil, fmt.Errorf("%s is there already and no dump: give another name, or remove it", shown(path))
	}
	if err := file.Chmod(0o600); err != nil {
		_ = file.Close()
		return nil, fmt.Errorf("%s cannot be closed to others: %w", shown(path), bare(err))
	}
	return file, nil
}

// plain is a file that is never turned over.
type plain struct{ file *os.File }

func (p plain) write(lines []byte) (int, error) { return p.file.Write(lines) }
func (p plain) close()                          { _ = p.file.Close() }

func lostFrames(n uint64) []byte {
	return fmt.Appendf(nil, `{"at":%q,"lost":%d}`+"\n", stamp(time.Now()), n)
}

// Close writes what waits, and gives a disk up that takes nothing for two seconds.
func (d *Dump) Close() { d.queue.end() }

// message is one direction of an exchange.
type message struct {
	Headers map[string]string `json:"headers,omitempty"`
	Body    any               `json:"body,omitempty"`
}

// Call writes an exchange.
func (d *Dump) Call(c Call) {
	d.put(struct {
		At       string  `json:"at"`
		Kind     string  `json:"kind"`
		Took     float64 `json:"took_ms"`
		Method   string  `json:"method"`
		URL      string  `json:"url"`
		Request  message `json:"request"`
		Code     int     `json:"code,omitempty"`
		Response message `json:"response,omitzero"`
		Error    string  `json:"error,omitempty"`
	}{
		stamp(c.At), "http", milliseconds(c.Took), c.Method, watch.SafeExact(c.URL, urlMost), message{c.Header, body(c.Body)},
		c.Code, message{c.Answered, body(c.Answer)}, watch.Safe(c.Err, frameMost),
	})
}

// Frame writes a frame.
func (d *Dump) Frame(f Frame) {
	line := struct {
		At     string `json:"at"`
		Kind   string `json:"kind"`
		Socket uint64 `json:"socket"`
		Way    string `json:"way,omitempty"`
		Type   string `json:"type"`
		Bytes  int    `json:"bytes,omitempty"`
		Frame  any    `json:"frame,omitempty"`
		Text   string `json:"text,omitempty"`
	}{At: stamp(f.At), Kind: "ws", Socket: f.Socket, Type: f.Type}
	switch f.Type {
	case "text", "binary":
		line.Way, line.Bytes = "in", len(f.Data)
		if f.Out {
			line.Way = "out"
		}
		switch {
		case f.Type == "binary": // its length says all that we use of it
		case json.Valid(f.Data):
			line.Frame = body(watch.Redact(f.Data))
		default:
			line.Text = watch.Safe(string(f.Data), frameMost)
		}
	case "open": // an address, whose numbers are no payer's
		line.Text = watch.SafeExact(string(f.Data), urlMost)
	default: // words, a server's among them
		line.Text = watch.Safe(string(f.Data), frameMost)
	}
	d.put(line)
}

// body is redacted JSON as a part of the line, or what is left of one that was cut as text.
func body(redacted string) any {
	if redacted == "" {
		return nil
	}
	redacted = watch.WithoutSecrets(redacted)
	if json.Valid([]byte(redacted)) {
		return json.RawMessage(redacted) // which is made compact
	}
	return redacted
}

func (d *Dump) put(line any) {
	var out bytes.Buffer
	encoder := json.NewEncoder(&out)
	encoder.SetEscapeHTML(false)
	if err := encoder.Encode(line); err != nil {
		return // cannot be: all of it is text, numbers and JSON that was looked at
	}
	d.queue.put(out.Bytes())
}

package intake

import (
	"bytes"
	"errors"
	"fmt"
	"io"
	"strings"

	"github.com/go-json-experiment/json/jsontext"

	"tillwatch/watch"
)

var bom = []byte("\ufeff")

// Line reads a payment from one JSON object:
//
//	{"session_id":55,"reference_id":"…","source_type":"ORDER","source_id":101,"label":"Table 4",
//	 "amount":"18.00","currency":"USD","method":"MTN_MOMO_LBR","phone":"231771234567","executed_at":"…"}
//
// A reference_id, or a source_type with a source_id, is required. Numbers may be written as text.
// Names may be spelled in any case, with hyphens or blanks. Other keys are ignored, and so are
// optional values that cannot be read. The error is one clean line.
func Line(b []byte) (watch.Payment, error) {
	r, err := readLine(b)
	if err == nil && r.nothing {
		err = errors.New("the line is about no payment")
	}
	return r.known.Payment, err
}

// readLine is Line with everything that the line says.
func readLine(b []byte) (reading, error) {
	b = bytes.TrimSpace(bytes.TrimPrefix(bytes.TrimSpace(b), bom))
	switch {
	case len(b) == 0:
		return reading{}, errors.New("the line is empty")
	case b[0] == '[':
		return reading{}, errors.New("a JSON list; one object a line is wanted")
	case b[0] != '{':
		return reading{}, fmt.Errorf("%s is no JSON object", part(string(b)))
	}
	var f fields
	if err := f.object(b); err != nil {
		return reading{}, err
	}
	return f.read()
}

// object reads the keys of a JSON object. It refuses a key that stands there twice, because it is
// not known which of the values counts.
func (f *fields) object(b []byte) error {
	d := jsontext.NewDecoder(bytes.NewReader(b), jsontext.AllowInvalidUTF8(true))
	if _, err := d.ReadToken(); err != nil {
		return broken(err)
	}
	for d.PeekKind() != '}' {
		token, err := d.ReadToken()
		if err != nil {
			return broken(err)
		}
		key := token.String()
		v, err := plain(d)
		if err != nil {
			return broken(err)
		}
		if err := f.put(key, v); err != nil {
			return err
		}
	}
	if _, err := d.ReadToken(); err != nil {
		return broken(err)
	}
	if _, err := d.ReadToken(); !errors.Is(err, io.EOF) {
		return errors.New("something follows the JSON object")
	}
	return nil
}

// broken says why a line is no JSON. It repeats one character of the line, or the name that stands
// there twice.
func broken(err error) error {
	var syntax *jsontext.SyntacticError
	if !errors.As(err, &syntax) {
		return errors.New("the JSON object does not end on its line")
	}
	text := syntax.Err.Error()
	switch {
	case errors.Is(err, io.ErrUnexpectedEOF):
		return errors.New("the JSON object does not end on its line")
	case errors.Is(err, jsontext.ErrDuplicateName):
		return fmt.Errorf("%s stands there twice", part(syntax.JSONPointer.LastToken()))
	case strings.Contains(text, "max depth"):
		return errors.New("not JSON that can be meant: it is nested too deep")
	}
	return fmt.Errorf("not JSON: %s", watch.Clean(text, 80))
}

// plain reads the next value as text. null becomes the empty text.
func plain(d *jsontext.Decoder) (value, error) {
	if kind := d.PeekKind(); kind == '{' || kind == '[' {
		return value{odd: true}, d.SkipValue()
	}
	token, err := d.ReadToken()
	if err != nil {
		return value{}, err
	}
	switch token.Kind() {
	case 'n':
		return value{}, nil
	case '0':
		return value{text: token.String(), number: true}, nil
	case '"':
		return value{text: strings.TrimSpace(token.String())}, nil
	}
	return value{odd: true}, nil
}

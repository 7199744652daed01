package intake

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"strings"

	"tillwatch/watch"
)

var bom = []byte("\ufeff")

// Line reads a payment from one JSON object:
//
//	{"session_id":55,"reference_id":"…","source_type":"ORDER","source_id":101,"label":"Table 4",
//	 "amount":"18.00","currency":"USD","method":"MTN_MOMO_LBR","phone":"231771234567","executed_at":"…"}
//
// A reference_id, or source_type with source_id, is required; numbers may be written as
// text; other keys are ignored. The error is one clean line.
func Line(b []byte) (watch.Payment, error) {
	b = bytes.TrimSpace(bytes.TrimPrefix(bytes.TrimSpace(b), bom))
	switch {
	case len(b) == 0:
		return watch.Payment{}, errors.New("the line is empty")
	case b[0] == '[':
		return watch.Payment{}, errors.New("a JSON list; one object a line is wanted")
	case b[0] != '{':
		return watch.Payment{}, fmt.Errorf("%s is no JSON object", part(string(b)))
	}
	f, err := object(b)
	if err != nil {
		return watch.Payment{}, err
	}
	return f.payment()
}

// object reads our keys of a JSON object. It goes from token to token because a key that
// stands there twice must be refused: which of two references is meant, nobody knows.
func object(b []byte) (fields, error) {
	var f fields
	seen := map[string]bool{}
	decoder := json.NewDecoder(bytes.NewReader(b))
	if _, err := decoder.Token(); err != nil {
		return f, broken(err)
	}
	for decoder.More() {
		token, err := decoder.Token()
		if err != nil {
			return f, broken(err)
		}
		var value json.RawMessage
		if err := decoder.Decode(&value); err != nil {
			return f, broken(err)
		}
		key, _ := token.(string)
		place := f.place(key)
		if place == nil {
			continue
		}
		if seen[key] {
			return f, fmt.Errorf("%s stands there twice", key)
		}
		seen[key] = true
		if *place, err = plain(value); err != nil {
			return f, fmt.Errorf("%s is neither text nor a number", key)
		}
	}
	if _, err := decoder.Token(); err != nil {
		return f, broken(err)
	}
	if _, err := decoder.Token(); !errors.Is(err, io.EOF) {
		return f, errors.New("something follows the JSON object")
	}
	return f, nil
}

// broken says why a line is no JSON. The decoder's errors repeat one character at most.
func broken(err error) error {
	if errors.Is(err, io.EOF) || errors.Is(err, io.ErrUnexpectedEOF) {
		return errors.New("the JSON object does not end on its line")
	}
	if strings.Contains(err.Error(), "max depth") {
		return errors.New("not JSON that anybody means: it is nested too deep")
	}
	return fmt.Errorf("not JSON: %s", watch.Clean(err.Error(), 80))
}

// plain is a JSON value as text; null is empty.
func plain(value json.RawMessage) (string, error) {
	switch c := value[0]; {
	case c == '"':
		var text string
		if err := json.Unmarshal(value, &text); err != nil {
			return "", fmt.Errorf("reading a string: %w", err)
		}
		return strings.TrimSpace(text), nil
	case string(value) == "null":
		return "", nil
	case c == '-' || c >= '0' && c <= '9':
		return string(value), nil
	}
	return "", errors.New("no plain value")
}

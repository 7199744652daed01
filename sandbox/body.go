package sandbox

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net/http"
	"reflect"
	"strings"
)

// line answers a control call with JSON and a newline, for a person at a shell.
func (c *call) line(status int, v any) {
	c.reply(status, v)
	_, _ = io.WriteString(c.w, "\n") // a client that has gone needs no answer
}

// say answers a control call with one line about what is wrong.
func (c *call) say(status int, line string) { c.line(status, map[string]string{"error": line}) }

// order reads a control call's JSON object into v, which points to a struct. When it is
// false the call has been answered. An unknown field is refused: a word misspelt must not
// change what is played.
func (c *call) order(v any) bool {
	text, err := io.ReadAll(http.MaxBytesReader(c.w, c.r.Body, maxBody))
	if err != nil {
		c.say(http.StatusRequestEntityTooLarge, "the body cannot be read, or is over 1 MiB")
		return false
	}
	if !bytes.HasPrefix(bytes.TrimSpace(text), []byte("{")) {
		c.say(http.StatusBadRequest, `the body is not the JSON object expected, as {"count":3} is one`)
		return false
	}
	d := json.NewDecoder(bytes.NewReader(text))
	d.DisallowUnknownFields()
	if err := d.Decode(v); err != nil {
		c.say(http.StatusBadRequest, "the body is not the JSON object expected: "+explain(err, v))
		return false
	}
	if d.More() {
		c.say(http.StatusBadRequest, "the body is more than one JSON object")
		return false
	}
	return true
}

// explain says what is wrong with a body in its own words, where encoding/json would use
// Go's.
func explain(err error, v any) string {
	var mistyped *json.UnmarshalTypeError
	switch {
	case errors.As(err, &mistyped) && mistyped.Field != "":
		wanted := map[reflect.Kind]string{
			reflect.Bool: "true or false", reflect.Int: "a whole number", reflect.Float64: "a number",
		}[mistyped.Type.Kind()]
		orDefault(&wanted, "a text")
		kind, _, _ := strings.Cut(mistyped.Value, " ") // "number 1.5"
		return fmt.Sprintf("%s must be %s and is a JSON %s", mistyped.Field, wanted, kind)
	case errors.Is(err, io.ErrUnexpectedEOF):
		return "it ends too early"
	}
	text := strings.TrimPrefix(err.Error(), "json: ")
	if strings.HasPrefix(text, "unknown field ") {
		text += "; known are " + strings.Join(fieldsOf(reflect.TypeOf(v).Elem()), ", ")
	}
	return text
}

// fieldsOf is the names that a struct's fields have in JSON, in order.
func fieldsOf(t reflect.Type) []string {
	var names []string
	for i := range t.NumField() {
		name, _, _ := strings.Cut(t.Field(i).Tag.Get("json"), ",")
		names = append(names, name)
	}
	return names
}

// word is a text that may be written as a number, for people think of the link 4 and the
// amount 18.50 as numbers. Its digits stay as they came.
type word string

// UnmarshalJSON takes a text, or a number as it stands.
func (w *word) UnmarshalJSON(text []byte) error {
	var number json.Number // of a text it would want that it is a number
	if text[0] != '"' && json.Unmarshal(text, &number) == nil {
		*w = word(number)
		return nil
	}
	var plain string
	if json.Unmarshal(text, &plain) != nil {
		kind := map[byte]string{'[': "array", '{': "object"}[text[0]]
		orDefault(&kind, "bool")
		// The decoder adds the field's name to an error of this type.
		return &json.UnmarshalTypeError{Value: kind, Type: reflect.TypeFor[string]()}
	}
	*w = word(plain)
	return nil
}

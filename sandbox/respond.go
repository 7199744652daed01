package sandbox

import (
	"encoding/json"
	"errors"
	"io"
	"net/http"
)

// Header marks every answer of a sandbox. Its value is "1".
const Header = "Tillwatch-Sandbox"

// maxBody bounds what a request may carry.
const maxBody = 1 << 20

// call is one request of /v1 on its way to an answer.
type call struct {
	s       *Server
	w       http.ResponseWriter
	r       *http.Request
	rest    string // of the path, behind a route that ends in a slash
	session int64  // whom the call is about, once known; see about
	status  bool   // it asks for a status
}

// invalid is one entry of a 422, in FastAPI's form.
type invalid struct {
	Loc  []string `json:"loc"`
	Msg  string   `json:"msg"`
	Type string   `json:"type"`
}

func missing(where, field string) invalid {
	return invalid{[]string{where, field}, "field required", "value_error.missing"}
}

func wrong(where, field, msg string) invalid {
	return invalid{[]string{where, field}, msg, "value_error"}
}

func wrongType(where, field, msg, kind string) invalid {
	return invalid{[]string{where, field}, msg, "type_error." + kind}
}

// reply answers with JSON. Money in v is json.Number, so its digits and its scale go out
// as they are.
func (c *call) reply(status int, v any) { writeJSON(c.w, status, v) }

// fail answers with Dollr's {"detail": text}.
func (c *call) fail(status int, detail string) {
	c.reply(status, map[string]string{"detail": detail})
}

// refuse answers 422 with all that is wrong.
func (c *call) refuse(faults ...invalid) {
	c.reply(http.StatusUnprocessableEntity, map[string][]invalid{"detail": faults})
}

// page answers with something that is no JSON, as gateways in front of an API do.
func (c *call) page(status int, text string) {
	c.w.Header().Set("Content-Type", "text/html; charset=utf-8")
	c.w.WriteHeader(status)
	_, _ = io.WriteString(c.w, text) // a client that has gone needs no answer
}

// about says whose call it is, lets that session's link do its trouble, and reports
// whether the call has been answered by it.
func (c *call) about(session int64) bool {
	c.session = session
	l := c.s.linkOf(session)
	return l.trouble != nil && l.trouble(c)
}

func writeJSON(w http.ResponseWriter, status int, v any) {
	body, err := json.Marshal(v)
	if err != nil {
		panic("sandbox: an answer that is no JSON: " + err.Error()) // a bug
	}
	w.Header().Set("Content-Type", "application/json")
	w.WriteHeader(status)
	_, _ = w.Write(body) // a client that has gone needs no answer
}

// fields is a request's JSON object, undecoded, so that each field can be refused in its
// own words. Its text method collects what is wrong.
type fields struct {
	raw    map[string]json.RawMessage
	faults []invalid
}

// body reads the request's object. When ok is false the call has been answered.
func (c *call) body() (f *fields, ok bool) {
	f = &fields{}
	text, err := io.ReadAll(http.MaxBytesReader(c.w, c.r.Body, maxBody))
	var tooLarge *http.MaxBytesError
	switch {
	case errors.As(err, &tooLarge):
		c.fail(http.StatusRequestEntityTooLarge, "Request body too large")
		return nil, false
	case err != nil:
		c.fail(http.StatusBadRequest, "There was an error parsing the body")
		return nil, false
	case len(text) == 0:
		c.refuse(invalid{[]string{"body"}, "field required", "value_error.missing"})
		return nil, false
	case !json.Valid(text):
		c.refuse(invalid{[]string{"body"}, "the body is not valid JSON", "value_error.jsondecode"})
		return nil, false
	case json.Unmarshal(text, &f.raw) != nil || f.raw == nil:
		c.refuse(invalid{[]string{"body"}, "value is not a valid dict", "type_error.dict"})
		return nil, false
	}
	return f, true
}

// given says whether a field is there and not null.
func (f *fields) given(name string) bool {
	raw, ok := f.raw[name]
	return ok && string(raw) != "null"
}

// text is a required string that is not empty.
func (f *fields) text(name string) string {
	if !f.given(name) {
		f.faults = append(f.faults, missing("body", name))
		return ""
	}
	value := f.optional(name)
	if value == "" && f.isText(name) {
		f.faults = append(f.faults, wrong("body", name, "must not be empty"))
	}
	return value
}

func (f *fields) isText(name string) bool { return len(f.raw[name]) > 0 && f.raw[name][0] == '"' }

// optional is a string that may be absent or null.
func (f *fields) optional(name string) (value string) {
	if f.given(name) && json.Unmarshal(f.raw[name], &value) != nil {
		f.faults = append(f.faults, wrongType("body", name, "str type expected", "str"))
	}
	return value
}

// integer is a required JSON integer; a string of digits is refused, as Dollr's pages give
// the same id different types in different calls.
func (f *fields) integer(name string) (value int64) {
	if !f.given(name) {
		f.faults = append(f.faults, missing("body", name))
		return 0
	}
	if json.Unmarshal(f.raw[name], &value) != nil {
		f.faults = append(f.faults, wrongType("body", name, "value is not a valid integer", "integer"))
	}
	return value
}

// wrong notes what is wrong with a field that was read, unless something is already.
func (f *fields) wrong(name, msg string) {
	for _, fault := range f.faults {
		if len(fault.Loc) > 1 && fault.Loc[1] == name {
			return
		}
	}
	f.faults = append(f.faults, wrong("body", name, msg))
}

// oneOf is a required string out of a list.
func (f *fields) oneOf(name string, allowed ...string) string {
	value := f.text(name)
	for _, a := range allowed {
		if value == a {
			return value
		}
	}
	f.wrong(name, "value is not one of the permitted ones: "+joined(allowed))
	return ""
}

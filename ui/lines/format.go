package lines

import (
	"bytes"
	"encoding/json"
	"strconv"
	"time"

	"tillwatch/watch"
)

// object is a payment's line of schema tillwatch.v1. The order of the fields is that of
// the keys and part of the schema, so a new one goes to the end.
type object struct {
	At         string `json:"at"`
	Reference  string `json:"reference_id,omitempty"`
	Session    int64  `json:"session_id,omitempty"`
	SourceType string `json:"source_type,omitempty"`
	SourceID   int64  `json:"source_id,omitempty"`
	Label      string `json:"label,omitempty"`
	Rev        uint64 `json:"rev"`
	Verdict    string `json:"verdict"`
	Slow       bool   `json:"slow"`
	Status     string `json:"status,omitempty"`
	Hint       string `json:"hint,omitempty"`
	Link       string `json:"link"`
	HeardAt    string `json:"heard_at,omitempty"`
	VerifiedAt string `json:"verified_at,omitempty"`
	Expected   string `json:"expected,omitempty"`
	Amount     string `json:"amount,omitempty"`
	Currency   string `json:"currency,omitempty"`
	Method     string `json:"method,omitempty"`
	Trouble    string `json:"trouble,omitempty"`

	ExpectedMoney string `json:"expected_money,omitempty"`
	ExecutedAt    string `json:"executed_at,omitempty"`
	HandedAt      string `json:"handed_at,omitempty"`
	BegunAt       string `json:"begun_at,omitempty"`
	ClaimedAt     string `json:"claimed_at,omitempty"`
	FinalStatus   string `json:"final_status,omitempty"`
	LaterStatus   string `json:"later_status,omitempty"`
	Reason        string `json:"reason,omitempty"`
	Damaged       string `json:"damaged,omitempty"`
}

// program is the line of a trouble of the whole program. Its trouble is there even when
// it is empty: that is how it ends.
type program struct {
	At      string `json:"at"`
	Trouble string `json:"trouble"`
}

// Object is the line of schema tillwatch.v1 that [Lines] writes for this Snapshot, with its
// newline: who asks about one payment is told the very same.
func Object(s watch.Snapshot) []byte { return lineOf(&s, factsOf(s, JSON)).append(nil, JSON) }

// lineOf is the line that says these facts of a Snapshot.
func lineOf(s *watch.Snapshot, f facts) line {
	return line{id: s.ID(), facts: f, rev: s.Rev, at: s.At, heard: s.HeardAt()}
}

// append adds the line with its newline to text.
func (l line) append(text []byte, format Format) []byte {
	if l.whole != nil {
		return append(text, l.whole...)
	}
	if format == Plain {
		return append(l.words(text), '\n')
	}
	var value any = program{stamp(l.at), l.trouble}
	if l.id != "" {
		value = l.object()
	}
	buffer := bytes.NewBuffer(text)
	encoder := json.NewEncoder(buffer)
	encoder.SetEscapeHTML(false) // "<" in a label is for a reader of JSON, not of a page
	if err := encoder.Encode(value); err != nil {
		panic("lines: " + err.Error()) // strings and numbers can always be encoded
	}
	return buffer.Bytes()
}

func (l line) object() object {
	money := l.amount()
	o := object{
		At: stamp(l.at), Reference: l.reference, Session: l.session, SourceType: l.sourceType, SourceID: l.sourceID,
		Label: l.label, Rev: l.rev, Verdict: l.verdict.String(), Slow: l.slow, Status: l.status, Hint: l.hint,
		Link: l.link, HeardAt: stamp(l.heard), VerifiedAt: stamp(l.verified),
		Amount: l.charged.Amount, Currency: money.Currency, Method: l.method, Trouble: l.trouble,
		ExecutedAt: stamp(l.past.executed), HandedAt: stamp(l.past.handed), BegunAt: stamp(l.past.begun),
		ClaimedAt: stamp(l.past.claimed), FinalStatus: l.past.final, LaterStatus: l.past.later, Reason: l.code.Code(), Damaged: l.past.damaged,
	}
	// A line has one currency. An expectation in another currency has a field of its own, so that a
	// reader does not compare the two numbers by mistake.
	switch {
	case !l.expected.Said():
	case l.expected.Currency == money.Currency:
		o.Expected = l.expected.Amount
	default:
		o.ExpectedMoney = l.expected.Currency + " " + l.expected.Amount
	}
	return o
}

// stamp is a time of the schema: RFC 3339, UTC, milliseconds; empty for no time.
func stamp(t time.Time) string {
	if t.IsZero() {
		return ""
	}
	return t.UTC().Format("2006-01-02T15:04:05.000Z")
}

// words adds a line for a person, most important first: when, the verdict, which payment,
// how much, and what was said about it.
func (l line) words(text []byte) []byte {
	text = l.at.Local().AppendFormat(text, "15:04:05 ")
	if l.id == "" {
		if l.trouble == "" {
			return append(text, "the trouble is over"...)
		}
		return append(text, l.trouble...)
	}
	text = append(text, l.verdict.String()...)
	if l.slow {
		text = append(text, " slow"...)
	}
	if l.label != "" {
		text = strconv.AppendQuote(append(text, ' '), l.label)
	}
	text = l.money(text)
	text = append(text, ", "...)
	text = append(text, l.name()...)
	say := func(before, what string) {
		if what != "" {
			text = append(append(append(text, ", "...), before...), what...)
		}
	}
	if l.notStarted && l.verdict == watch.Waiting {
		say("not started", " yet")
	}
	say("Dollr says ", l.status)
	say("because: ", l.gateway)
	say("the channel says ", l.hint)
	if l.nod {
		say("", "the customer must approve in the bank's app")
	}
	say("", l.trouble)
	return text
}

// money adds what is charged, and what was expected where that differs.
func (l line) money(text []byte) []byte {
	switch {
	case !l.charged.Said() && !l.expected.Said():
		return text
	case !l.charged.Said():
		return append(append(text, " expected "...), l.expected.String()...)
	}
	text = append(append(text, ' '), l.charged.String()...)
	if l.expected.Comparable(l.charged) && l.expected.Cmp(l.charged) != 0 {
		text = append(append(append(text, " (expected "...), l.expected.String()...), ')')
	}
	return text
}

// name is what the payment is known by.
func (l line) name() string {
	if l.reference == "" {
		return l.sourceType + " " + strconv.FormatInt(l.sourceID, 10)
	}
	return l.reference
}

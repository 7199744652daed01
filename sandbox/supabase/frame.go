package supabase

import (
	"bytes"
	"encoding/json"
	"strconv"
	"time"
)

// message is what a client sent.
type message struct {
	joinRef, ref json.RawMessage // any JSON, echoed as it came; null when there was none
	topic, event string
	payload      json.RawMessage
}

var null = json.RawMessage("null")

// decode reads one text frame. It is false for everything that the real server drops
// without an answer: no JSON, the other version's form, a missing topic, event, payload
// or ref. A key that is there and null is not missing.
func decode(text []byte, v2 bool) (message, bool) {
	var parts []json.RawMessage
	if v2 {
		if json.Unmarshal(text, &parts) != nil || len(parts) < 5 {
			return message{}, false
		}
	} else {
		var object map[string]json.RawMessage
		if json.Unmarshal(text, &object) != nil {
			return message{}, false
		}
		for _, key := range []string{"join_ref", "ref", "topic", "event", "payload"} {
			part, ok := object[key]
			if !ok && key != "join_ref" {
				return message{}, false
			}
			parts = append(parts, part)
		}
	}
	m := message{joinRef: orNull(parts[0]), ref: orNull(parts[1]), payload: orNull(parts[4])}
	if json.Unmarshal(parts[2], &m.topic) != nil || json.Unmarshal(parts[3], &m.event) != nil {
		return message{}, false
	}
	return m, true
}

func orNull(raw json.RawMessage) json.RawMessage {
	if raw == nil {
		return null
	}
	return raw
}

// frame is what a client is to hear. It stays in parts until it is written, so that one
// change can wait in a thousand mailboxes and is in memory once.
type frame struct {
	joinRef, ref json.RawMessage // nil is null
	topic        []byte          // a JSON string
	event        string
	payload      []byte // JSON
	ids          []int  // if not nil, payload is a change for these bindings
	raw          bool   // payload is the whole frame, good or bad

	writing func(at time.Time) // if not nil, told just before the frame goes out
}

// size is about how much of a mailbox the frame takes.
func (f *frame) size() int { return len(f.payload) + len(f.topic) + 64 }

// append writes the frame in the socket's version. Version 1 has no join_ref.
func (f *frame) append(b []byte, v2 bool) []byte {
	if f.raw {
		return append(b, f.payload...)
	}
	if v2 {
		b = append(b, '[')
		b = append(append(b, orNull(f.joinRef)...), ',')
		b = append(append(b, orNull(f.ref)...), ',')
		b = append(append(b, f.topic...), ',', '"')
		b = append(append(b, f.event...), '"', ',')
		return append(f.appendPayload(b), ']')
	}
	b = append(append(b, `{"ref":`...), orNull(f.ref)...)
	b = append(append(b, `,"event":"`...), f.event...)
	b = append(append(b, `","topic":`...), f.topic...)
	b = append(b, `,"payload":`...)
	return append(f.appendPayload(b), '}')
}

func (f *frame) appendPayload(b []byte) []byte {
	if f.ids == nil {
		return append(b, f.payload...)
	}
	b = append(append(b, `{"data":`...), f.payload...)
	b = append(b, `,"ids":[`...)
	for i, id := range f.ids {
		if i > 0 {
			b = append(b, ',')
		}
		b = strconv.AppendInt(b, int64(id), 10)
	}
	return append(b, "]}"...)
}

// reply answers m. Replies carry the refs of what they answer, as they came.
func (m message) reply(joinRef json.RawMessage, status string, response any) frame {
	return frame{joinRef: joinRef, ref: m.ref, topic: toJSON(m.topic), event: "phx_reply",
		payload: toJSON(map[string]any{"status": status, "response": response})}
}

// toJSON is json.Marshal without its escapes for HTML, for values that cannot fail.
func toJSON(v any) []byte {
	var b bytes.Buffer
	enc := json.NewEncoder(&b)
	enc.SetEscapeHTML(false)
	if err := enc.Encode(v); err != nil {
		panic("supabase: encoding a value of our own: " + err.Error())
	}
	return bytes.TrimRight(b.Bytes(), "\n")
}

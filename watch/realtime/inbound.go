package realtime

import (
	"errors"
	"fmt"
	"strings"

	"github.com/go-json-experiment/json"
	"github.com/go-json-experiment/json/jsontext"
)

// inbound is a frame from the server in serializer version 2.0.0, [join_ref, ref, topic, event,
// payload]. The socket's reader decodes it, so that the loop only has to route it.
//
// The reader is strict. A frame is unreadable if a name comes twice in an object, at any depth, if
// a name has other letters, or if a value that decides something has the wrong JSON type. An
// unreadable frame is counted and changes nothing. Only an unreadable change is passed on as one,
// because it may have been a hint.
type inbound struct {
	joinRef, ref string // "" if absent; the client never sends ""
	topic, event string

	ok      bool          // phx_reply: the status
	reason  string        // phx_reply: why not
	system  systemPayload // system
	change  Change        // postgres_changes
	ignored bool          // an event that we do not follow
}

var errShape = errors.New("not a frame of five elements")

// decode decodes one text message. It keeps nothing of data, which the caller may reuse. If there
// is an error, the frame holds what was read before it.
func decode(data []byte) (inbound, error) {
	var in inbound
	if err := json.Unmarshal(data, &in); err != nil {
		return in, fmt.Errorf("decoding %q: %w", in.event, err)
	}
	return in, nil
}

// unreadable returns what remains of a frame that decode refused: a sign of life, and perhaps that
// something has changed.
func (in *inbound) unreadable() inbound {
	if in.event != eventChanges {
		return inbound{ignored: true}
	}
	return inbound{joinRef: in.joinRef, topic: in.topic, event: in.event, change: Change{Unreadable: true}}
}

// UnmarshalJSONFrom reads the five elements in one pass.
func (in *inbound) UnmarshalJSONFrom(d *jsontext.Decoder) error {
	if begin, err := d.ReadToken(); err != nil || begin.Kind() != '[' {
		return orShape(err)
	}
	for i, to := range [...]*string{&in.joinRef, &in.ref, &in.topic, &in.event} {
		token, err := d.ReadToken()
		if err != nil {
			return err
		}
		switch kind := token.Kind(); {
		case kind == '"', kind == '0' && i < 2: // a ref may be a number, and is kept as written
			*to = token.String()
		case kind != 'n' || i > 1:
			return errShape
		}
	}
	if err := in.readPayload(d); err != nil {
		return err
	}
	end, err := d.ReadToken()
	if err != nil || end.Kind() != ']' {
		return orShape(err)
	}
	return nil
}

// orShape returns err, or errShape if err is nil.
func orShape(err error) error {
	if err != nil {
		return err
	}
	return errShape
}

func (in *inbound) readPayload(d *jsontext.Decoder) error {
	switch in.event {
	case eventReply:
		var reply replyPayload
		if err := readObject(d, &reply); err != nil {
			return err
		}
		if reply.Status != statusOK && reply.Status != statusError {
			return errors.New("a reply without a status")
		}
		in.ok, in.reason = reply.Status == statusOK, reasonOf(reply)
	case eventSystem:
		var said systemFields
		if err := readObject(d, &said); err != nil {
			return err
		}
		in.system = systemPayload{said.Extension, said.Status, textOf(said.Message)}
		if said.Status == "" || said.Extension == "" {
			return errors.New("a system frame without a status or without an extension")
		}
		in.ignored = !in.system.known()
	case eventChanges:
		var p changePayload
		if err := readObject(d, &p); err != nil {
			return err
		}
		change, err := p.change()
		in.change = change
		return err
	default:
		// The payload of a close decides nothing. The other events are broadcasts and presence,
		// which a tenant can switch on, and events of newer servers.
		in.ignored = in.event != eventClose && in.event != eventError
		return d.SkipValue()
	}
	return nil
}

// readObject decodes an object into a struct. The decoder alone would accept null as an empty one.
func readObject(d *jsontext.Decoder, to any) error {
	if kind := d.PeekKind(); kind != '{' && kind != jsontext.KindInvalid {
		return errors.New("a payload that is no object")
	}
	return json.UnmarshalDecode(d, to)
}

// The statuses of replies and system frames.
const (
	statusOK    = "ok"
	statusError = "error"
)

// systemPayload is what the server says about a subscription, a channel or a socket.
type systemPayload struct {
	Extension string
	Status    string
	Message   string // at most cleanedText long
}

// extensionSystem is the extension of what the server says about a channel or a socket.
const extensionSystem = "system"

// known reports whether the client acts on the payload. An unknown word may mean anything, so it is
// ignored.
func (p systemPayload) known() bool {
	return (p.Extension == eventChanges || p.Extension == extensionSystem) && (p.Status == statusOK || p.Status == statusError)
}

// systemFields is the payload on the wire. The client decides nothing by the message, so it may
// have any type.
type systemFields struct {
	Extension string         `json:"extension"`
	Status    string         `json:"status"`
	Message   jsontext.Value `json:"message"`
}

type replyPayload struct {
	Status   string         `json:"status"`
	Response jsontext.Value `json:"response"`
}

// reasonOf returns the words of a refusal: {"reason": "<Code>: <text>"}. It returns any other
// response as it came, because a refusal must not look like a broken frame.
func reasonOf(reply replyPayload) string {
	var response struct {
		Reason jsontext.Value `json:"reason"`
	}
	switch {
	case reply.Status == statusOK:
		return ""
	case json.Unmarshal(reply.Response, &response) != nil || response.Reason == nil:
		return textOf(reply.Response)
	}
	return textOf(response.Reason)
}

// textOf returns a text, or JSON of another type as it came, in at most cleanedText bytes.
func textOf(value jsontext.Value) string {
	var text string
	if value.Kind() != '"' || json.Unmarshal(value, &text) != nil {
		text = string(value)
	}
	return strings.Clone(shortened(text))
}

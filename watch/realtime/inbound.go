package realtime

import (
	"errors"
	"fmt"
	"strings"

	"github.com/go-json-experiment/json"
	"github.com/go-json-experiment/json/jsontext"
)

// inbound is a frame from the server in serializer version 2.0.0,
// [join_ref, ref, topic, event, payload], decoded by the socket's reader, so that the loop
// has only routing left to do.
//
// The reader is strict: a name that comes twice in an object, at any depth, a name in other
// letters, and a wrong JSON type where a value decides something make the frame unreadable.
// Such a frame is counted and changes nothing, except that an unreadable change is told as
// one, because it may have been a hint.
type inbound struct {
	joinRef, ref string // "" if absent, which is never one of ours
	topic, event string

	ok      bool          // phx_reply: the status
	reason  string        // phx_reply: why not
	system  systemPayload // system
	change  Change        // postgres_changes
	ignored bool          // an event that we do not follow
}

var errShape = errors.New("not a frame of five elements")

// decode reads one text message. It keeps nothing of data, which may be reused. With an
// error the frame holds what was read up to there.
func decode(data []byte) (inbound, error) {
	var in inbound
	if err := json.Unmarshal(data, &in); err != nil {
		return in, fmt.Errorf("decoding %q: %w", in.event, err)
	}
	return in, nil
}

// unreadable is what counts of a frame that decode refused: a sign of life, and perhaps that
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
		case kind == '"', kind == '0' && i < 2: // a ref may be a number, which is taken as it is written
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

// orShape is err, or that the frame has another shape.
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
		// Nothing in the payload of a close decides anything. The others are broadcasts and
		// presence, which a tenant can switch on for us, and what newer servers think of.
		in.ignored = in.event != eventClose && in.event != eventError
		return d.SkipValue()
	}
	return nil
}

// readObject reads an object into a struct. The decoder itself would take null for an empty one.
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

// known reports whether the payload means something to us. A word that we do not know may
// mean anything, so it means nothing.
func (p systemPayload) known() bool {
	return (p.Extension == eventChanges || p.Extension == extensionSystem) && (p.Status == statusOK || p.Status == statusError)
}

// systemFields are the payload on the wire. The message decides nothing that its absence
// would not, so it may have any type.
type systemFields struct {
	Extension string         `json:"extension"`
	Status    string         `json:"status"`
	Message   jsontext.Value `json:"message"`
}

type replyPayload struct {
	Status   string         `json:"status"`
	Response jsontext.Value `json:"response"`
}

// reasonOf finds the words of a refusal: {"reason": "<Code>: <text>"}. What does not look
// like that is repeated as it came: a refusal must not look like a broken frame.
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

// textOf is a text, or JSON of another type as it came, in at most cleanedText bytes.
func textOf(value jsontext.Value) string {
	var text string
	if value.Kind() != '"' || json.Unmarshal(value, &text) != nil {
		text = string(value)
	}
	return strings.Clone(shortened(text))
}

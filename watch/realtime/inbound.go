package realtime

import (
	"encoding/json"
	"fmt"
)

// inbound is a frame from the server, its payload decoded by the socket's reader, so
// that the loop has only routing left to do.
type inbound struct {
	joinRef, ref string
	topic, event string

	ok      bool          // phx_reply: the status
	reason  string        // phx_reply: why not
	system  systemPayload // system
	change  Change        // postgres_changes
	ignored bool          // an event that we do not follow
}

type systemPayload struct {
	Extension string `json:"extension"`
	Status    string `json:"status"`
	Message   string `json:"message"`
}

type replyPayload struct {
	Status   string          `json:"status"`
	Response json.RawMessage `json:"response"`
}

// decode reads one text message. It keeps nothing of data, which may be reused.
func decode(data []byte) (inbound, error) {
	f, err := parseFrame(data)
	if err != nil {
		return inbound{}, err
	}
	in := inbound{joinRef: f.joinRef, ref: f.ref, topic: f.topic, event: f.event}
	switch f.event {
	case eventReply:
		var reply replyPayload
		err = json.Unmarshal(f.payload, &reply)
		in.ok, in.reason = reply.Status == "ok", reasonOf(reply)
	case eventSystem:
		err = json.Unmarshal(f.payload, &in.system)
	case eventChanges:
		in.change, err = decodeChange(f.payload)
	case eventClose, eventError:
		if !json.Valid(f.payload) {
			err = errShape
		}
	default:
		// Broadcasts and presence, which a tenant can switch on for us, and whatever newer
		// servers think of.
		in.ignored = true
	}
	if err != nil {
		return inbound{}, fmt.Errorf("decoding %q: %w", f.event, err)
	}
	return in, nil
}

// reasonOf finds the words of a refusal: {"reason": "<Code>: <text>"}. What does not
// look like that is repeated as it came.
func reasonOf(reply replyPayload) string {
	if reply.Status == "ok" {
		return ""
	}
	// The reason is a string in v2.129.8, but nothing promises that; a refusal must not
	// look like a broken frame.
	var response struct {
		Reason json.RawMessage `json:"reason"`
	}
	if json.Unmarshal(reply.Response, &response) != nil || response.Reason == nil {
		return string(reply.Response)
	}
	var text string
	if json.Unmarshal(response.Reason, &text) != nil {
		return string(response.Reason)
	}
	return text
}

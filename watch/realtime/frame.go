package realtime

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"

	upstream "github.com/supabase-community/realtime-go/realtime"
)

// The words of the protocol. realtime-go has most of them; it lacks the three by
// which a channel ends, and the topic of heartbeats.
const (
	eventJoin      = upstream.JOIN_EVENT
	eventReply     = upstream.REPLY_EVENT
	eventChanges   = upstream.POSTGRES_CHANGE_EVENT
	eventSystem    = upstream.SYS_EVENT
	eventHeartbeat = upstream.HEARTBEAT_EVENT
	eventToken     = upstream.ACCESS_TOKEN_EVENT
	eventLeave     = "phx_leave"
	eventClose     = "phx_close"
	eventError     = "phx_error"

	topicPhoenix = "phoenix"
	topicPrefix  = "realtime:"
)

// frame is one message of serializer version 2.0.0:
// [join_ref, ref, topic, event, payload]. An absent ref is "", which is never one of
// ours; ours are numbers written as strings, because a server echoes a ref with the
// JSON type that it came with, and other clients compare strings.
type frame struct {
	joinRef, ref string
	topic, event string
	payload      []byte // part of the bytes given to parseFrame
}

var errShape = errors.New("not a frame of five elements")

// parseFrame takes a frame apart without looking into its payload, which is decoded
// once, later, by the event's own decoder; that also proves it to be JSON.
func parseFrame(data []byte) (frame, error) {
	var f frame
	rest := bytes.TrimSpace(data)
	if len(rest) < 2 || rest[0] != '[' || rest[len(rest)-1] != ']' {
		return f, errShape
	}
	rest = rest[1 : len(rest)-1]
	for i, field := range [...]*string{&f.joinRef, &f.ref, &f.topic, &f.event} {
		var err error
		if *field, rest, err = parseScalar(rest, i < 2); err != nil {
			return frame{}, err
		}
	}
	f.payload = bytes.TrimSpace(rest)
	if len(f.payload) == 0 {
		return frame{}, errShape
	}
	return f, nil
}

// parseScalar reads a string and the comma behind it. A ref may also be null, or a
// number, which is taken as it is written.
func parseScalar(data []byte, isRef bool) (text string, rest []byte, err error) {
	data = bytes.TrimLeft(data, " \t\r\n")
	end, plain := scalarEnd(data)
	raw, rest := data[:end], bytes.TrimLeft(data[end:], " \t\r\n")
	if len(raw) == 0 || len(rest) == 0 || rest[0] != ',' {
		return "", nil, errShape
	}
	rest = rest[1:]
	switch {
	case raw[0] == '"' && plain:
		return string(raw[1 : len(raw)-1]), rest, nil
	case raw[0] == '"':
		if err := json.Unmarshal(raw, &text); err != nil {
			return "", nil, fmt.Errorf("reading a frame's string: %w", err)
		}
		return text, rest, nil
	case isRef && string(raw) == "null":
		return "", rest, nil
	case isRef && (raw[0] == '-' || raw[0] >= '0' && raw[0] <= '9') && json.Valid(raw):
		return string(raw), rest, nil
	}
	return "", nil, errShape
}

// scalarEnd finds the end of the string or word that data begins with. A plain
// string is one that needs no decoding; nearly all are.
func scalarEnd(data []byte) (end int, plain bool) {
	if len(data) == 0 || data[0] != '"' {
		if end = bytes.IndexAny(data, ", \t\r\n"); end < 0 {
			end = len(data)
		}
		return end, false
	}
	plain = true
	for i := 1; i < len(data); i++ {
		switch b := data[i]; {
		case b == '"':
			return i + 1, plain
		case b == '\\':
			plain = false
			i++
		case b < ' ' || b > '~':
			plain = false
		}
	}
	return 0, false
}

// encodeFrame writes a frame of ours; an empty joinRef goes out as null. Payloads are
// our own types, so encoding cannot fail.
func encodeFrame(joinRef, ref, topic, event string, payload any) []byte {
	elements := [5]any{nil, ref, topic, event, payload}
	if joinRef != "" {
		elements[0] = joinRef
	}
	data, err := json.Marshal(elements)
	if err != nil {
		panic(fmt.Sprintf("realtime: encoding %s: %v", event, err))
	}
	return data
}

// joinPayload asks for a channel. realtime-go's ChannelConfig fits inside config
// once presence.enabled and postgres_changes are added; without the config key the
// server would read the topic as schema:table:filter.
type joinPayload struct {
	Config      joinConfig `json:"config"`
	AccessToken string     `json:"access_token"`
}

type joinConfig struct {
	upstream.ChannelConfig
	Presence        presenceConfig `json:"presence"` // instead of ChannelConfig's
	PostgresChanges []Binding      `json:"postgres_changes"`
}

// presenceConfig says enabled:false aloud, or a tenant's default could add a
// presence_state frame to every join.
type presenceConfig struct {
	Key     string `json:"key"`
	Enabled bool   `json:"enabled"`
}

// tokenPayload renews a channel's key.
type tokenPayload struct {
	AccessToken string `json:"access_token"`
}

// noPayload is the {} of heartbeats and leaves. A frame without a payload is dropped
// by the server without a word.
type noPayload struct{}

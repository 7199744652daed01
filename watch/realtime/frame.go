package realtime

import (
	"fmt"

	"github.com/go-json-experiment/json"
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

// encodeFrame encodes a message to the server in serializer version 2.0.0: [join_ref, ref, topic,
// event, payload]. An empty joinRef goes out as null. Refs are numbers written as strings, because
// a server echoes a ref with its JSON type and other clients compare strings. All payloads are
// types of this package, so encoding cannot fail.
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

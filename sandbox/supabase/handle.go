package supabase

import (
	"bytes"
	"encoding/json"
)

// empty is the response of a reply that has nothing to say.
type empty struct{}

// handle does what one frame from the client asks for. It runs on the actor.
func (sk *socket) handle(m message) {
	switch {
	case m.topic == "phoenix" && m.event == "heartbeat":
		sk.answer(m.reply(nil, "ok", empty{}))
	case m.event == "phx_join":
		sk.join(m)
	default:
		if f, ok := sk.handleJoined(m); ok {
			sk.answer(f)
		}
	}
}

// answer writes a reply at once, before whatever waits in the mailbox.
func (sk *socket) answer(f frame) { sk.write(&f) }

// handleJoined does everything that a topic must be joined for. What Phoenix answers
// without asking the channel is returned; what the channel says goes through the mailbox.
func (sk *socket) handleJoined(m message) (frame, bool) {
	s := sk.srv
	s.mu.Lock()
	defer s.mu.Unlock()
	ch := sk.channels[m.topic]
	switch {
	case ch == nil && m.event == "phx_leave": // leaving twice is fine
		return m.reply(m.joinRef, "ok", empty{}), true
	case ch == nil:
		return m.reply(nil, "error", map[string]string{"reason": "unmatched topic"}), true
	case m.event == "phx_leave":
		// A leave of an earlier join is ignored without a word, and "1" is not 1.
		if bytes.Equal(m.joinRef, ch.joinRef) {
			ch.drop()
			sk.send(m.reply(m.joinRef, "ok", empty{}))
			sk.send(ch.closed())
		}
	case m.event == "access_token":
		// Any join_ref will do: Supabase's fork of Phoenix does not look at it.
		ch.renew(m.payload)
	case m.event == "broadcast":
		ch.broadcast(m)
	}
	return frame{}, false
}

// broadcast passes a client's message to the other channels of its topic, and to its own
// if it asked for that, then acknowledges it if it asked for that. It needs Server.mu.
func (ch *channel) broadcast(m message) {
	for sk := range ch.sk.srv.sockets {
		other := sk.channels[m.topic]
		if other == nil || other == ch && !ch.config.Broadcast.Self {
			continue
		}
		sk.send(frame{topic: other.topicJSON, event: "broadcast", payload: m.payload})
	}
	if ch.config.Broadcast.Ack {
		ch.sk.send(m.reply(m.joinRef, "ok", empty{}))
	}
}

// flag is a boolean that may come as the string "true" or "false".
type flag bool

// UnmarshalJSON implements json.Unmarshaler. Anything else is false, for the real server
// only logs a config that does not validate.
func (f *flag) UnmarshalJSON(raw []byte) error {
	*f = string(raw) == "true" || string(raw) == `"true"`
	return nil
}

// config is what a join asks for, in addition to its bindings. Parts of the wrong type stay at
// their zero value.
type config struct {
	Broadcast struct {
		Self  flag `json:"self"`
		Ack   flag `json:"ack"`
		Ready flag `json:"replication_ready"`
	} `json:"broadcast"`
	Presence struct {
		Enabled flag `json:"enabled"`
	} `json:"presence"`
	Private flag `json:"private"`
}

// readConfig reads each part by itself, so that one that is wrong spoils no other.
func readConfig(parts map[string]json.RawMessage) config {
	var c config
	_ = json.Unmarshal(parts["broadcast"], &c.Broadcast) // wrong is the same as absent
	_ = json.Unmarshal(parts["presence"], &c.Presence)
	_ = json.Unmarshal(parts["private"], &c.Private)
	return c
}

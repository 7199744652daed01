package supabase

import (
	"encoding/json"
	"strings"
	"time"

	"github.com/coder/websocket"
)

// The times of a join on a warm server, as recorded; and how long it sleeps over a refusal.
const (
	joinTakes    = 2 * time.Millisecond
	readyTakes   = 5 * time.Millisecond
	refusedAfter = 5 * time.Second
)

// join answers a phx_join. It runs on the actor and sleeps there: while it does, nothing
// else happens on this socket.
func (sk *socket) join(m message) {
	s := sk.srv
	topic, ok := strings.CutPrefix(m.topic, "realtime:")
	if !ok {
		sk.answer(m.reply(nil, "error", map[string]string{"reason": "unmatched topic"}))
		return
	}
	link := Link{}
	if s.opt.Link != nil {
		link = s.opt.Link(topic)
	}
	s.mu.Lock()
	// A second join of a topic kills the first, even if the second is refused. The client
	// hears of it after the reply, behind whatever else it has sent by then.
	s.stats.JoinsAsked++
	old := sk.channels[m.topic]
	if old != nil {
		old.drop()
	}
	s.mu.Unlock()
	if old != nil {
		defer func() { sk.send(old.closed()) }()
	}
	if link.NoReply || !s.unstalled(sk.done) || !s.sleep(s.scaled(joinTakes)+link.JoinDelay, sk.done) {
		return
	}
	ch, no := sk.admit(m, topic, link)
	if no.reason != "" {
		if s.sleep(s.scaled(refusedAfter), sk.done) {
			sk.answer(m.reply(m.joinRef, "error", map[string]string{"reason": no.reason}))
		}
		if no.fatal {
			sk.post(mail{close: int(websocket.StatusGoingAway)})
		}
		return
	}
	echoes := make([]json.RawMessage, len(ch.bindings))
	for i, b := range ch.bindings {
		echoes[i] = b.echo
	}
	sk.answer(m.reply(m.joinRef, "ok", map[string]any{"postgres_changes": echoes}))
	if s.opt.Joined != nil {
		s.opt.Joined(topic)
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	if !ch.gone {
		ch.greet()
	}
}

// joinRefusal is why a join failed; fatal ones end the socket too. The zero value is none.
type joinRefusal struct {
	reason string
	fatal  bool
}

// admit makes the channel, or says why not.
func (sk *socket) admit(m message, topic string, link Link) (*channel, joinRefusal) {
	s := sk.srv
	s.mu.Lock()
	defer s.mu.Unlock()
	ch, no := sk.newChannel(m, topic, s.cooled(link))
	if no.reason != "" {
		s.stats.JoinsRefused++
		return nil, no
	}
	s.stats.Joins++
	sk.channels[m.topic] = ch
	if !sk.counted {
		sk.counted = true
		s.users++
	}
	ch.armExpiry()
	if !ch.link.Cold {
		// Listening begins before the reply, so a warm channel loses nothing of what is
		// committed once the reply is read.
		ch.subscribe()
	}
	return ch, joinRefusal{}
}

// newChannel checks a join in the order in which the real server does: limits, token,
// config, policies. The first fault is the one that is told.
func (sk *socket) newChannel(m message, topic string, link Link) (*channel, joinRefusal) {
	refuse := func(reason string) (*channel, joinRefusal) { return nil, joinRefusal{reason: reason} }
	var params map[string]json.RawMessage
	if json.Unmarshal(m.payload, &params) != nil || params == nil {
		return refuse("UnknownErrorOnChannel: expected params to be a :map, got: `" + inspect(m.payload) + "`")
	}
	if no := sk.limited(topic); no.reason != "" {
		return nil, no
	}
	pass, fault := sk.srv.check(sk.token(params))
	if fault != nil {
		return refuse(fault.join)
	}
	ch := &channel{sk: sk, topic: topic, topicJSON: toJSON(m.topic), joinRef: m.joinRef,
		pushRef: m.joinRef, pass: pass, link: link}
	if string(m.joinRef) == "null" { // its own pushes then carry the ref of the join
		ch.pushRef = m.ref
	}
	if reason := ch.configure(params); reason != "" {
		return refuse(reason)
	}
	if ch.config.Private { // there are no policies on topics here, and without one no client may
		return refuse("Unauthorized: You do not have permissions to read from this Channel topic: " + topic)
	}
	if link.Refuse != "" {
		return refuse(link.Refuse)
	}
	return ch, joinRefusal{}
}

// limited says which limit forbids another join. A join that passes the joins' limit
// counts, even if a later check refuses it.
func (sk *socket) limited(topic string) joinRefusal {
	s, limits, now := sk.srv, sk.srv.opt.Limits, time.Now()
	switch {
	case topic == "":
		return joinRefusal{reason: "TopicNameRequired: You must provide a topic name"}
	case limits.Users > 0 && s.users >= limits.Users:
		// No socket may join then, not even one that has joined before.
		return joinRefusal{reason: "ConnectionRateLimitReached: Too many connected users"}
	case s.joins.reached(now, limits.Joins):
		return joinRefusal{reason: "ClientJoinRateLimitReached: Too many joins per second", fatal: true}
	}
	s.joins.add(now, 1)
	if limits.Channels > 0 && len(sk.channels) >= limits.Channels {
		return joinRefusal{reason: "ChannelRateLimitReached: Too many channels"}
	}
	return joinRefusal{}
}

// configure reads what the join asks for. Without a config it is the old form, where the
// topic itself names the table. Containers of the wrong type crash the real channel.
func (ch *channel) configure(params map[string]json.RawMessage) (reason string) {
	raw, given := params["config"]
	if !given {
		ch.legacy = true
		ch.bindings = []binding{legacyBinding(ch.topic)}
		return ""
	}
	var parts map[string]json.RawMessage
	if json.Unmarshal(raw, &parts) != nil {
		return "UnknownErrorOnChannel: no function clause matching in Access.get/3"
	}
	ch.config = readConfig(parts)
	ch.bindings, reason = readBindings(parts["postgres_changes"])
	return reason
}

// token is the one that a join is made with: user_token, access_token, or the key of the
// socket when neither is a string, or is one of Supabase's new kind of keys.
func (sk *socket) token(params map[string]json.RawMessage) string {
	for _, key := range []string{"user_token", "access_token"} {
		var text *string
		if json.Unmarshal(params[key], &text) == nil && text != nil {
			if strings.HasPrefix(*text, "sb_") {
				return sk.apikey
			}
			return *text
		}
	}
	return sk.apikey
}

package supabase

import "time"

// Link says what the link of one channel does. The zero value is a clean one. Its own
// delays are real time; only how long a copy waits is scaled.
type Link struct {
	JoinDelay  time.Duration // before the join's reply; the whole socket waits, as on a slow database
	ReadyDelay time.Duration // between the reply and "system ok"
	Cold       bool          // changes committed before "system ok" are lost, as with a cold worker
	NoReply    bool          // the join is never answered; the socket itself lives
	Refuse     string        // if not empty, the reason why the join is refused, after 5 s for the whole socket
	Silent     bool          // "system ok", then never a change
	HalfOpen   bool          // after "system ok" the socket's server side reads and writes nothing more; TCP stays open
	Copies     int           // every change is sent this many times more, behind its successor where there is one
	Garbage    bool          // between the good frames come bad ones
}

// copyWaits is how long a copy waits for a successor to hide behind.
const copyWaits = 5 * time.Second

// deliver sends one change to the channel, the way its link does.
func (ch *channel) deliver(f frame) {
	if ch.link.Garbage {
		ch.litter()
	}
	ch.sk.send(f)
	if ch.link.Copies == 0 {
		return
	}
	ch.sendHeld()
	for range ch.link.Copies {
		ch.held = append(ch.held, f)
	}
	ch.flush = ch.later(ch.sk.srv.scaled(copyWaits), ch.sendHeld)
}

// sendHeld sends the copies that waited for a successor.
func (ch *channel) sendHeld() {
	if ch.flush != nil {
		ch.flush.Stop()
	}
	if len(ch.held) > 0 {
		ch.sk.post(mail{group: ch.held})
		ch.held = nil
	}
}

// litter sends what a client must survive: no JSON, a topic that was not joined, an unknown event,
// presence, and the old form of a message.
func (ch *channel) litter() {
	foreign := toJSON("realtime:nobody-joined-this")
	change := []byte(`{"data":{"schema":"public","table":"elsewhere","type":"INSERT","record":{"id":1},` +
		`"columns":[],"errors":null,"commit_timestamp":"2026-01-01T00:00:00.000Z"},"ids":[1]}`)
	ch.sk.post(mail{group: []frame{
		{raw: true, payload: []byte(`{"topic":"realtime:`)},
		{raw: true, payload: []byte(`42`)},
		{topic: foreign, event: "postgres_changes", payload: change},
		{topic: ch.topicJSON, event: "no_such_event", payload: []byte(`{"a":[1,null]}`)},
		{joinRef: ch.pushRef, topic: ch.topicJSON, event: "presence_state", payload: []byte("{}")},
		{joinRef: toJSON("no-such-join"), topic: ch.topicJSON, event: "phx_error", ref: toJSON("no-such-join"), payload: []byte("{}")},
	}})
}

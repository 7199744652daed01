package supabase

import (
	"encoding/json"
	"strings"
	"time"
)

// A token is looked at again this often even if it lives longer; and this long after a
// new one was taken the subscription is made anew with its claims.
const (
	recheckEvery = 5 * time.Minute
	reinsertFrom = time.Second
	reinsertTo   = 3 * time.Second
)

// channel is a joined topic of one socket. Server.mu guards all of it.
type channel struct {
	sk        *socket
	topic     string // without "realtime:"
	topicJSON []byte
	joinRef   json.RawMessage // of its phx_join, as it came
	pushRef   json.RawMessage // what its own pushes carry
	config    config
	legacy    bool // joined without config
	bindings  []binding
	pass      pass // the token held now
	link      Link
	gone      bool

	expiry *time.Timer // looks at the token again
	ready  *time.Timer // of the next "system ok"
	subs   []*subscription
	failed string // why the subscription could not be made

	hits  []int  // bindings that the change of number hitOf matched
	hitOf uint64 // scratch of the poller
	held  []frame
	flush *time.Timer // sends held, see Link.Copies
}

// drop ends the channel without a word to the client.
func (ch *channel) drop() {
	ch.gone = true
	if topic := "realtime:" + ch.topic; ch.sk.channels[topic] == ch {
		delete(ch.sk.channels, topic)
	}
	ch.unsubscribe()
	for _, timer := range []*time.Timer{ch.expiry, ch.ready, ch.flush} {
		if timer != nil {
			timer.Stop()
		}
	}
}

// later runs do after d, unless the channel is gone by then.
func (ch *channel) later(d time.Duration, do func()) *time.Timer {
	return ch.sk.srv.after(d, func() {
		ch.sk.srv.mu.Lock()
		defer ch.sk.srv.mu.Unlock()
		if !ch.gone {
			do()
		}
	})
}

// greet sends what follows the reply to a join, and arms the "system ok".
func (ch *channel) greet() {
	if ch.config.Broadcast.Ready {
		ch.system("system", "ok", "Replication connection established")
	}
	if ch.config.Presence.Enabled {
		ch.sk.send(frame{joinRef: ch.pushRef, topic: ch.topicJSON, event: "presence_state", payload: []byte("{}")})
	}
	if len(ch.bindings) > 0 {
		delay := ch.sk.srv.scaled(readyTakes) + ch.link.ReadyDelay
		ch.ready = ch.later(delay, ch.announce)
	}
}

// announce says how the subscription went. A cold one is made only now, so everything
// that was committed before is lost to it.
func (ch *channel) announce() {
	if ch.link.Cold {
		if ch.subs == nil {
			ch.subscribe()
		}
		ch.link.Cold = false // it is warm for the next token
	}
	if ch.failed != "" {
		ch.system("postgres_changes", "error", ch.failed)
		return
	}
	ch.system("postgres_changes", "ok", "Subscribed to PostgreSQL")
	if ch.link.Garbage {
		ch.litter()
	}
	if ch.link.HalfOpen {
		ch.sk.post(mail{do: ch.sk.wire.sever})
	}
}

// system pushes a system frame.
func (ch *channel) system(extension, status, message string) {
	ch.sk.send(frame{joinRef: ch.pushRef, topic: ch.topicJSON, event: "system",
		payload: toJSON(map[string]string{"extension": extension, "status": status,
			"message": message, "channel": ch.topic})})
}

// closed is the phx_close of this channel. It carries the join_ref as it came, in version
// 1 as its ref, so a client can tell the close of an earlier join from its own.
func (ch *channel) closed() frame {
	return frame{joinRef: ch.joinRef, ref: ch.joinRef, topic: ch.topicJSON, event: "phx_close", payload: []byte("{}")}
}

// expire ends the channel because its token is no good. Others on the socket live on.
func (ch *channel) expire(message string) {
	ch.system("system", "error", message)
	ch.drop()
	ch.sk.send(ch.closed())
}

// armExpiry sets the timer that looks at the token again. The real server subtracts whole
// seconds, so a channel ends up to a second after exp.
func (ch *channel) armExpiry() {
	left := recheckEvery
	if seconds := ch.pass.exp - ch.sk.srv.now().Unix(); seconds < int64(recheckEvery/time.Second) {
		left = time.Duration(seconds) * time.Second
	}
	if ch.expiry != nil {
		ch.expiry.Stop()
	}
	ch.expiry = ch.later(left, func() {
		if _, fault := ch.sk.srv.check(ch.pass.text); fault != nil {
			ch.expire(fault.push)
			return
		}
		ch.armExpiry()
	})
}

// renew takes a pushed access_token. A good one gets no reply: its "system ok" comes when
// the subscription has been made anew, and until then the old claims choose the rows. A bad
// one ends the channel, even while the old token was still good.
func (ch *channel) renew(payload json.RawMessage) {
	var push struct {
		Token *string `json:"access_token"`
	}
	if json.Unmarshal(payload, &push) != nil || push.Token == nil ||
		strings.HasPrefix(*push.Token, "sb_") || *push.Token == ch.pass.text {
		return
	}
	pass, fault := ch.sk.srv.check(*push.Token)
	if fault != nil {
		ch.expire(fault.push)
		return
	}
	ch.pass = pass
	ch.armExpiry()
	if len(ch.bindings) == 0 {
		return
	}
	if ch.ready != nil {
		ch.ready.Stop()
	}
	ch.ready = ch.later(ch.sk.srv.between(reinsertFrom, reinsertTo), func() {
		ch.unsubscribe()
		ch.subscribe()
		ch.announce()
	})
}

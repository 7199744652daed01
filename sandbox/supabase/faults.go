package supabase

import (
	"time"

	"github.com/coder/websocket"
)

// warmFrom and warmTo are how long a server that was just started takes to listen to its
// database, counted from its first join: the least that was recorded.
const (
	warmFrom = 1050 * time.Millisecond
	warmTo   = 1150 * time.Millisecond
)

// Freeze stops the server for d, as SIGSTOP does: nothing is read, written, accepted or
// polled, and no connection ends. Then all goes on where it stood. It returns at once; a
// second call while frozen does nothing.
func (s *Server) Freeze(d time.Duration) {
	if s.gate.waiting() != nil {
		return
	}
	s.gate.close()
	s.after(d, func() {
		s.gate.open()
		s.mu.Lock()
		defer s.mu.Unlock()
		for sk := range s.sockets {
			sk.wire.wake()
		}
		s.arm()
	})
}

// CutSockets ends every socket that is open now or about to open. Code 0 cuts TCP without a
// close frame, so that clients see 1006; any other is the close code, after what was still
// to be sent.
func (s *Server) CutSockets(code int) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.cutSockets(code)
}

// cutSockets does CutSockets's work. It needs s.mu.
func (s *Server) cutSockets(code int) {
	s.cuts++ // an upgrade that is under way looks at it
	for sk := range s.sockets {
		if code == 0 {
			sk.wire.cut()
		} else {
			sk.post(mail{close: code})
		}
	}
}

// Restart ends the server's process and starts it again after d: sockets end with that code (1012
// when it was told to end, 0 when it was killed). Until then the server does not answer, and the
// first join finds its database cold.
func (s *Server) Restart(code int, d time.Duration) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.cutSockets(code)
	s.down, s.cold, s.warm = time.Now().Add(d), true, time.Time{}
}

// Restarted ends a Restart before its time.
func (s *Server) Restarted() {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.down = time.Time{}
}

// Disconnect sends all clients away to come back, as the server does when a project's settings have
// changed: each channel hears of it, then the sockets close with 1012.
func (s *Server) Disconnect() {
	s.mu.Lock()
	defer s.mu.Unlock()
	for sk := range s.sockets {
		for _, ch := range sk.channels {
			sk.send(frame{topic: ch.topicJSON, event: "system", payload: toJSON(map[string]string{
				"extension": "system", "status": "ok", "message": "Server requested disconnect"})})
		}
	}
	s.cutSockets(int(websocket.StatusServiceRestart))
}

// cooled is a channel's link on a server that may not listen to its database yet. It needs
// s.mu.
func (s *Server) cooled(link Link) Link {
	now := time.Now()
	if s.cold {
		s.cold, s.warm = false, now.Add(s.between(warmFrom, warmTo))
	}
	if now.Before(s.warm) {
		link.Cold, link.ReadyDelay = true, max(link.ReadyDelay, s.warm.Sub(now))
	}
	return link
}

// Refuse answers all upgrades of the next d with status and message, as JSON and after the
// 2 s that the real server takes. Sockets that are open stay. A d of 0 ends it.
func (s *Server) Refuse(status int, message string, d time.Duration) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.refusal = refusal{status: status, message: message, until: time.Now().Add(d)}
}

// Deafen makes the server drop changes silently while on: joins work, heartbeats are answered, and
// no channel hears of anything.
func (s *Server) Deafen(on bool) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.deaf = on
	if on {
		s.stats.Dropped += len(s.slot)
		s.slot = nil
	}
}

// CrashChannels ends every channel with phx_error. The sockets stay open.
func (s *Server) CrashChannels() {
	s.mu.Lock()
	defer s.mu.Unlock()
	for sk := range s.sockets {
		for _, ch := range sk.channels {
			ch.drop()
			sk.send(frame{joinRef: ch.joinRef, ref: ch.joinRef, topic: ch.topicJSON,
				event: "phx_error", payload: []byte(`{"reason":"channel_crash"}`)})
		}
	}
}

// Resubscribe sends another "system ok" on every channel that listens to a table, as the
// real server does after it has made all subscriptions anew.
func (s *Server) Resubscribe() {
	s.mu.Lock()
	defer s.mu.Unlock()
	for sk := range s.sockets {
		for _, ch := range sk.channels {
			if len(ch.subs) > 0 { // one that is not subscribed yet would be told a lie
				ch.system("postgres_changes", "ok", "Subscribed to PostgreSQL")
			}
		}
	}
}

// StallJoins makes every join of the next d wait until d is over, as on a slow database,
// and its socket with it. Then it is answered as always. A d of 0 frees those that wait.
func (s *Server) StallJoins(d time.Duration) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.stalled = time.Now().Add(d)
	close(s.restall)
	s.restall = make(chan struct{})
}

// unstalled waits until no join is stalled any more. It is false when the server or the
// other has ended first.
func (s *Server) unstalled(other <-chan struct{}) bool {
	for {
		s.mu.Lock()
		wait, changed := time.Until(s.stalled), s.restall
		s.mu.Unlock()
		if wait <= 0 {
			return true
		}
		timer := time.NewTimer(wait)
		select {
		case <-timer.C:
		case <-changed:
		case <-s.done:
			timer.Stop()
			return false
		case <-other:
			timer.Stop()
			return false
		}
		timer.Stop()
	}
}

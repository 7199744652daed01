package supabase

import (
	"time"

	"github.com/coder/websocket"
)

// Freeze stops the server for d, as SIGSTOP does: nothing is read, written, accepted or
// polled, and no connection ends. Then all goes on where it stood. It returns at once; a
// second call while frozen does nothing.
func (s *Server) Freeze(d time.Duration) {
	if s.gate.waiting() != nil {
		return
	}
	s.gate.close()
	time.AfterFunc(d, func() {
		s.gate.open()
		s.mu.Lock()
		defer s.mu.Unlock()
		for sk := range s.sockets {
			sk.wire.wake()
		}
		s.arm()
	})
}

// CutSockets ends every socket that is open now. Code 0 cuts TCP without a close frame, so
// that clients see 1006; any other is the close code, after what was still to be sent. With
// 1012 every channel first hears "Server requested disconnect".
func (s *Server) CutSockets(code int) {
	s.mu.Lock()
	defer s.mu.Unlock()
	for sk := range s.sockets {
		if code == 0 {
			sk.wire.cut()
			continue
		}
		if code == int(websocket.StatusServiceRestart) {
			for _, ch := range sk.channels {
				sk.send(frame{topic: ch.topicJSON, event: "system", payload: toJSON(map[string]string{
					"extension": "system", "status": "ok", "message": "Server requested disconnect"})})
			}
		}
		sk.post(mail{close: code})
	}
}

// Refuse answers all upgrades of the next d with status and message, as JSON and after the
// 2 s that the real server takes. Sockets that are open stay. A d of 0 ends it.
func (s *Server) Refuse(status int, message string, d time.Duration) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.refusal = refusal{status: status, message: message, until: time.Now().Add(d)}
}

// Deafen makes the server throw changes away, silently, while on: joins work, heartbeats
// are answered, and nobody hears of anything.
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
			if len(ch.bindings) > 0 && ch.failed == "" {
				ch.system("postgres_changes", "ok", "Subscribed to PostgreSQL")
			}
		}
	}
}

// StallJoins makes every join of the next d wait until d is over, as on a slow database,
// and its socket with it. Then it is answered as always.
func (s *Server) StallJoins(d time.Duration) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.stalled = time.Now().Add(d)
}

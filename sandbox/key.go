package sandbox

import (
	"net/http"
	"strings"
	"time"
)

// collectionKey serves POST /v1/realtime-keys/collection: a token for one channel, which
// shows one payment. It may be asked for before that payment is executed.
func collectionKey(c *call) {
	f, ok := c.body()
	if !ok {
		return
	}
	id := f.integer("session_id")
	kind := f.oneOf("source_type", "INVOICE", "ORDER")
	reference := f.text("reference_id")
	if reference != "" && !isReference(reference) {
		f.wrong("reference_id", "value is not a valid UUID v4")
	}
	if len(f.faults) > 0 {
		c.refuse(f.faults...)
		return
	}
	if c.about(id) || c.s.refuseKey(c, id) {
		return
	}
	c.s.mu.RLock()
	session := c.s.sessions[id]
	p := c.s.payments[strings.ToLower(reference)]
	// A key for another payment of the merchant's would show that one's row under this name.
	known := session != nil && session.source.kind == kind && (p == nil || p.session == session)
	short := p != nil && p.session != nil && p.session.shortKeys
	c.s.mu.RUnlock()
	if !known {
		c.fail(http.StatusNotFound, "Checkout session not found")
		return
	}
	life := c.s.opt.KeyLife
	if short || c.s.linkOf(id).name == "short-key" {
		life = min(life, shortKeyLife)
	}
	lives := life
	if c.s.faults.on(DeadKeys) {
		lives = -time.Minute // what is told of it stays as it was
	}
	c.reply(http.StatusOK, map[string]any{
		"access_token": c.s.rt.Mint("authenticated", map[string]any{
			"sub": c.s.opt.ClientID, "session_id": id, "source_type": kind,
			// In lower case as the table has it: a uuid column knows no other.
			"reference_id": strings.ToLower(reference),
		}, lives),
		"expires_in": max(1, int(life/time.Second)), // seconds, unlike a bearer token's
	})
}

// refuseKey refuses the first two keys of a session whose link is key-refused, each in
// another way.
func (s *Server) refuseKey(c *call, session int64) bool {
	if s.linkOf(session).name != "key-refused" {
		return false
	}
	_, count := s.spellOf(session).within(0)
	switch count {
	case 1:
		c.fail(http.StatusForbidden, "Realtime is not enabled for this merchant")
	case 2:
		c.refuse(wrong("body", "session_id", "session is not ready for realtime"))
	}
	return count <= 2
}

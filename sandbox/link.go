package sandbox

import (
	"fmt"
	"math/rand/v2"
	"slices"
	"strconv"
	"strings"
	"time"

	"tillwatch/sandbox/supabase"
)

// link is what a payment's link does, whatever the payment does.
type link struct {
	name    string
	code    int64              // the session's last two digits
	channel supabase.Link      // what realtime does with the session's channel
	once    bool               // only the first join meets it; later ones are clean
	story   bool               // of the HTTP side, for single stories, so never part of a mix
	trouble func(c *call) bool // what the HTTP side does; nil is nothing
}

// reserved is the range of session numbers whose last two digits choose a link. Every
// other session is clean.
const reservedLeast, reservedMost = 900000, 909999

// links is the whole table. A refused join names the topic and not the server: clients
// rightly stop all joins when the server itself is said to be in trouble.
var links = []link{
	{name: "clean", code: 0},
	{name: "premature", code: 1, channel: supabase.Link{Cold: true, ReadyDelay: 2 * time.Second}},
	{name: "join-timeout", code: 2, channel: supabase.Link{NoReply: true}},
	{name: "channel-error", code: 3, channel: supabase.Link{
		Refuse: "Unauthorized: You do not have permissions to read from this Channel topic"}},
	{name: "silent", code: 4, channel: supabase.Link{Silent: true}},
	{name: "half-open", code: 5, channel: supabase.Link{HalfOpen: true}, once: true},
	{name: "short-key", code: 6},
	{name: "key-refused", code: 7},
	{name: "throttled", code: 8, story: true, trouble: throttled},
	{name: "server-error", code: 9, story: true, trouble: failing},
	{name: "duplicates", code: 10, channel: supabase.Link{Copies: 2}},
	{name: "wrong-hint", code: 11}, // also changes what becomes of the money
	{name: "slow-verify", code: 12},
	{name: "offline", code: 13, story: true, trouble: offline},
	{name: "garbage", code: 14, channel: supabase.Link{Garbage: true}},
	{name: "clock", code: 15, story: true, trouble: ahead},
}

// clean is the link of every session outside the reserved range.
var clean = &links[0]

// Links lists the names that an Order may carry, Mixed among them. The caller owns the
// slice.
func Links() []string {
	names := make([]string, 0, len(links)+1)
	for _, l := range links {
		names = append(names, l.name)
	}
	return append(names, Mixed)
}

// ManyLinks lists the names that Options.Links may have: those of Links without the HTTP
// side's. What those do to one payment, a run of many meets as a fault of the whole sandbox.
// The caller owns the slice.
func ManyLinks() []string {
	names := make([]string, 0, len(links)+1)
	for _, l := range links {
		if !l.story {
			names = append(names, l.name)
		}
	}
	return append(names, Mixed)
}

// usualLink is the link of a source's session that a merchant opens over the API.
func (s *Server) usualLink(src *source) *link {
	if s.opt.Links == Mixed {
		return mixedLink(s.drawing(drawLink, src.id))
	}
	if l, err := linkNamed(s.opt.Links); err == nil {
		return l
	}
	return clean
}

// linkNamed finds a link by its name, or by its code with or without a zero before it.
func linkNamed(name string) (*link, error) {
	code, err := strconv.ParseUint(name, 10, 16)
	i := slices.IndexFunc(links, func(l link) bool { return l.name == name || err == nil && l.code == int64(code) })
	if i < 0 {
		return nil, fmt.Errorf("unknown link %q; known are %s", name, strings.Join(Links(), ", "))
	}
	return &links[i], nil
}

// linkOfSession reads a link off a session's number.
func linkOfSession(session int64) *link {
	if session < reservedLeast || session > reservedMost {
		return clean
	}
	for i := range links {
		if links[i].code == session%100 {
			return &links[i]
		}
	}
	return clean
}

// mixedLink draws a link for demos and load: nine in ten are clean, the others are spread
// over the realtime side's troubles. Some of those reach the neighbours on the same socket.
func mixedLink(r *rand.Rand) *link {
	if r.Float64() < 0.9 {
		return clean
	}
	for {
		if l := &links[1+r.IntN(len(links)-1)]; !l.story {
			return l
		}
	}
}

package realtime

import (
	"errors"
	"strings"
	"time"
)

// remedy is what helps a channel whose subscription to the database the server could
// not make.
type remedy uint8

const (
	// waiting: the server tries again by itself after 5 to 10 s, and says each time how
	// that ended.
	waiting remedy = iota
	// rejoining: the server tries no more, though nothing is wrong with what we ask for.
	rejoining
	// nothing: what we ask for is wrong, and will be refused for ever.
	nothing
)

// remedyFor reads a system error about a subscription. The words are those of Supabase
// Realtime v2.129.8's subscriptions.ex; whatever it does not know it tries again.
func remedyFor(message string) remedy {
	for _, wrong := range [...]string{"Error parsing ", "No subscription params ", "Column selection "} {
		if strings.HasPrefix(message, wrong) {
			return nothing
		}
	}
	if !strings.HasPrefix(message, "Unable to subscribe to changes with given parameters") {
		return waiting
	}
	_, exception, raised := strings.Cut(message, "Exception: ")
	if !raised {
		return nothing // the table is not published
	}
	code, isSQL := strings.CutPrefix(exception, "ERROR ")
	if !isSQL {
		return rejoining // the server lost its connection
	}
	switch code[:min(2, len(code))] {
	case "08", "25", "40", "53", "55", "57", "58", "XX":
		// The connection, a rolled back transaction, a lack of resources, a shutdown: SQL's
		// classes of errors that are about the moment.
		return rejoining
	}
	return nothing
}

// unsubscribed takes a system error about ch's subscription: the channel is joined and
// hears nothing.
func (c *Client) unsubscribed(ch *Channel, message string, now time.Time) {
	c.alarms.stop(&ch.later) // there is no subscription left to confirm
	err := errors.New(clean("the subscription was refused: " + message))
	switch remedyFor(message) {
	case nothing:
		c.quitTopic(ch)
		c.over(ch, err)
	case rejoining:
		c.quitTopic(ch)
		c.lose(ch, err, now)
	default:
		// It waits where it is. A rejoin would cost a key, hold up its socket while the server
		// looks for its database, and find the same one.
		c.taken(ch)
		news := ch.turned || ch.state == ready
		if ch.state == ready {
			c.readies--
			ch.state = joined
		}
		ch.pushed = time.Time{}
		if ch.goodbye == "" {
			c.alarms.set(&ch.wait, now.Add(joinPatience)) // else it is tried anew
		}
		if news { // it is said once, and not each 5 s
			ch.tell(Notice{Kind: Lost, Err: err})
		}
	}
}

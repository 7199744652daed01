package realtime

import (
	"context"
	"crypto/sha256"
	"errors"
	"fmt"
	"strings"
	"time"
)

// ask calls the channel's Token on a goroutine of its own and passes the result to take in the
// loop.
//
// The server sleeps 5 s on a join with a key that it cannot read, and ends a channel to which such
// a key is pushed. So ask treats such a key as none.
func (c *Client) ask(ch *Channel, take func(ch *Channel, key Token, err error, now time.Time)) {
	ctx, cancel := context.WithCancel(c.ctx)
	// An answer may come after the channel was lost and asks anew: the id tells them apart.
	ch.askingID++
	id := ch.askingID
	ch.asking = cancel
	c.spawn(func() {
		defer cancel()
		key, err := ch.token(ctx)
		if err == nil {
			key.Text = strings.TrimSpace(key.Text) // as the server does
			err = unusable(key.Text)
		}
		c.post(func(now time.Time) {
			if ch.asking == nil || ch.askingID != id || ch.state == ended {
				return // the channel does not wait for it any more
			}
			ch.asking = nil
			take(ch, key, err, now)
		})
	})
}

// unusable says why a text cannot be a key.
func unusable(text string) error {
	switch {
	case text == "":
		return errors.New("the key is empty")
	case len(text) > keyLimit:
		return fmt.Errorf("the key is over %d KiB", keyLimit>>10)
	case strings.ContainsFunc(text, func(r rune) bool { return r <= ' ' || r > '~' }):
		return errors.New("the key has characters that no key has")
	}
	return nil
}

// stopAsking ends a Token call that is under way, and gives its turn to another.
func (c *Client) stopAsking(ch *Channel) {
	if ch.asking == nil {
		return
	}
	ch.asking()
	ch.asking = nil
	if ch.state == minting {
		c.minting--
	} else {
		c.renews--
	}
}

// mint gets the key for ch's join: its turn has come.
func (c *Client) mint(ch *Channel) {
	ch.delist()
	ch.state = minting
	c.minting++
	c.ask(ch, c.minted)
}

func (c *Client) minted(ch *Channel, key Token, err error, now time.Time) {
	c.minting--
	ch.state = resting // until one of the cases below decides
	switch {
	case err != nil && isPermanent(err):
		c.over(ch, cleanError(err))
	case !ch.wanted(0): // the key took too long
		c.over(ch, errUnwanted)
	case err != nil:
		ch.keyFails++
		c.rest(ch, fullJitter(step(ch.keyFails)), now)
		ch.tell(Notice{Kind: Lost, Err: cleanError(err)})
	case !key.lives(now, leastLife) && ch.thrown >= maxThrown:
		c.over(ch, errors.New("the keys come with under 5 s to live"))
	case !key.lives(now, leastLife):
		ch.thrown++
		c.mint(ch) // the issuer may hand out one that was made before: ask again at once
	default:
		ch.keyFails = 0
		ch.take(key, now)
		ch.enlist(&c.keyed, keyed, false)
		c.turnBack(ch, now)
	}
}

// take remembers a key that will be used.
func (ch *Channel) take(key Token, now time.Time) {
	ch.key, ch.keyFrom, ch.keyHash = key, now, sha256.Sum256([]byte(key.Text))
	ch.spent = false
}

// hasKey reports whether ch has a key to join with. One that has been sent before is used
// again while it is in the first two thirds of its life: where a socket dies, or all of
// them, a new key for each channel would keep them out for as long as those take. Once the
// server has refused one such, only younger ones are.
func (c *Client) hasKey(ch *Channel, now time.Time) bool {
	switch {
	case ch.key.Text == "" || !ch.key.lives(now, leastLife) || ch.keyFrom.Before(c.slept):
		return false
	case !ch.spent:
		return true
	}
	return ch.keyFrom.After(c.doubted) && (ch.key.Expires.IsZero() || now.Before(ch.renewAt()))
}

// renewAt is when the key is two thirds through its life.
func (ch *Channel) renewAt() time.Time {
	return ch.keyFrom.Add(ch.key.Expires.Sub(ch.keyFrom) / 3 * 2) // divide first: a life may be the longest Duration
}

// isPermanent asks an error whether trying again is useless.
func isPermanent(err error) bool {
	var permanent interface{ Permanent() bool }
	return errors.As(err, &permanent) && permanent.Permanent()
}

// planRenewal sets the time at which ch's key is two thirds through its life.
func (c *Client) planRenewal(ch *Channel, now time.Time) {
	if ch.key.Expires.IsZero() {
		return
	}
	ch.renew.ring = func(now time.Time) { c.renewalDue(ch, now) }
	c.alarms.set(&ch.renew, ch.renewAt())
}

// renewalDue asks whether the channel outlives its key. If it does not, the key just
// runs out, which the server tells.
func (c *Client) renewalDue(ch *Channel, now time.Time) {
	left := ch.key.Expires.Sub(now)
	if left <= 0 || !ch.wanted(left) {
		return
	}
	ch.delist()
	ch.list, ch.place = &c.renewal, c.renewal.PushBack(ch)
}

// renewNext starts renewals in the order in which they fell due.
func (c *Client) renewNext() {
	for c.renews < maxRenews && c.renewal.Len() > 0 {
		ch := c.renewal.Front().Value.(*Channel)
		ch.delist()
		c.renews++
		c.ask(ch, c.renewed)
	}
}

// renewed pushes a fresh key. The server answers a good one with system ok after 1 to
// 3 s, a bad one by ending the channel. No failure here ends a channel whose old key
// is still good: it listens on until that runs out.
func (c *Client) renewed(ch *Channel, key Token, err error, now time.Time) {
	c.renews--
	switch {
	case err != nil && isPermanent(err): // no other key will come; this one is heard out
	case err != nil || !key.lives(now, leastLife):
		ch.keyFails++
		if again := now.Add(fullJitter(step(ch.keyFails))); again.Before(ch.key.Expires) {
			c.alarms.set(&ch.renew, again)
		}
	case sha256.Sum256([]byte(key.Text)) == ch.keyHash:
		// The issuer hands the same key out for its whole life, and the server ignores
		// one that it has. Ask again, but not in a hurry as its end comes near.
		ch.key.Expires = key.Expires
		again := now.Add(max(key.Expires.Sub(now)/3*2, leastLife))
		if !key.Expires.IsZero() && again.Before(key.Expires) {
			c.alarms.set(&ch.renew, again)
		}
	default:
		ch.keyFails = 0
		ch.take(key, now)
		ch.spent = true
		// The ref is remembered, for "unmatched topic" is how a server without the channel
		// answers, and nothing else would tell.
		ch.pushRef, ch.pushed = ch.socket.nextRef(), now
		ch.socket.send(ch.joinRef, ch.pushRef, ch.topic(), eventToken, tokenPayload{key.Text})
		if ch.state == ready && ch.goodbye == "" {
			// The server subscribes anew. If it cannot, it may say nothing and tell no changes.
			c.alarms.set(&ch.wait, now.Add(joinPatience))
		}
		c.planRenewal(ch, now)
	}
}

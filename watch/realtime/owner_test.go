package realtime

import (
	"context"
	"fmt"
	"sync"
	"testing"
	"time"
)

// owner is a channel's owner in a test: it notes what it hears.
type owner struct {
	t     *testing.T
	ch    *Channel
	mu    sync.Mutex
	heard []Notice
	times []time.Time
	keys  int
	life  time.Duration // of the next keys; 0 for ever
	next  func(n int) (Token, error)
	want  func(in time.Duration) bool
	then  func(Notice) // does something from inside Hear
}

func (o *owner) hear(n Notice) {
	o.mu.Lock()
	o.heard = append(o.heard, n)
	o.times = append(o.times, time.Now())
	then := o.then
	o.mu.Unlock()
	if n.Kind == Lost && n.Err == nil {
		o.t.Error("Lost without a reason")
	}
	if then != nil {
		then(n)
	}
}

func (o *owner) token(context.Context) (Token, error) {
	o.mu.Lock()
	defer o.mu.Unlock()
	o.keys++
	if o.next != nil {
		return o.next(o.keys)
	}
	key := Token{Text: fmt.Sprintf("key-%d", o.keys)}
	if o.life > 0 {
		key.Expires = time.Now().Add(o.life)
	}
	return key, nil
}

// open opens a channel for o.
func (o *owner) open(c *Client, topic string) *owner {
	spec := Spec{
		Topic:   topic,
		Changes: []Binding{{Event: "*", Schema: "public", Table: "t", Filter: "reference_id=eq.U"}},
		Token:   o.token,
		Hear:    o.hear,
	}
	if o.want != nil {
		spec.Wanted = o.want
	}
	o.mu.Lock() // Hear may come before Open has returned
	o.ch = c.Open(spec)
	o.mu.Unlock()
	return o
}

// kinds is what o heard, as words.
func (o *owner) kinds() string {
	o.mu.Lock()
	defer o.mu.Unlock()
	text := ""
	for i, n := range o.heard {
		if i > 0 {
			text += " "
		}
		text += n.Kind.String()
		switch {
		case n.Over:
			text += "!"
		case n.Asked:
			text += "?"
		}
	}
	return text
}

func (o *owner) wants(words string) {
	o.t.Helper()
	if got := o.kinds(); got != words {
		o.t.Errorf("%s heard %q, want %q (last error: %v)", o.ch.spec.Topic, got, words, o.lastErr())
	}
}

// isReady says that o may trust its channel now.
func (o *owner) isReady() bool {
	o.mu.Lock()
	defer o.mu.Unlock()
	is := false
	for _, n := range o.heard {
		switch n.Kind {
		case Ready, Resumed:
			is = true
		case Stalled, Lost:
			is = false
		}
	}
	return is
}

func (o *owner) lastErr() error {
	o.mu.Lock()
	defer o.mu.Unlock()
	for i := len(o.heard) - 1; i >= 0; i-- {
		if o.heard[i].Err != nil {
			return o.heard[i].Err
		}
	}
	return nil
}

// reason is the text of the last error that o heard.
func (o *owner) reason() string { return fmt.Sprint(o.lastErr()) }

// forget empties what o heard so far.
func (o *owner) forget() {
	o.mu.Lock()
	defer o.mu.Unlock()
	o.heard, o.times = nil, nil
}

package realtime

import (
	"container/list"
	"context"
	"crypto/sha256"
	"fmt"
	"sync"
	"time"

	"github.com/go-json-experiment/json/jsontext"
)

// Spec says what a channel listens to and who hears it. All but Wanted are required;
// without Changes the server never says that a channel is ready. The functions are
// called from the client's goroutines.
type Spec struct {
	// Topic is the channel's name without "realtime:". Two open channels of one topic
	// are put on two sockets.
	Topic string
	// Changes are the rows to hear of. A wrong table or filter does not fail the join;
	// the channel is then Lost and Over a moment later.
	Changes []Binding
	// Token gets the channel's key. It is called when the channel's turn to join has
	// come, unless its socket died and the key is not through two thirds of its life, and
	// again for a renewal; it may take seconds, and must return soon after ctx ends. An
	// error with a method Permanent() bool that returns true ends the channel; any other is
	// tried again after 1, 2, 5, 10 s, with jitter.
	Token func(ctx context.Context) (Token, error)
	// Wanted says whether the channel will still be wanted that long from now. It is
	// asked with 0 before a join, and with the key's remaining life when two thirds
	// of it are gone: true renews. It must be quick. Nil means always.
	Wanted func(in time.Duration) bool
	// Hear receives everything in order, never two notices at once for one channel, and perhaps
	// before Open has returned. It must not block, because all channels wait for it. It may call
	// Channel.Close and Client.Open, but not Client.Close.
	Hear func(Notice)
}

// Binding asks for changes of one table, in the words of the server: Event is "*",
// "INSERT", "UPDATE" or "DELETE", Filter is like "column=eq.value". Empty fields are
// left out. A DELETE does not pass a filter on a column that is no key.
type Binding struct {
	Event  string `json:"event"`
	Schema string `json:"schema,omitempty"`
	Table  string `json:"table,omitempty"`
	Filter string `json:"filter,omitempty"`
}

// Token is a channel's key.
type Token struct {
	// Text is the JSON Web Token.
	Text string
	// Expires is when it ends, by the monotonic clock (time.Now().Add(its life)).
	// Zero means that it never does.
	Expires time.Time
}

// lives says that the key will still be good after least.
func (t Token) lives(now time.Time, least time.Duration) bool {
	return t.Expires.IsZero() || t.Expires.Sub(now) >= least
}

// Kind says what a Notice is about.
type Kind uint8

// The kinds of Notice, in the order of a calm life.
const (
	// Joining: the channel's turn has come; its key is being got, or its join is out.
	Joining Kind = iota + 1
	// Joined: the server took the join. Nothing is heard before Ready.
	Joined
	// Ready: the server's subscription to the database stands. Changes committed before
	// are not told, so now is the time to read the truth. Said again without a Lost
	// between, it may hide a gap, unless Asked.
	Ready
	// Changed: a row changed, see Notice.Change.
	Changed
	// Stalled: the socket has gone silent. The channel may hear nothing; ask otherwise.
	Stalled
	// Resumed: the socket speaks again, and the channel is ready as before.
	Resumed
	// Lost: the channel is not ready any more, or its join came to nothing. Notice.Err
	// says why; unless Notice.Over it joins again by itself, or is Ready again when the
	// server has its database back.
	Lost
)

// String is the kind in one lower-case word.
func (k Kind) String() string {
	switch k {
	case Joining:
		return "joining"
	case Joined:
		return "joined"
	case Ready:
		return "ready"
	case Changed:
		return "changed"
	case Stalled:
		return "stalled"
	case Resumed:
		return "resumed"
	case Lost:
		return "lost"
	}
	return fmt.Sprintf("kind %d", uint8(k))
}

// Notice is one thing told to a channel's owner.
type Notice struct {
	Kind   Kind
	Change Change // of Changed
	Err    error  // of Lost: why, in one clean line without secrets
	Over   bool   // of Lost: it will not come back by itself
	Asked  bool   // of Ready: it answers our own renewal of the key, nothing was missed
}

// state is where a channel is in its life; doc.go has the picture.
type state uint8

const (
	queued  state = iota // waits for its turn
	minting              // its key is being got
	keyed                // has a key, waits for a socket and for the pace
	joining              // phx_join is out
	joined               // phx_reply ok came, the subscription has not been confirmed
	ready                // system ok came
	resting              // waits before it queues again
	ended
)

// Channel is one open topic. Its methods may be called from any goroutine.
type Channel struct {
	client *Client
	spec   Spec
	order  uint64 // of Open; decides who rejoins first

	gate   sync.Mutex // guards closed
	closed bool

	// Below is the loop's.

	state  state
	list   *list.List // the queue or the keyed list, while it is in one
	place  *list.Element
	socket *socket // from joining to ready
	wait   alarm   // the end of resting, or of our patience
	renew  alarm   // time to renew the key
	later  alarm   // accepts a confirmation that came too soon after others

	joinRef   string
	pushRef   string    // ref of the last access_token push
	pushed    time.Time // when the unconfirmed push was sent; zero: none
	readyAt   time.Time
	confirms  uint64    // confirmations of the subscription since readyFrom
	readyFrom time.Time // when the counting period began
	goodbye   string    // the system error that announces a phx_close
	turned    bool      // the owner was told Joining, and no Lost since
	broken    bool      // one of the owner's functions has panicked
	refusals  int       // joins in a row that were refused or hung
	crashes   int       // joins in a row at which the server crashed
	fails     int       // losses in a row that the channel itself may have caused

	key      Token             // kept while it is on a socket: should that die, it joins another
	spent    bool              // key has been sent in a join or a push
	again    bool              // the join that is out has a spent key
	keyHash  [sha256.Size]byte // tells an identical key without keeping it
	keyFrom  time.Time         // when it came
	keyFails int
	thrown   int // keys in a row that came with too little life
	asking   context.CancelFunc
	askingID uint64

	last map[string]jsontext.Value // the row as last published
}

// Close leaves the topic. It does not wait for the server. No call of Hear begins
// once Close has returned; one that is under way on another goroutine may still be
// finishing. It may be called more than once, and from inside Hear.
func (ch *Channel) Close() {
	ch.gate.Lock()
	was := ch.closed
	ch.closed = true
	ch.gate.Unlock()
	if !was {
		ch.client.post(func(time.Time) { ch.client.shut(ch) })
	}
}

func (ch *Channel) isClosed() bool {
	ch.gate.Lock()
	defer ch.gate.Unlock()
	return ch.closed
}

// tell is the one place that calls Hear.
func (ch *Channel) tell(n Notice) {
	if n.Kind == Lost {
		ch.turned = false
	}
	if !ch.isClosed() {
		ch.call(func() { ch.spec.Hear(n) })
	}
}

func (ch *Channel) wanted(in time.Duration) bool {
	if ch.isClosed() {
		return false
	}
	wanted := true
	if ch.spec.Wanted != nil {
		ch.call(func() { wanted = ch.spec.Wanted(in) })
	}
	return wanted
}

// call runs one of the owner's functions in the loop. A panic in it ends the channel.
func (ch *Channel) call(f func()) {
	c := ch.client
	if c.attempt(f) == nil || ch.broken {
		return
	}
	ch.broken = true
	c.post(func(time.Time) {
		if ch.state != ended {
			c.quitTopic(ch)
			c.over(ch, errBug)
		}
	})
}

func (ch *Channel) topic() string { return topicPrefix + ch.spec.Topic }

package realtime

import (
	"context"
	"errors"
	"strconv"
	"time"

	"github.com/coder/websocket"
)

// Probe is one socket that is looked at step by step, for a person who wants to know which
// step fails. It speaks as a Client does and is none: it keeps nothing alive and tries
// nothing twice. Its methods are for one goroutine; after an error all that is left is
// Close.
type Probe struct {
	conn  *websocket.Conn
	refs  int
	ready bool // the server has subscribed to the channel's changes
}

// Dial opens a socket, within ctx and 10 s, and says how long that took. Its error is a
// [*DialError].
func Dial(ctx context.Context, cfg Config) (*Probe, time.Duration, error) {
	start := time.Now()
	d := newDialer(cfg)
	defer d.close()
	conn, err := d.dial(ctx)
	if err != nil {
		return nil, 0, err
	}
	return &Probe{conn: conn}, time.Since(start), nil
}

// Beat sends a heartbeat and says how long its answer took.
func (p *Probe) Beat(ctx context.Context) (time.Duration, error) {
	start := time.Now()
	ref := p.nextRef()
	err := p.push(ctx, "", ref, topicPhoenix, eventHeartbeat, noPayload{})
	for err == nil {
		var in inbound
		if in, err = p.next(ctx); err == nil && in.event == eventReply && in.ref == ref && in.topic == topicPhoenix {
			return time.Since(start), nil
		}
	}
	return 0, err
}

// Join joins a channel with its key and says how long the reply took. Its error is one
// clean line with the server's own words.
func (p *Probe) Join(ctx context.Context, topic string, changes []Binding, token Token) (time.Duration, error) {
	start := time.Now()
	ref := p.nextRef()
	answers := func(in inbound) bool {
		return in.event == eventReply && in.ref == ref && in.topic == topicPrefix+topic
	}
	err := p.push(ctx, ref, ref, topicPrefix+topic, eventJoin, joinPayload{
		Config: joinConfig{PostgresChanges: changes}, AccessToken: token.Text,
	})
	for err == nil {
		var in inbound
		switch in, err = p.next(ctx); {
		case err != nil:
		case answers(in) && in.ok:
			return time.Since(start), nil
		case answers(in):
			return 0, errors.New(clean(in.reason))
		case confirms(in, topic):
			p.ready = true // before the reply, which happens
		default:
			err = farewell(in, topic)
		}
	}
	return 0, err
}

// Ready waits, after Join, until the server has subscribed to the changes (`system ok`),
// and says how long that took from this call.
func (p *Probe) Ready(ctx context.Context, topic string) (time.Duration, error) {
	start := time.Now()
	for !p.ready {
		in, err := p.next(ctx)
		if err == nil {
			err = farewell(in, topic)
		}
		if err != nil {
			return 0, err
		}
		p.ready = confirms(in, topic)
	}
	return time.Since(start), nil
}

// confirms reports whether in says that the changes of topic will be told from now on.
func confirms(in inbound, topic string) bool {
	return in.topic == topicPrefix+topic && in.event == eventSystem && in.system.Extension == eventChanges && in.system.Status == statusOK
}

// Close closes the socket in good order, which takes a second at most.
func (p *Probe) Close() {
	late := time.AfterFunc(byeTimeout, func() { _ = p.conn.CloseNow() })
	defer late.Stop()
	_ = p.conn.Close(websocket.StatusNormalClosure, "") // it is over either way
}

// farewell is why the channel of topic has ended, or will not become ready; nil when in
// says nothing of the kind.
func farewell(in inbound, topic string) error {
	switch {
	case in.topic != topicPrefix+topic:
	case in.event == eventSystem && in.system.Status != statusOK:
		return errors.New(clean(in.system.Message))
	case in.event == eventClose:
		return errors.New("the server closed the channel")
	case in.event == eventError:
		return errors.New("the channel crashed at the server")
	}
	return nil
}

func (p *Probe) nextRef() string {
	p.refs++
	return strconv.Itoa(p.refs)
}

func (p *Probe) push(ctx context.Context, joinRef, ref, topic, event string, payload any) error {
	return ending(ctx, p.conn.Write(ctx, websocket.MessageText, encodeFrame(joinRef, ref, topic, event, payload)))
}

// next reads one frame; what cannot be read counts as one that says nothing.
func (p *Probe) next(ctx context.Context) (inbound, error) {
	kind, data, err := p.conn.Read(ctx)
	if err != nil {
		return inbound{}, ending(ctx, err)
	}
	in, err := decode(data)
	if err != nil || in.ignored || kind != websocket.MessageText {
		return inbound{ignored: true}, nil
	}
	return in, nil
}

// ending is the error of a read or write in plain words.
func ending(ctx context.Context, err error) error {
	switch {
	case err == nil:
		return nil
	case errors.Is(ctx.Err(), context.DeadlineExceeded):
		return errors.New("no answer in time")
	case ctx.Err() != nil:
		return errEnded
	}
	return broken(err)
}

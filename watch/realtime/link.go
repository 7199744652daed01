package realtime

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"sync/atomic"
	"time"

	"github.com/coder/websocket"
)

// link is one connection: a reader, a writer and nothing to decide. It tells the loop
// what it reads and how it ended.
type link struct {
	conn   *websocket.Conn // the reader's and the writer's, not the loop's
	out    *mailbox[[]byte]
	ending atomic.Bool
	epoch  time.Time
	heard  atomic.Int64  // nanoseconds from epoch to the last byte of a message
	number uint64        // of the connection
	dump   func(Frame)   // see Config
	aloft  chan struct{} // holds an item for each piece of a message on its way to the loop

	ctx    context.Context
	cancel context.CancelCauseFunc
}

func newLink(c *Client) *link {
	c.dials++
	l := &link{out: newMailbox[[]byte](), epoch: c.epoch, aloft: make(chan struct{}, aloft), number: c.dials, dump: c.dump}
	// Not c.ctx: at the client's end a link may still say goodbye.
	l.ctx, l.cancel = context.WithCancelCause(context.Background())
	return l
}

// mark notes a sign of life. Parts of a message count: a large row on a slow line
// takes longer than the silence we bear.
func (l *link) mark(now time.Time) { l.heard.Store(int64(now.Sub(l.epoch))) }

func (l *link) lastHeard() time.Time { return l.epoch.Add(time.Duration(l.heard.Load())) }

// end has the writer send what is left and close the connection in good order, which
// takes byeTimeout at most. It is for open links; one still dialling is cancelled.
func (l *link) end() {
	l.ending.Store(true)
	l.out.ring()
	// The writer may be stuck in a connection that takes no more.
	time.AfterFunc(byeTimeout, func() { l.cancel(errEnded) })
}

var errEnded = errors.New("closed by us")

// write sends what comes into l.out until the link ends. Its own time limit frees it
// when a half-open connection takes no more bytes.
func (l *link) write() {
	for {
		select {
		case <-l.ctx.Done():
			return
		case <-l.out.bell:
		}
		ending := l.ending.Load() // before take, so that the last frames are not lost
		for _, data := range l.out.take() {
			l.tell(FrameText, true, data) // first, or the answer might be told before it
			ctx, cancel := context.WithTimeout(l.ctx, writeTimeout)
			err := l.conn.Write(ctx, websocket.MessageText, data)
			cancel()
			if err != nil {
				l.cancel(errStuck)
				return
			}
		}
		if ending {
			_ = l.conn.Close(websocket.StatusNormalClosure, "") // it is over either way
			return
		}
	}
}

var errStuck = errors.New("the connection takes no more data")

// read delivers messages until the connection ends, and returns why it did. The receiver of a
// message must call landed with the number of its pieces.
func (l *link) read(drops *dropCounters, deliver func(in inbound, pieces int)) error {
	var buf bytes.Buffer
	for {
		kind, message, err := l.conn.Reader(l.ctx)
		if err != nil {
			return l.ended(err)
		}
		l.mark(time.Now())
		if buf.Cap() > keptBuffer {
			buf = bytes.Buffer{}
		}
		buf.Reset()
		slow := time.AfterFunc(messageTimeout, func() { l.cancel(errSlow) })
		_, err = buf.ReadFrom(markingReader{message, l})
		slow.Stop()
		if err != nil {
			return l.ended(err)
		}
		pieces := min(1+buf.Len()/pieceSize, aloft)
		for range pieces { // a server that floods the client waits, so that memory does not fill
			select {
			case l.aloft <- struct{}{}:
			case <-l.ctx.Done():
				return l.ended(l.ctx.Err())
			}
		}
		if kind != websocket.MessageText {
			l.tell(FrameBinary, false, buf.Bytes())
			drops.binary.Add(1)
			deliver(inbound{ignored: true}, pieces) // it still is a sign of life
			continue
		}
		l.tell(FrameText, false, buf.Bytes())
		in, err := decode(buf.Bytes())
		if err != nil {
			drops.malformed.Add(1)
			in = in.unreadable()
		} else if in.ignored {
			drops.event.Add(1)
		}
		deliver(in, pieces)
	}
}

func (l *link) landed(pieces int) {
	for range pieces {
		<-l.aloft
	}
}

var errSlow = errors.New("a message from the server took over a minute")

// keptBuffer bounds what a reader keeps between messages: one large row must not cost
// a megabyte for as long as the socket lives.
const keptBuffer = 64 << 10

// markingReader marks the link alive with each piece of a message.
type markingReader struct {
	io.Reader
	link *link
}

// Read is the reader's own.
func (r markingReader) Read(p []byte) (int, error) {
	n, err := r.Reader.Read(p)
	if n > 0 {
		r.link.mark(time.Now())
	}
	return n, err
}

// ended finds the words for the end of a connection: ours if we ended it, else the
// close code, else that it broke.
func (l *link) ended(err error) error {
	if l.ctx.Err() != nil {
		return context.Cause(l.ctx)
	}
	return broken(err)
}

// broken is the end of a connection that the other side, or the way there, has ended.
func broken(err error) error {
	var closed websocket.CloseError
	switch {
	case errors.As(err, &closed) && closed.Code == websocket.StatusNoStatusRcvd:
		return errors.New("the server closed the socket")
	case errors.As(err, &closed):
		return fmt.Errorf("the server closed the socket with code %d", int(closed.Code))
	case errors.Is(err, websocket.ErrMessageTooBig):
		return fmt.Errorf("a message from the server is over %d MiB", frameLimit>>20)
	}
	return errors.New("the connection broke")
}

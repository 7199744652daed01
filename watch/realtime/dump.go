package realtime

import (
	"strings"
	"time"
)

// FrameType is what a Frame is.
type FrameType string

// The types of frames. Pings and pongs, which the library answers by itself, are not told.
const (
	FrameText    FrameType = "text"
	FrameBinary  FrameType = "binary"
	FrameOpen    FrameType = "open"    // the connection is there; its data is the address without the key
	FrameRefused FrameType = "refused" // there is none; its data says why
	FrameClose   FrameType = "close"   // it has ended; its data says why
)

// Frame is one message as it is on the wire, with secrets. The receiver must hide them, and must
// neither change nor keep Data.
type Frame struct {
	At     time.Time // wall time
	Socket uint64    // the connection, counted from 1
	Out    bool      // it is ours
	Type   FrameType
	Data   []byte
}

// tell passes a frame to dump, if there is one. For a frame of the client's it is called before the
// frame is sent.
func (l *link) tell(kind FrameType, out bool, data []byte) {
	if l.dump != nil {
		l.dump(Frame{At: time.Now().Round(0), Socket: l.number, Out: out, Type: kind, Data: data})
	}
}

// tellOf tells of the connection itself; words is asked only then.
func (l *link) tellOf(kind FrameType, words func() string) {
	if l.dump != nil {
		l.tell(kind, false, []byte(words()))
	}
}

// shown is the address without the key.
func (d *dialer) shown() string {
	before, after, _ := strings.Cut(d.address, "apikey=")
	_, rest, _ := strings.Cut(after, "&")
	return before + "apikey=•••&" + rest
}

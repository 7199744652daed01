package watch

import "time"

// Stake says whose money the payments are about.
type Stake uint8

// The stakes. Before the first answer the host decides; Unknown is the zero Health's.
const (
	Unknown Stake = iota
	Real          // Dollr's own API, or a proxy that the user says is
	Sim           // every answer so far came from our sandbox
	Test          // some other host
)

// String is the word of the badge: REAL, SIM, TEST, or a question mark.
func (s Stake) String() string { return wordOf([]string{"?", "REAL", "SIM", "TEST"}, s) }

// Trouble is what is wrong with the whole program, mildest first; one is shown at a time,
// the worst.
type Trouble uint8

// The troubles.
const (
	NoTrouble    Trouble = iota
	ClockOff             // our clock and Dollr's differ
	ChannelDown          // no realtime: every payment is polled
	SlowedDown           // 429, or verifies and polls of payments without a channel wait for over 10 s
	NotKept              // the journal is not written: what is known would not survive a restart
	LoginRefused         // the token call is refused, or every status is (401 after a refresh, 403)
	APIDown              // calls fail, and no payment is answered; one probe a second
	NoInternet           // no call got an HTTP answer for 5 s
)

// String is the banner's word for the trouble; empty for NoTrouble.
func (t Trouble) String() string {
	return [...]string{
		"", "CLOCK OFF", "CHANNEL DOWN, polling", "SLOWED DOWN", "JOURNAL NOT WRITTEN", "LOGIN REFUSED", "DOLLR API DOWN", "NO INTERNET",
	}[t]
}

// Health is the state of the whole program, for a header and a banner. It is a value.
type Health struct {
	Trouble Trouble
	Text    string    // the trouble's cause in one clean line
	Since   time.Time // wall time at which it began
	Until   time.Time // wall time of the next try, where one is planned; else zero
	Heard   time.Time // wall time of the last answer about any payment

	// LoginWait is set by who knows of the login: while it is refused, how long no other is
	// tried, from 1 ns on; 0: it is not refused. A call that is none of the fleet's may have
	// been told so first.
	LoginWait time.Duration

	Stake Stake
	Host  string // the API's host, for TEST

	Unkept      string    // why the journal is not written just now, one clean line; empty: it is
	UnkeptSince time.Time // wall time

	Payments int // all that were handed over
	Open     int // those still watched
	Sockets  int
	Channels int // channels opened and not yet closed
	Ready    int // those that are ready
	Joins    int // channels that wait for their join

	StatusRate float64       // reads a second that the budget allows now
	KeyRate    float64       // keys a second, likewise
	Queued     int           // reads and keys that wait for their turn
	Delay      time.Duration // the longest wait of a call that delays a result
	Reads      uint64        // status calls made
	Keys       uint64        // key calls made
	Throttled  uint64        // answers 429

	Hints   HintCounts
	Trusted bool          // hints are relied on; else LIVE payments are polled too
	Skew    time.Duration // Dollr's clock less ours
}

// HintCounts tells how honest the channel has been.
type HintCounts struct {
	Lost, Wrong, Late, Duplicates, Dropped uint64
}

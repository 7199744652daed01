package realtime

import "time"

// The numbers of the protocol's client side. They were tried against Supabase
// Realtime v2.129.8, calm and under faults.
const (
	// heartbeatEvery is short, because a heartbeat is the only thing that tells a dead
	// link from a quiet one. The server closes a socket after 60 s without a byte.
	heartbeatEvery = 5 * time.Second
	// stallAfter is how long a heartbeat may go unanswered before ready channels are
	// Stalled, stallJoining the same for a join that is out.
	stallAfter   = 2 * time.Second
	stallJoining = 1500 * time.Millisecond
	// deadAfter is the silence after which a socket is given up. With a join out it is
	// longer: the server sleeps 5 s, all frames waiting, on each join that it refuses.
	deadAfter   = 10 * time.Second
	deadJoining = 15 * time.Second
	// joinSlow is the age of an unanswered join at which its socket takes no others,
	// though they would only queue behind it; answers take 2 to 4 ms when all is well.
	joinSlow = 1 * time.Second
	// tripSlack is how many times it goes into the way to the server and back, so many joins
	// more are sent before the first is answered; mostOut bounds them.
	tripSlack = 50 * time.Millisecond
	mostOut   = 6
	// cautionFor is for how long after a refusal there is one join at a time on each socket.
	// Where some keys are bad, more will be, and sockets come and go.
	cautionFor = 10 * time.Minute
	// joinPatience is how long we wait for a join's answer, and for the confirmation of
	// its subscription; a server without its database takes up to 30 s to say so.
	joinPatience = 35 * time.Second
	// probePatience is how long the one join after a pause keeps all others waiting; the
	// server sleeps 5 s before it refuses.
	probePatience = 6 * time.Second
	// mostUnclear is how many refusals that may be the server's fault, or may not, a channel
	// takes; with the pauses between them that is over a minute.
	mostUnclear = 8
	// refusedRest is how long a socket that refused a join takes no other.
	refusedRest = 30 * time.Second
	// crowdRest is the pause when more sockets than spareSockets over the need have
	// been spent.
	crowdRest    = 30 * time.Second
	spareSockets = 8
	// idleRest is how long a socket without a channel is kept for the next one.
	idleRest = 30 * time.Second

	// leastLife is the life below which a key is not worth a join, maxThrown how many
	// such keys are thrown away before the channel gives up.
	leastLife = 5 * time.Second
	maxThrown = 2
	// confirmPush is how long after our push of a key a system ok answers it: the
	// server subscribes anew 1 to 3 s after the push.
	confirmPush = 10 * time.Second
	// closeFollows is how long we wait for the phx_close that a system error announces;
	// it comes in the same millisecond.
	closeFollows = 1 * time.Second
	// provenAfter is how long a channel must have been ready, and a socket must have taken
	// joins, for its next loss to count as the first.
	provenAfter = 10 * time.Second
	// lostOften is how many connections of a socket in a row that came to nothing are a
	// trouble to be told of.
	lostOften = 3

	// messageTimeout is how long one message may take: a drop a second keeps a socket alive
	// for ever and tells nothing. A row of 1 MiB at 20 kB/s takes less.
	messageTimeout = time.Minute

	dialTimeout  = 10 * time.Second
	writeTimeout = 10 * time.Second
	byeTimeout   = 1 * time.Second
	// frozen is how late an alarm may ring before we take it that this process stood
	// still itself, and that silence says nothing about the server.
	frozen = 2 * time.Second

	// dialGap is the most between two dials of all sockets while the server cannot be
	// reached, half of it the least.
	dialGap = 1 * time.Second

	maxDials   = 8        // under way at once
	maxRenews  = 32       // keys being got for renewals at once
	frameLimit = 8 << 20  // bytes; a change carries a row of 1 MiB at most
	headLimit  = 64 << 10 // bytes of the headers of an answer to an upgrade
	rowLimit   = 64 << 10 // bytes of a row that is remembered for the next change

	socketsMost = 256  // the most sockets when the server allows fewer channels a socket than Config says
	farewells   = 1000 // leaves of a socket whose phx_close may still come
)

// The bounds of what waits in memory. Everything else grows with the open channels, and with
// nothing that a server can send.
const (
	// aloft is how many pieces of pieceSize of one socket's messages may wait for the loop. The
	// socket's reader waits before it passes on more, and so does the server. So 256 messages may
	// wait, or 1 MiB, or one message of frameLimit.
	aloft     = 256
	pieceSize = 4 << 10
	// outMost is how many messages to the server may wait for a connection. There is room for six
	// joins, a heartbeat each 5 s, and a leave and a push for each channel.
	outMost = 1000
	// readiesMost is how often in readyPeriod a channel may be told Ready. If the server confirms
	// more often, the channel is told at the end of the period.
	readiesMost = 10
	readyPeriod = 10 * time.Second
	// keyLimit is the longest key, in bytes.
	keyLimit = 16 << 10
)

// Defaults of Config.
const (
	defaultPerSocket = 90 // the server takes 100 and logs an error at the last
	defaultJoinRate  = 50 // a second
)

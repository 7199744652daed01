package realtime

import "strings"

// blame is whose fault a refused join is.
type blame uint8

const (
	itsOwn  blame = iota // the channel's: its key, or what it asks for
	servers              // the server's: it would accept no join now
	unclear              // the server broke over it, for a reason that it does not tell
)

// blameFor reads the reason of a refusal. The codes are those of Supabase Realtime
// v2.129.8's channel and of the next versions, realtime_channel.ex.
func blameFor(reason string) blame {
	code, text, _ := strings.Cut(reason, ":")
	if strings.HasSuffix(code, "RateLimitReached") {
		return servers
	}
	switch code {
	case "IncreaseConnectionPool", "DatabaseLackOfConnections", "UnableToConnectToProject",
		"InitializingProjectConnection", "TimeoutOnRpcCall", "ErrorOnRpcCall", "MusterJoinError", "RealtimeRestarting",
		"RealtimeDisabledForTenant", "TenantNotFound", "PrivateOnly", "JwtSignerError",
		"Realtime was unable to connect to the project database":
		return servers
	case "join crashed", "QueryCanceled": // the first is Phoenix's: the join ended without an answer
		return unclear
	case "UnknownErrorOnChannel":
		// It quotes an exception. That of a lost database speaks of its connection; others are
		// about a payload that it cannot read.
		if strings.Contains(text, "connection") || strings.Contains(text, "tcp ") || strings.Contains(text, "timed out") {
			return unclear
		}
	}
	return itsOwn
}

// holdsUp says that a refusal of the server's costs the neighbours on the socket something
// each time: 5 s, or the socket itself, which the limit of joins closes. With the other
// limits a socket with channels is where a join may still be taken, for it is counted
// already, or an empty one is found anyway.
func holdsUp(reason string) bool {
	return !strings.HasPrefix(reason, "ChannelRateLimitReached") && !strings.HasPrefix(reason, "ConnectionRateLimitReached")
}

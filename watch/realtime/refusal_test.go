package realtime

import (
	"strings"
	"testing"
	"time"
)

func TestBlame_OfEachRefusalOfTheServer(t *testing.T) {
	for want, reasons := range map[blame][]string{
		itsOwn: {
			"InvalidJWTToken: Token has expired 60 seconds ago",
			"JwtSignatureError: Failed to validate JWT signature",
			"MalformedJWT: The token provided is not a valid JWT",
			"Unauthorized: You do not have permissions to read from this Channel topic: X",
			"TopicNameRequired: You must provide a topic name",
			"UnknownErrorOnChannel: no function clause matching in Access.get/3",
			"Unknown Error on Channel",
			"",
		},
		servers: {
			"ChannelRateLimitReached: Too many channels",
			"ConnectionRateLimitReached: Too many connected users",
			"ClientJoinRateLimitReached: Too many joins per second",
			"DatabaseConnectionRateLimitReached: Too many database connections attempts per second",
			"DatabaseLackOfConnections: Database can't accept more connections, Realtime won't connect",
			"IncreaseConnectionPool: Please increase your connection pool size",
			"UnableToConnectToProject: Realtime was unable to connect to the project database",
			"Realtime was unable to connect to the project database",
			"InitializingProjectConnection: Connecting to the project database",
			"TimeoutOnRpcCall: Node request timeout",
			"ErrorOnRpcCall: RPC call error: :nodedown",
			"MusterJoinError: timed out after 4000ms",
			"RealtimeRestarting: Realtime is restarting, please standby",
			"RealtimeDisabledForTenant: Realtime disabled for this tenant",
			"TenantNotFound: Tenant with the given ID does not exist",
			"PrivateOnly: This project only allows private channels",
			"JwtSignerError: Failed to generate JWT signer, check your JWT secret or JWKS configuration",
		},
		unclear: {
			"join crashed",
			"QueryCanceled: canceling statement due to user request",
			"UnknownErrorOnChannel: connection not available and request was dropped from queue after 2000ms",
			"UnknownErrorOnChannel: tcp connect (db:5432): connection refused - :econnrefused",
		},
	} {
		for _, reason := range reasons {
			if got := blameFor(reason); got != want {
				t.Errorf("blame %d for %q, want %d", got, reason, want)
			}
		}
	}
}

// While its database is away the server may crash over each join, and says no more than
// that. That is nobody's end, and one whose joins always crash holds up nobody for long.
func TestClient_AJoinThatCrashesIsTriedAgain(t *testing.T) {
	start(t, Config{}, func(s *theServer, c *Client) {
		s.play = func(p *peer, f sent) {
			if f.event == "phx_join" {
				p.deny(f, "join crashed")
				return
			}
			p.calm(f)
		}
		bad, good := (&owner{t: t}).open(c, "bad"), (&owner{t: t}).open(c, "good")
		after(50 * time.Second)
		if strings.Contains(bad.kinds()+good.kinds(), "!") {
			t.Errorf("in 50 s it is over for one: %q, %q", bad.kinds(), good.kinds())
		}
		s.set(func(s *theServer) {
			s.play = func(p *peer, f sent) {
				if f.event == "phx_join" && strings.HasSuffix(f.topic, "bad") {
					p.deny(f, "join crashed")
					return
				}
				p.calm(f)
			}
		})
		after(25 * time.Second)
		if !good.isReady() {
			t.Errorf("the good one heard %q", good.kinds())
		}
		after(3 * time.Minute)
		if !strings.HasSuffix(bad.kinds(), "lost!") || c.Status().Trouble != (Trouble{}) {
			t.Errorf("the bad one heard %q, trouble %+v", bad.kinds(), c.Status().Trouble)
		}
	})
}

// What may have been the server's fault is no strike against a channel: one bad key later it
// is not over.
func TestClient_ACrashedJoinDoesNotCountAsABadKey(t *testing.T) {
	start(t, Config{}, func(s *theServer, c *Client) {
		joins := 0
		s.play = func(p *peer, f sent) {
			if f.event != "phx_join" {
				p.calm(f)
				return
			}
			switch joins++; joins {
			case 1, 2:
				p.deny(f, "join crashed")
			case 3:
				p.deny(f, "InvalidJWTToken: Token has expired 1 seconds ago")
			default:
				p.calm(f)
			}
		}
		o := (&owner{t: t}).open(c, "t")
		after(time.Minute)
		o.wants("joining lost joining lost joining lost joining joined ready")
	})
}

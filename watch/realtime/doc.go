// Package realtime keeps many Supabase Realtime channels open over few sockets,
// and says at once when one of them can no longer be trusted.
//
// It knows topics, keys and rows. Its caller decides what a row means. Its facts come from Supabase
// Realtime v2.129.8, read and run. Where a rule looks odd, the reason stands next to it.
//
// What always holds:
//
//   - One goroutine, the loop in client.go, owns all state and makes every Hear and
//     Wanted call. Each socket has a reader and a writer; channels have no goroutine.
//   - A channel can be trusted from Ready until Stalled or Lost. The server replays nothing,
//     so the channel's owner must read the truth again after each Ready.
//   - A channel that ends reports Lost. It comes back by itself unless the notice says Over.
//   - Every join goes through one queue: first come, first served, paced, and one
//     unanswered join a socket, because the server answers a socket's joins one
//     after another and sleeps 5 s on each that it refuses. Only if the way to the server is
//     long, a few more joins are sent behind it, until one is refused.
//   - Nothing is written to a log, and no error holds a key.
//   - What the server sends is read strictly (inbound.go), and its cost is bounded (timing.go).
//     A frame that is not clear is counted and changes nothing.
//   - A panic ends a channel, a socket or all channels, and never the program (fault.go).
//
// The life of a channel (state, in channel.go):
//
//	queued ─► minting ─► keyed ─► joining ─► joined ─► ready
//	  ▲  ▲       │         │         │          │        │
//	  │  └───────┴─────────┴─── Lost ┴──────────┴────────┘
//	  └── resting (a short wait) ◄── Lost             any ─► ended (Over, Close)
package realtime

// Package supabase behaves on the wire as Supabase Realtime v2.129.8 does, for
// loopback and for memory. It speaks versions 1.0.0 and 2.0.0 of the protocol, so
// that the unmodified official JavaScript client works against it.
//
// It knows sockets, channels, tokens, tables and rows, and nothing of what the rows mean. Its
// caller commits changes and switches faults; it decides, as the real server does, which channels
// hear of them and when.
//
//	client ══ws══► reader ─► mailbox ─► actor ──► client      two goroutines a socket
//	                            ▲
//	Commit ─► slot ─► poll ─────┘ one frame per channel and change
//
// What holds at all times:
//
//   - Frames of one socket are handled one after another, by its actor. A join that
//     waits makes everything on that socket wait, heartbeats and neighbours too.
//   - A channel has no goroutine, only timers. Nothing a slow client does holds up
//     the poller: its mailbox grows until the socket is killed.
//   - Rows are matched when they are polled, against the subscriptions and the rows
//     as they are then. Nothing is ever replayed.
//   - After Close no goroutine is left.
//
// The frames are coder/websocket's. The connection under it is ours (see wire), for
// idle times count bytes, and a frozen or half-open server is a matter of bytes too.
// One difference is known: a ping is answered even while a join stalls its socket.
package supabase

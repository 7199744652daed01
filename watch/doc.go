// Package watch follows payments, one watcher a payment, until their result is known.
//
// Whatever a watcher learns it tells as a [Snapshot]: the whole of what is known,
// never a change to apply. A reader may skip Snapshots; the newest is always enough.
//
//   - Snapshots of one payment are told in order; Rev grows by one each time.
//   - PAID and NOT PAID come from an answer of Dollr's status API alone. What the
//     channel says is a hint that makes us ask.
//   - How we hear ([Link]) and what became of the money ([Verdict]) are two questions.
//     A lost socket never changes a verdict, only how soon we learn the next one.
//   - No watcher ever waits for a reader.
//   - Run returns soon after its context ends and leaves no goroutine behind.
//   - Nothing here knows of a screen, of HTTP or of websockets: what a watcher needs
//     is in [API] and [Config.Listen], and the packages below watch fill them.
//
// The way of news:
//
//	realtime ─ Notice ─► ┐    ┌─► Event ─► Note
//	                     ├─ watcher ─ Known ─ Judge ─► Snapshot ─► Tell
//	API ───── Answer ──► ┘        ▲
//	                            wall
package watch

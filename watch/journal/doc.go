// Package journal keeps payments on disk, so that nothing handed over is ever forgotten: a
// SQLite database of one file, which one process writes and others may read at the same time.
//
//   - A payment handed over ([Journal.Keep]) and the first end that Dollr tells of it, or the
//     first word against that end, are on disk in full sync before they are published.
//     Everything else is on disk within a tenth of a second, or, behind many ends and among many
//     changes, half a second later and as fast as the disk takes it.
//   - [Journal.Keep], [Journal.Tell] and [Journal.Note] never wait for the disk.
//   - What the disk does (full, read-only, gone, damaged) is no error of the program's: the
//     journal says so, passes everything on, and goes on trying. Once it writes again it asks
//     for all that is known.
//   - Of a payment only what was handed over and what Dollr said is kept. A payer's number
//     is masked, and an answer's raw JSON has no secret in it.
//   - Nothing in a database is deleted but the histories and names of payments that ended
//     longer ago than [Config.Retain].
//
// The way of news, and the two goroutines of a [Journal]:
//
//	Keep ──┐                  ┌─ writer: a batch, a transaction ─► FILE
//	Tell ──┼─► batch (open) ──┘          │ committed, or known that it cannot be
//	Note ──┘                             ▼
//	  └── not held ──► Config.Tell ◄── herald: what was held, and Keep's then
//
// The tables are made to be read with sqlite3's command line: payments, events, meta, and
// history, which is events with their payment's names.
package journal

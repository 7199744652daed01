// Package sandbox is Dollr on loopback: its HTTP API, and through package supabase its
// realtime channels, with customers and operators who behave as they are told.
//
// Demos, load runs and tests talk to it over the same protocols that production uses,
// so the code under them is the code that meets real money. What always holds:
//
//   - Every answer to a request that can be read, an error too, carries the header
//     Tillwatch-Sandbox, so invented money cannot be mistaken for real money.
//   - What a payment does and what its link does are two independent choices, both
//     made from the seed, the payer's number and the session's number. The same seed
//     and the same orders make the same truth.
//   - The API knows a change when its row commits; only the links named wrong-hint and
//     slow-verify let the channel run ahead, which is what they are for.
//   - No goroutine belongs to a payment. After Close none is left at all.
//   - Only loopback is served, and only to callers that name a loopback host.
//
// Package sandbox was written from Dollr's public documentation and shares no type with
// the watching half, so a mistake on either side shows up as a quarrel between them.
//
//	merchant ──/v1/…──────────► payment ──step──► table row ──► supabase ──ws──► merchant
//	presenter ─/sandbox/…─────►    ▲                                │
//	                               └── queue (all steps, by time)   └─ link of the session
package sandbox

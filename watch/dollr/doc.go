// Package dollr speaks Dollr's Open API over HTTP: tokens, realtime keys, statuses, and
// the calls that make a payment on a sandbox.
//
//   - One call is one attempt. Who asks again, and when, is decided by the fleet's budget;
//     a refused bearer token costs one refresh, shared by all callers, and one more try.
//   - Every call ends within 10 s, whatever the network does, and reads at most 1 MiB.
//   - All errors are [*watch.Fault]s: one clean line without a secret, a token, a URL or a
//     whole phone number. Text from the network is clean before it leaves this package.
//   - Amounts stay the decimal text that came. Unknown fields are ignored, and a card's
//     client_secret is never kept.
//   - No redirect is followed: the bearer token goes to the host that was configured.
package dollr

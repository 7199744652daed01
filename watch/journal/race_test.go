//go:build race

package journal

// every is how many of the thousands of damaged files are tried under the race detector, which
// takes twenty times as long: one in so many. .ci/run tries all of them without it.
const every = 50

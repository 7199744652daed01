package supabase

import "time"

// Limits are those of a Supabase project. A limit that is 0 does not exist.
type Limits struct {
	Channels   int     // channels of one socket
	Users      int     // sockets that have joined a channel
	Joins      float64 // joins a second, the mean of a minute
	Deliveries float64 // changes times subscribers a second, the mean of a minute
}

// DefaultLimits are what Supabase Realtime v2.129.8 comes with.
func DefaultLimits() Limits {
	return Limits{Channels: 100, Users: 200, Joins: 100, Deliveries: 100}
}

// NoLimits lifts all of them.
func NoLimits() Limits { return Limits{} }

// The real server counts in buckets of 5 s and judges by the last twelve. The mean is
// always over the whole minute, so 300 a second pass for 20 s before a limit of 100 trips,
// and it heals when the oldest buckets leave, not when the load ends.
const (
	rateBucket  = 5 * time.Second
	rateBuckets = 12
)

// rate is a mean over a minute that changes only once a bucket.
type rate struct {
	bucket time.Duration
	start  time.Time // of the bucket that is being filled
	filled [rateBuckets]int
	next   int // index in filled of the bucket that is being filled
	count  int // in that bucket
	sum    int // of filled
}

func newRate(now time.Time, bucket time.Duration) rate {
	return rate{bucket: bucket, start: now}
}

// add counts n of them now.
func (r *rate) add(now time.Time, n int) {
	r.turn(now)
	r.count += n
}

// reached tells whether the mean has come to limit a second. Scaling the buckets scales
// the seconds too, so that a limit trips after as many events as on the real server.
func (r *rate) reached(now time.Time, limit float64) bool {
	if limit <= 0 {
		return false
	}
	r.turn(now)
	seconds := rateBucket.Seconds() * rateBuckets
	return float64(r.sum)/seconds >= limit
}

// turn closes the buckets that are over.
func (r *rate) turn(now time.Time) {
	for turns := 0; now.Sub(r.start) >= r.bucket; turns++ {
		if turns > rateBuckets { // after a long silence all of them are empty
			r.start = r.start.Add(now.Sub(r.start) / r.bucket * r.bucket)
			return
		}
		r.sum += r.count - r.filled[r.next]
		r.filled[r.next], r.count = r.count, 0
		r.next = (r.next + 1) % rateBuckets
		r.start = r.start.Add(r.bucket)
	}
}

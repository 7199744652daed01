package watch

import "time"

// readKind says why the status is read. Its lead is where the read stands in the queue,
// counted from when it was asked for: those with the earliest deadline go first, so that
// a person's question is answered at once and yet nobody starves.
type readKind uint8

const (
	readSlow   readKind = iota // a look at a payment whose channel is silent
	readPoll                   // the routine
	readGap                    // after `system ok`: what happened before is not replayed
	readFirst                  // nothing is known yet
	readVerify                 // the channel claims something
	readUser                   // a person asked
)

var leads = [...]time.Duration{
	readSlow:   10 * time.Second,
	readPoll:   2 * time.Second,
	readGap:    1500 * time.Millisecond,
	readFirst:  time.Second,
	readVerify: -5 * time.Second,
	readUser:   -10 * time.Second,
}

func (k readKind) lead() time.Duration { return leads[k] }

const (
	freshAge       = 5 * time.Second         // a payment this young gives its channel headStart
	headStart      = time.Second             //
	gapSpacing     = 10 * time.Second        // between gap reads that nobody asked for
	strangeSpacing = 2 * time.Second         // between reads because of rows that nobody understands
	hungAfter      = 2500 * time.Millisecond // a read under way for so long makes way for a more urgent one
	waitShown      = 5 * time.Second         // a read delayed longer than this shows as WAIT
	hintPatience   = 3 * time.Second         // after a read found the end: a hint later than this is lost
)

// pollGap is the time from one routine read to the next, by the age of the payment.
func pollGap(age time.Duration) time.Duration {
	switch {
	case age < 30*time.Second:
		return 2 * time.Second
	case age < 2*time.Minute:
		return 5 * time.Second
	case age < 5*time.Minute:
		return 10 * time.Second
	case age < 30*time.Minute:
		return 30 * time.Second
	}
	return 2 * time.Minute
}

// quietGap is the time to the nth read (from 0) of a payment whose channel is ready and
// says nothing. Realtime never replays, and a channel can go deaf while its heartbeats are
// answered, so some reads there must be.
func quietGap(n int) time.Duration {
	gaps := [...]time.Duration{10 * time.Second, 15 * time.Second, 30 * time.Second, time.Minute}
	return gaps[min(n, len(gaps)-1)]
}

// confirmGap is the time from the nth read (from 1) after a hint to the next, since being
// the time since the hint. The API usually follows the channel within a second.
func confirmGap(n int, since time.Duration) time.Duration {
	gaps := [...]time.Duration{
		500 * time.Millisecond, time.Second, 2 * time.Second, 2 * time.Second, 3 * time.Second, 5 * time.Second,
	}
	switch {
	case n <= len(gaps):
		return gaps[max(n, 1)-1]
	case since < 2*time.Minute:
		return 5 * time.Second
	}
	return 10 * time.Second
}

// strangeConfirms is how often a hint with a word that is not Dollr's for an end is looked
// into: the table's words are not documented, so it may be an end or may be nothing.
const strangeConfirms = 4

// retryGap is the least time after the nth failure in a row (from 1) to the next read.
func retryGap(n int) time.Duration {
	return min(time.Second<<min(max(n-1, 0), 5), 5*time.Second)
}

// situation is what a plan is made of. Times are on the monotonic clock.
type situation struct {
	now      time.Time
	age      time.Duration // since executed
	lastRead time.Time     // when the last read ended; zero: none yet
	failures int           // reads failed in a row
	down     bool          // and nobody is answered just now
	firstAt  time.Time     // the first read's time, if nothing else comes
	jitter   float64       // 0.9 to 1.1, drawn anew for each read

	asked    bool      // a person asked, or the clock jumped
	hinted   time.Time // newest hint that no read has looked into; zero: none
	claimed  bool      // the channel claims an end, or something strange, still looked into
	confirms int       // reads that looked into it
	claimAge time.Duration

	gapAt time.Time // a gap read is due then; zero: none
	rely  bool      // the channel is ready, trusted and within its window
	quiet int       // reads that have found nothing new on a ready channel
}

// next says when the next read is due and why. It is the whole reading policy; the
// watcher asks it again after everything that happens.
func (s situation) next() (time.Time, readKind) {
	at, kind := s.wish()
	if kind != readUser && s.failures > 0 {
		// While nobody is answered an old payment must not wait for its poll in two minutes: who
		// stands in the queue is a probe, and is freed by the first answer.
		if least := s.lastRead.Add(scale(retryGap(s.failures), s.jitter)); s.down || at.Before(least) {
			at = least
		}
	}
	return at, kind
}

func (s situation) wish() (time.Time, readKind) {
	switch {
	case s.asked:
		return s.now, readUser
	case !s.hinted.IsZero():
		return s.now, readVerify
	}
	at, kind := s.routine()
	if s.claimed {
		if t := s.lastRead.Add(confirmGap(s.confirms, s.claimAge)); !t.After(at) {
			at, kind = t, readVerify
		}
	}
	if !s.gapAt.IsZero() && s.gapAt.Before(at) {
		at, kind = s.gapAt, readGap
	}
	return at, kind
}

func (s situation) routine() (time.Time, readKind) {
	switch {
	case s.lastRead.IsZero():
		return s.firstAt, readFirst
	case s.rely:
		return s.lastRead.Add(quietGap(s.quiet)), readSlow
	}
	return s.lastRead.Add(scale(pollGap(s.age), s.jitter)), readPoll
}

func scale(d time.Duration, by float64) time.Duration { return time.Duration(float64(d) * by) }

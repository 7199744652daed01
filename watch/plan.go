package watch

import "time"

// readKind says why the status is read. Later kinds are more urgent. The last two go before all
// others, within their share of the rate. Of the others the earliest deadline goes first: the time
// of the question plus lead.
type readKind uint8

const (
	readSlow    readKind = iota // a check of a payment whose channel is silent
	readPoll                    // the routine read
	readGap                     // after `system ok`: the server does not replay what happened before
	readFirst                   // nothing is known about the payment
	readConfirm                 // the channel claims an end that a read did not confirm, or sent an unknown word
	readVerify                  // the channel claims an end, and no read has checked the claim
	readUser                    // a person asked
	readBoth                    // a person asked, and the channel claims an end
)

var leads = [...]time.Duration{
	readSlow:    10 * time.Second,
	readPoll:    2 * time.Second,
	readGap:     1500 * time.Millisecond,
	readFirst:   time.Second,
	readConfirm: 500 * time.Millisecond,
	readVerify:  -5 * time.Second,
	readUser:    -10 * time.Second,
	readBoth:    -time.Hour, // before all questions of persons
}

func (k readKind) lead() time.Duration { return leads[k] }

const (
	freshAge       = 5 * time.Second         // a payment this young gives its channel headStart
	headStart      = time.Second             //
	gapSpacing     = 10 * time.Second        // between gap reads
	strangeSpacing = 2 * time.Second         // between reads because of rows whose meaning is unknown
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

// mostConfirms is how many reads may check a claimed end. Later reads count as routine.
const mostConfirms = 3

// retryGap is the least time to the payment's next read after n failures in a row, n from 1.
func retryGap(n int) time.Duration { return retryGaps[min(max(n, 1), len(retryGaps))-1] }

var retryGaps = [...]time.Duration{
	time.Second, 2 * time.Second, 4 * time.Second, 8 * time.Second, 15 * time.Second, 30 * time.Second,
}

// situation is what a plan is made of. Times are on the monotonic clock.
type situation struct {
	now      time.Time
	age      time.Duration // since executed
	lastRead time.Time     // when the last read ended; zero: none yet
	failures int           // reads failed in a row
	down     bool          // the API is down for all payments
	firstAt  time.Time     // the first read's time, if nothing else comes
	jitter   float64       // 0.9 to 1.1, drawn anew for each read

	asked    bool      // a person asked, or the clock jumped
	hinted   time.Time // when the newest hint without an answer came; zero: none
	tried    bool      // a read has checked the hint, and failed
	final    bool      // the hint claims an end
	doubts   int       // answers since the hint that did not confirm it
	claimed  bool      // the channel claims an end, or something strange, still looked into
	confirms int       // reads that looked into it
	claimAge time.Duration

	gapAt time.Time // a gap read is due then; zero: none
	heard bool      // the channel is ready and trusted
	rely  bool      // the channel is trusted, and the payment is within its window
	quiet int       // reads that have found nothing new on a ready channel

	stretch float64 // the factor on the spacing while heard
}

// next says when the next read is due and why. It is the whole reading policy; the
// watcher asks it again after everything that happens.
func (s situation) next() (time.Time, readKind) {
	at, kind := s.wish()
	news := !s.hinted.IsZero() && !s.tried
	switch {
	case kind >= readUser, news, s.failures == 0:
	case s.down:
		// A payment whose read waits serves as a probe, and the first answer frees it. An old
		// payment must not wait two minutes for its next poll.
		at = s.lastRead.Add(scale(probeEvery, s.jitter))
	default:
		// The first retries come soon, whatever the routine. Later the slower of the two counts.
		least := s.lastRead.Add(scale(retryGap(s.failures), s.jitter))
		if at.Before(least) || s.failures <= len(retryGaps) {
			at = least
		}
	}
	return at, kind
}

func (s situation) wish() (time.Time, readKind) {
	switch {
	case s.asked && !s.hinted.IsZero() && s.confirmKind() == readVerify:
		return s.now, readBoth
	case s.asked:
		return s.now, readUser
	case !s.hinted.IsZero():
		return s.now, s.confirmKind()
	}
	at, kind := s.routine()
	if s.claimed {
		again, gap := s.confirmKind(), confirmGap(s.confirms, s.claimAge)
		if again == readPoll && s.heard {
			gap = scale(gap, s.stretch)
		}
		if t := s.lastRead.Add(gap); !t.After(at) {
			at, kind = t, again
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
		return s.lastRead.Add(scale(s.spacing(), s.stretch)), readSlow
	case s.heard:
		return s.lastRead.Add(scale(s.spacing(), s.jitter*s.stretch)), readPoll
	}
	return s.lastRead.Add(scale(s.spacing(), s.jitter)), readPoll
}

// spacing is the time between two routine reads when the rate suffices for all payments.
func (s situation) spacing() time.Duration {
	gap := pollGap(s.age)
	if s.rely {
		gap = quietGap(s.quiet)
	}
	if s.claimed && s.confirmKind() == readPoll {
		gap = min(gap, confirmGap(s.confirms, s.claimAge))
	}
	return gap
}

// wishes returns the payment's part of the demand for routine reads. A payment whose reads fail is
// read less often, and must not make the others give way.
func (s situation) wishes() wish {
	gap := s.spacing()
	if s.failures > 0 {
		gap = max(gap, retryGap(s.failures))
	}
	return every(gap, s.heard)
}

// confirmKind returns how urgent it is to check what the channel claims.
func (s situation) confirmKind() readKind {
	switch {
	case s.final && s.doubts == 0 && !s.tried:
		return readVerify
	case s.doubts < mostConfirms:
		return readConfirm
	}
	return readPoll
}

func scale(d time.Duration, by float64) time.Duration { return time.Duration(float64(d) * by) }

package sandbox

import (
	"math"
	"math/rand/v2"
	"time"
)

// The timing model. Ours, not measured: no published distribution for Liberia or Rwanda
// was found. Its anchors are pawaPay's "a few seconds up to a few minutes", a 60 s PIN
// prompt and operators that refuse in about ten seconds. Recalibrate it here, and only
// here, when real numbers are known.
const (
	approvalMedian = 22 * time.Second
	approvalP90    = 75 * time.Second
	// An ordinary approval stays between these, so that only late-paid crosses the five
	// minutes after which a payment must be looked at by hand.
	approvalLeast = 3 * time.Second
	approvalMost  = 270 * time.Second

	lapse      = 60 * time.Second // a PIN prompt without an answer
	lateAfter  = 6 * time.Minute  // late-paid; real time whatever the speed
	flipAfter  = 60 * time.Second // COMPLETED until the operator takes it back
	wrongHint  = 20 * time.Second // the API stays PROCESSING behind a wrong hint; real time
	slowVerify = 8 * time.Second  // the API lags behind a right hint; real time

	shortKeyLife = 20 * time.Second
	throttledFor = 14 * time.Second
	failingFor   = 45 * time.Second // long enough for "asking has failed for 30 s"
	offlineFor   = 90 * time.Second
	clockAhead   = 3*time.Minute + 10*time.Second
)

// span is a time drawn evenly between two ends.
type span struct{ least, most time.Duration }

var (
	acceptance = span{500 * time.Millisecond, 2 * time.Second} // PENDING to PROCESSING
	novelty    = span{time.Second, 2 * time.Second}            // an undocumented status lasts
	refusal    = span{8 * time.Second, 15 * time.Second}
	noWallet   = span{1 * time.Second, 3 * time.Second} // the operator asks no other party
	cardTime   = span{2 * time.Second, 6 * time.Second}
	released   = span{3 * time.Second, 6 * time.Second} // dialled the code, or passed 3-D Secure
	pageOpened = span{3 * time.Second, 10 * time.Second}
	pageChosen = span{5 * time.Second, 15 * time.Second}
)

func (s span) draw(r *rand.Rand) time.Duration {
	return s.least + time.Duration(r.Float64()*float64(s.most-s.least))
}

// approval draws how long a customer takes to approve: log-normal, so that most are
// quick and a few are very slow.
func approval(r *rand.Rand) time.Duration {
	const z90 = 1.2815515655446004 // the normal distribution's 90th percentile
	sigma := math.Log(float64(approvalP90)/float64(approvalMedian)) / z90
	d := time.Duration(float64(approvalMedian) * math.Exp(sigma*r.NormFloat64()))
	return min(max(d, approvalLeast), approvalMost)
}

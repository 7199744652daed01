package load

import "time"

// Report is a load run at one moment, for a screen or a line. It is a value: who has one may
// keep it, and nothing changes in it afterwards. Times are real ones, whatever the speed of a
// sandbox's customers is.
type Report struct {
	State State
	Took  time.Duration // since the run began
	Left  time.Duration // until arrivals end as planned; 0: no end is planned, or it is past

	Arrivals Arrivals
	Stages   []Stage // in the order of a payment's life; always all of them
	Outcomes Outcomes

	// Unresolved are due and without a result that the run waits for: those that Arrivals calls
	// open, those that have not begun, a CHECK that heals when Dollr answers again, and those
	// that were still being made when the run ended.
	Unresolved int

	Channel Channel
	Bars    []Bar  // how long it took from start to PAID, shortest first; always all of them
	Calls   []Call // by code, the most frequent first
	Series  Series

	// Corrected says that latencies count from when a payment was due, so that a stall of the
	// program is in them (no coordinated omission); false: from when it was begun.
	Corrected bool
	Faults    []string // those of the whole sandbox that are on
	Expected  []Expected
	Truth     Truth // after [Run.Judge]
	LeftOut   int   // payments that Config.Sample was never told of, for it was too slow
}

// Truth says how our verified results compare with what really became of the payments, as
// only a sandbox can tell.
type Truth struct {
	Right, Wrong int
	Unjudged     int // results that were too many to be kept until a sandbox could be asked about them
}

// State says what a run does just now.
type State uint8

// The states, in the order of a run that is never paused but once.
const (
	Running  State = iota
	Paused         // no payment arrives; what is under way goes on
	Draining       // no more payments arrive; what is under way goes on
	Ended          // nothing is under way any more, or the run was stopped
)

// String is the state's word: RUNNING, PAUSED, DRAINING or ENDED.
func (s State) String() string { return [...]string{"RUNNING", "PAUSED", "DRAINING", "ENDED"}[s] }

// Arrivals tells who comes how fast. An arrival is one payment that was due; it comes at its
// time whatever became of those before it (an open model).
type Arrivals struct {
	Target float64 // a second, as asked for just now
	Actual float64 // a second, begun in the last 5 s
	Goal   float64 // to which the rate is ramped; 0: no ramp is under way
	GoalIn time.Duration

	Due   int           // arrivals that should have begun
	Begun int           // and those that have
	Open  int           // begun, and no result yet
	Late  time.Duration // how long the next one has been due; 0: none waits
}

// Stage is how long one part of a payment's life took, over all payments.
type Stage struct {
	Name   string // as in expectations and exports, e.g. "hint_to_verified"
	Title  string // for a narrow column, e.g. "hint>verified"
	N      uint64 // how many were measured
	Errors uint64 // how many failed instead
	Error  string // the most frequent failure in a word, e.g. "429"; empty: none

	P50, P90, P95, P99, Max time.Duration // 0 when none was measured
	P999, Mean              time.Duration // likewise
}

// Outcomes count payments by what is known of them. Paid and NotPaid are verified.
type Outcomes struct {
	Paid, NotPaid, Check, Stopped int
	Confirming, Waiting           int // still open
	Failed                        int // never executed: a call that makes a payment failed, or its outcome is unknown
}

// Channel tells how honest and how steady realtime has been.
type Channel struct {
	Lost, Wrong, Late, Duplicates, Dropped uint64        // hints; see watch.HintCounts
	ByPoll                                 uint64        // ends that a read found without a hint before it
	Rejoins                                uint64        // joins after a payment's first
	Gap                                    time.Duration // the longest that a channel that had been ready was not; those that are not yet count too
	Away                                   int           // channels that were ready and are not now, while their payments have use for them
	Minted                                 uint64        // realtime keys
	Renewed                                uint64        // of these, for a channel that had one before
}

// Bar is one bar of the histogram.
type Bar struct {
	From, To time.Duration // To is 0 for the last, which has no end
	N        uint64
}

// Call is how often calls of Dollr's API got a code.
type Call struct {
	Code  int // 0: no answer
	Times uint64
}

// Series are one value a second, oldest first, at most [SeriesMost] of them.
type Series struct {
	Arrivals []float64       // begun
	Ended    []float64       // results
	Slowest  []time.Duration // p99 of hint_to_verified in that second; 0: none
}

// SeriesMost is how many seconds a Series goes back.
const SeriesMost = 120

// Expected is what the user expects of the run, and how it stands.
type Expected struct {
	Text  string // as it was given, e.g. "start_to_paid.p99<60s"
	Value string // as it is, in the same unit; empty: nothing was measured yet
	Met   bool
}

// Steering is one thing that a person does to a run while it goes on.
type Steering struct {
	Verb  Verb
	Rate  float64       // of Ramp: a second
	Over  time.Duration // of Ramp
	Count int           // of Burst; 0: the usual number
}

// Verb says what a Steering does.
type Verb uint8

// The verbs.
const (
	SlowerByOne   Verb = iota + 1 // one arrival a second fewer
	FasterByOne                   // and more
	SlowerByTenth                 // a tenth of the rate fewer
	FasterByTenth                 // and more
	Ramp                          // to Rate within Over, evenly
	Pause                         // no payment arrives; again: they arrive
	Burst                         // Count more, due at once
	Drain                         // no more payments arrive; the run ends when all have a result
	Stop                          // the run ends now
)

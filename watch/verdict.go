package watch

import "time"

// Verdict is our own word about a payment. Only Paid and NotPaid speak of the money, and
// only the status API leads to them.
type Verdict uint8

// The six verdicts. The zero Verdict is Waiting: nothing is known yet.
const (
	Waiting    Verdict = iota // Dollr has not said how it ends
	Confirming                // the channel claims an end; we are asking
	Check                     // a person has to look: do not hand over
	Paid                      // the status API said so about this very payment
	NotPaid                   // likewise
	Stopped                   // the user stopped watching; the result is not known
)

var verdictWords = [...]string{"WAITING", "CONFIRMING", "CHECK", "PAID", "NOT PAID", "STOPPED"}

// String is the verdict's word, e.g. "NOT PAID".
func (v Verdict) String() string { return wordOf(verdictWords[:], v) }

// Mark is the verdict's two characters, for readers without colour.
func (v Verdict) Mark() string { return wordOf([]string{"..", "??", "!!", "OK", "XX", "--"}, v) }

// wordOf returns the word of a value, and ?? for a value without one, because a value from a
// damaged disk must not end the program.
func wordOf[T ~uint8](words []string, v T) string {
	if int(v) >= len(words) {
		return "??"
	}
	return words[v]
}

// Reason says which rule led to a CHECK; None for any other verdict.
type Reason uint8

// The reasons for a CHECK, from the rules of [Judge].
const (
	None          Reason = iota
	Contradicted         // Dollr gave a final answer and later another status
	Short                // final, but less was charged than expected
	Unconfirmed          // the channel claimed an end 30 s ago, and the API has not
	Unanswered           // reads have failed for 30 s
	Overdue              // no end 5 minutes after executed_at
	NeverLanded          // still 404, 60 s after the executed_at that was given
	Rejected             // Dollr refuses the request (422)
	Broken               // the watcher panicked: a bug of this program
	Damaged              // Dollr says PAID, and the payment's record on disk is damaged
	AmountUnknown        // final, but the amount cannot be read or compared with the expected one
	OtherCurrency        // final, but charged in another currency than expected
	NotAboveZero         // final, but nothing was charged, or less than nothing
	Unreadable           // two answers in a row cannot be read in exactly one way
)

var reasonCodes = [...]string{
	"", "CONTRADICTED", "SHORT", "UNCONFIRMED", "UNANSWERED", "OVERDUE", "NEVER LANDED", "REJECTED", "BROKEN",
	"DAMAGED", "AMOUNT UNKNOWN", "OTHER CURRENCY", "NOT ABOVE ZERO", "UNREADABLE",
}

// Code returns the reason's word in the journal, in exports and in lines, such as "NEVER LANDED".
// It is empty for None.
func (r Reason) Code() string { return wordOf(reasonCodes[:], r) }

// ReasonCodes returns the codes in the order of the reasons. The caller must not change them.
func ReasonCodes() []string { return reasonCodes[:] }

// How long each state may last before a person should look. From the design, which took
// them from Dollr's guidance and from runs against the real Realtime server.
const (
	slowAfter        = 60 * time.Second
	wokenPatience    = 15 * time.Second // with Dollr's first answer after the clocks jumped apart
	unconfirmedAfter = 30 * time.Second
	unansweredAfter  = 30 * time.Second
	neverLandedAfter = 60 * time.Second
	overdueAfter     = 5 * time.Minute
)

// UnreadableMost is the number of unreadable answers in a row that make a payment a CHECK.
const UnreadableMost = 2

// Judgement is what Judge makes of the facts.
type Judgement struct {
	Verdict    Verdict
	Reason     Reason    // why CHECK
	NotStarted bool      // WAITING before the payment was executed
	Slow       bool      // WAITING for over a minute
	Next       time.Time // when, without news, the judgement changes; zero: never
}

// Ended reports whether the verdict ends the watching by itself.
func (j Judgement) Ended() bool {
	switch j.Verdict {
	case Paid, NotPaid:
		return true
	case Check:
		return j.Reason == Contradicted || j.Reason == Damaged || j.Reason.aboutAmount()
	}
	return false
}

// aboutAmount reports whether r is about a final answer's amount.
func (r Reason) aboutAmount() bool {
	switch r {
	case Short, AmountUnknown, OtherCurrency, NotAboveZero:
		return true
	}
	return false
}

// Judge makes the verdict of what is known. It is the only place where one is made. wall
// is today's time; no rule looks at it except to say "slow" or CHECK.
func Judge(k *Known, wall time.Time) Judgement {
	switch outcome := k.Final.outcome(k.Payment); {
	case k.Changed.Said():
		return Judgement{Verdict: Check, Reason: Contradicted}
	case outcome == Paid && k.Damaged:
		return Judgement{Verdict: Check, Reason: Damaged} // another sum may have been expected
	case outcome == Paid && doubt(k) != None:
		return Judgement{Verdict: Check, Reason: doubt(k)}
	case outcome != Waiting:
		return Judgement{Verdict: outcome}
	case k.Stopped:
		return Judgement{Verdict: Stopped}
	}

	executed := k.ExecutedAt(wall)
	started := !k.notStarted(wall)
	var j Judgement
	j.Reason, j.Next = firstDue(wall,
		limit{k.Panic != "", time.Time{}, Broken},
		limit{k.Refused.Said(), time.Time{}, Rejected},
		limit{k.Unreadable >= UnreadableMost, time.Time{}, Unreadable},
		limit{k.HintFinal(), unconfirmedFrom(k).Add(unconfirmedAfter), Unconfirmed},
		limit{k.Failing(), k.FailedSince.Add(unansweredAfter), Unanswered},
		limit{k.Latest.Code == 404 && k.given(wall), executed.Add(neverLandedAfter), NeverLanded},
		limit{started, overdueFrom(k, executed).Add(overdueAfter), Overdue},
	)
	if k.Executed.After(wall) {
		j.Next = earliest(j.Next, k.Executed) // from then on it is believed
	}
	switch {
	case j.Reason != None:
		j.Verdict, j.Next = Check, time.Time{}
	case k.HintFinal():
		j.Verdict = Confirming
	default:
		j.Verdict = Waiting
		j.NotStarted = !started
		if slow := executed.Add(slowAfter); started && !wall.Before(slow) {
			j.Slow = true
		} else if started {
			j.Next = earliest(j.Next, slow)
		}
	}
	return j
}

// overdueFrom is when the patience with a payment begins: at its execution. But a payment
// of this morning is no CHECK before Dollr was asked: until the first answer it begins when
// the payment was handed to us, and after a night with the lid closed it ends a little
// after the morning.
func overdueFrom(k *Known, executed time.Time) time.Time {
	from := executed
	if k.Latest.Code == 0 && k.Handed.After(from) {
		from = k.Handed
	}
	if woken := k.Woken.Add(wokenPatience - overdueAfter); woken.After(from) { // the zero Woken changes nothing
		from = woken
	}
	return from
}

// unconfirmedFrom is when the patience with the API began that does not confirm: when the
// channel claimed the end. After a night with the lid closed, or a restart, it ends a little
// after the morning.
func unconfirmedFrom(k *Known) time.Time {
	from := k.Hint.Claimed
	if woken := k.Woken.Add(wokenPatience - unconfirmedAfter); woken.After(from) { // the zero Woken changes nothing
		from = woken
	}
	return from
}

// doubt returns why the amount of the final answer cannot be accepted, and None if it can. A
// comparison that could not be made has not passed, and the amount of another answer never stands
// in. An amount that cannot be read is doubtful even when nothing is expected, because it may be
// zero or less. More than expected is accepted, and the screen shows both amounts.
func doubt(k *Known) Reason {
	charged, expected := k.Final.Payer, k.Expected
	if k.Final.Unread != "" || charged.Said() && !charged.readable() {
		return AmountUnknown
	}
	if !charged.Said() && !expected.Said() {
		return None // there is nothing to compare
	}
	if charged.Comparable(expected) && charged.Cmp(expected) < 0 {
		return Short
	}
	if charged.Said() && charged.value().Sign() <= 0 {
		return NotAboveZero
	}
	if !expected.Said() || charged.Comparable(expected) {
		return None
	}
	if charged.Currency != "" && expected.Currency != "" && charged.Currency != expected.Currency {
		return OtherCurrency
	}
	return AmountUnknown // Dollr named no amount, or no currency
}

// limit is one way to a CHECK: if it holds, it is due at that time.
type limit struct {
	holds  bool
	at     time.Time
	reason Reason
}

// firstDue is the reason of the first limit that is due, and when the next one that holds
// will be.
func firstDue(wall time.Time, limits ...limit) (Reason, time.Time) {
	var next time.Time
	for _, l := range limits {
		switch {
		case !l.holds:
		case !wall.Before(l.at):
			return l.reason, time.Time{}
		default:
			next = earliest(next, l.at)
		}
	}
	return None, next
}

// earliest is the earlier of two times; zero counts as never.
func earliest(a, b time.Time) time.Time {
	if a.IsZero() || !b.IsZero() && b.Before(a) {
		return b
	}
	return a
}

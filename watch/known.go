package watch

import (
	"errors"
	"strconv"
	"strings"
	"time"
)

// Known is all that is known of one payment: facts with their times, no verdict. Times
// are wall times.
type Known struct {
	Payment

	Latest  Answer    // the newest answer, a 404 or 422 too
	Status  string    // the newest status that an answer about this payment had
	Final   Answer    // the first final answer; Code 0 before
	Changed Rare      // the first later answer with another status: Dollr contradicted itself
	Charge  Money     // the newest readable amount of an answer about this payment
	Refused Rare      // the first 422: Dollr refuses the question
	Hint    Hint      // what the channel claims
	Begun   time.Time // first answer that found it begun, if one before had not; else zero

	FailedSince time.Time // first failure since the last answer; zero: asking works
	FailedText  string    // the newest failure in one line
	Unreadable  uint8     // unreadable answers in a row, up to UnreadableMost
	Woken       time.Time // the clocks jumped apart, and no answer has come since; else zero

	Stopped bool   // the user stopped watching
	Panic   string // what this program did wrong; empty: nothing

	// Damaged reports that the payment's record in the journal was damaged. What was handed over
	// may have been different, and what was known before is forgotten.
	Damaged bool
}

// Hint is what a realtime event said. It proves nothing.
type Hint struct {
	Status  string
	At      time.Time // when it came
	Claimed time.Time // when the first end was claimed; zero: none was
}

// HintFinal reports whether the channel claims that the payment has ended. Letters may
// have any case, for the table's words are not documented.
func (k *Known) HintFinal() bool { return finalWord(k.Hint.Status) }

func finalWord(status string) bool {
	return strings.EqualFold(status, StatusCompleted) || strings.EqualFold(status, StatusFailed)
}

// Failing reports whether asking has failed since the last answer.
func (k *Known) Failing() bool { return !k.FailedSince.IsZero() }

// Charged returns what Dollr said the customer is charged, as far as it can be read. After the end
// it is the final answer's own amount, whatever other answers say. Before the end it is the newest
// amount; an answer without an amount does not take it back.
func (k *Known) Charged() Money {
	if k.Final.Code != 0 {
		return k.Final.Payer
	}
	return orElse(k.Latest.Payer, k.Charge)
}

// Unread returns what Dollr said the customer is charged, as it came, if that cannot be read. Then
// Charged is zero. Otherwise Unread is empty.
func (k *Known) Unread() string {
	if k.Final.Code != 0 {
		return k.Final.Unread
	}
	return k.Latest.Unread
}

// ExecutedAt is when the payment was executed: as given, unless that is later than now;
// else the first answer that found it begun; else when it was handed to us.
func (k *Known) ExecutedAt(wall time.Time) time.Time {
	switch {
	case k.given(wall):
		return k.Executed
	case !k.Begun.IsZero():
		return k.Begun
	}
	return k.Handed
}

// given reports whether the merchant told when it executed, in a believable way.
func (k *Known) given(wall time.Time) bool {
	return !k.Executed.IsZero() && !k.Executed.After(wall)
}

// notStarted reports whether the newest answer says that the customer has not begun, and nothing
// says otherwise.
func (k *Known) notStarted(wall time.Time) bool {
	return k.Latest.early() && k.unborn() && !k.given(wall)
}

// unborn reports whether no answer so far found it begun, but for a hosted checkout that
// fell back. One that was there does not become unborn by a 404.
func (k *Known) unborn() bool {
	return k.Status == "" || k.Hosted() && (k.Status == SourceIdle || k.Status == SourceActive)
}

// learn takes an answer in. It keeps the first final answer and the first that
// contradicts it; nothing ever removes those.
func (k *Known) learn(a Answer) {
	k.FailedSince, k.FailedText, k.Woken, k.Unreadable = time.Time{}, "", time.Time{}, 0
	before := k.Latest
	if k.Final.Code != 0 && a.Code != 200 { // after the end that is trouble, not an answer
		k.fail(strings.TrimSuffix("asked again, Dollr says "+strconv.Itoa(a.Code)+": "+a.Detail, ": "), a.At)
		return
	}
	k.Latest = a
	if k.Charge = orElse(a.Payer, k.Charge); a.Unread != "" {
		k.Charge = Money{} // an unreadable amount may be another sum than the one before
	}
	switch {
	case a.Code == 200 && a.early() && k.Hosted():
		k.Begun = time.Time{} // a hosted checkout may fall back to ACTIVE
	case a.Code == 200 && k.Begun.IsZero() && before.early() && k.unborn():
		k.Begun = a.At
	}
	if a.Code == 422 && !k.Refused.Said() {
		k.Refused = Keep(a) // only an end heals this
	}
	if a.Code != 200 {
		return
	}
	k.Status = a.Status
	switch {
	case k.Final.Code == 0 && a.outcome(k.Payment) != Waiting:
		k.Final = a
	case k.Final.Code != 0 && !k.Changed.Said() && a.Status != k.Final.Status:
		k.Changed = Keep(a)
	}
}

// fail takes a failure to ask in.
func (k *Known) fail(text string, wall time.Time) {
	if k.FailedSince.IsZero() {
		k.FailedSince = wall
	}
	k.FailedText = text
}

// failed records that a read brought no answer about this payment.
func (k *Known) failed(err error, wall time.Time) {
	k.fail(err.Error(), wall)
	var fault *Fault
	if errors.As(err, &fault) && fault.Unreadable {
		k.Unreadable = min(k.Unreadable+1, UnreadableMost)
	}
}

// misfit returns the fault of an answer about another payment, and nil for all other answers.
func (k *Known) misfit(a Answer) error {
	if a.Code == 200 && !a.About(k.Payment) {
		return &Fault{Kind: FaultDown, Code: a.Code, Text: "Dollr's answer is not about this payment's charge (another reference, or a refund)"}
	}
	return nil
}

// hint takes a realtime event's word in. A claim that the payment has ended stays until
// the API answers for it, whatever older events arrive later.
func (k *Known) hint(status string, wall time.Time) {
	if k.HintFinal() && !finalWord(status) {
		return
	}
	if strings.EqualFold(k.Hint.Status, status) {
		return // said again: the first time is the one that counts
	}
	claimed := k.Hint.Claimed // the other end now, perhaps; the API is waited for since the first
	if claimed.IsZero() && finalWord(status) {
		claimed = wall
	}
	k.Hint = Hint{Status: status, At: wall, Claimed: claimed}
}

package ui

import (
	"strconv"
	"strings"
	"time"

	"tillwatch/watch"
)

// advice is what the board says about one payment in plain words: what is known, what to
// do, and what to tell the customer. All its texts are in this file.
//
// do is the rule, which is the last to give way on a small screen; ask is when Dollr is asked
// next, which is the first. A rule with a condition has wordings of its own for less room:
// cut at its end it would be the rule without the condition.
type advice struct {
	known, do, ask, tell string
	less                 []string // ever shorter; none of them allows anything
	alarm                bool     // although it is PAID
}

// wordings are what to do, from the whole to the least that has to be said.
func (a advice) wordings() []string {
	list := []string{a.do + a.ask, a.do}
	if len(a.less) > 0 {
		return append(list, a.less...)
	}
	if strings.Contains(a.do, notAgain) {
		brief := strings.Replace(a.do, notAgain, "Do not charge again. ", 1)
		list = append(list, brief+a.ask, brief)
	}
	bare := strings.Replace(a.do, notAgain, "", 1)
	list = append(list, bare+a.ask, bare)
	for i := range list {
		list[i] = strings.TrimSpace(list[i])
	}
	return list
}

// The two warnings that money depends on, in the same words wherever they stand.
const (
	notYet   = "DO NOT HAND OVER YET. "
	notAgain = "Do not charge again: it may still go through. "
	askNow   = " ({verify} = ask now)"
)

// Keys stand in these texts by the names of their actions, in braces, for a user may have
// changed them: [keyMap.inWords] puts them in.

// advise words what is known of a payment. Whatever it says, "hand over" without a "not"
// stands in exactly one place: under watch.Paid.
func advise(r *row, now time.Time, h watch.Health, hints map[string]string) advice {
	switch r.Verdict {
	case watch.Paid:
		return advicePaid(r, now)
	case watch.NotPaid:
		return adviceNotPaid(r, now)
	case watch.Check:
		return adviceCheck(r, now, h)
	case watch.Confirming:
		return advice{
			known: "the channel said " + word(r.Hint.Status) + ", " + apiSays(r) + ".",
			do:    notYet,
			ask:   asking(r, now, h),
			tell:  claimTell(r),
		}
	case watch.Stopped:
		return advice{
			known: "you stopped watching. The result is NOT known.",
			do:    "DO NOT HAND OVER on this row. {undo} = watch it again.",
			tell:  "We will check and tell you.",
		}
	}
	return adviceWaiting(r, now, h, hints)
}

// advicePaid is the only advice that allows the goods to be handed over. It says aloud how what
// Dollr charged compares with what was expected: more money is PAID, but worth a look. Goods go out
// once, so it also says whatever makes the payment doubtful.
func advicePaid(r *row, now time.Time) advice {
	charged, expected := r.Charged(), r.Expected
	paid := strings.Replace("PAID "+charged.String()+", "+r.label, "PAID ,", "PAID,", 1)
	a := advice{
		known: "Dollr's status API said " + r.Final.Status + " at " + clock(r.VerifiedAt(), now) + ".",
		// Which payment, and how much: rows move, and labels come more than once.
		do:   paid + ": you may hand over.",
		tell: "Thank you, your payment has arrived.",
	}
	reserve := "" // a doubt that is told of an old payment too
	switch {
	case !charged.Said(): // nothing was expected either, or it would be a CHECK
		paid = "PAID, " + r.label
		a.do = paid + ", but Dollr named no amount: look it up in Dollr's portal before you hand over."
		a.less = []string{paid + ". HOW MUCH? Look it up.", "PAID, HOW MUCH? Look it up.", "PAID, HOW MUCH?"}
		reserve = " Dollr named no amount."
	case !expected.Said():
		reserve = " No price was given here."
		if charged.Currency == "" {
			a.known += " It named no currency: look it up in Dollr's portal."
		}
		a.do = paid + ": you may hand over what costs that. No price was given here."
		a.less = []string{paid + ". What was the price?", "PAID " + charged.String() + ": the price?", "PAID, price?"}
	case charged.Cmp(expected) != 0:
		a.known += " Charged " + charged.String() + ", expected " + expected.String() + "."
		paid += " (you expected " + expected.String() + ")"
		a.do = paid + ": you may hand over."
	}
	since := ago(now.Sub(r.VerifiedAt()))
	switch {
	case endedBefore(r):
		a.do = paid + ", but executed at " + clock(r.Executed, now) + ": you may hand over only if that was not done then." + reserve
		a.less = []string{
			paid + ", but executed at " + clock(r.Executed, now) + ".", "PAID, but executed at " + clock(r.Executed, now) + ".",
			"PAID, BUT OLD.", "OLD",
		}
	case r.Old || now.Sub(r.VerifiedAt()) >= longAgo: // what was done before a restart is unknown
		a.do = paid + ", " + since + " ago: you may hand over only if that was not done then." + reserve
		a.less = []string{paid + ", " + since + " ago: was it handed over?", "PAID " + since + " ago: done already?", "PAID " + since + " ago.", "OLD"}
	}
	return a
}

// longAgo is after how long a PAID is no news at a counter any more.
const longAgo = 10 * time.Minute

// endedBefore reports whether a payment was old when it was handed to us: that we hear of its
// end now says nothing of when the customer paid.
func endedBefore(r *row) bool { return !r.Executed.IsZero() && r.Handed.Sub(r.Executed) >= longAgo }

// twice is the advice about a payment whose invoice or order another one has paid: its money
// counts once, and goods must not go out twice.
func (a advice) twice(r, other *row, now time.Time) advice {
	name, at := other.texts().label, clock(other.VerifiedAt(), now)
	a.alarm = true
	if r.open() {
		a.known = foreign(r.SourceType) + " " + strconv.FormatInt(r.SourceID, 10) + " is PAID already: " + name + ", verified " + at + "."
		a.do = notYet + "A second charge: the customer should not approve it. "
		a.tell = "Please do not approve this one: it is paid already."
		return a
	}
	a.do = "PAID, BUT THE SAME SALE AS " + name + ", verified " + at + ". Hand over only once."
	a.less = []string{"THE SAME SALE AS " + name + " (" + at + ").", "THE SAME SALE AS " + fit(name, 12) + ".", "THE SAME SALE AGAIN.", "TWICE"}
	a.tell = "This was paid already. Let us look at it together."
	return a
}

// missing says how much Dollr charged too little.
func missing(r *row) string {
	charged, expected := r.Charged(), r.Expected
	text := "Charged " + charged.String() + " of " + expected.String() + "."
	if !charged.Comparable(expected) {
		return text
	}
	c, _ := charged.Decimal()
	e, _ := expected.Decimal()
	rest := e.Sub(c)
	digits := rest.StringFixed(max(0, -rest.Exponent()))
	return watch.Money{Amount: digits, Currency: expected.Currency}.String() + " IS MISSING: " + strings.ToLower(text[:1]) + text[1:]
}

// inDoubt says what is wrong with the amount that Dollr charged, next to what was expected.
func inDoubt(r *row) string {
	charged, price := r.Charged(), ""
	if r.Expected.Said() {
		price = "; you expect " + r.Expected.String()
	}
	switch {
	case r.Unread() != "":
		return "Charged " + masked(r.Unread()) + ", which cannot be read" + price + "."
	case !charged.Said():
		return "Dollr named no amount" + price + "."
	case r.Reason == watch.NotAboveZero:
		return "Charged " + charged.String() + ", which is not above zero" + price + "."
	case charged.Currency == "":
		return "Charged " + charged.String() + " without a currency" + price + "."
	}
	return "Charged " + charged.String() + price + "."
}

// adviceNotPaid says why in Dollr's own words, for whether to try again depends on them.
// A new attempt needs a new reference, says Dollr's API page.
func adviceNotPaid(r *row, now time.Time) advice {
	a := advice{
		known: "Dollr's status API said " + r.Final.Status + " at " + clock(r.VerifiedAt(), now) + ".",
		do:    "NOT PAID. Do not hand over. To try again, start a new payment at the till.",
		tell:  "The payment did not go through. Shall we try again?",
	}
	if why := messages(r.Final); why != "" {
		a.known += " " + why
	}
	for _, f := range failures {
		if strings.Contains(strings.ToUpper(r.Final.Gateway+" "+r.Final.Wallet), f.code) {
			a.known = "Dollr's status API said " + r.Final.Status + " at " + clock(r.VerifiedAt(), now) + ": " + f.means + "."
			a.tell = f.tell
			break
		}
	}
	return a
}

// failures are the reasons that a counter can do something about, as the gateway words them
// (pawaPay's failure codes, which Dollr passes on in gateway_message or wallet_message; the
// card's is Stripe's decline code), and what to tell the customer.
var failures = [...]struct{ code, means, tell string }{
	{"INSUFFICIENT_BALANCE", "there is not enough money in the wallet", "There is not enough money in your wallet. Please top it up, then we try again."},
	{"PAYMENT_NOT_APPROVED", "the customer refused, or did not approve in time", "You did not approve it in time. Shall we try again?"},
	{"PAYER_LIMIT_REACHED", "the wallet's limit is reached", "Your wallet's limit is reached. A smaller amount may work, or tomorrow."},
	{"WALLET_LIMIT_REACHED", "the wallet's limit is reached", "Your wallet's limit is reached. A smaller amount may work, or tomorrow."},
	{"PAYER_NOT_FOUND", "the number has no wallet", "This number has no wallet. Shall we look at the number together?"},
	{"TRANSACTION_ALREADY_IN_PROCESS", "another payment waits on that phone", "Another payment waits on your phone. Please finish it, then we try again in a few minutes."},
	{"PAYMENT_IN_PROGRESS", "another payment waits on that phone", "Another payment waits on your phone. Please finish it, then we try again in a few minutes."},
	{"CARD_DECLINED", "the bank declined the card", "Your bank declined the card. Do you have another one?"},
}

// promptAfter is how long a customer may look for a prompt before the advice speaks of that.
const promptAfter = 20 * time.Second

// unprompted are what helps a customer who sees no prompt, by method. Operators' codes change
// and differ, so they are settings; these words hold without one.
var unprompted = map[string]string{
	"MTN_MOMO_LBR":     "open the MTN MoMo menu and approve there",
	"ORANGE_MONEY_LBR": "open the Orange Money menu and approve there",
	"AIRTEL_RWA":       "open the Airtel Money menu and approve there",
	"MTN_MOMO_RWA":     "open the MTN MoMo menu and approve there",
	"ORANGE_MONEY_RWA": "open the Orange Money menu and approve there",
}

// telling is what a customer is told who has not approved yet, by method; after a while it
// helps those who see no prompt.
func telling(r *row, now time.Time, h watch.Health, hints map[string]string) string {
	method := strings.ToUpper(r.Method)
	hint := cleaned(first(hints[method], unprompted[method]), longestText)
	switch {
	case blind(h):
		return "We cannot see your payment just now. Please do not pay again."
	case hint != "" && r.lasted(now) >= promptAfter:
		return "No prompt? Please " + strings.TrimSuffix(hint, ".") + "."
	case method == "CREDIT_CARD":
		return "Please finish the payment with your card; your bank may ask you to approve it."
	case method == "WALLET":
		return "Please approve the payment in your wallet."
	case r.Hosted():
		return "Please finish the payment on the page that we sent you."
	}
	return "Please look at your phone and approve the payment with your PIN."
}

// adviceWaiting keeps a counter patient. Minutes in PROCESSING are normal, and the costly
// mistake is to charge a second time.
func adviceWaiting(r *row, now time.Time, h watch.Health, hints map[string]string) advice {
	a := advice{do: notYet, ask: asking(r, now, h), tell: telling(r, now, h, hints)}
	switch {
	case r.Latest.Code == 404:
		// It is unknown whether the customer has begun: the reference may be a wrong one.
		a.known = "Dollr does not know this reference yet. It may be early, or the reference is wrong."
		a.do = notYet + "If the customer says it went through, compare the reference. "
		a.tell = "One moment, we are looking for your payment."
	case r.Latest.RequiresAction:
		a.known = "the card needs one more step: the customer must approve in the bank's app."
		a.tell = "Please open your bank's app and approve the payment."
	case r.NotStarted:
		a.known = "the customer has not begun to pay: " + apiSays(r) + "."
		a.tell = "You can pay now."
	case r.Latest.Code == 0 && blind(h):
		a.known = "nothing is known of this payment, for Dollr cannot be asked."
	case r.Latest.Code == 0:
		a.known = "Dollr has not answered about this payment yet."
	case r.Slow:
		a.known = "no result after " + age(r.lasted(now)) + ", " + apiSays(r) + ". Minutes are normal for mobile money."
		a.do = notYet + notAgain
	default:
		a.known = "the customer has not approved yet, " + apiSays(r) + "."
	}
	switch charged, expected := r.Charged(), r.Expected; {
	case r.Unread() != "":
		a.known = "Dollr asks the customer for " + masked(r.Unread()) + ", which cannot be read."
	case charged.Comparable(expected) && charged.Cmp(expected) < 0:
		a.known = "Dollr asks the customer for " + charged.String() + ", and you expect " + expected.String() + "."
	}
	return a
}

// adviceCheck has one text for each reason. None of them says that the payment failed: a payment
// whose state is unknown may still go through.
func adviceCheck(r *row, now time.Time, h watch.Health) advice {
	a := advice{do: notYet + notAgain, ask: asking(r, now, h), tell: "We cannot see your payment yet. Please keep the message on your phone."}
	switch r.Reason {
	case watch.Contradicted:
		a.known = "Dollr changed its answer: " + word(r.Final.Status) + " at " + clock(r.Final.At, now) + ", " +
			word(r.Changed.Answer().Status) + " at " + clock(r.Changed.Answer().At, now) + ". It counts in no total."
		a.do, a.ask = "DO NOT HAND OVER. Ask Dollr's support ({bundle} copies what it wants to know).", ""
		a.tell = "There is a question about your payment; we are asking the provider."
	case watch.Short:
		a.known = "Dollr charged less than you expect. Nothing more is asked by itself; it counts in no total."
		a.do, a.ask = "DO NOT HAND OVER. "+missing(r), ""
		a.tell = "You paid " + r.Charged().String() + "; the price is " + r.Expected.String() + "."
	case watch.AmountUnknown, watch.OtherCurrency, watch.NotAboveZero:
		a.known = "Dollr's status API said " + r.Final.Status + " at " + clock(r.VerifiedAt(), now) + ". It counts in no total."
		a.do, a.ask = "DO NOT HAND OVER. "+inDoubt(r)+" Look the payment up in Dollr's portal.", ""
		a.less = []string{"DO NOT HAND OVER. " + inDoubt(r), "DO NOT HAND OVER. The amount is in doubt: see Dollr's portal.", "DO NOT HAND OVER: amount?"}
		a.tell = "There is a question about the amount; let us look at it together."
	case watch.Unreadable:
		a.known = "Dollr's last answers about this payment cannot be read: " + masked(r.FailedText) + "."
	case watch.Unconfirmed:
		a.known = "the channel said " + word(r.Hint.Status) + " at " + clock(r.Hint.At, now) + ", " + apiSays(r) + "."
		a.tell = claimTell(r)
	case watch.Unanswered:
		a.known = "Dollr has not answered about this payment since " + clock(r.FailedSince, now) + " (" + ago(now.Sub(r.FailedSince)) + ")"
		if r.FailedText != "" {
			a.known += ": " + masked(r.FailedText)
		}
		a.known += "."
	case watch.Overdue:
		a.known = "no result after " + age(r.lasted(now)) + ", " + apiSays(r) + ". Nobody knows yet whether it will go through: {bundle} copies what support wants to know."
	case watch.NeverLanded:
		a.known = "Dollr does not know this payment a minute after it was executed. Is the reference right?"
		a.tell = "We cannot find your payment yet. Please wait a moment."
	case watch.Rejected:
		a.known = "Dollr refuses the question: " + masked(r.Latest.Detail) + "."
		a.do, a.ask = "DO NOT HAND OVER. Do not charge again. Compare the reference with your own records, then {verify} = ask again.", ""
	case watch.Broken:
		a.known = "a fault of this program stopped the watching: " + masked(r.Panic) + "."
		a.do, a.ask = "DO NOT HAND OVER on this row. Look the payment up in Dollr's portal.", ""
	case watch.Damaged:
		a.known = "Dollr says it is paid, but what this machine had kept of it was damaged on the disk. It counts in no total."
		a.do, a.ask = "DO NOT HAND OVER before you have compared amount and label with your own records.", ""
		a.tell = "We have to compare your payment with our records."
	default: // a reason younger than this text must not be silent
		a.known = "the answers about this payment make no sense together, " + apiSays(r) + "."
	}
	return a
}

// claimTell is what a customer hears while a claim of the channel is checked. "Almost there"
// would be a promise if the claim is that the payment failed.
func claimTell(r *row) string {
	if strings.EqualFold(r.Hint.Status, watch.StatusCompleted) {
		return "Almost there, we are checking. Please keep your phone open."
	}
	return "We are checking your payment. Please keep your phone open."
}

// apiSays is the status API's present word in the middle of a sentence.
func apiSays(r *row) string {
	switch {
	case r.Latest.Code == 404:
		return "Dollr does not know the reference"
	case r.Status == "":
		return "Dollr has said nothing yet"
	case r.Failing():
		return "Dollr last said " + word(r.Status)
	}
	return "Dollr still says " + word(r.Status)
}

// word returns a status as it came. A status that could be taken for a verdict of tillwatch is
// marked as Dollr's word.
func word(status string) string {
	switch status {
	case watch.StatusPending, watch.StatusProcessing, watch.StatusCompleted, watch.StatusFailed,
		watch.SourceIdle, watch.SourceActive, watch.SourceCanceled:
		return status
	}
	s := foreign(status)
	if s == "" || s[0] != '"' {
		return `"` + s + `"`
	}
	return s
}

// asking says when Dollr is asked next, so that the user knows whether to wait.
func asking(r *row, now time.Time, h watch.Health) string {
	switch in := r.NextRead.Sub(now); {
	case blind(h):
		return "Dollr cannot be asked just now ({verify} = try now)."
	case r.Ended():
		return "Nothing more is asked by itself" + askNow + "."
	// No time of a next read means that one is on its way already, which may take a while.
	case in < time.Second && h.Until.Sub(now) >= time.Second: // a 429 holds every question back
		return "Dollr wants fewer questions: asking again in " + ago(h.Until.Sub(now)) + askNow + "."
	case in < time.Second && r.Link == watch.Wait:
		return "The question waits for its turn" + askNow + "."
	case in < time.Second:
		return "Asking Dollr now."
	default:
		text := "next in " + ago(in) + askNow + "."
		// How often is read off the last answer and the next question; after a failure
		// that would measure something else, so then only the next is said.
		last := r.HeardAt()
		if every := r.NextRead.Sub(last).Round(time.Second); !last.IsZero() && !r.Failing() && every >= in {
			return "Asking every " + ago(every) + ", " + text
		}
		return "Asking Dollr " + text
	}
}

// messages are the gateway's and the wallet's own words about an answer, as quotes.
func messages(a watch.Answer) string {
	text := ""
	for _, said := range [...]string{a.Gateway, a.Wallet} {
		s := masked(said)
		switch {
		case s == "" || text == s:
		case text == "":
			text = s
		default:
			text += "; " + s
		}
	}
	if text == "" {
		return ""
	}
	return "Dollr's words: " + text
}

// blind reports whether Dollr cannot be asked at all, so that no row can be trusted to be
// of now.
func blind(h watch.Health) bool { return h.Trouble >= watch.LoginRefused }

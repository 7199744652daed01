package lines

import (
	"time"

	"tillwatch/watch"
)

// facts are what a line says. They are comparable: two Snapshots with equal facts are one
// line. When it was heard, its rev and its time are not among them.
type facts struct {
	reference  string
	session    int64
	sourceType string // of a hosted payment alone, and so is its id
	sourceID   int64

	label, method   string
	verdict         watch.Verdict
	slow            bool
	status, hint    string
	link            string // JSON alone: words for a person need not say how we hear
	verified        time.Time
	expected        watch.Money
	charged         watch.Money
	trouble         string
	past            past         // JSON only: what another journal needs for the same verdict
	code            watch.Reason // JSON only
	notStarted, nod bool         // plain lines only: not begun; the customer must approve in the bank's app
	reason, gateway string       // plain lines only: why it is a CHECK; why Dollr says it was not paid
}

// past holds when and how a payment came to its verdict. It changes only together with what a
// person is told.
type past struct {
	executed, handed, begun, claimed time.Time
	final, later                     string // statuses
	damaged                          string // "yes", or empty
}

func pastOf(s *watch.Snapshot) past {
	utc := func(t time.Time) time.Time { return t.Round(0).UTC() } // comparable: one zone, no monotonic part
	p := past{executed: utc(s.Executed), handed: utc(s.Handed), begun: utc(s.Begun), claimed: utc(s.Hint.Claimed)}
	if s.Damaged {
		p.damaged = "yes"
	}
	if s.Changed.Said() {
		p.final, p.later = watch.Clean(s.Final.Status, wordMost), watch.Clean(s.Changed.Answer().Status, wordMost)
	}
	return p
}

// apart reports whether two facts of one payment differ in more than the row's trouble.
// While a network is bad its text is another one after every try, which is no news for a
// person; nor is a cause that another cause is added to.
func (f facts) apart(other facts) bool {
	f.trouble, other.trouble = "", ""
	return f != other
}

// Lengths of texts from outside, in characters. Dollr bounds none of them.
const (
	labelMost = 120
	wordMost  = 64
	textMost  = 300
)

func factsOf(s watch.Snapshot, format Format) facts {
	f := facts{
		label: watch.Clean(s.Label, labelMost), method: watch.Clean(s.Method, wordMost),
		verdict: s.Verdict, slow: s.Slow,
		status: watch.Clean(s.Status, wordMost), hint: watch.Clean(s.Hint.Status, wordMost),
		expected: s.Expected, charged: s.Charged(),
		trouble: watch.SafeExact(joined(reason(s), s.Trouble), textMost),
	}
	if at := s.VerifiedAt(); !at.IsZero() {
		f.verified = at.Round(0).UTC() // comparable: one zone, no monotonic part
	}
	if s.Hosted() {
		f.sourceType, f.sourceID = s.SourceType, s.SourceID
	} else {
		f.reference, f.session = s.Reference, s.Session
	}
	if format == JSON {
		f.link, f.past, f.code = s.Link.String(), pastOf(&s), s.Reason
		return f
	}
	// What words don't say must not make a line of words either.
	f.notStarted, f.nod = s.NotStarted, s.Latest.RequiresAction && !s.Ended()
	if idle := f.hint == watch.StatusPending || f.hint == watch.StatusProcessing; idle || !f.verified.IsZero() ||
		s.Reason == watch.Unconfirmed {
		f.hint = "" // it claims nothing that a person should know, or not any more, or the trouble says it
	}
	f.session, f.method, f.verified = 0, "", time.Time{}
	f.reason = reason(s)
	if s.Verdict == watch.NotPaid {
		f.gateway = messages(s.Final)
	}
	return f
}

// messages returns the gateway's and the wallet's own words about an answer.
func messages(a watch.Answer) string {
	gateway, wallet := watch.Safe(a.Gateway, textMost), watch.Safe(a.Wallet, textMost)
	if gateway == wallet {
		wallet = ""
	}
	return watch.Clean(joined(gateway, wallet), textMost)
}

// amount is what is to be shown, and its currency: what Dollr charges once it has said
// so, else what is expected.
func (f facts) amount() watch.Money {
	if f.charged.Said() {
		return f.charged
	}
	return f.expected
}

// inDoubt says what is wrong with the amount that a final answer charges, and what was expected.
func inDoubt(s watch.Snapshot) string {
	charged, expected := s.Charged(), "nothing expected"
	if s.Expected.Said() {
		expected = "expected " + s.Expected.String()
	}
	switch {
	case s.Unread() != "":
		return "charged " + watch.MaskNumbers(s.Unread()) + ", which cannot be read, " + expected
	case !charged.Said():
		return "Dollr named no amount, " + expected
	case s.Reason == watch.NotAboveZero:
		return "charged " + charged.String() + ", which is not above zero, " + expected
	case charged.Currency == "":
		return "charged " + charged.String() + " without a currency, " + expected
	}
	return "charged " + charged.String() + ", " + expected
}

// reason says why a payment is a CHECK, or why its two amounts cannot be compared; empty
// when there is nothing to say.
func reason(s watch.Snapshot) string {
	expected, charged := s.Expected, s.Charged()
	switch s.Reason {
	case watch.Contradicted:
		return "Dollr said " + s.Final.Status + ", later " + s.Changed.Answer().Status
	case watch.Short:
		return "charged " + charged.String() + " of " + expected.Digits()
	case watch.AmountUnknown, watch.OtherCurrency, watch.NotAboveZero:
		return inDoubt(s)
	case watch.Unreadable:
		return "Dollr's last answers cannot be read" // s.Trouble says why
	case watch.Unconfirmed:
		return "the channel said " + s.Hint.Status + ", Dollr's status API has not for 30 s"
	case watch.Unanswered:
		return "asking has failed for 30 s" // s.Trouble has what failed, as it has it below
	case watch.Overdue:
		return "no result 5 minutes after it was executed"
	case watch.NeverLanded:
		return "Dollr does not know it 60 s after it was executed"
	case watch.Rejected:
		return ""
	case watch.Broken:
		return "a fault of this program"
	case watch.Damaged:
		return "its record on disk was damaged: compare the amount"
	}
	if s.Verdict == watch.Stopped {
		return "nobody asks: it was stopped; u on the board takes that back"
	}
	switch {
	case s.Unread() != "" && s.Verdict != watch.NotPaid:
		return "Dollr names an amount that cannot be read: " + watch.MaskNumbers(s.Unread())
	case expected.Said() && charged.Said() && expected.Currency != charged.Currency:
		if s.Final.Code == 0 {
			return "expected " + expected.String() + ", Dollr asks for " + charged.String()
		}
		return "expected " + expected.String() + ", charged " + charged.String()
	}
	return ""
}

// joined puts two texts into one line.
func joined(a, b string) string {
	switch {
	case a == "":
		return b
	case b == "":
		return a
	}
	return a + "; " + b
}

// troubleWords is the program's trouble in one line; empty when there is none.
func troubleWords(h watch.Health) string {
	if h.Trouble == watch.NoTrouble {
		return ""
	}
	text := h.Trouble.String()
	if h.Text != "" {
		text += ": " + watch.SafeExact(h.Text, textMost)
	}
	if h.Trouble == watch.LoginRefused {
		text += "; check DOLLR_CLIENT_ID and DOLLR_CLIENT_SECRET"
	}
	return text
}
